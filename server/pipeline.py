"""The way of an order, whole: received → read → normalize → decide → commit → dispatch.

Each step is one function, values in and values out; no step calls another; they meet only here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from intake.canonical import parse_order
from intake.normalize import normalize
from intake.read import read
from intake.readers.payload import load_strict
from rules.facts import freeze
from server.change import take_change
from server.commit import Attempt, RaceLost, commit
from server.commit.undecided import held_for_race
from server.sender import named, placed
from server.turns import TRIES

if TYPE_CHECKING:
    from collections.abc import Callable

    from intake.readers.document import Recognizer
    from orders.draft import ReadResult
    from server.arrival import Arrival
    from server.commit import Outcome
    from server.db.originals import Original
    from server.deps import Deps


def process(deps: Deps, arrival: Arrival, keep: Callable[..., Outcome] = commit) -> Outcome:
    """Take one order the whole way; ``keep`` is the commit or a rehearsal. Raises InvalidOrder, with nothing stored."""
    known, zone = deps.catalogue(), deps.settings.timezone
    raw = named(parse_order(load_strict(arrival.data)), arrival, known)  # the commit stores the bytes verbatim
    order = normalize(raw, known, channel=arrival.channel, received_at=arrival.received_at, timezone=zone)
    if order.is_change:
        return take_change(deps, arrival, order)  # the order that it is about waits for a person
    arrival = placed(arrival, order, known)
    for tries in range(TRIES):
        with deps.turns.of(order, tries):
            context = deps.context(order, source_type=arrival.source_type)
            facts = freeze(order, context)
            attempt = Attempt(order, context, facts, deps.engine.decide(facts))  # decide
            outcome = keep(deps.store, arrival, attempt, now=deps.clock())
        if not isinstance(outcome, RaceLost):
            break
    else:  # others took what the decision counted on, each time: keep the order, held
        outcome = keep(deps.store, arrival, held_for_race(attempt), now=deps.clock())
    deps.wake()  # dispatch: the outbox rows of the commit go out now
    return outcome


def open_document(deps: Deps, original: Original, recognizer: Recognizer, *, insist: bool = False) -> ReadResult:
    """Read a stored document into drafts: the first half of the way at the doors where nobody waits."""
    zone = deps.settings.timezone
    day = original.received_at.astimezone(ZoneInfo(zone)).date()
    return read(*original.arrived, deps.catalogue(), recognizer, timezone=zone, received_on=day, insist=insist)
