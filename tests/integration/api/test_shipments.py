"""INT-01 over HTTP: a warehouse reports what it shipped."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
