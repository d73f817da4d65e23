"""The guards of the screens over real parts: sign-in, token, roles on every address, sessions, headers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orders.actor import Role
from server.db import people, sessions
from server.db.migrate import migrate
from server.demo.load import load_demo
from web.access import is_public
from web.session import LASTS
from web.views import session as session_views

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

    from server.deps import Deps

PASSWORD = "sluice-demo"
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 22, 2, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@dataclass
class House:
    """The screens' app over the demo company."""

    app: Flask
    deps: Deps
    clock: Clock

    def client(self, login: str | None = None) -> FlaskClient:
        """Return a browser without JavaScript, signed in or not."""
        client = self.app.test_client()
        if login:
            session_views._attempts.storage.reset()
            answer = self.post(client, "/sign-in", {"login": login, "password": PASSWORD}, page="/sign-in")
            assert answer.status_code == 302
        return client

    def post(self, client: FlaskClient, path: str, form: dict[str, Any], *, page: str = "/", **more: Any) -> Any:
        """Send a form with the token of a page."""
        found = TOKEN.search(client.get(page).get_data(as_text=True))
        assert found, page
        return client.post(path, data={**form, "csrf_token": found.group(1)}, **more)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    from server.config import load_settings
    from server.deps import build_deps
    from web import create_app

    settings = load_settings(data_dir=tmp_path_factory.mktemp("house"), database_url="", locale="zh")
    migrate(settings.url)
    clock = Clock()
    deps = build_deps(settings, clock=clock)
    load_demo(deps.store, clock())
    yield House(create_app(deps), deps, clock)
    deps.close()


@pytest.fixture(autouse=True)
def _fresh_attempts() -> None:
    session_views._attempts.storage.reset()


def views(house: House) -> list[tuple[str, str]]:
    """Return (method, path with its holes filled) of every address of the screens but the public ones."""
    found = []
    for rule in house.app.url_map.iter_rules():
        if not rule.endpoint.startswith("screens.") or rule.endpoint == "screens.static":
            continue
        if is_public(house.app.view_functions[rule.endpoint]):
            continue
        path = rule.rule.replace("<kind>", "skus").replace("<int:page>", "1")
        path = re.sub(r"<[a-z_]+>", "x_1", path)
        found += [(method, path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}]
    return found


def test_SEC_04_every_address_asks_a_stranger_to_sign_in(house: House) -> None:
    client = house.client()
    token = TOKEN.search(client.get("/sign-in").get_data(as_text=True))
    assert token
    for method, path in views(house):
        answer = client.open(path, method=method, headers={"X-CSRFToken": token.group(1)})
        assert answer.status_code == 302, (method, path)
        assert "/sign-in" in answer.headers["Location"], (method, path)


def test_a_second_app_of_one_process_has_the_same_guards(house: House) -> None:
    from web import create_app

    again = create_app(house.deps)
    answer = again.test_client().get("/orders")
    assert answer.status_code == 302
    assert "/sign-in" in answer.location
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_SEC_01_every_view_has_a_mark(house: House) -> None:
    for endpoint, view in house.app.view_functions.items():
        if endpoint.startswith("screens.") and endpoint != "screens.static":
            assert is_public(view) or hasattr(view, "sluice_screen"), endpoint


def test_SEC_06_an_auditor_changes_nothing_anywhere(house: House) -> None:
    client = house.client("auditor")
    token = TOKEN.search(client.get("/").get_data(as_text=True))
    assert token
    own = {"/notices/read", "/notices/preferences"}  # what one has read and how one is told concerns nobody else
    for method, path in views(house):
        if method != "GET" and path not in own:
            answer = client.open(
                path, method=method, headers={"X-CSRFToken": token.group(1)}, data={"reason": "看一看"}
            )
            assert answer.status_code in (403, 404), (method, path, answer.status_code)


def test_what_no_page_of_ours_sends_is_refused(house: House) -> None:
    client = house.client("admin")
    form = {"login": "a\0b", "password": "x"}
    answer = house.post(house.client(), "/sign-in", form, page="/sign-in")
    assert (answer.status_code, answer.location) == (302, "/sign-in")  # 401 would say that it was looked up
    token = TOKEN.search(client.get("/").get_data(as_text=True))
    assert token
    for body in (b"[1]", b"null", b'{"a":"\\u0000"}', b'{"a":"\\ud800"}', b'{"a":1,"a":2}', b"[" * 5000, b"{"):
        answer = client.patch(
            "/drafts/x_1", data=body, content_type="application/json", headers={"X-CSRFToken": token.group(1)}
        )
        assert answer.status_code == 400, body


def test_a_form_without_the_token_does_nothing(house: House) -> None:
    client = house.client("risk")
    for method, path in views(house):
        if method != "GET":
            assert client.open(path, method=method).status_code == 400, path


