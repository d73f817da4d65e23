"""Steps: the statements of one transaction that need nothing of each other, each with the rows that must come of it.

Place in the order's way: under the commit of a new order. SQLite runs in this process: one after the other. PostgreSQL
gets them all at once and commits behind the last one, so that rows which many orders want are locked while the server
works and never while this process waits for its turn; a step that met other rows fails there, and all is undone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from server.db.statement import Statement, execute, execute_at_once

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

_FAILS_UNLESS_MET = "WITH met AS ({change}) SELECT 1 / CAST((SELECT count(*) FROM met) = :expected AS int)"
DIVISION_BY_ZERO = "22012"


class Missed(Exception):
    """A step met other rows than it must: the world is not as it was; nothing is written."""


@dataclass(frozen=True, slots=True)
class Step:
    """A statement as its driver takes it. ``expected``: rows that it must meet; None: however many."""

    name: str
    sql: str
    params: Any
    expected: int | None = None


class Guard:
    """A statement that must meet so many rows; a change, or else a ``look``."""

    def __init__(self, name: str, text: str, postgresql: str | None = None, *, look: bool = False) -> None:
        change = (postgresql or text) + ("" if look else " RETURNING 1")
        self._name = name
        self._statement = Statement(text, _FAILS_UNLESS_MET.format(change=change))

    def step(self, dialect: str, params: Mapping[str, Any], *, expected: int) -> Step:
        """Return the step that meets ``expected`` rows."""
        sql, told = self._statement.told(dialect, params if dialect == "sqlite" else {**params, "expected": expected})
        return Step(self._name, sql, told, expected)


def run(conn: Connection, steps: Sequence[Step]) -> None:
    """Run the steps inside the caller's transaction. Raises Missed, and SQLAlchemy's DBAPIError and its kinds."""
    for step in steps:
        cursor = execute(conn, step.sql, step.params)
        met = len(cursor.fetchall()) if cursor.description else cursor.rowcount
        cursor.close()
        if step.expected is not None and met != step.expected:
            raise Missed(step.name)


def run_at_once(conn: Connection, steps: Sequence[Step]) -> None:
    """Send the steps to PostgreSQL as one transaction of its own. Raises as `run` does."""
    execute_at_once(conn, [(step.sql, step.params) for step in steps], lambda error, at: _missed(error, steps[at]))


def _missed(error: Any, step: Step) -> Missed | None:
    return Missed(step.name) if step.expected is not None and error.sqlstate == DIVISION_BY_ZERO else None
