"""U1: every threshold, operator, list and negation moved by one step is noticed by an example, or named."""

from __future__ import annotations

import pytest

from rules.bundle import load_bundle
from rules.examples import test as run_examples
from rules.mutants import Waiver, accept, examine, mend, repairs

HEAD = (
    "# 文件头 / head\npolicy: p\nowner: risk\nstage: fraud\n"
    "params: {limit: {value: 500.00元}, words: [驿站, 代收点], window: 5 min, mode: abs, share: 15%}\nrules:\n"
)


def book(when: str, *examples: str, then: str = "[{flag: F}]", more: str = "") -> dict[str, str]:
    rule = f"  - id: R-1  # 一条规则\n    when: {when}\n    then: {then}\n    message: {{zh: x, en: x}}\n{more}"
    shown = "".join(f"  - {{name: e{number}, {text}}}\n" for number, text in enumerate(examples))
    return {"p.yaml": HEAD + rule + ("examples:\n" + shown if examples else "")}


def survivors(files: dict[str, str]) -> list[str]:
    return [mutant.en for mutant in examine(files).survivors]


def mended(files: dict[str, str]) -> list[str]:
    """Accept every proposal; return what survives then. The file's examples must hold all along."""
    found = examine(files)
    assert found.proposals
    after = {"p.yaml": accept(files["p.yaml"], found.proposals)}
    assert [str(failure) for failure in run_examples(load_bundle(after))] == []
    return survivors(after)


PAYABLE = "given: {order.payable: "


@pytest.mark.parametrize(
    ("examples", "left"),
    [
        ((PAYABLE + "500.00}, silent: [R-1]", PAYABLE + "500.01}, fires: [R-1]"), []),
        ((PAYABLE + "500.01}, fires: [R-1]",), ["> becomes >=", "CNY 500.00 minus CNY 0.01"]),
        ((PAYABLE + "500.00}, silent: [R-1]", PAYABLE + "600.00}, fires: [R-1]"), ["CNY 500.00 plus CNY 0.01"]),
    ],
)
def test_U1_a_threshold_needs_an_example_on_both_sides(examples, left):
    assert survivors(book("order.payable > $limit", *examples)) == [
        f"order.payable > $limit: {change}" for change in left
    ]


@pytest.mark.parametrize(
    ("when", "silent", "fires"),
    [
        ("order.payable >= $limit", "order.payable: 499.99", "order.payable: 500.00"),
        ("order.payable < 20.00元", "order.payable: 20.00", "order.payable: 19.99"),
        ("customer.purchase_count > 6", "customer.purchase_count: 6", "customer.purchase_count: 7"),
        ("duplicate.apart <= $window", "duplicate: [{apart: 301 s}]", "duplicate: [{apart: 300 s}]"),
        ("line.quantity > 5", "line: [{line_no: 1, quantity: 5}]", "line: [{line_no: 1, quantity: 6}]"),
        ("line.unit_price > 200.00元", "line: [{line_no: 1, quantity: 1, unit_price: 200.00}]",
         "line: [{line_no: 1, quantity: 1, unit_price: 200.01}]"),
        ("line.net_price < line.cost * (100% - $share)",
         "line: [{line_no: 1, quantity: 1, net_price: 85.00, cost: 100.00}]",
         "line: [{line_no: 1, quantity: 1, net_price: 84.99, cost: 100.00}]"),
        ("order.requested_date <= 2026-12-01", "order.requested_date: 2026-12-02", "order.requested_date: 2026-12-01"),
        ("order.requested_date - today < 3 days", "order.requested_date: 2026-11-25",
         "order.requested_date: 2026-11-24"),
        ("credit.exposure > credit.limit", "credit.exposure: 5.00, credit.limit: 5.00",
         "credit.exposure: 5.01, credit.limit: 5.00"),
    ],
)  # fmt: skip
def test_U1_the_step_is_what_the_value_is_counted_in(when, silent, fires):
    both = (f"given: {{{silent}}}, silent: [R-1]", f"given: {{{fires}}}, fires: [R-1]")
    left = [text for text in survivors(book(when, *both)) if "becomes -" not in text]
    assert left == []
    assert survivors(book(when, both[1]))


@pytest.mark.parametrize(
    ("when", "needed"),
    [
        ("order.ship_to.address contains $words", ["any value counts", "驿站 taken off"]),
        ("order.channel in [api, mail]", ["any value counts", "api taken off"]),
        ("order.payable > $limit and order.urgent", ["taken away"]),
        ("order.urgent or order.payable > $limit", ["or", "taken away"]),
        ("not order.urgent", ["not taken away"]),
        ("order.channel is missing", ["missing becomes present"]),
        ("order.payable between 1.00元 and 2.00元", ["CNY 1.00 plus", "CNY 2.00 minus"]),
        ("count(line where line.quantity > 1) >= 2", ["2 plus 1", "1 plus 1", "taken away"]),
        ("order.payable > 1.00元 and none duplicate.same_phone", ["none taken away"]),
        ("credit.exposure + order.payable > credit.limit", ["+ becomes -", "the threshold + CNY 0.01"]),
    ],
)
def test_U1_each_construct_has_its_mutants(when, needed):
    found = " | ".join(survivors(book(when, "given: {order.note: x}, silent: [R-9]")))
    for text in needed:
        assert text in found, found


