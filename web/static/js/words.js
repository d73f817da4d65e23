// The words of a mail, a chat or a text beside the fields: those that a field was read from are marked.
export class Words {
  constructor(node) {
    this.node = node;
    this.whole = node?.textContent ?? "";
  }

  // What was read may be pieces that stand apart: then the first of them that is there.
  show(raw) {
    if (!this.node) return;
    const whole = (raw ?? "").trim();
    const wanted = whole && [whole, ...whole.split(/\s+/)].find((piece) => this.whole.includes(piece));
    if (!wanted) {
      this.node.replaceChildren(this.whole);
      return;
    }
    const at = this.whole.indexOf(wanted);
    const mark = document.createElement("mark");
    mark.textContent = wanted;
    this.node.replaceChildren(this.whole.slice(0, at), mark, this.whole.slice(at + wanted.length));
    mark.scrollIntoView({ block: "nearest" });
  }
}
