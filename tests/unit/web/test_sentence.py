"""A rule as a sentence in the editor: every shipped rule survives the way there and back; a new one is added."""

from __future__ import annotations

import pytest

from orders.errors import RuleAuthorError
from rules.bundle import load_bundle
from rules.change import edit
from web.sentence import spoken, written

FILES = {
    "f.yaml": """policy: f
owner: risk
stage: fraud
params:
  limit: {value: 500.00元, zh: 代收点金额上限, en: limit}
rules:
  # the one that everybody asks about
  - id: R-1
    when:
      - order.ship_to.address contains "驿站"
      - order.payable > $limit
    then:
      - hold: {code: MANUAL, gate: approve, who: [risk], needs_human: true}
    # said to the customer
    message: {zh: 代收点, en: Pickup point}
"""
}


def test_U12_the_sentence_of_a_rule_written_back_unchanged_changes_nothing() -> None:
    told = spoken("f.yaml", FILES)
    assert [(item.rule, "代收点金额上限" in item.sentence) for item in told] == [("R-1", True)]
    assert written("f.yaml", FILES, "R-1", told[0].sentence) == FILES["f.yaml"]


def test_U12_a_changed_sentence_changes_the_condition_and_keeps_the_rest() -> None:
    sentence = spoken("f.yaml", FILES)[0].sentence.replace('"驿站"', '"驿站" 或 "代收点"')
    new = written("f.yaml", FILES, "R-1", sentence)
    rule = edit.rule_value("f.yaml", new, "R-1")
    assert rule is not None
    assert "代收点" in str(rule.plain()["when"])
    kept = (
        "# the one that everybody asks about",
        "# said to the customer",
        "who: [risk], needs_human: true}",
        "message: {zh:",
    )
    assert all(part in new for part in kept)
    assert load_bundle({"f.yaml": new}).book.rules[0].id == "R-1"


def test_U12_a_sentence_under_a_new_id_becomes_a_rule() -> None:
    new = written("f.yaml", FILES, "R-2", "当 订单金额 > 900 元，则 挂起（人工审核）")
    assert new.startswith(FILES["f.yaml"].rstrip())
    assert [rule.id for rule in load_bundle({"f.yaml": new}).book.rules] == ["R-1", "R-2"]


def test_U12_a_rule_made_from_a_sentence_is_called_by_it_until_somebody_names_it() -> None:
    def titles(text: str) -> tuple[str, str]:
        rule = edit.rule_value("f.yaml", text, "R-2")
        assert rule is not None
        return rule.plain()["title"]["zh"], rule.plain()["message"]["zh"]

    said = "当 订单金额 > 900 元，则 挂起（人工审核）"
    new = written("f.yaml", FILES, "R-2", "如果订单金额超过900块，那么挂起（人工审核）")
    assert titles(new) == ("订单金额 > 900 元，挂起（人工审核）", "订单金额 > 900 元")
    assert load_bundle({"f.yaml": new}).book.rules[1].title.zh == "订单金额 > 900 元，挂起（人工审核）"
    other = written("f.yaml", {"f.yaml": new}, "R-2", said.replace("900", "800"))
    assert titles(other) == ("订单金额 > 800 元，挂起（人工审核）", "订单金额 > 800 元"), "it follows"
    named = other.replace("订单金额 > 800 元，挂起（人工审核）", "大单", 1)
    assert titles(written("f.yaml", {"f.yaml": named}, "R-2", said.replace("900", "700")))[0] == "大单"
    long = "当 " + " 且 ".join(f"订单金额 > {number} 元" for number in range(900, 909)) + "，则 挂起（人工审核）"
    assert titles(written("f.yaml", FILES, "R-2", long))[0].endswith("…")
    assert len(titles(written("f.yaml", FILES, "R-2", long))[0]) == 40


def test_a_limit_below_zero_is_refused_where_the_sentence_is_written() -> None:
    with pytest.raises(RuleAuthorError, match="no limit is below zero"):
        written("f.yaml", FILES, "R-1", "当 订单金额 > -5 元，则 挂起（人工审核）")


def test_a_sentence_with_an_unknown_word_is_refused_with_its_place() -> None:
    with pytest.raises(RuleAuthorError) as refused:
        written("f.yaml", FILES, "R-1", "当 订单金饿 > 900 元，则 挂起（人工审核）")
    assert refused.value.column > 1


@pytest.mark.parametrize("other", ["policy: [", "policy: g\nowner: risk\nrules: 5"])
def test_what_is_wrong_in_another_file_keeps_its_place_there(other: str) -> None:
    with pytest.raises(RuleAuthorError) as refused:
        written("f.yaml", {**FILES, "g.yaml": other}, "R-2", "当 订单金额 > 900 元，则 挂起（人工审核）")
    assert refused.value.file == "g.yaml"


def test_a_fault_that_the_file_had_before_is_not_the_sentences() -> None:
    text = FILES["f.yaml"] + "  - {id: R-9, when: [order.payabel > 1], then: [{flag: X}], message: {zh: a, en: a}}\n"
    with pytest.raises(RuleAuthorError) as refused:
        written("f.yaml", {"f.yaml": text}, "R-2", "当 订单金额 > 900 元，则 挂起（人工审核）")
    assert (refused.value.file, refused.value.suggestion) == ("f.yaml", "order.payable")


def test_while_the_files_do_not_compile_no_sentence_is_shown() -> None:
    assert spoken("f.yaml", {"f.yaml": "rules: 1"}) == []
