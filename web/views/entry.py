"""Enter an order for a customer who phones: customer, products, quantities, prices, date, terms; by keys alone.

Place in the order's way: a door for people; what was typed goes to `server.desk.papers.entry`.
"""

from __future__ import annotations

import secrets
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, jsonify, render_template, request, url_for

from orders.errors import InvalidOrder
from orders.money import quantity_text
from server.db.order import orders as store
from server.desk.papers import entry as desk
from server.desk.papers import offer
from web.access import Screen, changes, opens
from web.blueprint import screens, the_actor, the_deps
from web.entry import entered_of
from web.i18n import translate
from web.page import notify
from web.views.drafts import after_submission, problems_of
from web.wording import ENTRY_SOURCE_ZH, TERMS_ZH

CURRENCIES = ("CNY", "USD", "EUR", "HKD", "JPY", "GBP")


@screens.get("/entry")
@opens(Screen.ENTRY)
def entry() -> str:
    """Show an empty form, or one with the customer and the goods of an earlier order (``?again=``)."""
    return render_template(
        "entry.html",
        token=secrets.token_hex(8),
        sources={name: ENTRY_SOURCE_ZH[name] for name in desk.SOURCES},
        terms=TERMS_ZH,
        currencies=CURRENCIES,
        own_fields=[field for field in the_deps().catalogue().fields if not field.retired],
        again=_again(request.args.get("again", "")),
        today=_today(),
    )


def _today() -> str:
    deps = the_deps()
    return deps.clock().astimezone(ZoneInfo(deps.settings.timezone)).date().isoformat()


def _again(order_id: str) -> dict[str, Any]:
    """Return what is repeated of an order: who bought what, without prices, dates and persons."""
    if not order_id:
        return {}
    deps = the_deps()
    with deps.store.db.read() as conn:
        order = store.get(conn, deps.store, order_id, the_actor()).order
    named = [code for code, one in deps.catalogue().customers.items() if one.name == order.buyer.name]
    lines = [{"sku": line.sku, "quantity": quantity_text(line.quantity), "unit": line.unit} for line in order.lines]
    return {"customer": named[0] if len(named) == 1 else None, "name": order.buyer.name, "lines": lines}


@screens.get("/entry/customers")
@opens(Screen.ENTRY)
def entry_customers() -> Response:
    """Offer customers for what was typed."""
    return jsonify(found=offer.customers(the_deps(), request.args.get("q", "")))


@screens.get("/entry/customers/<code>")
@opens(Screen.ENTRY)
def entry_customer(code: str) -> Response:
    """Show one customer as the form needs it."""
    return jsonify(offer.customer(the_deps(), code))


@screens.get("/entry/products")
@opens(Screen.ENTRY)
def entry_products() -> Response:
    """Offer products of the material master: 产品型号 never is free text (MAP-09)."""
    return jsonify(found=offer.products(the_deps(), request.args.get("q", ""), request.args.get("customer")))


@screens.get("/entry/products/<path:sku>")
@opens(Screen.ENTRY)
def entry_product(sku: str) -> Response:
    """Show a product's units, agreed price and what is available."""
    return jsonify(found=offer.product(the_deps(), sku, request.args.get("customer")))


@screens.post("/entry")
@changes(Screen.ENTRY)
def enter() -> Response:
    """Take the form; answer where to go, or what is still missing or wrong (VAL-01)."""
    deps = the_deps()
    try:
        entered = entered_of(request.get_json(), deps.catalogue(), deps.settings.timezone)
        draft_id, outcome = desk.enter(deps, the_actor(), entered)
    except InvalidOrder as error:
        return jsonify(problems=problems_of(error))
    if outcome is None:
        notify(translate("已存为草稿，随时可以接着核对、提交。"))
        return jsonify(to=url_for("screens.draft", draft_id=draft_id))
    return after_submission(outcome)
