"""Exemptions over HTTP, and what an order then tells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.api.conftest import order

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

SNOOZE = {"scope": "RSK-02", "until": "2026-11-30", "reason": "老客户自提"}


def test_a_snooze_from_its_beginning_to_its_end(lite: Api) -> None:
    customers = lite.deps.catalogue().customers
    code = next(code for code, entry in customers.items() if entry.name == "苏州恒力机电有限公司")
    made = lite.post("/v1/exemptions", {**SNOOZE, "customer": code}, role="risk")
    assert (made.status_code, made.json["state"]) == (201, "running")
    pickup = order()
    pickup["ship_to"]["address"]["text"] = "江苏省苏州市虎丘区星湖街328号菜鸟驿站"
    body = lite.post("/v1/orders", pickup, role="sales").json["decision"]["body"]
    assert "RSK-02" not in {hold["rule"] for hold in body["holds"]}
    assert [flag["rule"] for flag in body["flags"] if flag["code"] == "EXEMPTED"] == ["RSK-02"]
    assert lite.post("/v1/exemptions", {**SNOOZE, "customer": code}, role="risk").status_code == 409
    path = f"/v1/exemptions/{made.json['id']}/end"
    assert lite.post(path, {"reason": "到此为止"}, role="risk").json["state"] == "ended"
    assert lite.post(path, {"reason": "到此为止"}, role="risk").status_code == 409
    assert lite.get(f"/v1/exemptions?customer={code}", role="auditor").json["data"][0]["end_reason"] == "到此为止"


def test_only_risk_exempts_and_sales_do_not_see_them(lite: Api) -> None:
    for role in ("sales", "sales_supervisor", "auditor", "finance"):
        assert lite.post("/v1/exemptions", {**SNOOZE, "customer": "C-001"}, role=role).status_code == 403
    assert lite.get("/v1/exemptions", role="sales").status_code == 403
    unsound = lite.post("/v1/exemptions", {**SNOOZE, "customer": "C-001", "scope": "CRD-01.limit"}, role="risk")
    assert (unsound.status_code, unsound.json["errors"][0]["pointer"]) == (422, "/scope")
