"""A notification outlet that needs no service: one JSON line per message in a file that people or robots follow.

Place in the order's way: dispatch, destination ``notify``, where no chat robot is configured. The line carries the
idempotency key, and a key that stands in the last megabyte already is not written again.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from adapters.message import Receipt
from orders.errors import TransportError

if TYPE_CHECKING:
    from adapters.message import Message, Secrets, Target

TAIL_BYTES = 1_000_000
_writing = Lock()


def deliver(message: Message, target: Target, secrets: Secrets) -> Receipt:  # noqa: ARG001 - a file has no key
    """Append the message to the file ``target.url`` (a path) and force it to the disk."""
    path = Path(target.url)
    line = {
        "key": message.idempotency_key,
        "event": message.event,
        "order_id": message.order_id,
        "at": message.created_at.isoformat(),
        "data": json.loads(message.body),
    }
    try:
        with _writing:
            if _has(path, message.idempotency_key):
                return Receipt(detail="duplicate")
            _append(path, json.dumps(line, ensure_ascii=False) + "\n")
    except OSError as error:
        raise TransportError(f"cannot write {path}: {error}", f"无法写入 {path}", permanent=False) from error
    return Receipt()


def _has(path: Path, key: str) -> bool:
    """Look at the end of the file: a second attempt comes soon after the first."""
    if not path.exists():
        return False
    mark = json.dumps({"key": key}, ensure_ascii=False)[:-1].encode()
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        return mark in file.read()


def _append(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
