// A tablet on the counter: one question a screen, and nothing left for the next person.
const IDLE = 20, WARNING = 5, STALE = 36e5;
const all = [...document.querySelectorAll(".screen")];
const blocks = JSON.parse(form.dataset.blocks);
const by = (id) => document.getElementById(id);
const started = Date.now();
let screens = [], thanks = 0, last = 0, turn = crypto.getRandomValues(new Uint32Array(1))[0] % blocks.length;
let at = 0, touched = Date.now(), busy = false, wrong = 0, leaving = 0;

async function show() {
  const all = await answers(), left = all.filter((one) => !one.refused);
  const old = all.some((one) => one.refused || Date.now() - one.at > 14 * DAY);
  const first = all.length ? dated(all[0].at) : "";
  box.textContent = all.length ? say("waiting", { count: left.length }) : "";
  by("standing").textContent = say(old ? "trouble" : "standing", {
    count: left.length, refused: all.length - left.length, day: first,
  });
}

// The next person's block: from a random one they take turns, each with a key of its own.
function deal() {
  const [key, left] = blocks[turn++ % blocks.length];
  form.key.value = key;
  screens = all.filter((one) => !left.includes(one.dataset.name));
  thanks = screens.length - 1;
  last = thanks - 1;
  all.forEach((one) => { one.hidden = true; });
}

function go(to) {
  at = to;
  screens.forEach((one, n) => { one.hidden = n !== at; });
  const asking = at > 0 && at <= last;
  by("steps").hidden = !asking;
  by("progress").value = at;
  by("place").textContent = say("step", { number: at, total: last });
  by("next").textContent = at === last ? words.send : words.next;
  by("staff").hidden = at !== 0;
  screens[at].querySelector("[tabindex='-1']").focus();
  scrollTo(0, 0);
}

// As if nobody had been here.
function wipe() {
  // It would end the next person's thanks.
  clearTimeout(leaving);
  form.reset();
  deal();
  by("pin").value = "";
  by("office").close();
  by("idle").hidden = true;
  busy = false;
  if (document.documentElement.lang !== "vi") return location.replace(location.pathname);
  if (navigator.onLine && Date.now() - started > STALE) return location.reload();
  go(0);
}

async function finish() {
  busy = true;
  if (!form.querySelector(".s input:checked")) {
    busy = false;
    go(screens.findIndex((one) => one.querySelector(".s")));
    by("fault").textContent = words.nothing;
    return;
  }
  try {
    await keep(written({ kiosk: true }));
  } catch {
    busy = false;
    by("fault").textContent = words.full;
    if (navigator.onLine) form.submit();
    return;
  }
  form.reset();
  go(thanks);
  leaving = setTimeout(wipe, 6000);
  await attempt(true);
}

const step = () => {
  by("fault").textContent = "";
  if (busy) return;
  if (screens[at].querySelector("[name=field]") && !screens[at].querySelector(":checked"))
    by("fault").textContent = words.field;
  else if (at < last) go(at + 1);
  else finish();
};
form.addEventListener("submit", (event) => { event.preventDefault(); if (at > 0 && at <= last) step(); });
// A finger chooses and goes on; arrow keys wander among answers, and Enter goes on.
let pointed = 0;
addEventListener("pointerup", () => { pointed = Date.now(); });
form.addEventListener("change", (event) => {
  if (event.target.type === "radio" && Date.now() - pointed < 500)
    setTimeout((was) => was === at && step(), 250, at);
});
by("begin").onclick = () => go(1);
by("back").onclick = () => { by("fault").textContent = ""; go(at - 1); };
by("again").onclick = wipe;
by("stay").onclick = () => { by("idle").hidden = true; screens[at].querySelector("[tabindex='-1']").focus(); };

for (const sign of ["pointerdown", "keydown", "input"]) addEventListener(sign, () => { touched = Date.now(); }, true);
setInterval(() => {
  const left = IDLE - Math.floor((Date.now() - touched) / 1000);
  const resting = at === 0 && !by("office").open && document.documentElement.lang === "vi";
  if (left <= 0 && resting && Date.now() - started > STALE && navigator.onLine) return location.reload();
  const warn = !resting && at !== thanks && left <= WARNING;
  if (warn && by("idle").hidden) { by("idle").hidden = false; by("stay").focus(); }
  by("idle").hidden = !warn;
  by("left").textContent = say("idle", { count: Math.max(left, 0) });
  if (left <= 0 && !resting) wipe();
}, 250);

// The PIN is checked here, so that staff get out without a network.
async function fits(pin) {
  const [rounds, salt, digest] = words.pin.split(":");
  const bytes = Uint8Array.from(salt.match(/../g), (pair) => parseInt(pair, 16));
  const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveBits"]);
  const kind = { name: "PBKDF2", hash: "SHA-256", salt: bytes, iterations: +rounds };
  const found = new Uint8Array(await crypto.subtle.deriveBits(kind, key, 256));
  return [...found].map((byte) => byte.toString(16).padStart(2, "0")).join("") === digest;
}
by("staff").onclick = () => { by("locked").hidden = false; by("unlocked").hidden = true; by("office").showModal(); };
by("locked").onsubmit = async (event) => {
  event.preventDefault();
  by("wrong").textContent = words.checking;
  // Each wrong PIN makes the next one wait longer.
  await new Promise((done) => setTimeout(done, wrong && 1000 * 2 ** Math.min(wrong, 6)));
  const right = await fits(by("pin").value.replace(/\D/g, ""));
  by("pin").value = "";
  wrong = right ? 0 : wrong + 1;
  by("wrong").textContent = right ? "" : words.wrong;
  by("locked").hidden = right;
  by("unlocked").hidden = !right;
  if (right) await show();
};
by("office").addEventListener("close", () => { by("unlocked").hidden = true; by("wrong").textContent = ""; });
by("leave").onclick = () => by("office").close();
by("resend").onclick = () => attempt(true);
by("shut").onclick = async () => {
  const store = await self.caches?.open("hailong");
  for (const { url } of await store?.keys() ?? []) if (/\/kiosk/.test(url)) await store.delete(url);
  by("closing").submit();
};

document.documentElement.classList.add("kiosk");
addEventListener("load", () => settle([location.href, ...[...document.querySelectorAll("a[hreflang]")].map((one) => one.href)]));
deal();
go(0);
await attempt(true);
