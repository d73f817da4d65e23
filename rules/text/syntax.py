"""The grammar of a condition: one line of text → the raw tree.

::

    condition  := both ("or" both)*                 both := one ("and" one)*
    one        := "not" one | "none" one ["where" one …] | "(" condition ")" | comparison
    comparison := sum [ sign sum | ["not"] "in" operand | "contains" operand | "starts with" operand
                      | "is" ["not"] (missing | present | sum) | "between" sum "and" sum ] ["where" both]
    sum        := product (("+"|"-") product)*      product := value ("*" value)*
    value      := number [unit] | date | "text" | $param | name | [list] | (sum) | count(…) | sum(… where …)
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, NoReturn

from rules.text.lexer import Token, tokens
from rules.text.mistakes import OPERATORS, SWAPPED
from rules.text.raw import (
    Aggregate,
    Arithmetic,
    Between,
    Comparison,
    Condition,
    Day,
    Group,
    Listing,
    Name,
    Negation,
    Number,
    Operand,
    Param,
    Text,
)
from rules.text.source import nearest

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.text.source import Place

_SIGNS = ("=", "!=", "<", "<=", ">", ">=")
_REGEX = ("matches", "match", "regex", "like", "~")
_RESERVED = ("and", "or", "not", "where", "in", "is", "contains", "between", "starts")
MAX_DEPTH = 30


class Parser:
    """Reads one text. ``place`` is where its first letter stands in the file."""

    def __init__(self, text: str, place: Place) -> None:
        self.text = text
        self.place = place
        self.tokens = tokens(text, place)
        self.at = 0
        self.depth = 0

    def whole(self) -> Condition:
        """Read the whole text as a condition."""
        found = self.condition()
        self._finish()
        return found

    def whole_operand(self) -> Operand:
        """Read the whole text as a value."""
        found = self.sum()
        self._finish()
        return found

    def condition(self) -> Condition:
        """Read ``… or …``."""
        return self._chain("or", "any", self.both)

    def both(self) -> Condition:
        """Read ``… and …``."""
        return self._chain("and", "all", self.one)

    def one(self) -> Condition:
        """Read one condition without ``and`` and ``or`` around it."""
        token = self._peek()
        self._deeper()
        if self._word("not"):
            found: Condition = Negation("not", self.one(), self._since(token), self._place(token))
        elif self._word("none"):
            found = Negation("none", self.one(), self._since(token), self._place(token))
        elif token.text == "(" and token.kind == "sign":
            found = self._bracket()
        else:
            found = self.comparison()
        self.depth -= 1
        return self._where(found)

    def comparison(self) -> Condition:
        """Read one comparison, or a bare yes/no field."""
        start = self._peek()
        left = self.sum()
        op = self._operator()
        right: Operand | None = None
        if op == "between":
            low = self.sum()
            self._expect("and")
            return Between(left, low, self.sum(), self._since(start), self._place(start))
        if op not in ("holds", "missing", "present"):
            right = self.sum()
        return Comparison(op, left, right, self._since(start), self._place(start))

    def _operator(self) -> str:
        token = self._peek()
        if token.kind == "sign" and token.text in _SIGNS:
            return self._next().text
        for word in ("contains", "in", "between"):
            if self._word(word):
                return word
        if self._word("starts"):
            self._expect("with")
            return "starts with"
        if self._word("not"):
            self._expect("in")
            return "not in"
        if self._word("is"):
            return self._is()
        if token.text in _REGEX:
            self._refuse(token, "regular expressions are not available; use contains, starts with or in",
                         "不支持正则表达式，请用 contains、starts with 或 in")  # fmt: skip
        return "holds"

    def _is(self) -> str:
        negated = self._word("not")
        for word, other in (("missing", "present"), ("present", "missing")):
            if self._word(word):
                return other if negated else word
        if self._word("in"):
            return "not in" if negated else "in"
        return "!=" if negated else "="

    def sum(self) -> Operand:
        """Read ``… + …`` and ``… - …``."""
        return self._series(("+", "-"), self.product)

    def product(self) -> Operand:
        """Read ``… * …``."""
        return self._series(("*",), self.value)

    def value(self) -> Operand:
        """Read one value."""
        token = self._next()
        place = self._place(token)
        if token.kind == "number":
            return Number(Fraction(token.text), token.unit, place)
        if token.kind == "date":
            return self._day(token)
        if token.kind == "quoted":
            return Text(token.text, place)
        if token.kind == "param":
            return Param(token.text, place)
        if token.kind == "name" and token.text not in _RESERVED:
            return self._aggregate(token) if self._peek().text == "(" else Name(token.text, place)
        return self._bracketed_value(token)

    def _bracketed_value(self, token: Token) -> Operand:
        if token.text == "-":
            zero = Number(Fraction(0), "", self._place(token))
            return Arithmetic("-", zero, self.value(), self._place(token))
        if token.text == "(":
            self._deeper()
            found = self.sum()
            self.depth -= 1
            self._expect(")")
            return found
        if token.text != "[":
            self._place(token).refuse(
                f"expected a name or a value, found {token.text or 'the end'}",
                f"此处应为名称或值，而不是 {token.text or '结尾'}",
                SWAPPED.get(self.tokens[self.at - 2].text + token.text, "") if self.at > 1 else "",
            )
        return self._listing(token)

    def _listing(self, start: Token) -> Listing:
        items: list[Operand] = []
        while self._peek().text != "]":
            items.append(self.sum())
            if self._peek().text != "]":
                self._expect(",")
        self._next()
        return Listing(tuple(items), self._place(start))

    def _aggregate(self, token: Token) -> Aggregate:
        if token.text not in ("count", "sum"):
            self._refuse(token, f"there is no function {token.text}; there are count and sum",
                         f"没有函数 {token.text}，只有 count 与 sum")  # fmt: skip
        self._expect("(")
        what = self.sum()
        where = self.condition() if self._word("where") else None
        self._expect(")")
        return Aggregate(token.text, what, where, self._place(token))

    def _day(self, token: Token) -> Day:
        try:
            return Day(date.fromisoformat(token.text).toordinal(), self._place(token))
        except ValueError:
            self._refuse(token, f"{token.text} is not a day of the calendar", f"{token.text} 不是有效日期")

    def _bracket(self) -> Condition:
        """Tell ``(a > 1 or b)`` from ``(a + b) > 1``: try the first, fall back to the second."""
        mark = self.at
        self._next()
        found = self.condition()
        if self._peek().text == ")":
            self._next()
            after = self._peek()
            if after.kind != "sign" or after.text in (")", ","):
                return found
        self.at = mark
        return self.comparison()

    def _where(self, found: Condition) -> Condition:
        token = self._peek()
        if not self._word("where"):
            return found
        return Group("all", (found, self.both()), self._place(token))

    def _chain(self, word: str, how: str, read: Callable[[], Condition]) -> Condition:
        start = self._peek()
        parts = [read()]
        while self._word(word):
            parts.append(read())
        return parts[0] if len(parts) == 1 else Group(how, tuple(parts), self._place(start))

    def _series(self, signs: tuple[str, ...], read: Callable[[], Operand]) -> Operand:
        found: Operand = read()
        while self._peek().kind == "sign" and self._peek().text in signs:
            token = self._next()
            found = Arithmetic(token.text, found, read(), self._place(token))
        return found

    def _peek(self) -> Token:
        return self.tokens[self.at]

    def _next(self) -> Token:
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def _word(self, word: str) -> bool:
        token = self._peek()
        if token.kind == "name" and token.text == word:
            self._next()
            return True
        return False

    def _expect(self, text: str) -> None:
        token = self._next()
        if token.text != text or token.kind == "quoted":
            self._refuse(token, f"expected {text}, found {token.text or 'the end'}",
                         f"此处应为 {text}，而不是 {token.text or '结尾'}")  # fmt: skip

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self._refuse(self._peek(), "the condition is nested too deep", "条件嵌套过深")

    def _finish(self) -> None:
        token = self._peek()
        if token.kind != "end":
            near = nearest(token.text, OPERATORS.values()) if token.kind == "name" else ""
            meant = OPERATORS.get(token.text) or near
            self._place(token).refuse(f"unexpected {token.text}", f"多余的 {token.text}", meant)

    def _since(self, token: Token) -> str:
        return self.text[token.start : self._peek().start].strip()

    def _place(self, token: Token) -> Place:
        return self.place.shifted(token.start)

    def _refuse(self, token: Token, en: str, zh: str) -> NoReturn:
        self._place(token).refuse(en, zh)


def parse_condition(text: str, place: Place) -> Condition:
    """Read one line as a condition. Raises RuleAuthorError."""
    return Parser(text, place).whole()


def parse_operand(text: str, place: Place) -> Operand:
    """Read one line as a value. Raises RuleAuthorError."""
    return Parser(text, place).whole_operand()
