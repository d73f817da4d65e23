"""A dealer creates orders and sees its own alone: at every way in which another's could be seen (IN-16)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update

from orders.actor import Role
from server.api.call.door import door_of
from server.db import people
from server.db.tables import customers
from server.desk.papers.documents import read_document
from tests.integration.api.conftest import order
from tests.integration.api.test_doors import routes

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

OTHER = "苏州恒力机电有限公司"
OPEN = {
    ("POST", "/v1/orders"), ("POST", "/v1/orders:batch"), ("GET", "/v1/orders"), ("GET", "/v1/orders/<order_id>"),
    ("GET", "/v1/orders:export"), ("POST", "/v1/intake/<channel>"), ("GET", "/v1/keys/self"), ("GET", "/v1/catalogue"),
    ("POST", "/v1/documents"), ("GET", "/v1/documents"), ("GET", "/v1/documents/<document_id>"),
    ("DELETE", "/v1/documents/<document_id>"), ("POST", "/v1/documents/<document_id>/read-as-order"),
    ("GET", "/v1/documents/<document_id>/pages/<int:number>.jpg"), ("GET", "/v1/drafts/<draft_id>"),
    ("PATCH", "/v1/drafts/<draft_id>"), ("POST", "/v1/drafts/<draft_id>/submit"), ("DELETE", "/v1/drafts/<draft_id>"),
    ("POST", "/v1/drafts/<draft_id>/restore"),
}  # fmt: skip
"""All that a dealer's key may call: every other address is closed to it, whatever is added later."""


@pytest.fixture
def dealt(api: Api) -> Api:
    """The API with two dealers, each with a key."""
    for name, customer in (("one", "C-003"), ("two", "C-002")):
        assert api.put(f"/v1/dealers/{customer}", {}).status_code == 200
        made = api.post("/v1/keys", {"name": name, "roles": ["dealer"], "dealer": customer})
        assert made.status_code == 201, made.text
        api.keys[name] = made.json["secret"]
    return api


def bare(number: str, **more: Any) -> dict[str, Any]:
    return {"number": number, "currency": "CNY", "lines": [{"sku": "A-1001", "quantity": "1"}], **more}


def test_IN_16_a_dealer_orders_in_its_own_name_at_the_prices_of_its_contract(dealt: Api) -> None:
    made = dealt.post("/v1/orders", bare("D-1"), role="one")
    assert made.status_code == 201, made.text
    told = made.json["order"]
    assert (told["buyer"]["name"], told["lines"][0]["unit_price"]) == ("上海联创贸易有限公司", "11.80")
    assert (made.json["source_type"], told["channel"]) == ("dealer", "dealer")
    other = dealt.post("/v1/orders", bare("D-1"), role="two")  # the same number: of another dealer
    assert (other.status_code, other.json["order"]["lines"][0]["unit_price"]) == (201, "12.50")


@pytest.mark.parametrize(
    "buyer", [{"name": OTHER}, {"ids": [{"scheme": "customer_code", "value": "C-001"}]}, {"name": "谁"}]
)
def test_IN_16_a_dealer_orders_for_nobody_else(lite: Api, buyer: dict[str, Any]) -> None:
    lite.put("/v1/dealers/C-003", {})
    lite.keys["one"] = lite.post("/v1/keys", {"name": "one", "roles": ["dealer"], "dealer": "C-003"}).json["secret"]
    refused = lite.post("/v1/orders", bare("D-2", buyer=buyer), role="one")
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "not_the_dealer")
    assert refused.json["errors"][0]["candidates"] == ["上海联创贸易有限公司"]


