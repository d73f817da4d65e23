"""One picture of a page → `Page`: straighten, read, turn if it lies wrong, judge.

Runs inside the reader process. Pages are read one by one, each stage is a function of its own module.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from ocr import clean, level, quality, ruling, twice
from ocr.decode import TALL, Frame
from ocr.engines import Engine, Line, Reading
from ocr.page import Box, Page, Quality, Rule, Word
from ocr.trouble import words

if TYPE_CHECKING:
    from ocr.clean import Sheet

_TILE_PX = 1600
_OVERLAP_PX = 200


def read_frame(frame: Frame, engine: Engine, *, from_pdf: bool = False, second: twice.Reader | None = None) -> Page:
    """Read one page; its long numbers by the ``second`` reader, too."""
    name = f"{engine.name} {engine.version}"
    if quality.blank(frame.pixels):
        return _blank_page(frame, name)
    height, width = frame.pixels.shape[:2]
    tall = height > TALL * width
    sheet = clean.straighten(frame.pixels)
    sheet, reading = _read_tiles(sheet, engine) if tall else _read_upright(sheet, engine)
    rules_found = ((), ()) if tall else ruling.rules(clean.grey(sheet.pixels))
    size = (float(sheet.pixels.shape[1]), float(sheet.pixels.shape[0]))
    field = level.LEVEL if tall else level.fit(reading.lines, size)
    across, upright = (tuple(_moved(rule, field) for rule in group) for group in rules_found)
    blank = Page(frame.number, float(sheet.pixels.shape[1]), float(sheet.pixels.shape[0]), sheet.matrix, ())
    page = replace(
        blank,
        words=tuple(word(blank, line, field) for line in reading.lines),
        level=across,
        upright=upright,
        kind=_kind(frame, sheet, tall=tall, from_pdf=from_pdf),
        turned=sheet.turned,
        quality=quality.judge(sheet, reading, frame.number),
        engine=name,
    )
    return page if second is None else replace(page, twice=twice.confirmed(page, sheet.pixels, second))


def _read_upright(sheet: Sheet, engine: Engine) -> tuple[Sheet, Reading]:
    reading = engine.read(sheet.pixels)
    if reading.quarters:
        sheet = clean.turn(sheet, reading.quarters)
        reading = engine.read(sheet.pixels, may_turn=False)
    return sheet, reading


def _read_tiles(sheet: Sheet, engine: Engine) -> tuple[Sheet, Reading]:
    """Read a long screenshot piece by piece; a line belongs to the tile whose inner part holds its middle."""
    height = sheet.pixels.shape[0]
    lines: list[Line] = []
    seen, start = 0, 0
    while True:
        end = min(height, start + _TILE_PX)
        part = engine.read(np.ascontiguousarray(sheet.pixels[start:end]), may_turn=False, sparse=True)
        seen += part.seen
        top = start + (_OVERLAP_PX / 2 if start else 0)
        bottom = end - (_OVERLAP_PX / 2 if end < height else 0)
        moved = [replace(line, y0=line.y0 + start, y1=line.y1 + start) for line in part.lines]
        lines += [line for line in moved if top <= (line.y0 + line.y1) / 2 < bottom]
        if end == height:
            break
        start = end - _OVERLAP_PX
    count = sum(len(line.scores) for line in lines)
    score = sum(sum(line.scores) for line in lines) / count if count else 0.0
    return sheet, Reading(tuple(lines), 0, seen, score)


def word(page: Page, line: Line, field: level.Field = level.LEVEL) -> Word:
    """Return an engine's line as a word of a page, laid level with its row."""
    seen = Box(line.x0, line.y0, line.x1, line.y1)
    moved = field.drop(*seen.middle)
    at = Box(line.x0, line.y0 - moved, line.x1, line.y1 - moved)
    return Word(line.text, at, page.box_of(seen), line.scores, line.centres, moved)


def _moved(rule: Rule, field: level.Field) -> Rule:
    begin, end = field.drop(rule.x0, rule.y0), field.drop(rule.x1, rule.y1)
    return Rule(rule.x0, rule.y0 - begin, rule.x1, rule.y1 - end)


def _blank_page(frame: Frame, engine: str) -> Page:
    height, width = frame.pixels.shape[:2]
    chinese, english = words("blank_page", page=frame.number)
    verdict = Quality(score=0.0, code="blank_page", message_zh=chinese, message_en=english)
    matrix = (1 / width, 0.0, 0.0, 0.0, 1 / height, 0.0, 0.0, 0.0, 1.0)
    return Page(frame.number, float(width), float(height), matrix, (), quality=verdict, engine=engine)


def _kind(frame: Frame, sheet: Sheet, *, tall: bool, from_pdf: bool) -> str:
    if from_pdf:
        return "scan"
    if tall:
        return "screenshot"
    return "photo" if sheet.rectified or frame.camera else "scan"
