"""Documents through the API: received at once, read by a job, corrected, confirmed, submitted like any other order."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

SHEET = "订单号,PO-CSV-1\n客户,苏州恒力机电有限公司\n\nSKU,名称,数量,单位,单价\nA-1004,法兰垫片,20,片,3.20\n".encode()
PHOTO_OF_NOTHING = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


def read(api: Api, document_id: str) -> dict[str, Any]:
    """Do what the worker does, then look."""
    from orders.actor import SYSTEM
    from server.desk.papers.documents import read_document

    read_document(api.deps, document_id, SYSTEM)
    return api.get(f"/v1/documents/{document_id}").json


def test_document_is_taken_at_once_and_read_later(api: Api) -> None:
    answer = api.upload("/v1/documents", "order.csv", SHEET, role="sales")
    assert (answer.status_code, answer.json["state"]) == (202, "received")
    assert answer.headers["Location"] == f"/v1/documents/{answer.json['id']}"
    document = read(api, answer.json["id"])
    assert (document["state"], document["progress"], document["reason"]) == ("ready", 100, None)
    assert len(document["drafts"]) == 1


def test_unreadable_document_is_refused_with_a_reason_and_kept(api: Api) -> None:
    taken = api.upload("/v1/documents", "x.png", PHOTO_OF_NOTHING).json
    document = read(api, taken["id"])
    assert document["state"] == "refused"
    assert document["reason"]["message"]["zh"]
    assert document["size"] == len(PHOTO_OF_NOTHING)


def test_empty_document_is_refused_at_once(lite: Api) -> None:
    answer = lite.upload("/v1/documents", "x.pdf", b"")
    assert (answer.status_code, answer.json["code"], answer.json["type"]) == (
        422,
        "empty_file",
        "/v1/problems/unreadable_document",
    )


def test_document_over_25_mb_is_413_and_one_at_it_is_not(lite: Api) -> None:
    at = 25 * 1024 * 1024
    assert lite.upload("/v1/documents", "x.bin", b"x" * at).status_code == 202
    over = lite.upload("/v1/documents", "x.bin", b"x" * (at + 1))
    assert (over.status_code, over.content_type, over.json["code"]) == (413, "application/problem+json", "too_large")
    far_over = lite.upload("/v1/documents", "x.bin", b"x" * (at + 2 * 1024 * 1024))
    assert (far_over.status_code, far_over.json["code"]) == (413, "too_large")
    assert far_over.json["detail"] == "A file may have at most 25 MB: make it smaller or split it"


@pytest.mark.parametrize("name", ["a\x00b.pdf", "../../etc/passwd", "\U0001f600.pdf", "a" * 1000])
def test_odd_file_names_do_no_harm(api: Api, name: str) -> None:
    answer = api.upload("/v1/documents", name, SHEET)
    assert answer.status_code == 202
    assert "\x00" not in answer.json["filename"]
    assert len(answer.json["filename"]) <= 200


def test_form_with_two_files_is_refused_and_neither_is_half_taken(lite: Api) -> None:
    two = [FileStorage(io.BytesIO(name.encode()), filename=name) for name in ("a.txt", "b.txt")]
    boundary, body = encode_multipart({"file": two})
    answer = lite.call("POST", "/v1/documents", data=body, content_type=f"multipart/form-data; boundary={boundary}")
    [fault] = answer.json["errors"]
    assert (answer.status_code, fault["pointer"], fault["code"]) == (422, "/file", "one_file")
    assert lite.get("/v1/documents").json["data"] == []


def test_form_without_a_file_names_the_field(lite: Api) -> None:
    answer = lite.call("POST", "/v1/documents", data={"other": "x"}, content_type="multipart/form-data")
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/file")
    assert lite.post("/v1/documents", {"file": "x"}).status_code == 415


def test_same_upload_under_one_idempotency_key_is_one_document(api: Api) -> None:
    key = {"Idempotency-Key": "upload-1"}
    first, again = (api.upload("/v1/documents", "order.csv", SHEET, headers=key) for _ in range(2))
    assert (again.status_code, again.json["id"]) == (202, first.json["id"])
    assert len(api.get("/v1/documents").json["data"]) == 1


def test_draft_is_confirmed_corrected_and_submitted(api: Api) -> None:
    document = read(api, api.upload("/v1/documents", "order.csv", SHEET, role="sales").json["id"])
    draft = api.get(f"/v1/drafts/{document['drafts'][0]['id']}", role="sales")
    path = f"/v1/drafts/{draft.json['id']}"
    doubtful = [field["path"] for field in draft.json["fields"] if field["status"] == "confirm"]
    if doubtful:
        refused = api.post(f"{path}/submit", role="sales")
        assert (refused.status_code, refused.json["code"]) == (422, "draft_unconfirmed")
        assert {problem["pointer"] for problem in refused.json["errors"]} <= set(doubtful)
    edits = [{"path": place, "confirm": True} for place in doubtful if place != "/lines/0/quantity"]
    edits.append({"path": "/lines/0/quantity", "value": "25"})
    edited = api.patch(path, {"edits": edits}, role="sales", headers={"If-Match": draft.headers["ETag"]})
    assert edited.status_code == 200
    assert edited.json["order"]["lines"][0]["quantity"] == "25"
    stale = api.patch(path, {"edits": edits}, role="sales", headers={"If-Match": draft.headers["ETag"]})
    assert (stale.status_code, stale.json["code"]) == (412, "stale_version")
    short = api.post(f"{path}/submit", role="sales")
    assert (short.status_code, short.json["code"]) == (422, "draft_incomplete")
    gaps = {problem["pointer"] for problem in short.json["errors"]}
    known = {"/requested_date": "2026-12-01", "/payment_terms": "net30", "/buyer/name": "苏州恒力机电有限公司"}
    api.patch(path, {"edits": [{"path": gap, "value": known[gap]} for gap in sorted(gaps)]}, role="sales")
    submitted = api.post(f"{path}/submit", role="sales")
    assert submitted.status_code == 201, submitted.json
    assert submitted.json["order"]["lines"][0]["quantity"] == "25"
    assert api.get(path, role="sales").json["order_id"] == submitted.json["id"]


@pytest.mark.parametrize(
    "edits",
    [
        [],
        [{"path": "/lines/0/quantity"}],
        [{"path": "/lines/0/quantity", "value": "1", "confirm": True}],
        [{"path": "lines", "value": "1"}],
        [{"path": "/nothing/here", "value": "1"}],
        [{"path": "/lines/99/quantity", "value": "1"}],
        [{"path": "/lines/0/quantity", "value": {"a": 1}}],
        [{"path": "/lines/0/quantity", "value": 1.5}],
    ],
)
def test_edit_that_means_nothing_is_refused(lite: Api, edits: list[dict[str, Any]]) -> None:
    document = read(lite, lite.upload("/v1/documents", "order.csv", SHEET).json["id"])
    path = f"/v1/drafts/{document['drafts'][0]['id']}"
    before = lite.get(path).json
    answer = lite.patch(path, {"edits": edits})
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert lite.get(path).json == before


def test_withdrawn_document_takes_its_drafts_along(api: Api) -> None:
    document = read(api, api.upload("/v1/documents", "order.csv", SHEET).json["id"])
    assert api.call("DELETE", f"/v1/documents/{document['id']}").status_code == 204
    assert api.get(f"/v1/documents/{document['id']}").json["state"] == "withdrawn"
    draft = f"/v1/drafts/{document['drafts'][0]['id']}"
    assert api.get(draft).json["state"] == "withdrawn"
    answer = api.post(f"{draft}/submit")
    assert (answer.status_code, answer.json["code"]) == (409, "draft_closed")


def test_SEC_02_sales_see_their_own_documents_only(api: Api) -> None:
    mine = api.upload("/v1/documents", "a.csv", SHEET, role="sales").json["id"]
    others = api.upload("/v1/documents", "b.csv", SHEET, role="sales_supervisor").json["id"]
    assert [row["id"] for row in api.get("/v1/documents", role="sales").json["data"]] == [mine]
    assert api.get(f"/v1/documents/{others}", role="sales").status_code == 404
    assert api.get(f"/v1/documents/{others}/pages/1.jpg", role="sales").status_code == 404
    assert api.call("DELETE", f"/v1/documents/{others}", role="sales").status_code == 404


@pytest.mark.parametrize(
    ("role", "status"),
    [("sales_supervisor", 200), ("auditor", 200), ("risk", 403), ("finance", 403), ("production", 403)],
)
def test_SEC_02_what_a_document_says_is_for_those_whom_the_screens_show_it(lite: Api, role: str, status: int) -> None:
    document = read(lite, lite.upload("/v1/documents", "order.csv", SHEET, role="sales").json["id"])
    assert lite.get(f"/v1/drafts/{document['drafts'][0]['id']}", role=role).status_code == status
    picture = lite.get(f"/v1/documents/{document['id']}/pages/1.jpg", role=role).status_code
    assert (picture == 403) is (status == 403)


def test_page_is_a_picture_and_a_page_that_is_not_there_is_not_found(lite: Api) -> None:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (80, 60), "white").save(out, "PNG")
    document = lite.upload("/v1/documents", "white.png", out.getvalue()).json["id"]
    page = lite.get(f"/v1/documents/{document}/pages/1.jpg")
    assert (page.status_code, page.content_type) == (200, "image/jpeg")
    assert Image.open(io.BytesIO(page.data)).size == (80, 60)
    for number in ("0", "2", "99999999999"):
        assert lite.get(f"/v1/documents/{document}/pages/{number}.jpg").status_code == 404
