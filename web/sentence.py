"""A rule as its sentence in the editor: what the file says now, and what a typed sentence makes of it.

Place in the order's way: beside decide, before a change is published. The grammar is `rules/sentences`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orders.errors import RuleAuthorError, SluiceError
from rules.bundle import authored, load_bundle
from rules.change import edit
from rules.sentences import SENTENCE, hear, param_labels, say
from rules.vocabulary import base_vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.vocabulary import Vocabulary

PARTS = ("with", "when", "then")
TITLE_CHARS = 40
"""So long is a title in the list of rules; the whole sentence stands below it."""
WHY_CHARS = 300


@dataclass(frozen=True, slots=True)
class Spoken:
    """A rule of the file and its sentence."""

    rule: str
    sentence: str


def spoken(name: str, files: Mapping[str, str]) -> list[Spoken]:
    """Return the sentences of one file's rules; nothing while the files do not compile."""
    try:
        vocabulary = load_bundle(files).book.vocabulary
        labels = param_labels(name, files[name])
        return [
            Spoken(rule, _say(name, files[name], rule, vocabulary, labels)) for rule in edit.rule_ids(name, files[name])
        ]
    except SluiceError:
        return []


def written(name: str, files: Mapping[str, str], rule: str, sentence: str) -> str:
    """Return the file with a rule as a sentence says it; a rule that it does not have is added.

    Raises RuleAuthorError with the place in the sentence and the nearest right word.
    """
    text = _written(name, files, rule, sentence)
    try:
        authored({**files, name: text})
    except RuleAuthorError as error:
        if error.file != name or not _compiles(files):
            raise
        raise RuleAuthorError(error.plain_en, error.plain_zh, file=SENTENCE, suggestion=error.suggestion) from error
    return text


def _compiles(files: Mapping[str, str]) -> bool:
    try:
        authored(files)
    except RuleAuthorError:
        return False
    return True


def _written(name: str, files: Mapping[str, str], rule: str, sentence: str) -> str:
    vocabulary, labels = _vocabulary(files), param_labels(name, files[name])
    found = edit.rule_value(name, files[name], rule)
    if found is None:
        told = hear(sentence, vocabulary, labels)
        words = _titled(rule, say({"id": rule, **told}, vocabulary, labels))
        return edit.set_rule(name, files[name], rule, {"title": words["title"], **told, "message": words["message"]})
    plain = found.plain()
    told = hear(sentence, vocabulary, labels, plain)
    was = say(plain, vocabulary, labels)
    if was == sentence.strip():
        return files[name]
    changed = {key: told.get(key) for key in PARTS if told.get(key) != plain.get(key)}
    now = say({**plain, **told}, vocabulary, labels)
    follow = {key: words for key, words in _titled(rule, now).items() if plain.get(key) == _titled(rule, was)[key]}
    return edit.set_rule(name, files[name], rule, {**changed, **follow})


def _titled(rule: str, sentence: str) -> dict[str, dict[str, str]]:
    """Return what a rule is called and says while nobody wrote anything else: its sentence, shortened as a title."""
    plain = sentence.replace("{", "（").replace("}", "）").removeprefix("当 ")
    title, why = _short(plain.replace("，则 ", "，"), TITLE_CHARS), _short(plain.partition("，则 ")[0], WHY_CHARS)
    return {"title": {"zh": title, "en": f"Rule {rule}"}, "message": {"zh": why, "en": f"Rule {rule} applies"}}


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _vocabulary(files: Mapping[str, str]) -> Vocabulary:
    """Return the vocabulary with the files' own words; the base one while they do not compile."""
    try:
        return load_bundle(files).book.vocabulary
    except RuleAuthorError:
        return base_vocabulary()


def _say(name: str, text: str, rule: str, vocabulary: Vocabulary, labels: Mapping[str, str]) -> str:
    found = edit.rule_value(name, text, rule)
    return "" if found is None else say(found.plain(), vocabulary, labels)
