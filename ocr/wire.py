"""Pages ↔ JSON: what crosses the pipe between a reader process and its parent."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ocr.page import Box, Matrix, Page, Quality, Rule, Unreadable, Word

Json = dict[str, Any]


def page_to_json(page: Page) -> Json:
    """Return the page as a JSON value."""
    return {
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "matrix": list(page.matrix),
        "words": [_word_to_json(word) for word in page.words],
        "level": [[rule.x0, rule.y0, rule.x1, rule.y1] for rule in page.level],
        "upright": [[rule.x0, rule.y0, rule.x1, rule.y1] for rule in page.upright],
        "source": page.source,
        "kind": page.kind,
        "turned": page.turned,
        "quality": asdict(page.quality),
        "engine": page.engine,
        "twice": list(page.twice),
    }


def _word_to_json(word: Word) -> list[Any]:
    scores = [round(score, 4) for score in word.scores]
    centres = [round(centre, 1) for centre in word.centres]
    return [word.text, [round(value, 1) for value in word.at], scores, centres, round(word.moved, 1)]


def page_from_json(value: Json) -> Page:
    """Rebuild a page; the boxes on the page as it arrived are computed here."""
    numbers = [float(number) for number in value["matrix"]]
    matrix: Matrix = tuple(numbers)  # type: ignore[assignment]
    blank = Page(0, value["width"], value["height"], matrix, ())
    return Page(
        number=value["number"],
        width=value["width"],
        height=value["height"],
        matrix=matrix,
        words=tuple(_word_from_json(blank, item) for item in value["words"]),
        level=tuple(Rule(*ends) for ends in value["level"]),
        upright=tuple(Rule(*ends) for ends in value["upright"]),
        source=value["source"],
        kind=value["kind"],
        turned=value["turned"],
        quality=Quality(**value["quality"]),
        engine=value["engine"],
        twice=tuple(map(str, value["twice"])),
    )


def _word_from_json(page: Page, value: list[Any]) -> Word:
    text, at, scores, centres, moved = value
    if not len(text) == len(scores) == len(centres):
        raise ValueError("a word needs one score and one centre for each character")
    box = Box(*at)
    seen = Box(box.x0, box.y0 + moved, box.x1, box.y1 + moved)
    return Word(text, box, page.box_of(seen), tuple(scores), tuple(centres), moved)


def error_to_json(error: Unreadable) -> Json:
    """Return the error as a JSON value."""
    return {"code": error.code, "zh": error.message_zh, "en": error.message_en, "page": error.page}


def error_from_json(value: Json) -> Unreadable:
    """Rebuild an error."""
    return Unreadable(value["code"], value["zh"], value["en"], value["page"])
