"""What decides now: the live bundle and perhaps a canary, each with the paused rules switched off.

Place in the order's way: before decide. Every change of the lanes goes through here: compiled first, written in one
transaction with its audit entry, taken over by this process at once and by the others within a second.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.exc import IntegrityError

from orders.errors import Conflict
from rules.bundle import load_bundle
from rules.change.edit import without
from server.db.rulework import bundles, rule_pauses

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from rules.bundle import Bundle
    from server.db.rulework.bundles import Standing
    from server.deps import Deps

T = TypeVar("T")
TRIES = 3


@dataclass(frozen=True, slots=True)
class Lane:
    """A bundle as it decides, and ``unpaused``: the same files without pauses."""

    bundle: Bundle
    unpaused: Bundle

    @property
    def clean(self) -> str:
        """The hash of the files without pauses: what authors start from."""
        return self.unpaused.hash

    def keep(self, conn: Connection, actor: str, now: datetime) -> None:
        """Store both, so that every decision can be replayed and every pause ended."""
        for kept in (self.unpaused, self.bundle):
            bundles.put(conn, kept.hash, kept.files, actor=actor, now=now)
        bundles.set_base(conn, self.bundle.hash, self.clean if self.clean != self.bundle.hash else None)


@dataclass(frozen=True, slots=True)
class Scene:
    """What decides, as read before a change; the change is written only if it still is so."""

    standing: Standing
    paused: tuple[str, ...]
    clean_live: str
    clean_canary: str | None


@dataclass(frozen=True, slots=True)
class Why:
    """Who changes the lanes, and why; ``more`` goes into the audit entry."""

    actor: str
    reason: str
    more: Mapping[str, Any] = field(default_factory=dict)


def scene(conn: Connection) -> Scene:
    """Read what decides now."""
    standing = bundles.standing(conn)
    paused = tuple(sorted(pause["rule"] for pause in rule_pauses.running(conn)))
    canary = None if standing.canary is None else bundles.source(conn, standing.canary)
    return Scene(standing, paused, bundles.live_source(conn), canary)


def lane(files: dict[str, str], paused: tuple[str, ...]) -> Lane:
    """Compile files as they decide while some rules are paused. Raises RuleAuthorError."""
    clean = load_bundle(files)
    running = without(files, paused)
    return Lane(clean if running == files else load_bundle(running), clean)


def lane_of(deps: Deps, clean: str, paused: tuple[str, ...]) -> Lane:
    """Compile a kept bundle as it decides while some rules are paused. Raises RuleAuthorError."""
    with deps.store.db.read() as conn:
        files = bundles.files(conn, clean)
    return lane(files, paused)


def go_live(conn: Connection, live: Lane, why: Why, now: datetime) -> None:
    """Make a lane the live one and end the canary, inside the caller's transaction."""
    before = bundles.standing(conn)
    bundles.set_canary(conn, None)
    live.keep(conn, why.actor, now)
    detail = {"source": live.clean, "previous": before.live and bundles.source(conn, before.live), **why.more}
    bundles.publish(conn, live.bundle.hash, actor=why.actor, now=now, reason=why.reason, more=detail)


def go_canary(conn: Connection, canary: Lane, percent: int, actor: str, now: datetime) -> None:
    """Let a lane decide a share of the orders, inside the caller's transaction."""
    canary.keep(conn, actor, now)
    bundles.set_canary(conn, canary.bundle.hash, percent)


def retried(deps: Deps, work: Callable[[], T]) -> T:
    """Do work that reads, prepares and then writes; again when somebody was quicker. Raises Conflict in the end."""
    for _ in range(TRIES):
        try:
            return work()
        except (IntegrityError, Overtaken):
            continue
        finally:
            deps.wake()
    raise Conflict(
        "Others are publishing rules just now; try again", "其他人正在发布规则，请稍后再试", code="rules_moving"
    )


class Overtaken(Exception):
    """What was read before is not so any more."""


def unchanged(conn: Connection, before: Scene) -> None:
    """Raise Overtaken when something else decides than when the work began."""
    if scene(conn) != before:
        raise Overtaken
