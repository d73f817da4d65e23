"""The door of the fields: pages as read → draft orders."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from intake.fields import agreed, goods, parties, repair, unlabelled, words
from intake.fields.assemble import assemble
from intake.fields.buyer import recognise
from intake.fields.checks import check
from intake.fields.columns import grammar
from intake.fields.found import OrderFound
from intake.fields.sku import resolve
from intake.fields.view import View, look, orders
from intake.known.match import index_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ocr.page import Page
    from orders.catalogue import Catalogue
    from orders.draft import DraftOrder

_OTHER_DOCUMENT = re.compile(
    r"变更单|变更通知|订单变更|取消单|取消通知|作废|change\s+order|cancellation", re.IGNORECASE
)


def drafts(pages: Sequence[Page], catalogue: Catalogue, timezone: str = "Asia/Shanghai") -> tuple[DraftOrder, ...]:
    """Return the orders that the pages hold, in their order. Empty when nothing on them belongs to an order."""
    known = grammar(catalogue)
    views = [look(page, known) for page in pages if page.words]
    fits = known.columns["sku"].fits
    found = [_one(group, catalogue, fits) for group in orders(views)]
    return tuple(assemble(order, timezone) for order in found if order.lines or "/number" in order.header)


def _one(views: list[View], catalogue: Catalogue, fits: Callable[[str], float]) -> OrderFound:
    index = index_of(catalogue)
    order = OrderFound(
        texts=[row.text for view in views for row in view.rows],
        pages=[view.page.number for view in views],
        layer=all(view.page.source == "text" for view in views),
        doubtful_pages={view.page.number: words.POOR_PAGE for view in views if view.page.quality.code},
    )
    parties.header(views, order)
    order.lines = goods.lines(views, fits)
    customer = recognise(order, views, index)
    prices = [repair.known_prices(resolve(line, index, customer), customer) for line in order.lines]
    unlabelled.fill(order, views, customer)
    agreed.prove(order, views)
    repair.complete(order)
    check(order, prices)
    if any(_OTHER_DOCUMENT.search(row.text) for row in views[0].rows[:4]):
        order.warnings.append(words.CHANGE_DOCUMENT)
    return order
