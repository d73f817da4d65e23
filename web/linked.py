"""Orders that a sentence names become links to them.

Place in the order's way: on every screen where a rule's words stand. Rules name another order by its id, as integrators
need it; people get a word to click on instead of thirty letters.
"""

from __future__ import annotations

import re

from flask import url_for
from markupsafe import Markup, escape

from web.i18n import translate

_ORDER_ID = re.compile(r"(?<![0-9A-Za-z_])ord_[0-9a-f]{32}(?![0-9A-Za-z_])")


def linked(text: str) -> Markup:
    """Return a sentence as HTML with each order's id as a link; whatever else stands in it is only text."""
    told, end = Markup(""), 0
    for found in _ORDER_ID.finditer(text):
        told += escape(text[end : found.start()]) + _link(found.group())
        end = found.end()
    return told + escape(text[end:])


def _link(order_id: str) -> Markup:
    where = url_for("screens.order", order_id=order_id)
    return Markup('<a href="{}" title="{}">{}</a>').format(where, order_id, translate("查看订单"))