def test_a_sign_in_without_the_token_is_no_sign_in(house: House) -> None:
    client = house.client()
    client.post("/sign-in", data={"login": "sales", "password": PASSWORD})
    assert client.get("/orders").status_code == 302


def test_a_copied_cookie_opens_nothing_after_the_sign_out(house: House) -> None:
    client, thief, other = house.client("production"), house.app.test_client(), house.client("production")
    cookie = client.get_cookie("sluice_session")
    thief.set_cookie("sluice_session", cookie.value)
    assert thief.get("/orders").status_code == 200
    house.post(client, "/sign-out", {})
    assert thief.get("/orders").status_code == 302
    assert other.get("/orders").status_code == 200  # the same person elsewhere stays signed in


def test_an_ended_session_is_forgotten_when_its_cookies_have_run_out(house: House) -> None:
    now = house.clock()
    with house.deps.store.db.write() as conn:
        sessions.end(conn, "mine", now + LASTS)
        assert sessions.forget_old(conn, now + LASTS) == 0
        assert sessions.has_ended(conn, "mine")
        sessions.forget_old(conn, now + LASTS + timedelta(seconds=1))
        assert not sessions.has_ended(conn, "mine")


def test_a_wrong_password_is_refused_and_keeps_the_login(house: House) -> None:
    client = house.client()
    answer = house.post(client, "/sign-in", {"login": "sales2", "password": "wrong"}, page="/sign-in")
    assert answer.status_code == 401
    assert 'value="sales2"' in answer.get_data(as_text=True)


def test_sign_ins_of_one_address_are_limited_on_both_sides(house: House) -> None:
    client = house.client()
    statuses = [
        house.post(client, "/sign-in", {"login": f"nobody{n}", "password": "x"}, page="/sign-in").status_code
        for n in range(21)
    ]
    assert statuses[:20] == [401] * 20
    assert statuses[20] == 429


@pytest.mark.parametrize(
    ("caller", "last"), [("127.0.0.1", 401), ("203.0.113.9", 429)], ids=["our proxy", "a stranger who says so"]
)
def test_only_a_proxy_of_ours_says_who_signs_in(house: House, caller: str, last: int) -> None:
    client = house.client()
    session_views._attempts.storage.reset()
    statuses = [
        house.post(
            client,
            "/sign-in",
            {"login": f"nobody{n}", "password": "x"},
            page="/sign-in",
            environ_overrides={"REMOTE_ADDR": caller},
            headers={"X-Forwarded-For": f"198.51.100.{n}"},
        ).status_code
        for n in range(21)
    ]
    session_views._attempts.storage.reset()
    assert statuses[-1] == last


def test_ten_wrong_passwords_lock_the_login_even_for_the_right_one(house: House) -> None:
    client = house.client()
    for _ in range(10):
        house.post(client, "/sign-in", {"login": "risk2", "password": "wrong"}, page="/sign-in")
    session_views._attempts.storage.reset()
    assert house.post(client, "/sign-in", {"login": "risk2", "password": PASSWORD}, page="/sign-in").status_code == 401
    house.clock.now += timedelta(minutes=15, seconds=1)
    assert house.post(client, "/sign-in", {"login": "risk2", "password": PASSWORD}, page="/sign-in").status_code == 302


def test_who_is_switched_off_is_out_at_once(house: House) -> None:
    with house.deps.store.db.write() as conn:
        user = {"login": "leaver", "name": "离职", "password": PASSWORD, "roles": [Role.SALES]}
        user_id = people.add_user(conn, user, house.clock())
    client = house.client("leaver")
    assert client.get("/orders").status_code == 200
    with house.deps.store.db.write() as conn:
        people.set_user(conn, user_id, {"state": "retired"}, house.clock())
    assert client.get("/orders").status_code == 302


def test_a_new_password_ends_the_sessions_of_the_old_one(house: House) -> None:
    with house.deps.store.db.write() as conn:
        user = {"login": "renewed", "name": "换密码", "password": PASSWORD, "roles": [Role.SALES]}
        user_id = people.add_user(conn, user, house.clock())
    client = house.client("renewed")
    assert client.get("/orders").status_code == 200
    with house.deps.store.db.write() as conn:
        people.set_password(conn, user_id, "another-password", house.clock())
    assert client.get("/orders").status_code == 302


def test_checking_a_password_keeps_nobody_from_writing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    found = people._matches

    def slow(stored: str, password: str) -> bool:
        with house.deps.store.db.write():  # waits for ever if the one writer is held while hashing
            return found(stored, password)

    monkeypatch.setattr(people, "_matches", slow)
    assert house.client("sales").get("/orders").status_code == 200


@pytest.mark.parametrize(("scheme", "secure"), [("https", True), ("http", False)])
def test_the_session_travels_over_https_alone_where_there_is_https(house: House, scheme: str, secure: bool) -> None:
    answer = house.app.test_client().get("/sign-in", base_url=f"{scheme}://localhost")
    (cookie,) = (told for told in answer.headers.getlist("Set-Cookie") if told.startswith("sluice_session="))
    assert ("Secure" in cookie, "HttpOnly" in cookie, "SameSite=Lax" in cookie) == (secure, True, True)


