"""Prescriptions: what a doctor wrote is only ever a proposal (read; MED-01).

The last step of reading such a document: every field waits for a person, whatever proves it, and a medicine that is not
in the catalogue, or that the catalogue says is not covered, is flagged. Nothing is guessed, nothing goes on by itself.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from orders.draft import DraftField, DraftOrder, FieldStatus

if TYPE_CHECKING:
    from orders.catalogue import Catalogue

LOOK = "处方：每个字段都要人工核对 / prescription: every field needs a look"
NOT_COVERED = "目录未覆盖 / not covered by the catalogue"
WARNING = "这是处方：药名、规格、数量都要逐项核对 / a prescription: check every medicine, strength and quantity"
_SURE = re.compile(r"处\s*方\s*[笺签箋]|^\s*R[pP][.:：]", re.MULTILINE)
_LIKELY = (
    re.compile(r"处方"),
    re.compile(r"用法|Sig[.:：]|口服|外用"),
    re.compile(r"[每一]日[一二三四1-4]次|医师|医生|药师"),
)
_SKU = re.compile(r"/lines/(\d+)/sku\Z")


def is_prescription(text: str) -> bool:
    """Say whether a document is a prescription: it says so, or three of its usual words stand in it."""
    return _SURE.search(text) is not None or all(pattern.search(text) for pattern in _LIKELY)


def as_prescription(draft: DraftOrder, catalogue: Catalogue) -> DraftOrder:
    """Return the draft with every field to be confirmed and what the catalogue does not cover flagged."""
    fields = tuple(_asked(item, catalogue) for item in draft.fields)
    flagged = [item for item in fields if NOT_COVERED in item.why]
    missing = tuple(f"{_line(item)}：{item.raw[:60]} — {NOT_COVERED}" for item in flagged)
    return replace(draft, fields=fields, warnings=(WARNING, *missing, *draft.warnings))


def still_asked(draft: DraftOrder) -> DraftOrder:
    """Return a draft whose fields all wait for a person again if it is a prescription's, whatever was learnt since."""
    if WARNING not in draft.warnings:
        return draft
    return replace(draft, fields=tuple(replace(item, status=FieldStatus.CONFIRM) for item in draft.fields))


def _asked(item: DraftField, catalogue: Catalogue) -> DraftField:
    flag = (NOT_COVERED,) if _SKU.match(item.path) and not _covered(item.value, catalogue) else ()
    why = tuple(dict.fromkeys((*flag, LOOK, *item.why)))
    return replace(item, status=FieldStatus.CONFIRM, confidence=min(item.confidence, 0.9), why=why)


def _covered(sku: object, catalogue: Catalogue) -> bool:
    entry = catalogue.skus.get(str(sku))
    return entry is not None and entry.covered is not False


def _line(item: DraftField) -> str:
    found = _SKU.match(item.path)
    return f"第 {int(found[1]) + 1} 行" if found else item.path
