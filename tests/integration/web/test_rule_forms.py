"""What is typed wrongly on the rule screens stays there, with why, in the words of whoever typed it."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from rules.process.kept import candidates
from server.desk.rulework import rejudge
from tests.integration.web.test_guard import house  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from tests.integration.web.test_guard import House

LIMIT = "fraud.yaml:pickup_limit"


def text(answer) -> str:
    return html.unescape(answer.get_data(as_text=True))


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("500块", "代收点金额上限：500块 不是这里认识的写法；是否想写 500元？"),
        ("八百", "代收点金额上限：应写成 500.00元 这样的值"),
        ("500个", "代收点金额上限：应写成 500.00元 这样的值"),
        ("-5元", "代收点金额上限：“订单金额”的界限不能是负数（-5.00元）；是否想写 5.00元？"),
    ],
)
def test_RSK_10_a_wrong_parameter_is_refused_at_its_field(house: House, typed: str, says: str) -> None:  # noqa: F811
    answer = house.post(house.client("risk"), "/rules/params", {LIMIT: typed}, page="/rules/params")
    assert answer.status_code == 422
    page = text(answer)
    assert f'<div class="invalid-feedback d-block" id="w-{LIMIT}">{says}</div>' in page
    assert f'value="{typed}"' in page


def test_RTE_09_a_site_that_nobody_knows_is_refused_at_its_field(house: House) -> None:  # noqa: F811
    answer = house.post(house.client("risk"), "/rules/params", {"route.yaml:default_site": "GX"}, page="/rules/params")
    says = "默认仓：主数据里没有仓库 GX，已有 CD、GZ；新仓请先在主数据里建好；是否想写 GZ？"
    assert answer.status_code == 422
    assert f'id="w-route.yaml:default_site">{says}</div>' in text(answer)


def test_U12_a_sentence_and_an_order_that_cannot_be_tried_stay_on_their_page(house: House) -> None:  # noqa: F811
    risk = house.client("risk")
    change = house.post(risk, "/rules/changes", {}, page="/rules").location.split("/changes/")[1].split("/")[0]
    place = f"/rules/changes/{change}"
    said = {"file": "fraud.yaml", "rule": "MY-01", "sentence": "当 订单金额 > 5 天，则 挂起（人工审核）"}
    refused = house.post(risk, f"{place}/sentence", said, page="/rules")
    assert refused.status_code == 422
    assert "句子: 金额 与 时长 不能比较" in text(refused)
    assert said["sentence"] in text(refused)
    heard = {**said, "sentence": "如果订单金额超过500块，那么挂起（人工审核）"}
    assert house.post(risk, f"{place}/sentence", heard, page="/rules").status_code == 302
    assert "<h1>改规则 MY-01</h1>" in text(risk.get(place)), "the second person reads what it is about"
    tries = [
        ("NOPE-1", "没有订单 NOPE-1"),
        ('{"currency":"CNY","lines":[{"sku":"A-10011","quantity":"5"}]}', "A-1001、"),
    ]
    for typed, why in tries:
        answer = house.post(risk, f"{place}/try", {"order": typed}, page="/rules")
        assert answer.status_code == 422
        assert why in text(answer)
        assert f">{typed}</textarea>" in text(answer)
    sound = '{"currency":"CNY","lines":[{"sku":"A-1001","quantity":"5"}]}'
    assert "判定不变。" in text(house.post(risk, f"{place}/try", {"order": sound}, page="/rules"))
    assert "运行中" not in text(risk.get(f"{place}/shadow"))
    candidates.close()


def test_RSK_08_a_refused_exemption_stays_in_its_form(house: House) -> None:  # noqa: F811
    form = {"customer": "C-HENGLI", "scope": "RSK-01", "until": "2020-01-01", "reason": "老客户"}
    answer = house.post(house.client("risk"), "/exemptions", form, page="/exemptions")
    assert answer.status_code == 422
    assert 'value="老客户"' in text(answer)
    assert 'value="2020-01-01"' in text(answer)


def test_RSK_08_the_list_shows_the_last_day_as_it_was_typed(house: House) -> None:  # noqa: F811
    until = (house.deps.clock() + timedelta(days=9)).date().isoformat()
    form = {"customer": "C-001", "scope": "RSK-05", "until": until, "reason": "老客户"}
    assert house.post(house.client("risk"), "/exemptions", form, page="/exemptions").status_code == 302
    assert f">{until}</td>" in text(house.client("risk").get("/exemptions"))


def test_U2_a_value_that_cannot_be_tried_stays_in_its_field(house: House) -> None:  # noqa: F811
    risk = house.client("risk")
    for typed, says in (("abc", "代收点金额上限：应写成 500.00元 这样的值"), ("500.00", "与现在的值相同")):
        answer = house.post(risk, "/backtests", {"param": LIMIT, "value": typed}, page="/backtests")
        assert answer.status_code == 422
        page = text(answer)
        assert says in page
        assert f'name="value" value="{typed}"' in page
        assert f'<option value="{LIMIT}" selected>' in page


def test_U2_a_backtest_is_stopped_begun_again_and_downloaded_in_the_readers_language(house: House) -> None:  # noqa: F811
    risk = house.client("risk")
    begun = house.post(risk, "/backtests", {"param": LIMIT, "value": "0.01"}, page="/backtests").location
    assert "代收点金额上限 500.00元 → 0.01元" in text(risk.get(begun))
    assert house.post(risk, f"{begun}/cancel", {}, page=begun).status_code == 302
    stopped = text(risk.get(begun))
    assert 'id="backtest-state">已停止<' in stopped
    assert "hx-get" not in stopped.split('<header class="page-head"')[1].split(">")[0], "it asks no more"
    assert "重新开始" in stopped
    assert "没有影响" not in stopped, "nobody knows that yet"
    again = house.post(risk, "/backtests", {"again": begun.rsplit("/", 1)[1]}, page=begun).location
    assert again != begun
    assert rejudge.run(house.deps, again.rsplit("/", 1)[1], cores=1) == "done"
    page = text(risk.get(again))
    assert 'id="backtest-state">已完成<' in page
    assert "重新开始" not in page
    for language, head in (("zh", "订单号,系统编号,应付"), ("en", "Order number,Id,Payable")):
        risk.set_cookie("sluice_lang", language)
        sheet = risk.get(f"{again}/flips.csv")
        assert sheet.data.startswith(b"\xef\xbb\xbf")
        assert sheet.content_type == "text/csv; charset=utf-8"
        assert text(sheet).removeprefix("\ufeff").startswith(head)
    risk.delete_cookie("sluice_lang")
    assert house.post(risk, "/backtests", {"again": "bt_none"}, page="/backtests").status_code == 404
    assert house.post(house.client("auditor"), "/backtests", {"again": begun}, page="/").status_code == 403
