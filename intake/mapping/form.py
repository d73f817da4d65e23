"""The closed list of forms: one value of a platform's record → the canonical value, or `Unfit`.

Money's unit is declared for each field and never guessed; an id that a program has damaged is refused.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from intake.readers.word import offset

if TYPE_CHECKING:
    from collections.abc import Callable

    from intake.mapping.template import FieldMap, Kind

_CENT, _MICRO = Decimal("0.01"), Decimal("0.000001")
_NUMBER = re.compile(r"-?\d{1,16}(?:\.\d{1,12})?\Z", re.ASCII)
_CENTS = re.compile(r"(?:0|[1-9]\d{0,11})\.\d\d\Z", re.ASCII)
_USUAL = {
    "%Y-%m-%d %H:%M:%S": re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\Z", re.ASCII),
    "%Y-%m-%d": re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII),
}
_ENCRYPTED = re.compile(r"(?:\$\$.+\$\d?\$\$|##.+#\d+##|~.+~\d+~|#.+#.+#\d*#|\$.+\$.+\$\d*\$)\Z", re.DOTALL)
_MASKED = re.compile(r"\*{2,}|\A.?\*|\*.?\Z")
_INSIDE = re.compile(r"##.{4,}#\d+##|\$\$.{4,}\$\d?\$\$")
_ALIBABA = re.compile(r"(\d{14})(\d{3})?([+-]\d{4})\Z", re.ASCII)
_LARGEST_SAFE = 2**53
_NO_TIMES = frozenset({"0000-00-00", "0001-01-01", "1970-01-01", "1900-01-01", "0"})


class Unfit(Exception):
    """The value does not fit the form. ``reason`` is ``unfit`` or ``unknown_label``."""

    def __init__(self, reason: str = "unfit") -> None:
        super().__init__(reason)
        self.reason = reason


def form_of(one: FieldMap, kind: Kind, zone: str) -> Callable[[Any], Any]:
    """Return the function that puts a value into the field's form."""
    if one.form in _PLAIN_FORMS:
        return _PLAIN_FORMS[one.form]
    match one.form:
        case "money" if one.unit == "fen":
            return _price_of_fen if kind == "price" else _amount_of_fen
        case "money":
            return _price if kind == "price" else _amount
        case "quantity":
            return _whole if kind == "number" else _quantity
        case "time":
            return partial(_time, form=one.format or "iso", zone=one.zone or zone, day=kind in ("day", "own"))
        case "enum":
            labels = {str(label): word for label, word in one.labels.items()}
            return partial(_label, labels=labels, otherwise=one.otherwise)
        case "split":
            return partial(_split, on=one.on or " ", take=one.take, joiner=one.joiner)
        case _:
            return partial(_strip, prefix=one.prefix, suffix=one.suffix)


def encrypted(value: Any) -> bool:
    """Say whether a platform keeps a person's data to itself, so that no parcel could be sent to it.

    Encrypted (Douyin ``$$…$1$$`` and ``##…#1##``, Pinduoduo ``~…~``) or masked (``王*``, ``138****0000``).
    """
    if not isinstance(value, str):
        return False
    if len(value) > 8 and value[0] in "$#~" and _ENCRYPTED.match(value) is not None:
        return True
    return ("*" in value and _MASKED.search(value.strip()) is not None) or (
        "#" in value and bool(_INSIDE.search(value))
    )


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return f"{value:f}" if isinstance(value, Decimal) else str(value)
    raise Unfit


