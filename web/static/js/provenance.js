// Where each value stands on the paper: its piece of the page, cut out beside it. A page is loaded once.
import { drawCrop } from "./viewer.js";

const pages = new Map();

function picture(address) {
  if (!pages.has(address)) {
    pages.set(address, new Promise((done, fail) => {
      const page = new Image();
      page.addEventListener("load", () => done(page));
      page.addEventListener("error", fail);
      page.src = address;
    }));
  }
  return pages.get(address);
}

document.querySelectorAll("canvas[data-box]").forEach(async (canvas) => {
  const page = await picture(canvas.dataset.picture).catch(() => null);
  if (page) drawCrop(canvas, page, canvas.dataset.box.split(",").map(Number));
});
