"""NL-02 through the API: a transcript proposes, the command of the order confirms, roles and numbers are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.api.conftest import order

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api


def test_NL_02_transcript_is_proposed_and_confirmed_by_its_command(lite: Api) -> None:
    made = lite.post("/v1/orders", order(number="PO-V-77")).json
    told = lite.post("/v1/spoken-commands", {"text": "拦截订单 PO-V-77 型号错了"}, role="production")
    assert told.status_code == 200, told.json
    (found,) = told.json["proposals"]
    assert (found["order_id"], found["command"]) == (made["id"], "hold")
    path = f"/v1/orders/{found['order_id']}/{found['command']}"
    assert lite.post(path, {"reason": found["reason"]}, role="finance").status_code == 403
    held = lite.post(path, {"reason": found["reason"]}, role="production")
    assert held.status_code == 200, held.json
    assert "intercepted" in [hold["code"] for hold in held.json["holds"]]
    nearest = lite.post("/v1/spoken-commands", {"text": "拦截订单 PO-V-78"}, role="production").json["questions"]
    assert [(one["code"], one["choices"]) for one in nearest] == [("no_such_order", ["PO-V-77"])]
    assert lite.post("/v1/spoken-commands", {"text": "拦截 PO-V-77"}, role="finance").status_code == 403
