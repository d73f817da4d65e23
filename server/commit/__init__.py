"""Commit: where a decision becomes true, in one transaction, or nothing does.

Place in the order's way: step 6, between decide and dispatch. A new order (`commit`), an order decided again
(`append_decision`), one taken back (`cancel`), one step of the transition table (`move`).
"""

from server.commit.append import append_decision
from server.commit.cancel import cancel
from server.commit.move import move
from server.commit.submit import commit
from server.commit.words import (
    AlreadyThere,
    Attempt,
    Cancelled,
    Change,
    Committed,
    ConflictThere,
    Move,
    Moved,
    Outcome,
    RaceLost,
)
from server.db.idempotency import IdempotencyKey

__all__ = [
    "AlreadyThere",
    "Attempt",
    "Cancelled",
    "Change",
    "Committed",
    "ConflictThere",
    "IdempotencyKey",
    "Move",
    "Moved",
    "Outcome",
    "RaceLost",
    "append_decision",
    "cancel",
    "commit",
    "move",
]
