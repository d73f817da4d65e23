"""U2, U4, U5, RSK-12 in a browser: a backtest from a parameter to its flips; why and why not; the heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.e2e.conftest import Office

ADDRESS = {"text": "江苏省苏州市虎丘区星湖街328号菜鸟驿站"}
PICKUP = {"contact": {"name": "王工", "phone": "13900139000"}, "address": ADDRESS}
LINES = [{"line_no": 1, "sku": "A-1001", "quantity": "48", "unit_price": "12.50"}]
PATIENCE_MS = 120_000
pytestmark = pytest.mark.timeout(300)  # the engine's children are started for the first question


def test_U2_a_parameter_is_tried_on_all_orders_and_the_flips_open(office: Office, sign_in: Callable[..., Page]) -> None:
    held = office.order("PROOF-1", ship_to=PICKUP, lines=LINES)
    page = sign_in("risk")
    page.goto("/backtests")
    page.select_option("#param", "fraud.yaml:pickup_limit")
    page.fill("#value", "9000.00元")
    page.fill("#name", "放宽驿站")
    page.get_by_role("button", name="开始回测").click()
    page.wait_for_url("**/backtests/bt_*")
    expect(page.locator("#backtest-state")).to_have_text("已完成", timeout=PATIENCE_MS)
    row = page.locator("tr[data-row]", has_text="PROOF-1")
    expect(row).to_contain_text("代收点高额")
    with page.expect_download() as download:
        page.get_by_role("link", name="下载 CSV").click()
    assert "PROOF-1" in download.value.path().read_text(encoding="utf-8-sig")
    row.get_by_role("link", name="PROOF-1").click()
    page.wait_for_url(f"**/orders/{held['id']}")


def test_U4_U5_the_order_says_what_releases_it_and_why_a_rule_kept_quiet(
    office: Office, sign_in: Callable[..., Page]
) -> None:
    held = office.order("PROOF-2", ship_to=PICKUP, lines=LINES)
    page = sign_in("risk")
    page.goto(f"/orders/{held['id']}")
    expect(page.get_by_role("heading", name="什么能放行")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(".why-hold", has_text="RSK-02").locator(".ways li").first).to_be_visible()
    expect(page.get_by_role("heading", name="差一点触发")).to_be_visible()
    page.select_option("#why-rule", "RSK-05")
    expect(page.locator("#why-not")).to_contain_text("没有触发")
    expect(page.locator("#why-not .checks")).to_contain_text("600.00")


def test_RSK_12_a_cell_of_the_heat_map_opens_its_orders(office: Office, sign_in: Callable[..., Page]) -> None:
    office.order("PROOF-3", ship_to=PICKUP, lines=LINES)
    page = sign_in("risk")
    page.goto("/reports/heat")
    page.locator(".heat tr", has_text="代收点高额").locator("td.num a").click()
    expect(page.locator("#orders-title")).to_contain_text("代收点高额")
    page.get_by_role("link", name="PROOF-3").click()
    page.wait_for_url("**/orders/ord_*")
    page.goto("/reports/rules")
    expect(page.get_by_role("row", name="RSK-02")).to_be_visible()
