"""U14, RSK-08, RSK-12 over HTTP: the report of the rules, the heat map and its orders, a word on a hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.api.conftest import order

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

DAY = "since=2026-11-22&until=2026-11-22"


@pytest.fixture
def held(lite: Api) -> dict[str, Any]:
    value = order()
    value["ship_to"]["address"]["text"] = "江苏省苏州市虎丘区星湖街328号菜鸟驿站"
    made: dict[str, Any] = lite.post("/v1/orders", value, role="sales").json
    return made


def test_RSK_08_the_report_names_number_value_and_outcome_by_rule(lite: Api, held: dict[str, Any]) -> None:
    hold = next(hold for hold in held["holds"] if hold["rule"] == "RSK-02")
    word = {"verdict": "right", "reason": "确为刷单"}
    assert lite.post(f"/v1/holds/{hold['id']}/verdict", word, role="risk").status_code == 204
    report = lite.get(f"/v1/reports/rules?{DAY}", role="finance").json
    (line,) = [line for line in report["rules"] if line["rule"] == "RSK-02"]
    assert (line["hits"], line["confirmed"], line["caught"]) == (1, 1, {"CNY": "1250.00"})
    assert report["totals"]["hits"] == len(report["rules"])
    download = lite.get(f"/v1/reports/rules.csv?{DAY}", role="risk")
    assert download.mimetype == "text/csv"
    assert "RSK-02,PICKUP_POINT_HIGH_VALUE,1,1" in download.get_data(as_text=True)


def test_DUP_04_the_months_come_through_the_api(lite: Api, held: dict[str, Any]) -> None:
    answer = lite.get("/v1/reports/monthly?months=3", role="risk")
    assert (answer.status_code, answer.json["code"], len(answer.json["data"])) == (200, "DUPLICATE_SUSPECT", 3)
    code = held["holds"][0]["code"]
    (month,) = lite.get(f"/v1/reports/monthly?code={code}&months=1", role="risk").json["data"]
    assert month["hits"] >= 1
    assert lite.get("/v1/reports/monthly?months=37", role="risk").status_code == 422


def test_RSK_12_the_heat_map_and_the_orders_behind_a_cell(lite: Api, held: dict[str, Any]) -> None:
    rows = lite.get(f"/v1/reports/heatmap?{DAY}", role="risk").json["rows"]
    (row,) = [row for row in rows if row["code"] == "PICKUP_POINT_HIGH_VALUE"]
    assert (row["gate"], row["hours"][10], row["total"]) == ("approve", 1, 1)  # 10:15 in Shanghai
    cell = f"gate=approve&code=PICKUP_POINT_HIGH_VALUE&{DAY}"
    (found,) = lite.get(f"/v1/reports/heatmap/orders?{cell}&hour=10", role="risk").json["data"]
    assert (found["order_id"], found["payable"]) == (held["id"], "1250.00")
    assert lite.get(f"/v1/reports/heatmap/orders?{cell}&hour=11", role="risk").json["data"] == []


def test_RSK_08_RSK_12_sales_see_no_report_and_only_risk_judges(lite: Api, held: dict[str, Any]) -> None:
    for path in ("rules", "rules.csv", "heatmap", "heatmap/orders?gate=a&code=b"):
        assert lite.get(f"/v1/reports/{path}", role="sales").status_code == 403
        assert lite.get(f"/v1/reports/{path}", role="sales_supervisor").status_code == 403
    path = f"/v1/holds/{held['holds'][0]['id']}/verdict"
    word = {"verdict": "right", "reason": "x"}
    for role in ("sales", "finance", "auditor"):
        assert lite.post(path, word, role=role).status_code == 403
    assert lite.post(path, {"verdict": "maybe", "reason": "x"}, role="risk").status_code == 422
    assert lite.post("/v1/holds/hld_none/verdict", word, role="risk").status_code == 404


def test_RSK_08_a_period_that_makes_no_sense_is_refused(lite: Api) -> None:
    for period in ("since=2026-11-23&until=2026-11-22", "since=2026-13-01", "since=yesterday"):
        assert lite.get(f"/v1/reports/rules?{period}", role="risk").status_code == 422
