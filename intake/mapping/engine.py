"""Run a template: a platform's record → canonical orders, each with what needs mapping (read, the second step).

A template is compiled once, each field with a short way (`quick.py`) and the whole one. `explain.py` goes slowly and
says for each field where it came from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from intake.mapping import quick
from intake.mapping.form import encrypted, form_of
from intake.mapping.number import Unfit
from intake.mapping.paths import NESTS, Getter, Step, find, first_said, getter_of, joined, steps_of, summed
from intake.mapping.template import NeedsMapping, kind_of
from orders.errors import UnreadableDocument

if TYPE_CHECKING:
    from collections.abc import Callable

    from intake.mapping.template import FieldMap, Template

MAX_ORDERS = 500
MAX_LINES = 1000
_OWN_WAYS = ("join", "const", "rest")
_NOUGHT = frozenset({"", "0", 0})
_CENT = Decimal("0.01")
_PERSONAL = ("buyer.contact.", "ship_to.contact.", "ship_to.address.")


@dataclass(frozen=True, slots=True)
class Mapped:
    """One order as mapped: canonical JSON, and what needs mapping with the pointer of its place."""

    order: dict[str, Any]
    needs: tuple[tuple[str, NeedsMapping], ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One compiled field. ``direct``: it lies at the top of the order or the line."""

    target: str
    one: FieldMap
    paths: tuple[tuple[Step, ...], ...]
    shape: Callable[[Any], Any]
    parent: tuple[str, ...]
    key: str
    scheme: str
    from_order: tuple[bool, ...]
    direct: bool
    withheld: bool


_Ready: TypeAlias = tuple[quick.Quick, Getter, frozenset[Any], Rule]
"""How a field is filled in short, how its value is read, what says nothing in it, and the rule."""


@dataclass(frozen=True)
class Plan:
    """A compiled template."""

    template: Template
    zone: str
    head: tuple[Rule, ...]
    lines: tuple[Rule, ...]
    ready_head: tuple[_Ready, ...]
    ready_lines: tuple[_Ready, ...]
    orders: tuple[tuple[Step, ...], ...] = ()
    line_path: tuple[Step, ...] = ()
    gift_path: tuple[Step, ...] = ()
    left_out: Callable[[Any, Any], Any] | None = None
    rest: bool = False
    empty: frozenset[Any] = field(default_factory=frozenset)


def compile_template(template: Template, zone: str = "Asia/Shanghai") -> Plan:
    """Compile a checked template; times without a zone of their own are meant in ``zone`` (IANA)."""
    head: list[Rule] = []
    lines: list[Rule] = []
    for target, one in template.fields.items():
        if one.form == "rest":
            continue
        of_line = target.startswith("lines.")
        (lines if of_line else head).append(_rule(target, one, zone))
    empty = frozenset({"", *template.empty})
    return Plan(
        template=template,
        zone=zone,
        head=tuple(head),
        lines=tuple(lines),
        ready_head=tuple(_ready(rule, empty) for rule in head),
        ready_lines=tuple(_ready(rule, empty) for rule in lines),
        orders=tuple(map(steps_of, template.orders)) or ((),),
        line_path=steps_of(template.lines),
        gift_path=steps_of(template.gifts),
        left_out=_said_left_out(template, empty),
        rest=any(one.form == "rest" for one in template.fields.values()),
        empty=empty,
    )


def _said_left_out(template: Template, empty: frozenset[Any]) -> Callable[[Any, Any], Any] | None:
    if template.left_out is None:
        return None
    paths = template.left_out.source
    return partial(first_said, tuple(getter_of(steps_of(path)) for path in paths), empty)


def _ready(rule: Rule, empty: frozenset[Any]) -> _Ready:
    """Put a rule into the form that runs fast: what is looked up for every order is looked up here, once."""
    read, nothing = reader_of(rule, empty), _nothing(rule, empty)
    return _quick(rule, read, nothing), read, nothing, rule


def _quick(rule: Rule, read: Getter, nothing: frozenset[Any]) -> quick.Quick:
    """Return the short way of a field: a single name at the top has the shortest."""
    one, optional = rule.one, not rule.one.required
    shape = quick.apart_from(nothing, quick.person if rule.withheld else rule.shape)
    single = len(rule.paths) == 1 and not one.sum and one.form not in _OWN_WAYS
    path = rule.paths[0] if single else ()
    if rule.direct and len(path) == 1 and not rule.from_order[0] and not str(path[0]).endswith("{}"):
        return quick.at_top(str(path[0]), shape, rule.key, optional=optional)
    place = (rule.parent, rule.key, rule.scheme)
    return quick.from_anywhere(getters_of(rule)[0] if single else read, shape, place, optional=optional)


