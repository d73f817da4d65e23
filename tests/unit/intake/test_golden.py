"""Golden cases: tests/golden/intake/<case>/input.* → order.json, and every draft is as the frozen schema says.

To make the file of a new case: delete order.json, run the test once, read what it wrote.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from intake.normalize import normalize
from intake.readers.mails.mail_order import read_mail
from intake.readers.payload import load_strict
from intake.readers.sheets.table import read_table
from intake.readers.text import read_text
from orders.draft import FieldStatus, ReadResult, read_result_to_json
from orders.wire import order_to_json
from tests.unit.intake.cast import ROOT, catalogue

if TYPE_CHECKING:
    from pathlib import Path

    from intake.readers.mails.mail import Attachment

GOLDEN = ROOT / "tests" / "golden" / "intake"
NOW = datetime(2026, 11, 22, 2, 15, tzinfo=UTC)
TODAY = date(2026, 11, 22)
CASES = sorted(path.name for path in GOLDEN.iterdir())


def schema(kind: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((ROOT / "orders" / "schema" / f"{kind}.schema.json").read_text()))


def attached(attachment: Attachment, today: date | None) -> ReadResult:
    return read_table(attachment.data, attachment.filename, catalogue(), today=today)


def result_of(source: Path) -> ReadResult:
    data = source.read_bytes()
    match source.suffix:
        case ".txt":
            return read_text(data.decode(), catalogue(), today=TODAY)
        case ".eml":
            return read_mail(data, catalogue(), attached, received_on=TODAY)
        case _:
            return read_table(data, source.name, catalogue(), today=TODAY)


def told(result: ReadResult) -> dict[str, Any]:
    return {
        "orders": [
            {
                "order": draft.order,
                "confirm": [item.path for item in draft.fields if item.status is FieldStatus.CONFIRM],
                "warnings": list(draft.warnings),
            }
            for draft in result.orders
        ]
    }


@pytest.mark.parametrize("case", CASES)
def test_golden_case_gives_its_order(case: str) -> None:
    (source,) = (GOLDEN / case).glob("input.*")
    if source.suffix == ".json":
        order = normalize(load_strict(source.read_bytes()), catalogue(), channel="api", received_at=NOW)
        found = order_to_json(order)
        schema("order").validate(found)
    else:
        result = result_of(source)
        schema("read").validate(read_result_to_json(result))
        found = told(result)
    expected = source.with_name("order.json")
    if not expected.exists():
        expected.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        pytest.fail(f"wrote {expected}: read it, then run again")
    assert found == json.loads(expected.read_text(encoding="utf-8"))


def test_there_are_golden_cases_of_every_kind() -> None:
    kinds = {next((GOLDEN / case).glob("input.*")).suffix for case in CASES}
    assert kinds == {".json", ".txt", ".csv", ".eml"}
