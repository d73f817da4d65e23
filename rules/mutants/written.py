"""Proposed examples as people write them: facts → ``given``, one flow line of YAML, a name that says the boundary."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from rules.show import value_text
from rules.text.samples import DEFAULT_TODAY, ROWS
from rules.vocabulary import Kind

if TYPE_CHECKING:
    from collections.abc import Collection

    from rules.mutants.trial import Twist
    from rules.probe import Edit, Facts
    from rules.vocabulary import Vocabulary, Word

_BARE = re.compile(r"[\w.\-]+\Z")
_LOOKS = re.compile(r"[-\d.]|(true|false|null|yes|no|on|off|y|n)\Z", re.IGNORECASE)


def facts_of(facts: Facts, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return frozen facts as ``given`` writes them: ``{"order.payable": "500.01", "line": [{…}]}``."""
    given: dict[str, Any] = {}
    for group in ("head", "personal"):
        for name, value in facts[group].items():
            if (name, value) != ("system.today", DEFAULT_TODAY):
                head, _, word = name.partition(".")
                given[name] = given_text(value, vocabulary[head].words[word])
    for fact in ROWS:
        rows = [
            {name: given_text(value, vocabulary[fact].words[name]) for name, value in row.items()}
            for row in facts.get(fact, ())
        ]
        if rows:
            given[fact] = rows
    return given


def given_text(value: Any, word: Word) -> str:
    """Write a fact's value as an example does."""
    if word.kind is Kind.BOOL:
        return "true" if value else "false"
    if word.kind is Kind.DURATION:
        return f"{value} s"
    if word.kind in (Kind.TEXT, Kind.CODE):
        text = str(value)
        return text if _BARE.match(text) and not _LOOKS.match(text) else json.dumps(text, ensure_ascii=False)
    return str(value) if word.kind is Kind.DATE else value_text(value, word.kind)


def example_line(shape: dict[str, Any]) -> str:
    """Write an example as one YAML flow line. Values are already as YAML writes them, the name is quoted."""
    return _flow({**shape, "name": json.dumps(shape["name"], ensure_ascii=False)})


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return str(value)


def name_of(twist: Twist, edits: tuple[Edit, ...], expect: dict[str, Any], taken: Collection[str],
            vocabulary: Vocabulary) -> str:  # fmt: skip
    """Name an example by its boundary: ``RSK-02 边界：订单金额 500.01，触发``."""
    told = "、".join(_told(edit, vocabulary) for edit in edits) or twist.zh
    verdict = "触发" if "fires" in expect else "不触发" if "silent" in expect else "审批"
    name = f"{twist.rule} 边界：{told}，{verdict}"
    number, found = 2, name
    while found in taken:
        found = f"{name}（{number}）"
        number += 1
    return found


def _told(edit: Edit, vocabulary: Vocabulary) -> str:
    fact, name = (edit.group, edit.name) if edit.row >= 0 else tuple(edit.name.split(".", 1))
    word = vocabulary[fact].words[name]
    return f"{word.zh}缺失" if edit.value is None else f"{word.zh} {value_text(edit.value, word.kind)}"
