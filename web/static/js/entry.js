// Entry: choose a customer, type products and quantities, submit; everything by keys. Amounts shown are for the eye only.
import { csrf, toast, words } from "./toast.js";

const form = document.querySelector("[data-entry]");
const say = JSON.parse(form.dataset.say);
const CELLS = ["sku", "quantity", "unit", "unit_price"];
const own = JSON.parse(form.dataset.own).map((name) => `attributes/${name}`);
const again = JSON.parse(form.dataset.again);
const body = form.querySelector("[data-lines]");
const blank = form.querySelector("template[data-line]");
const contact = form.querySelector("[data-contact]");
const place = form.querySelector("[data-place-of]");
const at = (path) => form.querySelector(`[data-path="${path}"]`);
const inputAt = (path) => at(path).querySelector("[data-value]");
let customer = null;
let sent = false;

async function ask(url, query) {
  const answer = await fetch(`${url}?${new URLSearchParams(query)}`, { headers: { Accept: "application/json" } }).catch(() => null);
  return answer?.ok ? answer.json() : null;
}

// --- a field that offers what fits while one types
function combo(input, { query = () => ({}), shown, pick, free }) {
  const list = input.parentElement.querySelector(".offers");
  let found = [];
  let chosen = -1;
  let asked = 0;
  const close = () => {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const point = (number) => {
    chosen = number;
    [...list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === number)));
    if (number >= 0) input.setAttribute("aria-activedescendant", list.children[number].id);
  };
  const take = (item) => {
    close();
    asked += 1;
    pick(item);
  };
  const offer = async () => {
    const mine = (asked += 1);
    const answer = await ask(input.dataset.offer, { q: input.value.trim(), ...query() });
    if (mine !== asked || !answer || document.activeElement !== input) return;
    found = answer.found;
    list.replaceChildren(...found.map((item, number) => {
      const row = document.createElement("li");
      row.id = `${list.id}-${number}`;
      row.role = "option";
      const [strong, ...more] = shown(item);
      row.append(Object.assign(document.createElement("b"), { textContent: strong }), ...more.filter(Boolean).map((text) => Object.assign(document.createElement("span"), { textContent: text })));
      row.addEventListener("mousedown", (event) => {
        event.preventDefault();
        take(item);
      });
      return row;
    }));
    if (!found.length) list.append(Object.assign(document.createElement("li"), { textContent: say.none, className: "muted" }));
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    point(found.length && input.value.trim() ? 0 : -1);
  };
  input.addEventListener("input", offer);
  input.addEventListener("focus", () => input.value || offer());
  input.addEventListener("blur", () => {
    close();
    free(input.value.trim());
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) offer();
      else if (found.length) point((chosen + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length);
    }
    if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation();
      close();
    }
    if ((event.key === "Enter" || event.key === "Tab") && !list.hidden && chosen >= 0 && !event.ctrlKey && !event.shiftKey) {
      if (event.key === "Enter") event.preventDefault();
      event.stopPropagation();
      take(found[chosen]);
      if (event.key === "Enter") next(input);
    }
  });
}

// --- the customer and what his file has
function choices(select, input, names) {
  select.replaceChildren(...names.map((name, number) => new Option(name, number)), new Option(say.typed, ""));
  select.hidden = !names.length;
  select.value = names.length ? "0" : "";
  input.hidden = Boolean(names.length);
}

function knows(found) {
  customer = found;
  if (found) inputAt("/buyer/name").value = found.name;
  if (found?.terms && !inputAt("/payment_terms").value) inputAt("/payment_terms").value = found.terms;
  choices(contact, inputAt("/buyer/contact/name"), found?.contacts ?? []);
  choices(place, inputAt("/ship_to/address/text"), found?.places ?? []);
  at("/buyer/contact/phone").hidden = !contact.hidden;
  note(at("/buyer/name"), "");
  [...body.children].filter(skuOf).forEach((row) => load(row, skuOf(row), { keep: true }));
}
for (const [select, path] of [[contact, "/buyer/contact/name"], [place, "/ship_to/address/text"]]) {
  select.addEventListener("change", () => {
    if (select.value) return;
    select.hidden = true;
    inputAt(path).hidden = false;
    if (select === contact) at("/buyer/contact/phone").hidden = false;
    inputAt(path).focus();
  });
}
combo(inputAt("/buyer/name"), {
  shown: (item) => [item.name, item.code, item.contacts[0]],
  pick: knows,
  free: (text) => {
    if (customer && text !== customer.name) knows(null);
    if (text && !customer) note(at("/buyer/name"), say.newCustomer);
  },
});

// --- lines
const skuOf = (row) => row.dataset.sku ?? "";
const cell = (row, name) => row.querySelector(`[data-cell="${name}"]`);
const valueOf = (row, name) => cell(row, name).querySelector("[data-value]");
const number = (text) => Number(String(text).replace(/[,，]/g, ""));

