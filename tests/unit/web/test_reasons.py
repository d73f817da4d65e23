"""Why a field wants a look, in English too: every reason of the readers is in the list."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from web.reasons import in_english

INTAKE = Path(__file__).parents[3] / "intake"
ASKS = re.compile("请(核对|选择|填写|补全)")


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) if isinstance(part, ast.Constant) else "7" for part in node.values)
    return ""


def _reasons() -> set[str]:
    """Return what the readers ask people to do, without patterns and without what brings its English along."""
    found: set[str] = set()
    for path in INTAKE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        within = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        found |= {_text(node) for node in ast.walk(tree) if id(node) not in within}
    return {said for said in found if ASKS.search(said) and " / " not in said and "(?" not in said and "\n" not in said}


def test_every_reason_that_asks_for_a_look_has_its_english() -> None:
    reasons = {said for said in _reasons() if not said.startswith("，请")}  # a tail, joined to another sentence
    assert len(reasons) > 50
    assert sorted(said for said in reasons if in_english(said) is None) == []


def test_what_varies_is_kept_and_the_fuller_sentence_wins() -> None:
    assert in_english("按「月底」推算的日期，请核对") == "the date was worked out from “月底”: please check"
    assert in_english("先说 5，又加 3个，请核对") == "first 5, then 3个 more: please check"
    assert in_english("别的话") is None