def test_IN_16_anothers_orders_are_seen_in_no_way(dealt: Api) -> None:
    mine = dealt.post("/v1/orders", bare("D-3"), role="one").json["id"]
    ours = dealt.post("/v1/orders", order(number="D-4"), role="sales").json["id"]
    theirs = dealt.post("/v1/orders", bare("D-5"), role="two").json["id"]
    assert [row["number"] for row in dealt.get("/v1/orders", role="one").json["data"]] == ["D-3"]
    for asked in ("number=D-4", "number=D-5", "customer=C-002", "source_ref=D-5", "state=routing&number=D-5"):
        assert dealt.get(f"/v1/orders?{asked}", role="one").json["data"] == [], asked
    for one in (ours, theirs):
        assert dealt.get(f"/v1/orders/{one}", role="one").status_code == 404
    assert dealt.get(f"/v1/orders/{mine}", role="one").status_code == 200
    sheet = dealt.get("/v1/orders:export", role="one").get_data(as_text=True)
    assert ("D-3" in sheet, "D-4" in sheet, "D-5" in sheet) == (True, False, False)
    assert dealt.get(f"/v1/orders/{mine}", role="sales_supervisor").status_code == 200  # our own people see it


def test_IN_16_why_we_hold_an_order_is_not_told(dealt: Api) -> None:
    value = bare("D-6", ship_to={"contact": {"phone": "13600136003"}})
    held = dealt.post("/v1/orders", value, role="one").json
    shown = dealt.get(f"/v1/orders/{held['id']}", role="one").json
    for view in (held, shown):
        assert (view["outcome"], view["decision"], view["holds"], view["approvals"]) == ("hold", None, [], [])
    assert dealt.get("/v1/orders", role="one").json["data"][0]["holds"] == []
    assert dealt.get(f"/v1/orders/{held['id']}").json["holds"] != []
    code = dealt.get(f"/v1/orders/{held['id']}").json["holds"][0]["code"]
    assert len(dealt.get("/v1/orders?hold=NOTHING", role="one").json["data"]) == 1  # nor by asking for a hold's code
    assert len(dealt.get(f"/v1/orders?hold={code}", role="one").json["data"]) == 1


def test_IN_16_documents_and_drafts_are_its_own_and_name_no_other_customer(dealt: Api) -> None:
    text = f"采购单\n客户：{OTHER}\n产品：A-1001 数量：10个\n".encode()
    made = {
        role: dealt.upload("/v1/documents", "po.txt", text, role=role).json["id"] for role in ("one", "two", "sales")
    }
    for role, document_id in made.items():
        actor = people.actor_of_key(dealt.deps.store.db.look(), dealt.keys[role])
        assert actor is not None
        read_document(dealt.deps, document_id, actor)
    listed = dealt.get("/v1/documents", role="one").json["data"]
    assert [row["id"] for row in listed] == [made["one"]]
    (own,) = listed[0]["drafts"]
    assert dealt.get(f"/v1/drafts/{own['id']}", role="one").status_code == 200
    for role in ("two", "sales"):
        assert dealt.get(f"/v1/documents/{made[role]}", role="one").status_code == 404
        (draft,) = dealt.get(f"/v1/documents/{made[role]}", role=role).json["drafts"]
        assert dealt.get(f"/v1/drafts/{draft['id']}", role="one").status_code == 404
        edits = {"edits": [{"path": "/number", "value": "X"}]}
        assert dealt.patch(f"/v1/drafts/{draft['id']}", edits, role="one").status_code == 404
        assert dealt.post(f"/v1/drafts/{draft['id']}/submit", role="one").status_code == 404
    told = {"path": "/buyer/name", "value": "上海联创贸易有限公司"}
    price = {"path": "/lines/0/unit_price", "value": "1"}
    for role, knows in (("one", True), ("two", False)):  # what another's contract says is not told for a name
        (draft,) = dealt.get(f"/v1/documents/{made[role]}", role=role).json["drafts"]
        edited = dealt.patch(f"/v1/drafts/{draft['id']}", {"edits": [told, price]}, role=role)
        assert ("contract_price" in [one["code"] for one in edited.json["differences"]]) is knows


def test_IN_16_a_dealer_knows_the_prices_of_its_contract_alone(dealt: Api) -> None:
    prices = {row["sku"]: row["price"] for row in dealt.get("/v1/catalogue", role="one").json["data"]}
    assert prices["A-1001"] == "11.80"
    others = {row["price"] for row in dealt.get("/v1/catalogue", role="two").json["data"]}
    assert others == {None}
    assert "cost" not in dealt.get("/v1/catalogue", role="one").get_data(as_text=True)
    for path in ("/v1/prices", "/v1/customers", "/v1/skus", "/v1/stock", "/v1/credit-accounts"):
        assert dealt.get(path, role="one").status_code == 403, path


