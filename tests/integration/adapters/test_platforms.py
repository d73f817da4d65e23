"""Every platform that is pulled, over real HTTP against a stub that checks signatures, tokens, spans and pages."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from adapters.channels.calling import Line, ask, retry_after_s
from adapters.channels.pull import Answer, RateLimited, Shop, Span, TokenExpired, back, tokens_of
from adapters.channels.registry import PULLED
from adapters.channels.stub.server import DIALECTS, Server
from intake.mapping.engine import compile_template, records, run
from intake.mapping.preset import presets
from intake.readers.payload import load_strict
from orders.errors import TransportError

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 22, 2, 15, tzinfo=UTC)
SPAN = Span(NOW - timedelta(minutes=20), NOW)
LINE = Line(typed=True, allow_private=True)
LISTED = sorted(name for name, platform in PULLED.items() if platform.listing)


@contextmanager
def serving(platform: str, **shop: Any) -> Iterator[Server]:
    server = Server(platform)
    server.shop.clock = lambda: NOW
    for name, value in shop.items():
        setattr(server.shop, name, value)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def shop_of(server: Server) -> Shop:
    own = server.shop
    secrets = {"app_key": own.key, "app_secret": own.secret, "access_token": own.token, "refresh_token": own.renewal}
    return Shop(server.url, secrets, NOW)


def listed(platform: str, shop: Shop, span: Span = SPAN) -> list[str]:
    """Follow a list to its end; return every number as often as it came."""
    token, found = None, []
    for _ in range(20):
        told = PULLED[platform]
        page = told.listed(ask(told, told.listing(shop, span, token), LINE), token)
        found += [one.id for one in page.seen]
        token = page.next
        if token is None:
            return found
    raise AssertionError("a list without end")


def test_IN_03_every_platform_that_is_pulled_has_a_dialect_and_a_preset() -> None:
    assert set(DIALECTS) == set(PULLED)
    assert set(PULLED) <= set(presets())


@pytest.mark.parametrize("platform", LISTED)
def test_IN_01_a_list_of_many_pages_names_every_order_of_the_span(platform: str) -> None:
    with serving(platform, page=3) as server:
        for number in range(10):
            server.order(f"60{number:02}", NOW - timedelta(minutes=number))
        server.order("7000", SPAN.since - timedelta(seconds=1))
        found = listed(platform, shop_of(server))
        assert set(found) == {f"60{number:02}" for number in range(10)}
        assert server.shop.calls.count("list") >= 4


@pytest.mark.parametrize("platform", sorted(PULLED))
def test_IN_03_the_detail_of_every_platform_is_read_by_its_preset(platform: str) -> None:
    with serving(platform) as server:
        server.order("600001", NOW)
        told = PULLED[platform]
        seen = told.detailed(ask(told, told.detail(shop_of(server), "600001"), LINE).json())
        plan = compile_template(presets()[platform])
        (order,) = (run(plan, record) for record in records(plan, load_strict(json.dumps(seen.record).encode())))
        assert order.needs == ()
        assert order.order["number"].lstrip("#") == "600001"
        assert [(line["sku"], line["quantity"]) for line in order.order["lines"]] == [("A-1001", "2")]
        assert (seen.id, seen.changed_at, seen.status) == ("600001", NOW, "ready")


def test_IN_23_count_and_amount_of_all_platforms_together_are_the_sum_of_what_was_sold() -> None:
    """Yuan as text, yuan as numbers and fen: three orders of 25 yuan everywhere."""
    found: list[Decimal] = []
    for platform, told in PULLED.items():
        plan = compile_template(presets()[platform])
        with serving(platform) as server:
            for number in ("600001", "600002", "600003"):
                server.order(number, NOW)
                body = ask(told, told.detail(shop_of(server), number), LINE).body
                found += [
                    Decimal(run(plan, one).order["totals"]["payable"]) for one in records(plan, load_strict(body))
                ]
    assert (len(found), sum(found)) == (3 * len(PULLED), 75 * len(PULLED))


@pytest.mark.parametrize("platform", LISTED)
def test_IN_03_a_list_says_what_the_detail_says(platform: str) -> None:
    with serving(platform) as server:
        server.order("600001", NOW)
        told = PULLED[platform]
        (seen,) = told.listed(ask(told, told.listing(shop_of(server), SPAN, None), LINE), None).seen
        whole = told.detailed(ask(told, told.detail(shop_of(server), "600001"), LINE).json())
        assert seen.status == whole.status
        assert seen.changed_at in (None, whole.changed_at)
        assert seen.record in (None, whole.record)


@pytest.mark.parametrize("platform", sorted(set(PULLED) - {"wechat", "youzan", "shopify"}))
def test_IN_01_a_call_signed_with_another_secret_is_refused(platform: str) -> None:
    with serving(platform) as server:
        server.order("600001", NOW)
        shop = shop_of(server)
        wrong = replace(shop, secrets={**shop.secrets, "app_secret": "other"})
        with pytest.raises(TransportError):
            ask(PULLED[platform], PULLED[platform].detail(wrong, "600001"), LINE)


@pytest.mark.parametrize("platform", sorted(name for name, told in PULLED.items() if told.refresh))
def test_IN_01_an_expired_token_is_named_and_renewed(platform: str) -> None:
    told = PULLED[platform]
    with serving(platform) as server:
        shop = shop_of(server)
        server.shop.expire()
        with pytest.raises(TokenExpired):
            ask(told, told.listing(shop, SPAN, None), LINE)
        fresh = tokens_of(ask(told, told.refresh(shop), LINE).json())
        assert fresh["access_token"] == "token-2"
        assert ask(told, told.listing(replace(shop, secrets={**shop.secrets, **fresh}), SPAN, None), LINE).status == 200
        if platform != "wechat":  # whose renewal is the secret itself
            with pytest.raises(TokenExpired):  # a renewal token is used up
                ask(told, told.refresh(shop), LINE)


@pytest.mark.parametrize("platform", sorted(PULLED))
def test_IN_01_a_limit_on_calls_is_understood(platform: str) -> None:
    with serving(platform) as server:
        server.order("600001", NOW)
        server.shop.mood.limit = 1
        call = PULLED[platform].detail(shop_of(server), "600001")
        with pytest.raises(RateLimited) as limited:
            ask(PULLED[platform], call, LINE)
        assert limited.value.retry_after_s >= 2
        assert ask(PULLED[platform], call, LINE).status == 200


@pytest.mark.parametrize("trouble", ["drop", "fail", "half"])
@pytest.mark.parametrize("platform", ["taobao", "shopify"])
def test_IN_22_a_broken_answer_is_worth_another_attempt(platform: str, trouble: str) -> None:
    with serving(platform) as server:
        setattr(server.shop.mood, trouble, 1)
        call = PULLED[platform].listing(shop_of(server), SPAN, None)
        with pytest.raises(TransportError) as broken:
            ask(PULLED[platform], call, LINE)
        assert not broken.value.permanent


def test_an_order_that_the_platform_does_not_know_is_said() -> None:
    for platform, told in PULLED.items():
        with serving(platform) as server, pytest.raises(TransportError):
            ask(told, told.detail(shop_of(server), "999"), LINE)


def test_an_address_typed_in_must_be_public() -> None:
    with serving("shopify") as server, pytest.raises(TransportError) as refused:
        ask(PULLED["shopify"], PULLED["shopify"].listing(shop_of(server), SPAN, None), Line(typed=True))
    assert refused.value.code == "address_refused"


def test_a_missing_secret_is_named() -> None:
    with pytest.raises(TransportError, match="app_key") as missing:
        PULLED["taobao"].listing(Shop("https://x.example", {"access_token": "t"}, NOW), SPAN, None)
    assert missing.value.code == "no_credentials"


@pytest.mark.parametrize(
    ("token", "total", "after"),
    [
        (None, 0, None),
        (None, 100, None),
        (None, 101, "2"),
        (None, 201, "3"),
        ("3", 201, "2"),
        ("2", 999, "1"),
        ("1", 999, None),
    ],
)
def test_pages_are_read_backward(token: str | None, total: int, after: str | None) -> None:
    assert back(token, total, 100) == after


@pytest.mark.parametrize(("told", "wait"), [("2.0", 2), ("0", 1), ("", 30), ("soon", 30), ("99999", 3600)])
def test_what_a_platform_says_of_waiting_is_bounded(told: str, wait: float) -> None:
    assert retry_after_s(Answer(429, {"retry-after": told}, b"")) == wait
