"""The engine against the oracle on generated rulebooks and orders; a longer run is `make prove-rules`."""

from __future__ import annotations

import json
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bench import prove_rules
from orders.decision import Outcome
from rules.bundle import load_bundle
from rules.decide import open_facts
from rules.facts import freeze
from rules.judge.match import Match
from rules.oracle import Disagreement, compare
from rules.prove import Generator, agree, large_rulebook, matching_rulebook, rulebook
from tests.unit.rules.cases import context, judge, line, order, shipped

if TYPE_CHECKING:
    from rules.bundle import Bundle


def judged_alike(bundle: Bundle, facts: dict[str, Any]) -> int:
    """Demand that both judge alike, and that one firing fewer would have been told; return how many fired."""
    firings = Match(bundle.program, facts).run()
    compare(bundle, facts, firings)
    if firings:
        with pytest.raises(Disagreement):
            compare(bundle, facts, firings[1:])
    return len(firings)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(st.randoms(use_true_random=False), st.sampled_from([1, 2, 4, 6]))
def test_engine_and_oracle_agree_on_generated_rulebooks(random, count):
    generator = Generator(random)
    bundle = rulebook(generator, count)
    for _ in range(5 if bundle else 0):
        judged_alike(bundle, generator.facts())


@pytest.mark.parametrize("seed", range(6))
def test_engine_and_oracle_agree_on_the_shipped_policies_with_generated_facts(seed):
    generator = Generator(Random(seed))
    assert sum(judged_alike(shipped(), generator.facts()) for _ in range(10)) >= 10


def test_no_rules_decide_nothing():
    empty = load_bundle({"empty.yaml": "policy: empty\nowner: risk\nrules: []\n"})
    body = judge(order(), None, empty)
    assert (body.outcome, body.trace, body.fulfilments) == (Outcome.PASS, (), ())


def _all_match(count: int) -> str:
    rule = {"when": "line.quantity >= 0", "then": [{"flag": "X"}], "message": {"zh": "x", "en": "x"}}
    rules = [{"id": f"R-{number}", **rule} for number in range(count)]
    return json.dumps({"policy": "many", "owner": "risk", "stage": "validate", "rules": rules})


@pytest.mark.parametrize("count", [1, 60, 300])
def test_all_of_many_rules_fire_on_every_line(count):
    bundle = load_bundle({"many.yaml": _all_match(count)})
    facts = open_facts(freeze(order(line(1), line(1), line(2)), context()))
    firings = Match(bundle.program, facts).run()
    assert len(firings) == 3 * count
    compare(bundle, facts, firings)


@pytest.mark.parametrize("seed", [60, 61])
def test_engine_and_oracle_agree_on_sixty_generated_rules(seed):
    generator = Generator(Random(seed))
    bundle = large_rulebook(generator, 60)
    assert len(bundle.program.rules) >= 60
    for _ in range(6):
        agree(bundle, generator.facts())


def test_engine_and_oracle_agree_when_sixty_rules_all_match_and_join():
    generator, bundle = Generator(Random(1)), matching_rulebook(60)
    for _ in range(6):
        facts = generator.facts()
        assert agree(bundle, facts) >= 18 * (1 + len(facts["line"]))


def test_the_prover_names_the_smallest_rules_and_facts_that_differ(monkeypatch, capsys):
    honest = Match.run
    monkeypatch.setattr(Match, "run", lambda self: honest(self)[:-1])
    seed = next(seed for seed in range(20) if _fires(seed))
    with pytest.raises(Disagreement):
        prove_rules.prove(seed, 50, prove_rules.Tally())
    shown = capsys.readouterr().err
    case = json.loads(shown[shown.index("\n{") :])
    assert (case["seed"], len(case["policy"]["rules"])) == (seed, 1)


def _fires(seed: int) -> bool:
    generator, bundle = prove_rules.rule_set(seed)
    return (
        bundle is not None
        and len(bundle.program.rules) < 10
        and any(Match(bundle.program, generator.facts()).run() for _ in range(5))
    )


def test_a_difference_is_found():
    facts = open_facts(freeze(order(), context()))
    firings = Match(shipped().program, facts).run()
    with pytest.raises(Disagreement, match=r"CAR-01\.region"):
        compare(shipped(), facts, firings[:-1])


def test_a_stopped_proof_goes_on_where_it_stood(tmp_path):
    state, tally = tmp_path / "state.json", prove_rules.Tally(next=20)
    assert prove_rules.run(tally, 24, 2, 1, state)
    kept = prove_rules.Tally(**json.loads(state.read_text()))
    assert (kept.next, kept.sets, kept.pairs) == (24, 4, 8)
    assert kept.rules > 0
