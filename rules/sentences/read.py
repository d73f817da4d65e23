"""A Chinese sentence → tokens: labels by the longest match, then signs, numbers with units, quoted text, 「参数」."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from rules.sentences.lexicon import EFFECTS, RESERVED, SPOKEN, SPOKEN_UNITS
from rules.text.clauses import plain_number
from rules.text.lexer import UNITS

if TYPE_CHECKING:
    from rules.sentences.lexicon import Lexicon
    from rules.text.source import Place

MAX_TEXT = 8000
_UNIT = "|".join(re.escape(unit) for unit in sorted((*UNITS, *SPOKEN_UNITS), key=len, reverse=True))
_TOKEN = re.compile(
    rf"""(?:
      (?P<date>\d{{4}}-\d\d-\d\d)(?![\d-])
    | (?P<number>\d+(?:\.\d+)?)(?:\s*(?P<wan>万)(?!元))?(?:\s*(?P<unit>{_UNIT})(?![A-Za-z0-9_]))?(?![A-Za-z_.])
    | (?P<quoted>"(?:[^"\\]|\\["\\])*"|“[^”]*”|'[^']*'|‘[^’]*’)
    | 「(?P<param>[^」]*)」
    | (?P<sign><=|>=|!=|==|[<>=≤≥≠＋+－−*×()（）\[\],，、＝:：-])
    | (?P<name>[A-Za-z_][\w]*(?:\.\w+)*)
    )""",
    re.VERBOSE | re.ASCII,
)
_SAME = {"≤": "<=", "≥": ">=", "≠": "!=", "==": "=", "＋": "+", "－": "-", "−": "-", "×": "*", "（": "(", "）": ")",
         "，": ",", "＝": "=", "：": ":"}  # fmt: skip
_WIDE = str.maketrans("０１２３４５６７８９．％＞＜［］！", "0123456789.%><[]!")
_QUOTED = re.compile(r"""("(?:[^"\\]|\\["\\])*"|“[^”]*”|'[^']*'|‘[^’]*’|「[^」]*」)""")
_END = re.compile(r"[\s，。、（）()「」\"“”<>=≤≥≠]")


@dataclass(frozen=True, slots=True)
class Token:
    """``kind``: word (reserved), field, fact, text (quoted), param, number, date, sign, name or end."""

    kind: str
    text: str
    start: int
    unit: str = ""


def cut(text: str, lexicon: Lexicon, place: Place) -> list[Token]:
    """Cut a sentence; what is no word of the language becomes an ``unknown`` token. Raises RuleAuthorError."""
    if len(text) > MAX_TEXT:
        place.refuse(f"a sentence may have at most {MAX_TEXT} letters", f"句子不得超过 {MAX_TEXT} 个字符")
    parts = _QUOTED.split(text)
    text = "".join(part if at % 2 else part.translate(_WIDE) for at, part in enumerate(parts))
    phrases = _phrases(lexicon)
    found: list[Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace() or text[at] == "。":
            at += 1
            continue
        token, at = _next(text, at, phrases)
        found.append(token)
    return [*found, Token("end", "", len(text))]


def _phrases(lexicon: Lexicon) -> list[tuple[str, str]]:
    """Return every known phrase with its kind, longest first; a reserved word before a field before a fact."""
    known: dict[str, str] = dict.fromkeys(SPOKEN, "spoken")
    known.update(dict.fromkeys(lexicon.facts, "fact"))
    known.update(dict.fromkeys(lexicon.fields, "field"))
    known.update(dict.fromkeys((*RESERVED, *EFFECTS.values()), "word"))
    return sorted(known.items(), key=lambda one: -len(one[0]))


def _next(text: str, at: int, phrases: list[tuple[str, str]]) -> tuple[Token, int]:
    match = _TOKEN.match(text, at)
    if match is not None and match.lastgroup is not None and not _longer(text, at, phrases, match):
        return _token(match), match.end()
    for phrase, kind in phrases:
        ends = kind != "fact" or _END.match(text[at + len(phrase) :] or " ")
        if text.startswith(phrase, at) and ends:
            told = SPOKEN[phrase] if kind == "spoken" else (kind, phrase)
            return Token(*told, at), at + len(phrase)
    end = _END.search(text, at + 1)
    word = text[at : end.start() if end else len(text)][:20]
    return Token("unknown", word, at), at + len(word)


def _longer(text: str, at: int, phrases: list[tuple[str, str]], match: re.Match[str]) -> bool:
    """Say whether a label begins here that is longer than the sign or name."""
    return any(len(phrase) > len(match.group()) and text.startswith(phrase, at) for phrase, _ in phrases)


def _token(match: re.Match[str]) -> Token:
    kind = "number" if match.group("number") else str(match.lastgroup)
    text = match.group(kind)
    if kind == "quoted":
        inner = text[1:-1]
        return Token(
            "text", inner.replace('\\"', '"').replace("\\\\", "\\") if text[0] == '"' else inner, match.start()
        )
    if kind == "sign":
        text = _SAME.get(text, text)
    if match.group("wan"):
        text = plain_number(Fraction(text) * 10_000)
    unit = match.group("unit") or ""
    return Token(kind, text, match.start(), SPOKEN_UNITS.get(unit, unit))
