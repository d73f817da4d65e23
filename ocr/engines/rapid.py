"""RapidOCR (PP-OCRv6 small on ONNX Runtime): the default engine; its models come inside the wheel, no network.

Detection and recognition are driven one by one: the box classifier is off (it turns `HT00990` upside down), single
narrow characters are not taken for vertical text, and the page's own orientation is found from a few long lines. The
first model loaded makes its thread count numbers next to zero as zero, for good: the detection net, full of them, takes
0.7 s instead of 2.0 (decision 0065).
"""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import rapidocr
from numpy.typing import NDArray
from omegaconf import OmegaConf
from onnxruntime import InferenceSession, SessionOptions
from rapidocr import RapidOCR
from rapidocr.ch_ppocr_det import TextDetector
from rapidocr.ch_ppocr_rec import TextRecognizer
from rapidocr.ch_ppocr_rec.typings import TextRecInput

from ocr.engines import Line, Reading

if TYPE_CHECKING:
    from ocr.decode import Pixels

Quad = NDArray[np.float32]
_SAMPLE = 6
_DOUBTFUL = 0.86
_VERTICAL = 3.0
_LEAST = 0.5

_SETTINGS = {
    "Global.use_cls": False,
    "Global.return_word_box": True,
    "Global.max_side_len": 4000,
    "Global.log_level": "error",
    "Det.limit_type": "max",
    "Det.limit_side_len": 1280,
    "Rec.rec_img_shape": [3, 48, 160],  # cells are short: padding each to 320 px costs a third more and reads worse
}
_MODELS = Path(rapidocr.__file__).parent / "models"
_DETECTION, _RECOGNITION = "PP-OCRv6_det_small.onnx", "PP-OCRv6_rec_small.onnx"


class Rapid:
    """One loaded pair of models."""

    name = "rapidocr"

    def __init__(self) -> None:
        self.version = version("rapidocr")
        settings: Any = RapidOCR(params=dict(_SETTINGS)).cfg
        self._detector: Any = TextDetector(_with_session(settings.Det, _DETECTION))
        self._recognizer: Any = TextRecognizer(_with_session(settings.Rec, _RECOGNITION))

    def read(self, pixels: Pixels, *, may_turn: bool = True, sparse: bool = False) -> Reading:  # noqa: ARG002
        """Find lines and read them; say if the page lies on its side or upside down."""
        image = np.ascontiguousarray(pixels[..., ::-1])
        quads = self._quads(image)
        if not quads:
            return Reading(())
        if may_turn and _lies(quads):
            return Reading((), self._better(image, quads, 1, 3), len(quads))
        quads.sort(key=_length, reverse=True)
        lines = self._lines(image, quads[:_SAMPLE])
        if may_turn and _mean(lines) < _DOUBTFUL and self._better(image, quads, 0, 2) == 2:
            return Reading((), 2, len(quads))
        if quads[_SAMPLE:]:
            lines += self._lines(image, quads[_SAMPLE:])
        kept = tuple(line for line in lines if sum(line.scores) >= _LEAST * len(line.scores))
        return Reading(kept, 0, len(quads), _mean(lines))

    def _quads(self, image: Pixels) -> list[Quad]:
        found = self._detector(image)
        return [] if found.boxes is None else [np.asarray(box, np.float32) for box in found.boxes]

    def _recognized(self, crops: list[Pixels]) -> tuple[Any, ...]:
        result = self._recognizer(TextRecInput(img=crops, return_word_box=True))
        return tuple(zip(result.txts, result.word_results, strict=True))

    def _lines(self, image: Pixels, quads: list[Quad]) -> list[Line]:
        crops = [_crop(image, quad) for quad in quads]
        read = self._recognized(crops)
        return [
            line
            for quad, (text, info) in zip(quads, read, strict=True)
            if (line := _line(quad, text, info)) is not None
        ]

    def _better(self, image: Pixels, quads: list[Quad], first: int, second: int) -> int:
        """Return which of two quarter turns makes the longest lines read better."""
        longest = sorted(quads, key=_length, reverse=True)[:_SAMPLE]
        crops = [_crop(image, quad, keep=True) for quad in longest]
        scores = {}
        for quarters in (first, second):
            turned = [np.ascontiguousarray(np.rot90(crop, -quarters)) for crop in crops]
            read = self._recognized(turned)
            confs = [float(conf) for _, info in read for conf in info.confs]
            scores[quarters] = sum(confs) / max(1, len(confs))
        return max(scores, key=lambda quarters: scores[quarters])


def _with_session(section: Any, model: str) -> Any:
    """Return a section of the library's settings with a session of ours in it."""
    return OmegaConf.create({"font_path": None, **section, "session": _session(model)}, flags={"allow_objects": True})


