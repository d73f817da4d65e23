// The editor of a rule file: ACE under the strict CSP, words of the vocabulary, a check of what is typed. Without ACE
// the text box stays as it is.
import { added, prove, replacedAt, stopped } from "./rule_beside.js";
import { csrf } from "./toast.js";

const box = document.querySelector("[data-editor]");
const status = document.querySelector(".check");
const form = box.form;
const dark = () => document.documentElement.dataset.bsTheme === "dark";

function show(found, editor) {
  status.textContent = found.text;
  status.className = `check small ${found.ok ? "good" : "bad"}`;
  if (!editor) return;
  const own = !found.ok && found.file === box.dataset.file;
  editor.session.setAnnotations(own ? [{ row: Math.max(0, found.line - 1), column: Math.max(0, found.column - 1), text: found.text, type: "error" }] : []);
}

let asked = 0;
async function check(text, editor) {
  const number = ++asked;
  try {
    const answer = await fetch(box.dataset.check, {
      method: "POST", body: JSON.stringify({ file: box.dataset.file, text }),
      headers: { "X-CSRFToken": csrf(), "Content-Type": "application/json", Accept: "application/json" },
    });
    if (!answer.ok || number !== asked) return;
    const found = await answer.json();
    show(found, editor);
    if (found.ok) prove(() => (editor ? editor.getValue() : box.value), hands(editor));
  } catch { /* offline: saving will say so */ }
}
let timer = 0;
const soon = (text, editor) => {
  stopped();
  window.clearTimeout(timer);
  timer = window.setTimeout(() => check(text(), editor), 500);
};

// What the panel beside may do with the text, with ACE or without it.
function hands(editor) {
  const write = (text, line) => {
    if (editor) {
      editor.setValue(text, -1);
      editor.gotoLine(line, 0, false);
      return;
    }
    box.value = text;
    box.dispatchEvent(new Event("input"));
  };
  const read = () => (editor ? editor.getValue() : box.value);
  return {
    go(line) {
      if (editor) {
        editor.gotoLine(line, 0, false);
        editor.focus();
        return;
      }
      const at = box.value.split("\n").slice(0, line - 1).join("\n").length;
      box.focus();
      box.setSelectionRange(at, at);
    },
    add(example) {
      const text = added(read(), example);
      write(text, text.split("\n").length - 1);
    },
    replace(line, example) {
      write(replacedAt(read(), line, example), line);
    },
  };
}

async function words() {
  const answer = await fetch(box.dataset.words, { headers: { Accept: "application/json" } });
  return answer.ok ? (await answer.json()).words : [];
}

function replaced() {
  const { ace } = window;
  ace.config.set("useStrictCSP", true);
  ace.config.set("loadWorkerFromBlob", false);
  const place = document.createElement("div");
  place.className = "ace-box";
  box.after(place);
  box.classList.add("replaced");
  const editor = ace.edit(place, {
    mode: "ace/mode/yaml", theme: dark() ? "ace/theme/tomorrow_night" : "ace/theme/tomorrow", useWorker: false, tabSize: 2, useSoftTabs: true,
    showPrintMargin: false, readOnly: box.readOnly, enableBasicAutocompletion: true, enableLiveAutocompletion: true, wrap: window.innerWidth < 768,
    fontFamily: "ui-monospace, Menlo, Consolas, 'Noto Sans Mono CJK SC', monospace", scrollPastEnd: 0.3,
  });
  editor.session.setValue(box.value);
  editor.textInput.getElement().setAttribute("aria-label", box.getAttribute("aria-label"));
  editor.commands.addCommand({ name: "leave", bindKey: { win: "Escape", mac: "Escape" }, exec: () => form.querySelector("[data-key=save]")?.focus() });
  editor.gotoLine(Number(box.dataset.line), 0, false);
  editor.session.on("change", () => {
    box.value = editor.getValue();
    soon(() => editor.getValue(), editor);
  });
  new MutationObserver(() => editor.setTheme(dark() ? "ace/theme/tomorrow_night" : "ace/theme/tomorrow"))
    .observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  words().then((known) => {
    const tools = ace.require("ace/ext/language_tools");
    tools.setCompleters([{
      identifierRegexps: [/[a-zA-Z_0-9.$\u4e00-\u9fff]/],
      getCompletions: (_editor, _session, _at, _prefix, done) => done(null, known),
    }]);
  });
  return editor;
}

const editor = window.ace ? replaced() : null;
if (!editor) box.addEventListener("input", () => soon(() => box.value, null));
if (!box.readOnly) check(box.value, editor);
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key === "s") {
    event.preventDefault();
    form.requestSubmit();
  }
});

// The sentence of the rule that is named.
const named = document.querySelector("[data-spoken]");
named?.addEventListener("input", () => {
  const found = [...document.querySelectorAll("#rules option")].find((option) => option.value === named.value.trim());
  const sentence = document.getElementById("sentence");
  if (found) sentence.value = found.dataset.sentence;
});
