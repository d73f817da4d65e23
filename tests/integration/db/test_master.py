"""Master data: each fault is named, each import can be undone, stock never falls below what was promised."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orders.actor import SYSTEM, Actor, Role
from orders.errors import NotFound, Refused
from server.db import master
from server.db.facts import catalogue
from server.db.master import InvalidItem, imports
from server.db.master.imports import Incoming
from server.demo import load_company
from server.demo.load import load_demo
from tests.integration.db.world import NOW, context_of, found_company, make_order, one, place, rows


def upsert(store, kind, item):
    with store.db.write() as conn:
        return master.upsert(conn, store, kind, item, actor=SYSTEM, now=NOW)


def get(store, kind, code):
    with store.db.read() as conn:
        return master.get(conn, store, kind, code)


def problems(store, kind, item):
    with pytest.raises(InvalidItem) as bad:
        upsert(store, kind, item)
    return {problem.pointer: problem for problem in bad.value.problems}


def test_the_demo_company_comes_back_as_it_was_given(store) -> None:
    load_demo(store, NOW)
    company = load_company()
    for kind, code in (("sites", "code"), ("skus", "sku"), ("customers", "code")):
        for item in company[kind]:
            stored = get(store, kind, item[code])
            assert {name: stored[name] for name in item} == item
    with store.db.read() as conn:
        found = catalogue.load_catalogue(conn, store)
    assert found.skus["A-1001"].list_price == 12_500_000
    assert found.customers["C-003"].contract_prices == {"A-1001": 11_800_000}
    assert found.customers["C-001"].buyer_skus["HL-JT-20"] == "A-1001"


def test_writing_again_updates_and_moves_the_catalogue(store) -> None:
    found_company(store)
    with store.db.read() as conn:
        before = catalogue.version(conn)
    assert upsert(store, "skus", {"sku": "A-1", "name": "新名", "unit": "个"}) == "updated"
    with store.db.read() as conn:
        assert catalogue.version(conn) != before
        assert catalogue.load_catalogue(conn, store).skus["A-1"].name == "新名"
    assert upsert(store, "skus", {"sku": "A-9", "name": "新", "unit": "个"}) == "created"


@pytest.mark.parametrize(
    ("kind", "item", "pointer", "code"),
    [
        ("skus", {"name": "x", "unit": "个"}, "/sku", "missing"),
        ("skus", {"sku": "x", "name": "x", "unit": "个", "type": "spot"}, "/type", "not_a_choice"),
        ("skus", {"sku": "x", "name": "x", "unit": "个", "colour": "red"}, "/colour", "unknown_field"),
        ("skus", {"sku": "x", "name": "x", "unit": "个", "cost": 9.8}, "/cost", "not_decimal"),
        ("skus", {"sku": "x\0", "name": "x", "unit": "个"}, "/sku", "not_text"),
        ("prices", {"sku": "A-1", "price": "-1"}, "/price", "negative"),
        ("prices", {"sku": "A-1", "price": "1", "kind": "contract"}, "/customer", "missing"),
        ("prices", {"sku": "A-l", "price": "1"}, "/sku", "unknown"),
        ("stock", {"sku": "A-1", "site": "GZ", "on_hand": "1", "coefficient": "1.1"}, "/coefficient", "too_large"),
        ("customers", {"code": "C", "name": "N", "ids": [{"scheme": "uscc"}]}, "/ids/0", "incomplete"),
        ("credit_accounts", {"customer": "C-9", "limit": "1.00"}, "/customer", "unknown"),
        ("credit_accounts", {"customer": "C-1", "limit": "1.00", "score": -1}, "/score", "not_whole"),
    ],
)
def test_a_fault_is_named_by_its_pointer(store, kind, item, pointer, code) -> None:
    found_company(store)
    assert problems(store, kind, item)[pointer].code == code


def test_an_unknown_code_comes_with_the_nearest_ones(store) -> None:
    found_company(store)
    assert "A-1" in problems(store, "prices", {"sku": "A-l", "price": "1"})["/sku"].candidates


def test_INV_05_stock_below_what_was_promised_is_refused(store) -> None:
    found_company(store, stock={("A-1", "GZ"): "10"})
    place(store, make_order("PO-1", ("A-1", "6")))
    with pytest.raises(InvalidItem) as refused:
        upsert(store, "stock", {"sku": "A-1", "site": "GZ", "on_hand": "5"})
    assert refused.value.code == "below_reserved"
    assert upsert(store, "stock", {"sku": "A-1", "site": "GZ", "on_hand": "6"}) == "updated"
    assert one(store, "SELECT sum(on_hand_delta) FROM stock_ledger") == 6_000_000


def test_a_day_of_a_price_begins_at_local_midnight(store) -> None:
    found_company(store)
    upsert(store, "prices", {"sku": "A-1", "price": "1.00", "valid_from": "2026-11-23"})
    assert context_of(store, make_order()).skus[0].list_price == 10_000_000
    told = rows(store, "SELECT max(valid_from) AS since FROM prices")[0]["since"]
    since = datetime.fromisoformat(told) if isinstance(told, str) else told
    assert since.astimezone(UTC) == datetime(2026, 11, 22, 16, tzinfo=UTC)


def test_customers_lie_sealed(store) -> None:
    found_company(store)
    told = str(rows(store, "SELECT * FROM customers")) + str(rows(store, "SELECT * FROM customer_identities"))
    assert "13800138000" not in told
    assert "zhang@hengli.example" not in told


def run(store, kind, *items):
    incoming = [Incoming(number, item) for number, item in enumerate(items, start=2)]
    return imports.run(store, kind, incoming, filename="x.xlsx", actor=SYSTEM, now=NOW)


def test_XLS_01_an_import_takes_what_is_right_and_reports_the_rest_by_row(store) -> None:
    found_company(store)
    report = run(
        store,
        "skus",
        {"sku": "N-1", "name": "新", "unit": "个"},
        {"sku": "N-2"},
        {"sku": "A-1", "name": "改", "unit": "个"},
    )
    assert (report["accepted"], report["rejected"], report["state"]) == (2, 1, "done")
    assert {(reject["row"], reject["pointer"]) for reject in report["rejects"]} == {(3, "/name"), (3, "/unit")}
    assert get(store, "skus", "N-1")["name"] == "新"
    assert get(store, "skus", "A-1")["name"] == "改"


def test_XLS_01_undo_puts_everything_back_once(store) -> None:
    found_company(store)
    report = run(store, "customers", {"code": "C-1", "name": "改名"}, {"code": "C-7", "name": "新客户"})
    done = imports.undo(store, report["id"], actor=SYSTEM, now=NOW)
    assert done["state"] == "undone"
    assert get(store, "customers", "C-1")["name"] == "苏州恒力机电有限公司"
    assert get(store, "customers", "C-1")["contacts"][0]["phone"] == "13800138000"
    assert get(store, "customers", "C-7") is None
    assert imports.undo(store, report["id"], actor=SYSTEM, now=NOW)["state"] == "undone"
    assert context_of(store, make_order()).customer.code == "C-1"


def test_XLS_01_two_imports_are_undone_the_last_first(store) -> None:
    found_company(store)
    first = run(store, "skus", {"sku": "A-1", "name": "一", "unit": "个"})
    second = run(store, "skus", {"sku": "A-1", "name": "二", "unit": "个"})
    with pytest.raises(Refused):
        imports.undo(store, first["id"], actor=SYSTEM, now=NOW)
    imports.undo(store, second["id"], actor=SYSTEM, now=NOW)
    assert get(store, "skus", "A-1")["name"] == "一"
    imports.undo(store, first["id"], actor=SYSTEM, now=NOW)
    assert get(store, "skus", "A-1")["name"] == "件1"


@pytest.mark.parametrize(
    ("kind", "item"),
    [
        ("prices", {"sku": "A-2", "price": "3.00", "kind": "contract", "customer": "C-1", "valid_from": "2026-12-01"}),
        ("stock", {"sku": "A-2", "site": "CD", "on_hand": "7"}),
        ("sites", {"code": "WH", "name": "武汉仓"}),
    ],
)
def test_XLS_01_undo_works_for_every_kind(store, kind, item) -> None:
    found_company(store)

    def everything():
        with store.db.read() as conn:
            return master.list_page(conn, store, kind).rows

    before = everything()
    report = run(store, kind, item)
    assert len(everything()) == len(before) + 1
    imports.undo(store, report["id"], actor=SYSTEM, now=NOW)
    assert everything() == before


def test_XLS_01_same_row_twice_in_a_sheet_counts_as_the_last_and_goes_back(sqlite_store) -> None:
    found_company(sqlite_store)
    row = {"sku": "A-2", "site": "CD", "on_hand": "7"}
    report = run(sqlite_store, "stock", row, {**row, "on_hand": "9"})
    assert get(sqlite_store, "stock", "A-2@CD")["on_hand"] == "9"
    imports.undo(sqlite_store, report["id"], actor=SYSTEM, now=NOW)
    assert get(sqlite_store, "stock", "A-2@CD") is None


def test_XLS_01_import_that_broke_off_goes_on_where_it_stood(sqlite_store) -> None:
    found_company(sqlite_store)

    class Breaking(list[Incoming]):
        """A worker that dies behind the first rows."""

        def __getitem__(self, part):
            if part.start:
                raise ConnectionError
            return super().__getitem__(part)

    items = [{"sku": f"N-{number}", "name": "新", "unit": "个"} for number in range(imports.CHUNK + 5)]
    items[3].pop("name")
    incoming = [Incoming(number, item, {"name": "B"}) for number, item in enumerate(items, start=2)]
    with sqlite_store.db.write() as conn:
        import_id = imports.begin(conn, "skus", "x.xlsx", total=len(items), actor=SYSTEM, now=NOW)
    with pytest.raises(ConnectionError):
        imports.go_on(sqlite_store, import_id, Breaking(incoming), actor=SYSTEM, now=NOW)
    with pytest.raises(Refused) as refused:
        imports.undo(sqlite_store, import_id, actor=SYSTEM, now=NOW)
    assert refused.value.code == "import_running"
    for _ in range(2):  # the second time there is nothing left to do
        report = imports.go_on(sqlite_store, import_id, incoming, actor=SYSTEM, now=NOW)
        assert (report["state"], report["accepted"], report["rejected"]) == ("done", len(items) - 1, 1)
    assert [(reject["row"], reject["column"]) for reject in report["rejects"]] == [(5, "B")]
    imports.undo(sqlite_store, import_id, actor=SYSTEM, now=NOW)
    assert get(sqlite_store, "skus", "N-0") is None


def test_XLS_01_undo_of_many_new_rows_is_refused_when_one_was_changed(sqlite_store) -> None:
    found_company(sqlite_store)
    report = run(sqlite_store, "skus", *({"sku": f"N-{n}", "name": "新", "unit": "个"} for n in range(3)))
    upsert(sqlite_store, "skus", {"sku": "N-1", "name": "改", "unit": "个"})
    with pytest.raises(Refused) as refused:
        imports.undo(sqlite_store, report["id"], actor=SYSTEM, now=NOW)
    assert refused.value.code == "changed_since"
    assert get(sqlite_store, "skus", "N-0") is not None


def test_XLS_01_credit_comes_back_as_it_was(store) -> None:
    found_company(store)
    report = run(store, "credit_accounts", {"customer": "C-1", "limit": "1.00"})
    imports.undo(store, report["id"], actor=SYSTEM, now=NOW)
    assert get(store, "credit_accounts", "C-1")["limit"] == "500000.00"


def test_XLS_01_what_is_used_already_is_not_taken_away(store) -> None:
    found_company(store)
    report = run(store, "skus", {"sku": "N-1", "name": "新", "unit": "个"})
    upsert(store, "stock", {"sku": "N-1", "site": "GZ", "on_hand": "5"})
    place(store, make_order("PO-1", ("N-1", "1")))
    with pytest.raises(Refused) as refused:
        imports.undo(store, report["id"], actor=SYSTEM, now=NOW)
    assert refused.value.code == "in_use"
    assert get(store, "skus", "N-1") is not None


def test_a_stranger_sees_no_import_report(store) -> None:
    found_company(store)
    report = run(store, "skus", {"sku": "N-1", "name": "新", "unit": "个"})
    stranger = Actor("usr_x", "x", "user", frozenset({Role.SALES}), "org_main")
    with store.db.read() as conn, pytest.raises(NotFound):
        imports.get(conn, report["id"], stranger)
