"""Why and why not, on the page of an order: what would release its holds, what almost fired, any rule's conditions.

Place in the order's way: after decide. Asked by the page once it stands, since the engine is run for it.
"""

from __future__ import annotations

from flask import render_template, request

from orders.errors import SluiceError
from server.db.order import holds
from server.db.rulework import economics
from server.desk import why
from web.access import Screen, may_write, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say


@screens.get("/orders/<order_id>/why")
@opens(Screen.ORDER_WHY)
def order_why(order_id: str) -> str:
    """Show what would release each hold, and what almost fired."""
    deps, actor = the_deps(), the_actor()
    options = why.release_options(deps, actor, order_id)
    try:
        near, rules, trouble = why.near_misses(deps, actor, order_id), why.rules_of(deps, actor, order_id), ""
    except SluiceError as error:
        near, rules, trouble = [], [], say({"zh": error.message_zh, "en": error.message_en})
    with deps.store.db.read() as conn:
        stopped, verdicts = holds.of_order(conn, order_id), economics.verdicts_of(conn, order_id)
    return render_template(
        "parts/order_why.html",
        order_id=order_id,
        options=options,
        near=near,
        rules=rules,
        trouble=trouble,
        holds=[{**hold, "verdict": verdicts.get(hold["id"])} for hold in stopped],
        may_judge=may_write(actor, Screen.REPORTS),
    )


@screens.get("/orders/<order_id>/why-not")
@opens(Screen.ORDER_WHY)
def order_why_not(order_id: str) -> str:
    """Show one rule's conditions with the values that they met."""
    verdict = why.why_not(the_deps(), the_actor(), order_id, request.args.get("rule", ""))
    return render_template("parts/why_not.html", verdict=verdict)
