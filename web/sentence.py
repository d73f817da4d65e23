"""A rule as its sentence in the editor: what the file says now, and what a typed sentence makes of it.

Place in the order's way: beside decide, before a change is published. The grammar is `rules/sentences`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orders.errors import RuleAuthorError, SluiceError
from rules.bundle import load_bundle
from rules.change import edit
from rules.sentences import SENTENCE, hear, param_labels, say
from rules.vocabulary import base_vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.vocabulary import Vocabulary

PARTS = ("with", "when", "then")


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
        load_bundle({**files, name: text})
    except RuleAuthorError as error:
        if error.file != name or not _compiles(files):
            raise
        raise RuleAuthorError(error.plain_en, error.plain_zh, file=SENTENCE, suggestion=error.suggestion) from error
    return text


def _compiles(files: Mapping[str, str]) -> bool:
    try:
        load_bundle(files)
    except RuleAuthorError:
        return False
    return True


def _written(name: str, files: Mapping[str, str], rule: str, sentence: str) -> str:
    vocabulary, labels = _vocabulary(files), param_labels(name, files[name])
    found = edit.rule_value(name, files[name], rule)
    if found is None:
        told = hear(sentence, vocabulary, labels)
        message = {"zh": sentence.strip().replace("{", "（").replace("}", "）"), "en": rule}
        return edit.set_rule(name, files[name], rule, {**told, "message": message})
    plain = found.plain()
    told = hear(sentence, vocabulary, labels, plain)
    if say(plain, vocabulary, labels) == sentence.strip():
        return files[name]
    changed = {key: told.get(key) for key in PARTS if told.get(key) != plain.get(key)}
    return edit.set_rule(name, files[name], rule, changed)


def _vocabulary(files: Mapping[str, str]) -> Vocabulary:
    """Return the vocabulary with the files' own words; the base one while they do not compile."""
    try:
        return load_bundle(files).book.vocabulary
    except RuleAuthorError:
        return base_vocabulary()


def _say(name: str, text: str, rule: str, vocabulary: Vocabulary, labels: Mapping[str, str]) -> str:
    found = edit.rule_value(name, text, rule)
    return "" if found is None else say(found.plain(), vocabulary, labels)
