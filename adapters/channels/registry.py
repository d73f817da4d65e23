"""The one list of platforms that call us: how the call is checked. A new one is one file and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.channels import alibaba, douyin, meituan, shop, standard, wechat, youzan

if TYPE_CHECKING:
    from adapters.channels.incoming import Verify

VERIFIERS: dict[str, Verify] = {
    "alibaba": alibaba.verify,
    "douyin": douyin.verify,
    "meituan": meituan.verify,
    "shopify": shop.shopify,
    "wechat": wechat.verify,
    "woocommerce": shop.woocommerce,
    "youzan": youzan.verify,
}


def verifier(platform: str) -> Verify:
    """Return how a platform's call is checked; Standard Webhooks for whoever has no way of his own."""
    return VERIFIERS.get(platform, standard.verify)
