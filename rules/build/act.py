"""The effects' source: per rule, the generated Python that turns one firing into holds, flags, routes … and its trace.

They are written as JSON at once (`rules/build/write.py`); what is the same for every firing of a rule stands in the
source as fixed text. ``S`` is the composition (`rules/judge/compose.py`), ``zh`` the rule's Chinese sentence where it
tells firings apart, ``ln`` the order line that the firing is about, ``lt`` its number as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rules.build.write import Code, amount, computed, constant, is_fixed, keyed, listed, parts, thing, written
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
from rules.show import TEXTS, trace_value
from rules.tree import Field
from rules.vocabulary import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.build.write import Pieces
    from rules.effects import Effect, Part
    from rules.policy import Rule

    Say = Callable[[tuple[Part, ...], bool], Pieces]


@dataclass(frozen=True, slots=True)
class Entry:
    """What the trace says of an effect: its kind and what came of it. ``many``: the texts of a list's items.

    ``free``: the variable that says whether a person released this hold.
    """

    kind: str
    value: Pieces
    many: tuple[Pieces, ...] = ()
    free: str = ""

    def name(self, released: bool) -> str:
        """Return the name under which it stands in the account."""
        return "released_hold" if released and self.free else self.kind


SILENT = (DeriveEffect, ApprovalEffect, WorkflowEffect, PriorityEffect, DegradedEffect, ReviewEffect)
"""Effects that carry no sentence."""
_LINE = ", 'line_no': ln"
AMOUNTS = {Kind.MONEY: "_money({})", Kind.PRICE: "_prices[{}]", Kind.QUANTITY: "_quantities[{}]"}
"""How generated code writes the values of a kind."""


class Acts:
    """Writes the effects of one rule.

    ``rows``: its rows → their Python names; ``tables``: the names of the bundle's tables; ``say``: a sentence as JSON.
    ``spoken``: whether ``zh`` must tell apart what several firings say.
    """

    def __init__(self, rule: Rule, rows: dict[str, str], tables: frozenset[str], say: Say) -> None:
        self.rule = rule
        self.rows = rows
        self.tables = tables
        self.say = say
        self.line_no = "ln" if self.line_row else "None"
        self.line_text: Pieces = (Code("lt"),) if self.line_row else constant(None)
        self.zh = say(rule.message.zh, True)
        self.spoken = bool(rows) and not is_fixed(self.zh)
        self.mark = ", zh" if self.spoken else ""
        self.message = thing({"en": say(rule.message.en, False), "zh": (Code("zh"),) if self.spoken else self.zh})
        self.lines: list[str] = []
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

    def derived(self) -> tuple[list[str], Pieces]:
        """Return the trace's account of the effects, and the lines that must run before."""
        held = [entry.free for entry in self.entries if entry.free]
        if not held:
            return [], self._account(released=False)
        if len(held) == 1:
            freed, kept = written(self._account(released=True)), written(self._account(released=False))
            return [], (Code(f"({freed} if {held[0]} else {kept})"),)
        names = [f"({entry.name(True)!r} if {entry.free or False} else {entry.kind!r})" for entry in self.entries]
        puts = [f"_put(x, {name}, {written(entry.value)})" for name, entry in zip(names, self.entries, strict=True)]
        return ["x = {}", *puts], (Code("_account(x)"),)

    def _account(self, *, released: bool) -> Pieces:
        """Return the account, where a person did or did not release the rule's hold."""
        merged: dict[str, list[Pieces]] = {}
        lists: set[str] = set()
        for entry in self.entries:
            name = entry.name(released)
            if name in merged:
                merged[name].append(entry.value)
                lists.add(name)
            else:
                merged[name] = list(entry.many) or [entry.value]
                lists |= {name} if entry.many else set()
        return thing({name: listed(items) if name in lists else items[0] for name, items in merged.items()})

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

    def _words(self, template: Template) -> Pieces:
        return thing({"en": self.say(template.en, False), "zh": self.say(template.zh, True)})

    def _noted(self, group: str, code: str) -> None:
        rule = self.rule.id
        about = {"line_no": self.line_text, "message": self.message}
        text = thing({"code": constant(code), "rule": constant(rule), **about})
        self.lines += [
            f"k = ({code!r}, {rule!r}, {self.line_no})",
            f"if k not in S.{group}:",
            f"    S.{group}[k] = {_entry(text)}",
        ]

    def flag(self, effect: FlagEffect, number: int) -> Entry:
        """Note a flag."""
        del number
        self._noted("flags", effect.code)
        return Entry("flag", constant(effect.code))

    def require(self, effect: RequireEffect, number: int) -> Entry:
        """Demand a step."""
        del number
        self._noted("requires", effect.code)
        return Entry("require", constant(effect.code))

    def notify(self, effect: NotifyEffect, number: int) -> Entry:
        """Tell a group, once per sentence."""
        del number
        text = thing({"message": self.message, "rule": constant(self.rule.id), "to": constant(effect.to)})
        self.lines += [
            f"k = ({effect.to!r}, {self.rule.id!r}{self.mark})",
            "if k not in S.notices:",
            f"    S.notices[k] = {_entry(text)}",
        ]
        return Entry("notify", constant(effect.to))

    def derive(self, effect: DeriveEffect, number: int) -> Entry:
        """Show the fact that was made; what is missing is left out."""
        kinds = dict(effect.kinds)
        entries: list[tuple[str, str | None, Pieces]] = []
        for at, (name, value) in enumerate(effect.values):
            own, kind = f"v{number}_{at}", kinds[name]
            if not isinstance(value, Field):
                entries.append((name, None, constant(trace_value(value, kind))))
            else:
                text = amount(AMOUNTS[kind].format(own), True) if kind in AMOUNTS else computed(own, kind)
                entries.append((name, f"({own} := {self.value(value)}) is not None", text))
        return Entry(effect.fact, keyed(entries))

    def hold(self, effect: HoldEffect, number: int) -> Entry:
        """Raise a hold, unless a person released this one before."""
        rule, line_no, code = repr(self.rule.id), self.line_no, repr(effect.code)
        free = f"g{number}"
        text = thing({
            "code": constant(effect.code), "gate": constant(effect.gate.value), "line_no": self.line_text,
            "message": self.message, "needs_human": constant(effect.needs_human),
            "release": listed([self._words(option) for option in effect.release]), "rule": constant(self.rule.id),
            "severity": constant(effect.severity), "who": constant(list(effect.who)),
        })  # fmt: skip
        self.lines += [
            f"{free} = S.released and ({rule}, {code}, {line_no} or 0) in S.released",
            f"if not {free}:",
            *(["    S.rejected = True"] if effect.reject else []),
            f"    k = ({code}, {rule}, {line_no}{self.mark})",
            "    if k not in S.holds:",
            f"        S.holds[k] = {_entry(text)}",
            *(["        S.blocked = True"] if effect.severity == "blocking" else []),
        ]
        return Entry("reject" if effect.reject else "hold", constant(effect.code), free=free)

    def approval(self, effect: ApprovalEffect, number: int) -> Entry:
        """Ask for approval steps, or skip some."""
        del number
        if effect.skip:
            self.lines.append(f"S.skipped.update({effect.steps!r})")
        for step in () if effect.skip else effect.steps:
            asked = constant({"role": step, "rule": self.rule.id, "step": step})
            self.lines.append(f"S.steps.setdefault({step!r}, {_entry(asked)})")
        steps = tuple(constant(step) for step in effect.steps)
        return Entry("skip" if effect.skip else "approval", listed(steps), many=steps)

    def route(self, effect: RouteEffect, number: int) -> Entry:
        """Choose the site of the order or of a line."""
        name = f"v{number}"
        self.lines += [
            f"{name} = {self.value(effect.site)}",
            f"if {name} is not None:",
            f"    S.routes.setdefault({self.line_no}, ({name}, {written(self.message)}))",
        ]
        return Entry("route", computed(name, Kind.TEXT))

    def carry(self, effect: CarrierEffect, number: int) -> Entry:
        """Choose the carrier."""
        name = f"v{number}"
        self.lines += [
            f"{name} = {self.value(effect.carrier)}",
            f"if {name} is not None and S.carrier is None:",
            f"    S.carrier = ({name}, {self.value(effect.service)}, {written(self.message)})",
        ]
        return Entry("carrier", computed(name, Kind.TEXT))

    def keep_together(self, effect: TogetherEffect, number: int) -> Entry:
        """Keep the order in one parcel."""
        del effect, number
        self.lines.append(f"S.together = S.together or {written(self.message)}")
        return Entry("together", constant(True))

    def review(self, effect: ReviewEffect, number: int) -> Entry:
        """Let a person look at what would be refused."""
        del effect, number
        self.lines.append("S.reviewed = True")
        return Entry("review", constant(True))

    def choose_workflow(self, effect: WorkflowEffect, number: int) -> Entry:
        """Choose the workflow."""
        name = f"v{number}"
        self.lines.append(f"{name} = S.workflow = S.workflow or {self.value(effect.name)}")
        return Entry("workflow", computed(name, Kind.TEXT))

    def prefer(self, effect: PriorityEffect, number: int) -> Entry:
        """Raise the priority."""
        del number
        self.lines.append(f"S.priority = max(S.priority, {effect.level})")
        return Entry("priority", constant(effect.level))

    def degrade(self, effect: DegradedEffect, number: int) -> Entry:
        """Say which check could not be made."""
        del number
        self.lines.append(f"S.degraded.add({effect.source!r})")
        return Entry("degraded", constant(effect.source))


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


def _entry(pieces: Pieces) -> str:
    """Return the expression of an entry of a list in the decision; the first one's comma is taken away there."""
    return parts((",", *pieces))


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


def put(found: dict[str, bytes], name: str, text: bytes) -> None:
    """Add what came of an effect, as JSON; a second one of its kind makes a list."""
    if name in found:
        before = found[name]
        text = b"%b,%b]" % (before[:-1], text) if before.startswith(b"[") else b"[%b,%b]" % (before, text)
    found[name] = text


def account(found: dict[str, bytes]) -> bytes:
    """Return what was put together as one JSON object."""
    return b"{%b}" % b",".join([b"%b:%b" % (TEXTS[name], text) for name, text in sorted(found.items())])
