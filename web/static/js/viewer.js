// The page picture with its boxes: zoom, rotate, pages, drag. Knows nothing of drafts.
const STEP = 1.25;
const SVG = "http://www.w3.org/2000/svg";

// Draw a box of a page into a small canvas, with a margin so that its neighbours can be seen.
export function drawCrop(canvas, picture, [x0, y0, x1, y1]) {
  const [w, h] = [picture.naturalWidth, picture.naturalHeight];
  const margin = Math.max((y1 - y0) * h * 0.5, 6);
  const left = Math.max(0, x0 * w - margin * 2);
  const top = Math.max(0, y0 * h - margin);
  const width = Math.min(w, x1 * w + margin * 2) - left;
  const height = Math.min(h, y1 * h + margin) - top;
  const ratio = Math.min(2.5, 84 / height, 720 / width);
  canvas.width = Math.max(1, Math.round(width * ratio));
  canvas.height = Math.max(1, Math.round(height * ratio));
  canvas.style.width = `${Math.round(canvas.width / 2)}px`;
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, left, top, width, height, 0, 0, canvas.width, canvas.height);
  pen.strokeStyle = "#b36b00";
  pen.lineWidth = 2;
  pen.strokeRect((x0 * w - left) * ratio, (y0 * h - top) * ratio, (x1 - x0) * w * ratio, (y1 - y0) * h * ratio);
  canvas.classList.add("drawn");
}

export class Viewer {
  constructor(root, { onPick }) {
    this.root = root;
    this.stage = root.querySelector("[data-stage]");
    this.sheet = root.querySelector("[data-sheet]");
    this.leaf = root.querySelector("[data-leaf]");
    this.image = this.leaf?.querySelector("img");
    this.layer = this.leaf?.querySelector("svg");
    this.label = root.querySelector("[data-zoom-label]");
    this.count = Number(root.dataset.pages || 0);
    this.source = root.dataset.source;
    this.page = 0;
    this.turn = 0;
    this.zoom = 0; // 0: fit the width
    this.boxes = [];
    this.pictures = new Map();
    this.onPick = onPick;
    if (this.image) this.listen();
  }