def _nothing(rule: Rule, empty: frozenset[Any]) -> frozenset[Any]:
    """Return what says nothing in a field: an id of nought does not, nor a quantity where another path may speak."""
    form = rule.one.form
    nought = form == "id_text" or (form == "quantity" and len(rule.paths) > 1)
    return empty | _NOUGHT if nought else empty


def reader_of(rule: Rule, empty: frozenset[Any]) -> Callable[[Any, Any], Any]:
    """Return what reads a rule's value out of (the line or order, the order)."""
    if rule.one.form == "const":
        value = rule.one.value
        return lambda _here, _whole: value
    steps = getters_of(rule)
    if rule.one.form == "join":
        return partial(joined, steps, rule.one.joiner, empty)
    if rule.one.sum:
        added = partial(summed, tuple(zip(rule.paths, rule.from_order, strict=True)), empty)
        return added if rule.one.form == "money" else lambda here, whole: added(here, whole) or None
    return partial(first_said, steps, _nothing(rule, empty))


def getters_of(rule: Rule) -> tuple[Getter, ...]:
    """Return what follows each path of a rule."""
    return tuple(getter_of(path, of_order=of_order) for path, of_order in zip(rule.paths, rule.from_order, strict=True))


def _rule(target: str, one: FieldMap, zone: str) -> Rule:
    parts = target.removeprefix("lines.").split(".")
    scheme = parts.pop() if parts[1:2] == ["ids"] else ""
    from_order = tuple(path.startswith("^") for path in one.source)
    paths = tuple(steps_of(path.removeprefix("^").removeprefix(".")) for path in one.source)
    shape = form_of(one, kind_of(target) or "text", zone)
    return Rule(
        target=target,
        one=one,
        paths=paths,
        shape=shape,
        parent=tuple(parts[:-1]),
        key=parts[-1],
        scheme=scheme,
        from_order=from_order,
        direct=len(parts) == 1 and not scheme,
        withheld=one.form == "decrypt_ref" or (one.form == "join" and target.startswith(_PERSONAL)),
    )


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
    return isinstance(value, dict) and bool(plan.line_path) and bool(find(value, plan.line_path))


def _grouped(column: str, rows: Any) -> list[dict[str, Any]]:
    """Make one record of the rows that share a number: the first row's cells, and all of them as ``rows``."""
    groups: dict[str, dict[str, Any]] = {}
    last = ""
    for row in rows if isinstance(rows, list) else []:
        last = str(row.get(column) or last)
        group = groups.setdefault(last, {**row, "rows": []})
        group |= {name: cell for name, cell in row.items() if cell and not group.get(name)}
        group["rows"].append(row)
    return [group for number, group in groups.items() if number]


def run(plan: Plan, record: Any) -> Mapped:
    """Map one order."""
    order: dict[str, Any] = {"currency": plan.template.currency, "lines": []}
    needs: list[tuple[str, NeedsMapping]] = []
    _fill(plan.ready_head, (record, record), (order, order, ""), needs)
    lines, gifts, left, whole = _parted(plan, record)
    if len(lines) + len(gifts) > MAX_LINES:
        needs.append(("/lines", NeedsMapping("lines", "unfit", plan.template.lines or "", str(len(lines)))))
        lines, gifts = [], []
    for index, line in enumerate((*lines, *gifts)):
        target: dict[str, Any] = {"is_gift": True} if index >= len(lines) else {}
        order["lines"].append(target)
        _fill(plan.ready_lines, (line, record), (target, order, f"/lines/{index}"), needs)
        if plan.rest:
            _rest(target)
    if left:
        _note_left(order, left, whole=whole)
    if not lines and not needs:
        needs.append(("/lines", NeedsMapping("lines", "missing", plan.template.lines or "")))
    if plan.template.cross_border and not order.get("customs"):
        needs.append(("/customs", NeedsMapping("customs", "missing")))
    return Mapped(order, tuple(needs))