@pytest.mark.parametrize(
    "when",
    [
        "order.payable > $limit",
        "order.ship_to.address contains $words and order.payable > $limit",
        "order.payable between 1.00元 and 2.00元",
        "order.channel in [api, mail]",
        "order.channel is missing",
        "order.requested_date - today < 3 days",
        "duplicate.apart <= $window and duplicate.same_phone",
        "line.net_price < line.cost * (100% - $share) and not line.is_gift",
    ],
)
def test_U1_the_missing_examples_are_proposed_ready_to_accept(when):
    assert mended(book(when)) == []


def test_U1_a_proposal_reads_as_a_person_would_write_it():
    found = examine(book("order.payable > $limit", PAYABLE + "500.01}, fires: [R-1]"))
    assert [proposal.text for proposal in found.proposals] == [
        '{name: "R-1 边界：订单金额 500.00，不触发", given: {order.payable: 500.00}, silent: [R-1]}'
    ]
    mutant = found.survivors[0]
    assert (mutant.rule, mutant.file, mutant.line) == ("R-1", "p.yaml", 8)
    assert mutant.zh == "order.payable > $limit：> 改为 >="
    minus = found.survivors[1]
    assert (minus.line, minus.zh) == (5, "order.payable > $limit：500.00 元 减 0.01 元")


def test_U1_accepting_keeps_the_files_comments_and_layout():
    files = book("order.payable > $limit")
    text = accept(files["p.yaml"], examine(files).proposals)
    assert text.startswith(files["p.yaml"].rstrip("\n"))
    assert "# 一条规则" in text
    assert accept(text, []) == text


def test_U1_a_waiver_lets_one_mutant_pass_by_name_and_no_other():
    files = book("order.payable > $limit", PAYABLE + "500.01}, fires: [R-1]")
    one, other = examine(files).survivors
    found = examine(files, waivers=[Waiver(one.id, "same", "risk2")])
    assert [mutant.id for mutant in found.waived] == [one.id]
    assert [mutant.id for mutant in found.survivors] == [other.id]
    assert not found.passed
    changed = {"p.yaml": files["p.yaml"].replace("500.00元", "500.01元").replace("500.01}", "500.02}")}
    assert one.id in {mutant.id for mutant in examine(changed).survivors}  # the operator's name holds no value
    assert other.id not in {mutant.id for mutant in examine(changed).survivors}  # the threshold's does: waive again


def test_U1_a_rule_that_sleeps_under_its_parameters_is_named_until_an_example_wakes_it():
    when = "$mode is other and order.payable > $limit"
    assert "the whole rule: taken away" in survivors(book(when))
    woken = (
        "params: {mode: other}, given: {order.payable: 500.01}, fires: [R-1]",
        "params: {mode: other}, given: {order.payable: 500.00}, silent: [R-1]",
        "given: {order.payable: 500.01}, silent: [R-1]",
    )
    assert survivors(book(when, *woken)) == []
    assert any("CNY 500.00 plus" in text for text in survivors(book(when, "params: {mode: other}, given: {order.payable: 600.00}, fires: [R-1]")))  # fmt: skip # noqa: E501


def test_U1_tables_lose_rows_and_move_numbers():
    tables = (
        "tables: {area: {zh: 表, columns: {province: {type: text, zh: 省}, most: {type: money, zh: 限}},"
        " rows: [[江苏, 10.00], [浙江, 20.00]]}}\n"
    )
    files = book(
        "area.province = order.ship_to.province and order.payable > area.most",
        "given: {order.ship_to.province: 江苏, order.payable: 10.01}, fires: [R-1]",
    )
    files["p.yaml"] = tables + files["p.yaml"]
    found = " | ".join(survivors(files))
    assert "row 浙江、20.00 taken away" in found
    assert "row 江苏、10.00: most becomes 9.99" in found
    assert "row 江苏、10.00: most becomes 10.01" not in found


def test_U1_effective_days_and_approval_lists_are_mutated():
    files = book("order.urgent", "given: {order.urgent: true, system.today: 2026-11-05}, fires: [R-1]",
                 then="[{approval: [finance, production]}]",
                 more="    effective: {from: 2026-11-01, until: 2026-11-11}\n")  # fmt: skip
    found = " | ".join(survivors(files))
    assert "effective from 2026-11-01: becomes 2026-11-02" in found
    assert "effective until 2026-11-11: becomes 2026-11-10" in found
    assert "approval: finance taken away" in found


