// A new code each minute, without a blink; an old one still opens the form.
async function renew() {
  let wait = 10;
  try {
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    const fresh = page.getElementById("shown");
    if (!fresh) return location.reload();
    document.getElementById("shown").replaceWith(document.adoptNode(fresh));
    wait = +fresh.dataset.left;
  } catch {
    // No network: the code that stands there counts as a printed one, and soon there is another.
  }
  setTimeout(renew, 1000 * wait);
}
setTimeout(renew, 1000 * document.getElementById("shown").dataset.left);
