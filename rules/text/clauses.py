"""The clauses of one rule: ``when`` (conditions), ``then`` (effects), ``message`` (sentences with values)."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from orders.actor import Role
from orders.hold import GATES, Gate
from rules.effects import (
    ApprovalEffect,
    CarrierEffect,
    DegradedEffect,
    DeriveEffect,
    Effect,
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
from rules.show import duration_text
from rules.text import raw
from rules.text.amount import Amounts
from rules.text.lexer import AMOUNTS, COUNTERS, DURATIONS
from rules.text.literal import literal
from rules.text.resolve import Resolver
from rules.text.source import nearest
from rules.text.syntax import parse_condition, parse_operand
from rules.tree import Field, Linear
from rules.vocabulary import Kind

if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction

    from rules.effects import Dynamic, Part
    from rules.text.resolve import Scope
    from rules.text.source import Value
    from rules.vocabulary import FactType

GROUPS = ("operations", "customer_service", "stock_planner", "risk", "sales", "finance", "production", "warehouse")
_ROLES = tuple(role.value for role in Role)
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}\Z", re.ASCII)
_HOLE = re.compile(r"\{([^{}]*)\}")
_SUM = re.compile(r"[-+*(]")
_HOLD_KEYS = ("code", "gate", "who", "needs_human", "severity", "release")


def condition(value: Value) -> raw.Condition:
    """Read ``when``: a line, a list (all of them), or a mapping with all, any, none and not."""
    if value.is_text:
        return parse_condition(value.text(), value.text_place)
    if value.is_list:
        return _group("all", value)
    parts: list[raw.Condition] = []
    for key, item in value.pairs():
        how = key.choice(("all", "any", "none", "not"))
        if how in ("all", "any"):
            parts.append(_group(how, item))
        elif item.is_list:
            parts += [raw.Negation(how, condition(each), _text(how, each), each.place) for each in item.items()]
        else:
            parts.append(raw.Negation(how, condition(item), _text(how, item), item.place))
    if not parts:
        value.place.refuse("the condition is empty", "条件为空")
    return parts[0] if len(parts) == 1 else raw.Group("all", tuple(parts), value.place)


def _group(how: str, value: Value) -> raw.Condition:
    parts = tuple(condition(item) for item in value.items())
    if not parts:
        value.place.refuse(f"{how} is empty", f"{how} 为空")
    return raw.Group(how, parts, value.place)


def _text(how: str, value: Value) -> str:
    return f"{how} {value.text() if value.is_text else '…'}"


class Clauses:
    """Reads effects and messages in one rule's scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.readers: dict[str, Callable[[Value], Effect]] = {
            "hold": self._hold,
            "reject": self._reject,
            "flag": lambda value: FlagEffect(_code(value)),
            "require": lambda value: RequireEffect(_code(value)),
            "route": lambda value: RouteEffect(self._dynamic(value)),
            "carrier": self._carrier,
            "together": self._together,
            "review": self._review,
            "priority": lambda value: PriorityEffect(value.integer(0, 1000)),
            "notify": lambda value: NotifyEffect(value.choice(GROUPS)),
            "derive": self._derive,
            "approval": lambda value: ApprovalEffect(self._steps(value), skip=False),
            "skip": lambda value: ApprovalEffect(self._steps(value), skip=True),
            "workflow": lambda value: WorkflowEffect(self._dynamic(value)),
            "degraded": lambda value: DegradedEffect(_code(value)),
        }

    def effects(self, value: Value) -> tuple[Effect, ...]:
        """Read ``then``: a list of effects, each a mapping of one key."""
        found: list[Effect] = []
        for item in value.items():
            for key, body in item.pairs():
                found.append(self.readers[key.choice(tuple(self.readers))](body))
        if not found:
            value.place.refuse("the rule does nothing", "规则没有任何动作")
        return tuple(found)

    def message(self, value: Value) -> Template:
        """Read a sentence in both languages."""
        words = value.fields(("zh", "en"), ("zh", "en"))
        return Template(zh=self._sentence(words["zh"], zh=True), en=self._sentence(words["en"], zh=False))

    def _hold(self, value: Value) -> Effect:
        keys = value.fields(_HOLD_KEYS, ("code", "gate", "who"))
        return HoldEffect(
            code=_code(keys["code"]),
            gate=Gate(keys["gate"].choice([gate.value for gate in GATES])),
            who=tuple(role.choice(_ROLES) for role in keys["who"].items()),
            needs_human=keys["needs_human"].boolean() if "needs_human" in keys else False,
            severity=keys["severity"].choice(("blocking", "warning")) if "severity" in keys else "blocking",
            release=tuple(self.message(item) for item in keys["release"].items()) if "release" in keys else (),
        )

    def _reject(self, value: Value) -> Effect:
        return HoldEffect(_code(value), Gate.SUBMIT, ("risk",), True, "blocking", (), reject=True)

    def _carrier(self, value: Value) -> Effect:
        if value.is_text:
            return CarrierEffect(self._dynamic(value), None)
        keys = value.fields(("carrier", "service"), ("carrier",))
        service = self._dynamic(keys["service"]) if "service" in keys else None
        return CarrierEffect(self._dynamic(keys["carrier"]), service)

    def _together(self, value: Value) -> Effect:
        if not value.boolean():
            value.place.refuse("together can only be true", "together 只能为 true")
        return TogetherEffect()

    def _review(self, value: Value) -> Effect:
        if not value.boolean():
            value.place.refuse("review can only be true", "review 只能为 true")
        return ReviewEffect()

    def _derive(self, value: Value) -> Effect:
        made = [(key, body) for key, body in value.pairs()]
        if len(made) != 1:
            value.place.refuse("derive makes one fact", "derive 每次只产生一个事实")
        key, body = made[0]
        fact = self.scope.vocabulary.get(key.text())
        if fact is None or not fact.derived or fact.name in ("flag", "hold", "route"):
            own = [name for name, kind in self.scope.vocabulary.items() if kind.derived]
            key.place.refuse(f"{key.text()} is not declared under derives", f"derives 中没有声明 {key.text()}",
                             nearest(key.text(), own))  # fmt: skip
        keys = body.fields(tuple(fact.words), tuple(fact.words))
        values = tuple((name, self._derived(fact, name, keys[name])) for name in fact.words)
        return DeriveEffect(fact.name, values, tuple((name, word.kind) for name, word in fact.words.items()))

    def _derived(self, fact: FactType, name: str, value: Value) -> Dynamic | int | bool:
        word = fact.words[name]
        operand = parse_operand(value.text(), value.text_place) if not value.quoted else None
        if operand is not None and self._is_field(operand):
            assert isinstance(operand, raw.Name)  # noqa: S101 - told to the type checker
            field = self.scope.field(operand)
            if field.word.kind is not word.kind and {field.word.kind, word.kind} != {Kind.TEXT, Kind.CODE}:
                value.place.refuse(f"{word.full} is {word.kind}, {field.full} is {field.word.kind}",
                                   f"{word.full} 与 {field.full} 类型不同")  # fmt: skip
            if field.word.personal:
                value.place.refuse(
                    f"{field.full} is personal and cannot be carried on", f"{field.full} 为个人信息，不能传递"
                )
            return field
        found: str | int | bool = literal(value, word)
        return found

    def _is_field(self, operand: raw.Operand) -> bool:
        if not isinstance(operand, raw.Name) or "." not in operand.path:
            return False
        head = operand.path.partition(".")[0]
        return head in self.scope.vocabulary or head in self.scope.variables

    def _dynamic(self, value: Value) -> Dynamic:
        operand = None if value.quoted else parse_operand(value.text(), value.text_place)
        if isinstance(operand, raw.Param):
            return shown_value(self.scope.param(operand))
        if operand is None or not self._is_field(operand):
            return value.text()
        assert isinstance(operand, raw.Name)  # noqa: S101 - told to the type checker
        field = self.scope.field(operand)
        if field.word.kind not in (Kind.TEXT, Kind.CODE) or field.word.personal:
            value.place.refuse(f"{field.full} cannot be used here", f"{field.full} 不能用在此处")
        return field

    def _steps(self, value: Value) -> tuple[str, ...]:
        if value.is_list:
            return tuple(step.choice(_ROLES) for step in value.items())
        operand = self.scope.param(parse_operand(value.text(), value.text_place))
        items: tuple[Any, ...] = operand.items if isinstance(operand, raw.Listing) else (operand,)
        steps = tuple(str(getattr(item, "path", getattr(item, "value", ""))) for item in items)
        for step in steps:
            if step not in _ROLES:
                value.place.refuse(f"{step} is no role", f"{step} 不是角色", nearest(step, _ROLES))
        return steps

    def _sentence(self, value: Value, zh: bool) -> tuple[Part, ...]:
        text, at = value.text(), 0
        found: list[Part] = []
        for hole in _HOLE.finditer(text):
            if hole.start() > at:
                found.append(text[at : hole.start()])
            found.append(self._hole(hole.group(1).strip(), value, zh))
            at = hole.end()
        if at < len(text):
            found.append(text[at:])
        if "{" in "".join(part for part in found if isinstance(part, str)):
            value.place.refuse("a { without }", "缺少 }")
        return tuple(found)

    def _hole(self, name: str, value: Value, zh: bool) -> Part:
        if name == "why":
            return None
        if _SUM.search(name):
            return self._sum(name, value)
        if name.startswith("$"):
            self.scope.param(raw.Param(name[1:], value.place))
            return shown_value(self.scope.params[name[1:]], zh)
        field = self.scope.field(raw.Name(name, value.place))
        if field.word.personal:
            value.place.refuse(f"{field.full} is personal and never shown in a message",
                               f"{field.full} 为个人信息，不能出现在消息中")  # fmt: skip
        return field

    def _sum(self, text: str, value: Value) -> Part:
        """Read a sum in a sentence, such as ``{order.payable - $limit}``."""
        amount = Amounts(self.scope, Resolver(self.scope).condition).operand(parse_operand(text, value.place))
        if amount.kind is None or not amount.terms:
            value.place.refuse(f"{{{text}}} shows no field", f"{{{text}}} 中没有字段")
        if not all(isinstance(term, Field) for _, term in amount.terms):
            value.place.refuse(f"{{{text}}} must add up plain numbers", f"{{{text}}} 只能对数值字段求和")
        return Linear(amount.terms, amount.constant, amount.kind)


