// Named lists as chips, tables with rows to add and take away. Without scripts the text boxes and blank rows stay.
const made = (name, props = {}, ...inside) => {
  const node = Object.assign(document.createElement(name), props);
  node.append(...inside);
  return node;
};
const told = (node) => node.dispatchEvent(new Event("input", { bubbles: true }));

function chips(area) {
  const items = () => area.value.split("\n").map((item) => item.trim()).filter(Boolean);
  const box = made("div", { className: "chipbox" });
  const typing = made("input", { type: "text", id: `${area.id}-new`, autocomplete: "off", placeholder: area.dataset.chips, maxLength: 400 });
  const keep = (list) => { area.value = list.join("\n"); draw(); told(area); };
  const add = (text) => {
    const more = text.split(/[\n,，、;；]/).map((item) => item.trim()).filter((item) => item && !items().includes(item));
    typing.value = "";
    if (more.length) keep([...items(), ...more]);
  };
  function draw() {
    box.querySelectorAll(".chip").forEach((chip) => chip.remove());
    for (const item of items()) {
      const off = made("button", { type: "button", ariaLabel: `${area.dataset.off} ${item}` }, made("i", { className: "bi bi-x" }));
      off.addEventListener("click", () => { keep(items().filter((other) => other !== item)); typing.focus(); });
      typing.before(made("span", { className: "chip plain" }, item, off));
    }
  }
  typing.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) { event.preventDefault(); add(typing.value); }
    if (event.key === "Backspace" && !typing.value && items().length) keep(items().slice(0, -1));
  });
  typing.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text");
    if (/[\n,，、;；]/.test(text)) { event.preventDefault(); add(text); }
  });
  typing.addEventListener("change", () => add(typing.value));
  box.append(typing);
  area.hidden = true;
  area.after(box);
  const label = document.querySelector(`label[for="${CSS.escape(area.id)}"]`);
  if (label) label.htmlFor = typing.id;
  draw();
}

function grid(place) {
  const body = place.querySelector("tbody");
  const blank = body.lastElementChild.cloneNode(true);
  const values = () => [...body.rows].map((row) => [...row.querySelectorAll("[name]")].map((cell) => cell.value.trim()));
  const filled = () => JSON.stringify(values().filter((row) => row.some(Boolean)));
  const was = filled();
  body.lastElementChild.remove();
  const ready = (row) => {
    const off = row.querySelector("[data-row-off]");
    off.hidden = false;
    off.addEventListener("click", () => { row.remove(); told(place); place.querySelector("[data-row-on]").focus(); });
  };
  [...body.rows].forEach(ready);
  const on = place.querySelector("[data-row-on]");
  on.hidden = false;
  on.addEventListener("click", () => {
    const row = blank.cloneNode(true);
    body.append(row);
    ready(row);
    row.querySelector("[name]").focus();
    told(place);
  });
  place.addEventListener("input", () => { place.dataset.touched = filled() === was ? "" : "1"; });
}

document.querySelectorAll("textarea[data-chips]:not(:disabled)").forEach(chips);
document.querySelectorAll("[data-grid]").forEach((place) => { if (place.querySelector("[data-row-on]")) grid(place); });
document.querySelectorAll("[data-nojs]").forEach((note) => { note.hidden = true; });
