"""Signing in, languages, themes, and who may open what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests import calls
from tests.e2e.conftest import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.e2e.conftest import Office


def test_a_person_signs_in_and_out(sign_in: Callable[..., Page], sessions: dict[str, Any]) -> None:
    page = sign_in("sales")
    del sessions["sales"]  # ends here, and with it every copy of its cookie
    assert "销售一部" in page.inner_text("main h1")
    page.click(".me button")
    page.click("text=退出登录")
    page.wait_for_url("**/sign-in")
    page.goto("/orders")
    page.wait_for_url(re.compile(r"/sign-in\?next="))


def test_a_wrong_password_says_what_to_do(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto("/sign-in")
    page.fill("#login", "sales2")
    page.fill("#password", "wrong")
    page.press("#password", "Enter")
    assert "账号或密码不对" in page.inner_text("[role=alert]")
    assert page.input_value("#login") == "sales2"
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/")


def test_after_signing_in_one_is_where_one_wanted_to_be(open_page: Callable[..., Page]) -> None:
    page = open_page()
    page.goto("/master/stock")
    page.fill("#login", "production")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/master/stock")
    assert page.inner_text("h1") == "库存"


def test_no_open_redirect(open_page: Callable[..., Page], office: Office) -> None:
    page = open_page()
    page.goto("/sign-in?next=https://evil.example/")
    page.fill("#login", "sales")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url(office.url + "/")
    assert page.inner_text("h1").startswith("你好")


def test_english_by_switch_and_chinese_again(sign_in: Callable[..., Page]) -> None:
    page = sign_in("sales")
    assert page.get_attribute("html", "lang") == "zh-CN"
    page.click(".me button")
    page.click("button[lang=en]")
    page.wait_for_load_state()
    assert page.get_attribute("html", "lang") == "en"
    assert "Hello" in page.inner_text("main h1")
    page.goto("/orders")
    assert "Orders" in page.inner_text("main h1")
    page.click(".me button")
    page.click("button[lang=zh]")
    page.wait_for_load_state()
    assert "订单" in page.inner_text("main h1")


def test_dark_by_switch(sign_in: Callable[..., Page]) -> None:
    page = sign_in("sales", theme="light")
    assert page.get_attribute("html", "data-bs-theme") == "light"
    page.click(".me button")
    page.click("button[name=theme][value=dark]")
    page.wait_for_load_state()
    assert page.get_attribute("html", "data-bs-theme") == "dark"


def test_dark_follows_the_system(sign_in: Callable[..., Page]) -> None:
    page = sign_in("sales", theme="dark")
    assert page.get_attribute("html", "data-bs-theme") == "dark"


@pytest.mark.parametrize(
    ("login", "path", "shown"),
    [
        ("sales", "/approvals", False),
        ("sales", "/master/credit", False),
        ("sales", "/deliveries", False),
        ("sales", "/rules", False),
        ("finance", "/documents", False),
        ("finance", "/drafts", False),
        ("finance", "/master/credit", True),
        ("production", "/master/stock", True),
        ("production", "/master/credit", False),
        ("risk", "/holds", True),
        ("risk", "/approvals", False),
        ("auditor", "/drafts", True),
        ("auditor", "/documents", False),
        ("admin", "/deliveries", True),
    ],
)
def test_SEC_01_each_role_opens_its_own_screens(
    sign_in: Callable[..., Page], login: str, path: str, shown: bool
) -> None:
    page = sign_in(login)
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == (200 if shown else 403)
    if not shown:
        assert "没有权限" in page.inner_text("main")
    assert (page.query_selector(f'.side a[href="{path}"]') is not None) == shown


def test_SEC_04_a_stranger_sees_nothing_but_the_sign_in(office: Office) -> None:
    for path in ("/", "/orders", "/orders/ord_1", "/documents", "/master/skus", "/rules", "/holds"):
        answer = calls.get(office.url + path)
        assert answer.status_code == 302
        assert "/sign-in" in answer.headers["location"]


def test_forms_without_a_token_are_refused(office: Office) -> None:
    answer = calls.post(office.url + "/sign-in", data={"login": "sales", "password": PASSWORD})
    assert answer.status_code == 302
    assert (
        "sluice_session" not in answer.cookies or calls.get(office.url + "/", cookies=answer.cookies).status_code == 302
    )


def test_pages_carry_a_strict_policy(office: Office) -> None:
    answer = calls.get(office.url + "/sign-in")
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "no-store" in answer.headers["cache-control"]
    assert "<script>" not in answer.text
    assert " style=" not in answer.text
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_nothing_is_loaded_from_elsewhere(sign_in: Callable[..., Page], office: Office) -> None:
    page = sign_in("admin")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/orders", "/documents", "/rules"):
        page.goto(path)
    assert asked
    assert [url for url in asked if not url.startswith((office.url, "data:", "blob:"))] == []


def test_an_address_that_leads_nowhere_says_so(sign_in: Callable[..., Page]) -> None:
    page = sign_in("sales")
    answer = page.goto("/no/such/page")
    assert answer is not None
    assert answer.status == 404
    assert "没有找到" in page.inner_text("main")
