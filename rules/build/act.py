"""The effects' source: per rule, the generated Python that turns one firing into holds, flags, routes … and its trace.

Everything that is the same for every firing of a rule stands in the source as a literal. ``S`` is the composition
(`rules/judge/compose.py`), ``m`` the rule's sentence, ``ln`` the order line that the firing is about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

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
    ReviewEffect,
    RouteEffect,
    Template,
    TogetherEffect,
    WorkflowEffect,
)
from rules.tree import Field
from rules.vocabulary import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.effects import Effect, Part
    from rules.policy import Rule

    Say = Callable[[tuple[Part, ...], bool], str]


@dataclass(frozen=True, slots=True)
class Entry:
    """What the trace says of an effect: its kind, the expression of what came of it, whether that is a list.

    ``fixed``: the same for every order. ``free``: the variable that says whether a person released this hold.
    """

    kind: str
    value: str
    many: bool = False
    fixed: bool = True
    free: str = ""

    def name(self, released: bool) -> str:
        """Return the literal under which it stands in the account."""
        return repr("released_hold" if released and self.free else self.kind)


SILENT = (DeriveEffect, ApprovalEffect, WorkflowEffect, PriorityEffect, DegradedEffect, ReviewEffect)
"""Effects that carry no sentence."""
_LINE = ", 'line_no': ln"
AMOUNTS = {Kind.MONEY: "_money", Kind.PRICE: "_price", Kind.QUANTITY: "_quantity"}
"""How generated code writes the values of a kind."""


class Acts:
    """Writes the effects of one rule.

    ``mark``: sets the names of its constants apart; ``rows``: its rows → their Python names; ``tables``: the names of
    the bundle's tables; ``say``: writes a sentence.
    """

    def __init__(self, rule: Rule, mark: int, rows: dict[str, str], tables: frozenset[str], say: Say) -> None:
        self.rule = rule
        self.mark = mark
        self.rows = rows
        self.tables = tables
        self.say = say
        self.line_no = "ln" if self.line_row else "None"
        self.lines: list[str] = []
        self.constants: dict[str, str] = {}
        self.entries: list[Entry] = []
        for number, effect in enumerate(rule.effects):
            self.entries.append(_ACTIONS[type(effect)](self, effect, number))

    @property
    def line_row(self) -> str | None:
        """The row that stands for an order line, if the rule has one."""
        variables = self.rule.variables
        return next((row for alias, row in self.rows.items() if variables.get(alias, alias) == "line"), None)

    @property
    def speaks(self) -> bool:
        """Say whether any effect carries the rule's sentence."""
        return any(not isinstance(effect, SILENT) for effect in self.rule.effects)

    def constant(self, source: str) -> str:
        """Return the name of a part of the decision that is the same for every order: made once, never changed."""
        return self.constants.setdefault(source, f"C{len(self.constants)}_{self.mark}")

    def derived(self) -> list[str]:
        """Return the lines that set ``x``, the trace's account of the effects."""
        held = [entry.free for entry in self.entries if entry.free]
        if not held:
            return [f"x = {self._account(released=False)}"]
        if len(held) == 1:
            return [f"x = {self._account(released=True)} if {held[0]} else {self._account(released=False)}"]
        names = [f"({entry.name(True)} if {entry.free or False} else {entry.name(False)})" for entry in self.entries]
        return ["x = {}", *(f"_put(x, {name}, {entry.value})" for name, entry in zip(names, self.entries, strict=True))]

    def _account(self, *, released: bool) -> str:
        """Return the expression of the account, where a person did or did not release the rule's hold."""
        merged: dict[str, str] = {}
        for entry in self.entries:
            name, value = entry.name(released), entry.value
            if name not in merged:
                merged[name] = f"[*{value}]" if entry.many else value
            else:
                before = merged[name]
                merged[name] = f"{before[:-1]}, {value}]" if before.startswith("[") else f"[{before}, {value}]"
        source = f"{{{', '.join(f'{name}: {merged[name]}' for name in sorted(merged))}}}"
        return self.constant(source) if all(entry.fixed for entry in self.entries) else source

    def value(self, value: Any) -> str:
        """Return the expression of a fixed value, or of a field of the facts that made the rule fire."""
        if not isinstance(value, Field):
            return repr(value)
        if value.alias in self.rows:
            return f"{self.rows[value.alias]}.get({value.word.name!r})"
        return f"H.get({value.full!r})"

    def fixed(self, value: Any) -> bool:
        """Say whether a value comes from the bundle alone: written in the rule, or in a table's row."""
        return not isinstance(value, Field) or value.word.fact in self.tables

    def _words(self, template: Template) -> str:
        words = f"{{'en': {self.say(template.en, False)}, 'zh': {self.say(template.zh, True)}}}"
        return self._shared(words, template)

    def _shared(self, source: str, *templates: Template) -> str:
        """Return a source, or the name of a constant if all its sentences are fixed."""
        parts = [part for template in templates for part in (*template.zh, *template.en)]
        return self.constant(source) if all(isinstance(part, str) for part in parts) else source

    def _noted(self, group: str, code: str) -> None:
        rule = repr(self.rule.id)
        self.lines += [
            f"k = ({code!r}, {rule}, {self.line_no})",
            f"if k not in S.{group}:",
            f"    S.{group}[k] = {{'code': {code!r}, 'line_no': {self.line_no}, 'message': m, 'rule': {rule}}}",
        ]

    def flag(self, effect: FlagEffect, number: int) -> Entry:
        """Note a flag."""
        del number
        self._noted("flags", effect.code)
        return Entry("flag", repr(effect.code))

    def require(self, effect: RequireEffect, number: int) -> Entry:
        """Demand a step."""
        del number
        self._noted("requires", effect.code)
        return Entry("require", repr(effect.code))

    def notify(self, effect: NotifyEffect, number: int) -> Entry:
        """Tell a group, once per sentence."""
        del number
        rule = repr(self.rule.id)
        self.lines += [
            f"k = ({effect.to!r}, {rule}, zh)",
            "if k not in S.notices:",
            f"    S.notices[k] = {{'message': m, 'rule': {rule}, 'to': {effect.to!r}}}",
        ]
        return Entry("notify", repr(effect.to))

    def derive(self, effect: DeriveEffect, number: int) -> Entry:
        """Show the fact that was made."""
        del number
        kinds = dict(effect.kinds)
        values = ", ".join(f"{name!r}: {self._traced(value, kinds[name])}" for name, value in sorted(effect.values))
        return Entry(effect.fact, f"_given({{{values}}})", fixed=False)

    def _traced(self, value: Any, kind: Kind) -> str:
        source = self.value(value)
        if kind not in AMOUNTS:
            return source
        return f"(None if (v := {source}) is None else {AMOUNTS[kind]}(v))"

    def hold(self, effect: HoldEffect, number: int) -> Entry:
        """Raise a hold, unless a person released this one before."""
        rule, line_no, code = repr(self.rule.id), self.line_no, repr(effect.code)
        free = f"g{number}"
        release = self._shared(f"[{', '.join(self._words(option) for option in effect.release)}]", *effect.release)
        who = self.constant(repr(list(effect.who)))
        self.lines += [
            f"{free} = S.released and ({rule}, {code}, {line_no} or 0) in S.released",
            f"if not {free}:",
            *(["    S.rejected = True"] if effect.reject else []),
            f"    k = ({code}, {rule}, {line_no}, zh)",
            "    if k not in S.holds:",
            f"        S.holds[k] = {{'code': {code}, 'gate': {effect.gate.value!r}, 'line_no': {line_no}, 'message': m,"
            f" 'needs_human': {effect.needs_human!r}, 'release': {release}, 'rule': {rule},"
            f" 'severity': {effect.severity!r}, 'who': {who}}}",
        ]
        return Entry("reject" if effect.reject else "hold", code, free=free)

    def approval(self, effect: ApprovalEffect, number: int) -> Entry:
        """Ask for approval steps, or skip some."""
        del number
        if effect.skip:
            self.lines.append(f"S.skipped.update({effect.steps!r})")
            return Entry("skip", repr(list(effect.steps)), many=True)
        for step in effect.steps:
            asked = {"role": step, "rule": self.rule.id, "step": step}
            self.lines.append(f"S.steps.setdefault({step!r}, {asked!r})")
        return Entry("approval", repr(list(effect.steps)), many=True)

    def route(self, effect: RouteEffect, number: int) -> Entry:
        """Choose the site of the order or of a line."""
        name = f"v{number}"
        self.lines += [
            f"{name} = {self.value(effect.site)}",
            f"if {name} is not None:",
            f"    S.routes.setdefault({self.line_no}, ({name}, m))",
        ]
        return Entry("route", name, fixed=False)

    def carry(self, effect: CarrierEffect, number: int) -> Entry:
        """Choose the carrier."""
        name = f"v{number}"
        self.lines += [
            f"{name} = {self.value(effect.carrier)}",
            f"if {name} is not None and S.carrier is None:",
            f"    S.carrier = ({name}, {self.value(effect.service)}, m)",
        ]
        return Entry("carrier", name, fixed=False)

    def keep_together(self, effect: TogetherEffect, number: int) -> Entry:
        """Keep the order in one parcel."""
        del effect, number
        self.lines.append("S.together = S.together or m")
        return Entry("together", "True")

    def review(self, effect: ReviewEffect, number: int) -> Entry:
        """Let a person look at what would be refused."""
        del effect, number
        self.lines.append("S.reviewed = True")
        return Entry("review", "True")

    def choose_workflow(self, effect: WorkflowEffect, number: int) -> Entry:
        """Choose the workflow."""
        name = f"v{number}"
        self.lines.append(f"{name} = S.workflow = S.workflow or {self.value(effect.name)}")
        return Entry("workflow", name, fixed=False)

    def prefer(self, effect: PriorityEffect, number: int) -> Entry:
        """Raise the priority."""
        del number
        self.lines.append(f"S.priority = max(S.priority, {effect.level})")
        return Entry("priority", repr(effect.level))

    def degrade(self, effect: DegradedEffect, number: int) -> Entry:
        """Say which check could not be made."""
        del number
        self.lines.append(f"S.degraded.add({effect.source!r})")
        return Entry("degraded", repr(effect.source))


