// Live: what others change is seen here within two seconds. [data-live] names where to ask and what was seen;
// with data-live-rows the rows are fetched anew, else the page is, unless somebody is in the middle of something.

const EVERY_MS = 1000;
const holder = document.querySelector("[data-live]");
let seen = holder.dataset.liveMark;
let asking = false;

function busy() {
  const field = document.activeElement;
  const typing = field?.matches("input, textarea, select") && field.value !== "" && !holder.dataset.liveRows;
  return Boolean(document.querySelector("dialog[open], .dropdown-menu.show")) || typing;
}

function offer() {
  const note = document.querySelector("[data-live-note]");
  if (note) note.hidden = false;
}

// Fetch the rows anew; whoever walks through them by keys stays where he was.
async function anew() {
  const here = holder.contains(document.activeElement) ? document.activeElement.closest("[data-href]")?.dataset.href : null;
  await window.htmx.ajax("GET", window.location.pathname + window.location.search, { target: "#orders", swap: "innerHTML" });
  if (here) holder.querySelector(`[data-href="${here}"]`)?.focus();
}

async function look() {
  if (asking || document.hidden) return;
  asking = true;
  const answer = await fetch(holder.dataset.live, { headers: { Accept: "application/json" } }).catch(() => null);
  const mark = answer?.ok && !answer.redirected ? String((await answer.json()).mark) : seen;
  asking = false;
  if (mark === seen) return;
  if (holder.dataset.liveRows) {
    seen = mark;
    await anew();
  } else if (busy()) {
    offer();
  } else {
    window.location.reload();
  }
}
document.querySelector("[data-live-reload]")?.addEventListener("click", () => window.location.reload());
window.setInterval(look, EVERY_MS);
