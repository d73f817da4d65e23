"""The one list of outlets: name → how to deliver. A new outlet is one folder or file and one line here.

Place in the order's way: dispatch asks it for the outlet that a destination names; the screen of destinations shows
`KINDS`, what people may set up by themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.carriers import cainiao, kuaidi100
from adapters.crm import http as crm
from adapters.erp import generic, kingdee, yonyou_u8
from adapters.mail import answer, smtp
from adapters.notify import log
from adapters.pos import http as pos
from adapters.robots import dingtalk, feishu, wecom
from adapters.school import timetable
from adapters.sms import aliyun
from adapters.webhook import standard
from adapters.wms import database, http

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.kind import Clock, Kind
    from adapters.message import Deliver

KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        dingtalk.KIND,
        wecom.KIND,
        feishu.KIND,
        smtp.KIND,
        aliyun.KIND,
        generic.KIND,
        yonyou_u8.KIND,
        kingdee.KIND,
        http.KIND,
        database.KIND,
        kuaidi100.KIND,
        cainiao.KIND,
        crm.KIND,
        pos.KIND,
        timetable.KIND,
    )
}


def outlets(clock: Clock) -> Mapping[str, Deliver]:
    """Return every outlet by its name. ``clock`` stamps what is signed."""
    return {
        "notify.log": log.deliver,
        answer.NAME: answer.deliver,
        "webhook.standard": standard.deliverer(clock),
        **{name: kind.make(clock) for name, kind in KINDS.items()},
    }
