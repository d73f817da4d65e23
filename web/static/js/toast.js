// Short messages at the corner; words in the reader's language come with the page.
export const words = JSON.parse(document.body.dataset.words);

export function csrf() {
  return JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
}

function undoForm(back) {
  const url = typeof back === "string" ? back : "";
  const form = document.createElement("form");
  form.method = "post";
  form.action = url;
  const token = document.createElement("input");
  token.type = "hidden";
  token.name = "csrf_token";
  token.value = csrf();
  const button = document.createElement("button");
  button.className = "undo";
  button.textContent = words.undo;
  form.append(token, button);
  if (!url) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      form.closest("[data-toast]")?.remove();
      back();
    });
  }
  return form;
}

// ``undo``: the address that takes it back, or a function.
export function toast(text, { bad = false, undo = null } = {}) {
  const box = document.createElement("div");
  box.className = bad ? "toastbox bad" : "toastbox";
  box.dataset.toast = "";
  const icon = document.createElement("i");
  icon.className = bad ? "bi bi-exclamation-circle" : "bi bi-check2-circle";
  icon.ariaHidden = "true";
  const say = document.createElement("div");
  say.className = "say";
  say.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.dataset.close = "";
  close.ariaLabel = words.close;
  close.innerHTML = '<i class="bi bi-x-lg" aria-hidden="true"></i>';
  box.append(icon, say, ...(undo ? [undoForm(undo)] : []), close);
  document.getElementById("toasts").append(box);
  window.setTimeout(() => box.remove(), bad ? 12000 : 6000);
}

// fetch with the session's token; a failure becomes a toast and null.
export async function send(url, { method = "POST", json, form } = {}) {
  const headers = { "X-CSRFToken": csrf(), Accept: "application/json" };
  if (json !== undefined) headers["Content-Type"] = "application/json";
  try {
    const answer = await fetch(url, { method, headers, body: json === undefined ? form : JSON.stringify(json) });
    const value = await answer.json().catch(() => ({}));
    if (answer.ok) return value;
    toast(value.message || words.failed, { bad: true });
  } catch {
    toast(words.offline, { bad: true });
  }
  return null;
}
