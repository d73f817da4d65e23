"""Composition: the firings of one order → its decision as JSON, with the full trace. Same firings, same bytes.

Each rule's generated function (`rules/build/trace.py`, `rules/build/act.py`) enters what it does here; the first
choice of a kind wins. The JSON is the contract's decision body; `rules/judge/wire.py` turns it into a `DecisionBody`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orders.decision import Outcome
from rules.exempt import exempted
from rules.show import quantity

if TYPE_CHECKING:
    from rules.compile import Program
    from rules.judge.match import Firing, Match

Json = dict[str, Any]
Words = dict[str, str]
_REJECT, _HOLD, _FLAG, _PASS = (each.value for each in (Outcome.REJECT, Outcome.HOLD, Outcome.FLAG, Outcome.PASS))


class Composition:
    """Collects the effects of one order's firings, in their sorted order."""

    __slots__ = (
        "atoms", "carrier", "degraded", "facts", "flags", "holds", "notices", "personal", "priority", "rejected",
        "released", "requires", "reviewed", "routes", "skipped", "steps", "tables", "together", "trace", "workflow",
    )  # fmt: skip

    def __init__(self, program: Program, match: Match) -> None:
        self.facts = match.facts
        self.personal = match.personal
        self.atoms = match.atoms
        self.tables = program.tables
        released = match.facts["released"]
        self.released = {(rule, code, line_no) for rule, code, line_no in released} if released else None
        self.holds: dict[tuple[Any, ...], Json] = {}
        self.flags: dict[tuple[Any, ...], Json] = {}
        self.requires: dict[tuple[Any, ...], Json] = {}
        self.notices: dict[tuple[Any, ...], Json] = {}
        self.steps: dict[str, Json] = {}
        self.skipped: set[str] = set()
        self.routes: dict[int | None, tuple[str, Words]] = {}
        self.carrier: tuple[str, str | None, Words] | None = None
        self.together: Words | None = None
        self.workflow: str | None = None
        self.priority = 0
        self.rejected = False
        self.reviewed = False
        self.degraded: set[str] = set()
        self.trace: list[Json] = []

    def body(self, lines: list[Json]) -> Json:
        """Return the decision's body. ``lines``: the order's."""
        return {
            "approval": [step for name, step in self.steps.items() if name not in self.skipped],
            "degraded": sorted(self.degraded),
            "flags": list(self.flags.values()),
            "fulfilments": self._fulfilments(lines) if self.routes else [],
            "holds": list(self.holds.values()),
            "notify": list(self.notices.values()),
            "outcome": self._outcome(),
            "priority": self.priority,
            "requires": list(self.requires.values()),
            "trace": self.trace,
            "workflow": self.workflow or "stock",
        }

    def _outcome(self) -> str:
        """Resolve by severity: reject > hold > flag > pass. A warning hold counts as a flag.

        Where a rule asks for a person's review, a refusal stays a hold at the first gate.
        """
        if self.rejected and not self.reviewed:
            return _REJECT
        for hold in self.holds.values():
            if hold["severity"] == "blocking":
                return _HOLD
        return _FLAG if self.flags or self.holds else _PASS

    def _fulfilments(self, lines: list[Json]) -> list[Json]:
        """Give each line to its own route's site, else the order's; one parcel when the lines stay together."""
        routes = self.routes
        default = routes.get(None)
        if default and (self.together or len(routes) == 1):
            parts = [{"line_no": line["line_no"], "quantity": quantity(line["quantity"])} for line in lines]
            return [self._plan(default[0], parts)] if parts else []
        sites: dict[str, list[Json]] = {}
        for line in lines:
            chosen = routes.get(line["line_no"]) or default
            if chosen is not None:
                part = {"line_no": line["line_no"], "quantity": quantity(line["quantity"])}
                sites.setdefault(chosen[0], []).append(part)
        return [self._plan(site, parts) for site, parts in sites.items()]

    def _plan(self, site: str, lines: list[Json]) -> Json:
        numbers = {part["line_no"] for part in lines} if len(self.routes) > 1 else ()
        why = [message for line_no, (code, message) in self.routes.items()
               if code == site and (line_no is None or line_no in numbers)]  # fmt: skip
        carrier, service = None, None
        if self.carrier is not None:
            carrier, service, reason = self.carrier
            why.append(reason)
        if self.together is not None:
            why.append(self.together)
        return {"carrier": carrier, "lines": lines, "service": service, "site": site, "why": _once(why)}


def _once(why: list[Words]) -> list[Words]:
    return [message for at, message in enumerate(why) if message not in why[:at]]


def compose(program: Program, match: Match, firings: list[Firing]) -> Json:
    """Return the decision body's JSON that the firings make."""
    head, fire = match.head, program.fire
    state = Composition(program, match)
    for _, _, index, rows in firings:
        fire[index](state, head, rows)
    body = state.body(match.facts["line"])
    exempt = match.facts.get("exempt")
    return exempted(body, program.rules, exempt) if exempt else body
