"""docs/rules.md and docs/vocabulary.md say what the language does: generated, compiled, run, heard."""

from __future__ import annotations

import re

import pytest

from orders.hold import GATES
from rules.bundle import load_bundle
from rules.examples import test as run_examples
from rules.mutants import examine
from rules.policy import STAGES
from rules.reference import PAGE, vocabulary_page
from rules.sentences import hear, param_labels, say
from rules.text.clauses import Clauses
from rules.text.resolve import Scope
from rules.text.source import read_yaml
from rules.vocabulary import base_vocabulary
from tests.unit.rules import cases

GUIDE = (PAGE.parent / "rules.md").read_text("utf-8")
POLICY = re.search(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)[1]
SENTENCE = re.search(r"```text\n(.*?)\n```", GUIDE, re.DOTALL)[1]
ROWS = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \|", GUIDE, re.MULTILINE)


def test_the_vocabulary_page_is_current():
    assert PAGE.read_text("utf-8") == vocabulary_page(), "run: python -m rules.reference"


@pytest.mark.parametrize("fact", base_vocabulary().values(), ids=lambda fact: fact.name)
def test_every_word_has_a_label_a_meaning_and_a_source(fact):
    for word in fact.words.values():
        assert word.zh, word.full
        assert word.doc, word.full
        assert word.source, word.full
        assert f"`{word.full}`" in vocabulary_page()


def test_the_guides_policy_compiles_and_passes_its_own_proof():
    files = {"mine.yaml": POLICY}
    assert run_examples(load_bundle(files)) == []
    assert [str(mutant) for mutant in examine(files).survivors] == []


def test_the_guides_sentence_is_its_rule():
    bundle = load_bundle({"mine.yaml": POLICY})
    labels = param_labels("mine.yaml", POLICY)
    keys = {key.text(): value for key, value in read_yaml("mine.yaml", POLICY).pairs()}
    rule = keys["rules"].items()[0].plain()
    assert say(rule, bundle.book.vocabulary, labels) == SENTENCE
    assert hear(SENTENCE, bundle.book.vocabulary, labels, base=rule)["then"] == rule["then"]


@pytest.mark.parametrize(("written", "said"), ROWS, ids=[written for written, _ in ROWS])
def test_the_guides_conditions_and_sentences_mean_the_same(written, said):
    params = {"words": "用词", "share": "比例"}
    rule = {"when": written, "then": [{"flag": "F"}]}
    assert say(rule, base_vocabulary(), params) == f"当 {said}，则 标记（F）"


def test_the_guide_names_every_effect_gate_and_stage():
    effects = Clauses(Scope({}, {}, {})).readers
    for word in (*effects, *(gate.value for gate in GATES), *STAGES):
        assert word in GUIDE, word
    assert len(ROWS) >= 11


def test_every_word_has_an_english_label_of_its_own():
    for fact in base_vocabulary().values():
        labels = [word.en for word in fact.words.values()]
        assert all(label and label.isascii() for label in (fact.en, *labels)), fact.name
        assert len(set(labels)) == len(labels), fact.name


def test_every_shipped_table_and_derived_fact_has_english_labels():
    own = [fact for name, fact in cases.shipped().book.vocabulary.items() if name not in base_vocabulary()]
    assert len(own) >= 6
    assert [word.full for fact in own for word in fact.words.values() if not (fact.en and word.en)] == []
