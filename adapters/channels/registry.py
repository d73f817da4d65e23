"""The lists of platforms: how their calls to us are checked, how they are pulled. A new one is a file and a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.channels import alibaba, douyin, jd, meituan, pinduoduo, shop, shop_pull, standard, taobao, wechat, youzan

if TYPE_CHECKING:
    from adapters.channels.incoming import Verify
    from adapters.channels.pull import Platform

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


PULLED: dict[str, Platform] = {
    "alibaba": alibaba.PLATFORM,
    "douyin": douyin.PLATFORM,
    "jd": jd.PLATFORM,
    "meituan": meituan.PLATFORM,
    "pinduoduo": pinduoduo.PLATFORM,
    "shopify": shop_pull.SHOPIFY,
    "taobao": taobao.PLATFORM,
    "wechat": wechat.PLATFORM,
    "woocommerce": shop_pull.WOOCOMMERCE,
    "youzan": youzan.PLATFORM,
}
"""The platforms that are pulled."""
