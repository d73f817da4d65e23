"""Dead letters mended on the screen after a second look; notices told where each person wants to be told."""

# ruff: noqa: F811 - the fixture is imported

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update
from werkzeug import Response

from orders.actor import SYSTEM
from orders.decision import canonical_bytes
from orders.errors import Refused, SenderError
from server.db import audit, people
from server.db import tables as t
from server.db.outlets import destinations, notifications, outbox
from server.db.outlets.destinations import Wanted
from server.db.outlets.outbox import Event
from server.desk.outlets import dead_letters
from server.dispatch import Dispatcher
from tests.integration.web.test_guard import House, house  # noqa: F401, TC001 - a fixture and what it gives

if TYPE_CHECKING:
    from collections.abc import Iterator

ORDER = {"number": "PO-7", "buyer": {"name": "苏州恒力", "ids": []}, "lines": [{"line_no": 1, "sku": "A-1001"}]}
MENDED = {"scheme": "customer_code", "value": "C-1001"}


class Erp:
    """Refuses an order whose buyer has no code; keeps what it hears."""

    def __init__(self, httpserver: Any) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []
        httpserver.expect_request("/erp/orders").respond_with_handler(self.answer)
        self.url = httpserver.url_for("/erp")

    def answer(self, request: Any) -> Response:
        body = request.get_json()
        self.heard.append((request.headers["Idempotency-Key"], body))
        if not body["order"]["buyer"]["ids"]:
            return Response("客户编码为空", status=422)
        return Response('{"reference":"SO-1"}', content_type="application/json")


@pytest.fixture
def letter(house: House, httpserver: Any, request: Any) -> Iterator[tuple[str, Erp]]:
    """A dead letter to an ERP that refused it, and the ERP."""
    erp, own = Erp(httpserver), request.node.name.lower()[-30:].strip("_[]-")
    own = "".join(letter for letter in own if letter.isalnum())
    store, now = house.deps.store, house.clock()
    wanted = Wanted("ERP", "erp.generic", "http://…", {}, [], url=erp.url, secrets=("",))
    with store.db.write() as conn:
        destinations.put(conn, store, own, wanted, actor=SYSTEM, now=now)
        key = store.vault.subject_key(conn, f"customer:{own}", now)
        store.vault.keep(conn, key)
        sealed = store.vault.seal(key, canonical_bytes(ORDER))
        payload = {"event": "order.accepted", "order_id": f"ord_{own}", "number": "PO-7"}
        event = Event("order.accepted", f"ord_{own}", f"{own}:order.accepted", payload, sealed, key.subject)
        outbox.add(conn, event, now, (f"to:{own}",))
    Dispatcher(house.deps).round(f"to:{own}")
    with store.db.read() as conn:
        [row] = outbox.list_page(conn, destination=f"to:{own}")
    assert row["state"] == "dead"
    yield row["id"], erp
    with store.db.write() as conn:
        destinations.set_state(conn, own, "disabled", reason=None, now=now)


def row_of(house: House, message_id: str) -> dict[str, Any]:
    with house.deps.store.db.read() as conn:
        row = outbox.get(conn, message_id)
    assert row is not None
    return row


def content(house: House, message_id: str) -> dict[str, Any]:
    return dead_letters.shown(house.deps, SYSTEM, message_id)[1]


def test_INT_10_dead_letter_is_mended_after_a_second_look_and_sent_under_its_old_key(
    house: House,
    letter: tuple[str, Erp],
) -> None:
    message_id, erp = letter
    client, path = house.client("admin"), f"/deliveries/{message_id}"
    page = client.get(path).get_data(as_text=True)
    assert "客户编码为空" in page
    assert "苏州恒力" in page
    body = content(house, message_id)
    assert "receipt" not in body
    body["order"]["buyer"]["ids"] = [MENDED]
    form = {"body": json.dumps(body), "reason": "补客户编码", "step": "check"}
    looked = house.post(client, path, form, page=path).get_data(as_text=True)
    assert "/order/buyer/ids" in looked
    assert row_of(house, message_id)["state"] == "dead"
    assert house.post(client, path, {**form, "step": "send"}, page=path).status_code == 302
    Dispatcher(house.deps).round(row_of(house, message_id)["destination"])
    row = row_of(house, message_id)
    assert (row["state"], json.loads(row["receipt"])["reference"]) == ("sent", "SO-1")
    (first, _), (second, heard) = erp.heard
    assert first == second
    assert heard["order"]["buyer"]["ids"] == [MENDED]
    assert heard["edited"]["by"].startswith("usr_")


