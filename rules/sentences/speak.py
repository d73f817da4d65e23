"""A rule → its Chinese sentence."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, assert_never

from rules.sentences.lexicon import EFFECTS, GATES, GROUP_ZH, ROLES
from rules.sentences.plain import quoted
from rules.text import raw
from rules.text.clauses import plain_number
from rules.text.lexer import AMOUNTS, DURATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.sentences.lexicon import Lexicon

_SIGNS = {"<=": "≤", ">=": "≥", "!=": "≠", "*": "×", "-": "－", "+": "＋"}
_UNITS = {1: "秒", 60: "分钟", 3600: "小时", 86400: "天"}
_WORDS = {"missing": "缺失", "present": "已填"}
MANUAL = {"code": "MANUAL", "gate": "approve", "who": ["risk"], "needs_human": "true"}
"""What ``挂起（人工审核）`` alone means."""


class Speaker:
    """Says the rules of one file. ``numeric`` tells which fields are numbers: those are compared by signs."""

    def __init__(self, lexicon: Lexicon, numeric: frozenset[str]) -> None:
        self.lexicon = lexicon
        self.numeric = numeric

    def condition(self, node: raw.Condition, inside: bool = False) -> str:
        """Say a condition; groups inside others stand in brackets."""
        match node:
            case raw.Group():
                text = (" 且 " if node.how == "all" else " 或 ").join(self.condition(part, True) for part in node.parts)
                return f"（{text}）" if inside and len(node.parts) > 1 else text
            case raw.Negation():
                return f"{'并非' if node.how == 'not' else '没有'} {self.condition(node.part, True)}"
            case raw.Between():
                low, high = self.value(node.low), self.value(node.high)
                return f"{self.value(node.value)} 介于 {low} 与 {high} 之间"
            case raw.Comparison():
                return self._comparison(node)
            case _:
                assert_never(node)

    def _comparison(self, node: raw.Comparison) -> str:
        left = self._subject(node.left)
        if node.op in _WORDS:
            return f"{left} {_WORDS[node.op]}"
        if node.op == "holds" or node.right is None:
            return f"{left} 为 是"
        match node.op:
            case "contains":
                return f"{left} 含 {self._words(node.right)}"
            case "starts with":
                return f"{left} 以 {self._words(node.right)} 开头"
            case "in":
                return f"{left} 在 {self.value(node.right)} 之中"
            case "not in":
                return f"{left} 不在 {self.value(node.right)} 之中"
            case _:
                return self._equation(node, left, node.right)

    def _subject(self, operand: raw.Operand) -> str:
        """Say what a comparison begins with: there ``flag`` alone is the flag's code, a variable the fact's."""
        if isinstance(operand, raw.Name) and "." not in operand.path and operand.path != "today":
            return self.lexicon.label(f"{operand.path}.code")
        return self.value(operand)

    def _equation(self, node: raw.Comparison, left: str, right: raw.Operand) -> str:
        if node.op in ("=", "!=") and isinstance(right, raw.Name) and right.path in ("true", "false"):
            truth = (right.path == "true") is (node.op == "=")
            return f"{left} 为 {'是' if truth else '否'}"
        plain = isinstance(right, raw.Text | raw.Name | raw.Param) and not self._number(node.left)
        if node.op in ("=", "!=") and plain:
            return f"{left} {'是' if node.op == '=' else '不是'} {self.value(right)}"
        return f"{left} {_SIGNS.get(node.op, node.op)} {self.value(right)}"

    def _number(self, operand: raw.Operand) -> bool:
        return not isinstance(operand, raw.Name | raw.Param) or (
            isinstance(operand, raw.Name) and operand.path in self.numeric
        )

    def _words(self, operand: raw.Operand) -> str:
        if isinstance(operand, raw.Listing):
            return " 或 ".join(self.value(item) for item in operand.items)
        return self.value(operand)

    def value(self, operand: raw.Operand, inside: bool = False) -> str:
        """Say a value; sums inside others stand in brackets."""
        match operand:
            case raw.Listing():
                return "[" + ", ".join(self.value(item) for item in operand.items) + "]"
            case raw.Arithmetic(minus=raw.Number() as number):
                return f"-{_number(number)}"
            case raw.Arithmetic():
                text = f"{self.value(operand.left, True)} {_SIGNS[operand.op]} {self.value(operand.right, True)}"
                return f"（{text}）" if inside else text
            case raw.Aggregate():
                return self._aggregate(operand)
            case _:
                return self._atom(operand)

    def _atom(self, operand: raw.Name | raw.Number | raw.Text | raw.Day | raw.Param) -> str:
        match operand:
            case raw.Name():
                return self._name(operand.path)
            case raw.Number():
                return _number(operand)
            case raw.Text():
                return quoted(operand.value)
            case raw.Day():
                return date.fromordinal(operand.ordinal).isoformat()
            case raw.Param():
                return f"「{self.lexicon.labels.get(operand.name, operand.name)}」"
            case _:
                assert_never(operand)

    def _name(self, path: str) -> str:
        """Say a field; a bare word that is none is text."""
        known = "." in path or path in ("today", "true", "false")
        return self.lexicon.label(path) if known else quoted(path)

    def _aggregate(self, node: raw.Aggregate) -> str:
        where = "" if node.where is None else f"，其中 {self.condition(node.where)}"
        if node.function == "sum":
            return f"合计（{self.value(node.what)}{where}）"
        name = node.what.path if isinstance(node.what, raw.Name) else ""
        fact = next((zh for zh, one in self.lexicon.facts.items() if one == name), name)
        return f"计数（{fact}{where}）"

    def effects(self, then: list[Mapping[str, Any]]) -> str:
        """Say what a rule does."""
        return "，并 ".join(self._effect(kind, body) for effect in then for kind, body in effect.items())

    def _effect(self, kind: str, body: Any) -> str:
        word = EFFECTS[kind]
        if kind in ("reject", "flag", "require", "degraded"):
            return f"{word}（{body}）"
        return word if kind in ("together", "review") else f"{word}{self._body(kind, body)}"

    def _body(self, kind: str, body: Any) -> str:
        match kind:
            case "hold":
                return f"（{self._hold(body)}）"
            case "priority":
                return f" {body}"
            case "notify":
                return f"（{GROUP_ZH[body]}）"
            case "approval" | "skip":
                steps = self._param(body) or "、".join(ROLES[step] for step in body)
                return f"（{steps}）"
            case "derive":
                return f" {self._derive(body)}"
            case "carrier":
                return f" {self._carrier(body)}"
            case _:
                return f" {self._dynamic(body)}"

    def _hold(self, body: Mapping[str, Any]) -> str:
        kept = {key: value for key, value in body.items() if key != "release"}
        if kept == MANUAL:
            return "人工审核"
        parts = [kept["code"], f"{GATES[kept['gate']]}关卡", "、".join(ROLES[role] for role in kept["who"]) + "放行"]
        parts += ["须人工"] if kept.get("needs_human") == "true" else []
        parts += ["仅警告"] if kept.get("severity") == "warning" else []
        return "，".join(parts)

    def _carrier(self, body: Any) -> str:
        if isinstance(body, str):
            return self._dynamic(body)
        service = f"，服务 {self._dynamic(body['service'])}" if "service" in body else ""
        return f"{self._dynamic(body['carrier'])}{service}"

    def _derive(self, body: Mapping[str, Any]) -> str:
        ((fact, values),) = body.items()
        words = "，".join(f"{name}＝{self._dynamic(value)}" for name, value in values.items())
        return f"{fact}（{words}）"

    def _param(self, body: Any) -> str:
        if isinstance(body, str) and body.startswith("$"):
            return f"「{self.lexicon.labels.get(body[1:], body[1:])}」"
        return ""

    def _dynamic(self, body: str) -> str:
        if body in self.lexicon.names:
            return self.lexicon.names[body]
        if body in self.numeric or body in self.lexicon.fields.values():
            return body
        return self._param(body) or quoted(body)


def _number(number: raw.Number) -> str:
    if number.unit in AMOUNTS and number.unit != "万元":
        whole, _, digits = plain_number(number.value).partition(".")
        return f"{whole}.{digits:0<2} 元" if digits else f"{whole} 元"
    if number.unit in DURATIONS:
        return f"{plain_number(number.value)} {_UNITS[DURATIONS[number.unit]]}"
    text = plain_number(number.value)
    return text + number.unit if number.unit in ("", "%") else f"{text} {number.unit}"
