"""What a person types on the review screen, and what is kept of it."""

from __future__ import annotations

import pytest

from orders.catalogue import Catalogue, SkuEntry
from orders.errors import InvalidOrder
from web.editing import edits_of, typed

CATALOGUE = Catalogue(
    {
        "A-1001": SkuEntry("A-1001", "A型接头", "个", aliases=("A接头",)),
        "A-1007": SkuEntry("A-1007", "密封圈", "个"),
    },
    {},
)


@pytest.mark.parametrize(
    ("path", "text", "kept"),
    [
        ("/number", "  PO-1 ", "PO-1"),
        ("/note", "", None),
        ("/urgent", "true", True),
        ("/urgent", "false", False),
        ("/lines/0/quantity", "1,000", "1000"),
        ("/lines/0/quantity", "１０００", "1000"),
        ("/lines/0/unit_price", "0.0185", "0.0185"),
        ("/totals/payable", "¥12,500.00", "12500.00"),
        ("/requested_date", "2026-11-30", "2026-11-30"),
        ("/lines/0/sku", "a-1001", "A-1001"),
        ("/lines/0/sku", "A接头", "A-1001"),
    ],
)
def test_what_is_typed_is_kept_plain(path: str, text: str, kept: object) -> None:
    assert typed(path, text, CATALOGUE) == kept


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/lines/0/quantity", "一百"),
        ("/lines/0/quantity", "-5"),
        ("/lines/0/quantity", "1e3"),
        ("/totals/payable", "1.005"),
        ("/requested_date", "30/11/2026"),
        ("/requested_date", "2026-02-30"),
        ("/number", "x" * 2001),
        ("/number", 5),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(path: str, text: object) -> None:
    with pytest.raises(InvalidOrder) as refused:
        typed(path, text, CATALOGUE)
    assert refused.value.problems[0].pointer == path


def test_MAP_09_a_model_outside_the_master_is_refused_with_the_nearest() -> None:
    with pytest.raises(InvalidOrder) as refused:
        typed("/lines/0/sku", "A-10O7", CATALOGUE)
    assert "A-1007" in refused.value.problems[0].candidates


def test_a_new_line_takes_the_next_number() -> None:
    edits = edits_of([{"path": "/lines/-", "value": {}}], {"lines": [{"line_no": 1}]}, CATALOGUE)
    assert edits == [{"path": "/lines/1", "value": {"line_no": 2, "sku": None, "quantity": None}}]


def test_confirm_and_remove_go_through_as_they_are() -> None:
    edits = edits_of([{"path": "/number", "confirm": True}, {"path": "/lines/0", "remove": True}], {}, CATALOGUE)
    assert edits == [
        {"path": "/number", "confirm": True, "remove": False},
        {"path": "/lines/0", "confirm": False, "remove": True},
    ]


@pytest.mark.parametrize("body", [None, [], "x", [1], [{"value": "x"}]])
def test_a_body_without_edits_is_refused(body: object) -> None:
    with pytest.raises(InvalidOrder):
        edits_of(body, {}, CATALOGUE)


def test_each_new_line_comes_after_the_last_and_takes_its_own_cells() -> None:
    sent = [
        {"path": "/lines/-"},
        {"path": "/lines/1/quantity", "value": "5"},
        {"path": "/lines/-"},
        {"path": "/lines/2/quantity", "value": "6"},
    ]
    made = edits_of(sent, {"lines": [{"line_no": 1}]}, CATALOGUE)
    assert [edit["path"] for edit in made] == ["/lines/1", "/lines/1/quantity", "/lines/2", "/lines/2/quantity"]
    assert [made[0]["value"]["line_no"], made[2]["value"]["line_no"]] == [2, 3]
