"""MED-01: a prescription is a proposal: every field waits for a person; what is not covered is flagged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intake.read import read
from intake.values.prescription import LOOK, NOT_COVERED, WARNING, is_prescription
from ocr.page import Box, Page, PageSet, Word
from orders.catalogue import SkuEntry
from orders.draft import DraftOrder, FieldStatus
from tests.unit.intake.cast import catalogue

LINES = (
    "某某医院 处方笺",
    "Rp.",
    "阿莫西林胶囊 0.25g×24粒 2盒",
    "布洛芬缓释胶囊 0.3g×20粒 1盒",
    "六味地黄丸 200丸 3瓶",
)
WIDTH, HEIGHT, LETTER = 1200.0, 1600.0, 30.0
MATRIX = (1 / WIDTH, 0.0, 0.0, 0.0, 1 / HEIGHT, 0.0, 0.0, 0.0, 1.0)


def drugs():
    base = catalogue()
    mine = (
        SkuEntry("D-1", "阿莫西林胶囊", "盒", spec="0.25g×24粒"),
        SkuEntry("D-2", "布洛芬缓释胶囊", "盒", spec="0.3g×20粒", covered=False),
    )
    customer = replace(base.customers["C-001"], sku_names={"六味地黄丸": "D-1"})
    skus = {**base.skus, **{entry.sku: entry for entry in mine}}
    return replace(base, skus=skus, customers={**base.customers, "C-001": customer})


class Photo:
    """A recogniser that sees the lines on one page."""

    def read(self, data: bytes) -> PageSet:
        blank = Page(1, WIDTH, HEIGHT, MATRIX, ())
        words = []
        for number, text in enumerate(LINES):
            at = Box(80.0, 100.0 + 90 * number, 80.0 + LETTER * len(text), 144.0 + 90 * number)
            centres = tuple(80.0 + LETTER * (place + 0.5) for place in range(len(text)))
            words.append(Word(text, at, blank.box_of(at), (0.99,) * len(text), centres))
        return PageSet("photo", (Page(1, WIDTH, HEIGHT, MATRIX, tuple(words)),), "none", 0.1)


def by_text(*more: str) -> DraftOrder:
    data = "\n".join((*LINES, *more)).encode()
    return read(data, "rx.txt", "text/plain", drugs(), Photo()).orders[0]


def by_photo() -> DraftOrder:
    return read(b"\xff\xd8\xff\xe0" + b"x" * 64, "rx.jpg", "image/jpeg", drugs(), Photo()).orders[0]


@pytest.mark.parametrize("draft", [by_text, by_photo], ids=["text", "photo"])
def test_IN_11_MED_01_drug_spec_and_quantity_are_read_and_every_field_waits_for_a_person(draft):
    found = draft()
    assert [(line["sku"], line["spec"], line["quantity"]) for line in found.order["lines"][:2]] == [
        ("D-1", "0.25g×24粒", "2"),
        ("D-2", "0.3g×20粒", "1"),
    ]
    assert WARNING in found.warnings
    assert {item.status for item in found.fields} == {FieldStatus.CONFIRM}
    lines = [item for item in found.fields if item.path.startswith("/lines/")]
    assert all(LOOK in item.why and item.confidence <= 0.9 for item in lines)


@pytest.mark.parametrize("draft", [by_text, by_photo], ids=["text", "photo"])
def test_MED_01_what_the_catalogue_does_not_cover_is_flagged_and_nothing_else(draft):
    found = draft()
    flagged = [item.path for item in found.fields if NOT_COVERED in item.why]
    assert flagged == ["/lines/1/sku", "/lines/2/sku"]  # said not to be covered; not in the catalogue at all
    assert sum(NOT_COVERED in warning for warning in found.warnings) == 2


def test_MED_01_no_lesson_of_the_customer_takes_a_prescription_past_a_person():
    found = by_text("客户：苏州恒力机电有限公司")
    assert found.order["buyer"]["name"] == "苏州恒力机电有限公司"
    assert found.order["payment_terms"] == "net30"
    assert {item.status for item in found.fields} == {FieldStatus.CONFIRM}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("处 方 笺", True),
        ("Rp.\n阿莫西林", True),
        ("处方\n口服，每日3次\n医师：李", True),
        ("处方\n口服", False),
        ("采购订单\n收货：医院", False),
        ("RPO-1 A-1001 3个", False),
    ],
)
def test_MED_01_only_a_prescription_is_taken_for_one(text, expected):
    assert is_prescription(text) is expected


def test_MED_01_prescription_in_the_body_of_a_mail_waits_for_a_person_too():
    text = "\r\n".join(LINES)
    head = "From: a@b.example\r\nTo: o@c.example\r\nSubject: rx\r\nMIME-Version: 1.0\r\n"
    mail = f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()
    (draft,) = read(mail, "rx.eml", "message/rfc822", drugs(), Photo()).orders
    assert WARNING in draft.warnings
    assert {item.status for item in draft.fields} == {FieldStatus.CONFIRM}
    assert any(NOT_COVERED in warning and "布洛芬" in warning for warning in draft.warnings)
