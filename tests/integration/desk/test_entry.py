"""Orders that staff type in: what is missing blocks by name, prices come from the contract, one form is one order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from orders.errors import InvalidOrder, NotFound, Refused
from server.commit import AlreadyThere, Committed
from server.db import tables as t
from server.db.order import orders as stored_orders
from server.desk.papers import drafts as draft_desk
from server.desk.papers import offer, provenance
from server.desk.papers.entry import ENTERED, Entered, enter
from tests.integration.desk.test_documents import SALES, STRANGER, run_jobs

if TYPE_CHECKING:
    from orders.order import Order

FORM = Entered(
    token="0123456789abcdef",
    source="phone",
    values={"/requested_date": "2026-12-10", "/payment_terms": "net60", "/currency": "CNY"},
    lines=[{"sku": "A-1001", "quantity": "100", "unit": "个", "unit_price": "11.80"}],
    customer="C-003",
    contact=0,
    place=0,
)


@pytest.fixture
def store(sqlite_store):
    """Nothing here is SQL of its own."""
    return sqlite_store


def order_of(deps: Any, outcome: Any) -> Order:
    with deps.store.db.read() as conn:
        return stored_orders.get(conn, deps.store, outcome.order_id, SALES).order


def test_IN_15_phone_order_goes_the_way_of_every_draft(deps):
    draft_id, outcome = enter(deps, SALES, FORM)
    assert isinstance(outcome, Committed)
    order = order_of(deps, outcome)
    assert (order.channel, order.buyer.name, order.buyer.contact.phone) == (
        "phone",
        "上海联创贸易有限公司",
        "13600136003",
    )
    assert order.ship_to.address.text == "上海市浦东新区金科路2889号"
    assert order.ship_to.contact == order.buyer.contact  # nobody else takes the goods
    assert order.number is not None
    assert order.number.startswith("TEL-2026")
    draft = draft_desk.draft(deps, SALES, draft_id)
    assert (draft["state"], draft["to_confirm"]) == ("submitted", 0)
    run_jobs(deps)  # nothing that a person typed is learnt from
    with deps.store.db.read() as conn:
        assert conn.execute(select(func.count()).select_from(t.lessons)).scalar() == 0


def test_IN_15_every_value_says_that_a_person_typed_it(deps):
    _, outcome = enter(deps, SALES, FORM)
    found = {chain["path"]: chain for chain in provenance.chains(deps, SALES, outcome.order_id)}
    assert found["/lines/0/quantity"]["read"]["why"] == [ENTERED]
    assert found["/lines/0/quantity"]["document"]["draft_id"]


WRONG: list[tuple[dict[str, Any], list[str]]] = [
    ({"customer": None}, ["/buyer/name"]),
    ({"values": {}}, ["/requested_date", "/payment_terms", "/currency"]),
    ({"lines": []}, ["/lines"]),
    ({"lines": [{"quantity": "1", "unit_price": "1"}]}, ["/lines/0/sku"]),
    ({"lines": [{"sku": "A-1001"}]}, ["/lines/0/quantity", "/lines/0/unit_price"]),
    ({"lines": [{"sku": "A-1001", "quantity": "0", "unit_price": "1"}]}, ["/lines/0/quantity"]),
    ({"lines": [{"sku": "A-1001", "quantity": "1", "unit": "吨", "unit_price": "1"}]}, ["/lines/0/unit"]),
]


def test_VAL_01_missing_or_wrong_field_blocks_and_is_named(deps):
    for changes, pointers in WRONG:
        with pytest.raises(InvalidOrder) as refused:
            enter(deps, SALES, replace(FORM, **changes))
        assert [problem.pointer for problem in refused.value.problems] == pointers
    with deps.store.db.read() as conn:
        assert conn.execute(select(t.drafts)).first() is None  # nothing is half kept


def test_IN_15_form_that_is_sent_twice_is_one_order(deps):
    _, first = enter(deps, SALES, FORM)
    _, second = enter(deps, SALES, FORM)
    assert second == AlreadyThere(first.order_id)
    _, other = enter(deps, SALES, replace(FORM, token="fedcba9876543210"))
    assert isinstance(other, Committed)  # the same goods ordered once more on purpose
    with pytest.raises(Refused) as refused:
        enter(deps, SALES, replace(FORM, lines=[{**FORM.lines[0], "quantity": "7"}]))
    assert refused.value.code == "entry_sent"


def test_IN_15_unfinished_form_is_kept_as_a_draft_and_may_be_sent_again(deps):
    half = replace(FORM, values={}, lines=[], submit=False)
    draft_id, outcome = enter(deps, SALES, half)
    assert outcome is None
    assert draft_desk.draft(deps, SALES, draft_id)["state"] == "needs_input"
    again, sent = enter(deps, SALES, FORM)
    assert again == draft_id
    assert isinstance(sent, Committed)
    with pytest.raises(NotFound):
        draft_desk.draft(deps, STRANGER, draft_id)


def test_IN_15_customer_that_is_typed_in_full_is_the_customer_on_file(deps):
    values = {**FORM.values, "/buyer/name": "上海联创贸易有限公司"}
    _, outcome = enter(deps, SALES, replace(FORM, customer=None, values=values))
    with deps.store.db.read() as conn:
        assert stored_orders.get(conn, deps.store, outcome.order_id, SALES).row["customer_id"]


def test_IN_15_unknown_customer_is_taken_as_typed(deps):
    values = {**FORM.values, "/buyer/name": "新来的公司", "/ship_to/address/text": "苏州市虎丘区星湖街1号"}
    _, outcome = enter(deps, SALES, replace(FORM, customer=None, contact=None, place=None, values=values))
    assert order_of(deps, outcome).buyer.name == "新来的公司"


def test_IN_15_customers_are_found_by_name_code_person_and_first_letters(deps):
    for typed in ("联创", "C-003", "陈经理", "SHLC", "lcmy"):
        found = offer.customers(deps, typed)
        assert found[0]["code"] == "C-003", typed
        assert "13600136003" not in str(found)  # people are masked: the form names them by place
        assert "陈经理" not in str(found)


def test_MAP_09_products_come_from_the_master_with_the_contract_price(deps):
    assert offer.products(deps, "axjt")[0]["sku"] == "A-1001"
    assert offer.products(deps, "火箭") == []
    assert offer.product(deps, "火箭") is None
    own, packed = offer.product(deps, "A-1001", "C-003")["units"]
    assert (own["price"], packed) == ("11.80", {"unit": "箱", "holds": "200", "price": "2360.00"})
    assert offer.product(deps, "A-1001", "C-001")["agreed"] == "list"
    assert offer.product(deps, "A-1001")["available"] == "1200"
    assert offer.product(deps, "hl-qf-20", "C-001")["sku"] == "A-1003"
    assert offer.product(deps, "hl-qf-20", "C-002") is None
    assert offer.product(deps, "DN20") is None  # several are called so
