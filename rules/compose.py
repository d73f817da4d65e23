"""Composition: the firings of one order → its decision as JSON, with the full trace. Same firings, same bytes.

The JSON is the contract's decision body; `rules/wire.py` turns it into a `DecisionBody`.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any

from orders.decision import Outcome
from rules.effects import (
    ApprovalEffect,
    CarrierEffect,
    DegradedEffect,
    DeriveEffect,
    FlagEffect,
    HoldEffect,
    NotifyEffect,
    PriorityEffect,
    RequireEffect,
    RouteEffect,
    Template,
    TogetherEffect,
    WorkflowEffect,
)
from rules.match import Firing, Match, derived_fact, dynamic
from rules.show import quantity, trace_value, value_text
from rules.tree import Linear

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.compile import Program
    from rules.effects import Part
    from rules.tree import Field

Json = dict[str, Any]
Words = dict[str, str]
Done = tuple[str, Any]
"""What the trace says of an effect: its kind and what came of it."""


class Shot:
    """One firing as its effects see it: the rule, the rows, the order line that it is about, its sentence."""

    __slots__ = ("index", "line_no", "message", "rows", "rule")

    def __init__(self, index: int, rule: str, rows: tuple[Json, ...], line_no: int | None, message: Words) -> None:
        self.index = index
        self.rule = rule
        self.rows = rows
        self.line_no = line_no
        self.message = message


class Composer:
    """Collects the effects of one order's firings, in their sorted order; the first choice of a kind wins."""

    def __init__(self, program: Program, match: Match) -> None:
        self.program = program
        self.match = match
        self.released = {(rule, code, line_no) for rule, code, line_no in match.facts["released"]}
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
        self.degraded: set[str] = set()
        self.trace: list[Json] = []

    def body(self, firings: list[Firing]) -> Json:
        """Return the decision's body."""
        match = self.match
        known = (match.head, match.personal, match.atoms, match.facts, self.program.tables)
        for _, _, index, rows in firings:
            self._fire(index, rows, known)
        return {
            "outcome": self._outcome(),
            "workflow": self.workflow or "stock",
            "holds": list(self.holds.values()),
            "flags": list(self.flags.values()),
            "requires": list(self.requires.values()),
            "approval": [step for name, step in self.steps.items() if name not in self.skipped],
            "priority": self.priority,
            "notify": list(self.notices.values()),
            "fulfilments": self._fulfilments(),
            "trace": self.trace,
            "degraded": sorted(self.degraded),
        }

    def _outcome(self) -> str:
        """Resolve by severity: reject > hold > flag > pass. A warning hold counts as a flag."""
        if self.rejected:
            return Outcome.REJECT.value
        if any(hold["severity"] == "blocking" for hold in self.holds.values()):
            return Outcome.HOLD.value
        return Outcome.FLAG.value if self.flags or self.holds else Outcome.PASS.value

    def _fire(self, index: int, rows: tuple[Json, ...], known: tuple[Any, ...]) -> None:
        program = self.program
        rule, place = program.rules[index], program.line_places[index]
        because, zh, en = program.tell[index](*known, *rows)
        line_no = None if place is None else rows[place].get("line_no")
        shot = Shot(index, rule.id, rows, line_no, {"zh": zh, "en": en})
        derived: Json = {}
        for effect in rule.effects:
            name, value = _ACTIONS[type(effect)](self, effect, shot)
            if name in derived:
                before = derived[name]
                value = [*(before if isinstance(before, list) else [before]), value]
            derived[name] = value
        self.trace.append({"rule": rule.id, "version": rule.version, "because": because, "derived": derived})

    def _noted(self, found: dict[tuple[Any, ...], Json], code: str, shot: Shot) -> None:
        key = (code, shot.rule, shot.line_no)
        if key not in found:
            found[key] = {"code": code, "rule": shot.rule, "line_no": shot.line_no, "message": shot.message}

    def flag(self, effect: FlagEffect, shot: Shot) -> Done:
        """Note a flag."""
        self._noted(self.flags, effect.code, shot)
        return "flag", effect.code

    def require(self, effect: RequireEffect, shot: Shot) -> Done:
        """Demand a step."""
        self._noted(self.requires, effect.code, shot)
        return "require", effect.code

    def notify(self, effect: NotifyEffect, shot: Shot) -> Done:
        """Tell a group, once per sentence."""
        key = (effect.to, shot.rule, shot.message["zh"])
        if key not in self.notices:
            self.notices[key] = {"to": effect.to, "rule": shot.rule, "message": shot.message}
        return "notify", effect.to

    def derive(self, effect: DeriveEffect, shot: Shot) -> Done:
        """Show the fact that was made."""
        made = derived_fact(effect, self.program, shot.index, shot.rows, self.match.head)
        kinds = dict(effect.kinds)
        return effect.fact, {name: trace_value(value, kinds[name]) for name, value in made[1].items()} if made else {}

    def hold(self, effect: HoldEffect, shot: Shot) -> Done:
        """Raise a hold, unless a person released this one before."""
        if self.released and (shot.rule, effect.code, shot.line_no or 0) in self.released:
            return "released_hold", effect.code
        self.rejected = self.rejected or effect.reject
        key = (effect.code, shot.rule, shot.line_no, shot.message["zh"])
        if key not in self.holds:
            self.holds[key] = {
                "code": effect.code,
                "gate": effect.gate.value,
                "rule": shot.rule,
                "line_no": shot.line_no,
                "severity": effect.severity,
                "needs_human": effect.needs_human,
                "message": shot.message,
                "who": list(effect.who),
                "release": [self._filled(option, shot) for option in effect.release],
            }
        return ("reject" if effect.reject else "hold"), effect.code

    def approval(self, effect: ApprovalEffect, shot: Shot) -> Done:
        """Ask for approval steps, or skip some."""
        if effect.skip:
            self.skipped.update(effect.steps)
            return "skip", list(effect.steps)
        for step in effect.steps:
            self.steps.setdefault(step, {"step": step, "role": step, "rule": shot.rule})
        return "approval", list(effect.steps)

    def route(self, effect: RouteEffect, shot: Shot) -> Done:
        """Choose the site of the order or of a line."""
        site = self._value(effect.site, shot)
        if site is not None:
            self.routes.setdefault(shot.line_no, (site, shot.message))
        return "route", site

    def carry(self, effect: CarrierEffect, shot: Shot) -> Done:
        """Choose the carrier."""
        carrier = self._value(effect.carrier, shot)
        if carrier is not None and self.carrier is None:
            self.carrier = (carrier, self._value(effect.service, shot), shot.message)
        return "carrier", carrier

    def keep_together(self, effect: TogetherEffect, shot: Shot) -> Done:
        """Keep the order in one parcel."""
        del effect
        self.together = self.together or shot.message
        return "together", True

    def choose_workflow(self, effect: WorkflowEffect, shot: Shot) -> Done:
        """Choose the workflow."""
        self.workflow = self.workflow or self._value(effect.name, shot)
        return "workflow", self.workflow

    def prefer(self, effect: PriorityEffect, shot: Shot) -> Done:
        """Raise the priority."""
        del shot
        self.priority = max(self.priority, effect.level)
        return "priority", effect.level

    def degrade(self, effect: DegradedEffect, shot: Shot) -> Done:
        """Say which check could not be made."""
        del shot
        self.degraded.add(effect.source)
        return "degraded", effect.source

    def _value(self, value: Any, shot: Shot) -> Any:
        return dynamic(value, self.program.aliases[shot.index], shot.rows, self.match.head)

    def _filled(self, template: Template, shot: Shot) -> Words:
        return {"zh": self._text(template.zh, shot, zh=True), "en": self._text(template.en, shot, zh=False)}

    def _text(self, parts: tuple[Part, ...], shot: Shot, zh: bool) -> str:
        return "".join(part if isinstance(part, str) else self._shown(part, shot, zh) for part in parts)

    def _shown(self, part: Field | Linear | None, shot: Shot, zh: bool) -> str:
        if part is None:
            return ""
        if isinstance(part, Linear):
            value, kind = self._total(part, shot), part.kind
        else:
            value, kind = self._value(part, shot), part.word.kind
        if value is None:
            return "未知" if zh else "unknown"
        return value_text(value, kind, zh)

    def _total(self, side: Linear, shot: Shot) -> int | None:
        """Return a sum's value, rounded half up; None when a part of it is missing."""
        values = [(factor, self._value(term, shot)) for factor, term in side.terms]
        if any(value is None for _, value in values):
            return None
        return floor(sum((factor * value for factor, value in values), side.constant) + Fraction(1, 2))

    def _fulfilments(self) -> list[Json]:
        """Give each line to its own route's site, else the order's; one parcel when the lines stay together."""
        default = self.routes.get(None)
        sites: dict[str, list[Json]] = {}
        for line in self.match.facts["line"] if self.routes else ():
            own = None if self.together and default else self.routes.get(line["line_no"])
            chosen = own or default
            if chosen is not None:
                part = {"line_no": line["line_no"], "quantity": quantity(line["quantity"])}
                sites.setdefault(chosen[0], []).append(part)
        return [self._plan(site, lines) for site, lines in sites.items()]

    def _plan(self, site: str, lines: list[Json]) -> Json:
        numbers = {part["line_no"] for part in lines}
        why = [message for line_no, (code, message) in self.routes.items()
               if code == site and (line_no is None or line_no in numbers)]  # fmt: skip
        carrier, service = None, None
        if self.carrier is not None:
            carrier, service, reason = self.carrier
            why.append(reason)
        if self.together is not None:
            why.append(self.together)
        return {"site": site, "carrier": carrier, "service": service, "lines": lines, "why": _once(why)}


def _once(why: list[Words]) -> list[Words]:
    return [message for at, message in enumerate(why) if message not in why[:at]]


_ACTIONS: dict[type, Callable[[Composer, Any, Shot], Done]] = {
    HoldEffect: Composer.hold,
    FlagEffect: Composer.flag,
    RequireEffect: Composer.require,
    NotifyEffect: Composer.notify,
    DeriveEffect: Composer.derive,
    ApprovalEffect: Composer.approval,
    RouteEffect: Composer.route,
    CarrierEffect: Composer.carry,
    TogetherEffect: Composer.keep_together,
    WorkflowEffect: Composer.choose_workflow,
    PriorityEffect: Composer.prefer,
    DegradedEffect: Composer.degrade,
}


def compose(program: Program, match: Match, firings: list[Firing]) -> Json:
    """Return the decision body's JSON that the firings make."""
    return Composer(program, match).body(firings)
