"""Names and types: the raw condition → the typed tree. Every refusal names the place and the nearest right word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, assert_never

from rules.text import raw
from rules.text.amount import Amounts
from rules.text.mistakes import KIND_ZH, SYNONYMS, label
from rules.text.source import nearest
from rules.tree import (
    All,
    Among,
    Any,
    Compare,
    Condition,
    Contains,
    Field,
    Fixed,
    Missing,
    Never,
    Not,
    Same,
    Truth,
    aliases,
    nevers,
)
from rules.vocabulary import NUMERIC, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.text.source import Place
    from rules.vocabulary import Vocabulary

_FLIP = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}


@dataclass(frozen=True, slots=True)
class Scope:
    """What names mean in one rule: the vocabulary, extra variables (alias → type) and the file's parameters."""

    vocabulary: Vocabulary
    params: Mapping[str, raw.Operand]
    variables: Mapping[str, str]

    def param(self, operand: raw.Operand) -> raw.Operand:
        """Replace ``$name`` by its value."""
        if not isinstance(operand, raw.Param):
            return operand
        if operand.name not in self.params:
            suggestion = nearest(operand.name, self.params)
            operand.place.refuse(
                f"there is no parameter ${operand.name}", f"没有参数 ${operand.name}", suggestion and f"${suggestion}"
            )
        return self.params[operand.name]

    def _meant(self, alias: str, word: str) -> str:
        """Return the name most like one that the vocabulary has not; a bare word may be a field of the order."""
        if word:
            whole = [f"{fact}.{each}" for fact, kind in self.vocabulary.items() for each in kind.words]
            return nearest(f"{alias}.{word}", whole)
        order = self.vocabulary.get("order")
        own = () if order is None else order.words
        bare = SYNONYMS.get(alias, alias)
        return (
            f"order.{bare}"
            if bare in own
            else nearest(alias, ["missing", "present", *self.vocabulary, *self.variables])
        )

    def field(self, name: raw.Name) -> Field:
        """Find a field by its dotted name."""
        path = "system.today" if name.path == "today" else name.path
        alias, _, word = path.partition(".")
        fact = self.vocabulary.get(self.variables.get(alias, alias))
        if fact is None:
            said = (f"{path} is not in the vocabulary", f"词汇表中没有 {path}")
            name.place.refuse(*said, label(path, self.vocabulary) or self._meant(alias, word))
        if not word and "code" in fact.words:
            word = "code"
        if word not in fact.words:
            meant = SYNONYMS.get(word, "")
            hint = meant if meant in fact.words else nearest(word, fact.words)
            name.place.refuse(
                f"{fact.name} has no {word or 'such name'}",
                f"{fact.zh}（{fact.name}）没有 {word or '该名称'}",
                hint and f"{alias}.{hint}",
            )
        return Field(alias, fact.words[word])

    def is_field(self, operand: raw.Operand, subject: bool = False) -> bool:
        """Say whether the operand is the name of a field, not a bare word; ``flag`` alone only as the subject."""
        if not isinstance(operand, raw.Name):
            return False
        if "." in operand.path or operand.path == "today":
            return True
        return subject and (operand.path in self.variables or operand.path in ("flag", "hold"))


