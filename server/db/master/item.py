"""Reading one item of master data: every fault is collected and named by its JSON pointer.

Place in the order's way: master data's doors (API, sheet, screen) before the tables.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo

from intake.values.clean import seen
from orders.errors import InvalidOrder, Problem
from orders.money import parse_fen, parse_micro

if TYPE_CHECKING:
    from collections.abc import Callable

Value = TypeVar("Value")
MAX_TEXT = 500
ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


class InvalidItem(InvalidOrder):
    """An item of master data cannot be taken; ``problems`` names each field."""

    code = "invalid_item"


class Reader:
    """Reads the fields of one item; `done` raises what was found."""

    def __init__(self, item: dict[str, Any], known: tuple[str, ...], timezone: str = "UTC") -> None:
        self.item = item
        self.zone = ZoneInfo(timezone)
        self.problems: list[Problem] = []
        for name in item:
            if name not in known:
                self.fault(name, "unknown_field", f"没有字段 {name}", f"There is no field {name}", known)

    def fault(self, name: str, code: str, zh: str, en: str, candidates: tuple[str, ...] = ()) -> None:
        """Note a problem with field ``name``."""
        self.problems.append(Problem(f"/{name}", code, zh, en, candidates))

    def text(self, name: str, default: str | None = None) -> str:
        """Read required text (or ``default``)."""
        value = self.item.get(name)
        if value is None or value == "":
            if default is None:
                self.fault(name, "missing", f"缺少 {name}", f"{name} is missing")
            return default or ""
        if not isinstance(value, str) or len(value) > MAX_TEXT or "\0" in value:
            self.fault(name, "not_text", f"{name} 应为不超过 {MAX_TEXT} 字的文本", f"{name} must be text")
            return default or ""
        return seen(value).strip()

    def maybe(self, name: str) -> str | None:
        """Read text that may be absent."""
        return self.text(name, "") or None

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        """Read one of ``choices``."""
        value = self.text(name, default)
        if value not in choices:
            listed = ", ".join(choices)
            self.fault(name, "not_a_choice", f"{name} 应为：{listed}", f"{name} must be one of {listed}", choices)
            return default
        return value

    def fen(self, name: str, default: str | None = None) -> int:
        """Read an amount of decimal text as fen; never negative."""
        return self._number(name, default, parse_fen)

    def micro(self, name: str, default: str | None = None) -> int:
        """Read a quantity or price of decimal text as 10⁻⁶; never negative."""
        return self._number(name, default, parse_micro)

    def maybe_micro(self, name: str) -> int | None:
        """Read a quantity or price that may be absent."""
        return None if self.item.get(name) in (None, "") else self._number(name, "0", parse_micro)

    def _number(self, name: str, default: str | None, parse: Callable[[str], int]) -> int:
        value = self.item.get(name, default)
        value = default if value in (None, "") else value
        if value is None:
            self.fault(name, "missing", f"缺少 {name}", f"{name} is missing")
            return 0
        try:
            number = parse(value if isinstance(value, str) else "")
        except ValueError as wrong:
            self.fault(name, "not_decimal", f"{name} 应为十进制文本，如 12.50", f"{name}: {wrong}")
            return 0
        if number < 0:
            self.fault(name, "negative", f"{name} 不能为负", f"{name} must not be negative")
        return number

    def whole(self, name: str, default: int | None) -> int | None:
        """Read a whole number of at least 0; text from a sheet is taken too."""
        value = self.item.get(name, default)
        if value in (None, ""):
            return default
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 10**9:
            self.fault(name, "not_whole", f"{name} 应为非负整数", f"{name} must be a whole number of at least 0")
            return default
        return value

    def yes(self, name: str, default: bool = False) -> bool:
        """Read true or false (from a sheet also 是/否, 1/0)."""
        value = self.item.get(name, default)
        told = {"true": True, "是": True, "1": True, "false": False, "否": False, "0": False, "": default}
        value = told.get(str(value).strip().lower()) if value is not None else default
        if value is None:
            self.fault(name, "not_boolean", f"{name} 应为 true 或 false", f"{name} must be true or false")
            return default
        return value

    def many(self, name: str, of: type[Value]) -> list[Value]:
        """Read a list of ``of``; text with ``、;；,`` between is taken as a list of text."""
        value = self.item.get(name)
        if value is None:
            return []
        if isinstance(value, str) and of is str:
            for mark in "、；，,":
                value = value.replace(mark, ";")
            value = [part.strip() for part in value.split(";") if part.strip()]
        if not isinstance(value, list) or not all(isinstance(part, of) for part in value) or len(value) > 1000:
            self.fault(name, "not_a_list", f"{name} 应为列表", f"{name} must be a list")
            return []
        return value

    def mapping(self, name: str) -> dict[str, Any]:
        """Read an object."""
        value = self.item.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.fault(name, "not_an_object", f"{name} 应为对象", f"{name} must be an object")
            return {}
        try:
            json.dumps(value)
        except TypeError:
            said = (f"{name} 里的小数请写成文本", f"write decimals in {name} as text")
            self.fault(name, "decimal_text", *said)
            return {}
        return value

    def moment(self, name: str) -> datetime | None:
        """Read a day (its first instant in the company's zone) or an RFC 3339 time."""
        value = self.maybe(name)
        if value is None:
            return None
        try:
            told = datetime.fromisoformat(value)
            return (told if told.tzinfo else datetime.combine(told.date(), time.min, self.zone)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fault(name, "not_a_time", f"{name} 应为日期，如 2026-11-30", f"{name} must be a date or time")
            return None

    def done(self) -> None:
        """Raise InvalidItem with everything that was found."""
        if self.problems:
            first = self.problems[0]
            raise InvalidItem(first.message_en, first.message_zh, problems=tuple(self.problems))