  listen() {
    this.root.addEventListener("click", (event) => {
      const act = event.target.closest("[data-view]")?.dataset.view;
      if (act) this.act(act);
      const page = event.target.closest("[data-page-of]")?.dataset.pageOf;
      if (page) this.show(Number(page));
    });
    this.layer.addEventListener("click", (event) => {
      const path = event.target.dataset?.path;
      if (path) this.onPick(path);
    });
    this.stage.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.act(event.deltaY < 0 ? "in" : "out");
    }, { passive: false });
    this.drag();
    new ResizeObserver(() => this.lay()).observe(this.stage);
  }

  drag() {
    let from = null;
    this.stage.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse" || event.target.dataset?.path) return;
      from = { x: event.clientX + this.stage.scrollLeft, y: event.clientY + this.stage.scrollTop };
      this.stage.classList.add("grab");
    });
    window.addEventListener("pointermove", (event) => {
      if (from) this.stage.scrollTo(from.x - event.clientX, from.y - event.clientY);
    });
    window.addEventListener("pointerup", () => {
      from = null;
      this.stage.classList.remove("grab");
    });
  }

  act(name) {
    const acts = {
      in: () => { this.zoom = Math.min(6, this.scale() * STEP); },
      out: () => { this.zoom = Math.max(0.1, this.scale() / STEP); },
      fit: () => { this.zoom = 0; },
      turn: () => { this.turn = (this.turn + 90) % 360; },
      next: () => this.show(Math.min(this.count, this.page + 1)),
      previous: () => this.show(Math.max(1, this.page - 1)),
      fold: () => this.root.classList.toggle("folded"),
    };
    acts[name]?.();
    this.lay();
  }

  // The picture of a page, loaded once: the stage and the crops share it.
  picture(page) {
    if (!this.pictures.has(page)) {
      const picture = new Image();
      const ready = new Promise((done, fail) => {
        picture.addEventListener("load", () => done(picture));
        picture.addEventListener("error", fail);
      });
      ready.catch(() => {});
      picture.src = this.source.replace(/0$/, String(page));
      this.pictures.set(page, ready);
    }
    return this.pictures.get(page);
  }

  async show(page) {
    if (!this.image || page === this.page || page < 1) return;
    this.page = page;
    this.root.querySelectorAll("[data-page-of]").forEach((button) => {
      if (Number(button.dataset.pageOf) === page) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
    this.root.classList.add("loading");
    try {
      const picture = await this.picture(page);
      if (this.page !== page) return;
      this.root.classList.remove("loading");
      this.image.src = picture.src;
      this.width = picture.naturalWidth;
      this.height = picture.naturalHeight;
      this.lay();
      this.draw();
      if (this.item?.page === page) this.reveal(this.item.box);
    } catch {
      this.root.classList.remove("loading");
      this.root.classList.add("missing");
    }
  }

  sides() {
    return this.turn % 180 ? [this.height, this.width] : [this.width, this.height];
  }

  scale() {
    if (this.zoom) return this.zoom;
    return Math.max(0.05, (this.stage.clientWidth - 36) / this.sides()[0]);
  }

  lay() {
    if (!this.width) return;
    const scale = this.scale();
    const [across, down] = this.sides();
    this.sheet.style.width = `${across * scale}px`;
    this.sheet.style.height = `${down * scale}px`;
    this.leaf.style.width = `${this.width * scale}px`;
    this.leaf.style.height = `${this.height * scale}px`;
    this.leaf.style.transform = `translate(-50%, -50%) rotate(${this.turn}deg)`;
    if (this.label) this.label.textContent = `${Math.round(scale * 100)}%`;
  }

  setBoxes(boxes) {
    this.boxes = boxes;
    this.draw();
  }

  draw() {
    if (!this.layer || !this.width) return;
    this.layer.replaceChildren(...this.boxes.filter((item) => item.page === this.page).map((item) => {
      const [x0, y0, x1, y1] = item.box;
      const rect = document.createElementNS(SVG, "rect");
      const [mx, my] = [5 / this.width, 3 / this.height]; // a little air, so that the frame hides no stroke
      for (const [name, value] of Object.entries({ x: x0 - mx, y: y0 - my, width: x1 - x0 + 2 * mx, height: y1 - y0 + 2 * my, rx: 0.002 })) rect.setAttribute(name, value);
      rect.setAttribute("class", item.kind + (item.path === this.current ? " current" : ""));
      rect.dataset.path = item.path;
      return rect;
    }));
  }

  async focus(item) {
    this.current = item?.path;
    this.item = item?.box ? item : null;
    if (!this.item && !this.page) await this.show(1); // the first field may stand nowhere on the paper
    if (!this.item) return this.draw();
    await this.show(item.page);
    this.draw();
    this.reveal(item.box);
  }

  reveal([x0, y0, x1, y1]) {
    if (!this.width) return;
    const angle = (this.turn * Math.PI) / 180;
    const scale = this.scale();
    const dx = ((x0 + x1) / 2 - 0.5) * this.width * scale;
    const dy = ((y0 + y1) / 2 - 0.5) * this.height * scale;
    const x = this.sheet.offsetLeft + this.sheet.offsetWidth / 2 + dx * Math.cos(angle) - dy * Math.sin(angle);
    const y = this.sheet.offsetTop + this.sheet.offsetHeight / 2 + dx * Math.sin(angle) + dy * Math.cos(angle);
    this.stage.scrollTo(x - this.stage.clientWidth / 2, y - this.stage.clientHeight / 2);
  }

  async crop(canvas, item) {
    if (!item.box || !this.image) return;
    const picture = await this.picture(item.page).catch(() => null);
    if (picture) drawCrop(canvas, picture, item.box);
  }
}