@pytest.mark.parametrize(
    ("remote", "forwarded", "caller"),
    [
        ("127.0.0.1", "203.0.113.9, 198.51.100.7", "198.51.100.7"),  # the last one is what our proxy saw itself
        ("::1", "198.51.100.8", "198.51.100.8"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("198.51.100.9", "203.0.113.1", "198.51.100.9"),  # whoever is no proxy of ours names nobody
    ],
)
def test_behind_a_proxy_sign_ins_are_limited_by_caller(house: House, remote: str, forwarded: str, caller: str) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    with house.app.test_request_context("/sign-in", headers=headers, environ_base={"REMOTE_ADDR": remote}):
        assert session_views._address() == caller


def test_who_lost_a_role_lost_its_screens_at_once(house: House) -> None:
    with house.deps.store.db.write() as conn:
        user = {"login": "mover", "name": "调岗", "password": PASSWORD, "roles": [Role.FINANCE]}
        user_id = people.add_user(conn, user, house.clock())
    client = house.client("mover")
    assert client.get("/master/credit").status_code == 200
    with house.deps.store.db.write() as conn:
        people.set_user(conn, user_id, {"roles": [Role.SALES]}, house.clock())
    assert client.get("/master/credit").status_code == 403


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/a\\b",
        "/\t/evil.example",
        "/a\nb",
        "javascript:alert(1)",
    ],
)
def test_no_open_redirect_after_signing_in(house: House, target: str) -> None:
    client = house.client()
    form = {"login": "sales", "password": PASSWORD, "next": target}
    answer = house.post(client, "/sign-in", form, page="/sign-in")
    assert answer.headers["Location"] == "/"


def test_the_way_back_stays_on_this_site(house: House) -> None:
    client = house.client()
    form = {"login": "sales", "password": PASSWORD, "next": "/orders?state=split"}
    answer = house.post(client, "/sign-in", form, page="/sign-in")
    assert answer.headers["Location"] == "/orders?state=split"


def test_every_page_carries_the_policy_and_no_inline_script_or_style(house: House) -> None:
    client = house.client("admin")
    for method, path in views(house):
        if method != "GET" or "x_1" in path or path.endswith("/export"):
            continue
        answer = client.get(path)
        text = answer.get_data(as_text=True)
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"], path
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY", path
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path
        assert not re.search(r"<[a-z][^>]*\s(?:style|on[a-z]+)=", text), path


def test_an_error_page_carries_the_policy_too(house: House) -> None:
    answer = house.client("sales").get("/no/such/page")
    assert answer.status_code == 404
    told = answer.headers["Content-Security-Policy"]
    none = ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'")
    own = ("script-src 'self'", "connect-src 'self'", "form-action 'self'")
    assert all(directive in told.split("; ") for directive in none + own)


def test_no_page_is_sniffed_kept_or_opened_by_another_site(house: House) -> None:
    answer = house.client("sales").get("/")
    assert {name: answer.headers.get(name) for name in FIXED} == FIXED
    for address, kept in (("?v=1", "public, max-age=31536000, immutable"), ("", "no-cache")):
        with house.app.test_client().get("/assets/css/frame.css" + address) as style:
            told = style.status_code, style.headers["X-Content-Type-Options"], style.headers["Cache-Control"]
        assert told == (200, "nosniff", kept)


def test_what_a_session_held_before_the_sign_in_is_gone_after_it(house: House) -> None:
    client = house.client()
    client.get("/sign-in")
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    house.post(client, "/sign-in", {"login": "sales", "password": PASSWORD}, page="/sign-in")
    with client.session_transaction() as session:
        assert "planted" not in session
        assert session.permanent


def test_the_api_takes_no_session_cookie(house: House) -> None:
    assert house.client("admin").get("/v1/orders").status_code == 401


def test_the_demo_hint_is_shown_only_where_the_demo_is(house: House) -> None:
    assert PASSWORD in house.client().get("/sign-in").get_data(as_text=True)
    with house.deps.store.db.write() as conn:
        user = next(user for user in people.list_users(conn) if user["login"] == "sales2")
        people.set_user(conn, user["id"], {"state": "retired"}, house.clock())
    assert PASSWORD not in house.client().get("/sign-in").get_data(as_text=True)
    with house.deps.store.db.write() as conn:
        people.set_user(conn, user["id"], {"state": "active"}, house.clock())


def test_SEC_02_export_of_customers_is_refused_to_sales_and_given_to_the_auditor(house: House) -> None:
    assert house.client("sales").get("/master/customers/export").status_code == 403
    assert house.client("sales_supervisor").get("/master/customers/export").status_code == 403
    assert house.client("auditor").get("/master/customers/export").status_code == 200
