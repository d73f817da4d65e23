"""The door of the room: a document's bytes in, its pages out; all parsing happens in processes that may be killed.

Place in the order's way: called by `intake/readers/document.py`. A recogniser stays warm between documents and is
renewed after `_PAGES_PER_LIFE` pages, when it has grown, and after anything unexpected. Every PDF is opened in a
process of its own. The calling process never decodes anything. Safe to share between threads.
"""

from __future__ import annotations

import base64
import queue
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ocr import engines, limits
from ocr.page import Page, PageSet, Unreadable
from ocr.process import Reader, Stop, never
from ocr.sniff import sniff
from ocr.trouble import BYTES, trouble
from ocr.wire import error_from_json, page_from_json

Progress = Callable[[int, int], None]
"""Called with (pages done, pages in all) after each page."""

_PAGES_PER_LIFE = 60
_START_S = 60.0
_PAGE_S = 90.0
_PDF_S = 30.0
_DEATHS = frozenset({"reader_crashed", "too_complex"})
"""What a reader's death is called: by a signal for going out of bounds, or otherwise."""


def silent(done: int, of: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Deadlines:
    """Seconds of wall time: until a recogniser is up, for each page, for opening and drawing each page of a PDF."""

    start_s: float = _START_S
    page_s: float = _PAGE_S
    pdf_s: float = _PDF_S


@dataclass
class _Cost:
    """What reading one document took so far."""

    cpu_s: float = 0.0
    resident_bytes: int = 0

    def add(self, answer: dict[str, Any]) -> None:
        """Add what a recogniser says at a job's end."""
        self.cpu_s += answer["cpu_s"]
        self.resident_bytes = max(self.resident_bytes, answer["resident"])


class EngineDown(RuntimeError):
    """The engine itself does not start: our trouble, not the document's."""


class Sandbox:
    """Readers for up to ``size`` documents at a time with one engine (auto, rapidocr or tesseract)."""

    def __init__(
        self,
        engine: str = engines.AUTO,
        *,
        size: int = 1,
        deadlines: Deadlines = Deadlines(),
        extra_env: Mapping[str, str] | None = None,
    ) -> None:
        self.engine = engines.choose(engine)
        self._deadlines = deadlines
        self._extra_env = dict(extra_env or {})
        self._slots: queue.LifoQueue[Reader | None] = queue.LifoQueue()
        for _ in range(size):
            self._slots.put(None)
        self._size = size

    def read(self, data: bytes, *, progress: Progress = silent, stop: Stop = never) -> PageSet:
        """Read a picture or a PDF. ``stop`` is asked ten times a second. Raises Unreadable."""
        started = time.monotonic()
        kind = _checked(data)
        cost = _Cost()
        pages = (
            self._read_pdf(data, progress, stop, cost)
            if kind == "application/pdf"
            else self._read_picture(data, progress, stop, cost)
        )
        engine = next((page.engine for page in pages if page.source == "ocr"), pages[0].engine)
        seconds = round(time.monotonic() - started, 2)
        return PageSet(
            _kind(pages), tuple(pages), engine, seconds, cpu_s=round(cost.cpu_s, 2), resident_bytes=cost.resident_bytes
        )

    def previews(self, data: bytes, *, stop: Stop = never) -> Iterator[bytes]:
        """Yield each page as it arrived as a JPEG of at most 1,600 px, the picture that boxes belong on.

        Takes a process of its own and waits for no recogniser.
        """
        mode = "pdf" if _checked(data) == "application/pdf" else "preview"
        for answer in self._drawn(mode, data, {"job": "preview"}, stop):
            yield base64.b64decode(answer["preview"])

    def watched(self, progress: Progress = silent, stop: Stop = never) -> Watched:
        """Return a view whose `read` tells ``progress`` after each page and asks ``stop`` whether to give up."""
        return Watched(self, progress, stop)

    def warm(self) -> None:
        """Start a recogniser ahead of the first document."""
        with self._recognizer(never):
            pass

    def close(self) -> None:
        """End all readers; waits for documents being read."""
        for _ in range(self._size):
            reader = self._slots.get()
            if reader is not None:
                reader.kill()
        for _ in range(self._size):
            self._slots.put(None)

    def __enter__(self) -> Sandbox:
        """Use as a context: closed at its end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def _read_picture(self, data: bytes, progress: Progress, stop: Stop, cost: _Cost) -> list[Page]:
        pages: list[Page] = []
        for answer in self._picture_answers(data, {"job": "read"}, stop, cost):
            pages.append(page_from_json(answer["page"]))
            progress(len(pages), answer["of"])
        return pages

    def _read_pdf(self, data: bytes, progress: Progress, stop: Stop, cost: _Cost) -> list[Page]:
        pages: list[Page] = []
        for answer in self._drawn("pdf", data, {"job": "read"}, stop):
            if "page" in answer:
                pages.append(page_from_json(answer["page"]))
            elif "drawing" in answer:
                job = {"job": "read", "from_pdf": True}
                (part,) = self._picture_answers(answer["drawing"], job, stop, cost)
                pages.append(_numbered(page_from_json(part["page"]), answer["number"]))
            progress(len(pages), answer["of"])
        return pages

    def _drawn(self, mode: str, data: bytes, job: dict[str, Any], stop: Stop) -> Iterator[dict[str, Any]]:
        """Yield one answer a page from a short-lived reader; a PDF page without text comes as ``drawing``."""
        reader = Reader(mode, "FOLDER")
        try:
            reader.ask(job, data)
            left = -1
            for answer in reader.answers(self._deadlines.pdf_s, stop):
                if "error" in answer:
                    raise error_from_json(answer["error"])
                left = answer["count"] if "count" in answer else left - 1
                if "picture" in answer:
                    path = reader.folder / Path(answer["picture"]).name
                    yield {**answer, "drawing": path.read_bytes()}
                    path.unlink()
                    reader.go_on()
                elif "count" not in answer:
                    yield answer
                if left == 0:
                    return
        finally:
            reader.kill()

    def _picture_answers(self, data: bytes, job: dict[str, Any], stop: Stop, cost: _Cost) -> Iterator[dict[str, Any]]:
        """Yield one answer a page. A warm recogniser that dies before its first answer may have died of something
        else (killed while idle): a document is blamed only when a second one dies of it, too.
        """
        answered = False
        try:
            for answer in self._answers_once(data, job, stop, cost):
                answered = True
                yield answer
        except Unreadable as error:
            if answered or error.code not in _DEATHS:
                raise
            yield from self._answers_once(data, job, stop, cost)

    def _answers_once(self, data: bytes, job: dict[str, Any], stop: Stop, cost: _Cost) -> Iterator[dict[str, Any]]:
        """Yield one answer a page from a warm recogniser; what is wrong is raised after the job's end."""
        wrong: Unreadable | None = None
        with self._recognizer(stop) as reader:
            reader.ask(job, data)
            for answer in reader.answers(self._deadlines.page_s, stop):
                if "done" in answer:
                    cost.add(answer)
                    _retire(reader, answer["resident"])
                    break
                if "error" in answer:
                    wrong = error_from_json(answer["error"])
                    continue
                reader.pages_read += 1
                yield answer
        if wrong is not None:
            raise wrong

    @contextmanager
    def _recognizer(self, stop: Stop) -> Iterator[Reader]:
        """Lend a warm recogniser; one that misbehaved is killed and its place left empty."""
        reader = self._borrow(stop)
        try:
            if reader is not None and not reader.alive:
                reader.kill()  # also closes its pipes and removes its folder
                reader = None
            if reader is None:
                reader = self._started(stop)
            yield reader
        except BaseException:  # also a caller that stops asking: the pipe still holds this job's answers
            if reader is not None:
                reader.kill()
            raise
        finally:
            self._slots.put(reader if reader is not None and reader.alive else None)

    def _borrow(self, stop: Stop) -> Reader | None:
        while True:
            try:
                return self._slots.get(timeout=0.1)
            except queue.Empty:
                if stop():
                    raise trouble("cancelled") from None

    def _started(self, stop: Stop) -> Reader:
        reader = Reader("recognizer", self.engine, extra_env=self._extra_env)
        try:
            next(reader.answers(self._deadlines.start_s, stop))
        except Unreadable as error:
            complaint = reader.complaint()
            reader.kill()
            if error.code == "cancelled":
                raise
            raise EngineDown(f"the OCR engine {self.engine} does not start: {complaint}") from error
        except BaseException:
            reader.kill()
            raise
        return reader


@dataclass(frozen=True)
class Watched:
    """A sandbox as one document sees it."""

    sandbox: Sandbox
    progress: Progress
    stop: Stop

    def read(self, data: bytes) -> PageSet:
        """Read a picture or a PDF. Raises Unreadable."""
        return self.sandbox.read(data, progress=self.progress, stop=self.stop)


def _checked(data: bytes) -> str:
    if not data:
        raise trouble("empty_file")
    if len(data) > BYTES:
        raise trouble("too_large")
    kind = sniff(data)
    if kind is None:
        raise trouble("unknown_format")
    return kind


def _retire(reader: Reader, resident: int) -> None:
    if resident > limits.RECYCLE_BYTES or reader.pages_read >= _PAGES_PER_LIFE:
        reader.kill()


def _numbered(page: Page, number: int) -> Page:
    quality = page.quality
    said = replace(
        quality,
        message_zh=quality.message_zh.replace(f"第 {page.number} 页", f"第 {number} 页"),
        message_en=quality.message_en.replace(f"age {page.number} ", f"age {number} "),
    )
    return replace(page, number=number, quality=said)


def _kind(pages: list[Page]) -> str:
    if all(page.source == "text" for page in pages):
        return "text_pdf"
    return next(page.kind for page in pages if page.source == "ocr")