def test_IN_16_by_a_channel_its_numbers_are_its_own(dealt: Api) -> None:
    body = json.dumps(bare("D-7")).encode()
    first = dealt.post("/v1/intake/edi", body, role="one")
    second = dealt.post("/v1/intake/edi", body, role="two")
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json["results"][0]["order"]["decision"] is None


def test_IN_16_the_salesperson_who_looks_after_the_dealer_sees_its_orders_too(dealt: Api) -> None:
    with dealt.deps.store.db.write() as conn:
        seller = people.actor_of_key(conn, dealt.keys["sales"])
        assert seller is not None
        conn.execute(update(customers).where(customers.c.code == "C-003").values(owner_id=seller.id))
    made = dealt.post("/v1/orders", bare("D-9"), role="one").json["id"]
    assert [dealt.get(f"/v1/orders/{made}", role=role).status_code for role in ("one", "sales", "two")] == [
        200,
        200,
        404,
    ]


def test_IN_16_every_other_address_is_closed(lite: Api) -> None:
    found = {(method, rule) for method, rule, view in routes(lite.app) if Role.DEALER in door_of(view).roles}
    assert found == OPEN


def test_IN_16_a_key_of_the_role_without_a_dealer_sees_nothing(lite: Api) -> None:
    lite.post("/v1/orders", order(), role="sales")
    assert lite.get("/v1/orders", role="dealer").json["data"] == []
    assert lite.post("/v1/orders", bare("D-8"), role="dealer").json["code"] == "dealer_closed"


@pytest.mark.parametrize(
    "wrong",
    [
        {"roles": ["dealer"]},
        {"roles": ["sales"], "dealer": "C-003"},
        {"roles": ["dealer", "admin"], "dealer": "C-003"},
        {"roles": ["dealer"], "dealer": "C-003", "mode": "test"},
    ],
)
def test_IN_16_a_dealers_key_has_that_role_alone(lite: Api, wrong: dict[str, Any]) -> None:
    lite.put("/v1/dealers/C-003", {})
    assert lite.post("/v1/keys", {"name": "x", **wrong}).status_code == 422


def test_IN_16_a_dealers_person_signs_in_with_a_login_of_its_own(lite: Api) -> None:
    lite.put("/v1/dealers/C-002", {})
    person = {"login": "huachuan", "name": "华川", "password": "a-long-password"}
    assert lite.post("/v1/dealers/C-002/people", person).json["logins"] == ["huachuan"]
    assert lite.post("/v1/dealers/C-002/people", person).json["code"] == "login_taken"
    assert lite.post("/v1/dealers/C-002/people", {**person, "login": "two", "password": "short"}).status_code == 422
    assert lite.put("/v1/dealers/C-999", {}).status_code == 404
    actor = people.sign_in(lite.deps.store.db, "huachuan", "a-long-password", lite.clock())
    assert actor is not None
    assert (actor.customer, actor.account, actor.is_dealer) == ("C-002", actor.org_id, True)


def test_IN_16_a_dealer_calls_its_order_off_by_asking_and_nobody_elses(lite: Api) -> None:
    for name, customer in (("one", "C-003"), ("two", "C-002")):
        lite.put(f"/v1/dealers/{customer}", {})
        told = lite.post("/v1/keys", {"name": name, "roles": ["dealer"], "dealer": customer})
        lite.keys = {**lite.keys, name: told.json["secret"]}
    mine = lite.post("/v1/orders", bare("D-9"), role="one").json["id"]
    asked = lite.post("/v1/orders", bare("D-9", doc_type="cancel"), role="one")
    assert (asked.status_code, asked.json["id"]) == (200, mine)
    assert "CHANNEL_CHANGE" in [hold["code"] for hold in lite.get(f"/v1/orders/{mine}").json["holds"]]
    other = lite.post("/v1/orders", bare("D-9", doc_type="cancel"), role="two")
    assert (other.status_code, other.json["errors"][0]["code"]) == (422, "nothing_to_change")
