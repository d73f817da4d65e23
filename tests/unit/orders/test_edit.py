"""A person's edits of a draft."""

import pytest

from orders.draft import DraftField, DraftOrder, FieldStatus
from orders.edit import CONFIRMED, CORRECTED, Edit, apply_edits, unconfirmed
from orders.errors import InvalidOrder


def field(path, value, status=FieldStatus.CONFIRM):
    return DraftField(path=path, value=value, raw=str(value), confidence=0.5, status=status, why=("blurred",))


@pytest.fixture
def draft():
    lines = [{"line_no": 1, "sku": "A-1001", "quantity": "7"}, {"line_no": 2, "sku": "A-1002", "quantity": "9"}]
    fields = tuple(field(f"/lines/{number}/quantity", line["quantity"]) for number, line in enumerate(lines))
    return DraftOrder(order={"number": "PO-1", "ship_to": None, "lines": lines}, fields=fields)


def test_confirming_marks_the_field_and_changes_no_value(draft):
    after = apply_edits(draft, [Edit("/lines/0/quantity", confirm=True)])
    assert [item.path for item in unconfirmed(after)] == ["/lines/1/quantity"]
    assert after.fields[0].why == (CONFIRMED,)
    assert after.order == draft.order


def test_correcting_sets_the_value_in_the_order_and_keeps_what_was_read(draft):
    after = apply_edits(draft, [Edit("/lines/1/quantity", "90")])
    assert after.order["lines"][1]["quantity"] == "90"
    assert (after.fields[1].raw, after.fields[1].value, after.fields[1].why) == ("9", "90", (CORRECTED,))
    assert draft.order["lines"][1]["quantity"] == "9", "the draft given is untouched"


def test_a_missing_part_of_the_order_is_made_where_it_is_known(draft):
    after = apply_edits(draft, [Edit("/ship_to/address", {"text": "苏州"})])
    assert after.order["ship_to"] == {"address": {"text": "苏州"}}


def test_a_line_is_added_at_the_end_and_nowhere_else(draft):
    added = {"line_no": 3, "sku": "A-1003", "quantity": "1"}
    assert apply_edits(draft, [Edit("/lines/2", added)]).order["lines"][2] == added
    with pytest.raises(InvalidOrder, match="no such line"):
        apply_edits(draft, [Edit("/lines/4", added)])


def test_removing_a_line_moves_the_fields_of_the_later_ones(draft):
    after = apply_edits(draft, [Edit("/lines/0", remove=True)])
    assert [(line["line_no"], line["sku"]) for line in after.order["lines"]] == [(1, "A-1002")]
    assert [(item.path, item.value) for item in after.fields] == [("/lines/0/quantity", "9")]


@pytest.mark.parametrize("path", ["lines/0", "", "/lines/x/quantity", "/lines/9/quantity", "/nothing/here"])
def test_a_path_that_leads_nowhere_is_refused_by_name(draft, path):
    with pytest.raises(InvalidOrder) as refused:
        apply_edits(draft, [Edit(path, "1")])
    assert refused.value.problems[0].pointer == path


def test_confirming_a_field_that_is_not_there_is_refused(draft):
    with pytest.raises(InvalidOrder, match="no such field"):
        apply_edits(draft, [Edit("/number", confirm=True)])
