"""What a person does to a draft: confirm a field, correct it, add or remove a line. Pure: a new draft comes out.

A person's value is never overwritten by a reading: its field is marked ``auto`` with the person as the reason.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from orders.draft import DraftField, DraftOrder, FieldStatus
from orders.errors import InvalidOrder, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

CONFIRMED = "人工确认 / confirmed by a person"
CORRECTED = "人工更正 / corrected by a person"
LINES = "/lines/"


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit at a JSON pointer: ``confirm`` the value as read, set ``value``, or ``remove`` a line."""

    path: str
    value: Any = None
    confirm: bool = False
    remove: bool = False


def apply_edits(draft: DraftOrder, edits: Sequence[Edit]) -> DraftOrder:
    """Return the draft with all edits made in order. Raises InvalidOrder naming the edit's path; then none is made."""
    for edit in edits:
        if edit.remove:
            draft = _remove_line(draft, edit.path)
        elif edit.confirm:
            draft = _confirm(draft, edit.path)
        else:
            draft = _correct(draft, edit.path, edit.value)
    return draft


def unconfirmed(draft: DraftOrder) -> tuple[DraftField, ...]:
    """Return the fields that a person must still look at."""
    return tuple(item for item in draft.fields if item.status is FieldStatus.CONFIRM)


def _confirm(draft: DraftOrder, path: str) -> DraftOrder:
    if all(item.path != path for item in draft.fields):
        raise _wrong(path, "draft_field_unknown", "草稿中没有此字段", "the draft has no such field")
    return replace(
        draft,
        fields=tuple(
            replace(item, status=FieldStatus.AUTO, why=(CONFIRMED,)) if item.path == path else item
            for item in draft.fields
        ),
    )


def _correct(draft: DraftOrder, path: str, value: Any) -> DraftOrder:
    order = copy.deepcopy(draft.order)
    parent, key = _parent(order, path)
    if isinstance(parent, list):
        if key == len(parent) and path.count("/") == 2:
            parent.append(value)
        elif key < len(parent):
            parent[key] = value
        else:
            raise _wrong(path, "draft_path_unknown", "此行不存在", "there is no such line")
    else:
        parent[key] = value
    fixed = DraftField(path=path, value=value, raw="", confidence=1.0, status=FieldStatus.AUTO, why=(CORRECTED,))
    kept = tuple(
        replace(item, value=value, status=FieldStatus.AUTO, why=(CORRECTED,)) if item.path == path else item
        for item in draft.fields
    )
    known = any(item.path == path for item in draft.fields)
    return replace(draft, order=order, fields=kept if known else (*kept, fixed))


def _remove_line(draft: DraftOrder, path: str) -> DraftOrder:
    order = copy.deepcopy(draft.order)
    parent, key = _parent(order, path)
    if not isinstance(parent, list) or key >= len(parent):
        raise _wrong(path, "draft_path_unknown", "此行不存在", "there is no such line")
    parent.pop(key)
    for number, line in enumerate(parent, start=1):
        line["line_no"] = number
    fields = (_after_removal(item, path, key) for item in draft.fields)
    return replace(draft, order=order, fields=tuple(item for item in fields if item is not None))


def _after_removal(item: DraftField, path: str, removed: int) -> DraftField | None:
    if not item.path.startswith(LINES):
        return item
    number, _, rest = item.path.removeprefix(LINES).partition("/")
    if item.path == path or number == str(removed):
        return None
    if not number.isdigit() or int(number) < removed:
        return item
    moved = f"{LINES}{int(number) - 1}" + (f"/{rest}" if rest else "")
    return replace(item, path=moved)


def _parent(order: dict[str, Any], path: str) -> tuple[Any, Any]:
    parts = [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]
    if not path.startswith("/") or not parts:
        raise _wrong(path, "draft_path_bad", "不是 JSON 指针", "not a JSON pointer")
    node: Any = order
    for part in parts[:-1]:
        node = _step(node, part, path)
    last = parts[-1]
    return (node, _index(last, path)) if isinstance(node, list) else (_as_object(node, path), last)


def _step(node: Any, part: str, path: str) -> Any:
    if isinstance(node, list):
        number = _index(part, path)
        if number < len(node):
            return node[number]
    elif isinstance(node, dict) and part in node:
        if node[part] is None:
            node[part] = {}
        return node[part]
    raise _wrong(path, "draft_path_unknown", "订单中没有此位置", "the order has no such place")


def _as_object(node: Any, path: str) -> dict[str, Any]:
    if not isinstance(node, dict):
        raise _wrong(path, "draft_path_unknown", "订单中没有此位置", "the order has no such place")
    return node


def _index(part: str, path: str) -> int:
    if not part.isdigit() or len(part) > 6:
        raise _wrong(path, "draft_path_bad", "行号必须是数字", "a line is named by its number")
    return int(part)


def _wrong(path: str, code: str, zh: str, en: str) -> InvalidOrder:
    return InvalidOrder(f"{path}: {en}", f"{path}：{zh}", problems=(Problem(path, code, zh, en),))
