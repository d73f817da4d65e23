"""Composition: the firings of one order → its decision, with the full trace. Same firings, same bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orders.decision import (
    ApprovalStep,
    DecisionBody,
    FulfilmentLine,
    FulfilmentPlan,
    Notice,
    Requirement,
    TraceStep,
    worst,
)
from orders.hold import Flag, Hold, Message
from orders.money import Micro
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
from rules.match import Firing, Match, derived_fact, dynamic, line_of

if TYPE_CHECKING:
    from rules.compile import Program
    from rules.effects import Effect, Part
    from rules.policy import Rule

Row = dict[str, Any]


class Composer:
    """Collects the effects of one order's firings, in their sorted order; the first choice of a kind wins."""

    def __init__(self, program: Program, match: Match) -> None:
        self.program = program
        self.match = match
        self.facts = match.facts
        self.released = {(rule, code, line_no) for rule, code, line_no in match.facts["released"]}
        self.holds: dict[tuple[Any, ...], Hold] = {}
        self.flags: dict[tuple[Any, ...], Flag] = {}
        self.requires: dict[tuple[Any, ...], Requirement] = {}
        self.steps: dict[str, ApprovalStep] = {}
        self.skipped: set[str] = set()
        self.notices: dict[tuple[Any, ...], Notice] = {}
        self.routes: dict[int | None, tuple[str, Message]] = {}
        self.carrier: tuple[str, str | None, Message] | None = None
        self.together: Message | None = None
        self.workflow: str | None = None
        self.priority = 0
        self.rejected = False
        self.degraded: set[str] = set()
        self.trace: list[TraceStep] = []

    def body(self, firings: list[Firing]) -> DecisionBody:
        """Return the decision's body."""
        for firing in firings:
            self._fire(firing)
        holds, flags = tuple(self.holds.values()), tuple(self.flags.values())
        return DecisionBody(
            outcome=worst(holds, flags, self.rejected),
            holds=holds,
            flags=flags,
            requires=tuple(self.requires.values()),
            approval=tuple(step for step in self.steps.values() if step.step not in self.skipped),
            priority=self.priority,
            notify=tuple(self.notices.values()),
            fulfilments=self._fulfilments(),
            trace=tuple(self.trace),
            degraded=tuple(sorted(self.degraded)),
            workflow=self.workflow or "stock",
        )

    def _fire(self, firing: Firing) -> None:
        rule = self.program.rules[firing.rule]
        match = self.match
        asked = (match.head, match.personal, match.atoms, match.facts, self.program.tables, firing.rows)
        message = Message(*self.program.sentences[firing.rule](*asked))
        derived: dict[str, Any] = {}
        for effect in rule.effects:
            name, value = self._apply(effect, rule, firing.rows, message)
            if name in derived:
                before = derived[name]
                derived[name] = [*(before if isinstance(before, list) else [before]), value]
            else:
                derived[name] = value
        because = self.program.because[firing.rule](*asked)
        self.trace.append(TraceStep(rule.id, rule.version, because, derived))

    def _apply(self, effect: Effect, rule: Rule, rows: dict[str, Row], message: Message) -> tuple[str, Any]:
        match effect:
            case HoldEffect():
                return self._hold(effect, rule, rows, message)
            case FlagEffect():
                line_no = line_of(rule, rows)
                self.flags.setdefault((effect.code, rule.id, line_no), Flag(effect.code, rule.id, message, line_no))
                return "flag", effect.code
            case RequireEffect():
                line_no = line_of(rule, rows)
                requirement = Requirement(effect.code, rule.id, message, line_no)
                self.requires.setdefault((effect.code, rule.id, line_no), requirement)
                return "require", effect.code
            case NotifyEffect():
                self.notices.setdefault((effect.to, rule.id, message), Notice(effect.to, rule.id, message))
                return "notify", effect.to
            case DeriveEffect():
                made = derived_fact(effect, rule, rows, self.match.head)
                return effect.fact, made[1] if made else {}
            case ApprovalEffect():
                return self._approval(effect, rule)
            case _:
                return self._choice(effect, rule, rows, message)

    def _hold(self, effect: HoldEffect, rule: Rule, rows: dict[str, Row], message: Message) -> tuple[str, Any]:
        line_no = line_of(rule, rows)
        if (rule.id, effect.code, line_no or 0) in self.released:
            return "released_hold", effect.code
        self.rejected = self.rejected or effect.reject
        hold = Hold(
            code=effect.code,
            gate=effect.gate,
            rule=rule.id,
            message=message,
            who=effect.who,
            release=tuple(self._filled(option, rows) for option in effect.release),
            line_no=line_no,
            needs_human=effect.needs_human,
            severity=effect.severity,
        )
        self.holds.setdefault((effect.code, rule.id, line_no, message), hold)
        return ("reject" if effect.reject else "hold"), effect.code

    def _approval(self, effect: ApprovalEffect, rule: Rule) -> tuple[str, Any]:
        if effect.skip:
            self.skipped.update(effect.steps)
            return "skip", list(effect.steps)
        for step in effect.steps:
            self.steps.setdefault(step, ApprovalStep(step, step, rule.id))
        return "approval", list(effect.steps)

    def _choice(self, effect: Effect, rule: Rule, rows: dict[str, Row], message: Message) -> tuple[str, Any]:
        match effect:
            case RouteEffect():
                return self._route(effect, rule, rows, message)
            case CarrierEffect():
                return self._carrier(effect, rows, message)
            case TogetherEffect():
                self.together = self.together or message
                return "together", True
            case WorkflowEffect():
                self.workflow = self.workflow or dynamic(effect.name, rows, self.match.head)
                return "workflow", self.workflow
            case PriorityEffect():
                self.priority = max(self.priority, effect.level)
                return "priority", effect.level
            case DegradedEffect():
                self.degraded.add(effect.source)
                return "degraded", effect.source
            case _:
                raise TypeError(f"unknown effect {effect}")

    def _route(self, effect: RouteEffect, rule: Rule, rows: dict[str, Row], message: Message) -> tuple[str, Any]:
        site = dynamic(effect.site, rows, self.match.head)
        if site is not None:
            self.routes.setdefault(line_of(rule, rows), (site, message))
        return "route", site

    def _carrier(self, effect: CarrierEffect, rows: dict[str, Row], message: Message) -> tuple[str, Any]:
        carrier = dynamic(effect.carrier, rows, self.match.head)
        if carrier is not None and self.carrier is None:
            self.carrier = (carrier, dynamic(effect.service, rows, self.match.head), message)
        return "carrier", carrier

    def _filled(self, template: Template, rows: dict[str, Row]) -> Message:
        return Message(zh=self._text(template.zh, rows), en=self._text(template.en, rows))

    def _text(self, parts: tuple[Part, ...], rows: dict[str, Row]) -> str:
        return "".join(part if isinstance(part, str) else str(dynamic(part, rows, self.match.head)) for part in parts)

    def _fulfilments(self) -> tuple[FulfilmentPlan, ...]:
        """Give each line to its own route's site, else the order's; one parcel when the lines stay together."""
        default = self.routes.get(None)
        sites: dict[str, list[FulfilmentLine]] = {}
        for line in self.facts["line"] if self.routes else ():
            own = None if self.together and default else self.routes.get(line["line_no"])
            chosen = own or default
            if chosen is not None:
                sites.setdefault(chosen[0], []).append(FulfilmentLine(line["line_no"], Micro(line["quantity"])))
        return tuple(self._plan(site, lines) for site, lines in sites.items())

    def _plan(self, site: str, lines: list[FulfilmentLine]) -> FulfilmentPlan:
        numbers = {part.line_no for part in lines}
        why = [message for line_no, (code, message) in self.routes.items()
               if code == site and (line_no is None or line_no in numbers)]  # fmt: skip
        carrier, service = None, None
        if self.carrier is not None:
            carrier, service, reason = self.carrier
            why.append(reason)
        if self.together is not None:
            why.append(self.together)
        return FulfilmentPlan(site, carrier, service, tuple(lines), tuple(dict.fromkeys(why)))


def compose(program: Program, match: Match, firings: list[Firing]) -> DecisionBody:
    """Return the decision that the firings make."""
    return Composer(program, match).body(firings)
