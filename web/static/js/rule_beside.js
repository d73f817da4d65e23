// Beside the editor: examples and mutants of what is typed. A finding leads to its line; a missing example is added by a click.
import { csrf } from "./toast.js";

const panel = document.querySelector("[data-beside]");
const list = panel?.querySelector("ul");
const heads = panel ? [...panel.querySelectorAll("[data-count]")] : [];
let number = 0;
let timer = 0;

const made = (name, text, kind = "") => {
  const element = document.createElement(name);
  element.textContent = text;
  element.className = kind;
  return element;
};

function button(text, act) {
  const element = made("button", text, "btn btn-quiet btn-sm");
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

function shown(finding, editor) {
  const item = document.createElement("li");
  const title = button(finding.title, () => editor.go(finding.line));
  title.className = "btn btn-link btn-sm p-0 text-start";
  item.append(title, made("span", finding.text));
  if (finding.add) {
    item.append(made("pre", finding.add), button(panel.dataset.add, () => editor.add(finding.add)));
  } else if (finding.replace) {
    item.append(made("pre", finding.replace), button(panel.dataset.replace, () => editor.replace(finding.line, finding.replace)));
  }
  return item;
}

function show(found, editor) {
  panel.classList.remove("waiting");
  list.inert = false;
  panel.classList.toggle("good", Boolean(found.good));
  panel.classList.toggle("bad", !found.good);
  heads[0].textContent = found.error || found.examples;
  heads[1].textContent = found.mutants || "";
  list.replaceChildren(...(found.findings || []).map((finding) => shown(finding, editor)));
}

export function prove(text, editor, wait = 900) {
  if (!panel || panel.hidden) return;
  window.clearTimeout(timer);
  const mine = ++number;
  panel.classList.add("waiting");
  list.inert = true;
  timer = window.setTimeout(async () => {
    try {
      const answer = await fetch(panel.dataset.beside, {
        method: "POST", body: JSON.stringify({ file: panel.dataset.file, text: text() }),
        headers: { "X-CSRFToken": csrf(), "Content-Type": "application/json", Accept: "application/json" },
      });
      if (mine !== number || !answer.ok) return;
      const found = await answer.json();
      if (found.busy) prove(text, editor, 3000);
      else show(found, editor);
    } catch { /* offline: saving will say so */ }
  }, wait);
}

export function stopped() {
  number += 1;
  window.clearTimeout(timer);
  if (!panel) return;
  panel.classList.add("waiting");
  list.inert = true;
}

// What the findings do to the text: both keep every other line as it is.
export function added(text, example) {
  const lines = text.replace(/\s+$/, "").split("\n");
  if (!lines.some((line) => line.startsWith("examples:"))) lines.push("", "examples:");
  const last = lines.filter((line) => /^\s*- /.test(line)).pop();
  return `${[...lines, `${last ? last.match(/^\s*/)[0] : "  "}- ${example}`].join("\n")}\n`;
}

export function replacedAt(text, line, example) {
  const lines = text.split("\n");
  const indent = lines[line - 1].match(/^\s*/)[0];
  let end = line;
  while (end < lines.length && (lines[end].trim() === "" || lines[end].match(/^\s*/)[0].length > indent.length)) end += 1;
  while (end > line && lines[end - 1].trim() === "") end -= 1;
  lines.splice(line - 1, end - line + 1, `${indent}- ${example}`);
  return lines.join("\n");
}
