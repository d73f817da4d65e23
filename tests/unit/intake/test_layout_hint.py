"""U18: titles of a customer's own are found where a corrected value stands, and read as ours; sure values stay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intake.layout_hint import Retold, hinted, hints_of, wants_hints
from intake.lesson import Kind, Lesson, with_lesson
from intake.read import read, rows_of
from orders.draft import DraftField, DraftOrder, FieldStatus, ReadResult
from orders.edit import CONFIRMED, CORRECTED
from tests.unit.intake.cast import catalogue
from tests.unit.intake.test_prescription import Photo

TABLE = ("名称\t规格\t投产\t单价", "弯头\tA-1001\t300\t8.60", "接头\tA-1001\t200\t8.60")


def draft(path: str, value: str, why: str = CORRECTED, status: FieldStatus = FieldStatus.AUTO) -> DraftOrder:
    return DraftOrder({"lines": [{}]}, (DraftField(path, value, "", 1.0, status, (why,)),))


@pytest.mark.parametrize(
    ("path", "value", "rows", "said", "meant"),
    [
        ("/number", "HL-77", ("流转码：HL-77",), "流转码", "订单编号"),
        ("/number", "HL-77", ("流转码\tHL-77",), "流转码", "订单编号"),
        ("/requested_date", "2026-12-05", ("备妥：2026年12月5日",), "备妥", "交货日期"),
        ("/lines/0/quantity", "300", TABLE, "投产", "数量"),
        ("/lines/1/quantity", "200.0", TABLE, "投产", "数量"),
    ],
)
def test_U18_title_before_or_over_a_corrected_value_is_a_hint(path, value, rows, said, meant) -> None:
    assert hints_of(draft(path, value), rows) == (Lesson(Kind.LABEL, said, meant, path),)


@pytest.mark.parametrize(
    ("made", "rows"),
    [
        (draft("/number", "HL-77", CONFIRMED), ("流转码：HL-77",)),  # nobody corrected it
        (draft("/number", "HL-77"), ("订单号：HL-77",)),  # known already
        (draft("/number", "HL-77"), ("流转码：HL-77", "批次：HL-77")),  # two titles: which?
        (draft("/number", "HL-77"), ("HL-77",)),
        (draft("/lines/0/name", "弯头"), TABLE),  # names are read by the catalogue
    ],
)
def test_U18_what_is_not_one_new_title_teaches_nothing(made, rows) -> None:
    assert hints_of(made, rows) == ()


def test_only_corrections_ask_for_a_second_look() -> None:
    assert wants_hints(draft("/number", "HL-77"))
    assert not wants_hints(draft("/number", "HL-77", CONFIRMED))


def test_titles_are_replaced_as_whole_words_only() -> None:
    retold = Retold({"规格": "产品编码"})
    assert retold.text("规格：1\n产品规格：2\n规格书\n型号 规格\t规格") == (
        "产品编码：1\n产品规格：2\n规格书\n型号 产品编码\t产品编码"
    )
    assert retold.cells(("规格", "规格型号")) == ["产品编码", "规格型号"]


def test_a_pictures_word_keeps_its_box_and_has_a_score_for_each_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.unit.intake.test_prescription.LINES", ("规格：A-1001", "规格"))
    pages = Retold({"规格": "产品编码"}).recognizer(Photo()).read(b"")
    first, second = pages.pages[0].words
    assert (first.text, second.text) == ("产品编码：A-1001", "产品编码")
    assert [len(word.scores) for word in (first, second)] == [len(first.text), len(second.text)]
    assert [len(word.centres) for word in (first, second)] == [len(first.text), len(second.text)]
    assert first.box == Photo().read(b"").pages[0].words[0].box


def test_U18_hint_is_the_customers_and_never_changes_what_needed_no_look() -> None:
    head = "客户：苏州恒力机电有限公司\n联系人：张总 13800138000\n"
    told = (head + "流转码：HL-77\nA-1001 A型接头 300个\n").encode()
    hint = Lesson(Kind.LABEL, "流转码", "订单编号", "/number")
    assert read(told, "a.txt", "text/plain", catalogue(), Photo()).orders[0].order["number"] is None
    known = with_lesson(catalogue(), "C-001", hint)
    assert read(told, "a.txt", "text/plain", known, Photo()).orders[0].order["number"] == "HL-77"
    sure = draft("/number", "HL-1", status=FieldStatus.AUTO)
    other = replace(sure, fields=(replace(sure.fields[0], value="HL-2"),))
    assert hinted(ReadResult("text", 1, orders=(sure,)), ReadResult("text", 1, orders=(other,))).orders == (sure,)
    doubt = draft("/number", "HL-1", status=FieldStatus.CONFIRM)
    (taken,) = hinted(ReadResult("text", 1, orders=(doubt,)), ReadResult("text", 1, orders=(other,))).orders
    assert taken.fields[0].value == "HL-2"


@pytest.mark.parametrize("page", [None, 1])
def test_what_a_hint_gave_on_a_picture_wants_a_look(page: int | None) -> None:
    doubt = draft("/number", "", status=FieldStatus.CONFIRM)
    found = replace(doubt, fields=(replace(doubt.fields[0], value="HL-2", page=page, status=FieldStatus.AUTO),))
    (taken,) = hinted(ReadResult("scan", 1, orders=(doubt,)), ReadResult("scan", 1, orders=(found,))).orders
    assert taken.fields[0].status is (FieldStatus.AUTO if page is None else FieldStatus.CONFIRM)


@pytest.mark.parametrize(
    ("data", "name", "row"),
    [
        ("流转码：7\nA-1001 5个", "a.txt", "流转码：7"),
        ("流转码,7\nSKU,数量\nA-1001,5", "a.csv", "流转码\t7"),
        (
            "From: a@b.cn\nSubject: x\nContent-Type: text/plain; charset=utf-8\n\n流转码：7\nA-1001 5个",
            "a.eml",
            "流转码：7",
        ),
    ],
)
def test_rows_are_seen_as_the_reader_sees_them(data: str, name: str, row: str) -> None:
    assert row in rows_of(data.encode(), name, "", catalogue(), Photo())
