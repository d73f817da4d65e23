"""Orders: the list with filters, and the page that says everything about one order.

Place in the order's way: after commit. Reads through `server.desk.orders`; commands go there too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, jsonify, redirect, render_template, request, url_for

from orders.errors import SluiceError
from orders.source import SOURCE_ZH
from orders.state import OrderState
from server.db.order import orders as store
from server.db.order.orders import Filter
from server.db.outlets import outbox
from server.desk import labels as desk_labels
from server.desk import orders as desk
from server.desk.orders import Label
from web.access import Screen, changes, may_read, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.order_page import Page, page_of
from web.page import here, notify, wants_fragment
from web.security import safe_back
from web.wording import HOLD_CODE_ZH

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from server.db.originals import Original

PAGE_SIZE = 30
FILTERS = ("state", "hold", "customer", "number", "channel", "source_type", "source_ref", "own")
"""What a list of orders may be narrowed by, beside ``q``: part of a number, or a customer's name."""


def _customer(typed: str) -> str | None:
    """Return the code of the one customer that ``typed`` names by code or by part of the name."""
    known = the_deps().catalogue().customers
    if typed in known:
        return typed
    fits = [code for code, entry in known.items() if typed and typed in entry.name]
    return fits[0] if len(fits) == 1 else None


def filter_of() -> Filter:
    """Return which orders the address asks for."""
    asked = {name: request.args.get(name, "").strip() for name in (*FILTERS, "q")}
    customer = asked.pop("customer")
    by_name = None if customer else _customer(asked["q"])
    return Filter(
        number=asked["number"],
        state=asked["state"],
        hold=asked["hold"],
        channel=asked["channel"],
        source_type=asked["source_type"],
        source_ref=asked["source_ref"],
        own=asked["own"],
        customer=_customer(customer) or customer or by_name,
        q="" if by_name else asked["q"],
    )


@screens.get("/orders")
@opens(Screen.ORDERS)
def orders() -> str | AnyResponse:
    """List orders; a search that names exactly one order opens it."""
    deps, actor = the_deps(), the_actor()
    with deps.store.db.read() as conn:
        mark = outbox.last(conn)
        found = store.list_page(conn, actor, filter_of(), limit=PAGE_SIZE, after=request.args.get("after"))
    if request.args.get("q") and len(found.rows) == 1 and not wants_fragment():
        return redirect(url_for("screens.order", order_id=found.rows[0]["id"]))
    filtered = any(request.args.get(name) for name in (*FILTERS, "q"))
    return render_template(
        "parts/order_rows.html" if wants_fragment() else "orders.html",
        orders=found.rows,
        mark=mark,
        states=tuple(OrderState),
        sources=SOURCE_ZH,
        can_export=may_read(actor, Screen.ORDER_SHEET),
        own_fields=deps.catalogue().fields,
        filtered=filtered,
        hold_codes=sorted(HOLD_CODE_ZH),
        customers=sorted((code, entry.name) for code, entry in deps.catalogue().customers.items())[:200],
        next_url=here(after=found.next_cursor) if found.next_cursor else None,
        first_url=here(after=None) if request.args.get("after") else None,
    )


@screens.get("/orders/live")
@opens(Screen.ORDERS)
def orders_live() -> Response:
    """Say how far things have moved on: an open list asks every second whether to show its rows anew (IN-20)."""
    with the_deps().store.db.read() as conn:
        return jsonify(mark=outbox.last(conn))


@screens.get("/orders/<order_id>/live")
@opens(Screen.ORDERS)
def order_live(order_id: str) -> Response:
    """Say which version an order has: an open page asks every second."""
    with the_deps().store.db.read() as conn:
        return jsonify(mark=store.version(conn, order_id, the_actor()))


@screens.get("/orders/<order_id>")
@opens(Screen.ORDERS)
def order(order_id: str) -> str:
    """Show one order."""
    return _render(page_of(the_deps(), the_actor(), order_id))


def _render(page: Page) -> str:
    known = the_deps().catalogue()
    order = page.view["order"]
    return render_template(
        "order.html", page=page, order=order, view=page.view, site_names=known.sites, own_fields=known.fields
    )


@screens.post("/orders/<order_id>/reveal")
@opens(Screen.ORDERS)
def reveal(order_id: str) -> str | AnyResponse:
    """Show personal data whole, with a reason that is recorded."""
    reason = request.form.get("reason", "").strip()
    if len(reason) < 2:
        notify(translate("请写明查看原因，会记入审计。"), bad=True)
        return redirect(url_for("screens.order", order_id=order_id))
    return _render(page_of(the_deps(), the_actor(), order_id, reveal=reason))


@screens.post("/orders/<order_id>/commands")
@changes(Screen.ORDERS)
def command(order_id: str) -> AnyResponse:
    """Give the order a command of its transition table; what does not work says why."""
    form = request.form
    try:
        desk.command(
            the_deps(),
            the_actor(),
            order_id,
            form["command"],
            reason=form.get("reason", "").strip(),
            version=int(form["version"]),
            label=Label(
                form.get("waybill", "").strip() or None,
                form.get("carrier", "").strip() or None,
                signature=form.get("signature") == "1",
            ),
        )
    except SluiceError as error:
        notify(say({"zh": error.message_zh, "en": error.message_en}), bad=True)
    else:
        notify(translate("已完成：{label}", label=form.get("label") or form["command"]))
    return redirect(safe_back(form.get("back") or url_for("screens.order", order_id=order_id)))


@screens.post("/orders/<order_id>/labels")
@changes(Screen.ORDERS)
def labels(order_id: str) -> AnyResponse:
    """Ask for the parcels' labels, or give their numbers back."""
    deps, actor = the_deps(), the_actor()
    give_back = request.form.get("do") == "give_back"
    try:
        (desk_labels.give_back if give_back else desk_labels.ask)(deps, actor, order_id)
    except SluiceError as error:
        notify(say({"zh": error.message_zh, "en": error.message_en}), bad=True)
    else:
        notify(translate("单号已取消。") if give_back else translate("面单已取号。"))
    return redirect(url_for("screens.order", order_id=order_id))


@screens.get("/orders/<order_id>/original")
@opens(Screen.ORDERS)
def original(order_id: str) -> Response:
    """Send what arrived, as it arrived, to be saved: never shown as a page of this site."""
    return _saved(desk.original(the_deps(), the_actor(), order_id), order_id)


@screens.get("/orders/<order_id>/changes/<original_id>")
@opens(Screen.ORDERS)
def change_original(order_id: str, original_id: str) -> Response:
    """Send what a channel sent as a change of this order, to be saved like the order's own original."""
    return _saved(desk.change_original(the_deps(), the_actor(), order_id, original_id), original_id)


def _saved(found: Original, name: str) -> Response:
    answer = Response(found.data, mimetype="application/octet-stream")
    answer.headers.set("Content-Disposition", "attachment", filename=found.filename or f"{name}.bin")
    return answer
