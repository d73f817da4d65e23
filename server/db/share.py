"""A share: what one new order brings to a transaction and takes for granted; and the script of several together.

Place in the order's way: between the commit and `Database.together`. Whoever locks the same things locks them in the
same order (persons, accounts, day counts, and last the stock, each sorted), however many orders share a transaction,
so that two transactions never wait for each other crosswise.
"""

from __future__ import annotations

from collections import Counter as Sum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.db import guards
from server.db.batch import merged

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from server.db.batch import Batch
    from server.db.steps import Step


@dataclass(frozen=True, slots=True)
class Share:
    """The rows of one order, what they must find true, and what they take: ``taken`` of (SKU, site) in 10⁻⁶."""

    batch: Batch
    first: tuple[Step, ...]
    credit: guards.Credit | None
    counter: guards.Counter | None
    twins: guards.Twins | None
    taken: dict[tuple[str, str], int]
    now: datetime


def script(dialect: str, shares: Sequence[Share]) -> list[Step]:
    """Return the transaction: the rows, then what holds them true, the stock with its much wanted rows last."""
    steps = merged([share.batch for share in shares]).steps(dialect)
    for share in shares:
        steps += share.first
    twins = [share.twins for share in shares if share.twins is not None]
    if twins and dialect != "sqlite":  # SQLite has one writer
        steps.append(guards.lock_step(dialect, twins))
    credits = sorted((share.credit for share in shares if share.credit), key=lambda credit: credit.customer_id)
    counters = sorted((share.counter for share in shares if share.counter), key=lambda counter: counter.id_hash)
    steps += [guards.credit_step(dialect, credit) for credit in credits]
    steps += [guards.counter_step(dialect, counter) for counter in counters]
    steps += [guards.twins_step(dialect, twin) for twin in twins]
    taken: Sum[tuple[str, str]] = Sum()
    for share in shares:
        taken.update(share.taken)
    return steps + guards.stock_steps(dialect, taken, shares[-1].now)
