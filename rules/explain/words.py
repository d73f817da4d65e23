"""Explanations in words: one condition with the value that it met, and how far that was from holding."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from orders.hold import Message
from rules.build.emit import is_personal
from rules.probe import steps
from rules.show import value_text
from rules.text.clauses import plain_number
from rules.tree import Among, Compare, Contains, Field, Fixed, Missing, Never, Not, Same, Tally, Truth
from rules.vocabulary import Kind

if TYPE_CHECKING:
    from rules.explain.view import Binding, View
    from rules.tree import Condition, Leaf, Linear
    from rules.vocabulary import Word


@dataclass(frozen=True, slots=True)
class Gap:
    """What a condition lacks: as authored, in words, the value that it met and the distance as people write them."""

    condition: str
    message: Message
    value: str | None = None
    distance: str | None = None


@dataclass(frozen=True, slots=True)
class Missed:
    """How far a comparison is from holding: in the facts' integers, and relative to its threshold (0 is on it)."""

    amount: int
    share: float


def missed(view: View, leaf: Compare, binding: Binding) -> Missed | None:
    """Return how much is missing until the comparison holds; None when a value is missing or it cannot be reached."""
    left, right = view.total(leaf.left, binding), view.total(leaf.right, binding)
    if left is None or right is None or leaf.op == "!=":
        return None
    step = step_of(leaf, left, right)
    apart = {
        ">": right - left + step,
        ">=": right - left,
        "<": left - right + step,
        "<=": left - right,
        "=": abs(left - right),
    }[leaf.op]
    size = max(abs(left), abs(right), Fraction(step))
    return Missed(ceil(apart), float(apart / size))


def step_of(leaf: Compare, left: Fraction, right: Fraction) -> int:
    """Return the step that a comparison's values are counted in."""
    kind = leaf.left.kind
    sizes = [size for size in steps(kind, kind) if not left % size and not right % size]
    dates = any(isinstance(t, Field) and t.word.kind is Kind.DATE for _, t in (*leaf.left.terms, *leaf.right.terms))
    return 86_400 if dates else (sizes or [1])[0]


def amount_text(amount: int, kind: Kind, unit: str, zh: bool) -> str:
    """Write an amount with its unit: ``2.01 元``, ``1 单``, ``2.01``, ``1``."""
    kind = Kind.DURATION if kind is Kind.DATE else kind
    text = value_text(amount, kind, zh)
    return f"{text} {unit}" if zh and unit and kind is not Kind.DURATION else text


def unit_of(side: Linear) -> str:
    """Return the unit of a side's first field."""
    word = next((term.word for _, term in side.terms if term.word is not None), None)
    return word.unit if word is not None else ""


def gap(view: View, condition: Condition, binding: Binding) -> Gap:
    """Say what a condition met, and what it lacks when it does not hold."""
    match condition:
        case Compare():
            return _compare(view, condition, binding)
        case Never():
            return _plain(condition.text, view.true(condition, binding), "有相符的记录", "there is one")
        case Not():
            inner = gap(view, condition.part, binding)
            if not view.true(condition, binding):
                words = Message(zh=f"{inner.message.zh}，须不成立", en=f"{inner.message.en}, must not hold")
                return Gap(f"not {inner.condition}", words, inner.value)
            met = Message(zh=inner.message.zh.partition("，须")[0], en=inner.message.en.partition(", must")[0])
            return Gap(f"not {inner.condition}", met, inner.value)
        case Same() | Truth() | Contains() | Among() | Missing() | Fixed():
            return _unary(view, condition, binding)
        case _:
            return Gap("", Message(zh="", en=""))


def _plain(text: str, held: bool, zh: str, en: str) -> Gap:
    return Gap(text, Message(zh=text if held else f"{text}：{zh}", en=text if held else f"{text}: {en}"))


def _compare(view: View, leaf: Compare, binding: Binding) -> Gap:
    lefts = [(term, view.value(term, binding)) for _, term in leaf.left.terms]
    rights = [(term, view.value(term, binding)) for _, term in leaf.right.terms]
    lacking = [term for term, value in (*lefts, *rights) if value is None]
    if lacking:
        zh, en = "、".join(label(term)[0] for term in lacking), ", ".join(label(term)[1] for term in lacking)
        return Gap(leaf.text, Message(zh=f"{zh}缺失", en=f"{en} is missing"))
    total, unit = view.total(leaf.left, binding), unit_of(leaf.left) or unit_of(leaf.right)
    assert total is not None  # noqa: S101 - nothing is missing
    value = _total(leaf.left, total, unit, zh=True), _total(leaf.left, total, unit, zh=False)
    name = _side_label(leaf.left, zh=True), _side_label(leaf.left, zh=False)
    away = None if view.true(leaf, binding) else missed(view, leaf, binding)
    zh, en = f"{name[0]} {value[0]}".strip(), f"{name[1]} {value[1]}".strip()
    if leaf.right.terms:
        other = view.total(leaf.right, binding)
        assert other is not None  # noqa: S101 - nothing is missing
        names = _side_label(leaf.right, zh=True), _side_label(leaf.right, zh=False)
        zh += f"，{names[0]} {_total(leaf.right, other, unit, zh=True)}"
        en += f", {names[1]} {_total(leaf.right, other, unit, zh=False)}"
    if away is None:
        return Gap(leaf.text, Message(zh=zh, en=en), value[0])
    distance = (amount_text(away.amount, leaf.left.kind, unit, zh=True), amount_text(away.amount, leaf.left.kind, unit, zh=False))  # fmt: skip # noqa: E501
    words = Message(zh=f"{zh}，差 {distance[0]}", en=f"{en}, {distance[1]} short")
    return Gap(leaf.text, words, value[0], distance[0])