def test_INT_10_trail_keeps_places_and_hashes_but_no_values(house: House, letter: tuple[str, Erp]) -> None:
    message_id, _ = letter
    body = content(house, message_id)
    body["order"]["buyer"]["name"] = "张三的公司"
    dead_letters.mend(house.deps, SYSTEM, message_id, json.dumps(body), "改名")
    with house.deps.store.db.read() as conn:
        rows = audit.of(conn, row_of(house, message_id)["order_id"])
    told = [json.loads(row["detail"]) for row in rows if row["action"] == "message_edited"]
    assert [item["changed"] for item in told] == [["/order/buyer/name"]]
    assert told[0]["before"] != told[0]["after"]
    assert "张三" not in json.dumps([row["detail"] for row in rows], ensure_ascii=False)
    assert "personal_data_revealed" in [row["action"] for row in rows]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"event": "order.cancelled"}, "event"),
        ({"order_id": "ord_other"}, "order_id"),
        ({"order": None}, None),
    ],
)
def test_INT_10_message_stays_what_it_is_about(
    house: House,
    letter: tuple[str, Erp],
    change: dict[str, Any],
    said: str | None,
) -> None:
    message_id, _ = letter
    body = {**content(house, message_id), **change}
    if said is None:
        del body["order"]
    with pytest.raises(SenderError, match=said or "order"):
        dead_letters.mend(house.deps, SYSTEM, message_id, json.dumps(body), "x")
    assert row_of(house, message_id)["state"] == "dead"


def test_INT_10_what_is_no_json_or_no_change_is_not_sent(house: House, letter: tuple[str, Erp]) -> None:
    message_id, _ = letter
    with pytest.raises(SenderError):
        dead_letters.differences(house.deps, message_id, "[1]")
    with pytest.raises(SenderError):
        dead_letters.differences(house.deps, message_id, "{")
    with pytest.raises(SenderError):
        dead_letters.differences(house.deps, message_id, json.dumps({**content(house, message_id), "x": "y" * 200_000}))
    with pytest.raises(Refused) as refused:
        dead_letters.mend(house.deps, SYSTEM, message_id, json.dumps(content(house, message_id)), "x")
    assert refused.value.code == "nothing_changed"


def test_INT_10_only_a_dead_letter_is_edited_and_only_by_an_administrator(
    house: House,
    letter: tuple[str, Erp],
) -> None:
    message_id, _ = letter
    assert house.client("finance").get(f"/deliveries/{message_id}").status_code == 403
    with house.deps.store.db.write() as conn:
        outbox.replay(conn, message_id, house.clock())
    with pytest.raises(Refused) as refused:
        dead_letters.shown(house.deps, SYSTEM, message_id)
    assert refused.value.code == "not_dead"


# --- notices ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def wecom(house: House, httpserver: Any) -> list[dict[str, Any]]:
    """What the group's robot said."""
    said: list[dict[str, Any]] = []

    def hear(request: Any) -> Response:
        said.append(request.get_json()["text"])
        return Response('{"errcode":0}', content_type="application/json")

    httpserver.expect_request("/wecom").respond_with_handler(hear)
    conditions = [{"event": "notice.personal", "rule": "any"}]
    url = httpserver.url_for("/wecom")
    wanted = Wanted("群", "robot.wecom", "http://…", {}, conditions, url=url, secrets=())
    with house.deps.store.db.write() as conn:
        destinations.put(conn, house.deps.store, "people", wanted, actor=SYSTEM, now=house.clock())
    return said


def user(house: House, login: str) -> str:
    with house.deps.store.db.read() as conn:
        return next(row["id"] for row in people.list_users(conn) if row["login"] == login)


