"""The shapes: cutting words, leading boxes back, crossing the pipe."""

from __future__ import annotations

import pytest

from ocr.page import Box, Page, Quality, Rule, Unreadable, Word, map_box
from ocr.trouble import trouble, words
from ocr.wire import error_from_json, error_to_json, page_from_json, page_to_json


def _page() -> Page:
    half = (1 / 200, 0.0, 0.0, 0.0, 1 / 100, 0.0, 0.0, 0.0, 1.0)
    blank = Page(1, 200.0, 100.0, half, (), quality=Quality(12.0, 0.5, 0.9))
    at = Box(10.0, 10.0, 110.0, 20.0)
    centres = tuple(15.0 + 10 * index for index in range(10))
    word = Word("1000 台 ab ", at, blank.box_of(at), (1.0, 1.0, 1.0, 0.5, 1.0, 0.9, 1.0, 1.0, 1.0, 1.0), centres)
    return Page(
        1, 200.0, 100.0, half, (word,), (Rule(0, 5, 200, 5),), (Rule(3, 0, 3, 100),), "ocr", "photo", 2, twice=("1000",)
    )


def test_cut_takes_its_own_characters_scores_and_place() -> None:
    page = _page()
    part = page.cut(page.words[0], 0, 4)
    assert part is not None
    assert (part.text, part.scores) == ("1000", (1.0, 1.0, 1.0, 0.5))
    assert part.at == Box(10.0, 10.0, 50.0, 20.0)
    assert part.box == Box(0.05, 0.1, 0.25, 0.2)
    assert part.confidence == 0.5


def test_cut_drops_blanks_at_its_ends_with_their_scores() -> None:
    page = _page()
    part = page.cut(page.words[0], 4, 7)
    assert part is not None
    assert (part.text, part.scores, part.centres) == ("台", (0.9,), (65.0,))


def test_cut_of_blanks_only_is_none() -> None:
    page = _page()
    assert page.cut(page.words[0], 4, 5) is None


def test_box_is_kept_within_the_page() -> None:
    assert map_box((1, 0, -0.5, 0, 1, 0, 0, 0, 1), Box(0.0, 0.2, 2.0, 0.4)) == Box(0.0, 0.2, 1.0, 0.4)


def test_perspective_is_followed() -> None:
    box = map_box((1, 0, 0, 0, 1, 0, 0, 1, 1), Box(0.2, 0.0, 0.4, 1.0))
    assert box == Box(0.1, 0.0, 0.4, 0.5)


def test_page_crosses_the_pipe_unchanged() -> None:
    assert page_from_json(page_to_json(_page())) == _page()


def test_word_without_a_score_for_each_character_is_refused() -> None:
    value = page_to_json(_page())
    value["words"][0][2].pop()
    with pytest.raises(ValueError, match="one score"):
        page_from_json(value)


def test_error_crosses_the_pipe_unchanged() -> None:
    error = trouble("blank_page", 3)
    again = error_from_json(error_to_json(error))
    assert (again.code, again.message_zh, again.message_en, again.page) == (
        "blank_page",
        *words("blank_page", page=3),
        3,
    )
    assert isinstance(again, Unreadable)


def test_page_errors_name_the_page_and_what_to_do() -> None:
    for code in ("blank_page", "no_text", "too_blurred", "too_small"):
        chinese, english = words(code, page=7)
        assert "第 7 页" in chinese
        assert "age 7" in english
