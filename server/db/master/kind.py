"""What one kind of master data is: its table, its key, how an item becomes a row and a row an item.

Place in the order's way: shared by the small modules beside it; `server/db/master/__init__.py` drives them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from rapidfuzz import process
from sqlalchemy import select

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Connection, Table

    from orders.actor import Actor
    from server.db.master.item import Reader
    from server.db.store import Store

_NEAR = 50.0
Row = dict[str, Any]
Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """Where an item is written: the transaction, the store, who and when.

    ``known`` and ``codes`` remember for one transaction which codes of other kinds there are.
    """

    conn: Connection
    store: Store
    actor: Actor
    now: datetime
    known: dict[tuple[str, str], bool] = field(default_factory=dict)
    codes: dict[str, list[str]] = field(default_factory=dict)


After: TypeAlias = "Callable[[Scene, Row | None, Row, Item], None]"
"""What a kind does beside its own row, in the same transaction: (scene, old row, new row, item)."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind. ``parse`` gives the row's own columns; ``show`` gives the item of the API back."""

    name: str
    table: Table
    fields: tuple[str, ...]
    keys: tuple[str, ...]
    parse: Callable[[Scene, Reader], Row]
    show: Callable[[Connection, Store, Row], Item]
    search: tuple[str, ...]
    code: Callable[[Row], str]
    after: After | None = None
    in_catalogue: bool = True


def known_code(scene: Scene, reader: Reader, name: str, column: ColumnElement[Any]) -> str:
    """Read a code that must exist in ``column``; name the nearest ones otherwise."""
    code = reader.text(name)
    asked = (str(column), code)
    if not code or scene.known.get(asked) or scene.conn.execute(select(column).where(column == code)).first():
        scene.known[asked] = True
        return code
    near = _nearest(scene, code, column)
    reader.fault(name, "unknown", f"{name} {code} 不在主数据中", f"{name} {code} is not in the master data", near)
    return code


def _nearest(scene: Scene, code: str, column: ColumnElement[Any]) -> tuple[str, ...]:
    codes = scene.codes.get(str(column))
    if codes is None:
        codes = scene.codes[str(column)] = [str(row[0]) for row in scene.conn.execute(select(column).limit(5000))]
    return tuple(found[0] for found in process.extract(code, codes, limit=5, score_cutoff=_NEAR))