def change(house: House, key: str, to: str, *, rounds: int = 1) -> None:
    """Tell one person of a change of an order's state, and send what comes of it."""
    notice = {"to": to, "zh": f"订单已发货 {key}", "en": "Order shipped"}
    payload = {"event": "order.shipped", "order_id": None, "number": f"PO-{key}", "notify": [notice]}
    with house.deps.store.db.write() as conn:
        outbox.add(conn, Event("order.shipped", None, f"notices:{key}", payload), house.clock(), ("notify",))
    worker = Dispatcher(house.deps)
    for _ in range(rounds):
        worker.round("notify")
        worker.round("to:people")


def told(house: House, to: str) -> list[str]:
    with house.deps.store.db.read() as conn:
        return [row["title_zh"] for row in notifications.list_of(conn, [to])]


def choose(house: House, client: Any, **form: str) -> None:
    assert house.post(client, "/notices/preferences", form, page="/notices").status_code == 302


@pytest.mark.parametrize(
    ("form", "on_screen", "at_wecom"),
    [
        ({"in_app": "1", "wecom": "1", "mention": "zhang"}, True, True),
        ({"in_app": "1"}, True, False),
        ({"wecom": "1", "mention": "zhang"}, False, True),
        ({}, False, False),
    ],
)
def test_NTF_02_change_is_told_where_the_person_wants_it(
    house: House, wecom: list[dict[str, Any]], form: dict[str, str], on_screen: bool, at_wecom: bool
) -> None:
    client, key = house.client("production"), "-".join(["k", *form])
    choose(house, client, **form)
    change(house, key, user(house, "production"), rounds=2)
    assert (f"订单已发货 {key}" in told(house, user(house, "production"))) is on_screen
    assert len(wecom) == int(at_wecom)
    if at_wecom:
        assert key in wecom[0]["content"]
        assert wecom[0]["mentioned_list"] == ["zhang"]


def test_NTF_02_without_a_choice_it_is_told_on_the_screen_and_counted_until_it_is_read(
    house: House, wecom: list[dict[str, Any]]
) -> None:
    client = house.client("risk")
    house.post(client, "/notices/read", {}, page="/notices")
    change(house, "plain", user(house, "risk"))
    change(house, "role", "risk")
    assert wecom == []
    page = client.get("/notices?unread=1").get_data(as_text=True)
    assert "订单已发货 plain" in page
    assert "订单已发货 role" in page
    assert '<span class="n">2</span>' in page
    with house.deps.store.db.read() as conn:
        [row] = [row for row in notifications.list_of(conn, ["risk"]) if row["title_zh"] == "订单已发货 role"]
    house.post(client, "/notices/read", {"id": row["id"]}, page="/notices")
    assert '<span class="n">1</span>' in client.get("/notices").get_data(as_text=True)
    house.post(client, "/notices/read", {}, page="/notices")
    assert "订单已发货 plain" not in client.get("/notices?unread=1").get_data(as_text=True)


def test_NTF_02_others_notices_are_neither_shown_nor_read(house: House) -> None:
    change(house, "secret", user(house, "risk"))
    client = house.client("finance")
    assert "订单已发货 secret" not in client.get("/notices").get_data(as_text=True)
    house.post(client, "/notices/preferences", {"in_app": "1"}, page="/notices")
    with house.deps.store.db.read() as conn:
        [row] = [row for row in notifications.list_of(conn, [user(house, "risk")]) if "secret" in row["title_zh"]]
    house.post(client, "/notices/read", {"id": row["id"]}, page="/notices")
    with house.deps.store.db.read() as conn:
        [row] = [row for row in notifications.list_of(conn, [user(house, "risk")]) if "secret" in row["title_zh"]]
    assert row["read_at"] is None


def test_an_answer_to_a_mail_is_nobodys_to_read_or_edit(house: House) -> None:
    with house.deps.store.db.write() as conn:
        outbox.add(
            conn, Event("answer.read", None, "answer-1", {"event": "answer.read"}), house.clock(), (outbox.ANSWER,)
        )
        [row] = outbox.list_page(conn, destination=outbox.ANSWER)
        conn.execute(update(t.outbox).where(t.outbox.c.id == row["id"]).values(state="dead"))
    with pytest.raises(Refused):
        dead_letters.shown(house.deps, SYSTEM, row["id"])
