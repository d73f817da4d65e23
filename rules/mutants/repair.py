"""Examples that no longer hold after a threshold moved: each is proposed anew, moved to the new boundary."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from rules.bundle import load_bundle, with_params
from rules.decide import decide_facts
from rules.engine import EngineError
from rules.examples import wrong
from rules.mutants.propose import probes
from rules.mutants.trial import rule_of
from rules.mutants.written import example_line, facts_of
from rules.show import value_text
from rules.text.samples import LISTS, TEXTS
from rules.text.source import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rules.bundle import Bundle
    from rules.policy import Example
    from rules.probe import Edit


@dataclass(frozen=True, slots=True)
class Repair:
    """A failing example and what it would be at the new boundary: ``text`` is one line of YAML that replaces it."""

    file: str
    line: int
    replaces: str
    name: str
    text: str


def repairs(files: Mapping[str, str]) -> tuple[Repair, ...]:
    """Propose every example anew that fails for a value which moved. Raises RuleAuthorError."""
    bundle = load_bundle(files)
    found = []
    for policy in bundle.book.policies:
        for example in policy.examples:
            judged = with_params(bundle, policy.file, example.params) if example.params else bundle
            edit = None if _holds(example, judged) else _nearest(example, judged)
            if edit is not None:
                found.append(_repair(policy.file, example, edit, judged))
    return tuple(found)


def _holds(example: Example, bundle: Bundle) -> bool:
    try:
        return next(wrong(example, decide_facts(example.facts, bundle)), None) is None
    except (EngineError, KeyError, TypeError):
        return False


def _nearest(example: Example, bundle: Bundle) -> Edit | None:
    """Return the smallest edit of a number or date after which the example holds again."""
    best: tuple[float, Edit] | None = None
    for name in (*example.expect.get("fires", ()), *example.expect.get("silent", ())):
        if name not in {rule.id for rule in bundle.book.rules}:
            continue
        for edit in probes(rule_of(bundle.book, name), example.facts, bundle):
            size = _size(example, edit)
            if size is None or (best is not None and size >= best[0]):
                continue
            if _holds(replace(example, facts=edit.apply(example.facts)), bundle):
                best = (size, edit)
    return None if best is None else best[1]


def _size(example: Example, edit: Edit) -> float | None:
    """Return how far an edit moves a value that the example gives; None for other edits."""
    row = example.facts[edit.group] if edit.row < 0 else example.facts[edit.group][edit.row]
    was = row.get(edit.name)
    if isinstance(was, bool) or not isinstance(was, int) or not isinstance(edit.value, int):
        return None
    return abs(edit.value - was) / max(abs(was), 1)


def _repair(file: str, example: Example, edit: Edit, bundle: Bundle) -> Repair:
    vocabulary = bundle.book.vocabulary
    fact, word_name = (edit.group, edit.name) if edit.row >= 0 else edit.name.split(".", 1)
    word = vocabulary[fact].words[word_name]
    row = example.facts[edit.group] if edit.row < 0 else example.facts[edit.group][edit.row]
    old, new = value_text(row[edit.name], word.kind), value_text(edit.value, word.kind)
    name = example.name.replace(old, new) if old in example.name else f"{example.name}（{word.zh} {new}）"
    shape: dict[str, Any] = {"name": name, "given": facts_of(edit.apply(example.facts), vocabulary)}
    if example.written:
        shape["params"] = {key: value.plain() for key, value in example.written.items()}
    shape.update({key: example.expect[key] for key in (*LISTS, *TEXTS) if key in example.expect})
    return Repair(file, example.place.line, example.name, name, example_line(shape))


def _end(node: Any) -> int:
    """Return where a node's own text ends: a block's mark lies behind the comments that follow it."""
    if isinstance(node.value, list) and node.value and not node.flow_style:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return int(node.end_mark.index)


def mend(file: str, text: str, chosen: Iterable[Repair]) -> str:
    """Return a file's text with examples replaced; everything else stays as it is. Raises RuleAuthorError."""
    by_line = {repair.line: repair for repair in chosen if repair.file == file}
    keys = {key.text(): value for key, value in read_yaml(file, text).pairs()}
    spans = []
    for item in keys["examples"].items() if "examples" in keys else ():
        repair = by_line.get(item.place.line)
        if repair is not None:
            spans.append((item.node.start_mark.index, _end(item.node), repair.text))
    for start, end, new in sorted(spans, reverse=True):
        text = text[:start] + new + text[end:]
    return text
