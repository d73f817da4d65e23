"""Whatever is sent, the answer is a problem document that names the place; never a 500, and nothing is stored."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from gunicorn.http.errors import InvalidChunkSize
from sqlalchemy import func, select

from server.db import tables as t
from tests.integration.api.conftest import order

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

SOUND = json.dumps(order(), ensure_ascii=False)


UNKNOWN_SKU = b'{"currency":"CNY","lines":[{"sku":"A-1O01","quantity":"1"}]}'


def with_line(text: str) -> bytes:
    return f'{{"currency":"CNY","lines":[{{"sku":"A-1001","quantity":"1",{text}}}]}}'.encode()


HOSTILE: dict[str, tuple[bytes, int, str, str]] = {
    "empty": (b"", 400, "", "empty"),
    "blank": (b" \n", 400, "", "empty"),
    "byte order mark": (b"\xef\xbb\xbf" + SOUND.encode(), 400, "", "byte_order_mark"),
    "invalid UTF-8": (b'{"currency":"CNY\xff"}', 400, "/currency", "not_utf8"),
    "GBK": ('{"note":"苏州"}'.encode("gbk"), 400, "/note", "not_utf8"),
    "truncated": (SOUND.encode()[:-20], 400, "/lines/0", "malformed_json"),
    "trailing": (SOUND.encode() + b"{}", 400, "", "trailing_data"),
    "duplicate key": (b'{"currency":"CNY","currency":"USD"}', 400, "/currency", "duplicate_key"),
    "duplicate key inside": (with_line('"unit":"a","unit":"b"'), 400, "/lines/0/unit", "duplicate_key"),
    "NaN": (with_line('"unit_price":NaN'), 400, "/lines/0/unit_price", "not_a_number"),
    "Infinity": (with_line('"unit_price":-Infinity'), 400, "/lines/0/unit_price", "not_a_number"),
    "1e400": (with_line('"unit_price":1e400'), 400, "/lines/0/unit_price", "number_out_of_range"),
    "integer of 5,000 digits": (with_line('"line_no":' + "9" * 5000), 400, "/lines/0/line_no", "number_out_of_range"),
    "depth 65": (b'{"a":' + b"[" * 64 + b"]" * 64 + b"}", 400, "/a" + "/0" * 63, "too_deep"),
    "depth 100,000": (b"[" * 100_000, 400, "/0" * 64, "too_deep"),
    "lone surrogate": (with_line('"name":"\\ud800"'), 400, "/lines/0/name", "lone_surrogate"),
    "NUL": (with_line('"name":"a\\u0000b"'), 400, "/lines/0/name", "nul_character"),
    "no object": (b"[]", 422, "", "must_be_object"),
    "null": (b"null", 422, "", "must_be_object"),
    "text": (b'"order"', 422, "", "must_be_object"),
    "unknown key": (
        b'{"currency":"CNY","lines":[{"sku":"A-1001","quantity":"1"}],"urgnet":true}', 422, "/urgnet", "unknown_key"
    ),
    "unknown key of a line": (with_line('"qty":"1"'), 422, "/lines/0/qty", "unknown_key"),
    "float for money": (with_line('"unit_price":12.5'), 422, "/lines/0/unit_price", "decimal_text"),
    "integer for money": (with_line('"unit_price":12'), 422, "/lines/0/unit_price", "decimal_text"),
    "exponent in text": (with_line('"unit_price":"1e5"'), 422, "/lines/0/unit_price", "price"),
    "too large": (with_line('"unit_price":"99999999999"'), 422, "/lines/0/unit_price", "price"),
    "quantity zero": (b'{"currency":"CNY","lines":[{"quantity":"0"}]}', 422, "/lines/0/quantity", "zero_quantity"),
    "no currency": (b'{"lines":[{"sku":"A-1001","quantity":"1"}]}', 422, "/currency", "required"),
    "no lines": (b'{"currency":"CNY"}', 422, "/lines", "required"),
    "no quantity": (b'{"currency":"CNY","lines":[{"sku":"A-1001"}]}', 422, "/lines/0/quantity", "required"),
    "unknown SKU": (UNKNOWN_SKU, 422, "/lines/0/sku", "unknown_sku"),
    "list for text": (b'{"currency":["CNY"],"lines":[{"sku":"A-1001","quantity":"1"}]}', 422, "/currency", "currency"),
}  # fmt: skip


def stored(api: Api) -> int:
    with api.deps.store.db.read() as conn:
        return conn.execute(select(func.count()).select_from(t.orders)).scalar() or 0


@pytest.mark.parametrize("path", ["/v1/orders", "/v1/decisions"])
def test_hostile_order_is_refused_at_its_pointer(lite: Api, path: str) -> None:
    for name, (data, status, pointer, code) in HOSTILE.items():
        answer = lite.post(path, data)
        assert (answer.status_code, answer.content_type) == (status, "application/problem+json"), name
        found = answer.json["errors"][0]
        assert (found["pointer"], found["code"]) == (pointer, code), name
        assert answer.json["trace_id"] == answer.headers["X-Request-Id"]
    assert stored(lite) == 0


def test_MAP_09_unknown_sku_is_refused_with_the_nearest_right_ones(lite: Api) -> None:
    answer = lite.post("/v1/orders", UNKNOWN_SKU)
    assert "A-1001" in answer.json["errors"][0]["candidates"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "application/x-www-form-urlencoded", ""])
def test_other_content_type_is_refused(lite: Api, content_type: str) -> None:
    answer = lite.post("/v1/orders", SOUND.encode(), content_type=content_type)
    assert (answer.status_code, answer.json["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(
    ("path", "limit"), [("/v1/orders", 1024 * 1024), ("/v1/orders:batch", 8 * 1024 * 1024), ("/v1/skus/X", 1024 * 1024)]
)
def test_body_over_its_limit_is_413_and_one_at_it_is_not(lite: Api, path: str, limit: int) -> None:
    method = "PUT" if "skus" in path else "POST"
    over = lite.post(path, b" " * (limit + 1), method=method)
    assert (over.status_code, over.content_type, over.json["code"]) == (413, "application/problem+json", "too_large")
    assert over.json["detail"] == f"At most {limit // 1024**2} MB are taken here: send less at a time"
    assert lite.post(path, b" " * limit, method=method).status_code == 400


def test_body_that_hides_its_length_is_limited_too(lite: Api) -> None:
    import io

    answer = lite.call(
        "POST",
        "/v1/orders",
        input_stream=io.BytesIO(b" " * (1024 * 1024 + 1)),
        content_type="application/json",
        headers={"Transfer-Encoding": "chunked"},
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413


CURSORS = (
    "x", "AAAA", "%00", "é", "a" * 500, "bnVsbA", "W1tbW1tdXV1dXQ",  # null, [[[[[]]]]]
    "WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwieCJd",  # a time without offset
    "WzFlNDAwLDFd", "WyJcdTAwMDAiLCJcdTAwMDAiXQ",  # [1e400,1], NUL
)  # fmt: skip


def test_cursor_that_is_not_ours_is_refused(api: Api) -> None:
    for path in ("/v1/orders", "/v1/skus", "/v1/documents", "/v1/outbox", "/v1/holds"):
        for cursor in CURSORS:
            answer = api.get(f"{path}?after={cursor}")
            assert (answer.status_code, answer.content_type) == (422, "application/problem+json"), (path, cursor)


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "limit=1e3", "unknown=1", "limit=5&unknown=1"])
def test_parameter_out_of_its_bounds_is_named(lite: Api, query: str) -> None:
    answer = lite.get(f"/v1/orders?{query}")
    assert answer.status_code == 422
    assert answer.json["errors"][0]["pointer"] in ("?/limit", "?/unknown")


@pytest.mark.parametrize("query", ["state=nope", "source_type=nope", "own=colour"])
def test_filter_that_can_find_nothing_is_named_with_what_can(lite: Api, query: str) -> None:
    answer = lite.get(f"/v1/orders?{query}")
    (fault,) = answer.json["errors"]
    assert (answer.status_code, fault["pointer"]) == (422, f"?/{query.partition('=')[0]}")
    assert " or " not in fault["detail"]
    assert any(word in fault["detail"] for word in ("pending_review", "dealer", "[a-z]"))


@pytest.mark.parametrize(("coding", "status"), [("gzip", 415), ("br", 415), ("identity", 201), ("", 201)])
def test_compressed_body_is_refused_by_its_coding(lite: Api, coding: str, status: int) -> None:
    answer = lite.post("/v1/orders", SOUND.encode(), headers={"Content-Encoding": coding})
    assert answer.status_code == status
    assert status == 201 or "Content-Encoding" in answer.json["detail"]


NAMES = ("%00", "a%00b", "../../etc/passwd", "%2e%2e", "' OR 1=1 --", "é", "a" * 300, "%ff%fe", "\U0001f600")
PLACES = ("orders", "documents", "drafts", "skus", "stock", "prices", "customers", "decisions", "rules")


def test_name_that_cannot_exist_is_not_found(api: Api) -> None:
    for place in PLACES:
        for name in NAMES:
            answer = api.get(f"/v1/{place}/{name}")
            assert (answer.status_code, answer.content_type) == (404, "application/problem+json"), (place, name)


def test_filter_with_odd_text_finds_nothing_or_is_refused(api: Api) -> None:
    for name in ("number", "customer", "hold"):
        for value in ("é", "' OR 1=1 --", "%25", "\U0001f600"):
            answer = api.get(f"/v1/orders?{name}={value}")
            assert (answer.status_code, answer.json["data"]) == (200, []), (name, value)
        answer = api.get(f"/v1/orders?{name}=a%00b")
        assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, f"?/{name}")


@pytest.mark.parametrize("key", ["", " ", "a b", "é".encode("latin-1").decode("latin-1"), "a" * 256])
def test_bad_idempotency_key_is_refused(lite: Api, key: str) -> None:
    answer = lite.post("/v1/orders", order(), headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "Idempotency-Key")
    assert stored(lite) == 0


def test_SEC_04_route_that_declares_no_roles_lets_nobody_in(lite: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.api.call.door.door_of", lambda _view: None)
    assert lite.get("/v1/orders").status_code == 403


def test_error_of_ours_is_a_500_without_a_word_of_its_inside(lite: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from server.api import operation

    def broken(_deps: Any) -> dict[str, str]:
        raise ZeroDivisionError("the secret of the inside")

    monkeypatch.setattr(operation.readiness, "check", broken)
    answer = lite.get("/readyz")
    assert (answer.status_code, answer.json["code"]) == (500, "internal")
    assert answer.json["trace_id"] == answer.headers["X-Request-Id"]
    assert b"secret" not in answer.data


def test_a_body_with_a_damaged_chunk_is_the_callers_fault(lite: Api) -> None:
    class Broken:
        def read(self, *_size: int) -> bytes:
            raise InvalidChunkSize(b"ZZ")

        readline = read

    broken = {"wsgi.input": Broken(), "wsgi.input_terminated": True}
    answer = lite.call("POST", "/v1/orders", content_type="application/json", environ_overrides=broken)
    assert (answer.status_code, answer.json["code"]) == (400, "bad_request")
