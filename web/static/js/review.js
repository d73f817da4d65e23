// Draft review: focus the doubtful fields in order, confirm a block by Enter, choose by digit, save as one goes.
import { cellsOf, editsOf, MOST_ROWS } from "./cells.js";
import { send, toast, words } from "./toast.js";
import { Viewer } from "./viewer.js";
import { Words } from "./words.js";

const root = document.querySelector("[data-review]");
const form = root.querySelector("[data-fields]");
const submit = root.querySelector("[data-submit]");
const counter = root.querySelector("[data-left]");
const bar = root.querySelector("progress");
const hint = root.querySelector("[data-enter]");
const readOnly = root.dataset.readOnly === "true";
const viewer = new Viewer(root.querySelector("[data-viewer]"), { onPick: (path) => goTo(fieldOf(path)) });
const text = new Words(root.querySelector("[data-words]"));
let version = Number(root.dataset.version);
let queue = Promise.resolve();
let total = 0;

const all = () => [...form.querySelectorAll("[data-path]")];
const fieldOf = (path) => form.querySelector(`[data-path="${CSS.escape(path)}"]`);
const inputOf = (field) => field.querySelector("input, select, textarea");
const open = (field) => field.classList.contains("doubt") || field.classList.contains("bad");
const doubtful = () => all().filter(open);
const place = (field) => ({
  path: field.dataset.path,
  page: Number(field.dataset.page || 1),
  box: field.dataset.box ? field.dataset.box.split(",").map(Number) : null,
  kind: open(field) ? "doubt" : field.classList.contains("seen") ? "seen" : "auto",
});

function paint() {
  const left = doubtful().length;
  counter.textContent = left ? words.left.replace("{n}", left) : words.allSeen;
  counter.classList.toggle("done", !left);
  bar.max = Math.max(1, total);
  bar.value = total ? total - left : 1;
  if (submit) submit.classList.toggle("btn-primary", !left);
  if (submit) submit.classList.toggle("btn-quiet", Boolean(left));
  viewer.setBoxes(all().filter((field) => field.dataset.box).map(place));
}

function mark(field, kind) {
  field.classList.remove("doubt", "seen", "bad");
  if (kind) field.classList.add(kind);
  const sign = field.querySelector(".sign");
  if (sign) sign.textContent = kind === "seen" ? words.seen : "";
  if (kind) field.tabIndex = 0;
  else field.removeAttribute("tabindex");
}

// --- what one Enter confirms
// The doubts of one block stand together, each with its crop, and are seen together. What is empty, refused or has
// choices is asked alone.
function alone(field) {
  const proof = field.querySelector("template")?.content ?? field;
  return field.classList.contains("bad") || !inputOf(field).value.trim() || Boolean(proof.querySelector("[data-value]"));
}

function together(field) {
  if (!open(field) || alone(field)) return [field];
  return [...field.closest("tr, .group").querySelectorAll("[data-path]")].filter((other) => open(other) && !alone(other));
}

// --- where the person is
let evidence = null;
function show(field) {
  form.querySelectorAll(".current, .along").forEach((other) => other.classList.remove("current", "along"));
  field.classList.add("current");
  const block = together(field);
  block.forEach((other) => other.classList.toggle("along", other !== field));
  if (hint) hint.textContent = block.length > 1 ? words.confirmAll.replace("{n}", block.length) : words.confirmOne;
  viewer.focus(place(field));
  text.show(field.dataset.raw);
  const canvas = field.querySelector(":scope > .pair canvas:not(.drawn)");
  if (canvas) viewer.crop(canvas, place(field));
  if (field.matches("td")) showEvidence(field);
  else hideEvidence();
}

function hideEvidence() {
  evidence?.remove();
  evidence = null;
}

