"""U2 over HTTP: start, progress, flips, CSV, cancel; who may; what is refused."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from server.desk.rulework import rejudge
from tests.integration.api.conftest import order

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

STRICT = {"params": {"large_amount": "1000.00元"}, "name": "大额降到一千"}


def test_U2_a_backtest_from_start_to_csv(lite: Api) -> None:
    small = {"lines": [{"sku": "A-1001", "quantity": "2", "unit": "个", "unit_price": "12.50"}]}
    held = lite.post("/v1/orders", order(), role="sales").json
    lite.post("/v1/orders", order(number="PO-2", **small), role="sales")
    begun = lite.post("/v1/rules/backtest", STRICT, role="risk")
    assert begun.status_code == 202
    path = begun.headers["Location"]
    assert path == f"/v1/rules/backtests/{begun.json['id']}"
    assert (begun.json["state"], begun.json["done"]) == ("waiting", 0)
    assert rejudge.run(lite.deps, begun.json["id"], cores=1) == "done"
    shown = lite.get(path, role="auditor").json
    assert (shown["state"], shown["done"], shown["name"]) == ("done", shown["total"], "大额降到一千")
    assert shown["counts"]["newly_held"]["orders"] >= 1
    assert len(shown["notes"]) == 3
    flips = lite.get(f"{path}/flips?kind=hold&limit=100", role="risk").json["data"]
    (found,) = [row for row in flips if row["order_id"] == held["id"]]
    assert found["payable"] == "1250.00"
    assert ["LARGE_ORDER", "RSK-05", 0, "approve", "blocking"] in found["new"]["hold"]
    assert ["LARGE_ORDER", "RSK-05", 0, "approve", "blocking"] not in found["old"]["hold"]
    download = lite.get(f"{path}/flips.csv", role="risk")
    assert download.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(download.get_data(as_text=True).removeprefix("\ufeff"))))
    assert held["id"] in {row["order_id"] for row in rows}
    assert lite.get("/v1/rules/backtests", role="risk").json["data"][0]["id"] == begun.json["id"]


def test_U2_changed_files_are_tested_beside_the_live_ones(lite: Api) -> None:
    text = lite.deps.engine.bundle.files["fraud.yaml"].replace("50000.00元", "1000.00元")
    begun = lite.post("/v1/rules/backtest", {"files": {"fraud.yaml": text}}, role="risk")
    assert begun.status_code == 202
    assert begun.json["bundle"] != begun.json["baseline"] == lite.deps.engine.bundle.hash
    cancelled = lite.post(f"/v1/rules/backtests/{begun.json['id']}/cancel", role="risk").json
    assert cancelled["state"] == "cancelled"
    assert rejudge.run(lite.deps, begun.json["id"]) == "over"


def test_U2_what_cannot_be_tested_is_refused_with_its_place(lite: Api) -> None:
    broken = lite.post("/v1/rules/backtest", {"files": {"fraud.yaml": "policy: ["}}, role="risk")
    assert (broken.status_code, broken.json["code"]) == (422, "rule_file")
    unknown = lite.post("/v1/rules/backtest", {"params": {"no_such": "1"}}, role="risk")
    assert unknown.status_code == 422
    assert "no_such" in unknown.json["detail"]
    for body in ({}, {"files": {"a.yaml": "x"}, "params": {"a": "1"}}):
        assert lite.post("/v1/rules/backtest", body, role="risk").json["code"] == "invalid_request"
    assert lite.post("/v1/rules/backtest", {"draft": "chg_none"}, role="risk").status_code == 404
    assert lite.get("/v1/rules/backtests/bt_none", role="risk").status_code == 404


def test_U2_only_the_rules_team_starts_and_stops_and_sales_see_nothing(lite: Api) -> None:
    begun = lite.post("/v1/rules/backtest", STRICT, role="risk").json
    path = f"/v1/rules/backtests/{begun['id']}"
    for role in ("sales", "sales_supervisor", "production"):
        assert lite.get(path, role=role).status_code == 403
        assert lite.get(f"{path}/flips", role=role).status_code == 403
        assert lite.get(f"{path}/flips.csv", role=role).status_code == 403
    for role in ("auditor", "finance", "sales"):
        assert lite.post("/v1/rules/backtest", STRICT, role=role).status_code == 403
        assert lite.post(f"{path}/cancel", role=role).status_code == 403