def test_U1_progress_is_told_and_only_the_asked_files_are_examined():
    files = book("order.payable > $limit", PAYABLE + "500.00}, silent: [R-1]", PAYABLE + "500.01}, fires: [R-1]")
    files["q.yaml"] = files["p.yaml"].replace("R-1", "R-2").replace("policy: p", "policy: q")
    told: list[tuple[int, int]] = []
    found = examine(files, only=["p.yaml"], progress=lambda done, total: told.append((done, total)))
    assert {mutant.file for mutant in found.mutants} == {"p.yaml"}
    assert told[-1][0] == told[-1][1] == len(told)


def test_U1_a_mutant_that_changes_nothing_is_not_asked_for():
    files = book("$mode is abs and order.payable > $limit", PAYABLE + "500.00}, silent: [R-1]", PAYABLE + "500.01}, fires: [R-1]")  # fmt: skip # noqa: E501
    assert survivors(files) == []


def test_U1_a_guard_is_only_asked_for_when_some_rule_can_make_what_it_guards_against():
    routed = "  - {id: R-2, stage: validate, when: order.urgent, then: [{route: GZ}], message: {zh: x, en: x}}\n"
    examples = ("given: {order.urgent: true}, fires: [R-1, R-2]", "given: {order.urgent: false}, silent: [R-1]")
    files = book("route.site is GZ and route.line_no is missing", *examples, more=routed)
    assert not [text for text in survivors(files) if "line_no is missing: taken away" in text]
    lined = {
        "p.yaml": files["p.yaml"]
        .replace("when: order.urgent", "when: line.is_gift or order.urgent")
        .replace("order.urgent: true", "line: [{line_no: 1, quantity: 1, is_gift: true}], order.urgent: true")
    }
    assert [text for text in survivors(lined) if "line_no is missing: taken away" in text]


def test_U1_after_a_threshold_moved_its_examples_are_proposed_at_the_new_boundary():
    files = book(
        "order.ship_to.address contains $words and order.payable > $limit",
        "given: {order.ship_to.address: 驿站, order.payable: 500.00}, silent: [R-1]",
        "given: {order.ship_to.address: 驿站, order.payable: 500.01}, fires: [R-1]",
        "given: {order.ship_to.address: 代收点, order.payable: 900.00}, fires: [R-1]",
        "given: {order.ship_to.address: 某路, order.payable: 900.00}, silent: [R-1]",
    )
    assert survivors(files) == []
    moved = {"p.yaml": files["p.yaml"].replace("500.00元", "600.00元").replace("name: e1", "name: 500.01 元拦截")}
    (repair,) = repairs(moved)
    assert (repair.file, repair.replaces, repair.name) == ("p.yaml", "500.01 元拦截", "600.01 元拦截")
    mended_text = mend("p.yaml", moved["p.yaml"], [repair])
    assert "order.payable: 600.01, order.ship_to.address: 驿站}, fires: [R-1]" in mended_text
    assert mended_text.count("\n") == moved["p.yaml"].count("\n")
    assert run_examples(load_bundle({"p.yaml": mended_text})) == []
    after = {"p.yaml": accept(mended_text, examine({"p.yaml": mended_text}).proposals)}
    assert "order.payable: 600.00, order.ship_to.address: 驿站}, silent: [R-1]" in after["p.yaml"]
    assert survivors(after) == []


def test_U1_an_example_that_fails_for_another_reason_is_not_rewritten():
    files = book("order.payable > $limit and order.urgent", "given: {order.payable: 500.01}, fires: [R-1]")
    assert repairs(files) == ()
    assert mend("p.yaml", files["p.yaml"], ()) == files["p.yaml"]


def test_U1_an_example_in_block_style_is_replaced_whole():
    files = book("order.payable > $limit")
    files["p.yaml"] += "examples:\n  - name: a\n    given:\n      order.payable: 499.99\n    fires: [R-1]\n\n# 结束\n"
    text = mend("p.yaml", files["p.yaml"], repairs(files))
    assert run_examples(load_bundle({"p.yaml": text})) == []
    assert text.endswith("\n\n# 结束\n")


