"""IN-08, IN-09: one ruled Chinese order as PDF, scan, photo, turned and small comes out right; others reasonably."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from bench.pages.canvas import picture_pdf
from bench.pages.company import catalogue
from bench.pages.make import PRINTED, page, pdf
from bench.pages.orders import sample, truth
from intake.read import read
from orders.draft import FieldStatus, ReadResult, read_result_to_json

if TYPE_CHECKING:
    from bench.pages.make import SamplePage
    from ocr.sandbox import Sandbox

CATALOGUE = catalogue()
SCHEMA = json.loads((Path(__file__).parents[3] / "orders/schema/read.schema.json").read_text(encoding="utf-8"))


def value_at(order: dict[str, Any], path: str) -> Any:
    value: Any = order
    for part in path.strip("/").split("/"):
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = value.get(part) if value else None
    return value[:10] if path == "/issued_at" and value else value


def wrong(result: ReadResult, expected: dict[str, str], number: int = 0) -> dict[str, tuple[str, Any]]:
    order = result.orders[number].order
    return {path: (value, value_at(order, path)) for path, value in expected.items() if value_at(order, path) != value}


def wrong_auto(result: ReadResult, expected: dict[str, str]) -> list[str]:
    found = wrong(result, expected)
    return [f.path for f in result.orders[0].fields if f.status is FieldStatus.AUTO and f.path in found]


_read: dict[tuple[str, str, str, str], ReadResult] = {}


def read_page(sheet: SamplePage, reader: Sandbox) -> ReadResult:
    """Read a page once in this run: several tests look at the same result."""
    key = (sheet.layout, sheet.level, sheet.truth["/number"], reader.engine)
    if key not in _read:
        _read[key] = read(sheet.data("JPEG"), "IMG_0001.jpg", "image/jpeg", CATALOGUE, reader)
    return _read[key]


@pytest.mark.parametrize("layout", PRINTED)
def test_IN_08_text_pdf_of_every_layout_is_exact(layout: str, tesseract: Sandbox) -> None:
    result = read(pdf(layout, sample(0)), "order.pdf", "application/pdf", CATALOGUE, tesseract)
    assert result.kind == "text_pdf"
    assert wrong(result, truth(sample(0))) == {}
    assert result.orders[0].warnings == ()
    Draft202012Validator(SCHEMA).validate(read_result_to_json(result))


@pytest.mark.parametrize(
    ("level", "seed", "kind", "turned"),
    [("scan", 0, "scan", 0), ("photo_mild", 0, "photo", 0), ("turned", 0, "scan", 3), ("turned", 1, "scan", 2)],
)
def test_IN_09_ruled_order_is_read_right(level: str, seed: int, kind: str, turned: int, rapid: Sandbox) -> None:
    sheet = page("ruled_zh", level, seed)
    result = read_page(sheet, rapid)
    assert (result.kind, result.quality["pages"][0]["turned"]) == (kind, turned)
    assert wrong(result, sheet.truth) == {}
    fields = [field for field in result.orders[0].fields if field.path in sheet.truth]
    assert sum(field.status is FieldStatus.AUTO for field in fields) >= 0.7 * len(fields)
    Draft202012Validator(SCHEMA).validate(read_result_to_json(result))


def test_IN_09_small_picture_is_read_and_nothing_wrong_is_called_sure(rapid: Sandbox) -> None:
    sheet = page("ruled_zh", "lowres", 0)
    result = read_page(sheet, rapid)
    assert len(wrong(result, sheet.truth)) <= 1
    assert wrong_auto(result, sheet.truth) == []


def test_IN_09_hard_photo_is_never_silently_wrong(rapid: Sandbox) -> None:
    sheet = page("ruled_zh", "photo_hard", 2)
    assert wrong_auto(read_page(sheet, rapid), sheet.truth) == []


@pytest.mark.parametrize("layout", ["borderless_zh", "form_zh", "bilingual"])
def test_IN_09_other_layouts_as_scans_are_read_right(layout: str, rapid: Sandbox) -> None:
    sheet = page(layout, "scan", 2)
    assert len(wrong(read_page(sheet, rapid), sheet.truth)) <= 1


@pytest.mark.parametrize(("level", "share"), [("scan", 0.25), ("photo_mild", 0.7)])
def test_IN_09_tesseract_alone_reads_the_numbers_and_calls_nothing_sure(
    level: str, share: float, tesseract: Sandbox
) -> None:
    sheet = page("ruled_zh", level, 0)
    result = read_page(sheet, tesseract)
    missed = wrong(result, sheet.truth)
    assert result.quality["engine"].startswith("tesseract 5")
    assert len(missed) <= share * len(sheet.truth)
    assert wrong_auto(result, sheet.truth) == []


def test_IN_09_tesseract_turns_a_page_that_lies_on_its_head(tesseract: Sandbox) -> None:
    sheet = page("ruled_zh", "turned", 1)
    result = read_page(sheet, tesseract)
    assert result.quality["pages"][0]["turned"] == 2
    assert len(wrong(result, sheet.truth)) <= 0.4 * len(sheet.truth)


@pytest.mark.parametrize(("level", "share"), [("scan", 0.97), ("photo_mild", 0.93), ("turned", 0.93)])
def test_U6_boxes_lie_on_the_page_as_it_arrived(level: str, share: float, rapid: Sandbox) -> None:
    sheet = page("ruled_zh", level, 0)
    fields = {field.path: field for field in read_page(sheet, rapid).orders[0].fields}
    hits = 0
    for path, (x0, y0, x1, y1) in sheet.boxes.items():
        box = fields[path].box if path in fields else None
        hits += box is not None and box[0] <= (x0 + x1) / 2 <= box[2] and box[1] <= (y0 + y1) / 2 <= box[3]
    known = [path for path in sheet.boxes if path in fields]
    assert len(known) >= 40
    assert hits >= share * len(known)


def test_U6_every_value_carries_page_raw_text_score_and_reason(rapid: Sandbox) -> None:
    for field in read_page(page("ruled_zh", "scan", 0), rapid).orders[0].fields:
        if field.path != "/currency":
            assert field.page == 1
            assert field.raw
            assert field.why
            assert field.box is None or all(0 <= edge <= 1 for edge in field.box)
            assert field.status is FieldStatus.CONFIRM or field.confidence >= 0.98


def test_MAP_08_the_six_fields_of_the_entry_form_are_filled(rapid: Sandbox) -> None:
    order = read_page(page("ruled_zh", "scan", 0), rapid).orders[0].order
    assert order["buyer"]["name"]
    assert order["requested_date"]
    assert order["payment_terms"] == "net30"
    assert all(line["sku"] and line["quantity"] and line["unit_price"] for line in order["lines"])


def test_MAP_09_product_outside_the_catalogue_is_null_with_candidates(rapid: Sandbox) -> None:
    skus = {code: entry for code, entry in CATALOGUE.skus.items() if code != "A-1001"}
    smaller = type(CATALOGUE)(skus=skus, customers=CATALOGUE.customers)
    result = read(page("ruled_zh", "scan", 0).data("JPEG"), "a.jpg", "image/jpeg", smaller, rapid)
    unknown = [line for line in result.orders[0].order["lines"] if line["sku"] is None]
    assert [line["buyer_sku"] for line in unknown] == ["A-1001"]
    field = next(f for f in result.orders[0].fields if f.path.endswith("/sku") and f.value is None)
    assert field.alternatives
    assert field.status is FieldStatus.CONFIRM


def test_IN_08_two_orders_in_one_pdf_are_two_drafts(tesseract: Sandbox) -> None:
    result = read(pdf("ruled_zh", sample(0), sample(1)), "two.pdf", "", CATALOGUE, tesseract)
    assert len(result.orders) == 2
    assert wrong(result, truth(sample(0)), 0) == {}
    assert wrong(result, truth(sample(1)), 1) == {}
    assert {field.page for field in result.orders[1].fields} == {2, None}


def test_IN_08_scanned_pdf_is_read_like_a_scan(rapid: Sandbox) -> None:
    sheet = page("ruled_zh", "scan", 0)
    result = read(picture_pdf([sheet.image]), "scan.pdf", "application/pdf", CATALOGUE, rapid)
    assert result.kind == "scan"
    assert wrong(result, sheet.truth) == {}
