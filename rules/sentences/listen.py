"""A Chinese sentence → the rule's structure as the policy files write it. Every refusal names place and reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from orders.hold import GATES as ALL_GATES
from rules.sentences.cursor import Cursor
from rules.sentences.lexicon import EFFECTS, GATES, GROUP_ZH, MEANT, ROLES, SAMPLES
from rules.sentences.plain import condition_text
from rules.sentences.speak import MANUAL
from rules.text import raw
from rules.text.source import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.sentences.read import Token
    from rules.text.source import Place

_COMPARE = ("=", "!=", "<", "<=", ">", ">=")
_ROLE_OF = {zh: role for role, zh in ROLES.items()}
_GATE_OF = {zh: gate for gate, zh in GATES.items()}
_GROUP_OF = {zh: group for group, zh in GROUP_ZH.items()}
_EFFECT_OF = {zh: kind for kind, zh in EFFECTS.items()}


class Listener(Cursor):
    """Reads one sentence."""

    def rule(self) -> dict[str, Any]:
        """Read ``当 …，则 …``; the 当 may be left out."""
        variables = self._variables()
        self._skip("当")
        when = self.condition()
        self._skip(",")
        self._expect("则")
        then = [self._effect()]
        while self._skip(","):
            self._skip("并")
            then.append(self._effect())
        self._finish()
        found: dict[str, Any] = {"when": condition_text(when), "then": then}
        return {"with": variables, **found} if variables else found

    def _variables(self) -> dict[str, str]:
        found: dict[str, str] = {}
        while self._skip("设"):
            name = self._take("name", "变量名", "a variable's name").text
            self._expect("为")
            found[name] = self._fact()
            self._skip(",")
        return found

    def condition(self) -> raw.Condition:
        """Read ``… 或 …``."""
        return self._chain("或", "any", self._both)

    def _both(self) -> raw.Condition:
        return self._chain("且", "all", self._one)

    def _chain(self, word: str, how: str, read: Callable[[], raw.Condition]) -> raw.Condition:
        start = self._peek()
        parts = [read()]
        while self._skip(word):
            parts.append(read())
        return parts[0] if len(parts) == 1 else raw.Group(how, tuple(parts), self._place(start))

    def _one(self) -> raw.Condition:
        token = self._peek()
        self._deeper()
        if self._skip("并非"):
            found: raw.Condition = raw.Negation("not", self._one(), "", self._place(token))
        elif self._skip("没有"):
            found = raw.Negation("none", self._one(), "", self._place(token))
        elif token.text == "(" and token.kind == "sign":
            found = self._bracket()
        else:
            found = self._comparison()
        self.depth -= 1
        return found

    def _bracket(self) -> raw.Condition:
        """Tell ``（a > 1 或 b）`` from ``（a ＋ b）> 1``: the second has a sign of comparison behind its bracket."""
        mark, depth = self.at, 0
        for at in range(self.at, len(self.tokens)):
            depth += {"(": 1, ")": -1}.get(self.tokens[at].text, 0) if self.tokens[at].kind == "sign" else 0
            if depth == 0:
                after = self.tokens[at + 1]
                if after.kind == "sign" and after.text in (*_COMPARE, "+", "-", "*"):
                    return self._comparison()
                if after.kind == "word" and after.text == "介于":
                    return self._comparison()
                break
        self.at = mark + 1
        found = self.condition()
        self._expect(")")
        return found

    def _comparison(self) -> raw.Condition:
        start = self._peek()
        left = self.sum()
        place = self._place(start)
        token = self._next()
        if token.kind == "sign" and token.text in _COMPARE:
            return raw.Comparison(token.text, left, self.sum(), "", place)
        if token.kind == "word":
            found = self._worded(token.text, left, place)
            if found is not None:
                return found
        return self._refuse(token, "a comparison is missing, such as >, 是, 含, 在…之中, 缺失",
                     "此处应为比较，例如 >、是、含、在…之中、缺失")  # fmt: skip

    def _worded(self, word: str, left: raw.Operand, place: Place) -> raw.Condition | None:
        match word:
            case "缺失" | "已填":
                return raw.Comparison("missing" if word == "缺失" else "present", left, None, "", place)
            case "含":
                return raw.Comparison("contains", left, self._words(), "", place)
            case "以":
                words = self._words()
                self._expect("开头")
                return raw.Comparison("starts with", left, words, "", place)
            case "是" | "不是":
                return raw.Comparison("=" if word == "是" else "!=", left, self.sum(), "", place)
            case "介于":
                low = self.sum()
                self._expect("与")
                high = self.sum()
                self._expect("之间")
                return raw.Between(left, low, high, "", place)
            case _:
                return self._everyday(word, left, place)

    def _everyday(self, word: str, left: raw.Operand, place: Place) -> raw.Condition | None:
        match word:
            case "不含":
                return raw.Negation("not", raw.Comparison("contains", left, self._words(), "", place), "", place)
            case "在" | "不在" | "属于" | "不属于":
                return self._among(word, left, place)
            case "为" if self._peek().kind in ("number", "date", "text", "param"):
                return raw.Comparison("=", left, self.sum(), "", place)
            case "为":
                return raw.Comparison("=", left, raw.Name(self._truth(), place), "", place)
            case _:
                return None

    def _among(self, word: str, left: raw.Operand, place: Place) -> raw.Condition:
        """Read ``在 [a, b] 之中``, ``属于 「名单」``, and ``在 a 与 b 之间``, which is 介于."""
        values = self._words()
        if word == "在" and self._skip("与"):
            high = self.sum()
            self._expect("之间")
            return raw.Between(left, values, high, "", place)
        if self._peek().text in ("中", "里"):
            self._next()
        elif "在" in word or self._peek().text == "之中":
            self._expect("之中")
        return raw.Comparison("not in" if word[0] == "不" else "in", left, values, "", place)

    def _truth(self) -> str:
        token = self._next()
        if token.text not in ("是", "否"):
            self._place(token).refuse(f"write 是 or 否, not {token.text}", f"应为 是 或 否，而不是“{token.text}”")
        return "true" if token.text == "是" else "false"

    def _words(self) -> raw.Operand:
        """Read one text or several with 或 between; a 或 before a field begins another condition."""
        start = self._peek()
        if start.kind == "unknown":
            self._place(start).refuse("text stands in quotes", "文字请加引号", f'"{start.text}"')
        items = [self._value()]
        while self._peek().text in ("或", "、") and self.tokens[self.at + 1].kind == "text":
            self._next()
            items.append(self._value())
        return items[0] if len(items) == 1 else raw.Listing(tuple(items), self._place(start))

    def sum(self) -> raw.Operand:
        """Read ``… ＋ …`` and ``… － …``."""
        return self._series(("+", "-"), lambda: self._series(("*",), self._value))

    def _series(self, signs: tuple[str, ...], read: Callable[[], raw.Operand]) -> raw.Operand:
        found = read()
        while self._peek().kind == "sign" and self._peek().text in signs:
            token = self._next()
            found = raw.Arithmetic(token.text, found, read(), self._place(token))
        return found

    def _value(self) -> raw.Operand:
        token = self._next()
        place = self._place(token)
        match token.kind:
            case "number":
                return raw.Number(Fraction(token.text), token.unit, place)
            case "date":
                return raw.Day(self._day(token), place)
            case "text":
                return raw.Text(token.text, place)
            case "param":
                return raw.Param(self._param(token), place)
            case "field":
                return raw.Name(self.lexicon.fields[token.text], place)
            case "name":
                return raw.Name(token.text, place)
            case _:
                return self._compound(token)

    def _compound(self, token: Token) -> raw.Operand:
        place = self._place(token)
        if token.text in ("计数", "合计"):
            return self._aggregate(token)
        if token.text == "-":
            return raw.Arithmetic("-", raw.Number(Fraction(0), "", place), self._value(), place)
        if token.text == "(":
            self._deeper()
            found = self.sum()
            self.depth -= 1
            self._expect(")")
            return found
        if token.text == "[":
            items: list[raw.Operand] = []
            while not self._skip("]"):
                items.append(self.sum())
                if self._peek().text != "]":
                    self._expect(",")
            return raw.Listing(tuple(items), place)
        if token.kind == "fact":
            own = [phrase for phrase in self.lexicon.fields if phrase.startswith(f"{token.text}的")]
            self._refuse(token, f"{token.text} is a kind of fact; name a field of it",
                         f"“{token.text}”是一类事实，请写它的一项，例如 {'、'.join(own[:3])}")  # fmt: skip
        return self._refuse(token, f"a field or a value is missing before {token.text or 'the end'}",
                     f"此处应为字段或值，而不是“{token.text or '结尾'}”")  # fmt: skip

    def _aggregate(self, token: Token) -> raw.Operand:
        self._expect("(")
        place = self._place(self._peek())
        what = raw.Name(self._fact(), place) if token.text == "计数" else self._value()
        where = None
        if self._skip(","):
            self._expect("其中")
            where = self.condition()
        self._expect(")")
        return raw.Aggregate("count" if token.text == "计数" else "sum", what, where, self._place(token))

    def _fact(self) -> str:
        token = self._next()
        if token.kind == "name":
            return token.text
        if token.text not in self.lexicon.facts:
            self._refuse(token, "a kind of fact is missing, such as 订单行", "此处应为事实，例如 订单行",
                         nearest(token.text, self.lexicon.facts))  # fmt: skip
        return self.lexicon.facts[token.text]

    def _param(self, token: Token) -> str:
        name = token.text.strip()
        if name not in self.lexicon.params:
            hint = nearest(name, self.lexicon.params)
            self._refuse(token, f"there is no parameter {name}", f"没有参数「{name}」", hint and f"「{hint}」")
        return self.lexicon.params[name]

    def _day(self, token: Token) -> int:
        try:
            return date.fromisoformat(token.text).toordinal()
        except ValueError:
            self._refuse(token, f"{token.text} is not a day of the calendar", f"{token.text} 不是有效日期")

    def _effect(self) -> dict[str, Any]:
        token = self._next()
        kind = _EFFECT_OF.get(token.text)
        if kind is None:
            meant = next((MEANT[word] for word in MEANT if token.text.startswith(word)), None)
            hint = SAMPLES[meant] if meant else nearest(token.text, _EFFECT_OF) or SAMPLES["hold"]
            said = token.text or "结尾"
            self._place(token).refuse(f"{said} is nothing that a rule does", f"“{said}”不是规则的动作", hint)
        if kind in SAMPLES and self._peek().text != "(":
            self._refuse(self._peek(), f"{token.text} needs a bracket", f"“{token.text}”后面要写明怎样做",
                         SAMPLES[kind])  # fmt: skip
        if kind in ("reject", "flag", "require", "degraded"):
            return {kind: self._inside()}
        if kind in ("route", "workflow"):
            return {kind: self._dynamic()}
        return {kind: self._body(kind, token)}

    def _body(self, kind: str, token: Token) -> Any:
        match kind:
            case "hold":
                return self._hold()
            case "priority":
                return self._take("number", "整数", "a whole number").text
            case "notify":
                return self._known(self._inside(), _GROUP_OF, token)
            case "approval" | "skip":
                return self._steps(token)
            case "derive":
                return self._derive()
            case "carrier":
                return self._carrier()
            case _:
                return "true"

    def _inside(self) -> str:
        """Read the text in brackets as it stands."""
        start = self._peek()
        self._expect("(")
        first = self._peek()
        depth = 1
        while depth:
            token = self._next()
            if token.kind == "end":
                self._refuse(start, "a bracket is not closed", "括号没有闭合")
            depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "sign" else 0
        return self.text[first.start : self.tokens[self.at - 1].start].strip()

    def _hold(self) -> dict[str, Any]:
        start = self._peek()
        parts = [part.strip() for part in self._inside().replace(",", "，").split("，")]
        if parts == ["人工审核"]:
            return dict(MANUAL)
        found: dict[str, Any] = {"code": parts[0]}
        for part in parts[1:]:
            if part.endswith("关卡"):
                found["gate"] = self._known(part[:-2].strip(), _GATE_OF, start)
            elif part.endswith("放行"):
                found["who"] = [self._known(role.strip(), _ROLE_OF, start) for role in part[:-2].split("、")]
            elif part in ("须人工", "仅警告"):
                found.update({"needs_human": "true"} if part == "须人工" else {"severity": "warning"})
            else:
                self._refuse(start, f"{part} says nothing about a hold", f"挂起中不认识“{part}”")
        for key, zh in (("gate", "审批关卡"), ("who", "风控放行")):
            if key not in found:
                self._refuse(start, f"the hold needs {key}, such as {zh}", f"挂起缺少{key}，例如 {zh}")
        return found

    def _known(self, word: str, words: dict[str, str], token: Token) -> str:
        if word not in words:
            self._refuse(token, f"{word} is none of {', '.join(words)}", f"“{word}”应为 {'、'.join(words)} 之一",
                         nearest(word, words))  # fmt: skip
        return words[word]

    def _steps(self, token: Token) -> Any:
        text = self._inside()
        if text.startswith("「"):
            return f"${self._param(replace(token, kind='param', text=text.strip('「」')))}"
        return [self._known(step.strip(), _ROLE_OF, token) for step in text.split("、")]

    def _derive(self) -> dict[str, Any]:
        fact = self._fact() if self._peek().kind != "name" else self._next().text
        self._expect("(")
        values: dict[str, Any] = {}
        while not self._skip(")"):
            name = self._next().text
            self._expect("=")
            values[name] = self._dynamic()
            self._skip(",")
        return {fact: values}

    def _carrier(self) -> Any:
        carrier = self._dynamic()
        mark = self.at
        if self._skip(",") and self._peek().text == "服务":
            self._next()
            return {"carrier": carrier, "service": self._dynamic()}
        self.at = mark
        return carrier

    def _dynamic(self) -> str:
        token = self._next()
        match token.kind:
            case "field":
                return self.lexicon.fields[token.text]
            case "param":
                return f"${self._param(token)}"
            case "text" | "name" | "number":
                return token.text
            case _:
                return self._refuse(token, "a value or a field is missing", "此处应为值或字段")


assert set(GATES) == {gate.value for gate in ALL_GATES}  # noqa: S101 - every gate has a name
