"""Our answers in a channel's ``out`` folder: ORDRSP, 855, OrderResponse and ConfirmationRequest from the decision.

Place in the order's way: after a dropped file was read, beside `server/desk/doors/drop.py`. Where an answer says no
more than that we are looking at it, or a draft waits for a person, a note in ``.open`` keeps the file in mind and the
last word follows. Everything is written whole or not at all, and again the same after a crash.
"""

from __future__ import annotations

import json
import logging
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from adapters.acknowledge.answer import Verdict
from orders.actor import SYSTEM
from orders.errors import SluiceError
from server.db.papers import documents
from server.db.papers.drafts import EDITABLE
from server.desk.doors.acknowledge import acknowledged

if TYPE_CHECKING:
    from pathlib import Path

    from server.deps import Deps

log = logging.getLogger(__name__)

Json = dict[str, Any]
OUT, NOTES = "out", ".open"
LOOK_EVERY = timedelta(seconds=10)
KEPT = timedelta(days=90)
"""So long an order that waits for a person is kept in mind."""
_NAMES = {"cxml": "ConfirmationRequest.xml", "edifact": "ORDRSP.edi", "ubl": "OrderResponse.xml", "x12": "855.x12"}
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def answer(deps: Deps, home: Path, document_id: str) -> None:
    """Write what there is to answer to the orders of a document into ``home``/out, and note what is still open."""
    note = home / NOTES / f"{document_id}.json"
    told: Json = json.loads(note.read_text("utf-8")) if note.exists() else {"since": deps.clock().isoformat()}
    said: dict[str, str] = told.setdefault("said", {})
    with deps.store.db.read() as conn:
        row = documents.get(conn, document_id, SYSTEM)
        drafts = documents.drafts_of(conn, [document_id])[document_id]
    made = [*((row["quality"] or {}).get("orders") or ()), *(one["order_id"] for one in drafts if one["order_id"])]
    for order_id in dict.fromkeys(made):
        found = acknowledged(deps, SYSTEM, order_id)
        if found is None or said.get(order_id) == found.verdict:
            continue
        _write(home / OUT / f"{_name(found.document_number)}.{found.version}.{_NAMES[found.standard]}", found.document)
        said[order_id] = found.verdict
    waits = any(one["order_id"] is None and one["state"] in EDITABLE for one in drafts)
    if waits or Verdict.PENDING in said.values():
        _write(note, json.dumps(told).encode())
    else:
        note.unlink(missing_ok=True)


def follow(deps: Deps, home: Path) -> None:
    """Answer again what was open; what stays open too long is forgotten."""
    for note in sorted((home / NOTES).glob("doc_*.json")):
        document_id = note.stem
        try:
            since = json.loads(note.read_text("utf-8"))["since"]
            if since < (deps.clock() - KEPT).isoformat():
                note.unlink(missing_ok=True)
            else:
                answer(deps, home, document_id)
        except (SluiceError, ValueError, KeyError):
            log.warning("Answer to %s not written", document_id, extra={"action": "answer_failed"})
            note.unlink(missing_ok=True)


def refusal(home: Path, name: str, reason: Json) -> None:
    """Write why a file was refused where its sender looks, for a person to read."""
    text = f"{name}\n{reason['code']}\n{reason['zh']}\n{reason['en']}\n"
    _write(home / OUT / f"{name}.error", text.encode())


def _name(number: str) -> str:
    return _UNSAFE.sub("_", number)[:60].strip("._") or "order"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name.lstrip('.')}.part")
    part.write_bytes(data)
    part.replace(path)