@pytest.mark.parametrize(
    ("when", "steps"),
    [
        ("order.payable > $limit", "> becomes >= | CNY 500.00 plus CNY 0.01 | CNY 500.00 minus CNY 0.01"),
        ("order.payable >= 5 and order.urgent",
         "order.payable >= 5: >= becomes > | order.payable >= 5: 5 plus CNY 0.01 | "
         "order.payable >= 5: 5 minus CNY 0.01 | order.payable >= 5: taken away | "
         "order.urgent: negated | order.urgent: taken away | "
         "order.payable >= 5; order.urgent: all becomes any"),
        ("order.channel in [api, mail]",
         "any value counts | in becomes not in | api taken off the list | mail taken off the list"),
        ("order.channel in [api]", "any value counts | in becomes not in | the list emptied"),
        ("order.channel in [a, b, c, d, e, f, g, h, i, j, k]",
         "any value counts | in becomes not in | the list emptied"),
        ("order.channel is api", "= becomes !="),
        ("not order.urgent", "not taken away | order.urgent: negated"),
        ("order.channel is missing", "missing becomes present"),
        ("order.payable between 1.00元 and 2.00元",
         "CNY 1.00 plus CNY 0.01 | CNY 1.00 minus CNY 0.01 | CNY 2.00 plus CNY 0.01 | "
         "CNY 2.00 minus CNY 0.01"),
        ("order.goods + order.tax > order.payable", "> becomes >= | the threshold + CNY 0.01 | + becomes -"),
        ("order.payable < order.goods * 85%", "< becomes <= | 85% plus 0.01% | 85% minus 0.01%"),
        ("order.payable < order.goods * (100% - $share)",
         "< becomes <= | 100% plus 0.01% | 100% minus 0.01% | 15% plus 0.01% | 15% minus 0.01% | "
         "- becomes +"),
        ("order.requested_date <= 2026-12-01", "<= becomes < | 2026-12-01 plus 1 d | 2026-12-01 minus 1 d"),
        ("order.requested_date - today < -3 days", "< becomes <= | 3 d plus 1 d | 3 d minus 1 d"),
        ("order.requested_date < today + 3 days", "< becomes <= | 3 d plus 1 d | 3 d minus 1 d | + becomes -"),
        ("duplicate.apart <= $window", "<= becomes < | 5 min plus 1 s | 5 min minus 1 s"),
        ("line.quantity > 5", "> becomes >= | 5 plus 1 | 5 minus 1"),
        ("line.unit_price > 12.50元", "> becomes >= | CNY 12.50 plus CNY 0.01 | CNY 12.50 minus CNY 0.01"),
        ("customer.purchase_count < 3", "< becomes <= | 3 plus 1 | 3 minus 1"),
        ("count(line where line.is_gift) >= 2",
         ">= becomes > | 2 plus 1 | 2 minus 1 | line.is_gift: negated | line.is_gift: taken away"),
        ("order.payable - order.goods > 0", "> becomes >= | 0 plus CNY 0.01 | 0 minus CNY 0.01 | - becomes +"),
        ("order.ship_to.address contains $words",
         "any value counts | negated | 驿站 taken off the list | 代收点 taken off the list"),
        ("order.channel starts with ab", "any value counts | negated"),
        ("none duplicate.same_phone", "none taken away | duplicate.same_phone: negated"),
        ("order.urgent or order.payable > 1 or order.goods > 2",
         "order.urgent: negated | order.urgent: taken away | order.payable > 1: > becomes >= | "
         "order.payable > 1: 1 plus CNY 0.01 | order.payable > 1: 1 minus CNY 0.01 | "
         "order.payable > 1: taken away | order.goods > 2: > becomes >= | "
         "order.goods > 2: 2 plus CNY 0.01 | order.goods > 2: 2 minus CNY 0.01 | "
         "order.goods > 2: taken away | order.urgent; order.payable > 1; order.goods > 2: any becomes all"),
        ("order.payable != 5", "!= becomes = | 5 plus CNY 0.01 | 5 minus CNY 0.01"),
        ("order.payable = order.goods", "= becomes != | the threshold + CNY 0.01"),
        ("credit.available < -5元", "< becomes <= | CNY 5.00 plus CNY 0.01 | CNY 5.00 minus CNY 0.01"),
    ],
)  # fmt: skip
def test_U1_a_condition_has_these_mutants_and_no_others(when, steps):
    found = [mutant.en.removeprefix(f"{when}: ") for mutant in examine(book(when)).mutants]
    assert found == ["the whole rule: taken away", *steps.split(" | ")]


def test_U1_examples_that_look_at_another_files_rules_are_judged_with_those():
    files = book("order.payable > $limit", PAYABLE + "500.01}, fires: [R-1, Q-1]", PAYABLE + "499.00}, silent: [R-1]")
    other = {"q.yaml": book("order.payable > 0", then="[{flag: G}]")["p.yaml"].replace("R-1", "Q-1")}
    found = examine(files | other, only=["p.yaml"])
    assert [mutant.en.partition(": ")[2] for mutant in found.survivors] == ["> becomes >=", "CNY 500.00 minus CNY 0.01"]
