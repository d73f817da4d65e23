"""Edits of policy files: parameters, pauses, examples that follow, what changed, three texts into one."""

from __future__ import annotations

import pytest

from orders.errors import RuleAuthorError
from rules.bundle import policy_files
from rules.change import difference, edit, merge
from rules.change.follow import Moved, follow
from rules.text.source import read_yaml

FILE = """# kept
policy: p
owner: risk
stage: fraud
params:
  limit: {value: 500.00元, zh: 上限, en: limit}  # kept too
  words: {value: [驿站, 代收点], zh: 用词, en: words}
  codes: {value: ["007", "8"], zh: 代码, en: codes}
  plain: 3
rules:
  - id: R-1
    title: {zh: 一, en: One}
    when:
      - order.payable > $limit
    then: [{flag: X}]
    message: {zh: 一, en: one}
  - {id: R-2, when: line.quantity >= $plain, then: [{flag: Y}], message: {zh: 二, en: two}}
examples:
  - {name: 500.00 元不拦, given: {order.payable: 500.00}, silent: [R-1]}
  - {name: 500.01 元拦截, given: {order.payable: 500.01}, fires: [R-1]}
  - {name: 另一条 500.01, given: {order.payable: 500.01}, fires: [R-9]}
  - {name: 买 3 个, given: {line: [{quantity: 3}]}, fires: [R-2]}
"""


def plain(text: str) -> dict:
    return read_yaml("f.yaml", text).plain()


def test_a_parameter_changes_and_nothing_else_does() -> None:
    new = edit.set_params("f.yaml", FILE, {"limit": "800.00元", "plain": "4"})
    assert new == FILE.replace("value: 500.00元", "value: 800.00元").replace("plain: 3", "plain: 4")


def test_a_list_keeps_commas_and_quoted_digits_apart() -> None:
    new = edit.set_params("f.yaml", FILE, {"words": ["驿站", "丰巢, 柜", "a: b", ""], "codes": ["009"]})
    assert edit.param_values("f.yaml", new)["words"] == ["驿站", "丰巢, 柜", "a: b", ""]
    assert 'value: ["009"]' in new


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(RuleAuthorError, match="no parameter nope"):
        edit.set_params("f.yaml", FILE, {"nope": "1"})


@pytest.mark.parametrize("rule", ["R-1", "R-2"])
def test_a_paused_rule_is_switched_off_and_on_again(rule: str) -> None:
    off = edit.set_enabled("f.yaml", FILE, rule, enabled=False)
    assert [item.get("enabled") for item in plain(off)["rules"] if item["id"] == rule] == ["false"]
    assert len(plain(off)["rules"]) == 2
    on = edit.set_enabled("f.yaml", off, rule, enabled=True)
    assert [item["enabled"] for item in plain(on)["rules"] if item["id"] == rule] == ["true"]


def test_switching_off_twice_or_an_unknown_rule_changes_nothing() -> None:
    off = edit.set_enabled("f.yaml", FILE, "R-1", enabled=False)
    assert edit.set_enabled("f.yaml", off, "R-1", enabled=False) == off
    assert edit.set_enabled("f.yaml", FILE, "R-3", enabled=False) == FILE
    assert edit.set_enabled("f.yaml", FILE, "R-1", enabled=True) == FILE, "it is on without a word"


def test_a_rule_on_one_line_is_written_anew_on_one_line() -> None:
    new = edit.set_rule("f.yaml", FILE, "R-2", {"when": "order.urgent", "then": None})
    (rule,) = (item for item in plain(new)["rules"] if item["id"] == "R-2")
    assert rule == {"id": "R-2", "when": "order.urgent", "message": {"zh": "二", "en": "two"}}
    assert len(new.splitlines()) == len(FILE.splitlines())


@pytest.mark.parametrize("rules", ["", "rules: []\n", "rules: [{id: R-1}]\n"])
def test_a_rule_is_added_only_to_rules_one_below_the_other(rules: str) -> None:
    with pytest.raises(RuleAuthorError, match="one below the other"):
        edit.set_rule("f.yaml", f"policy: p\nowner: risk\n{rules}", "R-3", {"when": "order.urgent"})


def test_examples_at_the_edge_follow_their_threshold() -> None:
    new, moved = follow("f.yaml", FILE, {"limit": "800.00元"})
    told = plain(new)["examples"]
    assert [item["given"].get("order.payable") for item in told] == ["800.00", "800.01", "500.01", None]
    assert moved == [Moved("500.00 元不拦", "800.00 元不拦"), Moved("500.01 元拦截", "800.01 元拦截")]


def test_examples_with_rows_follow_a_count_downwards() -> None:
    new, _ = follow("f.yaml", FILE, {"plain": "2"})
    assert plain(new)["examples"][3] == {"name": "买 2 个", "given": {"line": [{"quantity": "2"}]}, "fires": ["R-2"]}


def test_examples_do_not_follow_what_is_no_amount() -> None:
    assert follow("f.yaml", FILE, {"words": ["x"], "limit": "15%"}) == (FILE, [])


