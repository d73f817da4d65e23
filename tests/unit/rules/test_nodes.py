"""The fast reader of YAML: the same nodes at the same places as the pure one, and nothing that ends the process."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from ruamel.yaml import YAML

from orders.errors import RuleAuthorError
from rules.bundle import policy_files
from rules.text.nodes import TooDeep, Unusual, compose
from rules.text.source import read_yaml

SIGNS = ("&", "*", "!", ":", "- ", "{", "}", "[", "]", ",", "'", '"', "#", "|", ">", "%", "\n", " ", "?", "~", "中")


def seen(node: Any) -> Any:
    """Return a node as both readers should see it."""
    start, end = node.start_mark, node.end_mark
    place = (start.index, start.line, start.column, end.index)
    if node.id == "scalar":
        return node.value, bool(node.style), node.anchor, place
    parts = [tuple(map(seen, part)) if isinstance(part, tuple) else seen(part) for part in node.value]
    return node.id, bool(node.flow_style), node.anchor, place, parts


def slowly(text: str) -> Any:
    return YAML(typ="safe", pure=True).compose(text)


@pytest.mark.parametrize("file", sorted(policy_files()))
def test_the_shipped_files_read_the_same_both_ways(file: str) -> None:
    text = policy_files()[file]
    assert seen(compose(text)) == seen(slowly(text))


@pytest.mark.parametrize("seed", range(40))
def test_what_the_fast_reader_takes_it_takes_as_the_pure_one(seed: int) -> None:
    random = Random(seed)
    text = random.choice(list(policy_files().values()))
    at = text.rfind("\n", 0, random.randrange(len(text))) + 1
    part = text[at : at + random.randrange(20, 200)]
    for _ in range(random.randrange(3)):
        place = random.randrange(len(part) or 1)
        part = part[:place] + random.choice(SIGNS) + part[place + random.randrange(2) :]
    try:
        found = compose(part)
    except Unusual:
        return
    assert seen(found) == seen(slowly(part))


@pytest.mark.parametrize("text", ["", "a: *b", "a: 1\n--- \nb: 2", "a:\tb", "a:\nb: 1", "a: \u2028b", "a: [", "\x00"])
def test_what_is_unusual_is_left_to_the_pure_reader(text: str) -> None:
    with pytest.raises(Unusual):
        compose(text)


@pytest.mark.parametrize("text", ["[" * 200_000, "{a: " * 100_000, "- " * 100_000, "a: " + "[" * 61 + "]" * 61])
def test_deep_nesting_ends_in_a_quick_refusal_never_in_a_crash_nor_in_the_pure_reader(text: str) -> None:
    with pytest.raises(TooDeep):
        compose(text)
    with pytest.raises(RuleAuthorError, match="nested too deep, at most 60 levels"):
        read_yaml("a.yaml", text)


def test_sixty_levels_are_read() -> None:
    assert read_yaml("a.yaml", "a: " + "[" * 60 + "]" * 60).is_map


def test_an_anchor_is_refused_by_its_place() -> None:
    with pytest.raises(RuleAuthorError) as caught:
        list(read_yaml("a.yaml", "a: 1\nb: &x 2\n").pairs())
    assert (caught.value.line, caught.value.column) == (2, 4)


def test_brackets_without_end_are_a_refusal() -> None:
    with pytest.raises(RuleAuthorError):
        read_yaml("a.yaml", "[" * 100_000)


def test_a_file_of_more_than_a_megabyte_is_refused_unread() -> None:
    head = "a: 1\n#"
    assert read_yaml("a.yaml", head + "x" * (1_000_000 - len(head))).is_map
    with pytest.raises(RuleAuthorError) as caught:
        read_yaml("a.yaml", head + "x" * (1_000_001 - len(head)))
    assert "1 MB" in caught.value.message_en
    with pytest.raises(RuleAuthorError):
        read_yaml("a.yaml", head + "驿" * 333_400)  # bytes count, not characters
