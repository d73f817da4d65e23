"""What stands beside the rule editor: counts, findings with their line, and what mends them."""

from __future__ import annotations

from rules.process.prover import Asked, proven
from web.beside import beside

HEAD = "policy: p\nowner: risk\nstage: fraud\nparams: {limit: {value: 500.00元, zh: 上限, en: limit}}\nrules:\n"
RULE = "  - {id: R-1, when: order.payable > $limit, then: [{flag: F}], message: {zh: x, en: x}}\nexamples:\n"
BELOW = "  - {name: 不拦, given: {order.payable: 500.00}, silent: [R-1]}\n"
ABOVE = "  - {name: 拦, given: {order.payable: 500.01}, fires: [R-1]}\n"


def shown(text: str) -> dict:
    return beside(proven(Asked({"p.yaml": text}, only=("p.yaml",), quick=True)), str)


def test_U1_a_proven_file_is_good_and_says_how_much_was_judged() -> None:
    found = shown(HEAD + RULE + BELOW + ABOVE)
    assert (found["good"], found["findings"]) == (True, [])
    assert (found["examples"], found["mutants"]) == ("例子 2 / 2 通过", "改动 4 / 4 被发现")


def test_U1_a_surviving_mutant_comes_with_its_line_and_the_example_that_is_missing() -> None:
    found = shown(HEAD + RULE + ABOVE)
    assert not found["good"]
    first = found["findings"][0]
    assert (first["title"], first["line"]) == ("R-1", 6)
    assert "silent: [R-1]" in first["add"]


def test_U1_a_failing_example_comes_with_its_line_and_its_place_at_the_new_boundary() -> None:
    found = shown(HEAD.replace("500.00", "800.00") + RULE + BELOW + ABOVE)
    (first,) = found["findings"]
    assert (found["examples"], found["mutants"], first["title"], first["line"]) == ("例子 1 / 2 通过", "", "拦", 9)
    assert "800.01" in first["replace"]


def test_what_does_not_compile_says_so_alone() -> None:
    assert "order.payable" in shown((HEAD + RULE + BELOW).replace("order.payable >", "order.payabel >"))["error"]
