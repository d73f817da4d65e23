"""INT-16: when an order reaches a state and a rule fired, an outlet is called: as data."""

from __future__ import annotations

import pytest

from orders.errors import RuleAuthorError
from orders.state import OrderState
from rules.triggers import read_triggers, triggers
from tests.unit.rules.cases import shipped

ROW = "{state: shipped, rule: RSK-03, call: webhooks, event: order.signature_due}"


def table(*rows: str):
    return read_triggers("t.yaml", "triggers:\n" + "".join(f"  - {row}\n" for row in rows))


@pytest.mark.parametrize(
    ("state", "fired", "events"),
    [
        (OrderState.SHIPPED, {"RSK-03"}, ["order.signature_due"]),
        (OrderState.SHIPPED, {"RSK-02"}, []),
        (OrderState.PRINTED, {"RSK-03"}, []),
    ],
)
def test_INT_16_state_and_rule_together_call_the_outlet(state, fired, events):
    assert [row.event for row in table(ROW).due(state, fired)] == events


def test_INT_16_any_asks_for_no_rule():
    assert len(table(ROW.replace("RSK-03", "any")).due(OrderState.SHIPPED, set())) == 1


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("shipped", "shiped", "did you mean shipped"),
        ("webhooks", "webhook", "did you mean webhooks"),
        ("order.signature_due", "Signature", "is no event"),
        ("rule: RSK-03, ", "", "needs rule"),
        ("rule:", "rules:", "did you mean rule"),
    ],
)
def test_INT_16_a_wrong_row_is_refused_with_its_place(old, new, reason):
    with pytest.raises(RuleAuthorError) as caught:
        table(ROW.replace(old, new))
    assert reason in caught.value.message_en
    assert (caught.value.file, caught.value.line) == ("t.yaml", 2)


def test_INT_16_the_shipped_table_names_rules_that_exist():
    known = {rule.id for rule in shipped().book.rules} | {"any"}
    assert {row.rule for row in triggers().rows} <= known