function addLine(values = {}) {
  const row = blank.content.firstElementChild.cloneNode(true);
  body.append(row);
  const sku = valueOf(row, "sku");
  const list = row.querySelector(".offers");
  list.id = `offers-${crypto.randomUUID()}`;
  sku.setAttribute("aria-controls", list.id);
  combo(sku, {
    query: () => ({ customer: customer?.code ?? "" }),
    shown: (item) => [item.sku, item.name, item.spec],
    pick: (item) => load(row, item.sku),
    free: (text) => {
      if (text && text !== skuOf(row)) load(row, text);
      if (!text) clear(row);
    },
  });
  sku.addEventListener("paste", paste);
  row.addEventListener("input", () => reckon(row));
  row.addEventListener("change", (event) => {
    if (event.target === valueOf(row, "unit")) price(row, { keep: false });
    reckon(row);
  });
  row.querySelector("[data-remove]").addEventListener("click", () => {
    row.remove();
    if (!body.children.length) addLine();
    sum();
  });
  for (const [name, value] of Object.entries(values)) {
    if (name !== "unit") valueOf(row, name).value = value ?? "";
  }
  if (values.sku) load(row, values.sku, { keep: Boolean(values.unit_price), unit: values.unit });
  return row;
}

function clear(row) {
  delete row.dataset.sku;
  row.product = null;
  row.querySelector("[data-named]").textContent = "";
  valueOf(row, "unit").replaceChildren();
  reckon(row);
}

// Fetch a product: units, agreed price, what is available. A price that was typed stays.
async function load(row, sku, { keep = false, unit = null } = {}) {
  const typed = keep && valueOf(row, "unit_price").value;
  row.dataset.sku = sku;
  valueOf(row, "sku").value = sku;
  const answer = await ask(`${form.dataset.product}/${encodeURIComponent(sku)}`, { customer: customer?.code ?? "" });
  const found = answer?.found;
  if (skuOf(row) !== sku) return;
  row.product = found;
  if (found) row.dataset.sku = valueOf(row, "sku").value = found.sku;
  const units = valueOf(row, "unit");
  const was = unit ?? units.value;
  units.replaceChildren(...(found?.units ?? []).map((one) => new Option(one.unit)));
  if (found?.units.some((one) => one.unit === was)) units.value = was;
  row.querySelector("[data-named]").textContent = found ? [found.name, found.spec].filter(Boolean).join(" ") : "";
  if (found) note(cell(row, "sku"), "");
  price(row, { keep: Boolean(typed) && !row.dataset.filled });
  reckon(row);
}

const unitOf = (row) => row.product?.units.find((one) => one.unit === valueOf(row, "unit").value);

function price(row, { keep }) {
  const agreed = unitOf(row)?.price;
  if (keep || !row.product) return;
  valueOf(row, "unit_price").value = agreed ?? "";
  row.dataset.filled = "true";
}

// What stands under quantity and price: stock, least quantity, what was agreed; then amount and sum.
function reckon(row) {
  const unit = unitOf(row);
  const quantity = number(valueOf(row, "quantity").value);
  const each = number(valueOf(row, "unit_price").value);
  const stock = row.querySelector("[data-stock]");
  const agreed = row.querySelector("[data-agreed]");
  const own = quantity * number(unit?.holds ?? 1);
  const short = row.product && own > number(row.product.available);
  const least = row.product?.least && own < number(row.product.least) ? `${say.least} ${row.product.least}` : "";
  stock.textContent = row.product ? [`${say.available} ${row.product.available} ${row.product.units[0].unit}`, short ? say.short : "", least].filter(Boolean).join(" · ") : "";
  stock.classList.toggle("short", Boolean(short || least));
  const differs = unit?.price && valueOf(row, "unit_price").value && each !== number(unit.price);
  if (row.product) agreed.textContent = unit?.price ? `${differs ? `${say.differs}：` : ""}${say[row.product.agreed]} ${unit.price}` : say.noprice;
  else agreed.textContent = "";
  agreed.classList.toggle("short", Boolean(differs));
  if (differs) delete row.dataset.filled;
  const amount = quantity * each;
  row.querySelector("[data-amount]").textContent = amount ? amount.toFixed(2) : "";
  sum();
}

function sum() {
  const total = [...body.children].reduce((all, row) => all + (Number(row.querySelector("[data-amount]").textContent) || 0), 0);
  form.querySelector("[data-total]").textContent = total.toFixed(2);
}

// Cells of a sheet: product, quantity, price; a middle column that is no number is left out.
function paste(event) {
  const text = event.clipboardData.getData("text/plain");
  if (!/[\t\n]/.test(text.trim())) return;
  event.preventDefault();
  const rows = text.split(/\r?\n/).map((line) => line.split("\t").map((part) => part.trim())).filter((parts) => parts[0]);
  const first = event.target.closest("tr");
  for (const [sku, ...more] of rows) {
    const numbers = more.filter((part) => part && !Number.isNaN(number(part)));
    if (more.length && !numbers.length) continue;  // titles
    addLine({ sku, quantity: numbers[0] ?? "", unit_price: numbers[1] ?? "" });
  }
  if (!skuOf(first)) first.remove();
  reckonAll();
}
const reckonAll = () => [...body.children].forEach(reckon);

