"""Every screen at 375 px and wide, light and dark: nothing hangs over the edge, and the keyboard gets everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.e2e.conftest import Office

PATHS = (
    "/",
    "/documents",
    "/drafts",
    "/orders",
    "/holds?mine=0",
    "/approvals",
    "/master/skus",
    "/master/customers",
    "/master/prices",
    "/master/stock",
    "/master/credit",
    "/master/sites",
    "/master/skus/new",
    "/master/customers/item?code=C-001",
    "/master/skus/import",
    "/deliveries",
    "/rules",
    "/rules/params",
    "/rules/changes",
    "/rules/history",
    "/backtests",
    "/exemptions",
    "/reports/rules",
    "/reports/heat",
    "/channels",
    "/webhooks",
    "/destinations",
)
HANGS = "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - window.innerWidth"
NAMELESS = """[...document.querySelectorAll('button, a[href], input:not([type=hidden]), select, textarea')]
  .filter((node) => {
    const labels = node.labels ? [...node.labels].map((label) => label.textContent).join('') : '';
    return !(node.textContent.trim() || node.getAttribute('aria-label') || node.title || labels.trim());
  }).map((node) => node.outerHTML.slice(0, 120))"""
WIDTHS = {"zh": (375, 768, 1440), "en": (375,)}
"""Each screen is loaded once a language and looked at in these widths, px."""


@pytest.mark.parametrize("locale", WIDTHS)
def test_APP_09_no_screen_hangs_over_the_edge_and_every_control_has_a_name(
    sign_in: Callable[..., Page], office: Office, locale: str
) -> None:
    order = office.order(f"E2E-LOOKS-{locale}")
    page = sign_in("admin", width=WIDTHS[locale][0], height=812)
    page.context.add_cookies([{"name": "sluice_lang", "value": locale, "url": office.url}])
    for path in (*PATHS, f"/orders/{order['id']}"):
        page.set_viewport_size({"width": WIDTHS[locale][0], "height": 812})
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 200, path
        assert page.evaluate(NAMELESS) == [], path
        for width in WIDTHS[locale]:
            page.set_viewport_size({"width": width, "height": 812})
            assert page.evaluate(HANGS) <= 0, (path, width)


@pytest.mark.parametrize("width", [375, 1440])
def test_the_sign_in_fits(open_page: Callable[..., Page], width: int) -> None:
    page = open_page(width=width)
    page.goto("/sign-in")
    assert page.evaluate(HANGS) <= 0


def test_the_menu_opens_on_a_phone(sign_in: Callable[..., Page]) -> None:
    page = sign_in("sales", width=375, height=812)
    page.click("[data-side]")
    page.click(".side a[data-place=orders]")
    page.wait_for_url("**/orders")
    assert page.inner_text("h1") == "订单"


def test_the_first_tab_skips_to_the_content(sign_in: Callable[..., Page]) -> None:
    page = sign_in("sales")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className").startswith("skip")


def test_slash_searches_and_a_question_mark_helps(sign_in: Callable[..., Page]) -> None:
    page = sign_in("sales")
    page.keyboard.press("?")
    page.wait_for_selector("#help[open]")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
