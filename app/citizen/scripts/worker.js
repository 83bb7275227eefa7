// Opens pages that were visited, and sends what waits, where there is no network or no page. What
// is kept is forms and scripts alone: of a slip, or of anything else, only that it needs a network.
const KEPT = /^(\/k\/[\w-]+(\/kiosk)?|\/van-phong\/phong-van\/\w+)$/i;
const PATIENCE = 6000;

async function told(request) {
  const store = await caches.open("hailong");
  const name = NONE + "?lang=" + new URL(request.url).searchParams.get("lang");
  return await store.match(name) || await store.match(NONE) || Response.error();
}

async function page(request) {
  const store = await caches.open("hailong");
  const name = keptAs(request.url);
  const kept = () => store.match(name).then((found) => found || store.match(name, { ignoreSearch: true }));
  const late = new Promise((done) => setTimeout(done, PATIENCE)).then(kept);
  const fresh = fetch(request);
  try {
    return await Promise.race([fresh, late]) || await fresh;
  } catch {
    return await kept() || told(request);
  }
}

// A new version: the pages are asked for again, and what only the old ones used is let go.
async function renew() {
  const store = await caches.open("hailong");
  const used = [];
  for (const { url } of await store.keys()) {
    if (url.includes("/k/js/")) continue;
    // Past the browser's own store: whoever goes back there finds the questions that they left.
    const fresh = await fetch(url, { cache: "no-store" }).catch(() => null);
    if (fresh?.ok && !fresh.redirected) await store.put(url, fresh);
    const text = await (await store.match(url)).text();
    const script = text.match(/\/k\/js\/[^"]+/)?.[0];
    if (!script) continue;
    used.push(new URL(script, url).href);
    await store.match(script) || await store.add(script).catch(() => {});
  }
  for (const { url } of await store.keys())
    if (url.includes("/k/js/") && !used.includes(url)) await store.delete(url);
}

// The first worker comes after the page that it is to keep, which is as new as itself.
let first = false;
oninstall = (event) => {
  first = !registration.active;
  skipWaiting();
  event.waitUntil(caches.open("hailong").then((store) => store.addAll(TOLD)).catch(() => {}));
};
onactivate = (event) => event.waitUntil(Promise.resolve(first || renew()).then(() => clients.claim()));
onfetch = (event) => {
  const { request } = event, { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.mode === "navigate" && request.method === "GET" && KEPT.test(pathname))
    event.respondWith(page(request));
  // What a POST brought, the browser finds again when going back only where no worker stood between.
  else if (request.mode === "navigate" && (request.method === "GET" || !navigator.onLine))
    event.respondWith(fetch(request).catch(() => told(request)));
  else if (pathname.startsWith("/k/js/"))
    event.respondWith(caches.match(request).then((found) => found || fetch(request)));
};
onsync = (event) => event.waitUntil(sendAll(true).then(async () => {
  if ((await waiting()).length) throw new Error("still waiting");
}));