def test_what_changed_is_said_by_parameter_rule_and_example() -> None:
    new = edit.set_params("f.yaml", FILE, {"limit": "800.00元", "words": ["驿站", "丰巢"]})
    new = new.replace("line.quantity >= $plain", "line.quantity > $plain").replace("另一条", "别的")
    found = difference.differences({"f.yaml": FILE, "g.yaml": FILE}, {"f.yaml": new, "h.yaml": FILE})
    told = [(item.what, item.how, item.name) for item in found]
    assert told == [
        ("param", "changed", "limit"),
        ("param", "changed", "words"),
        ("rule", "changed", "R-2"),
        ("example", "removed", "另一条 500.01"),
        ("example", "added", "别的 500.01"),
        ("file", "removed", "g.yaml"),
        ("file", "added", "h.yaml"),
    ]
    assert (found[0].before, found[0].after, found[0].zh) == ("500.00元", "800.00元", "上限")
    assert (found[1].added, found[1].removed) == (("丰巢",), ("代收点",))
    assert found[2].parts == ("when",)


OLD = """policy: p
owner: risk
params: {one: 1, words: {value: [a, b]}, empty: {value: }}
tables: {area: {zh: 表, rows: [[江苏, null], [浙江, GZ]]}}
rules:
  - {id: R-1, title: 只有一个, when: order.urgent}
  - loose
examples: [{name: 例, title: {zh: 别处}, fires: [R-1]}]
"""
NEW = """policy: p
owner: sales
params: {one: [1, 2], words: {value: a}, empty: {value: 0}}
tables: {area: {zh: 表, rows: [[江苏, CD], [浙江, GZ]]}}
rules:
  - {id: R-1, title: {zh: 甲}, when: order.urgent}
  - loose
examples: [{name: 例, title: {zh: 别处}, silent: [R-1]}]
"""


def test_whatever_kind_of_thing_changed_is_said_as_what_it_is() -> None:
    found = {item.name: item for item in difference.differences({"f.yaml": OLD}, {"f.yaml": NEW})}
    assert list(found) == ["one", "words", "empty", "area", "R-1", "例", "f.yaml"]
    assert (found["one"].before, found["one"].after, found["one"].added) == ("1", "1、2", ("2",))
    assert (found["words"].before, found["words"].after, found["words"].removed) == ("a、b", "a", ("b",))
    assert (found["empty"].before, found["empty"].after, found["empty"].parts) == ("", "0", ())
    assert (found["area"].removed, found["area"].added) == (("江苏 · —",), ("江苏 · CD",))
    assert (found["R-1"].zh, found["R-1"].en, found["R-1"].parts) == ("甲", "甲", ("title",))
    assert (found["例"].zh, found["例"].parts) == ("例", ("fires", "silent"))
    assert (found["f.yaml"].what, found["f.yaml"].parts) == ("head", ("owner",))
    (back,) = [item for item in difference.differences({"f.yaml": NEW}, {"f.yaml": OLD}) if item.name == "R-1"]
    assert (back.zh, back.en) == ("R-1", "R-1")


def test_a_draft_that_cannot_be_read_is_said_to_differ_as_a_whole() -> None:
    found = difference.differences({"f.yaml": OLD}, {"f.yaml": "rules: ["})
    assert [(item.what, item.how, item.name) for item in found] == [("file", "changed", "f.yaml")]


def test_a_change_of_comments_alone_is_still_said() -> None:
    found = difference.differences({"f.yaml": FILE}, {"f.yaml": FILE.replace("# kept too", "# other")})
    assert [(item.what, item.how) for item in found] == [("file", "changed")]


def test_two_changes_of_one_file_are_joined_where_they_do_not_touch() -> None:
    mine = edit.set_params("f.yaml", FILE, {"limit": "800.00元"})
    theirs = edit.set_enabled("f.yaml", FILE, "R-1", enabled=False)
    both = merge.merged(FILE, mine, theirs)
    assert both == edit.set_enabled("f.yaml", mine, "R-1", enabled=False)
    assert merge.merged(FILE, mine, mine) == mine
    assert merge.merged(FILE, mine, edit.set_params("f.yaml", FILE, {"limit": "900.00元"})) is None


@pytest.mark.parametrize(
    ("mine", "theirs", "both"),
    [
        ("a X Y d", "a b Z d", None),
        ("a m b c d", "a t b c d", None),
        ("a m b c d", "a m b c d", "a m b c d"),
        ("a X c d", "a b Y d", "a X Y d"),
        ("m a b c d", "a b c d t", "m a b c d t"),
        ("a c d", "a b c", "a c"),
    ],
)
def test_lines_are_joined_unless_both_changed_the_same(mine: str, theirs: str, both: str | None) -> None:
    def lines(text: str) -> str:
        return text.replace(" ", "\n") + "\n"

    assert merge.merged(lines("a b c d"), lines(mine), lines(theirs)) == (both and lines(both))


def test_only_what_is_compared_follows_a_threshold() -> None:
    text = """policy: p
owner: risk
params: {limit: {value: 500.00元}}
rules: [{id: R-1, when: order.payable > $limit}]
examples:
  - {name: 五百, given: {order.payable: 500.00, order.goods: 500.00, line: [{amount: 500.00}]}, fires: [R-1]}
  - {name: 没有事实, silent: [R-1]}
  - {name: 不是数, given: {order.payable: null}, silent: [R-1]}
  - {name: 一行, given: {order.payable: [500.00]}, silent: [R-1]}
"""
    new, _ = follow("f.yaml", text, {"limit": "600.00元"})
    assert new == text.replace("order.payable: 500.00,", "order.payable: 600.00,")


def test_every_parameter_of_the_shipped_files_can_be_written_back_unchanged() -> None:
    for name, text in policy_files().items():
        values = edit.param_values(name, text)
        assert edit.param_values(name, edit.set_params(name, text, values)) == values
