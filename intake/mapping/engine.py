"""Run a template: a platform's record → canonical orders, each with what needs mapping (read, the second step).

A template is compiled once: `source.py` writes one function that fills an order and one for its lines. What is not
ordinary in a record goes the whole way (`whole.py`). `explain.py` goes slowly and says where each field came from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from intake.mapping import source
from intake.mapping.paths import Getter, Step, find, getter_of, steps_of
from intake.mapping.rule import Rule, rule_of
from intake.mapping.template import NeedsMapping
from intake.mapping.whole import HEAD, fill, rest
from orders.errors import UnreadableDocument

if TYPE_CHECKING:
    from intake.mapping.source import FillHead, FillLines
    from intake.mapping.template import Template
    from intake.mapping.whole import Told

MAX_ORDERS = 500
MAX_LINES = 1000


@dataclass(frozen=True, slots=True)
class Mapped:
    """One order as mapped: canonical JSON, and what needs mapping with the pointer of its place."""

    order: dict[str, Any]
    needs: tuple[tuple[str, NeedsMapping], ...] = ()


@dataclass(frozen=True)
class Plan:
    """A compiled template. ``left_out``: (rows, record) → the places, from 1, of those that are no lines any more."""

    template: Template
    zone: str
    head: tuple[Rule, ...]
    lines: tuple[Rule, ...]
    empty: frozenset[Any]
    orders: tuple[tuple[Step, ...], ...]
    line_rows: Getter
    gift_rows: Getter
    left_out: source.LeftOut
    fill_head: FillHead
    fill_lines: FillLines


def compile_template(template: Template, zone: str = "Asia/Shanghai") -> Plan:
    """Compile a checked template; times without a zone of their own are meant in ``zone`` (IANA)."""
    empty = frozenset({"", *template.empty})
    rules = [rule_of(target, one, empty, zone) for target, one in template.fields.items() if one.form != "rest"]
    head = tuple(rule for rule in rules if not rule.target.startswith("lines."))
    lines = tuple(rule for rule in rules if rule.target.startswith("lines."))
    return Plan(
        template=template,
        zone=zone,
        head=head,
        lines=lines,
        empty=empty,
        orders=tuple(map(steps_of, template.orders)) or ((),),
        line_rows=_rows_of(template),
        gift_rows=getter_of(steps_of(template.gifts)) if template.gifts else _no_rows,
        left_out=source.left_out_of(template.left_out, empty),
        fill_head=source.head_of(head),
        fill_lines=source.lines_of(lines, with_rest=_has_rest(template)),
    )


def _has_rest(template: Template) -> bool:
    return any(one.form == "rest" for one in template.fields.values())


def _rows_of(template: Template) -> Getter:
    """Return what leads to an order's lines: where the template says, the rows of a sheet, or the order itself."""
    if template.lines:
        return getter_of(steps_of(template.lines))
    if template.group_by:
        return lambda record, _record: record.get("rows")
    return lambda record, _record: [record]


def _no_rows(_record: Any, _whole: Any) -> list[Any]:
    return []


def records(plan: Plan, value: Any) -> list[Any]:
    """Return the orders of a platform's answer. Raises UnreadableDocument when there is none, or far too many."""
    if plan.template.group_by is not None:
        found: Any = _grouped(plan.template.group_by, value)
    else:
        found = next((one for path in plan.orders if (one := find(value, path)) not in (None, "", [])), None)
        found = value if found is None and _may_be_one(plan, value) else found
        found = found if isinstance(found, list) else [found]
    if not found or not all(isinstance(record, dict) for record in found):
        path = " | ".join(plan.template.orders) or "(root)"
        raise UnreadableDocument(
            f"The template finds no order at {path}", f"按模板在 {path} 没有找到订单", code="no_order"
        )
    if len(found) > MAX_ORDERS:
        raise UnreadableDocument(
            f"At most {MAX_ORDERS} orders", f"一次最多 {MAX_ORDERS} 张订单", code="too_many_orders"
        )
    return list(found)


