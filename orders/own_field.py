"""The company's own fields of orders and lines: defined by an administrator while the system runs (MAP-10).

The value of one lies in ``attributes`` under its name, as canonical text. Its name and type never change; what people
call it may. In rules it is `order.attributes.NAME` or `line.attributes.NAME`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from orders.money import fen_text, parse_fen, parse_micro, quantity_text

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = re.compile(r"[a-z][a-z0-9_]{0,39}\Z", re.ASCII)
MAX_TEXT = 200
MOST = 60


class FieldKind(StrEnum):
    """What a value is; the words are those of the rules' vocabulary."""

    TEXT = "text"
    CODE = "code"
    MONEY = "money"
    QUANTITY = "quantity"
    COUNT = "count"
    DATE = "date"
    BOOL = "bool"


class FieldOf(StrEnum):
    """What has the field: the whole order, or each line."""

    ORDER = "order"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class OwnField:
    """One field. ``choices`` are the words of a code; ``retired``: asked for no more, what is there stays."""

    name: str
    of: FieldOf
    kind: FieldKind
    zh: str
    en: str
    choices: tuple[str, ...] = ()
    retired: bool = False

    @property
    def word(self) -> str:
        """The word that rules use."""
        return f"{self.of.value}.attributes.{self.name}"

    def fitted(self, value: Any) -> str | bool:
        """Return a value in the one form in which it is stored. Raises ValueError for one that does not fit."""
        if self.kind is FieldKind.BOOL:
            return _truth(value)
        if not isinstance(value, str):
            raise ValueError(value)
        text = value.strip()
        if self.kind is FieldKind.CODE:
            return self._choice(text)
        return _FORMS[self.kind](text)

    def _choice(self, text: str) -> str:
        if text not in self.choices:
            raise ValueError(text)
        return text

    def to_json(self) -> dict[str, Any]:
        """Return it as it is stored and shown."""
        return {
            "name": self.name,
            "of": self.of.value,
            "kind": self.kind.value,
            "zh": self.zh,
            "en": self.en,
            "choices": list(self.choices),
            "retired": self.retired,
        }


def field_of(value: dict[str, Any]) -> OwnField:
    """Rebuild a stored field."""
    return OwnField(
        value["name"],
        FieldOf(value["of"]),
        FieldKind(value["kind"]),
        value["zh"],
        value["en"],
        tuple(value["choices"]),
        bool(value["retired"]),
    )


def own_text(value: str | bool) -> str:
    """Write a value as text: what is searched for and exported."""
    return str(value).lower() if isinstance(value, bool) else value


_TRUTHS = {"true": True, "false": False, "是": True, "否": False, "yes": True, "no": False, "1": True, "0": False}


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    found = _TRUTHS.get(str(value).strip().lower())
    if found is None:
        raise ValueError(value)
    return found


def _text(text: str) -> str:
    if len(text) > MAX_TEXT:
        raise ValueError(text)
    return text


def _count(text: str) -> str:
    if not re.fullmatch(r"-?[0-9]{1,15}", text, re.ASCII):
        raise ValueError(text)
    return str(int(text))


_FORMS: dict[FieldKind, Callable[[str], str]] = {
    FieldKind.TEXT: _text,
    FieldKind.MONEY: lambda text: fen_text(parse_fen(text)),
    FieldKind.QUANTITY: lambda text: quantity_text(parse_micro(text)),
    FieldKind.COUNT: _count,
    FieldKind.DATE: lambda text: date.fromisoformat(text).isoformat(),
}
