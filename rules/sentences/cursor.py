"""A place in the words of a sentence: look, take, expect, refuse."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NoReturn

from rules.sentences.read import Token, cut
from rules.text.mistakes import of_numeral
from rules.text.source import nearest

if TYPE_CHECKING:
    from rules.sentences.lexicon import Lexicon
    from rules.text.source import Place

MAX_DEPTH = 30
DIVIDED = "整单优惠 > 货款合计 × 30%"


class Cursor:
    """Walks one sentence word by word. ``place`` is where its first letter stands."""

    def __init__(self, text: str, lexicon: Lexicon, place: Place) -> None:
        self.text = text
        self.lexicon = lexicon
        self.place = place
        self.tokens = cut(text, lexicon, place)
        self.at = 0
        self.depth = 0

    def _peek(self) -> Token:
        return self.tokens[self.at]

    def _next(self) -> Token:
        token = self.tokens[self.at]
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def _skip(self, text: str) -> bool:
        token = self._peek()
        if token.text == text and token.kind in ("word", "sign"):
            self._next()
            return True
        return False

    def _take(self, kind: str, zh: str, en: str) -> Token:
        token = self._next()
        if token.kind != kind:
            self._refuse(token, f"{en} is missing", f"此处应为{zh}")
        return token

    def _expect(self, text: str) -> None:
        token = self._peek()
        if not self._skip(text):
            said = f'"{token.text}"' if token.kind == "text" else token.text
            self._refuse(token, f"expected {text}, found {said or 'the end'}",
                         f"此处应为“{text}”，而不是“{said or '结尾'}”")  # fmt: skip

    def _finish(self) -> None:
        token = self._peek()
        if token.kind != "end":
            self._refuse(token, f"unexpected {token.text}", f"多余的“{token.text}”")

    def _deeper(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self._refuse(self._peek(), "the sentence is nested too deep", "嵌套过深")

    def _place(self, token: Token) -> Place:
        before = self.text[: token.start]
        line, column = before.count("\n"), token.start - before.rfind("\n")
        return replace(self.place, line=self.place.line + line, column=column)

    def _refuse(self, token: Token, en: str, zh: str, suggestion: str = "") -> NoReturn:
        if token.kind == "unknown":
            en, zh = f"{token.text} is no word of the vocabulary", f"词汇表中没有“{token.text}”"
            suggestion = nearest(token.text, self.lexicon.fields)
            told = of_numeral(token.text)
            if told is not None:
                en, zh = told
            elif token.text[0] in "÷/":
                en, zh, suggestion = "there is no division, multiply the other side", "没有除法，请改成乘法", DIVIDED
            elif not suggestion:
                en, zh = f"{en}; text stands in quotes", f'{zh}；如果是文字，请加引号，写成 "{token.text}"'
        self._place(token).refuse(en, zh, suggestion)
