// The form on a telephone: kept first, then sent, then the receipt.
let busy = false, plain = false;

// Each form that is opened has one key, from the start, in whatever language it is shown: whoever
// goes back and sends again sends the same form again. Only an entry of the history that a GET
// made may be given a state: Chromium asks for one that a POST made by GET from then on.
const asks = (key) => key.split(".")[0].split("*").slice(1).join();
function resume() {
  const before = history.state?.key;
  // The page may have come anew with another key; of a split form, perhaps with other questions.
  if (before && asks(before) === asks(form.key.value)) form.key.value = before;
  if (form.key.value.includes("~")) return;
  form.key.value = own(form.key.value);
  if (!/[?&]lan=/.test(location.search)) history.replaceState({ key: form.key.value }, "");
}
// What was last typed under a key, in this tab: it is there on every page of that form.
function draft(work) {
  try {
    return work(sessionStorage);
  } catch {
    // No store, or no room: the browser keeps what it keeps by itself.
  }
}
function leave() {
  const typed = new URLSearchParams(new FormData(form));
  const some = form.isConnected && [...typed].some(([name, value]) => value && name !== "key");
  if (some) draft((store) => { store.draft = typed; });
  else draft((store) => store.removeItem("draft"));
}
const known = () => {
  const typed = new URLSearchParams(draft((store) => store.draft));
  return typed.get("key") === form.key.value ? typed : new URLSearchParams();
};
// What was tapped before this script came: a browser lays what stood there once over it, later on.
function overlay() {
  const typed = known(), tapped = [...new FormData(form)].filter(([, value]) => value);
  tapped.forEach(([name]) => typed.delete(name));
  tapped.forEach(([name, value]) => typed.append(name, value));
  draft((store) => { store.draft = typed; });
}
function refill() {
  const typed = known();
  if (!typed.has("key")) return;
  for (const field of form.elements) {
    if (/radio|checkbox/.test(field.type)) field.checked = typed.getAll(field.name).includes(field.value);
    else if (typed.has(field.name)) field.value = typed.get(field.name);
  }
}

async function show() {
  const all = await answers(), left = all.filter((one) => !one.refused);
  const lines = [];
  if (left.length) {
    const again = [words.again, () => attempt(true)];
    lines.push(line(say("waiting", { count: left.length }), again));
    if (Date.now() - left[0].at > 14 * DAY) lines.push(line(say("old", { day: dated(left[0].at) })));
  }
  for (const one of all.filter((one) => one.refused)) {
    const drop = [words.drop, () => forget(one.id).then(show)];
    lines.push(line(say("refused", { day: dated(one.at) }), [words.why, () => ask(one)], drop));
  }
  for (const { id, address } of await receipts()) {
    const code = address.split("?")[0].split("/").pop();
    const receipt = code.replace(/^(.{4})(.{4})/, "$1-$2-");
    lines.push(line(say("sent", { receipt }), [words.seen, () => forget(id).then(show)]));
  }
  const same = lines.map((one) => one.textContent).join("") === box.textContent;
  if (!same) box.replaceChildren(...lines);
}

function asUsual() {
  plain = true;
  form.submit();
}

async function submit() {
  const ticked = (which) => form.querySelector(which + ":checked");
  const field = form.querySelector("[name=field]");
  const missing = field && !ticked("[name=field]") ? "field" : ticked(".s input") ? "" : "nothing";
  if (missing) return navigator.onLine ? asUsual() : halt(words[missing]);
  let one = written();
  try {
    const before = (await answers()).find((kept) => kept.id === one.id);
    // Somebody came back to a form whose answers wait here: what they send now are others.
    if (before && !before.refused && before.body !== one.body) {
      form.key.value = signed(one.id);
      one = written();
    }
    await keep(one);
  } catch {
    halt(words.full);
    return navigator.onLine ? asUsual() : (plain = true);
  }
  tell(words.sending);
  await attempt(true);
  const left = (await answers()).find((kept) => kept.id === one.id);
  if (left?.refused) {
    await forget(one.id);
    return asUsual();
  }
  // With answers left, a receipt is of others that were sent under this key before.
  const sent = !left && (await receipts()).find((kept) => kept.id === one.id);
  sent ? location.assign(sent.address) : rest();
}

function rest() {
  history.replaceState(null, "");
  form.key.value = signed(form.key.value);
  form.reset();
  form.replaceWith(document.getElementById("kept").content.cloneNode(true));
  document.querySelectorAll(".about, .note, .errors").forEach((one) => one.remove());
  document.querySelector("main h2").focus();
}

form?.addEventListener("submit", async (event) => {
  const other = event.submitter?.hasAttribute("formaction");
  if (plain || (other && navigator.onLine)) return;
  event.preventDefault();
  if (other) return halt(words.switch);
  if (busy) return;
  busy = true;
  await submit();
  busy = false;
});
addEventListener("pageshow", (event) => {
  if (form?.isConnected) refill();
  if (event.persisted) show();
});

if (form) {
  resume();
  if (navigator.userActivation?.hasBeenActive) overlay();
  form.addEventListener("input", leave);
  addEventListener("pagehide", leave);
}
const here = /^\/k\/\w+$/i.test(location.pathname) && !/[?&]lan=/.test(location.search);
if (here && form) addEventListener("load", () => settle([/[?&]m=/i.test(location.search) ? keptAs(location) : location.href]));
else if (here) self.caches?.open("hailong").then((store) => store.delete(keptAs(location)));
const mine = (await receipts()).find((one) => one.address.split("?")[0] === location.pathname);
if (mine) await forget(mine.id);
await attempt(true);