def _may_be_one(plan: Plan, value: Any) -> bool:
    """Say whether the value is the order itself: a webhook often sends what a call wraps."""
    return isinstance(value, dict) and bool(plan.template.lines) and bool(plan.line_rows(value, value))


def _grouped(column: str, rows: Any) -> list[dict[str, Any]]:
    """Make one record of the rows that share a number: the first row's cells, and all of them as ``rows``."""
    groups: dict[str, dict[str, Any]] = {}
    last = ""
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict):
            continue
        last = str(row.get(column) or last)
        group = groups.setdefault(last, {**row, "rows": []})
        group |= {name: cell for name, cell in row.items() if cell and name != "rows" and not group.get(name)}
        group["rows"].append(row)
    return [group for number, group in groups.items() if number]


def run(plan: Plan, record: Any) -> Mapped:
    """Map one order. ``record``: an object, one of `records`."""
    attributes: dict[str, Any] = {}
    order: dict[str, Any] = {"currency": plan.template.currency, "lines": [], "attributes": attributes}
    needs: list[tuple[str, NeedsMapping]] = []
    told = (needs, attributes)
    plan.fill_head(order, record, told)
    lines, gifts, left, whole = _parted(plan, record)
    if len(lines) + len(gifts) > MAX_LINES:
        needs.append(("/lines", NeedsMapping("lines", "unfit", plan.template.lines or "", str(len(lines)))))
        lines, gifts = [], []
    order["lines"] = plan.fill_lines([*lines, *gifts] if gifts else lines, len(lines), record, told)
    if left:
        _note_left(order, left, whole=whole)
    if not lines and not needs:
        needs.append(("/lines", NeedsMapping("lines", "missing", plan.template.lines or "")))
    if plan.template.cross_border and not order.get("customs"):
        needs.append(("/customs", NeedsMapping("customs", "missing")))
    if not attributes:
        del order["attributes"]
    return Mapped(order, tuple(needs))


def whole_way(plan: Plan) -> Plan:
    """Return the plan of which nothing is written as source: slower, the same orders; for comparing."""
    with_rest = _has_rest(plan.template)

    def fill_lines(rows: list[Any], bought: int, record: Any, told: Told) -> list[dict[str, Any]]:
        lines: list[dict[str, Any]] = []
        for at, row in enumerate(rows):
            lines.append({} if at < bought else {"is_gift": True})
            fill(lines[-1], plan.lines, (row, record), told, at)
            if with_rest:
                rest(lines[-1])
        return lines

    def fill_head(order: dict[str, Any], record: Any, told: Told) -> None:
        fill(order, plan.head, (record, record), told, HEAD)

    left_out = source.whole_left_out(plan.template.left_out, plan.empty)
    return replace(plan, fill_head=fill_head, fill_lines=fill_lines, left_out=left_out)


def _note_left(order: dict[str, Any], left: list[int], *, whole: bool) -> None:
    """Say which lines were left out; an order of which nothing is left is a cancellation, its lines stay to be seen."""
    order["attributes"]["left_out_lines"] = " ".join(map(str, left))
    if whole and order.get("doc_type", "order") == "order":
        order["doc_type"] = "cancel"


def lines_of(plan: Plan, record: Any) -> list[Any]:
    """Return the lines of one order, its gifts behind them."""
    lines, gifts, *_ = _parted(plan, record)
    return [*lines, *gifts]


def _parted(plan: Plan, record: Any) -> tuple[list[Any], list[Any], list[int], bool]:
    """Return an order's lines, its gifts, the places (from 1) of those left out, and whether these are all."""
    lines, gifts = _list(plan.line_rows(record, record)), _list(plan.gift_rows(record, record))
    left = plan.left_out(lines, record)
    if not left:
        return lines, gifts, left, False
    kept = [line for place, line in enumerate(lines, 1) if place not in left]
    return kept or lines, gifts, left, not kept


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found] if isinstance(found, dict) else []