// In the line table the crop, the reasons and the choices stand in a row under the line.
function showEvidence(field) {
  if (evidence?.dataset.of === field.dataset.path) return;
  hideEvidence();
  const proofs = together(field).filter((other) => open(other) && other.querySelector("template"));
  if (!proofs.length) return;
  evidence = document.createElement("tr");
  evidence.className = "evidence";
  evidence.dataset.of = field.dataset.path;
  const cell = document.createElement("td");
  cell.colSpan = field.parentElement.children.length;
  evidence.append(cell);
  field.parentElement.after(evidence);
  for (const other of proofs) {
    const proof = document.createElement("div");
    proof.dataset.of = other.dataset.path;
    proof.append(other.querySelector("template").content.cloneNode(true));
    cell.append(proof);
    viewer.crop(proof.querySelector("canvas"), place(other));
  }
}

function goTo(field) {
  if (!field) return;
  const target = open(field) ? field : inputOf(field);
  target.focus({ preventScroll: true });
  field.scrollIntoView({ block: "nearest", behavior: "auto" });
}

function next(from, step = 1) {
  const list = all();
  const at = list.indexOf(from);
  const rest = step > 0 ? [...list.slice(at + 1), ...list.slice(0, Math.max(0, at))] : [...list.slice(0, at).reverse(), ...list.slice(at + 1).reverse()];
  const target = rest.find(open);
  if (target) goTo(target);
  else submit?.focus();
}

// --- saving: one edit after the other, each with the version that the last one gave
function save(field, edits, undo) {
  queue = queue.then(async () => {
    const answer = await send(root.dataset.edit, { method: "PATCH", json: { version, edits } });
    if (!answer) {
      undo();
      paint();
      goTo(field);
      return;
    }
    version = answer.version;
    refresh(answer.fields);
    differ(answer.differing);
  });
  return queue;
}

// What the server derived from an edit (a name from its SKU, an amount, a sum) goes into the other inputs.
// What differs from the contract, the price list or the least quantity, as it stands after the edit.
function differ(found) {
  const notice = root.querySelector("[data-differing]");
  notice.hidden = !found.length;
  notice.querySelector("ul").replaceChildren(...found.map((text) => {
    const item = document.createElement("li");
    item.textContent = text;
    return item;
  }));
}

function refresh(fields) {
  for (const [path, value] of Object.entries(fields)) {
    const field = fieldOf(path);
    const input = field && inputOf(field);
    if (input && "placeholder" in input) input.placeholder = value.hint;
    if (!input || input === document.activeElement || input.value === value.value) continue;
    input.value = value.value;
    input.dataset.was = value.value;
    if (!value.doubt && open(field) && value.value) mark(field, "seen");
  }
  paint();
}

function confirm(field, fields = [field]) {
  if (readOnly) return;
  const input = inputOf(field);
  const stuck = field.classList.contains("bad") && input.value === input.dataset.was;
  if (stuck || (input.required && !input.value.trim())) {
    input.select?.();
    input.focus();
    return;
  }
  settle(field, fields);
  next(field);
}

function change(field) {
  const input = inputOf(field);
  if (readOnly || input.value === input.dataset.was) return;
  settle(field, [field]);
}

// Mark the fields as seen and save them as they are; all of them become doubtful again where the server refuses.
function settle(field, fields) {
  const before = fields.map((item) => ({ item, kind: item.className.replace(/ (current|along)/g, ""), was: inputOf(item).dataset.was }));
  const edits = fields.map((item) => editOf(item));
  hideEvidence();
  for (const item of fields) {
    inputOf(item).dataset.was = inputOf(item).value;
    mark(item, "seen");
    item.classList.remove("along");
  }
  paint();
  save(field, edits, () => {
    for (const { item, kind, was } of before) {
      item.className = kind;
      if (!open(item)) mark(item, "doubt");
      inputOf(item).dataset.was = was;
    }
  });
}

function editOf(field) {
  const input = inputOf(field);
  const path = field.dataset.path;
  return open(field) && input.value === input.dataset.was ? { path, confirm: true } : { path, value: input.value.trim() };
}

function choose(field, button) {
  const input = inputOf(field);
  input.value = button.dataset.value;
  confirm(field);
}

const choicesOf = (field) => [...(field.matches("td") ? evidence : field)?.querySelectorAll("[data-value]") ?? []];

