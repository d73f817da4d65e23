"""Shopify and WooCommerce: a shop's own address; orders pulled by change, whole in the list.

Source: Shopify Admin REST, orders (cursor in the Link header); WooCommerce REST v3, orders (modified_after).
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from adapters.channels.pull import Call, Page, Platform, Seen, back, from_iso

if TYPE_CHECKING:
    from adapters.channels.pull import Answer, Shop, Span, Status

SHOPIFY_PAGE, WOO_PAGE = 250, 100
VERSION = "2025-10"
_NEXT = re.compile(r'<([^>]+)>;\s*rel="next"')
_PAID = {"authorized", "partially_paid", "paid", "partially_refunded"}


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _no_fault(_answer: Answer) -> None:
    """Both say what is wrong by the HTTP status."""


# --- Shopify ----------------------------------------------------------------------------------------------------------


def _shopify_call(shop: Shop, path: str) -> Call:
    return Call(
        "GET", f"{shop.url}/admin/api/{VERSION}/{path}", b"", {"X-Shopify-Access-Token": shop.secret("access_token")}
    )


def _shopify_listing(shop: Shop, span: Span, token: str | None) -> Call:
    told = {"limit": str(SHOPIFY_PAGE)}
    if token:
        return _shopify_call(shop, f"orders.json?{urlencode({**told, 'page_info': token})}")
    told |= {"status": "any", "order": "updated_at asc"}
    told |= {"updated_at_min": f"{_utc(span.since)}Z", "updated_at_max": f"{_utc(span.until)}Z"}
    return _shopify_call(shop, f"orders.json?{urlencode(told)}")


def _shopify_listed(answer: Answer, _token: str | None) -> Page:
    link = _NEXT.search(answer.headers.get("link", ""))
    after = parse_qs(urlsplit(link[1]).query).get("page_info", [""])[0] if link else ""
    return Page(tuple(map(_shopify_seen, answer.json()["orders"])), after or None)


def _shopify_seen(order: dict[str, Any]) -> Seen:
    return Seen(str(order["id"]), from_iso(order.get("updated_at")), _shopify_status(order), {"order": order})


def _shopify_status(order: dict[str, Any]) -> Status:
    money = order.get("financial_status")
    if order.get("cancelled_at") or money in ("refunded", "voided"):
        return "cancelled"
    if order.get("fulfillment_status") == "fulfilled":
        return "gone"
    return "ready" if money in _PAID else "wait"


SHOPIFY = Platform(
    "",
    _no_fault,
    lambda shop, number: _shopify_call(shop, f"orders/{number}.json"),
    lambda value: _shopify_seen(value["order"]),
    _shopify_listing,
    _shopify_listed,
    needs=("url", "access_token"),
)


# --- WooCommerce ------------------------------------------------------------------------------------------------------


def _woo_call(shop: Shop, path: str) -> Call:
    key = base64.b64encode(f"{shop.secret('app_key')}:{shop.secret('app_secret')}".encode()).decode()
    return Call("GET", f"{shop.url}/wp-json/wc/v3/{path}", b"", {"Authorization": f"Basic {key}"})


def _woo_listing(shop: Shop, span: Span, token: str | None) -> Call:
    told = {"modified_after": _utc(span.since), "modified_before": _utc(span.until), "dates_are_gmt": "true"}
    told |= {"orderby": "modified", "order": "asc", "per_page": str(WOO_PAGE), "page": token or "1"}
    return _woo_call(shop, f"orders?{urlencode(told)}")


def _woo_listed(answer: Answer, token: str | None) -> Page:
    return Page(tuple(map(_woo_seen, answer.json())), back(token, answer.headers.get("x-wp-total", 0), WOO_PAGE))


def _woo_seen(order: dict[str, Any]) -> Seen:
    words: dict[str, Status] = {"processing": "ready", "completed": "gone"}
    words |= dict.fromkeys(("cancelled", "refunded", "failed", "trash"), "cancelled")
    status = words.get(str(order.get("status")), "wait")
    return Seen(str(order["id"]), from_iso(order.get("date_modified_gmt")), status, {"order": order})


WOOCOMMERCE = Platform(
    "",
    _no_fault,
    lambda shop, number: _woo_call(shop, f"orders/{number}"),
    _woo_seen,
    _woo_listing,
    _woo_listed,
    needs=("url", "app_key", "app_secret"),
)
