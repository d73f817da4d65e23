"""What a person typed, as the draft keeps it: blanks are unknown, numbers are plain decimal text, SKUs exist.

Place in the order's way: between the review screen and `server.desk.papers.drafts`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from orders.errors import InvalidOrder, Problem
from orders.money import parse_fen, parse_micro

if TYPE_CHECKING:
    from collections.abc import Callable

    from orders.catalogue import Catalogue

MAX_CHARS = 2000
NEW_LINE = "/lines/-"


def typed(path: str, text: Any, catalogue: Catalogue, zone: str = "Asia/Shanghai") -> Any:
    """Return the value to keep for what was typed at ``path``. Raises InvalidOrder that says what to type instead."""
    if not isinstance(text, str) or len(text) > MAX_CHARS:
        raise _wrong(path, "应为不超过 2000 字的文本", "must be text of at most 2,000 characters")
    text = text.strip()
    name = path.rpartition("/")[2]
    if not text:
        return None
    reader = _READERS.get(name)
    return reader(path, text, Scene(catalogue, zone)) if reader else text


@dataclass(frozen=True, slots=True)
class Scene:
    """What a value is understood by."""

    catalogue: Catalogue
    zone: str


def _flag(_path: str, text: str, _scene: Scene) -> bool:
    return text == "true"


def _amount(path: str, text: str, _scene: Scene) -> str:
    return _plain(path, text, parse_fen, ("金额应为数字，最多两位小数，如 12500.00", "an amount such as 12500.00"))


def _decimal(path: str, text: str, _scene: Scene) -> str:
    return _plain(path, text, parse_micro, ("应为数字，如 1000 或 12.50", "a number such as 1000 or 12.50"))


def _plain(path: str, text: str, parse: Callable[[str], int], said: tuple[str, str]) -> str:
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace("¥", "").replace("元", "").strip()
    try:
        value = parse(plain)
    except ValueError as wrong:
        raise _wrong(path, *said) from wrong
    if value < 0:
        raise _wrong(path, "不能为负数", "must not be negative")
    return plain


def _moment(path: str, text: str, scene: Scene) -> str:
    try:
        told = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise _wrong(path, "时间应如 2026-11-22 10:15", "a time such as 2026-11-22 10:15") from wrong
    return (told if told.tzinfo else told.replace(tzinfo=ZoneInfo(scene.zone))).isoformat()


def _day(path: str, text: str, _scene: Scene) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as wrong:
        raise _wrong(path, "日期应如 2026-11-30", "a day such as 2026-11-30") from wrong


def _sku(path: str, text: str, scene: Scene) -> str:
    catalogue = scene.catalogue
    wanted = text.casefold()
    for code, entry in catalogue.skus.items():
        if wanted in (code.casefold(), entry.name.casefold(), *(alias.casefold() for alias in entry.aliases)):
            return code
    near = _nearest(text, catalogue)
    told = f"，最接近的是 {'、'.join(near)}" if near else ""
    told_en = f"; nearest: {', '.join(near)}" if near else ""
    raise _wrong(path, f"产品型号 {text} 不在主数据里{told}", f"{text} is not in the material master{told_en}", near)


def _nearest(text: str, catalogue: Catalogue) -> tuple[str, ...]:
    from rapidfuzz import process

    return tuple(match[0] for match in process.extract(text, list(catalogue.skus), limit=3, score_cutoff=50))


def _wrong(path: str, zh: str, en: str, candidates: tuple[str, ...] = ()) -> InvalidOrder:
    return InvalidOrder(en, zh, problems=(Problem(path, "not_typed_right", zh, en, candidates),))


_READERS: dict[str, Callable[[str, str, Scene], Any]] = {
    **dict.fromkeys(("amount", "discount", "goods", "shipping", "tax", "payable"), _amount),
    **dict.fromkeys(("quantity", "unit_price", "list_price", "tax_rate"), _decimal),
    **dict.fromkeys(("urgent", "is_gift"), _flag),
    "requested_date": _day,
    "issued_at": _moment,
    "sku": _sku,
}
"""By the last part of the path; every other field is text."""


def edits_of(
    body: Any, order: dict[str, Any], catalogue: Catalogue, zone: str = "Asia/Shanghai"
) -> list[dict[str, Any]]:
    """Return the edits that the desk takes for those that the screen sent. Raises InvalidOrder."""
    if not isinstance(body, list) or not body or not all(isinstance(item, dict) and "path" in item for item in body):
        raise _wrong("/edits", "缺少修改内容", "there are no edits")
    made: list[dict[str, Any]] = []
    lines = len(order.get("lines") or ())
    for item in body:
        made.append(_edit(item, lines, catalogue, zone))
        lines += item["path"] == NEW_LINE
    return made


def _edit(item: dict[str, Any], lines: int, catalogue: Catalogue, zone: str) -> dict[str, Any]:
    path = str(item["path"])
    if item.get("confirm") or item.get("remove"):
        return {"path": path, "confirm": bool(item.get("confirm")), "remove": bool(item.get("remove"))}
    if path == NEW_LINE:
        return {"path": f"/lines/{lines}", "value": {"line_no": lines + 1, "sku": None, "quantity": None}}
    return {"path": path, "value": typed(path, item.get("value"), catalogue, zone)}