// --- keys
function onField(event, field) {
  const digit = /^[1-9]$/.test(event.key) ? choicesOf(field)[Number(event.key) - 1] : null;
  if (digit) {
    event.preventDefault();
    choose(field, digit);
    return;
  }
  const acts = {
    Enter: () => confirm(field, together(field)),
    e: () => inputOf(field).select(),
    E: () => inputOf(field).select(),
    F2: () => inputOf(field).select(),
    ArrowDown: () => next(field, 1),
    ArrowUp: () => next(field, -1),
    "+": () => viewer.act("in"),
    "-": () => viewer.act("out"),
    r: () => viewer.act("turn"),
  };
  const act = acts[event.key];
  if (!act) return;
  event.preventDefault();
  inputOf(field).focus({ preventScroll: true });
  if (event.key !== "e" && event.key !== "E" && event.key !== "F2") field.focus({ preventScroll: true });
  act();
}

function onInput(event, field) {
  if (event.isComposing) return;
  const input = event.target;
  if (event.key === "Enter" && !(input.matches("textarea") && event.shiftKey)) {
    event.preventDefault();
    if (open(field) || input.value !== input.dataset.was) confirm(field);
    else next(field);
  }
  if (event.key === "Escape") {
    event.preventDefault();
    input.value = input.dataset.was;
    if (open(field)) field.focus();
    else input.blur();
  }
}

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("keydown", (event) => {
  const field = event.target.closest("[data-path]");
  if (!field || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target === field) onField(event, field);
  else if (event.target.matches("input, select, textarea")) onInput(event, field);
});
form.addEventListener("focusin", (event) => {
  const field = event.target.closest("[data-path]");
  if (field) show(field);
});
form.addEventListener("change", (event) => {
  const field = event.target.closest("[data-path]");
  if (field) change(field);
});
form.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-value]");
  if (choice) {
    const field = choice.closest("[data-path]") ?? fieldOf(choice.closest("[data-of]").dataset.of);
    choose(field, choice);
    return;
  }
  const seen = event.target.closest("[data-seen]");
  if (seen) confirm(seen.closest("[data-path]") ?? fieldOf(seen.closest("[data-of]").dataset.of));
  const line = event.target.closest("[data-line]");
  if (line) changeLines(line.dataset.line);
});

// Adding or removing lines renumbers the others: the form comes back from the server, and offers to undo.
const lineCount = () => form.querySelectorAll(".lines-table tbody tr:has([data-path])").length;
const cellsFrom = (place) => all().filter((field) => field.dataset.path.startsWith(`/lines/${place}/`));

function changeLines(act) {
  if (act === "add") rearrange([{ path: "/lines/-" }], "");
  else rearrange([{ path: act, remove: true }], words.lineGone);
}

async function rearrange(edits, told) {
  await queue;
  const undo = backwards(edits);
  const answer = await send(root.dataset.edit, { method: "PATCH", json: { version, edits } });
  if (!answer) return;
  sessionStorage.setItem("undo", JSON.stringify({ at: root.dataset.edit, version: answer.version, undo, told }));
  window.location.reload();
}

// The edits that take edits of lines back: a line that was removed comes back as the last one.
function backwards(edits) {
  const lines = lineCount();
  const added = edits.filter((edit) => edit.path === "/lines/-").length;
  const back = [];
  for (const edit of edits) {
    if (edit.remove) {
      back.push({ path: "/lines/-" });
      for (const field of cellsFrom(edit.path.split("/")[2])) {
        const value = inputOf(field).value.trim();
        if (value) back.push({ path: `/lines/${lines - 1}/${field.dataset.path.split("/")[3]}`, value });
      }
    } else if (Number(edit.path.split("/")[2]) < lines) back.push({ path: edit.path, value: inputOf(fieldOf(edit.path)).dataset.was });
  }
  for (let place = lines + added - 1; place >= lines; place -= 1) back.push({ path: `/lines/${place}`, remove: true });
  return back;
}

function offerUndo() {
  const kept = JSON.parse(sessionStorage.getItem("undo") ?? "null");
  sessionStorage.removeItem("undo");
  if (!kept?.told || kept.at !== root.dataset.edit || kept.version !== version) return;
  toast(kept.told, { undo: async () => {
    await queue;
    if (await send(root.dataset.edit, { method: "PATCH", json: { version, edits: kept.undo } })) window.location.reload();
  } });
}