_ACTIONS: dict[type[Effect], Callable[[Acts, Any, int], Entry]] = {
    HoldEffect: Acts.hold,
    FlagEffect: Acts.flag,
    RequireEffect: Acts.require,
    NotifyEffect: Acts.notify,
    DeriveEffect: Acts.derive,
    ApprovalEffect: Acts.approval,
    RouteEffect: Acts.route,
    CarrierEffect: Acts.carry,
    TogetherEffect: Acts.keep_together,
    WorkflowEffect: Acts.choose_workflow,
    PriorityEffect: Acts.prefer,
    DegradedEffect: Acts.degrade,
    ReviewEffect: Acts.review,
}


def made_source(index: int, effects: tuple[Effect, ...], acts: Acts) -> str:
    """Return ``make_N``: it notes every fact that a firing makes, and that some rule reads, in the match ``M``."""
    lines = [f"{', '.join(acts.rows.values())}, = R"] if acts.rows and effects else []
    lines += [f"ln = {acts.line_row}.get('line_no')"] if acts.line_row and effects else []
    for number, effect in enumerate(effects):
        place = f"{index}.{number}"
        match effect:
            case FlagEffect() | HoldEffect():
                fact = "flag" if isinstance(effect, FlagEffect) else "hold"
                row = f"{{'code': {effect.code!r}{_LINE if acts.line_row else ''}}}"
                lines += _noting(place, fact, row, None if acts.line_row else [])
            case RouteEffect():
                row = f"{{'site': v{_LINE if acts.line_row else ''}}}"
                fixed = acts.fixed(effect.site) and not acts.line_row
                noting = _noting(place, "route", row, ["v"] if fixed else None)
                lines += [f"v = {acts.value(effect.site)}", "if v is not None:", *(f"    {line}" for line in noting)]
            case DeriveEffect():
                named = sorted(effect.values)
                names = [f"v{at}" for at in range(len(named))]
                row = f"{{{', '.join(f'{name!r}: {own}' for (name, _), own in zip(named, names, strict=True))}}}"
                lines += [f"{own} = {acts.value(value)}" for own, (_, value) in zip(names, named, strict=True)]
                fixed = all(acts.fixed(value) for _, value in named)
                lines += _noting(place, effect.fact, row, names if fixed else None)
    return "\n    ".join([f"def make_{index}(M, H, R):", *(lines or ["pass"])]) + "\n"


def _noting(place: str, fact: str, row: str, fixed: list[str] | None) -> list[str]:
    """Return the lines that note a fact. ``fixed``: the variables that it depends on, where the bundle holds them."""
    if fixed is None:
        return [f"M.add({fact!r}, {row})"]
    known = f"({', '.join([repr(place), *fixed])})" if fixed else repr(place)
    return [f"k = {known}", f"M.note(M.program.known.get(k) or M.learn(k, {fact!r}, {row}))"]


def put(found: dict[str, Any], name: str, value: Any) -> None:
    """Add what came of an effect; a second one of its kind makes a list."""
    if name in found:
        before = found[name]
        value = [*(before if isinstance(before, list) else [before]), value]
    found[name] = value


def given(values: dict[str, Any]) -> dict[str, Any]:
    """Leave out what is missing."""
    return {name: value for name, value in values.items() if value is not None} if None in values.values() else values
