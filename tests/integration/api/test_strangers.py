"""Two senders that know nothing of each other: neither sees, changes or is told of what is the other's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orders.actor import Role
from server.db import people
from tests.conftest import START
from tests.integration.api.conftest import order

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api


@pytest.fixture
def strangers(lite: Api) -> Api:
    """Return the API with a key for sales of each of two organisations, both without an account."""
    with lite.deps.store.db.write() as conn:
        for org in ("ours", "theirs"):
            people.add_organisation(conn, org, None, START, f"org_{org}")
            key = {"name": org, "scopes": [Role.SALES], "org_id": f"org_{org}", "created_by": "test"}
            lite.keys = {**lite.keys, org: people.add_api_key(conn, key, START)[1]}
    return lite


BELOW = (
    "",
    "/timeline",
    "/explain",
    "/next-states",
    "/release-options",
    "/near-misses",
    "/acknowledgement?standard=ubl",
    "/provenance",
)


def test_SEC_04_what_is_theirs_is_not_found_at_any_address(strangers: Api) -> None:
    view = strangers.post("/v1/orders", order(), role="theirs").json
    document = strangers.upload("/v1/documents", "a.csv", b"sku\nA-1001\n", role="theirs").json
    paths = [f"/v1/orders/{view['id']}{below}" for below in BELOW]
    paths += [f"/v1/orders/{view['id']}?reveal=why", f"/v1/decisions/{view['decision']['id']}"]
    paths += [f"/v1/documents/{document['id']}"]
    for path in paths:
        assert strangers.get(path, role="theirs").status_code in (200, 422), path
        assert strangers.get(path, role="ours").status_code == 404, path
    assert strangers.call("DELETE", f"/v1/documents/{document['id']}", role="ours").status_code == 404
    cancel = strangers.post(f"/v1/orders/{view['id']}/cancel", {"reason": "不要了"}, role="ours")
    assert cancel.status_code == 404
    for listing in ("/v1/orders", "/v1/documents", "/v1/holds"):
        assert strangers.get(listing, role="ours").json["data"] == [], listing


@pytest.mark.parametrize("note", ["", "other content"])
@pytest.mark.parametrize("number", ["PO-9", None])
def test_a_number_of_theirs_is_taken_and_nothing_is_told_of_the_order(
    strangers: Api, note: str, number: str | None
) -> None:
    theirs = strangers.post("/v1/orders", order(number=number), role="theirs").json
    answer = strangers.post("/v1/orders", order(number=number, note=note), role="ours")
    if number is None and note:
        assert answer.status_code == 201  # without a number only the same content is the same order
        return
    assert (answer.status_code, answer.json["code"]) == (409, "order_of_another")
    assert theirs["id"] not in answer.text


def test_the_query_belongs_to_what_an_idempotency_key_was_sent_with(lite: Api) -> None:
    key = {"headers": {"Idempotency-Key": "q-1"}, "content_type": "application/json"}
    first = lite.post("/v1/intake/edi?filename=a.json", order(), **key)
    assert first.status_code == 201
    assert lite.post("/v1/intake/edi?filename=a.json", order(), **key).data == first.data
    other = lite.post("/v1/intake/edi?filename=b.json", order(), **key)
    assert (other.status_code, other.json["code"]) == (422, "idempotency_mismatch")


def test_a_repeated_cxml_order_is_answered_in_cxml_again(lite: Api) -> None:
    from tests.unit.intake.cast import ROOT

    body = (ROOT / "tests/golden/standards/cxml_full/input.xml").read_bytes()
    headers = {"Idempotency-Key": "cxml-1", "Accept": "text/xml"}
    first, again = (
        lite.call("POST", "/v1/intake/ariba", data=body, content_type="text/xml", headers=headers) for _ in range(2)
    )
    assert first.mimetype == again.mimetype == "text/xml"
    assert first.data == again.data
    assert again.headers["Idempotency-Replayed"] == "true"