def _id_text(value: Any) -> str:
    """Take an id as text; a number with a fraction or beyond 2⁵³ has lost digits on its way."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, Decimal) and value == value.to_integral_value() and abs(value) < _LARGEST_SAFE:
        return str(int(value))
    raise Unfit


def _decimal(value: Any) -> Decimal:
    if isinstance(value, str):
        text = value.strip().replace(",", "")
        if not _NUMBER.match(text):
            raise Unfit
        return Decimal(text)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise Unfit
    return Decimal(value)


def _in_cents(value: Any) -> str | None:
    """Return an amount that is written with two decimals already: what platforms nearly always send."""
    text = str(value) if type(value) is Decimal else value
    return text if type(text) is str and _CENTS.match(text) else None


def _amount(value: Any) -> str:
    if (text := _in_cents(value)) is not None:
        return text
    return f"{_decimal(value).quantize(_CENT, rounding=ROUND_HALF_UP):f}"


def _amount_of_fen(value: Any) -> str:
    number = _fen(value)
    sign, absolute = ("-", -number) if number < 0 else ("", number)
    return f"{sign}{absolute // 100}.{absolute % 100:02d}"


def _fen(value: Any) -> int:
    if type(value) is int:
        return value
    if type(value) is str and value.isascii() and value.isdigit() and len(value) < 15:
        return int(value)
    number = _decimal(value)
    if number != number.to_integral_value():
        raise Unfit
    return int(number)


def _price(value: Any) -> str:
    if (text := _in_cents(value)) is not None:
        return text
    number = _decimal(value)
    if number < 0:
        raise Unfit
    text = f"{number.quantize(_MICRO, rounding=ROUND_HALF_UP):f}".rstrip("0")
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction.ljust(2, '0')}"


def _price_of_fen(value: Any) -> str:
    if _fen(value) < 0:
        raise Unfit
    return _amount_of_fen(value)


def _quantity(value: Any) -> str:
    if type(value) is int and value > 0:
        return str(value)
    number = _decimal(value)
    if number <= 0:
        raise Unfit
    return f"{number.normalize():f}" if number % 1 else str(int(number))


def _whole(value: Any) -> int:
    number = _decimal(value)
    if number % 1 or not 1 <= number <= 99_999:
        raise Unfit
    return int(number)


def _percent(value: Any) -> str:
    number = _decimal(str(value).strip().rstrip("%") if isinstance(value, str) else value)
    if not 0 <= number < 1000:
        raise Unfit
    return f"{number / 100:f}"


def _same(value: Any) -> Any:
    return value


def _label(value: Any, *, labels: dict[str, str | bool], otherwise: str | bool | None) -> str | bool:
    found = labels.get(value if type(value) is str else _text(value), otherwise)
    if found is None:
        raise Unfit("unknown_label")
    return found


def _split(value: Any, *, on: str, take: int, joiner: str) -> str:
    """Return one part; with a joiner the others behind it, and the whole where nothing is to be split."""
    parts = [part.strip() for part in _text(value).split(on)]
    if joiner:
        first = [parts.pop(take)] if take < len(parts) else []
        return joiner.join(filter(None, (*first, *parts)))
    return parts[take] if take < len(parts) else ""


def _strip(value: Any, *, prefix: str, suffix: str) -> str:
    return _text(value).removeprefix(prefix).removesuffix(suffix).strip()


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _time(value: Any, *, form: str, zone: str, day: bool) -> str:
    """Return an instant, or nothing for what platforms write where there is no time (0, 0000-00-00, 0001-01-01)."""
    if not value or (type(value) is str and value[:10] in _NO_TIMES):
        return ""
    try:
        found = _moment(value, form, zone)
    except (ValueError, OverflowError, OSError, InvalidOperation, TypeError):
        raise Unfit from None
    return found.astimezone(_zone(zone)).date().isoformat() if day else found.isoformat(timespec="seconds")


def _moment(value: Any, form: str, zone: str) -> datetime:
    if form in ("epoch_s", "epoch_ms"):
        count = value if type(value) is int else int(_decimal(value))
        return datetime.fromtimestamp(count / 1000 if form == "epoch_ms" else count, _zone(zone))
    text = _text(value)
    if form == "alibaba":  # 20170913231708000-0700
        match = _ALIBABA.match(text)
        if match is None:
            raise ValueError(text)
        own = offset(match[3]) or timezone(timedelta())
        digits = match[1]
        return datetime.fromisoformat(f"{digits[:8]}T{digits[8:]}").replace(tzinfo=own)
    found = _read(text, form)
    return found if found.tzinfo else found.replace(tzinfo=_zone(zone))


def _read(text: str, form: str) -> datetime:
    """Read a time; the form that most platforms write goes the short way."""
    usual = _USUAL.get(form)
    if form == "iso" or (usual is not None and usual.match(text)):
        return datetime.fromisoformat(text)
    return datetime.strptime(text, form)  # noqa: DTZ007 - its zone is added above


_PLAIN_FORMS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "id_text": _id_text,
    "join": _text,
    "decrypt_ref": _text,
    "const": _same,
    "percent": _percent,
}
