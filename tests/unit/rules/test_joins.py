"""Joins: the generated way and the way fact by fact tell the engine enough, and the oracle agrees with both."""

import json
from random import Random

import pytest

from orders.money import LIMIT
from rules.build import need
from rules.bundle import Bundle, load_bundle
from rules.decide import open_facts
from rules.engine import EngineError
from rules.facts import freeze
from rules.forget import without_person
from rules.judge import match
from rules.judge.match import Match
from rules.oracle import compare
from rules.prove import Generator
from tests.unit.rules.cases import context, line, order, shipped


def _bundle(*conditions: list[str]) -> Bundle:
    """Rules in the stages credit (a flag on orders from 100 yuan), then pack: R-0, R-1 … with the conditions given."""
    say = {"zh": "x", "en": "x"}
    flag = {"id": "F", "when": "order.payable >= 100.00元", "then": [{"flag": "BIG"}], "message": say}
    rules = [{"id": f"R-{at}", "when": {"all": when}, "then": [{"notify": "operations"}], "message": say}
             for at, when in enumerate(conditions)]  # fmt: skip
    files = {"a.yaml": {"policy": "a", "owner": "risk", "stage": "credit", "rules": [flag]},
             "b.yaml": {"policy": "b", "owner": "risk", "stage": "pack", "rules": rules}}  # fmt: skip
    return load_bundle({name: json.dumps(policy, ensure_ascii=False) for name, policy in files.items()})


def _fired(bundle: Bundle, facts: dict) -> list[str]:
    firings = Match(bundle.program, facts).run()
    compare(bundle, facts, firings)
    return [bundle.program.rules[rule].id for _, _, rule, _ in firings]


NOTED = ["flag is BIG", "order.note contains 加急"]


@pytest.mark.parametrize(("note", "wanted"), [("请加急", ["F", "R-0"]), ("不急", ["F"]), ("", ["F"])])
def test_a_made_fact_meets_a_condition_on_personal_text(note, wanted):
    bundle = _bundle(NOTED)
    facts = open_facts(freeze(order(note=note), context()))
    assert _fired(bundle, facts) == wanted


@pytest.mark.parametrize(("note", "wanted"), [("请加急", ["F", "R-0"]), ("不急", ["F"])])
def test_a_made_fact_meets_personal_text_that_was_erased(note, wanted):
    bundle = _bundle(NOTED)
    facts = freeze(order(note=note), context())
    assert _fired(bundle, open_facts(without_person(facts, bundle))) == wanted


@pytest.mark.parametrize(
    ("when", "plain"),
    [
        (["stock.sku = line.sku"], True),
        (["flag is BIG", "line.quantity > 0"], True),
        (["line.quantity > 0", "none stock.sku = line.sku"], True),
        (["line.quantity > 0", "stock.sku = line.sku", "site.code = stock.site"], True),
        (["stock.available >= line.quantity where stock.sku = line.sku"], False),
        (["line.quantity > stock.available"], False),
    ],
)
def test_every_way_to_join_agrees_with_the_oracle(when, plain):
    bundle = _bundle(when)
    ways = [join is not None for needs in bundle.program.sets for join, (need,) in needs.joins if not need.single]
    assert ways == [plain]
    generator = Generator(Random(5))
    assert sum(_fired(bundle, generator.facts()).count("R-0") for _ in range(60)) > 0


def test_without_the_generated_joins_the_same_fires():
    generated, facts = shipped(), Generator(Random(11))
    for _ in range(25):
        each = facts.facts()
        wanted = Match(generated.program, each).run()
        kept = [(needs, needs.joins) for needs in generated.program.sets]
        try:
            for needs, joins in kept:
                needs.joins = [(None, mine) for _, mine in joins]
            assert Match(generated.program, each).run() == wanted
        finally:
            for needs, joins in kept:
                needs.joins = joins


def test_a_missing_value_under_none_bars_nothing():
    bundle = _bundle(["duplicate.order_id is present", "none site.code = duplicate.channel"])
    facts = open_facts(freeze(order(line()), context()))
    facts["site"] = [{"code": "api", "can_fill": True, "short_skus": 0}]
    for channel, wanted in (({}, ["F", "R-0"]), ({"channel": "mail"}, ["F", "R-0"]), ({"channel": "api"}, ["F"])):
        facts["duplicate"] = [{"order_id": "ord_1", **channel}]
        assert _fired(bundle, facts) == wanted


def test_facts_of_the_bundle_are_remembered_and_those_of_the_order_are_not():
    bundle = load_bundle(shipped().files)
    facts = [open_facts(freeze(order(line(), number=f"N-{at}"), context())) for at in range(2)]
    for each in facts:
        each["duplicate"] = [{"order_id": f"ord_{id(each)}", "same_phone": True, "shared_skus": 1, "apart": 1}]
        assert any(bundle.program.rules[rule].id == "DUP-02" for _, _, rule, _ in Match(bundle.program, each).run())
    made = {entry.fact for entry in bundle.program.known.values()}
    assert "route" in made
    assert "twin" not in made


def test_what_is_remembered_for_later_orders_is_bounded(monkeypatch):
    monkeypatch.setattr(need, "MAX_SEEN", 2)
    slot = need.SingleSlot(0, "line")
    assert [slot.satisfied(mask) for mask in (1, 2, 4)] == [()] * 3
    assert len(slot.seen) == 1
    monkeypatch.setattr(match, "MAX_KNOWN", 1)
    program = shipped().program
    before = dict(program.known)
    one = Match(program, open_facts(freeze(order(), context())))
    try:
        for place in ("a", "b"):
            one.learn(place, "flag", {"code": "X"})
        assert list(program.known) == ["b"]
    finally:
        program.known.clear()
        program.known.update(before)


def test_a_number_too_large_to_compare_exactly_is_an_error_of_the_engine():
    assert match._exact(LIMIT) == LIMIT
    for value in (LIMIT + 1, -LIMIT - 1):
        with pytest.raises(EngineError, match="too large"):
            match._exact(value)
