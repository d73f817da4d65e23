"""Dead letters on the screen: reason, content mended after a second look, sent again under the old key."""

# ruff: noqa: F811 - the fixture is imported

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Response

from orders.actor import SYSTEM
from orders.decision import canonical_bytes
from orders.errors import Refused, SenderError
from server.db import audit, destinations, outbox
from server.db.destinations import Wanted
from server.db.outbox import Event
from server.desk import dead_letters
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