def _session(model: str) -> InferenceSession:
    """Load a model for one thread, without an arena, numbers next to zero as zero."""
    options = SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    return InferenceSession(str(_MODELS / model), options, providers=["CPUExecutionProvider"])


def _sides(quad: Quad) -> tuple[float, float]:
    width = max(float(np.linalg.norm(quad[0] - quad[1])), float(np.linalg.norm(quad[2] - quad[3])))
    height = max(float(np.linalg.norm(quad[0] - quad[3])), float(np.linalg.norm(quad[1] - quad[2])))
    return max(1.0, width), max(1.0, height)


def _length(quad: Quad) -> float:
    return max(_sides(quad))


def _lies(quads: list[Quad]) -> bool:
    """Say whether most long boxes stand upright: the page is on its side."""
    tall = wide = 0.0
    for quad in quads:
        width, height = _sides(quad)
        if height > 2 * width:
            tall += height
        elif width > 2 * height:
            wide += width
    return tall > wide


def _crop(image: Pixels, quad: Quad, *, keep: bool = False) -> Pixels:
    """Cut a box out. Very tall ones hold vertical text and are laid on their side, unless ``keep``."""
    width, height = _sides(quad)
    size = (int(width), int(height))
    target = np.array([[0, 0], [size[0], 0], [size[0], size[1]], [0, size[1]]], np.float32)
    forward = cv2.getPerspectiveTransform(quad, target)
    crop = cv2.warpPerspective(image, forward, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    if not keep and height > _VERTICAL * width:
        crop = np.rot90(crop)
    return np.ascontiguousarray(crop, np.uint8)


def _line(quad: Quad, text: str, info: Any) -> Line | None:
    if not text.strip() or not info.word_cols or not info.line_txt_len:
        return None
    (x0, y0, x1, y1), slope = _levelled(quad)
    columns = iter([column for word in info.word_cols for column in word])
    places = [None if char.isspace() else (next(columns, 0) + 0.5) / info.line_txt_len for char in text]
    centres = [x0 + (x1 - x0) * min(place, 1.0) for place in _filled(places)]
    spaced = _with_lost_spaces(text, [float(score) for score in info.confs], centres, least=0.6 * _sides(quad)[1])
    return replace(_trimmed(*spaced, box=(x0, y0, x1, y1)), slope=slope)


def _levelled(quad: Quad) -> tuple[tuple[float, float, float, float], float]:
    """Return the box as high as its letters, turned level about its middle, and how much it falls to the right."""
    width, height = _sides(quad)
    x0, y0 = (float(value) for value in quad.min(axis=0))
    x1, y1 = (float(value) for value in quad.max(axis=0))
    if height > _VERTICAL * width:
        return (x0, y0, x1, y1), 0.0
    run, fall = (float(value) for value in (quad[1] - quad[0]) + (quad[2] - quad[3]))
    slope = fall / run if run > 1 else 0.0
    middle = (y0 + y1) / 2
    return (x0, middle - height / 2, x1, middle + height / 2), slope


def _filled(places: list[float | None]) -> list[float]:
    """Give blanks the place between their neighbours."""
    known = [place for place in places if place is not None]
    filled, seen = [], 0
    for place in places:
        if place is not None:
            seen += 1
            filled.append(place)
        else:
            before = known[seen - 1] if seen else known[0]
            filled.append((before + known[min(seen, len(known) - 1)]) / 2)
    return filled


def _with_lost_spaces(
    text: str, scores: list[float], centres: list[float], *, least: float
) -> tuple[str, list[float], list[float]]:
    """Put a blank where two digits stand clearly further apart (``least`` px) than digits of this line do."""
    gaps = [
        right - left
        for (a, left), (b, right) in pairwise(zip(text, centres, strict=True))
        if a.isdigit() and b.isdigit()
    ]
    usual = median(gaps) if len(gaps) >= 3 else 0.0
    for index in range(len(text) - 1, 0, -1):
        if not (text[index - 1].isdigit() and text[index].isdigit() and usual):
            continue
        if centres[index] - centres[index - 1] > max(least, 1.75 * usual):
            text = text[:index] + " " + text[index:]
            scores.insert(index, min(scores[index - 1], scores[index]))
            centres.insert(index, (centres[index - 1] + centres[index]) / 2)
    return text, scores, centres


def _trimmed(text: str, scores: list[float], centres: list[float], *, box: tuple[float, float, float, float]) -> Line:
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    return Line(text[start:end], *box, tuple(scores[start:end]), tuple(centres[start:end]))


def _mean(lines: list[Line]) -> float:
    count = sum(len(line.scores) for line in lines)
    return sum(sum(line.scores) for line in lines) / count if count else 0.0
