"""The whole server without HTTP: the demo company on both databases, the shipped policies, a clock of the test's."""

from __future__ import annotations

import base64
import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url

from orders.actor import Actor, Role
from orders.decision import canonical_bytes
from server.arrival import Arrival
from server.config import load_settings
from server.demo.load import load_master
from server.deps import CatalogueCache, Deps
from server.pipeline import process
from tests.conftest import START, _maintain, filled

if TYPE_CHECKING:
    from pathlib import Path

    from ocr.sandbox import Sandbox
    from rules.process.children import EnginePool
    from server.db.store import Store

SECRET = base64.b64encode(b"x" * 32).decode()


class Clock:
    """Stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self):
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += timedelta(**delta)


@pytest.fixture(scope="session")
def _sqlite_template(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The migrated file with the demo company in it: every test here begins with a copy."""
    path = tmp_path_factory.mktemp("desk") / "template.db"
    shutil.copy(_sqlite_template, path)
    filled(f"sqlite:///{path}", path.parent, load_master)
    return path


@pytest.fixture(scope="session")
def _postgresql_template(
    postgresql_server: str, _postgresql_template: str, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The migrated database with the demo company in it."""
    _maintain(postgresql_server, f"CREATE DATABASE sluice_desk TEMPLATE {_postgresql_template}")
    url = make_url(postgresql_server).set(database="sluice_desk").render_as_string(hide_password=False)
    filled(url, tmp_path_factory.mktemp("desk-pg"), load_master)
    return "sluice_desk"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(shipped_engine: EnginePool) -> EnginePool:
    """The engine of the shipped policies; whoever needs another makes a pool of his own."""
    return shipped_engine


@pytest.fixture(scope="session")
def recognizer(tesseract_reader: Sandbox) -> Sandbox:
    return tesseract_reader


@pytest.fixture
def deps(store: Store, tmp_path: Path, clock: Clock, engine: EnginePool, recognizer: Sandbox) -> Deps:
    settings = load_settings(database_url=str(store.db.url), data_dir=tmp_path, secret_key=SECRET)
    catalogue = CatalogueCache(store)
    return Deps(settings, store, clock, engine, catalogue, recognizer, secret_key=SECRET)


def actor(role: Role, name: str = "") -> Actor:
    return Actor(f"usr_{name or role.value}", name or role.value, "user", frozenset({role}), "org_main")


def order(number: str, *lines: tuple[str, str], **more: object) -> dict[str, object]:
    address = more.pop("address", "江苏省苏州市虎丘区星湖街328号")
    contact = {"name": "张总", "phone": more.pop("phone", "13800138000")}
    prices = {"A-1001": "12.50", "A-1003": "46.00", "A-1007": "235.00", "A-1009": "18.50", "A-1010": "520.00"}
    return {
        "number": number,
        "currency": "CNY",
        "buyer": {"name": more.pop("buyer", "苏州恒力机电有限公司"), "contact": contact},
        "ship_to": {"contact": contact, "address": {"text": address}},
        "payment_terms": "net30",
        "lines": [{"sku": sku, "quantity": quantity, "unit_price": prices[sku]} for sku, quantity in lines],
        **more,
    }


def send(deps: Deps, value: dict[str, object], sender: Actor | None = None):
    sender = sender or actor(Role.SALES)
    data = canonical_bytes(value)
    return process(deps, Arrival(door="api", channel="erp", actor=sender, data=data, received_at=deps.clock()))