def shown_value(operand: raw.Operand, zh: bool = True) -> str:
    """Return a parameter as people read it in their language: ``500.00 元`` or ``CNY 500.00``."""
    match operand:
        case raw.Listing():
            return ("、" if zh else ", ").join(shown_value(item, zh) for item in operand.items)
        case raw.Text():
            return operand.value
        case raw.Name():
            return operand.path
        case raw.Number():
            return _shown_number(operand, zh)
        case raw.Day():
            return date.fromordinal(operand.ordinal).isoformat()
        case _:
            return str(operand)


def _shown_number(number: raw.Number, zh: bool) -> str:
    if number.unit in AMOUNTS:
        amount = money_text(number.value * AMOUNTS[number.unit])
        return f"{amount} 元" if zh else f"CNY {amount}"
    if number.unit in DURATIONS and (number.value * DURATIONS[number.unit]).denominator == 1:
        return duration_text(int(number.value * DURATIONS[number.unit]), zh)
    text = plain_number(number.value)
    if number.unit in COUNTERS:
        return f"{text} {number.unit}" if zh else text
    return text + number.unit


def plain_number(value: Fraction) -> str:
    """Write an exact number with no more digits than it needs: ``15``, ``0.5``."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"


def money_text(value: Fraction) -> str:
    """Write an amount with at least two decimals: ``500.00``, ``0.0185``."""
    whole, _, digits = plain_number(value).partition(".")
    return f"{whole}.{digits:0<2}"


def _code(value: Value) -> str:
    text = value.text()
    if not _CODE.match(text):
        value.place.refuse(f"{text} is no code; write letters, digits and _, such as REMOTE_AREA",
                           f"{text} 不是合法代码，只用字母、数字与下划线")  # fmt: skip
    return text
