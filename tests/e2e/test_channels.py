"""Channels in the browser: one is added from a preset, previewed on a record, changed and published, without code."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.e2e.conftest import an_order

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.e2e.conftest import Office

RECORD = Path(__file__).parents[1] / "golden" / "channels" / "pos" / "input.json"


def test_MAP_02_a_channel_is_added_from_a_preset_and_previewed_without_code(sign_in: Callable[..., Page]) -> None:
    page = sign_in("admin")
    page.goto("/channels")
    page.fill("#c-code", "shop-e2e")
    page.fill("#c-name", "天河门店")
    page.select_option("#c-platform", "pos")
    page.fill("#c-account", "GZ")
    page.click("form.panel .btn-primary")
    page.wait_for_selector("text=签名密钥只显示这一次")
    assert "whsec_" in page.inner_text("[role=status]")
    page.click("td a:has-text('shop-e2e')")
    page.fill("#sample", json.dumps(json.loads(RECORD.read_text(encoding="utf-8")), ensure_ascii=False))
    page.click("button[value=preview]")
    page.wait_for_selector("[data-preview]")
    shown = page.inner_text("[data-preview]")
    assert "GZ01-000123" in shown
    assert "ticket_no" in shown


def test_a_template_changed_in_the_browser_is_published_and_a_mistake_is_named(sign_in: Callable[..., Page]) -> None:
    page = sign_in("admin")
    page.goto("/channels")
    page.fill("#c-code", "shop-e2e-2")
    page.fill("#c-name", "天河二店")
    page.select_option("#c-platform", "pos")
    page.click("form.panel .btn-primary")
    page.click("td a:has-text('shop-e2e-2')")
    rows = page.locator("input[name^=target-]").count()
    page.fill(f"[name=target-{rows - 3}]", "notte")
    page.fill(f"[name=from-{rows - 3}]", "remark")
    page.click("button[value=publish]")
    assert "note" in page.inner_text("[role=alert]")
    page.fill(f"[name=target-{rows - 3}]", "note")
    page.click("button[value=publish]")
    page.wait_for_selector("text=门店POS-标准版 shop-e2e-2 v2")


def test_sales_see_channels_but_cannot_change_them(sign_in: Callable[..., Page]) -> None:
    page = sign_in("sales")
    page.goto("/channels")
    assert page.locator("#c-code").count() == 0


def test_IN_20_a_change_from_outside_shows_by_itself_on_the_page_and_in_the_list(
    office: Office, sign_in: Callable[..., Page]
) -> None:
    made = office.order("LIVE-1")
    page, others = sign_in("admin"), sign_in("admin")
    page.goto(f"/orders/{made['id']}")
    others.goto("/orders?number=LIVE-1")
    cancelled = office.api("POST", "/v1/orders", json=an_order("LIVE-1", doc_type="cancel"))
    assert cancelled.json()["id"] == made["id"], cancelled.text
    expect(page.get_by_text("渠道已取消或退款").first).to_be_visible()
    expect(others.locator("#orders").get_by_text("渠道有变更")).to_be_visible()
