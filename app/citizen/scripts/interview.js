// Interviews, one after another: kept on this device first, and sent when there is a network.
const blank = () => own("").slice(1);
let busy = false, plain = false, out = false;

// The page as it would open now; nothing without a network, or where nobody is signed in.
async function fresh() {
  const page = await fetch(location.pathname).catch(() => null);
  out = !!page?.redirected;
  return page?.ok && !out ? new DOMParser().parseFromString(await page.text(), "text/html") : null;
}

// How many came in today, where some went by themselves.
async function recount() {
  const count = (await fresh())?.querySelector("header b").textContent;
  if (count) document.querySelector("header b").textContent = count;
}

async function show() {
  if (!busy && (await receipts()).length) {
    for (const { id } of await receipts()) await forget(id);
    await recount();
  }
  const all = await answers(), left = all.filter((one) => !one.refused);
  const lines = [];
  if (left.length) lines.push(line(say("waiting", { count: left.length }), [words.again, () => attempt(true)]));
  if (left.length && out) lines.push(line(words.out));
  for (const one of all.filter((one) => one.refused)) {
    const drop = [words.drop, () => forget(one.id).then(show)];
    lines.push(line(say("refused", { day: dated(one.at) }), [words.why, () => ask(one)], drop));
  }
  box.replaceChildren(...lines);
}

// Who sends must be signed in, now: the page of this moment has the token of this moment.
ready = async () => {
  if (!(await answers()).length) return true;
  const token = (await fresh())?.querySelector("[name=csrf_token]")?.value;
  if (!token) return false;
  form.elements.csrf_token.value = token;
  await alone(async () => {
    for (const one of await answers()) {
      const body = new URLSearchParams(one.body);
      body.set("csrf_token", token);
      await keep({ ...one, body: body.toString() });
    }
  });
  return true;
};

function asUsual() {
  plain = true;
  form.submit();
}

// The next person: what people come for here stays, all else is blank.
function next() {
  const kept = form.querySelector("[name=field]:checked")?.value;
  // One by one: on a page that was refused, a reset would bring back what was sent there.
  for (const one of form.elements) {
    if (/radio|checkbox/.test(one.type)) one.checked = one.name === "field" && one.value === kept;
    else if (one.type !== "hidden" && !one.matches("fieldset, button")) one.value = "";
  }
  form.key.value = blank();
  document.querySelectorAll(".errors, .error, .note[role]").forEach((one) => one.remove());
  form.classList.add("steps");
  location.hash = "p1";
  scrollTo(0, 0);
}

async function submit() {
  const ticked = (which) => form.querySelector(which + ":checked");
  const field = form.querySelector("[name=field]");
  const missing = field && !ticked("[name=field]") ? "field" : ticked(".s input") ? "" : "nothing";
  if (missing) return navigator.onLine ? asUsual() : halt(words[missing]);
  const body = new URLSearchParams(new FormData(form));
  body.set("day", today());
  const one = { id: form.key.value, address: form.action, body: body.toString(), at: Date.now(), tries: 0, due: 0, refused: 0 };
  try {
    await keep(one);
  } catch {
    return navigator.onLine ? asUsual() : halt(words.full);
  }
  await attempt(true);
  const sent = (await receipts()).find((kept) => kept.id === one.id);
  if (sent) await forget(one.id);
  if (sent) return location.assign(sent.address);
  if (!(await answers()).find((kept) => kept.id === one.id)?.refused) return next();
  await forget(one.id);
  asUsual();
}

form.addEventListener("submit", async (event) => {
  if (plain) return;
  event.preventDefault();
  if (busy) return;
  busy = true;
  await submit();
  busy = false;
});
// A kept page opens many times, and each time is another interview.
if (!document.querySelector(".errors")) {
  form.key.value = blank();
  addEventListener("load", () => settle([location.pathname], ["/van-phong/phong-van/"]));
}
await attempt(true);
