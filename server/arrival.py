"""What came through a door: the bytes as they arrived, who sent them and when.

Place in the order's way: the input of `server/pipeline.py`. Knows nothing of what the bytes mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from orders.actor import Actor
    from orders.own_field import OwnField
    from server.commit import Committed, IdempotencyKey


@dataclass(frozen=True, slots=True)
class Arrival:
    """One order on its way in. ``received_at`` is aware UTC.

    ``original_id`` names bytes that are stored already (a confirmed draft); otherwise the commit stores ``data``.
    ``answer`` gives status and body that a repeated call with the same idempotency key gets again; ``source_type`` and
    ``own_fields`` are filled in on the way (`server/sender.py`).
    """

    door: str
    channel: str
    actor: Actor
    data: bytes
    received_at: datetime
    content_type: str = "application/json"
    filename: str | None = None
    original_id: str | None = None
    document_id: str | None = None
    draft_id: str | None = None
    request_id: str | None = None
    idempotency: IdempotencyKey | None = None
    answer: Callable[[Committed], tuple[int, bytes]] | None = None
    source_type: str = ""
    own_fields: tuple[OwnField, ...] = ()
