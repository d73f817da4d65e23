"""The whole way of a field: whatever stands in the record becomes a value of the order, nothing, or a named fault.

Place in the order's way: below `engine.py`. What `source.py` writes takes the ordinary values by itself and leaves
every other to this file, the one truth about what is missing, encrypted, unknown or does not fit.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from intake.mapping.form import encrypted
from intake.mapping.number import Unfit
from intake.mapping.paths import NESTS
from intake.mapping.template import NeedsMapping

if TYPE_CHECKING:
    from intake.mapping.rule import Rule

Told: TypeAlias = tuple[list[tuple[str, NeedsMapping]], dict[str, Any]]
"""What an order's fields say besides their values: what needs mapping, and the order's own attributes."""
HEAD = -1
"""The place of the order itself among its lines."""
_CENT = Decimal("0.01")
_EXACT = 28
"""Below so many digits Decimal does not round, and whole numbers say the same sooner."""


def fill(own: dict[str, Any], rules: tuple[Rule, ...], source: tuple[Any, Any], told: Told, at: int) -> None:
    """Fill an order (``at`` is `HEAD`) or a line by every rule. ``source``: (the line or order, the order)."""
    for rule in rules:
        value = value_of(rule, source, told, at)
        if value != "":
            _put(own, rule, value)


def value_of(rule: Rule, source: tuple[Any, Any], told: Told, at: int) -> Any:
    """Return what a field becomes; "" where nothing is to be written, what is wrong being told then."""
    value = rule.read(*source)
    if value is None or type(value) in NESTS or value in rule.nothing:
        return _nothing_said(rule, told, at)
    if rule.withheld and encrypted(value):
        withhold(told, rule.target)
        return ""
    try:
        result = rule.shape(value)
    except Unfit as unfit:
        _need(told, at, rule, (unfit.reason, str(value)[:60]))
        return ""
    return _nothing_said(rule, told, at) if result == "" else result


def _nothing_said(rule: Rule, told: Told, at: int) -> str:
    if rule.one.required:
        _need(told, at, rule, ("missing", ""))
    return ""


def _need(told: Told, at: int, rule: Rule, why: tuple[str, str]) -> None:
    place = "/".join(("", *(() if at == HEAD else ("lines", str(at))), *rule.parent, rule.key))
    told[0].append((place, NeedsMapping(rule.target, why[0], " | ".join(rule.one.source), why[1])))


def _put(own: dict[str, Any], rule: Rule, value: Any) -> None:
    node = own
    for name in rule.parent:
        node = node.setdefault(name, {})
    if rule.scheme:
        node.setdefault(rule.key, []).append({"scheme": rule.scheme, "value": value})
    else:
        node[rule.key] = value


def withhold(told: Told, target: str) -> None:
    """Remember which personal fields came encrypted: the original keeps the ciphertext for whoever may decrypt it."""
    own = told[1]
    own["encrypted_fields"] = f"{own.get('encrypted_fields', '')} {target}".strip()


def rest(line: dict[str, Any]) -> None:
    """Write the line's discount: what its amount is less than quantity × price."""
    quantity, price, amount = line.get("quantity", ""), line.get("unit_price", ""), line.get("amount", "")
    if quantity.isdigit() and price[-3:-2] == amount[-3:-2] == "." and len(quantity + price + amount) < _EXACT:
        fen = int(quantity) * int(price.replace(".", "")) - int(amount.replace(".", ""))
        if fen > 0:
            line["discount"] = f"{fen // 100}.{fen % 100:02d}"
        return
    try:
        gross = Decimal(quantity) * Decimal(price)
        left = gross.quantize(_CENT, rounding=ROUND_HALF_UP) - Decimal(amount)
    except ArithmeticError:
        return
    if left > 0:
        line["discount"] = f"{left:f}"