class Resolver:
    """Turns one raw condition into a typed one."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.amounts = Amounts(scope, self.condition)

    def condition(self, node: raw.Condition) -> Condition:
        """Resolve any condition."""
        match node:
            case raw.Group():
                parts = tuple(self.condition(part) for part in node.parts)
                return All(parts) if node.how == "all" else Any(parts)
            case raw.Negation():
                return self._negation(node)
            case raw.Between():
                return self._between(node)
            case raw.Comparison():
                return self._comparison(node)
            case _:
                assert_never(node)

    def _negation(self, node: raw.Negation) -> Condition:
        part = self.condition(node.part)
        if node.how == "not":
            if next(nevers(part), None) is not None:
                node.place.refuse("not and none cannot be combined", "not 与 none 不能叠用")
            return Not(part)
        inner = aliases(part)
        alias = next((name for name in inner if not self.scope.vocabulary[inner[name]].head), None)
        return Not(part) if alias is None else Never(alias, inner[alias], part, node.text)

    def _between(self, node: raw.Between) -> Condition:
        value, low = self.amounts.pair(node.value, node.low)
        again, high = self.amounts.pair(node.value, node.high)
        return All((Compare(">=", value, low, node.text), Compare("<=", again, high, node.text)))

    def _comparison(self, node: raw.Comparison) -> Condition:
        left = self.scope.param(node.left)
        if not self.scope.is_field(left, subject=left is node.left):
            return self._flipped(node, left)
        assert isinstance(left, raw.Name)  # noqa: S101 - told to the type checker
        field = self.scope.field(left)
        if node.op in ("missing", "present"):
            return Missing(field, node.op == "present", node.text)
        if node.op == "holds":
            if field.word.kind is not Kind.BOOL:
                node.place.refuse(
                    f"{field.full} is no yes/no field; compare it", f"{field.full} 不是是否字段，请写比较"
                )
            return Truth(field, True, node.text)
        assert node.right is not None  # noqa: S101 - the grammar gives one
        right = self.scope.param(node.right)
        if node.op in ("contains", "starts with"):
            return Contains(field, self._words(field, right, node.right), node.op != "contains", node.text)
        if node.op in ("in", "not in"):
            return Among(field, self._values(field, right, node.right), node.op == "not in", node.text)
        return self._equation(node, field, right)

    def _flipped(self, node: raw.Comparison, left: raw.Operand) -> Condition:
        """Resolve a comparison that starts with a value, a sum or a parameter."""
        right = None if node.right is None else self.scope.param(node.right)
        if isinstance(left, raw.Text | raw.Name) and node.op in ("=", "!=") and right is not None:
            if not self.scope.is_field(right):
                same = _bare(left) == _bare(right)
                return Fixed(same is (node.op == "="), node.text)
            flipped = raw.Comparison(node.op, right, left, node.text, node.place)
            return self._comparison(flipped)
        if node.op not in _FLIP or node.right is None:
            if isinstance(left, raw.Name):
                self.scope.field(left)
            node.place.refuse(
                "a condition starts with a field, such as order.payable", "条件应以字段开头，例如 order.payable"
            )
        one, other = self.amounts.pair(node.left, node.right)
        return Compare(node.op, one, other, node.text)

    def _equation(self, node: raw.Comparison, field: Field, right: raw.Operand) -> Condition:
        kind = field.word.kind
        assert node.right is not None  # noqa: S101 - the grammar gives one
        if kind in NUMERIC:
            one, other = self.amounts.pair(node.left, node.right)
            return Compare(node.op, one, other, node.text)
        if node.op not in ("=", "!="):
            node.place.refuse(
                f"{field.full} is {kind} and has no order", f"{field.full} 是{KIND_ZH[kind]}，不能比较大小"
            )
        if kind is Kind.BOOL:
            return Truth(field, _boolean(right, node.right) is (node.op == "="), node.text)
        if self.scope.is_field(right):
            assert isinstance(right, raw.Name)  # noqa: S101 - told to the type checker
            other_field = self.scope.field(right)
            if other_field.word.kind not in (Kind.TEXT, Kind.CODE):
                node.right.place.refuse(f"{other_field.full} is no text", f"{other_field.full} 不是文本")
            if field.word.personal or other_field.word.personal:
                node.place.refuse("personal text is only compared with fixed words", "个人信息只能与固定文字比较")
            return Same(node.op == "!=", field, other_field, node.text)
        return Same(node.op == "!=", field, self._literal(field, right, node.right.place), node.text)

    def _literal(self, field: Field, operand: raw.Operand, place: Place) -> str:
        text = _bare(operand)
        if text is None:
            place.refuse(f'{field.full} is text; put it in quotes, such as "net30"', f"{field.full} 为文本，请加引号")
        if field.word.choices and text not in field.word.choices:
            place.refuse(
                f"{field.full} is one of {', '.join(field.word.choices)}, never {text}",
                f"{field.full} 只能是 {'、'.join(field.word.choices)}",
                nearest(text, field.word.choices),
            )
        return text

    def _words(self, field: Field, operand: raw.Operand, written: raw.Operand) -> tuple[str, ...]:
        if field.word.kind not in (Kind.TEXT, Kind.CODE):
            written.place.refuse(f"{field.full} is no text", f"{field.full} 不是文本，不能用 contains")
        items = operand.items if isinstance(operand, raw.Listing) else (operand,)
        words = tuple(self._literal(field, self.scope.param(item), written.place) for item in items)
        if not words or not all(words):
            written.place.refuse("the list is empty or holds an empty word", "列表为空或含空词")
        return words

    def _values(self, field: Field, operand: raw.Operand, written: raw.Operand) -> tuple[str | int, ...]:
        if not isinstance(operand, raw.Listing):
            written.place.refuse("in needs a list, such as [a, b] or $list", "in 之后应为列表，例如 [a, b] 或 $list")
        if field.word.kind is Kind.BOOL:
            written.place.refuse(f"{field.full} is yes/no", f"{field.full} 是是否字段")
        if field.word.kind in (Kind.TEXT, Kind.CODE):
            return tuple(self._literal(field, self.scope.param(item), written.place) for item in operand.items)
        return tuple(self.amounts.constant(item, field.word.kind) for item in operand.items)


def _bare(operand: raw.Operand) -> str | None:
    match operand:
        case raw.Text():
            return operand.value
        case raw.Name():
            return operand.path
        case _:
            return None


def _boolean(operand: raw.Operand, written: raw.Operand) -> bool:
    text = _bare(operand)
    if text not in ("true", "false"):
        _refuse_boolean(written)
    return text == "true"


def _refuse_boolean(written: raw.Operand) -> NoReturn:
    written.place.refuse("write true or false", "应为 true 或 false")
