"""What the entry form sent, as the desk takes it; every field that was typed wrong is named at once (VAL-01).

Place in the order's way: between the entry screen and `server.desk.papers.entry`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from orders.errors import InvalidOrder, Problem
from orders.own_field import FieldOf
from server.desk.papers.entry import SOURCES, Entered
from web.editing import typed

if TYPE_CHECKING:
    from collections.abc import Callable

    from orders.catalogue import Catalogue

FIELDS = (
    "/buyer/name",
    "/buyer/contact/name",
    "/buyer/contact/phone",
    "/ship_to/contact/name",
    "/ship_to/contact/phone",
    "/ship_to/address/text",
    "/number",
    "/requested_date",
    "/payment_terms",
    "/currency",
    "/fulfilment",
    "/urgent",
    "/note",
)
CELLS = ("sku", "quantity", "unit", "unit_price")
MOST_LINES = 200
_TOKEN = re.compile(r"[0-9a-f]{12,32}")


def entered_of(body: Any, catalogue: Catalogue, zone: str) -> Entered:
    """Return the form. Raises InvalidOrder with a problem for each field that cannot be taken."""
    _require_form(body)
    problems: list[Problem] = []

    def read(path: str, text: Any) -> Any:
        return _collected(lambda: typed(path, text, catalogue, zone), problems)

    own = [field for field in catalogue.fields if not field.retired]
    heads = [f"/attributes/{field.name}" for field in own if field.of is FieldOf.ORDER]
    cells = [f"attributes/{field.name}" for field in own if field.of is FieldOf.LINE]
    values = {path: read(path, body["values"].get(path) or "") for path in (*FIELDS, *heads)}
    lines = [
        {name: read(f"/lines/{number}/{name}", line.get(name) or "") for name in (*CELLS, *cells)}
        for number, line in enumerate(body["lines"])
    ]
    if problems:
        raise InvalidOrder(problems[0].message_en, problems[0].message_zh, problems=tuple(problems))
    return Entered(
        token=body["token"],
        source=body["source"],
        values=values,
        lines=lines,
        customer=body.get("customer") or None,
        contact=_place(body.get("contact")),
        place=_place(body.get("place")),
        submit=bool(body.get("submit", True)),
    )


def _collected(read: Callable[[], Any], problems: list[Problem]) -> Any:
    try:
        return read()
    except InvalidOrder as error:
        problems += error.problems
        return None


def _require_form(body: Any) -> None:
    lines, values = (body.get("lines"), body.get("values")) if isinstance(body, dict) else (None, None)
    whole = isinstance(values, dict) and isinstance(lines, list) and len(lines) <= MOST_LINES
    sound = whole and all(isinstance(line, dict) for line in lines or ())
    if not sound or body.get("source") not in SOURCES or not _TOKEN.fullmatch(str(body.get("token"))):
        raise InvalidOrder("the form is incomplete: load it again", "表单不完整，请重新打开", code="entry_broken")


def _place(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
