// Rules: find one in the list, see what a form changes, wait visibly while tests run, open the rule of the address.
const busy = (form) => {
  const button = form.querySelector("button:not([type=button])");
  if (!button || !form.dataset.busy) return;
  button.disabled = true;
  button.innerHTML = '<span class="spinner-border spinner-border-sm me-2" aria-hidden="true"></span>';
  button.append(form.dataset.busy);
};
document.addEventListener("submit", (event) => {
  if (!event.defaultPrevented) window.setTimeout(() => busy(event.target));
});
window.addEventListener("pageshow", (event) => { if (event.persisted) window.location.reload(); });

const find = document.querySelector("[data-filter]");
find?.addEventListener("input", () => {
  const wanted = find.value.trim().toLowerCase();
  document.querySelectorAll(find.dataset.filter).forEach((row) => {
    row.hidden = wanted !== "" && !row.textContent.toLowerCase().includes(wanted);
  });
  document.querySelectorAll("section.panel").forEach((panel) => {
    panel.hidden = wanted !== "" && !panel.querySelector("[data-rule]:not([hidden])");
  });
});

document.querySelector("[data-pick]")?.addEventListener("change", ({ target }) => {
  if (!target.value) return;
  target.form.elements.order.value = target.value;
  target.form.requestSubmit();
});

const aim = () => {
  const target = window.location.hash && document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
  if (!target) return;
  const details = target.querySelector("details");
  if (details) details.open = true;
  target.querySelector("input.form-control, textarea.form-control:not([hidden]), .chipbox input, select")?.focus();
};
window.addEventListener("hashchange", aim);
aim();

const form = document.querySelector("[data-changes]");
if (form) {
  const count = form.querySelector("[data-count]");
  const none = count?.textContent;
  const save = form.querySelector("[data-save]");
  const look = () => {
    const fields = [...form.querySelectorAll("[data-was]")];
    const changed = fields.filter((field) => field.value.trim() !== field.dataset.was.trim());
    fields.forEach((field) => {
      const on = changed.includes(field);
      field.parentElement.classList.toggle("changed", on);
      field.parentElement.querySelector(".was").hidden = !on;
    });
    const number = changed.length + form.querySelectorAll('[data-touched="1"]').length;
    if (count) count.textContent = number ? count.dataset.count.replace("{n}", number) : none;
    if (save) save.disabled = number === 0;
  };
  form.addEventListener("input", look);
  look();
}
