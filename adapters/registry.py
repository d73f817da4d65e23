"""The one list of outlets: name → how to deliver. A new outlet is one folder or file and one line here.

Place in the order's way: dispatch asks it for the outlet that a destination names; the screen of destinations shows
`KINDS`, what people may set up by themselves.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from adapters.mail import answer
from adapters.notify import log
from adapters.webhook import standard

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.kind import Clock, Kind
    from adapters.message import Deliver

PLACES = (
    "robots.dingtalk",
    "robots.wecom",
    "robots.feishu",
    "mail.smtp",
    "sms.aliyun",
    "erp.generic",
    "erp.yonyou_u8",
    "erp.kingdee",
    "wms.http",
    "wms.database",
    "carriers.kuaidi100",
    "carriers.cainiao",
    "crm.http",
    "pos.http",
    "school.timetable",
)
"""Each file here that ends with a `KIND`, in the order of the screen."""


def _kind(place: str) -> Kind:
    found: Kind = import_module(f"adapters.{place}").KIND
    return found


KINDS: Mapping[str, Kind] = {kind.name: kind for kind in map(_kind, PLACES)}


def outlets(clock: Clock) -> Mapping[str, Deliver]:
    """Return every outlet by its name. ``clock`` stamps what is signed."""
    return {
        "notify.log": log.deliver,
        answer.NAME: answer.deliver,
        "webhook.standard": standard.deliverer(clock),
        **{name: kind.make(clock) for name, kind in KINDS.items()},
    }
