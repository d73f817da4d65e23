"""Strict JSON: the first reading of what machines send (read, the second step of an order's way).

The C scanner with hooks that only raise; when anything is suspect, `intake/readers/json_fault.py` takes a slow second
look and names the JSON pointer. Integers stay ``int``, every other number becomes ``Decimal`` (never a float), so that
a number where decimal text belongs can be refused by its pointer. Knows nothing of orders.
"""

from __future__ import annotations

import codecs
import json
import re
from typing import Any, NoReturn

from intake.readers import json_fault
from intake.readers.json_fault import MAX_DEPTH, Suspect, decimal_in_range, int_in_range

_ESCAPED_TROUBLE = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")


def load_strict(data: bytes) -> Any:
    """Parse one JSON value from UTF-8 bytes and accept nothing doubtful.

    Refused by pointer: duplicate keys, NaN and Infinity, 1e400, integers over 30 digits, nesting over 64 levels, lone
    surrogates, NUL; by line and column as well: BOM, broken UTF-8, syntax errors, trailing data, an empty body.

    Raises:
        InvalidOrder: with one `Problem`.

    """
    text = _decode(data)
    try:
        value = _SCANNER.decode(text)
    except Suspect:
        json_fault.explain(text)
    except json.JSONDecodeError as error:
        json_fault.refuse_syntax(text, error)
    except RecursionError:
        json_fault.refuse_depth(text)
    if _ESCAPED_TROUBLE.search(text) or (text.count("{") + text.count("[") > MAX_DEPTH and _too_deep(value)):
        json_fault.refuse_first(value)
    return value


def _too_deep(value: Any) -> bool:
    level = [value]
    for _ in range(MAX_DEPTH):
        inner = [item for outer in level for item in (outer.values() if isinstance(outer, dict) else outer)]
        level = [item for item in inner if isinstance(item, dict | list)]
        if not level:
            return False
    return True


def _decode(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        json_fault.refuse("byte_order_mark", "")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        json_fault.refuse_encoding(data[: error.start].decode("utf-8"))
    if not text or text.isspace():
        json_fault.refuse("empty", "")
    return text


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Suspect
    return value


def _no_constant(_text: str) -> NoReturn:
    raise Suspect


_SCANNER = json.JSONDecoder(
    object_pairs_hook=_unique, parse_int=int_in_range, parse_float=decimal_in_range, parse_constant=_no_constant
)
