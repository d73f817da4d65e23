"""The menu: what the signed-in person may open, with how much waits there.

Place in the order's way: on every page; asks `web/counts.py` for the numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from flask import g, request, url_for

from web.access import Screen, may_read
from web.blueprint import the_actor
from web.counts import waiting_counts
from web.i18n import translate


class Place(NamedTuple):
    """A menu entry before it is shown."""

    screen: Screen
    endpoint: str
    icon: str
    label: str
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class Item:
    """A menu entry as shown."""

    place: str
    url: str
    icon: str
    label: str
    here: bool
    count: int
    hot: bool


_WORK = (
    Place(Screen.HOME, "home", "house", "待办", {}),
    Place(Screen.NOTICES, "notices", "bell", "通知", {}),
    Place(Screen.ENTRY, "entry", "telephone", "录单", {}),
    Place(Screen.UPLOAD, "documents", "cloud-arrow-up", "上传单据", {}),
    Place(Screen.DRAFTS, "drafts", "file-earmark-check", "草稿核对", {}),
    Place(Screen.ORDERS, "orders", "receipt", "订单|menu", {}),
    Place(Screen.HOLDS, "holds", "pause-circle", "挂起|menu", {}),
    Place(Screen.APPROVALS, "approvals", "check2-square", "审批|menu", {}),
)
_MASTER = (
    Place(Screen.SKUS, "master", "box-seam", "产品|menu", {"kind": "skus"}),
    Place(Screen.CUSTOMERS, "master", "people", "客户|menu", {"kind": "customers"}),
    Place(Screen.PRICES, "master", "tag", "价格|menu", {"kind": "prices"}),
    Place(Screen.STOCK, "master", "boxes", "库存", {"kind": "stock"}),
    Place(Screen.CREDIT, "master", "credit-card", "信用|menu", {"kind": "credit"}),
    Place(Screen.SITES, "master", "geo-alt", "站点|menu", {"kind": "sites"}),
)
_SYSTEM = (
    Place(Screen.RULES, "rules", "diagram-3", "规则|menu", {}),
    Place(Screen.BACKTESTS, "backtests", "clock-history", "回测|menu", {}),
    Place(Screen.REPORTS, "rule_report", "graph-up", "报表|menu", {}),
    Place(Screen.EXEMPTIONS, "exemptions", "person-check", "允许名单|menu", {}),
    Place(Screen.CHANNELS, "channel_list", "plug", "渠道|menu", {}),
    Place(Screen.OWN_FIELDS, "own_fields", "ui-checks", "自定义字段", {}),
    Place(Screen.ACCESS, "access", "key", "接口|menu", {}),
    Place(Screen.BOOKS, "books", "journal-check", "对账|menu", {}),
    Place(Screen.DELIVERIES, "deliveries", "send", "推送|menu", {}),
)
_TABS = (Screen.HOME, Screen.UPLOAD, Screen.ORDERS, Screen.HOLDS, Screen.APPROVALS)
_HOT = frozenset({Screen.HOLDS, Screen.APPROVALS, Screen.DELIVERIES, Screen.RULES})


def _is_here(place: Place) -> bool:
    section = g.get("section")
    if section is not None:
        return bool(section == place.screen)
    return request.endpoint == f"screens.{place.endpoint}" and all(
        (request.view_args or {}).get(name) == value for name, value in place.values.items()
    )


def _items(places: tuple[Place, ...]) -> list[Item]:
    actor = the_actor()
    counts = waiting_counts()
    return [
        Item(
            place=place.screen.value,
            url=url_for(f"screens.{place.endpoint}", **place.values),  # type: ignore[arg-type]
            icon=place.icon,
            label=translate(place.label),
            here=_is_here(place),
            count=counts.get(place.screen, 0),
            hot=place.screen in _HOT,
        )
        for place in places
        if may_read(actor, place.screen)
    ]


def navigation() -> list[dict[str, object]]:
    """Return the menu in groups, without what the person may not open."""
    groups = (("", _WORK), (translate("主数据"), _MASTER), (translate("系统"), _SYSTEM))
    return [{"label": label, "items": items} for label, places in groups if (items := _items(places))]


def tabs() -> list[Item]:
    """Return the entries of the bar at the foot of a phone."""
    return _items(tuple(place for place in _WORK if place.screen in _TABS))
