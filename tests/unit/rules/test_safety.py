"""Safe by construction: what authors write is compared, never matched as a pattern; generated code reaches nothing."""

import json
import re
from random import Random

import pytest

from orders.errors import RuleAuthorError
from rules.bundle import load_bundle
from rules.decide import decide_facts
from rules.prove import Generator, agree
from tests.unit.rules.cases import shipped

EVIL = "(a+)+$"


def _bundle(when: str):
    rule = {"id": "R-1", "when": when, "then": [{"flag": "X"}], "message": {"zh": "x", "en": "x"}}
    return load_bundle(
        {"p.yaml": json.dumps({"policy": "p", "owner": "risk", "stage": "fraud", "rules": [rule]}, ensure_ascii=False)}
    )


@pytest.mark.parametrize("word", ["matches", "like", "~", "regex"])
def test_no_operator_takes_an_authors_pattern(word):
    with pytest.raises(RuleAuthorError):
        _bundle(f'order.channel {word} "{EVIL}"')


@pytest.mark.parametrize("how", ["contains", "starts with", "is"])
@pytest.mark.parametrize(("text", "fires"), [(EVIL, True), ("a" * 4000, False)])
def test_a_pattern_in_a_condition_is_plain_text(how, text, fires):
    facts = {"layout": 1, "head": {"order.channel": text, "system.today": "2026-11-22"}, "personal": {}, "released": [],
             "line": [], "stock": [], "site": [], "duplicate": []}  # fmt: skip
    bundle = _bundle(f'order.channel {how} "{EVIL}"')
    assert bool(decide_facts(facts, bundle).trace) is fires


def test_generated_code_imports_only_how_values_are_written():
    source = shipped().program.source
    imports = set(re.findall(r"^\s*(?:from|import) ([\w.]+)", source, re.MULTILINE))
    assert imports == {"datetime", "rules.build.act", "rules.show", "rules.vocabulary"}
    assert not re.search(r"__|\b(open|exec|eval|compile|getattr|globals)\(", source)


@pytest.mark.parametrize("text", ["引号\"'\\", "{x}", "')) or True or ((('", "\\'; import os", "😀驿站", "%s {0}"])
def test_text_of_a_rule_never_becomes_code(text):
    word = json.dumps(text, ensure_ascii=False)
    try:
        bundle = _bundle(f"order.channel is {word}")
    except RuleAuthorError:
        return  # refused with its place
    generator = Generator(Random(7))
    for _ in range(5):
        facts = generator.facts()
        facts["head"]["order.channel"] = text
        assert agree(bundle, facts) <= 1
