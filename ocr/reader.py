"""The reader process: takes jobs on its standard input, answers in JSON lines; never trusted, always killable.

Started by `ocr.sandbox` as ``python -m ocr.reader MODE FOLDER|ENGINE``. ``recognizer`` stays warm over many
pictures; ``pdf`` opens one PDF and ends, ``preview`` one picture, to show it. A job is a JSON line followed by as
many bytes as it names. Whatever a library prints goes to standard error, so that the answers stay clean.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from ocr import limits
from ocr.page import Page, Unreadable
from ocr.trouble import trouble
from ocr.wire import error_to_json, page_to_json

Say = Callable[[dict[str, Any]], None]


def main(arguments: list[str]) -> int:
    """Run one reader."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(value: dict[str, Any]) -> None:
        answers.write(json.dumps(value, ensure_ascii=False) + "\n")
        answers.flush()

    mode, argument = arguments
    limits.fence(limits.PDF_BYTES if mode == "pdf" else limits.READER_BYTES)
    limits.allow_cpu(limits.PDF_CPU_S)
    if mode == "pdf":
        _guarded(say, lambda: _pdf_job(_next_job(sys.stdin.buffer), Path(argument), say))
    elif mode == "preview":
        _guarded(say, lambda: _preview_job(_next_job(sys.stdin.buffer), say))
    else:
        _recognize_forever(argument, say)
    return 0


def _next_job(source: IO[bytes]) -> dict[str, Any] | None:
    line = source.readline()
    if not line:
        return None
    job: dict[str, Any] = json.loads(line)
    job["data"] = source.read(job["size"])
    return job


def _guarded(say: Say, work: Callable[[], None]) -> None:
    """Answer what is wrong with the document; anything else is a bug and ends the process."""
    try:
        work()
    except Unreadable as error:
        say({"error": error_to_json(error)})
    except MemoryError:
        say({"error": error_to_json(trouble("too_complex"))})


def _recognize_forever(name: str, say: Say) -> None:
    from ocr import engines
    from ocr.engines import latin

    limits.allow_cpu(limits.CPU_PER_PAGE_S)
    engine = engines.load(name)
    second = None if engine.name == "tesseract" else latin.load()
    say({"ready": f"{engine.name} {engine.version}"})
    while (job := _next_job(sys.stdin.buffer)) is not None:
        limits.allow_cpu(limits.CPU_PER_PAGE_S)
        started = limits.cpu_seconds()
        _guarded(say, lambda job=job: _picture_job(job, (engine, second), say))  # type: ignore[misc]
        cpu_s = round(limits.cpu_seconds() - started, 3)
        say({"done": True, "resident": limits.resident_bytes(), "cpu_s": cpu_s})


def _picture_job(job: dict[str, Any], readers: tuple[Any, Any], say: Say) -> None:
    from ocr.decode import frames, preview
    from ocr.recognize import read_frame

    for frame in frames(job["data"]):
        limits.allow_cpu(limits.CPU_PER_PAGE_S)
        if job["job"] == "preview":
            say({"preview": base64.b64encode(preview(frame.pixels)).decode(), "of": frame.count})
            continue
        page = read_frame(frame, readers[0], from_pdf=job.get("from_pdf", False), second=readers[1])
        say({"page": page_to_json(page), "of": frame.count})


def _preview_job(job: dict[str, Any] | None, say: Say) -> None:
    from ocr.decode import frames, preview

    for frame in frames(job["data"] if job else b""):
        if frame.number == 1:
            say({"count": frame.count})
        say({"preview": base64.b64encode(preview(frame.pixels)).decode(), "of": frame.count})


def _pdf_job(job: dict[str, Any] | None, folder: Path, say: Say) -> None:
    from ocr import pdf
    from ocr.decode import preview

    if job is None:
        return
    document = pdf.open_pdf(job["data"])
    count = len(document)
    document.close()
    say({"count": count})
    if job["job"] == "preview":
        for pixels in pdf.drawings(job["data"]):
            say({"preview": base64.b64encode(preview(pixels)).decode(), "of": count})
        return
    for number, page in enumerate(pdf.pages(job["data"]), start=1):
        limits.allow_cpu(limits.PDF_CPU_S)
        if isinstance(page, Page):
            say({"page": page_to_json(page), "of": count})
        else:
            say({"picture": _kept(page, folder / f"{number}.ppm"), "number": number, "of": count})
            sys.stdin.buffer.readline()  # one drawing at a time on the disk


def _kept(pixels: Any, path: Path) -> str:
    height, width = pixels.shape[:2]
    path.write_bytes(b"P6 %d %d 255\n" % (width, height) + pixels.tobytes())
    return path.name


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
