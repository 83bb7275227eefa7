// What every page does: look after the worker, the kept pages and the queue.
const form = document.getElementById("form");
const box = document.getElementById("queue");
const words = box.dataset;
const say = (name, values = {}) => words[name].replace(/\{(\w+)\}/g, (_, name) => values[name]);
const dated = (moment) => new Date(moment).toLocaleDateString("en-GB");

// The page as it came, so that it opens again without a network, and the script it asks for.
async function remember(addresses) {
  const store = await caches.open("hailong");
  for (const address of [...addresses, import.meta.url]) {
    const page = await fetch(address, { cache: "force-cache" });
    if (page.ok) await store.put(address === import.meta.url ? address : keptAs(address), page);
  }
}
async function settle(addresses, scopes = ["/k/", location.pathname.slice(0, 3)]) {
  if (!navigator.serviceWorker) return;
  try {
    for (const scope of new Set(scopes))
      await navigator.serviceWorker.register("/k/sw.js", { scope });
    await remember(addresses);
  } catch {
    // No network, or no room: everything else goes on as it is.
  }
}
async function sendLater() {
  const worker = await navigator.serviceWorker?.getRegistration("/k/");
  await worker?.sync?.register("answers").catch(() => {});
}

// What must be so before anything is sent.
let ready = async () => true;
let timer = 0;
async function attempt(everything) {
  if (await ready()) await sendAll(everything);
  await show();
  const left = await waiting();
  if (!left.length) return;
  await sendLater();
  clearTimeout(timer);
  const soonest = Math.min(...left.map((one) => one.due)) - Date.now();
  timer = setTimeout(attempt, Math.max(soonest, 1000));
}
addEventListener("online", () => attempt(true));
document.addEventListener("visibilitychange", () => document.hidden || attempt());

function written(extra) {
  if (!form.key.value.includes("~")) form.key.value = own(form.key.value);
  const body = new URLSearchParams(new FormData(form));
  body.set("day", today());
  const now = { at: Date.now(), tries: 0, due: 0, refused: 0 };
  return { id: form.key.value, address: form.action, body: body.toString(), ...now, ...extra };
}
