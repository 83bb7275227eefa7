// What a page says of what waits, and how the server is asked why it took something not.
function line(text, ...buttons) {
  const said = document.createElement("p");
  said.textContent = text;
  for (const [word, press] of buttons) {
    const button = document.createElement("button");
    button.className = "plain";
    button.type = "button";
    button.textContent = word;
    button.onclick = press;
    said.append(" ", button);
  }
  return said;
}
const tell = (text) => box.replaceChildren(line(text));
// What keeps a form from being sent is read before anything else, wherever the button stands.
function halt(text) {
  tell(text);
  box.tabIndex = -1;
  box.focus();
}

// The server says in its own words why it did not take an answer, with everything typed.
function ask(one) {
  const again = document.createElement("form");
  again.method = "post";
  again.action = one.address;
  for (const [name, value] of new URLSearchParams(one.body)) {
    const field = document.createElement("textarea");
    [field.name, field.value] = [name, value];
    again.append(field);
  }
  again.hidden = true;
  document.body.append(again);
  again.submit();
}
