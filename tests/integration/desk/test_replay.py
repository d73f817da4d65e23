"""Any decision comes out again byte for byte; one that was tampered with is found."""

import pytest
from sqlalchemy import select, update

from orders.actor import Role
from orders.decision import sha256_hex
from server.db.tables import decisions
from server.desk import holds as hold_desk
from server.desk.rulework.replay import replay_all, replay_order
from tests.integration.desk.conftest import actor, order, send


@pytest.fixture
def decided(deps):
    address = "江苏省苏州市虎丘区星湖街328号菜鸟驿站"
    outcome = send(deps, order("R-1", ("A-1001", "60"), ("A-1007", "1"), address=address))
    hold_desk.release_hold(deps, actor(Role.RISK), outcome.holds[0]["id"], "已核实")
    return outcome


def test_U3_every_decision_of_an_order_replays_byte_for_byte(deps, decided):
    replayed = replay_order(deps, decided.order_id)
    assert [(item.same, item.note) for item in replayed] == [(True, ""), (True, "")]
    assert {item.stored_hash for item in replayed} == {item.replayed_hash for item in replayed}
    assert replayed[0].stored_hash != replayed[1].stored_hash, "the release changed the decision"


FORGED = '{"holds":[{"code":"engine_failed"}],"outcome":"hold"}'
NOBODYS = b"\x01" + bytes(16) + bytes(12) + b"x" * 32


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ({"body": '{"outcome":"pass"}'}, "body changed"),
        ({"body_hash": "0" * 64}, "body changed"),
        ({"outcome": "pass"}, "body changed"),
        ({"body": FORGED, "body_hash": sha256_hex(FORGED.encode())}, "not what the trail says"),
        ({"facts_hash": "0" * 64}, "facts changed"),
        ({"facts": NOBODYS}, "facts changed"),
        ({"facts": None}, "facts changed"),
        ({"bundle": "0" * 64}, "its rules are missing"),
    ],
)
def test_U3_a_decision_that_was_tampered_with_is_found(deps, decided, values, note):
    this = decisions.c.id == decided.decision.id
    with deps.store.db.write() as conn:
        if "facts" in values and values["facts"] is None:  # one bit of what the right key sealed
            sealed = conn.execute(select(decisions.c.facts).where(this)).scalar_one()
            values = {"facts": bytes(sealed)[:-1] + bytes([bytes(sealed)[-1] ^ 1])}
        conn.execute(update(decisions).where(this).values(values))
    broken = [item for item in replay_all(deps) if not item.same]
    assert [(item.decision_id, item.note) for item in broken] == [(decided.decision.id, note)]


def test_U3_a_decision_of_a_forgotten_person_says_so_and_counts_as_unbroken(deps, decided):
    with deps.store.db.write() as conn:
        subject = conn.execute(decisions.select()).first().subject
        deps.store.vault.erase(conn, subject, deps.clock())
    assert {item.note for item in replay_order(deps, decided.order_id)} == {"erased"}
