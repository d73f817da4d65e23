"""JSON logging: one line per step, with the request and the order bound to it.

Place in the order's way: beside every step. Knows nothing of orders but their ids; bodies, addresses, phones and
tokens are never logged.
"""

from __future__ import annotations

import json
import logging
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_bound: ContextVar[dict[str, str] | None] = ContextVar("sluice_log", default=None)
CHATTY = ("mail.log", "httpx", "alembic", "RapidOCR", "amqp", "kombu")
"""Libraries whose lines name people, or say nothing that our own do not."""
_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


@contextmanager
def bind(**values: str) -> Iterator[None]:
    """Add ``request_id``, ``order_id`` … to every line logged inside."""
    token = _bound.set({**(_bound.get() or {}), **values})
    try:
        yield
    finally:
        _bound.reset(token)


def bound() -> dict[str, str]:
    """Return what is bound now."""
    return dict(_bound.get() or {})


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, what is bound and the ``extra`` values."""

    def format(self, record: logging.LogRecord) -> str:
        """Write the record."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **bound(),
            **{key: value for key, value in vars(record).items() if key not in _PLAIN},
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def configure(level: str = "INFO") -> None:
    """Send the root logger's lines as JSON to standard error. Idempotent."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in CHATTY:
        logging.getLogger(name).setLevel("WARNING")
