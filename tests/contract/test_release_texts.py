"""Every hold of the shipped policies says, in both languages, what would release it: values as people write them."""

import re

import pytest

from rules.decide import decide_facts
from rules.effects import HoldEffect
from tests.unit.rules import cases

HOLDS = [
    (rule.id, effect)
    for rule in cases.shipped().book.rules
    for effect in rule.effects
    if isinstance(effect, HoldEffect) and not effect.reject
]
SHOWN = [
    hold
    for policy in cases.shipped().book.policies
    for example in policy.examples
    for hold in decide_facts(example.facts, cases.shipped()).holds
]


@pytest.mark.parametrize(("rule", "effect"), HOLDS, ids=[rule for rule, _ in HOLDS])
def test_each_hold_says_what_would_release_it(rule, effect):
    assert effect.release, f"{rule} needs release:"
    assert all(option.zh and option.en for option in effect.release)


def test_every_hold_of_the_examples_writes_its_values_as_people_do():
    assert len(SHOWN) > 30
    for hold in SHOWN:
        for message in (hold.message, *hold.release):
            assert message.zh
            assert message.en
            assert not re.search(r"\d{7}", message.zh + message.en), message
            assert "元" not in message.en, message
            assert not re.search(r"\d元", message.zh), message


def test_RSK_02_release_names_the_limit_and_what_is_too_much():
    example = next(
        example
        for policy in cases.shipped().book.policies
        for example in policy.examples
        if example.name == "驿站 500.01 元拦截"
    )
    hold = decide_facts(example.facts, cases.shipped()).holds[0]
    assert hold.release[0].zh == "改送不含“驿站、代收点”的地址，或订单金额降到 500.00 元以内（减少 0.01 元）"
    assert "CNY 500.00 (0.01 less)" in hold.release[0].en
    assert hold.message.zh == "收货地址含“驿站、代收点”，订单金额 500.01 元超过 500.00 元"
    assert hold.message.en == "Delivery to a pickup point with 500.01, more than CNY 500.00"
