"""Rules as Chinese sentences, both ways (U12): ``当 收货地址 含 "驿站" 且 订单金额 > 500 元，则 挂起（人工审核）``.

A sentence carries a rule's condition and its effects. What it does not carry (id, title, messages, priority, effective
days, release texts) stays in the file: `hear` takes it from the rule that the sentence belongs to.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rules.sentences.lexicon import Lexicon, lexicon
from rules.sentences.listen import Listener
from rules.sentences.speak import Speaker
from rules.text.clauses import condition
from rules.text.literal import param_value
from rules.text.source import Place, read_yaml
from rules.vocabulary import NUMERIC

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.bundle import Bundle
    from rules.text.source import Value
    from rules.vocabulary import Vocabulary

__all__ = ["Lexicon", "hear", "lexicon", "param_labels", "say", "sentences"]
SENTENCE = "句子"


def say(rule: Mapping[str, Any], vocabulary: Vocabulary, params: Mapping[str, str] | None = None) -> str:
    """Say a rule's YAML structure (plain maps, lists and text) as one sentence. ``params``: name → 中文 label."""
    words = lexicon(vocabulary, params)
    numeric = frozenset(w.full for fact in vocabulary.values() for w in fact.words.values() if w.kind in NUMERIC)
    speaker = Speaker(words, numeric)
    when = read_yaml(SENTENCE, json.dumps({"when": rule["when"]}, ensure_ascii=False)).fields(("when",))["when"]
    given = "".join(f"设 {name} 为 {fact}，" for name, fact in rule.get("with", {}).items())
    return f"{given}当 {speaker.condition(condition(when))}，则 {speaker.effects(rule['then'])}"


def hear(
    text: str,
    vocabulary: Vocabulary,
    params: Mapping[str, str] | None = None,
    base: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Read a sentence into a rule's YAML structure. Raises RuleAuthorError.

    ``base`` is the rule that the sentence belongs to: it gives what sentences do not say.
    """
    found = Listener(text, lexicon(vocabulary, params), Place(SENTENCE, 1, 1)).rule()
    if base is None:
        return found
    kept = {key: value for key, value in base.items() if key not in ("when", "then", "with")}
    releases = [body["release"] for one in base["then"] for body in one.values() if _has_release(body)]
    holds = [body for one in found["then"] for kind, body in one.items() if kind == "hold"]
    for hold, release in zip(holds, releases, strict=False):
        hold["release"] = release
    return {**kept, **found}


def _has_release(body: Any) -> bool:
    return isinstance(body, dict) and "release" in body


def param_labels(file: str, text: str) -> dict[str, str]:
    """Return a policy file's parameters and what they are called. Raises RuleAuthorError."""
    keys = {key.text(): value for key, value in read_yaml(file, text).pairs()}
    if "params" not in keys:
        return {}
    return {name.text(): _label(value) for name, value in keys["params"].pairs()}


def _label(value: Value) -> str:
    if not value.is_map:
        return ""
    param_value(value)
    words = {key.text(): item for key, item in value.pairs()}
    return words["zh"].text() if "zh" in words else ""


def sentences(bundle: Bundle) -> dict[str, str]:
    """Say every rule of a bundle: rule id → sentence."""
    vocabulary = bundle.book.vocabulary
    found: dict[str, str] = {}
    for file, text in bundle.files.items():
        labels = param_labels(file, text)
        for key, value in read_yaml(file, text).pairs():
            if key.text() == "rules":
                for rule in value.items():
                    plain = rule.plain()
                    found[plain["id"]] = say(plain, vocabulary, labels)
    return found