// --- cells of a sheet, pasted into the line table: from the cell that has the focus, rows that are not there are added
// From elsewhere on the page they become new lines.
document.addEventListener("paste", (event) => {
  const cell = event.target.closest?.("td[data-path]");
  const pasted = event.clipboardData?.getData("text/plain") ?? "";
  const rows = cellsOf(pasted);
  if (readOnly || !rows || (!cell && (!pasted.includes("\t") || event.target.matches?.("input, textarea")))) return;
  event.preventDefault();
  if (rows.length > MOST_ROWS) {
    toast(words.tooManyRows.replace("{n}", MOST_ROWS), { bad: true });
    return;
  }
  const [, , at, column] = (cell?.dataset.path ?? `/lines/${lineCount()}/sku`).split("/");
  const found = editsOf(rows, Number(at), column, lineCount());
  if (found.rows) rearrange(found.edits, words.pasted.replace("{n}", found.rows));
});

// --- the product list offers what the material master has
const list = document.getElementById("sku-list");
let asked = "";
form.addEventListener("input", async (event) => {
  if (!event.target.matches("[data-sku]") || event.target.value === asked) return;
  asked = event.target.value;
  const answer = await fetch(`${root.dataset.skus}?q=${encodeURIComponent(asked)}`, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  list.replaceChildren(...(await answer.json()).skus.map((sku) => new Option(sku.name, sku.sku)));
});

// --- submit
async function go() {
  if (document.activeElement?.closest?.("[data-path]") && document.activeElement.matches("input, select, textarea")) document.activeElement.blur();
  await queue;
  const left = doubtful()[0];
  if (left) {
    toast(words.left.replace("{n}", doubtful().length), { bad: true });
    goTo(left);
    return;
  }
  submit.disabled = true;
  const answer = await send(root.dataset.send, { json: { version } });
  submit.disabled = false;
  if (!answer) return;
  if (answer.to) {
    window.location.assign(answer.to);
    return;
  }
  problems(answer.problems);
}

function problems(list) {
  let first = null;
  for (const item of list) {
    const field = fieldOf(item.pointer) ?? fieldOf(item.pointer.replace(/\/[^/]+$/, ""));
    if (!field) {
      toast(item.message, { bad: true });
      continue;
    }
    mark(field, "bad");
    const sign = field.querySelector(".sign");
    if (sign) sign.textContent = item.message;
    first ??= field;
  }
  total = Math.max(total, doubtful().length);
  paint();
  goTo(first);
}
submit?.addEventListener("click", go);

// --- start
// What was typed while this script was still on its way differs from what the page came with: it is saved, not lost.
function served(input) {
  if (input.matches("select")) return ([...input.options].find((one) => one.defaultSelected) ?? input.options[0])?.value ?? "";
  const twin = input.cloneNode();
  twin.value = input.defaultValue;
  return twin.value;
}
// The field that the address names (from where a value of the order came), or the nearest one above it.
function fieldAsked(path) {
  for (let at = path; at.startsWith("/"); at = at.slice(0, at.lastIndexOf("/"))) {
    const field = fieldOf(at) ?? fieldOf(`${at}/text`);
    if (field) return field;
  }
  return null;
}
total = all().filter((field) => open(field) || field.classList.contains("seen")).length;
all().forEach((field) => {
  inputOf(field).dataset.was = served(inputOf(field));
  const canvas = field.querySelector(":scope canvas");
  if (canvas && field.matches(".doubt, .seen")) viewer.crop(canvas, place(field));
});
paint();
offerUndo();
const early = all().filter((field) => inputOf(field).value !== inputOf(field).dataset.was && inputOf(field) !== document.activeElement);
early.forEach(change);
const wanted = fieldAsked(decodeURIComponent(window.location.hash.slice(1)));
if (wanted) goTo(wanted);
else if (document.activeElement?.matches?.("[data-path] input, [data-path] select, [data-path] textarea")) show(document.activeElement.closest("[data-path]"));
else if (doubtful().length) goTo(doubtful()[0]);
else {
  submit?.focus();
  viewer.show(1);
}
