"""Composition: the firings of one order → its decision as canonical JSON with the full trace. Same firings, same bytes.

Each rule's generated function (`rules/build/trace.py`, `rules/build/act.py`) writes what it does as JSON and enters it
here; the first choice of a kind wins. The text is the contract's decision body; `rules/judge/wire.py` turns it into a
`DecisionBody`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from orders.decision import Outcome
from rules.exempt import exempted
from rules.show import COUNTS, QUANTITIES, TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rules.compile import Program
    from rules.judge.match import Firing, Match

Json = dict[str, Any]
Parts = tuple[bytes, ...]
_REJECT, _HOLD, _FLAG, _PASS = (each.encode() for each in (Outcome.REJECT, Outcome.HOLD, Outcome.FLAG, Outcome.PASS))


class Composition:
    """Collects the effects of one order's firings, in their sorted order: what stands in the body as parts of its text.

    The parts of an entry of a list begin with a comma; the first entry's is taken away.
    """

    blocked = rejected = reviewed = False
    priority = 0
    carrier: tuple[str, str | None, bytes] | None = None
    together: bytes | None = None
    workflow: str | None = None

    def __init__(self, program: Program, match: Match) -> None:
        self.facts = match.facts
        self.personal = match.personal
        self.atoms = match.atoms
        self.tables = program.tables
        released = match.facts["released"]
        self.released = {(rule, code, line_no) for rule, code, line_no in released} if released else None
        self.holds: dict[tuple[Any, ...], Parts] = {}
        self.flags: dict[tuple[Any, ...], Parts] = {}
        self.requires: dict[tuple[Any, ...], Parts] = {}
        self.notices: dict[tuple[Any, ...], Parts] = {}
        self.steps: dict[str, Parts] = {}
        self.skipped: set[str] = set()
        self.routes: dict[int | None, tuple[str, bytes]] = {}
        self.degraded: set[str] = set()
        self.trace: list[bytes] = []

    def body(self, lines: list[Json]) -> bytes:
        """Return the decision's body. ``lines``: the order's."""
        out = [b'{"approval":[']
        steps = self.steps
        _extend(out, [steps[name] for name in steps if name not in self.skipped] if self.skipped else steps.values())
        out.append(b'],"degraded":[%b],"flags":[' % b",".join([TEXTS[source] for source in sorted(self.degraded)]))
        _extend(out, self.flags.values())
        out.append(b'],"fulfilments":[%b],"holds":[' % b",".join(self._fulfilments(lines) if self.routes else ()))
        _extend(out, self.holds.values())
        out.append(b'],"notify":[')
        _extend(out, self.notices.values())
        out.append(b'],"outcome":"%b","priority":%d,"requires":[' % (self._outcome(), self.priority))
        _extend(out, self.requires.values())
        out.append(b'],"trace":[')
        _extend(out, (self.trace,))
        out.append(b'],"workflow":%b}' % TEXTS[self.workflow or "stock"])
        return b"".join(out)

    def _outcome(self) -> bytes:
        """Resolve by severity: reject > hold > flag > pass. A warning hold counts as a flag.

        Where a rule asks for a person's review, a refusal stays a hold at the first gate.
        """
        if self.rejected and not self.reviewed:
            return _REJECT
        if self.blocked:
            return _HOLD
        return _FLAG if self.flags or self.holds else _PASS

    def _fulfilments(self, lines: list[Json]) -> list[bytes]:
        """Give each line to its own route's site, else the order's; one parcel when the lines stay together."""
        routes = self.routes
        default = routes.get(None)
        if default and (self.together or len(routes) == 1):
            return [self._plan(default[0], lines)] if lines else []
        sites: dict[str, list[Json]] = {}
        for line in lines:
            chosen = routes.get(line["line_no"]) or default
            if chosen is not None:
                sites.setdefault(chosen[0], []).append(line)
        return [self._plan(site, parts) for site, parts in sites.items()]

    def _plan(self, site: str, lines: list[Json]) -> bytes:
        numbers = {line["line_no"] for line in lines} if len(self.routes) > 1 else ()
        why = [message for line_no, (code, message) in self.routes.items()
               if code == site and (line_no is None or line_no in numbers)]  # fmt: skip
        carrier, service = None, None
        if self.carrier is not None:
            carrier, service, reason = self.carrier
            why.append(reason)
        if self.together is not None:
            why.append(self.together)
        return b'{"carrier":%b,"lines":[%b],"service":%b,"site":%b,"why":[%b]}' % (
            TEXTS[carrier], b",".join([_part(line) for line in lines]), TEXTS[service], TEXTS[site],
            b",".join(dict.fromkeys(why)),
        )  # fmt: skip


def _part(line: Json) -> bytes:
    return b'{"line_no":%b,"quantity":"%b"}' % (COUNTS[line["line_no"]], QUANTITIES[line["quantity"]])


def _extend(out: list[bytes], entries: Iterable[Iterable[bytes]]) -> None:
    """Add a list's entries, but not the first one's comma."""
    first = len(out)
    for parts in entries:
        out += parts
    if len(out) > first:
        out[first] = out[first][1:]


def compose(program: Program, match: Match, firings: list[Firing]) -> bytes:
    """Return the decision body's canonical JSON that the firings make."""
    head, fire = match.head, program.fire
    state = Composition(program, match)
    for _, _, index, rows in firings:
        fire[index](state, head, rows)
    body = state.body(match.facts["line"])
    exempt = match.facts.get("exempt")
    if not exempt:
        return body
    lifted = exempted(orjson.loads(body), program.rules, exempt)
    return orjson.dumps(lifted, option=orjson.OPT_SORT_KEYS)