def _total(side: Linear, total: Fraction, unit: str, zh: bool) -> str:
    """Write a side's value, rounded half up to the facts' integers; a date as a day."""
    if side.kind is Kind.DATE:
        return date.fromordinal(max(int(total) // 86_400, 1)).isoformat()
    return amount_text(int(total + Fraction(1, 2)) if total >= 0 else int(total), side.kind, unit, zh)


def _side_label(side: Linear, zh: bool) -> str:
    """Name a side by its fields: ``占用额度＋订单金额``, ``成本价×85%``."""
    parts: list[str] = []
    for factor, term in side.terms:
        name, size = label(term)[0 if zh else 1], abs(factor)
        times = "" if size == 1 else f"×{plain_number(size * 100)}%" if zh else f" × {plain_number(size * 100)}%"
        sign = ("＋" if zh else " + ") if factor > 0 else ("－" if zh else " - ")
        parts.append((sign if parts or factor < 0 else "") + name + times)
    return "".join(parts) + (_constant(side, zh) if parts else "")


def _constant(side: Linear, zh: bool) -> str:
    """Write what is added to a side's fields: ``＋3 天``."""
    if not side.constant:
        return ""
    sign = ("＋" if zh else " + ") if side.constant > 0 else ("－" if zh else " - ")
    return sign + amount_text(int(abs(side.constant)), side.kind, unit_of(side), zh)


def label(term: Field | Tally) -> tuple[str, str]:
    """Return how people call a field or a count, in both languages."""
    if isinstance(term, Tally):
        return ("合计" if term.function == "sum" else "个数"), term.text
    return term.word.zh, term.word.english


def _unary(view: View, leaf: Leaf, binding: Binding) -> Gap:
    held = view.true(leaf, binding)
    if isinstance(leaf, Fixed):
        words = ("参数如此", "set so") if leaf.value else ("参数不如此", "not set so")
        return Gap(leaf.text, Message(zh=f"{leaf.text}：{words[0]}", en=f"{leaf.text}: {words[1]}"))
    field = leaf.left if isinstance(leaf, Same) else leaf.field  # type: ignore[union-attr]
    if isinstance(leaf, Missing):
        there = held is leaf.present
        return Gap(leaf.text, Message(zh=f"{field.word.zh}{'已填' if there else '缺失'}", en=f"{field.word.english} is {'given' if there else 'missing'}"))  # fmt: skip # noqa: E501
    if is_personal(leaf):
        return Gap(leaf.text, _personal(leaf, field.word, held))
    value = view.value(field, binding)
    if value is None:
        return Gap(leaf.text, Message(zh=f"{field.word.zh}缺失", en=f"{field.word.english} is missing"))
    zh, en = value_text(value, field.word.kind), value_text(value, field.word.kind, zh=False)
    wanted = _wanted(view, leaf, binding)
    if held or not wanted[0]:
        return Gap(leaf.text, Message(zh=f"{field.word.zh} {zh}", en=f"{field.word.english} is {en}"), zh)
    return Gap(
        leaf.text, Message(zh=f"{field.word.zh} {zh}，{wanted[0]}", en=f"{field.word.english} is {en}, {wanted[1]}"), zh
    )


def _personal(leaf: Leaf, word: Word, held: bool) -> Message:
    """Say of personal text only whether it matched."""
    if isinstance(leaf, Contains):
        words = "”、“".join(leaf.words)
        zh, en = ("以", "begin with") if leaf.at_start else ("含", "contain")
        told = f"{word.zh}{'' if held else '不'}{zh}“{words}”" + ("开头" if leaf.at_start else "")
        verb = {True: f"does {en}", False: f"does not {en}"}[held]
        return Message(zh=told, en=f"{word.english} {verb} {' or '.join(leaf.words)}")
    return Message(zh=f"{word.zh}{'相符' if held else '不相符'}", en=f"{word.english} {'matches' if held else 'does not match'}")  # fmt: skip # noqa: E501


def _wanted(view: View, leaf: Leaf, binding: Binding) -> tuple[str, str]:
    match leaf:
        case Same():
            right = leaf.right if isinstance(leaf.right, str) else view.value(leaf.right, binding)
            zh, en = ("须不是", "must not be") if leaf.negated else ("须为", "must be")
            return f"{zh} {right}", f"{en} {right}"
        case Contains():
            words = "、".join(leaf.words[:10])
            return (f"须以 {words} 开头", f"must begin with {words}") if leaf.at_start else (f"须含 {words}", f"must contain {words}")  # fmt: skip # noqa: E501
        case Among():
            values = "、".join(value_text(value, leaf.field.word.kind) for value in leaf.values[:10])
            return (f"须不在 {values} 之中", f"must not be one of {values}") if leaf.negated else (f"须为 {values} 之一", f"must be one of {values}")  # fmt: skip # noqa: E501
        case _:
            return "", ""
