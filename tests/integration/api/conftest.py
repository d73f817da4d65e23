"""The API over real parts: the demo company in a database of the test's own, one key for each role."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import make_url
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from orders.actor import Role
from tests import warm
from tests.conftest import START, _maintain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from werkzeug.test import TestResponse

    from server.deps import Deps

DATA_KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="


class Clock:
    """Stands still until a test moves it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@dataclass
class Api:
    """A client that calls as one of the roles."""

    deps: Deps
    app: Any
    clock: Clock
    keys: dict[str, str]
    language: str = "en"
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, *, role: str | None = "admin", **more: Any) -> TestResponse:
        headers = {"Accept-Language": self.language, **more.pop("headers", {})}
        if role is not None:
            headers["Authorization"] = f"Bearer {self.keys[role]}"
        return self.app.test_client().open(path, method=method, headers=headers, **more)

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.call("GET", path, **more)

    def post(self, path: str, value: Any = None, **more: Any) -> TestResponse:
        if value is not None:
            more["data"] = value if isinstance(value, bytes) else json.dumps(value).encode()
            more.setdefault("content_type", "application/json")
        return self.call(more.pop("method", "POST"), path, **more)

    def put(self, path: str, value: Any, **more: Any) -> TestResponse:
        return self.post(path, value, method="PUT", **more)

    def patch(self, path: str, value: Any, **more: Any) -> TestResponse:
        return self.post(path, value, method="PATCH", **more)

    def upload(self, path: str, name: str, data: bytes, **more: Any) -> TestResponse:
        """Send a file as a form. Encoded in memory: the test client would leave its temporary file open."""
        boundary, body = encode_multipart({"file": FileStorage(io.BytesIO(data), filename=name)})
        return self.call("POST", path, data=body, content_type=f"multipart/form-data; boundary={boundary}", **more)


@dataclass
class Demo:
    """A database with the demo company and one key for each role, to be copied for each test."""

    url: str
    keys: dict[str, str]


def _loaded(url: str, home: Path) -> Demo:
    from rules.bundle import bundle_from_dir
    from server.db import people
    from server.db.database import Database
    from server.db.rulework import bundles
    from server.db.store import open_store
    from server.demo.load import load_demo

    db = Database(url)
    store = open_store(db, [DATA_KEY], data_dir=home, now=START)
    load_demo(store, START)
    with db.write() as conn:
        bundle = bundle_from_dir()
        bundles.put(conn, bundle.hash, bundle.files, actor="system", now=START)
        bundles.publish(conn, bundle.hash, actor="system", now=START, reason="test")
        keys = {role.value: people.add_api_key(conn, _key(role), START)[1] for role in Role}
    db.close()
    if url.startswith("sqlite"):
        raw = sqlite3.connect(url.removeprefix("sqlite:///"))
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.close()
    return Demo(url, keys)


def _key(role: Role) -> dict[str, Any]:
    return {"name": role.value, "scopes": [role], "account": f"acc-{role.value}", "created_by": "test"}


@pytest.fixture(scope="session")
def demo_file(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    shutil.copy(_sqlite_template, path)
    return _loaded(f"sqlite:///{path}", path.parent)


@pytest.fixture(scope="session")
def demo_server(postgresql_server: str, _postgresql_template: str, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    _maintain(postgresql_server, f"CREATE DATABASE sluice_demo TEMPLATE {_postgresql_template}")
    url = make_url(postgresql_server).set(database="sluice_demo").render_as_string(hide_password=False)
    return _loaded(url, tmp_path_factory.mktemp("demo-pg"))


def built(url: str, keys: dict[str, str], tmp_path: Path, **settings: Any) -> Iterator[Api]:
    """Compose a server over a copied demo database; the engine child is the session's."""
    from server.config import load_settings
    from server.db.database import Database
    from server.db.store import open_store
    from server.deps import CatalogueCache, Deps

    clock = Clock(START)
    told = {"database_url": url, "data_dir": tmp_path / "data", "data_keys": (DATA_KEY,), "secret_key": "s" * 40}
    settings = load_settings(**{"rate_limit": 1_000_000, **told, **settings})
    store = open_store(Database(url), [DATA_KEY], data_dir=settings.data_dir, timezone=settings.timezone, now=START)
    engine, recognizer = warm.engine(), warm.reader()
    deps = Deps(settings, store, clock, engine, CatalogueCache(store), recognizer, settings.secret_key)
    try:
        yield Api(deps, _app(deps), clock, keys)
    finally:
        store.db.close()


_apps: list[Any] = []


def _app(deps: Deps) -> Any:
    """Return the session's one application over a test's deps: to make its routes took more time than most tests."""
    from server.app import create_app, equip

    if not _apps:
        _apps.append(create_app(deps))
    equip(_apps[0], deps)
    return _apps[0]


def _copied(demo: Demo, tmp_path: Path) -> str:
    path = tmp_path / "sluice.db"
    shutil.copy(demo.url.removeprefix("sqlite:///"), path)
    return f"sqlite:///{path}"


@pytest.fixture
def lite(demo_file: Demo, tmp_path: Path) -> Iterator[Api]:
    """The API on SQLite, for what does not depend on the database."""
    yield from built(_copied(demo_file, tmp_path), demo_file.keys, tmp_path)


@pytest.fixture
def hurried(demo_file: Demo, tmp_path: Path) -> Iterator[Api]:
    """The API with three calls a minute for each key."""
    yield from built(_copied(demo_file, tmp_path), demo_file.keys, tmp_path, rate_limit=3)


@pytest.fixture
def heavy(demo_server: Demo, postgresql_server: str, tmp_path: Path) -> Iterator[Api]:
    """The API on PostgreSQL."""
    name = f"t_{uuid.uuid4().hex[:16]}"
    _maintain(postgresql_server, f"CREATE DATABASE {name} TEMPLATE sluice_demo")
    url = make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)
    yield from built(url, demo_server.keys, tmp_path)
    _maintain(postgresql_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["lite", "heavy"])
def api(request: pytest.FixtureRequest) -> Api:
    """The API on both databases."""
    return request.getfixturevalue(request.param)


def order(**changes: Any) -> dict[str, Any]:
    """Return a sound order of the demo company."""
    value: dict[str, Any] = {
        "number": "PO-2026-0117",
        "channel": "erp",
        "issued_at": "2026-11-22T10:15:00+08:00",
        "currency": "CNY",
        "buyer": {
            "name": "苏州恒力机电有限公司",
            "ids": [{"scheme": "uscc", "value": "91320500MA1MXXXX1A"}],
            "contact": {"name": "张总", "phone": "13800138000"},
        },
        "ship_to": {
            "contact": {"name": "王工", "phone": "13900139000"},
            "address": {"text": "江苏省苏州市虎丘区星湖街328号"},
        },
        "requested_date": "2026-11-30",
        "payment_terms": "net30",
        "lines": [{"sku": "A-1001", "quantity": "100", "unit": "个", "unit_price": "12.50"}],
    }
    return value | changes


def small(number: str | None, **changes: Any) -> dict[str, Any]:
    """An order that nothing holds."""
    lines = [{"sku": "A-1004", "quantity": "10", "unit_price": "3.20"}]
    return order(**{"number": number, "payment_terms": None, "lines": lines} | changes)
