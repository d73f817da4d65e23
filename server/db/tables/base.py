"""The MetaData and the column kinds that every table shares.

Amounts are integer fen, prices and quantities integers of 10⁻⁶, both BIGINT. Times are UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, BigInteger, Boolean, Column, DateTime, Integer, LargeBinary, MetaData, Text, false, types
from sqlalchemy import text as sql_text

if TYPE_CHECKING:
    from sqlalchemy import Dialect

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


_EMPTY = sql_text("''")


def utc_text(at: datetime) -> str:
    """Write an aware time as SQLite stores it: fixed width, so that text sorts as time."""
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


class Utc(types.TypeDecorator[datetime]):
    """An aware time. TIMESTAMPTZ on PostgreSQL, fixed-width UTC text on SQLite; naive times are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> types.TypeEngine[Any]:
        """Choose the storage of the dialect."""
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse a naive time; write the rest as UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time cannot be stored")
        return utc_text(value) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Give an aware UTC time."""
        if value is None:
            return None
        if dialect.name == "sqlite":
            return datetime.fromisoformat(value)
        at: datetime = value
        return at.astimezone(UTC)


def key(name: str = "id") -> Column[Any]:
    """Return a text primary key."""
    return Column(name, Text, primary_key=True)


def text(name: str, *constraints: Any, default: str | None = None, index: bool = False) -> Column[Any]:
    """Return NOT NULL text; ``default`` is the server's."""
    return Column(
        name, Text, *constraints, nullable=False, server_default=_EMPTY if default == "" else default, index=index
    )


def maybe(name: str, *constraints: Any, index: bool = False) -> Column[Any]:
    """Return text that may be unknown."""
    return Column(name, Text, *constraints, index=index)


def number(name: str, *, default: int | None = None, nullable: bool = False) -> Column[Any]:
    """Return a BIGINT: fen, micro or a count."""
    return Column(name, BigInteger, nullable=nullable, server_default=None if default is None else str(default))


def small(name: str, *, default: int | None = None, nullable: bool = False) -> Column[Any]:
    """Return a small count."""
    return Column(name, Integer, nullable=nullable, server_default=None if default is None else str(default))


def yes(name: str) -> Column[Any]:
    """Return a boolean that is false unless said otherwise."""
    return Column(name, Boolean, nullable=False, server_default=false())


def at(name: str, *, nullable: bool = False, index: bool = False) -> Column[Any]:
    """Return a time."""
    return Column(name, Utc, nullable=nullable, index=index)


def json(name: str, *, nullable: bool = False) -> Column[Any]:
    """Return a JSON value."""
    return Column(name, JSON, nullable=nullable)


def sealed(name: str, *, nullable: bool = False) -> Column[Any]:
    """Return bytes that only the vault can read."""
    return Column(name, LargeBinary, nullable=nullable)


def owned() -> tuple[Column[Any], Column[Any]]:
    """Return owner and organisation: on every row that a person may see."""
    return text("owner_id"), text("org_id")
