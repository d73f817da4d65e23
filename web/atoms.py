"""The values of a decision's trace in words: labels of the rule vocabulary, amounts with their unit.

Place in the order's way: the order page's "why". Knows the vocabulary's labels, not the rules.
"""

from __future__ import annotations

from typing import Any

from web.i18n import language


def _label(name: str) -> str:
    return name


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return {True: ("是", "yes"), False: ("否", "no")}[value][language() == "en"]
    if isinstance(value, list | tuple):
        return "、".join(_value(item) for item in value)
    if isinstance(value, dict):
        return "；".join(f"{_label(key)} {_value(item)}" for key, item in value.items())
    return "—" if value is None else str(value)


def shown_values(values: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """Return label and value of each atom."""
    return tuple((_label(name), _value(value)) for name, value in values.items())
