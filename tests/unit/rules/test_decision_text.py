"""A decision is written as text at once: what the generated parts put together is the canonical JSON of its value."""

from random import Random

import orjson
import pytest

from orders.decision import canonical_bytes
from rules.bundle import Bundle
from rules.decide import decide_bytes
from rules.prove import Generator, rulebook
from rules.show import COUNTS, MAX_WRITTEN, TEXTS, TRUTHS
from tests.unit.rules.cases import shipped


def _decided(bundle: Bundle, facts: dict) -> dict:
    text = decide_bytes(facts, bundle)
    value = orjson.loads(text)
    assert canonical_bytes(value) == text
    return value


@pytest.mark.parametrize("seed", range(4))
def test_decisions_on_awkward_texts_are_canonical(seed):
    generator = Generator(Random(seed))
    books = [shipped(), rulebook(generator, 8)]
    traced = [_decided(book, generator.facts())["trace"] for _ in range(8) for book in books if book is not None]
    assert any(traced)


def test_a_released_and_an_exempt_hold_stand_in_canonical_text():
    generator, seen = Generator(Random(3)), set()
    for _ in range(12):
        facts = generator.facts()
        for hold in _decided(shipped(), facts)["holds"][:2]:
            released = [[hold["rule"], hold["code"], hold["line_no"] or 0]]
            freed = _decided(shipped(), {**facts, "released": released})
            assert (hold["rule"], hold["line_no"]) not in {(h["rule"], h["line_no"]) for h in freed["holds"]}
            exempt = [[hold["rule"], "2026-11-30", "ex_1"]]
            lifted = _decided(shipped(), {**facts, "exempt": exempt})
            assert hold["rule"] in {flag["rule"] for flag in lifted["flags"] if flag["code"] == "EXEMPTED"}
            seen.add(hold["code"])
    assert len(seen) > 1


def test_values_are_written_by_their_type_and_few_are_kept():
    awkward = "引号\"'\\\n\t\x01驿站😀"
    assert TEXTS[awkward] == canonical_bytes(awkward)
    assert [COUNTS[0], COUNTS[-7], COUNTS[None], COUNTS["a"]] == [b"0", b"-7", b"null", b'"a"']
    assert [TRUTHS[True], TRUTHS[False], TRUTHS[None]] == [b"true", b"false", b"null"]
    assert [TEXTS[None], TEXTS[1], TEXTS[True]] == [b"null", b"1", b"true"]
    for number in range(MAX_WRITTEN + 10):
        COUNTS[number]
    long = "长" * 1000
    assert TEXTS[long] == canonical_bytes(long)
    assert len(COUNTS) <= MAX_WRITTEN
    assert long not in TEXTS
