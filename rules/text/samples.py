"""The examples in a policy file: facts written with the vocabulary's names, and what must come out.

``given`` holds dotted names of heads (``order.payable: 500.01``) and lists of rows (``line: [{unit_price: 200.01}]``);
what is not given is missing. ``fires`` and ``silent`` name rules; the other keys look at the decision. ``params`` gives
some of the file's parameters another value for this case alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orders.decision import Outcome
from rules.policy import Example
from rules.text.literal import literal, param_operand
from rules.text.source import nearest

if TYPE_CHECKING:
    from collections.abc import Collection

    from rules.text.source import Value
    from rules.vocabulary import FactType, Vocabulary

ROWS = ("line", "stock", "site", "duplicate")
LISTS = ("fires", "silent", "holds", "flags", "requires", "approval", "degraded", "notify")
TEXTS = ("site", "carrier", "service", "workflow", "outcome")
_KEYS = ("name", "given", "params", *LISTS, *TEXTS)
DEFAULT_TODAY = "2026-11-22"


def read_examples(value: Value, vocabulary: Vocabulary, params: Collection[str] = ()) -> tuple[Example, ...]:
    """Read a file's examples; ``params`` are the names of its parameters. Raises RuleAuthorError."""
    return tuple(_example(item, vocabulary, params) for item in value.items())


def _example(item: Value, vocabulary: Vocabulary, params: Collection[str]) -> Example:
    item.label = "example"
    keys = item.fields(_KEYS, ("name", "given"))
    expect: dict[str, Any] = {}
    for name in LISTS:
        if name in keys:
            expect[name] = [each.text() for each in keys[name].items()]
    for name in TEXTS:
        if name in keys:
            expect[name] = keys[name].text()
    if "outcome" in keys:
        keys["outcome"].choice([outcome.value for outcome in Outcome])
    if not expect:
        item.place.refuse("the example expects nothing", "示例没有写预期结果")
    changed = keys["params"].fields(params) if "params" in keys else {}
    other = {name: param_operand(value) for name, value in changed.items()}
    given = given_facts(keys["given"], vocabulary)
    return Example(keys["name"].text(), given, expect, item.place, other, changed)


def given_facts(value: Value, vocabulary: Vocabulary) -> dict[str, Any]:
    """Read ``given`` into the frozen layout."""
    facts: dict[str, Any] = {"layout": 1, "head": {"system.today": DEFAULT_TODAY}, "personal": {}, "released": []}
    facts.update({name: [] for name in ROWS})
    for key, body in value.pairs():
        name = key.text()
        if name in ROWS:
            facts[name] = [_row(row, vocabulary[name]) for row in body.items()]
            continue
        head, _, word = name.partition(".")
        fact = vocabulary.get(head)
        if fact is None or not fact.head or word not in fact.words:
            known = [f"{fact.name}.{word}" for fact in vocabulary.values() if fact.head for word in fact.words]
            key.place.refuse(f"{name} is not in the vocabulary", f"词汇表中没有 {name}", nearest(name, [*known, *ROWS]))
        group = "personal" if fact.words[word].personal else "head"
        facts[group][name] = literal(body, fact.words[word])
    return facts


def _row(row: Value, fact: FactType) -> dict[str, Any]:
    row.label = fact.name
    return {name: literal(cell, fact.words[name]) for name, cell in row.fields(tuple(fact.words)).items()}
