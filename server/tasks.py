"""What each kind of job does: the handlers that `server/jobs` runs, wherever it runs them.

Place in the order's way: the steps that nobody waits for. Imported once by `server/background.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orders.actor import SYSTEM
from server.desk.documents import READ_JOB, read_document
from server.jobs import handler

if TYPE_CHECKING:
    from server.deps import Deps


@handler(READ_JOB)
def perform_reading(deps: Deps, args: dict[str, Any]) -> dict[str, Any]:
    """Read a document into drafts."""
    return {"state": read_document(deps, str(args["document_id"]), SYSTEM)}
