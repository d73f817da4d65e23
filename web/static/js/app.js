// What every page does: toasts, the side menu on phones, keyboard, rows that open, dialogs.
import { toast, words } from "./toast.js";

const body = document.body;
const typing = (node) => node.closest("input, textarea, select, [contenteditable=true]") !== null;

// Toasts: those that came with the page, those that htmx answers name, and failures of a request.
document.querySelectorAll("[data-toast]").forEach((box) => window.setTimeout(() => box.remove(), 9000));
document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-close]");
  if (close) close.closest("[data-toast]").remove();
});
body.addEventListener("toast", (event) => toast(event.detail.text, event.detail));
body.addEventListener("htmx:sendError", () => toast(words.offline, { bad: true }));
body.addEventListener("htmx:responseError", (event) => {
  if (!(event.detail.xhr.getResponseHeader("HX-Trigger") || "").includes("toast")) toast(words.failed, { bad: true });
});

// Side menu on phones.
const side = document.getElementById("side");
const menu = document.querySelector("[data-side]");
function openSide(open) {
  side.classList.toggle("open", open);
  menu.setAttribute("aria-expanded", String(open));
  document.querySelector(".veil")?.remove();
  if (!open) return;
  const veil = document.createElement("button");
  veil.className = "veil";
  veil.ariaLabel = words.close;
  veil.addEventListener("click", () => openSide(false));
  body.append(veil);
  side.querySelector("a")?.focus();
}
menu?.addEventListener("click", () => openSide(!side.classList.contains("open")));

// Dialogs: <button data-open="id"> shows one; data-dismiss closes it; data-confirm asks before a form goes out.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-open]");
  if (opener) document.getElementById(opener.dataset.open)?.showModal();
  const dismiss = event.target.closest("[data-dismiss]");
  if (dismiss) dismiss.closest("dialog")?.close();
  if (event.target.closest("[data-help]")) document.getElementById("help").showModal();
  const person = event.target.closest("[data-login]");
  if (person) {
    document.getElementById("login").value = person.dataset.login;
    document.getElementById("password").value = person.dataset.password;
    document.querySelector("[data-sign-in] button").focus();
  }
});
document.addEventListener("submit", (event) => {
  const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// Rows that open: click, Enter; j and k walk; the element's own links and buttons keep working.
const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.offsetParent !== null);
const open = (row) => {
  const link = row.dataset.href;
  if (link) window.location.assign(link);
};
document.addEventListener("click", (event) => {
  const row = event.target.closest("[data-row][data-href]");
  if (!row || event.target.closest("a, button, input, label, select") || window.getSelection().toString()) return;
  open(row);
});
function walk(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(document.activeElement.closest?.("[data-row]"));
  const next = all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + step))];
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

const places = { n: "entry", h: "home", o: "orders", l: "holds", u: "upload", a: "approvals" };
let waiting = 0;
function key(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open]") || typing(event.target)) return;
  if (Date.now() - waiting < 900 && places[event.key]) {
    const link = document.querySelector(`nav a[data-place="${places[event.key]}"]`);
    waiting = 0;
    if (link) window.location.assign(link.href);
    return;
  }
  const row = event.target.closest("[data-row]");
  const acts = {
    "/": () => document.querySelector("[data-find-here], [data-find]")?.focus(),
    "?": () => document.getElementById("help")?.showModal(),
    g: () => { waiting = Date.now(); },
    j: () => walk(1),
    k: () => walk(-1),
    r: () => row?.querySelector("[data-key=r]")?.click(),
    Enter: () => row && event.target === row && open(row),
    Escape: () => openSide(false),
  };
  const act = acts[event.key];
  if (!act) return;
  if (event.key === "/" || event.key === "?") event.preventDefault();
  act();
}
document.addEventListener("keydown", key);

// After htmx put a new row or dialog in: show the dialog, keep the focus where the person works.
body.addEventListener("htmx:afterSwap", (event) => {
  const dialog = event.target.querySelector?.("dialog[data-auto]") ?? (event.target.matches?.("dialog[data-auto]") ? event.target : null);
  if (dialog && !dialog.open) dialog.showModal();
});
body.addEventListener("closedialog", () => document.querySelectorAll("dialog[open]").forEach((dialog) => dialog.close()));
