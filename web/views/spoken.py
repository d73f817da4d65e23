"""Intercept by voice: what was said, what it would do to which order, confirmed by a tap (NL-02).

Place in the order's way: after the commit; a phone's keyboard writes the words down, nothing happens before a person
confirms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for

from intake.speech.spoken import MAX_SPOKEN_CHARS
from orders.errors import SluiceError
from server.desk import intercept as desk
from server.desk import orders as order_desk
from web.access import Screen, changes, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.page import notify

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse


@screens.get("/spoken")
@opens(Screen.HOLDS)
def spoken() -> str:
    """Show the words and what they would do."""
    text = request.args.get("text", "").strip()
    told = None
    try:
        told = desk.proposed(the_deps(), the_actor(), text) if text else None
    except SluiceError as error:
        notify(say({"zh": error.message_zh, "en": error.message_en}), bad=True)
    return render_template("spoken.html", text=text, told=told, limit=MAX_SPOKEN_CHARS)


@screens.post("/spoken")
@changes(Screen.HOLDS)
def confirm_spoken() -> AnyResponse:
    """Do what was proposed and confirmed."""
    form = request.form
    order_id, reason = form.get("order_id", ""), form.get("reason", "")
    try:
        if form.get("command") == "cancel":
            order_desk.command(the_deps(), the_actor(), order_id, "cancel", reason=reason)
            notify(translate("订单已取消。"))
        else:
            desk.intercept(the_deps(), the_actor(), order_id, reason)
            notify(translate("订单已拦截，放行前不会出库。"))
    except SluiceError as error:
        notify(say({"zh": error.message_zh, "en": error.message_en}), bad=True)
        return redirect(url_for("screens.spoken"))
    return redirect(url_for("screens.order", order_id=order_id))
