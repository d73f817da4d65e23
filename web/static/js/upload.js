// Upload: drop, choose, take a photo or paste; each file is its own request with its own progress.
import { csrf, toast, words } from "./toast.js";

const zone = document.querySelector("[data-drop]");
const holder = document.getElementById("documents");
const AT_ONCE = 2;
const waiting = [];
let running = 0;

function list() {
  let found = holder.querySelector(".doclist");
  if (!found) {
    found = document.createElement("ul");
    found.className = "doclist";
    holder.replaceChildren(found);
  }
  return found;
}

function row(file) {
  const item = document.createElement("li");
  item.className = "doc";
  item.innerHTML = '<span class="kind" aria-hidden="true"><i class="bi bi-file-earmark-arrow-up"></i></span><div class="what"><div class="name"></div><div class="tiny muted"></div><progress max="100" value="0"></progress></div>';
  item.querySelector(".name").textContent = file.name;
  item.querySelector(".tiny").textContent = words.uploading;
  list().prepend(item);
  return item;
}

function fail(item, text) {
  item.querySelector("progress")?.remove();
  const reason = item.querySelector(".tiny");
  reason.className = "small reason";
  reason.textContent = text;
}

function start({ file, item }) {
  running += 1;
  const call = new XMLHttpRequest();
  const data = new FormData();
  data.append("file", file, file.name);
  call.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) item.querySelector("progress").value = (event.loaded / event.total) * 100;
  });
  call.addEventListener("loadend", () => {
    running -= 1;
    pump();
    if (call.status === 200) {
      const holder = document.createElement("template");
      holder.innerHTML = call.responseText.trim();
      const made = holder.content.firstElementChild;
      document.getElementById(made.id)?.remove();
      item.replaceWith(made);
      window.htmx.process(made);
      return;
    }
    let text = words.failed;
    try { text = JSON.parse(call.responseText).message || text; } catch { /* not ours */ }
    fail(item, call.status ? text : words.offline);
  });
  call.open("POST", zone.dataset.to);
  call.setRequestHeader("X-CSRFToken", csrf());
  call.setRequestHeader("Accept", "application/json");
  call.send(data);
}

function pump() {
  while (running < AT_ONCE && waiting.length) start(waiting.shift());
}

function take(files) {
  const limit = Number(zone.dataset.limit);
  for (const file of files) {
    const item = row(file);
    if (file.size > limit) fail(item, words.tooBig);
    else if (!file.size) fail(item, words.empty);
    else waiting.push({ file, item });
  }
  pump();
}

// What was pasted as files: the cells of a sheet (Excel adds a picture of them, which says less), pictures, or words.
function pasted(event) {
  if (event.target.closest?.("input, textarea, [contenteditable]")) return [];
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (text.includes("\t")) return [new File([text], `${zone.dataset.pastedSheet}.tsv`, { type: "text/tab-separated-values" })];
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length || !text.trim()) return files;
  return [new File([text], `${zone.dataset.pastedText}.txt`, { type: "text/plain" })];
}

if (zone) {
  zone.querySelectorAll("[data-files]").forEach((input) => input.addEventListener("change", () => {
    take([...input.files]);
    input.value = "";
  }));
  for (const name of ["dragenter", "dragover"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) zone.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    take([...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => {
    const files = pasted(event);
    if (files.length) take(files);
  });
} else {
  document.addEventListener("drop", () => toast(words.failed, { bad: true }));
}
