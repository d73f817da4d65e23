"""CRM, point of sale and school timetable against fakes over real HTTP, and what a new adapter takes."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

import pytest
from werkzeug import Response

from adapters.message import Message, Target
from adapters.registry import KINDS
from orders.errors import TransportError

NOW = datetime(2026, 11, 22, 2, 15, tzinfo=UTC)
ROOT = Path(__file__).parents[3]
ORDER = {
    "currency": "CNY",
    "requested_date": None,
    "buyer": {"name": "苏州恒力", "ids": [{"scheme": "customer_code", "value": "C-1001"}]},
    "ship_to": {"contact": {"name": "王工", "phone": "13900139000"}, "address": {"text": "苏州市星湖街328号"}},
    "lines": [
        {
            "line_no": 1,
            "sku": "A-1001",
            "name": "A型接头",
            "quantity": "2",
            "unit": "个",
            "requested_date": "2026-12-03",
        },
        {"line_no": 2, "sku": "A-1002", "quantity": "1", "requested_date": "2026-12-01"},
    ],
    "totals": {"payable": "37.50"},
}
TOLD = {"event": "order.accepted", "order_id": "ord_1", "number": "PO-1", "state": "routing", "version": 1,
        "at": "2026-11-22T02:15:00+00:00", "holds": []}  # fmt: skip
PATHS = {"crm.http": "/activities", "pos.http": "/order-states", "school.timetable": "/entries"}
SETTINGS = {"shop": "GZ-01"}


class Partner:
    """Keeps what it gets by idempotency key: a key that it knows gets its first answer."""

    def __init__(self, httpserver):
        self.kept, self.calls, self.status = {}, [], None
        httpserver.expect_request(re.compile(".*"), method="POST").respond_with_handler(self.answer)
        self.url = httpserver.url_for("/api")

    def answer(self, request):
        self.calls.append((request.path, request.headers.get("Authorization")))
        if self.status is not None:
            return Response("told to fail", status=self.status)
        known = self.kept.setdefault(request.headers["Idempotency-Key"], (len(self.kept) + 1, request.get_json()))
        return Response(json.dumps({"reference": f"R{known[0]}"}), status=201, content_type="application/json")

    def values(self):
        return [value for _, value in self.kept.values()]


@pytest.fixture
def partner(httpserver):
    return Partner(httpserver)


def send(kind, partner, *, key="k1", order=ORDER, secrets=("s3cret",), **more):
    value = {**TOLD, "order": order, **more}
    message = Message("out_1", value["event"], "ord_1", key, NOW, json.dumps(value).encode())
    settings = {item.name: item.default for item in KINDS[kind].settings} | SETTINGS
    return KINDS[kind].make(lambda: NOW)(message, Target(partner.url, 3.0, settings=settings), secrets)


@pytest.mark.parametrize("kind", PATHS)
def test_INT_11_a_message_that_comes_twice_is_kept_once_under_the_partners_number(kind, partner):
    receipts = [send(kind, partner), send(kind, partner), send(kind, partner, key="k2", version=2)]
    assert [receipt.reference for receipt in receipts] == ["R1", "R1", "R2"]
    assert set(partner.calls) == {(f"/api{PATHS[kind]}", "Bearer s3cret")}


@pytest.mark.parametrize("kind", PATHS)
@pytest.mark.parametrize(("status", "permanent"), [(503, False), (429, False), (422, True), (401, True)])
def test_INT_11_a_partner_that_fails_is_asked_again_one_that_refuses_is_not(kind, status, permanent, partner):
    partner.status = status
    with pytest.raises(TransportError) as refused:
        send(kind, partner)
    assert refused.value.permanent is permanent
    assert "s3cret" not in str(refused.value)


def test_INT_11_a_CRM_gets_the_customers_code_and_no_address(partner):
    send("crm.http", partner)
    assert partner.values()[0]["customer"] == "C-1001"
    assert partner.values()[0]["amount"] == "37.50"
    assert "13900139000" not in json.dumps(partner.values())


def test_INT_11_a_CRM_that_could_not_know_the_customer_is_not_called(partner):
    with pytest.raises(TransportError, match="customer_code") as refused:
        send("crm.http", partner, order={**ORDER, "buyer": {"name": "散客", "ids": []}})
    assert (refused.value.permanent, partner.calls) == (True, [])


def test_INT_11_a_till_knows_the_order_by_its_own_number_and_gets_no_person(partner):
    parcels = [{"carrier": "SF", "waybill": "SF1234567890123"}]
    send("pos.http", partner, event="order.shipped", state="shipped", fulfilments=[{"site": "广州", **parcels[0]}])
    assert partner.values()[0]["parcels"] == parcels
    assert partner.values()[0]["number"] == "PO-1"
    assert (partner.values()[0]["shop"], partner.values()[0]["state"]) == ("GZ-01", "shipped")
    assert not KINDS["pos.http"].order
    with pytest.raises(TransportError) as refused:
        send("pos.http", partner, number=None)
    assert refused.value.permanent


@pytest.mark.parametrize(("day", "entered"), [("2026-11-30", "2026-11-30"), (None, "2026-12-01")])
def test_INT_11_a_timetable_gets_the_orders_day_else_the_first_of_its_lines(day, entered, partner):
    send("school.timetable", partner, order={**ORDER, "requested_date": day})
    assert (partner.values()[0]["date"], partner.values()[0]["state"]) == (entered, "planned")


def test_INT_11_a_timetable_has_no_place_for_an_order_without_a_day_and_loses_a_cancelled_one(partner):
    undated = {**ORDER, "lines": []}
    with pytest.raises(TransportError) as refused:
        send("school.timetable", partner, order=undated)
    assert refused.value.code == "no_date"
    send("school.timetable", partner, order=undated, event="order.cancelled")
    assert (partner.values()[0]["entry"], partner.values()[0]["state"]) == ("ord_1", "gone")


def test_INT_11_an_adapter_is_one_folder_and_one_line_of_the_registry():
    """Every file that ends with a KIND is listed; of a partner nothing stands outside its folder but that line."""
    files = [path for path in (ROOT / "adapters").rglob("*.py") if re.search(r"^KIND = ", path.read_text(), re.M)]
    found = {
        import_module(".".join(path.relative_to(ROOT).with_suffix("").parts)).KIND.name: path.parent for path in files
    }
    assert found.keys() == KINDS.keys()
    elsewhere = [
        path for room in ("server", "web", "rules", "intake", "orders") for path in (ROOT / room).rglob("*.py")
    ]
    folders = {found[kind] for kind in PATHS}
    adapters = [path for path in (ROOT / "adapters").rglob("*.py") if path.name != "registry.py"]
    elsewhere += [path for path in adapters if path.parent not in folders]
    named = {kind for path in elsewhere for kind in PATHS if kind in path.read_text(encoding="utf-8")}
    assert named == set()
    registry = (ROOT / "adapters" / "registry.py").read_text(encoding="utf-8")
    assert [registry.count(f'"{found[kind].name}.') for kind in PATHS] == [1] * len(PATHS)
