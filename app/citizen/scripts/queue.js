// Answers that wait on this device, one after another. Pages and the worker run the same lines.
const DAY = 864e5;
// 128 random bits behind the key of the form: this answer's own, however often it is sent.
const own = (key) => {
  const bits = String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16)));
  return key + "~" + btoa(bits).replace(/\+/g, "-").replace(/\//g, "_").slice(0, 22);
};
const signed = (key) => key.split("~")[0];
// The day in Viet Nam, by this device's clock: the server believes it only within limits.
const today = () => new Date(Date.now() + 7 * 36e5).toISOString().slice(0, 10);
// The address under which a page is kept: however its code was typed, without what passes.
const keptAs = (address) => {
  const { pathname, searchParams } = new URL(address, location.href);
  const lang = searchParams.get("lang");
  if (pathname.startsWith("/van-phong/")) return pathname + (lang ? "?lang=" + lang : "");
  const [, , code, page] = pathname.split("/");
  return "/k/" + code.toUpperCase() + (page ? "/" + page : "") + (lang ? "?lang=" + lang : "");
};

// Interviews have a store of their own: only who is signed in can send them.
const BASE = self.document?.getElementById("queue")?.dataset.base ?? "hailong";
const opened = () => new Promise((done, fail) => {
  const asked = indexedDB.open(BASE, 1);
  asked.onupgradeneeded = () => {
    asked.result.createObjectStore("answers", { keyPath: "id" });
    asked.result.createObjectStore("receipts", { keyPath: "id" });
  };
  asked.onsuccess = () => done(asked.result);
  asked.onerror = () => fail(asked.error);
});
async function stored(work) {
  const base = await opened();
  try {
    return await new Promise((done, fail) => {
      const change = base.transaction(["answers", "receipts"], "readwrite", { durability: "strict" });
      const asked = work(change.objectStore("answers"), change.objectStore("receipts"));
      change.oncomplete = () => done(asked?.result);
      change.onabort = () => fail(change.error);
    });
  } finally {
    base.close();
  }
}
const answers = async () => (await stored((all) => all.getAll())).sort((a, b) => a.at - b.at);
const waiting = async () => (await answers()).filter((one) => !one.refused);
const receipts = () => stored((_, all) => all.getAll());
const forget = (id) => stored((all, sent) => { all.delete(id); sent.delete(id); });
const keep = (one) => stored((all) => { all.put(one); });

// One program at a time: two tabs and the worker take turns.
const alone = (work) => navigator.locks ? navigator.locks.request(BASE, work) : work();
const tooBusy = (status) => status >= 500 || [401, 408, 425, 429].includes(status);

// Whether a server was reached.
async function send(one) {
  let reached = false;
  try {
    const body = new URLSearchParams(one.body);
    // Those that waited come many at once and late, and nothing odd is in that.
    if (one.tries) body.set("queued", "1");
    const answer = await fetch(one.address, {
      method: "POST",
      headers: { Accept: "application/json" },
      body,
      signal: AbortSignal.timeout?.(2e4),
    });
    reached = true;
    if (answer.ok) {
      const { address } = await answer.json();
      // Gone from here only when its receipt is kept: both or neither.
      await stored((all, sent) => {
        all.delete(one.id);
        if (!one.kiosk) sent.put({ id: one.id, address, at: one.at });
      });
      return true;
    }
    if (!tooBusy(answer.status)) {
      await keep({ ...one, refused: answer.status });
      return true;
    }
  } catch {
    // No network, or one that answers for ours: it is sent again, and counts once.
  }
  const wait = Math.min(1000 * 2 ** one.tries, 36e5) * (0.5 + Math.random() / 2);
  await keep({ ...one, tries: one.tries + 1, due: Date.now() + wait });
  return reached;
}

// Sends what is due, or everything; those that were refused are asked again only then.
const sendAll = (everything) => alone(async () => {
  for (const one of await answers()) {
    if (!everything && (one.refused || one.due > Date.now())) continue;
    if (!await send(one)) break;
  }
});
