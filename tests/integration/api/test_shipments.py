"""INT-01 over HTTP: a warehouse reports what it shipped."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from orders.actor import SYSTEM
from server.db.outlets import destinations
from server.db.outlets.destinations import Wanted
from tests.integration.api.conftest import order

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api


def test_INT_01_warehouse_reports_by_http_and_is_told_what_is_left(lite: Api) -> None:
    made = lite.post("/v1/orders", order(), role="sales").json
    told = {
        "source": "wms-gz",
        "reference": "S1",
        "order": made["id"],
        "shipped_at": "2026-11-22T07:30:00+08:00",
        "carrier": "SF",
        "waybill": "SF1234567890123",
        "lines": [{"sku": line["sku"], "quantity": line["quantity"]} for line in made["order"]["lines"]],
    }
    assert lite.post("/v1/shipments", told, role="sales").status_code == 403
    assert (
        lite.post("/v1/shipments", {**told, "shipped_at": "2026-11-22T07:30:00"}, role="production").status_code == 422
    )
    answer = lite.post("/v1/shipments", told, role="production")
    assert answer.status_code == 200, answer.json
    assert (answer.json["state"], answer.json["left"], answer.json["new"]) == ("shipped", [], True)
    again = lite.post("/v1/shipments", told, role="production").json
    assert (again["state"], again["new"]) == ("shipped", False)
    other = {**told, "waybill": "SF0000000000000"}
    assert lite.post("/v1/shipments", other, role="production").json["code"] == "report_differs"


def test_INT_04_tracking_platform_calls_without_a_key_and_its_signature_is_checked(lite: Api) -> None:
    form = {"content_type": "application/x-www-form-urlencoded"}
    assert lite.post("/v1/tracks/nobody", b"param=%7B%7D&sign=x", **form).status_code == 404
    wanted = Wanted(
        "快递100", "carrier.kuaidi100", "", {"customer": "c", "carriers": ""}, [], url="", secrets=("k", "s")
    )
    with lite.deps.store.db.write() as conn:
        destinations.put(conn, lite.deps.store, "kd", wanted, actor=SYSTEM, now=lite.deps.clock())
    assert lite.post("/v1/tracks/kd", b"param=%7B%7D&sign=x", **form).status_code == 401
    param = '{"status":"polling","lastResult":{"com":"sf","nu":"1","state":"0","data":[]}}'
    sign = hashlib.md5(f"{param}s".encode(), usedforsecurity=False).hexdigest()
    answer = lite.post("/v1/tracks/kd", urlencode({"param": param, "sign": sign}).encode(), **form)
    assert (answer.status_code, answer.json["result"], answer.json["returnCode"]) == (200, True, "200")
