"""A hostile workbook costs a child process, never the one that serves; what is sound comes through whole."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook

from intake.readers.sheets import workbook, workbook_child
from intake.readers.sheets.sheet import rows
from intake.readers.sheets.workbook import Limits, leaves
from orders.errors import UnreadableDocument
from server.sheet import read_sheet

if TYPE_CHECKING:
    from collections.abc import Callable

LIMITS = Limits(unpacked=10**7, sheets=3, rows=10, columns=5)


def book(*table: list[Any]) -> bytes:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in table:
        sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def with_cell(at: str, row: int) -> bytes:
    """Return a small sound sheet with one more cell, far away."""
    far = f'<row r="{row}"><c r="{at}{row}" t="n"><v>1</v></c></row></sheetData>'.encode()
    source, out = zipfile.ZipFile(io.BytesIO(book(["sku", "name"], ["A-1001", "x"]))), io.BytesIO()
    with source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b"</sheetData>", far))
    return out.getvalue()


def import_sheet(data: bytes) -> Any:
    return read_sheet(data, ["sku", "name"])


@pytest.mark.parametrize("read", [rows, import_sheet])
@pytest.mark.parametrize(("at", "row"), [("XFD", 1_048_576), ("XFD", 6_000), ("ZZZZZZZZ", 4_294_967_295)])
def test_two_cells_far_apart_cost_nobody_his_process(read: Callable[[bytes], Any], at: str, row: int) -> None:
    with pytest.raises(UnreadableDocument) as caught:
        read(with_cell(at, row))
    assert caught.value.code in ("too_large", "not_a_sheet")


def test_a_cell_within_the_limits_is_read() -> None:
    assert rows(with_cell("B", 10)).rows[-1] == ("", "1")


def test_a_reader_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "TIME_S", 0.0)
    with pytest.raises(UnreadableDocument) as caught:
        leaves(book(["a"]), LIMITS)
    assert caught.value.code == "too_large"


def test_values_come_through_with_their_types() -> None:
    told = ["文", 1.5, True, datetime(2026, 11, 22, 10, 15), date(2026, 11, 22)]  # noqa: DTZ001 - a sheet knows no zone
    (leaf,) = leaves(book(told, [time(9, 30), None, "=x", -3, 2]), LIMITS)
    assert leaf.cells[0] == ["文", 1.5, True, datetime(2026, 11, 22, 10, 15), date(2026, 11, 22)]  # noqa: DTZ001
    assert leaf.cells[1][0] == time(9, 30)
    assert (leaf.name, leaf.start) == ("Sheet", (0, 0))


def test_no_more_is_told_than_was_asked_for() -> None:
    (leaf,) = leaves(book(*[[1] * 9] * 20), LIMITS)
    assert (len(leaf.cells), {len(row) for row in leaf.cells}) == (10, {5})
    data = book(["x" * 1000])
    assert workbook_child._told(data, 10**7, (1, 1, 1), from_a1=False).startswith('{"leaves"')
    assert workbook_child._told(data, 100, (1, 1, 1), from_a1=False) == '{"fault": "too_large"}'


def test_the_child_knows_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}
    run = workbook.subprocess.run

    def watched(*args: Any, **more: Any) -> Any:
        seen.update(more)
        return run(*args, **more)

    monkeypatch.setattr(workbook.subprocess, "run", watched)
    leaves(book(["a"]), LIMITS)
    assert seen["env"] == {}
