"""The values of a decision's trace in words: labels of the rule vocabulary, amounts with their unit.

Place in the order's way: the order page's "why". Knows the vocabulary's labels, not what the rules say.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from rules.sentences.lexicon import GROUP_ZH
from rules.vocabulary import Kind, Vocabulary, Word
from web.i18n import language, say, translate
from web.wording import code_name, money, named, quantity, role_name

if TYPE_CHECKING:
    from rules.bundle import Bundle

_NAME = re.compile(r"\$[a-z_][a-z0-9_]*|[a-z_]+(?:\.[a-z_]+)+")
_SIGNS = {" contains ": " 含 ", " is ": " 是 ", "none ": "没有 ", "any ": "有 ", " in ": " 属于 ", "not ": "非 "}
DERIVED_ZH = {
    "hold": "挂起",
    "flag": "标记",
    "require": "要求",
    "approval": "审批路径",
    "notify": "通知",
    "route": "分仓到",
    "carrier": "承运商",
    "workflow": "流程",
    "derive": "推出",
    "together": "同仓发货",
    "review": "转人工复核",
    "twin": "疑似同单",
    "flow": "审批流程",
    "priority": "优先级",
    "skip": "跳过审批",
    "reject": "驳回",
    "degraded": "降级",
}


_KNOWN: dict[str, dict[str, dict[str, str]]] = {}
"""Labels of parameters by the hash of their bundle: a bundle never changes."""


def param_labels(bundle: Bundle) -> dict[str, dict[str, str]]:
    """Return what the parameters of a bundle are called, in both languages."""
    if bundle.hash not in _KNOWN:
        found: dict[str, dict[str, str]] = {}
        for policy in bundle.book.policies:
            for name, param in policy.params.items():
                told = param.plain() if param.is_map else {}
                found[name] = {"zh": str(told.get("zh") or name), "en": str(told.get("en") or name)}
        _KNOWN.clear()
        _KNOWN[bundle.hash] = found
    return _KNOWN[bundle.hash]


class Labels:
    """What the names in a trace are called, by the live bundle; a name that it does not know is shown as written."""

    def __init__(self, bundle: Bundle) -> None:
        self._words: Vocabulary = bundle.book.vocabulary
        self._params = param_labels(bundle)
        self._titles = {rule.id: rule.title for policy in bundle.book.policies for rule in policy.rules}

    def title(self, rule: str) -> str:
        """Return a rule's title, empty when the live bundle has no such rule."""
        return say(self._titles.get(rule))

    def word(self, name: str) -> Word | None:
        """Return the vocabulary's word of ``fact.name``."""
        fact, _, field = name.partition(".")
        found = self._words.get(fact)
        return found.words.get(field) if found else None

    def label(self, name: str) -> str:
        """Return how people call an atom: a word, a parameter, or a condition with words in it."""
        chinese = language() == "zh"
        if name in DERIVED_ZH:
            return DERIVED_ZH[name] if chinese else name
        shown = _NAME.sub(self._replaced, name)
        if not chinese:
            return shown
        for written, sign in _SIGNS.items():
            shown = shown.replace(written, sign) if written in name else shown
        return shown

    def _replaced(self, match: re.Match[str]) -> str:
        if match.group().startswith("$"):
            return say(self._params.get(match.group()[1:])) or match.group()
        word = self.word(match.group())
        return say({"zh": word.zh, "en": word.english}) if word else match.group()

    def values(self, atoms: dict[str, Any]) -> tuple[tuple[str, str], ...]:
        """Return label and value of each atom."""
        return tuple((self.label(name), self._value(name, value)) for name, value in atoms.items())

    def _value(self, name: str, value: Any) -> str:
        word = self.word(name)
        if isinstance(value, str) and word is not None:
            return _measured(value, word.kind)
        return shown_value(name, value)


def _measured(value: str, kind: Kind) -> str:
    if kind in (Kind.MONEY, Kind.PRICE):
        return money(value)
    return quantity(value) if kind is Kind.QUANTITY else value


def shown_value(name: str, value: Any) -> str:
    """Write a value that the vocabulary does not know: codes and roles by name, truths as words."""
    match value:
        case bool():
            return translate("是") if value else translate("否")
        case None:
            return "—"
        case list() | tuple():
            return "、".join(shown_value(name, item) for item in value)
        case dict():
            return "；".join(f"{key} {shown_value(key, item)}" for key, item in value.items())
        case str() if name in ("hold", "flag"):
            return code_name(value)
        case str() if name == "notify":
            return named(GROUP_ZH, value)
        case str() if name in ("approval", "skip"):
            return role_name(value)
        case _:
            return str(value)