// --- Enter goes to the next field; behind the last price a new line begins, an empty line leads on
const fields = () => [...form.querySelectorAll("[data-value], [data-contact], [data-place-of], [data-send]")].filter((one) => !one.hidden && one.offsetParent);

function next(from) {
  const row = from.closest("[data-lines] > tr");
  if (row && from === valueOf(row, "quantity") && valueOf(row, "unit_price").value) return follow(row);
  if (row && from === valueOf(row, "unit_price")) return follow(row);
  if (row && from === valueOf(row, "sku")) {
    if (from.value.trim()) return focus(valueOf(row, "quantity"));
    if (body.children.length > 1) row.remove();
    return focus(inputAt("/requested_date"));
  }
  if (customer && from === inputAt("/buyer/name") && contact.value && place.value) return focus(valueOf(body.firstElementChild, "sku"));
  const all = fields();
  focus(all[all.indexOf(from) + 1] ?? form.querySelector("[data-send]"));
}

function follow(row) {
  focus(valueOf(row.nextElementSibling ?? addLine(), "sku"));
}

function focus(field) {
  field?.focus();
  field?.select?.();
}

form.addEventListener("keydown", (event) => {
  if (event.isComposing || event.key !== "Enter") return;
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    submit(true);
  } else if (event.target.matches("input, select")) {
    event.preventDefault();
    next(event.target);
  }
});
form.querySelector("[data-add]").addEventListener("click", () => focus(valueOf(addLine(), "sku")));

// --- send
function note(holder, text) {
  const told = holder.querySelector("[data-problem]");
  if (told) told.textContent = text;
  holder.classList.toggle("bad", Boolean(text) && text !== say.newCustomer);
}

function written(submitNow) {
  const values = {};
  for (const holder of form.querySelectorAll(".cell[data-path]")) {
    const input = holder.querySelector("[data-value]");
    if (!input.hidden && !holder.hidden) values[holder.dataset.path] = input.value.trim();
  }
  const rows = [...body.children].filter((row) => ["sku", "quantity"].some((name) => valueOf(row, name).value.trim()));
  const lines = rows.map((row) => Object.fromEntries([...CELLS, ...own].map((name) => [name, valueOf(row, name).value.trim()])));
  const chosen = (select) => (select.hidden || select.value === "" ? null : Number(select.value));
  const source = form.querySelector("[name=source]:checked").value;
  return { rows, data: { token: form.dataset.token, source, submit: submitNow, customer: customer?.code ?? null, contact: chosen(contact), place: chosen(place), values, lines } };
}

function show(problems, rows) {
  let first = null;
  for (const { pointer, message } of problems) {
    const [, , line, name] = pointer.split("/");
    const holder = pointer.startsWith("/lines/") ? rows[Number(line)] && cell(rows[Number(line)], name ?? "sku") : at(pointer);
    if (holder) note(holder, message);
    else toast(message, { bad: true });
    first ??= holder;
  }
  if (problems.length > 1 && first) toast(say.fix.replace("{n}", problems.length), { bad: true });
  focus(first?.querySelector("[data-value]:not([hidden])") ?? inputOf(first));
}
const inputOf = (holder) => holder && (holder.dataset.path === "/lines" ? valueOf(body.firstElementChild, "sku") : null);

async function submit(now) {
  if (sent) return;
  document.activeElement?.blur();
  form.querySelectorAll(".bad").forEach((holder) => note(holder, ""));
  const { rows, data } = written(now);
  sent = true;
  const buttons = form.querySelectorAll("[data-send], [data-keep]");
  buttons.forEach((button) => { button.disabled = true; });
  const headers = { "X-CSRFToken": csrf(), "Content-Type": "application/json", Accept: "application/json" };
  const answer = await fetch(form.dataset.to, { method: "POST", headers, body: JSON.stringify(data) }).catch(() => null);
  const value = await answer?.json().catch(() => ({}));
  if (value?.to) {
    window.location.assign(value.to);
    return;
  }
  sent = false;
  buttons.forEach((button) => { button.disabled = false; });
  if (value?.problems) show(value.problems, rows);
  else toast(value?.message ?? (answer ? words.failed : words.offline), { bad: true });
}
form.addEventListener("submit", (event) => {
  event.preventDefault();
  submit(true);
});
form.querySelector("[data-keep]").addEventListener("click", () => submit(false));
window.addEventListener("beforeunload", (event) => {
  if (!sent && skuOf(body.firstElementChild)) event.preventDefault();
});

// --- start
if (again.customer) ask(`${form.dataset.customer}/${encodeURIComponent(again.customer)}`, {}).then(knows);
else if (again.name) inputAt("/buyer/name").value = again.name;
(again.lines?.length ? again.lines : [{}]).forEach((line) => addLine(line));
focus(again.lines ? inputAt("/requested_date") : inputAt("/buyer/name"));
