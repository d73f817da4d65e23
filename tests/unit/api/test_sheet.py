"""Sheets in and out: what people write is read, what a program would run is written as text."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.errors import SenderError, UnreadableDocument
from server.sheet import MAX_ROWS, MAX_UNPACKED_BYTES, read_sheet, write_csv, write_xlsx

FIELDS = ("sku", "name", "cost", "aliases", "contacts", "approved")
EVIL = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    '=HYPERLINK("http://x")',
    "=cmd|' /C calc'!A0",
    "＝1+1",
    "＋1",
    "－1",
    "＠x",
)


def book(*rows: tuple[object, ...]) -> bytes:
    out, workbook = io.BytesIO(), openpyxl.Workbook()
    for row in rows:
        workbook.active.append(row)
    workbook.save(out)
    return out.getvalue()


def items(data: bytes) -> list[dict[str, object]]:
    return [row.item for row in read_sheet(data, FIELDS)]


def test_xlsx_numbers_become_decimal_text_and_booleans_words() -> None:
    data = book(("sku", "cost", "approved"), ("A-1", 12.5, True), (1001, 1000.0, False), ("B", 0.0185, None))
    assert items(data) == [
        {"sku": "A-1", "cost": "12.5", "approved": "true"},
        {"sku": "1001", "cost": "1000", "approved": "false"},
        {"sku": "B", "cost": "0.0185"},
    ]


def test_tiny_numbers_are_not_written_with_an_exponent() -> None:
    assert items(book(("sku", "cost"), ("A", 0.000001)))[0]["cost"] == "0.000001"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_of_chinese_excel_is_read(encoding: str, delimiter: str) -> None:
    data = f"SKU编码{delimiter}名称\r\nA-1{delimiter}接头\r\n".encode(encoding)
    assert items(data) == [{"sku": "A-1", "name": "接头"}]


def test_row_numbers_are_those_that_the_person_sees_and_empty_rows_are_skipped() -> None:
    rows = read_sheet(b"sku,name\nA,a\n,\nB,b\n", FIELDS)
    assert [(row.number, row.item["sku"], row.columns["name"]) for row in rows] == [(2, "A", "B"), (4, "B", "B")]


def test_unknown_column_is_refused_with_its_cell_and_the_nearest_name() -> None:
    with pytest.raises(SenderError) as caught:
        read_sheet(b"sku,nmae\nA,b\n", FIELDS)
    problem = caught.value.problems[0]
    assert (problem.pointer, problem.code, problem.candidates[0]) == ("B1", "unknown_column", "name")


def test_column_named_twice_is_refused() -> None:
    with pytest.raises(SenderError) as caught:
        read_sheet("sku,SKU编码\nA,b\n".encode(), FIELDS)
    assert caught.value.problems[0].code == "column_twice"


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"PK\x03\x04 not a zip", b"\x00\x01\x02", "名称".encode("utf-16"), b'sku,name\n"A,b\n']
)
def test_what_is_no_table_is_refused_with_what_to_do(data: bytes) -> None:
    with pytest.raises(UnreadableDocument):
        read_sheet(data, FIELDS)


def test_nested_fields_have_paths_as_columns() -> None:
    told = [{"sku": "A", "contacts": [{"name": "张总", "phone": "138"}, {"name": "李工", "phone": "139"}]}]
    for write in (write_xlsx, write_csv):
        assert items(write(told, FIELDS)) == told


@pytest.mark.parametrize("evil", EVIL)
def test_csv_leads_what_a_program_would_run_with_an_apostrophe(evil: str) -> None:
    text = write_csv([{"sku": evil}], ("sku",)).decode("utf-8-sig")
    cell = text.split("\r\n", 1)[1].lstrip('"')
    assert cell.startswith("'")
    if "\t" not in evil:
        assert items(text.encode()) == [{"sku": evil}]


@pytest.mark.parametrize("evil", EVIL)
def test_xlsx_holds_no_formula(evil: str) -> None:
    cell = openpyxl.load_workbook(io.BytesIO(write_xlsx([{"sku": evil}], ("sku",)))).active["A2"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)


words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).map(str.strip).filter(bool)
plain = words.filter(lambda text: not text.startswith("'"))
FLAT = ("sku", "name")


@settings(max_examples=20, deadline=None)
@given(st.lists(st.fixed_dictionaries({"sku": plain, "name": plain}), min_size=1, max_size=4))
def test_what_is_exported_is_imported_the_same(told: list[dict[str, str]]) -> None:
    for write in (write_xlsx, write_csv):
        assert [row.item for row in read_sheet(write(told, FLAT), FLAT)] == told


@pytest.mark.parametrize(("rows", "taken"), [(MAX_ROWS, True), (MAX_ROWS + 1, False)])
def test_sheet_has_at_most_so_many_rows(rows: int, taken: bool) -> None:
    data = ("sku\n" + "A\n" * rows).encode()
    if taken:
        assert len(read_sheet(data, FIELDS)) == rows
        return
    with pytest.raises(UnreadableDocument, match="At most") as caught:
        read_sheet(data, FIELDS)
    assert caught.value.code == "too_large"


def test_sheet_that_grows_when_unpacked_is_refused_before_it_is() -> None:
    out = io.BytesIO()
    big = "xl/worksheets/sheet1.xml"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(big, "w") as part:
        for _ in range(MAX_UNPACKED_BYTES // 2**20 + 1):
            part.write(bytes(2**20))
    assert len(out.getvalue()) < 2**20
    with pytest.raises(UnreadableDocument) as caught:
        read_sheet(out.getvalue(), FIELDS)
    assert caught.value.code == "too_large"


def test_a_column_is_named_as_excel_names_it() -> None:
    with pytest.raises(SenderError) as told:
        read_sheet(write_csv([{f"x{n}": "1" for n in range(1, 60)}], [f"x{n}" for n in range(1, 60)]), FIELDS)
    at = [problem.pointer for problem in told.value.problems]
    assert at == [f"{openpyxl.utils.get_column_letter(n)}1" for n in range(1, 60)]
    assert {"A1", "Z1", "AA1", "AZ1", "BA1"} < set(at)
