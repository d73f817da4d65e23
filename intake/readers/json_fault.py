"""Why a JSON text was refused, and where: the slow second look of `intake/readers/payload.py`.

Two ways to a place: a text that parses is walked as a tree whose marks stand where the faults are; a text that doesn't
is followed bracket by bracket up to the position that the scanner complained of.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NoReturn

from intake.values.pointer import child, pointer
from orders.errors import InvalidOrder, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_DEPTH = 64
MAX_INT_DIGITS = 30
MAX_NUMBER_CHARS = 64
MAX_EXPONENT = 308
_LOCATE_CHARS = 1_000_000  # a place further on is named by line and column alone

_NO_CHARACTER = re.compile("[\x00\ud800-\udfff]")
_TOKEN = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+|"')

_MESSAGES: dict[str, tuple[str, str]] = {
    "empty": ("请求体是空的，请发送一个 JSON 对象", "The body is empty; send one JSON object"),
    "byte_order_mark": (
        "开头有字节顺序标记（BOM），请用不带 BOM 的 UTF-8",
        "The body starts with a byte order mark; send UTF-8 without one",
    ),
    "not_utf8": ("不是有效的 UTF-8 文本", "The text is not valid UTF-8"),
    "malformed_json": ("JSON 语法错误", "The JSON is malformed"),
    "trailing_data": ("JSON 结束之后还有多余的内容", "There is more data after the end of the JSON value"),
    "duplicate_key": ("同一个对象里这个键出现了两次", "This key appears twice in one object"),
    "not_a_number": ("JSON 里不允许 NaN 或 Infinity", "NaN and Infinity are not allowed in JSON"),
    "number_out_of_range": (
        f"数字超出范围（整数最多 {MAX_INT_DIGITS} 位，指数不超过 ±{MAX_EXPONENT}）",
        f"The number is out of range (at most {MAX_INT_DIGITS} digits, exponent within ±{MAX_EXPONENT})",
    ),
    "too_deep": (f"嵌套超过 {MAX_DEPTH} 层", f"Nested more than {MAX_DEPTH} levels deep"),
    "lone_surrogate": (
        "文本里有不成对的 UTF-16 代理字符",
        "The text holds half of a surrogate pair, which is no character",
    ),
    "nul_character": ("文本里有 NUL 字符（\\u0000）", "The text holds a NUL character (\\u0000)"),
}


class Suspect(ValueError):
    """Raised by a hook of the fast path: look again, slowly."""


class _Bad:
    """Stands in the tree for a number that may not be there."""

    __slots__ = ("code",)

    def __init__(self, code: str) -> None:
        self.code = code


class _Twice(dict[str, Any]):
    """An object that named ``key`` twice."""

    key: str | None = None


def int_in_range(text: str) -> int:
    """Return the integer. Raises Suspect over 30 digits."""
    if len(text) > MAX_INT_DIGITS + (text[0] == "-"):
        raise Suspect
    return int(text)


def decimal_in_range(text: str) -> Decimal:
    """Return the number exactly as written. Raises Suspect when no double could hold its size."""
    if len(text) > MAX_NUMBER_CHARS:
        raise Suspect
    number = Decimal(text)
    if number and not -MAX_EXPONENT <= number.adjusted() <= MAX_EXPONENT:
        raise Suspect
    return number


def refuse(code: str, at: str, place: tuple[int, int] | None = None) -> NoReturn:
    """Raise the one InvalidOrder for ``code`` at pointer ``at``; ``place`` is line and column, from 1."""
    zh, en = _MESSAGES[code]
    if place is not None:
        zh, en = f"{zh}（第 {place[0]} 行第 {place[1]} 列）", f"{en} (line {place[0]}, column {place[1]})"
    writable = at.encode("utf-8", "backslashreplace").decode("utf-8")
    raise InvalidOrder(en, zh, problems=(Problem(writable, code, zh, en),))


def refuse_encoding(before: str) -> NoReturn:
    """Refuse bytes that are no UTF-8; ``before`` is the text up to the first of them."""
    refuse("not_utf8", _pointer_at(before, len(before)), _place(before, len(before)))


def refuse_syntax(text: str, error: json.JSONDecodeError) -> NoReturn:
    """Refuse what the scanner could not read, with line, column and the pointer of the value it stood in."""
    if error.msg == "Extra data":
        refuse("trailing_data", "", _place(text, error.pos))
    code = "nul_character" if text[error.pos : error.pos + 1] == "\x00" else "malformed_json"
    refuse(code, _pointer_at(text, error.pos), _place(text, error.pos))


def refuse_depth(text: str) -> NoReturn:
    """Refuse a text whose nesting stopped the scanner."""
    refuse("too_deep", _follow(text[:_LOCATE_CHARS], MAX_DEPTH))


def explain(text: str) -> NoReturn:
    """Parse again with marks instead of exceptions and refuse the first mark by its pointer."""
    try:
        value = _MARKING_SCANNER.decode(text)
    except json.JSONDecodeError as error:
        refuse_syntax(text, error)
    except RecursionError:
        refuse_depth(text)
    refuse_first(value)
    raise AssertionError("the scanner suspected what the walk does not find")


def refuse_first(root: Any) -> None:
    """Walk the tree in document order and refuse the first thing that may not be there; return if there is none."""
    stack: list[tuple[Any, str, int]] = [(root, "", 1)]
    while stack:
        value, at, depth = stack.pop()
        fault = _fault(value, depth)
        if fault == "duplicate_key":
            refuse(fault, child(at, value.key))
        if fault:
            refuse(fault, at)
        stack += [(item, child(at, key), depth + 1) for key, item in _children(value)][::-1]


def _fault(value: Any, depth: int) -> str:
    """Name what is wrong with one node itself; empty if nothing is."""
    match value:
        case str():
            return _text_fault(value)
        case _Bad():
            return value.code
        case dict() | list() if depth > MAX_DEPTH:
            return "too_deep"
        case _Twice() if value.key is not None:
            return "duplicate_key"
        case dict():
            return next(filter(None, map(_text_fault, value)), "")
        case _:
            return ""


def _text_fault(text: str) -> str:
    found = _NO_CHARACTER.search(text)
    if found is None:
        return ""
    return "nul_character" if found.group() == "\x00" else "lone_surrogate"


def _children(value: Any) -> Iterable[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _marked(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = _Twice()
    for key, item in pairs:
        if value.key is None and key in value:
            value.key = key
        value[key] = item
    return value


def _or_bad(parse: Callable[[str], object]) -> Callable[[str], object]:
    def parsed(text: str) -> object:
        try:
            return parse(text)
        except Suspect:
            return _Bad("number_out_of_range")

    return parsed


_MARKING_SCANNER = json.JSONDecoder(
    object_pairs_hook=_marked,
    parse_int=_or_bad(int_in_range),
    parse_float=_or_bad(decimal_in_range),
    parse_constant=lambda _text: _Bad("not_a_number"),
)


def _place(text: str, position: int) -> tuple[int, int]:
    return text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)


def _pointer_at(text: str, position: int) -> str:
    return _follow(text[:position], None) if position <= _LOCATE_CHARS else ""


def _follow(text: str, stop_depth: int | None) -> str:
    """Follow the brackets of ``text`` to its end, or until ``stop_depth`` would be passed, and return the pointer."""
    path: list[str | int | None] = []
    before = ""
    for token in _TOKEN.findall(text):
        if token in {"{", "["}:
            if len(path) == stop_depth:
                break
            path.append(0 if token == "[" else None)  # noqa: S105 - a bracket
        elif token in {"}", "]"}:
            path[-1:] = []
        elif path:
            path[-1] = _moved(path[-1], token, before)
        before = token
    return pointer(step for step in path if step is not None)


def _moved(at: str | int | None, token: str, before: str) -> str | int | None:
    """Return the key or index that a container stands at after ``token``; None: no key read yet."""
    if isinstance(at, int):
        return at + (token == ",")  # noqa: S105 - a comma
    if token == ":":  # noqa: S105 - a colon
        return _key(before)
    return None if token == "," else at  # noqa: S105 - a comma


def _key(quoted: str) -> str:
    try:
        return str(json.loads(quoted))
    except ValueError:
        return quoted.strip('"')
