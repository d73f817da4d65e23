"""Deny by default: every address names its roles; every other role, key or stranger stays outside (SEC-01, SEC-04)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from orders.actor import Role
from server.api.call.door import door_of

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

SIGNED = {"/v1/hooks/<channel>", "/v1/tracks/<code>"}
"""Platforms and trackers have no key of ours: they sign what they send, and the signature is what lets them in."""
PUBLIC = {"/healthz", "/readyz", "/openapi.json", "/v1/problems/<code>"} | SIGNED


def routes(app: Any) -> list[tuple[str, str, Any]]:
    """Return (method, rule, view) of every address of the application."""
    return [
        (method, rule.rule, app.view_functions[rule.endpoint])
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def concrete(rule: str) -> str:
    return re.sub(r"<int:[^>]+>", "1", re.sub(r"<[a-z_]+>", "nothing", rule))


def test_SEC_01_every_address_declares_who_may_enter(lite: Api) -> None:
    undeclared = [(method, rule) for method, rule, view in routes(lite.app) if door_of(view) is None]
    assert undeclared == []
    assert {rule for _, rule, view in routes(lite.app) if door_of(view).public} == PUBLIC


def test_SEC_01_every_role_enters_exactly_where_it_is_named(lite: Api) -> None:
    wrong = []
    for method, rule, view in routes(lite.app):
        door = door_of(view)
        if door.public:
            continue
        for role in Role:
            status = lite.call(method, concrete(rule), role=role.value).status_code
            refused = status == 403
            if refused != (role is not Role.ADMIN and role not in door.roles):
                wrong.append((method, rule, role.value, status))
    assert wrong == []


def test_SEC_04_without_a_key_nothing_but_the_public_addresses_answers(lite: Api) -> None:
    for method, rule, view in routes(lite.app):
        answer = lite.call(method, concrete(rule), role=None)
        if door_of(view).public:
            assert answer.status_code in (200, 404)
        else:
            assert (answer.status_code, answer.json["code"]) == (401, "unauthenticated"), rule
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_SEC_01_an_address_that_declares_nothing_lets_nobody_in(lite: Api) -> None:
    from server.app import create_app

    lite.app = create_app(lite.deps)
    lite.app.add_url_rule("/v1/forgotten", "forgotten", lambda: "secret")
    for role in (*(role.value for role in Role), None):
        answer = lite.get("/v1/forgotten", role=role)
        assert answer.status_code == 403
        assert b"secret" not in answer.data


def test_SEC_01_read_only_auditor_has_no_address_that_changes_anything(lite: Api) -> None:
    harmless = {"/v1/decisions", "/v1/decisions/<decision_id>/replay"}
    found = {
        rule
        for method, rule, view in routes(lite.app)
        if method != "GET" and Role.AUDITOR in door_of(view).roles and not door_of(view).public
    }
    assert found == harmless


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "Bearer wrong", "bearer\tx", "Bearer \xff"])
def test_SEC_04_no_and_bad_keys_are_refused(lite: Api, header: str) -> None:
    answer = lite.app.test_client().get("/v1/orders", headers={"Authorization": header})
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")


def test_a_key_may_come_as_the_name_or_the_password_of_basic_authentication(lite: Api) -> None:
    client, key = lite.app.test_client(), lite.keys["sales"]
    for name, password, status in ((key, "", 200), ("", key, 200), ("sales", "wrong", 401), ("", "", 401)):
        assert client.get("/v1/skus", auth=(name, password)).status_code == status, (name[:5], password[:5])


def test_SEC_04_a_revoked_key_is_refused(lite: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from server.api.call import keys
    from server.db import people

    monkeypatch.setattr(keys, "REMEMBER_S", 0.0)
    assert lite.get("/v1/skus", role="sales").status_code == 200
    with lite.deps.store.db.write() as conn:
        key_id = next(key["id"] for key in people.list_keys(conn) if key["name"] == "sales")
        people.revoke_key(conn, key_id)
    assert lite.get("/v1/skus", role="sales").status_code == 401


def test_calls_over_the_limit_of_a_minute_wait_and_say_how_long(hurried: Api) -> None:
    assert [hurried.get("/v1/skus", role="sales").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = hurried.get("/v1/skus", role="sales")
    assert answer.json["code"] == "rate_limited"
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert (answer.headers["RateLimit-Limit"], answer.headers["RateLimit-Remaining"]) == ("3", "0")
    first = hurried.get("/v1/skus", role="admin").headers
    assert first["RateLimit-Remaining"] == "2"
    assert 1 <= int(first["RateLimit-Reset"]) <= 60
    assert hurried.get("/v1/skus", role="finance").status_code == 200  # another key has a minute of its own
    assert hurried.get("/healthz").status_code == 200
