"""Own fields: what the company notes of its orders and lines beyond ours, defined here and effective at once (MAP-10).

Place in the order's way: before it; `server/desk/own_fields.py` does the work.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import Response, redirect, render_template, request, url_for

from orders.errors import SluiceError
from orders.own_field import FieldKind, FieldOf
from server.desk import order_sheet
from server.desk import own_fields as desk
from server.sheet import CSV
from web.access import Screen, changes, may_write, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.page import notify
from web.views.orders import filter_of
from web.wording import FIELD_KIND_ZH, FIELD_OF_ZH

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse


@screens.get("/order-fields")
@opens(Screen.OWN_FIELDS)
def own_fields() -> str:
    """List the fields, and offer to define one."""
    return render_template(
        "own_fields.html",
        fields=desk.listed(the_deps()),
        kinds=[(kind.value, FIELD_KIND_ZH[kind]) for kind in FieldKind],
        places=[(of.value, FIELD_OF_ZH[of]) for of in FieldOf],
        may=may_write(the_actor(), Screen.OWN_FIELDS),
    )


@screens.post("/order-fields")
@changes(Screen.OWN_FIELDS)
def put_own_field() -> AnyResponse:
    """Define a field or rename one; what is wrong with it is said."""
    form = request.form
    choices = tuple(re.split(r"[,，、;；\n]", form.get("choices", "")))
    wanted = desk.Wanted(form.get("of", ""), form.get("kind", ""), form.get("zh", ""), form.get("en", ""), choices)
    try:
        desk.put(the_deps(), the_actor(), form.get("name", "").strip(), wanted)
    except SluiceError as error:
        notify(say({"zh": error.message_zh, "en": error.message_en}), bad=True)
    else:
        notify(translate("字段已生效：录单、接口、对照、查询、导出和规则都可以用。"))
    return redirect(url_for("screens.own_fields"))


@screens.post("/order-fields/<name>/retire")
@changes(Screen.OWN_FIELDS)
def retire_own_field(name: str) -> AnyResponse:
    """Ask for a field no longer, or again."""
    desk.retire(the_deps(), the_actor(), name, retired=request.form.get("retired") == "1")
    return redirect(url_for("screens.own_fields"))


@screens.get("/orders-sheet")
@opens(Screen.ORDER_SHEET)
def orders_sheet() -> Response:
    """Give the orders that the list shows as CSV."""
    data = order_sheet.export(the_deps(), the_actor(), filter_of(), "csv")
    headers = {"Content-Disposition": 'attachment; filename="orders.csv"'}
    return Response(data, content_type=f"{CSV}; charset=utf-8", headers=headers)
