"""The closed list of forms: one value of a platform's record → the canonical value, or `Unfit`.

Numbers and texts are in `number.py`, times in `moment.py`; here is what chooses, and what takes words apart.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Any

from intake.mapping.moment import time_of
from intake.mapping.number import (
    Unfit,
    amount,
    amount_of_fen,
    id_text,
    percent,
    price,
    price_of_fen,
    quantity,
    text_of,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from intake.mapping.template import FieldMap, Kind

_ENCRYPTED = re.compile(r"(?:\$\$.+\$\d?\$\$|##.+#\d+##|~.+~\d+~|#.+#.+#\d*#|\$.+\$.+\$\d*\$)\Z", re.DOTALL)
_MASKED = re.compile(r"\*{2,}|\A.?\*|\*.?\Z")
_INSIDE = re.compile(r"##.{4,}#\d+##|\$\$.{4,}\$\d?\$\$")


def form_of(one: FieldMap, kind: Kind, zone: str) -> Callable[[Any], Any]:
    """Return the function that puts a value into the field's form."""
    if one.form in _PLAIN_FORMS:
        return _PLAIN_FORMS[one.form]
    match one.form:
        case "money" if one.unit == "fen":
            return price_of_fen if kind == "price" else amount_of_fen
        case "money":
            return price if kind == "price" else amount
        case "quantity":
            return whole if kind == "number" else quantity
        case "time":
            return time_of(one.format or "iso", one.zone or zone, day=is_day(kind))
        case "enum":
            return _label_of({str(label): word for label, word in one.labels.items()}, one.otherwise)
        case "split":
            return partial(_split, on=one.on or " ", take=one.take, joiner=one.joiner)
        case _:
            return partial(_strip, prefix=one.prefix, suffix=one.suffix)


def is_day(kind: Kind) -> bool:
    """Say whether a time becomes the day it falls on."""
    return kind in ("day", "own")


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


def _same(value: Any) -> Any:
    return value


def _label_of(labels: dict[str, str | bool], otherwise: str | bool | None) -> Callable[[Any], str | bool]:
    def label(value: Any) -> str | bool:
        found = labels.get(value if type(value) is str else text_of(value), otherwise)
        if found is None:
            raise Unfit("unknown_label")
        return found

    return label


def _split(value: Any, *, on: str, take: int, joiner: str) -> str:
    """Return one part; with a joiner the others behind it, and the whole where nothing is to be split."""
    parts = [part.strip() for part in text_of(value).split(on)]
    if joiner:
        first = [parts.pop(take)] if take < len(parts) else []
        return joiner.join(filter(None, (*first, *parts)))
    return parts[take] if take < len(parts) else ""


def _strip(value: Any, *, prefix: str, suffix: str) -> str:
    return text_of(value).removeprefix(prefix).removesuffix(suffix).strip()


_PLAIN_FORMS: dict[str, Callable[[Any], Any]] = {
    "text": text_of,
    "id_text": id_text,
    "join": text_of,
    "decrypt_ref": text_of,
    "const": _same,
    "percent": percent,
}