def _note_left(order: dict[str, Any], left: list[int], *, whole: bool) -> None:
    """Say which lines were left out; an order of which nothing is left is a cancellation, its lines stay to be seen."""
    order.setdefault("attributes", {})["left_out_lines"] = " ".join(map(str, left))
    if whole and order.get("doc_type", "order") == "order":
        order["doc_type"] = "cancel"


def lines_of(plan: Plan, record: Any) -> list[Any]:
    """Return the lines of one order, its gifts behind them."""
    lines, gifts, *_ = _parted(plan, record)
    return [*lines, *gifts]


def _parted(plan: Plan, record: Any) -> tuple[list[Any], list[Any], list[int], bool]:
    """Return an order's lines, its gifts, the places (from 1) of those left out, and whether these are all."""
    rows = record["rows"] if plan.template.group_by else [record]
    lines = _list(find(record, plan.line_path) if plan.line_path else rows)
    gifts = _list(find(record, plan.gift_path)) if plan.gift_path else []
    if plan.left_out is None or plan.template.left_out is None:
        return lines, gifts, [], False
    values, said = plan.template.left_out.values, plan.left_out
    left = [place for place, line in enumerate(lines, 1) if _label(said(line, record)) in values]
    if not left:
        return lines, gifts, left, False
    kept = [line for place, line in enumerate(lines, 1) if place not in left]
    return kept or lines, gifts, left, not kept


def _label(value: Any) -> str | None:
    return (
        None if value is None else {True: "true", False: "false"}.get(value, "") if type(value) is bool else str(value)
    )


def _list(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found] if isinstance(found, dict) else []


def _rest(line: dict[str, Any]) -> None:
    """Write the line's discount: what its amount is less than quantity × price."""
    try:
        gross = Decimal(line["quantity"]) * Decimal(line["unit_price"])
        rest = gross.quantize(_CENT, rounding=ROUND_HALF_UP) - Decimal(line["amount"])
    except (KeyError, ArithmeticError):
        return
    if rest > 0:
        line["discount"] = f"{rest:f}"


def _fill(
    rules: tuple[_Ready, ...],
    source: tuple[Any, Any],
    target: tuple[dict[str, Any], dict[str, Any], str],
    needs: list[tuple[str, NeedsMapping]],
) -> None:
    here, whole = source
    own = target[0]
    plain = type(here) is dict
    for ready in rules:
        if not (plain and ready[0](here, whole, own)):
            _fill_whole(ready, source, target, needs)


def _fill_whole(
    ready: _Ready,
    source: tuple[Any, Any],
    target: tuple[dict[str, Any], dict[str, Any], str],
    needs: list[tuple[str, NeedsMapping]],
) -> None:
    """Fill one field whose value is not an ordinary one, or say what is wrong with it."""
    _, read, nothing, rule = ready
    own, order, at = target
    value = read(*source)
    if value is None or type(value) in NESTS or value in nothing:
        if rule.one.required:
            _need(needs, at, rule, "missing", "")
        return
    if rule.withheld and encrypted(value):
        _withheld(order, rule.target)
        return
    try:
        result = rule.shape(value)
    except Unfit as unfit:
        _need(needs, at, rule, unfit.reason, str(value)[:60])
        return
    _store(own, rule, result, (needs, at))


def _store(own: dict[str, Any], rule: Rule, result: Any, told: tuple[list[tuple[str, NeedsMapping]], str]) -> None:
    """Write a result below the top of the order; an empty one counts as missing."""
    if result != "":
        _put(own, rule, result)
    elif rule.one.required:
        _need(told[0], told[1], rule, "missing", "")


def _need(needs: list[tuple[str, NeedsMapping]], at: str, rule: Rule, reason: str, value: str) -> None:
    place = f"{at}/{'/'.join((*rule.parent, rule.key))}"
    needs.append((place, NeedsMapping(rule.target, reason, " | ".join(rule.one.source), value)))


def _put(own: dict[str, Any], rule: Rule, value: Any) -> None:
    node = own
    for name in rule.parent:
        node = node.setdefault(name, {})
    if rule.scheme:
        node.setdefault(rule.key, []).append({"scheme": rule.scheme, "value": value})
    else:
        node[rule.key] = value


def _withheld(order: dict[str, Any], target: str) -> None:
    """Remember which personal fields came encrypted: the original keeps the ciphertext for whoever may decrypt it."""
    own = order.setdefault("attributes", {})
    known = own.get("encrypted_fields", "")
    own["encrypted_fields"] = f"{known} {target}".strip()
