"""Where an order comes from: the kind of business that sent it, whatever the door it came through (IN-17).

A channel that is set up may say it; else the channel's name says it, else the door.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


class SourceType(StrEnum):
    """经销商, 直营店, 代理商, 平台, ERP, 销售."""

    DEALER = "dealer"
    STORE = "store"
    AGENT = "agent"
    PLATFORM = "platform"
    ERP = "erp"
    SALES = "sales"


SOURCE_ZH: dict[SourceType, str] = {
    SourceType.DEALER: "经销商",
    SourceType.STORE: "直营店",
    SourceType.AGENT: "代理商",
    SourceType.PLATFORM: "平台",
    SourceType.ERP: "ERP",
    SourceType.SALES: "销售",
}
_OF_PLATFORM = {
    "dealer": SourceType.DEALER,
    "pos": SourceType.STORE,
    "kingdee": SourceType.ERP,
    "yonyou_u8": SourceType.ERP,
}
"""What a channel's platform says; every other named platform is one where people buy."""
_OF_CHANNEL = {
    **dict.fromkeys(("dealer", "distributor"), SourceType.DEALER),
    **dict.fromkeys(("store", "pos", "counter"), SourceType.STORE),
    **dict.fromkeys(("agent", "agency"), SourceType.AGENT),
    **dict.fromkeys(("mini_program", "shop", "site", "website"), SourceType.PLATFORM),
    **dict.fromkeys(("erp", "edi", "u8", "kingdee"), SourceType.ERP),
    **dict.fromkeys(("phone", "hotline", "qq", "wechat", "mail", "email", "document", "upload"), SourceType.SALES),
}
_OF_DOOR = {
    **dict.fromkeys(("api", "intake", "drop"), SourceType.ERP),
    **dict.fromkeys(("webhook", "pull"), SourceType.PLATFORM),
}


def source_of_platform(platform: str) -> SourceType | None:
    """Return what a channel's platform says of its orders; None for the generic one, which says nothing."""
    return None if platform in ("", "generic") else _OF_PLATFORM.get(platform, SourceType.PLATFORM)


def source_type(channel: str, door: str, told: Mapping[str, str], *, dealer: bool = False) -> SourceType:
    """Return the kind of source. ``told`` is what channels say of themselves; a dealer's account is a dealer's."""
    if dealer:
        return SourceType.DEALER
    if channel in told:
        return SourceType(told[channel])
    return _OF_CHANNEL.get(channel) or _OF_DOOR.get(door, SourceType.SALES)
