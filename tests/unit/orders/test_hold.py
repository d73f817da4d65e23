"""Gates: a hold closes its own and every later one."""

from orders.decision import Outcome, body_to_json, engine_failed_body, race_lost_body, worst
from orders.hold import GATES, Flag, Gate, Hold, Message, closed_gates

TEXT = Message("", "")


def hold(severity="blocking"):
    return Hold("X", Gate.SHIP, "R", TEXT, ("risk",), severity=severity)


def test_a_hold_closes_its_gate_and_every_later_one():
    assert closed_gates((Gate.SHIP, Gate.LABEL)) == (Gate.LABEL, Gate.SHIP, Gate.INVOICE)
    assert closed_gates((Gate.SUBMIT,)) == GATES
    assert closed_gates(()) == ()


def test_the_most_severe_effect_gives_the_outcome():
    flag = Flag("F", "R", TEXT)
    assert worst((), (), False) is Outcome.PASS
    assert worst((), (flag,), False) is Outcome.FLAG
    assert worst((hold("warning"),), (), False) is Outcome.FLAG
    assert worst((hold(),), (flag,), False) is Outcome.HOLD
    assert worst((hold(),), (flag,), True) is Outcome.REJECT


def test_an_order_that_cannot_be_decided_is_held_at_the_first_gate_for_a_person():
    for body, code in ((engine_failed_body("超时", "time-out"), "engine_failed"), (race_lost_body(), "RACE_LOST")):
        value = body_to_json(body)
        assert value["outcome"] == "hold"
        assert [(item["code"], item["gate"], item["needs_human"]) for item in value["holds"]] == [
            (code, "submit", True)
        ]
        assert value["degraded"] == [code]
