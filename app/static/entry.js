// Typing paper forms in without a mouse. A box that is full moves on; Enter and the arrows move;
// a sign that the box does not take is not taken. Without this script Tab moves and the page works.
const form = document.querySelector("form.keyed");
const stops = [...form.querySelectorAll("input:not([type=hidden]), textarea, button.save")];

function move(from, step) {
  const next = stops[stops.indexOf(from) + step];
  if (!next) return;
  next.focus();
  if (next.select) next.select();
}

form.addEventListener("keydown", (event) => {
  const at = event.target;
  const area = at.localName === "textarea";
  if (event.key === "Enter" && at.localName !== "button" && !(area && !event.ctrlKey)) {
    event.preventDefault();
    move(at, event.shiftKey ? -1 : 1);
  } else if (!area && event.key === "ArrowDown") {
    event.preventDefault();
    move(at, 1);
  } else if (!area && (event.key === "ArrowUp" || (event.key === "Backspace" && at.value === ""))) {
    event.preventDefault();
    move(at, -1);
  }
});

// What a box does not take is said beside it, until it takes something.
function say(box, words) {
  let note = box.parentElement.querySelector(".wrong-key");
  if (!words) return note?.remove();
  if (!note) {
    note = document.createElement("p");
    note.className = "error wrong-key";
    note.setAttribute("role", "alert");
    box.after(note);
  }
  note.textContent = words;
}

form.addEventListener("input", (event) => {
  const box = event.target;
  const codes = box.dataset.codes;
  if (!codes) return;
  const taken = [...box.value].filter((sign) => codes.includes(sign)).join("");
  const refused = [...box.value].filter((sign) => !codes.includes(sign)).join("");
  box.classList.toggle("refused", refused !== "");
  say(box, refused && form.dataset.wrongKey.replace("{key}", refused).replace("{codes}", [...codes].join(" ")));
  box.value = taken;
  if (taken && box.maxLength === 1) move(box, 1);
});
