"""What a platform was told is there: one row at the door, one document behind it, whatever ends in between."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, func, select, text, update

from server.config import ROOT, child_environment
from server.db import originals
from server.db import tables as t
from server.db.vault import Erased
from server.desk import inbox
from tests.conftest import START
from tests.integration.api.conftest import DATA_KEY
from tests.integration.api.test_channels import POS, call, set_up

if TYPE_CHECKING:
    from sqlalchemy import Table

    from tests.integration.api.conftest import Api

KILLED = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from server.db import inbox as rows
from server.db.database import Database
from server.db.store import open_store
from server.desk import inbox
url, folder, key = sys.argv[1:]
store = open_store(Database(url), [key], data_dir=Path(folder), now=datetime.now(UTC))
rows.remove = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
inbox.empty(SimpleNamespace(store=store, clock=lambda: datetime.now(UTC), wake=None))
"""


def count(api: Api, *tables: Table) -> list[int]:
    with api.deps.store.db.read() as conn:
        return [conn.execute(select(func.count()).select_from(table)).scalar_one() for table in tables]


def test_IN_02_a_kill_between_the_rows_in_and_the_row_out_loses_and_doubles_nothing(api: Api) -> None:
    key = set_up(api)
    told = [call(api, key, POS, delivery=f"d{number}").json["document"] for number in range(3)]
    url = api.deps.store.db.url.render_as_string(hide_password=False)
    arguments = [url, str(api.deps.settings.data_dir), DATA_KEY]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], cwd=ROOT, env=child_environment())
    assert killed.returncode == -9
    assert count(api, t.inbox, t.documents, t.originals) == [3, 0, 0]
    assert [inbox.empty(api.deps), inbox.empty(api.deps)] == [3, 0]
    assert count(api, t.inbox, t.documents, t.originals) == [0, 3, 3]
    with api.deps.store.db.read() as conn:
        due = conn.execute(select(t.jobs.c.dedupe).where(t.jobs.c.kind == inbox.TAKE_JOB).order_by(t.jobs.c.due_at))
        assert sorted(due.scalars()) == sorted(told)


def test_IN_02_a_delivery_known_here_is_the_same_document_wherever_it_stands(api: Api) -> None:
    key = set_up(api)
    first = call(api, key, POS).json["document"]
    assert call(api, key, POS).json["document"] == first
    inbox.empty(api.deps)
    assert call(api, key, POS).json["document"] == first
    with api.deps.store.db.write() as conn:  # one from before there was an inbox
        conn.execute(delete(t.jobs).where(t.jobs.c.dedupe == first))
        conn.execute(update(t.documents).values(id="doc_before"))
    assert call(api, key, POS).json["document"] == "doc_before"
    assert count(api, t.inbox, t.documents) == [0, 1]


def test_IN_02_a_delivery_that_became_a_document_meanwhile_stays_one(lite: Api) -> None:
    key = set_up(lite)
    call(lite, key, POS)
    with lite.deps.store.db.write() as conn:
        (kept,) = conn.execute(select(t.inbox)).mappings().all()
    inbox.empty(lite.deps)
    with lite.deps.store.db.write() as conn:
        conn.execute(t.inbox.insert(), dict(kept))
    assert inbox.empty(lite.deps) == 1
    assert count(lite, t.inbox, t.documents, t.originals) == [0, 1, 1]


def test_IN_02_whoever_asks_for_a_document_before_its_turn_sees_it(api: Api) -> None:
    document = call(api, set_up(api), POS).json["document"]
    assert api.get(f"/v1/documents/{document}").json["state"] == "received"
    assert count(api, t.inbox, t.documents) == [0, 1]
    assert api.get("/v1/documents/doc_none").status_code == 404


def test_IN_02_deliveries_are_taken_in_the_order_in_which_they_came(lite: Api) -> None:
    key, told = set_up(lite), []
    for number in range(5):
        told.append(call(lite, key, POS, delivery=f"d{number}").json["document"])
        lite.clock.forward(seconds=1)
    inbox.empty(lite.deps)
    query = select(t.jobs.c.dedupe).where(t.jobs.c.kind == inbox.TAKE_JOB).order_by(t.jobs.c.due_at)
    with lite.deps.store.db.read() as conn:
        assert list(conn.execute(query).scalars()) == told


def test_what_lies_in_the_inbox_is_sealed_and_behind_it_each_has_a_key_of_its_own(lite: Api) -> None:
    key = set_up(lite)
    value = json.loads(json.dumps(POS)) | {"phone": "13800138000"}
    document = call(lite, key, value).json["document"]
    with lite.deps.store.db.read() as conn:
        assert b"13800138000" not in conn.execute(select(t.inbox.c.sealed)).scalar_one()
    inbox.empty(lite.deps)
    store = lite.deps.store
    with store.db.write() as conn:
        row = conn.execute(select(t.documents).where(t.documents.c.id == document)).one()
        original = originals.fetch(conn, store, row.original_id)
        assert b"13800138000" in original.data
        assert store.vault.erase(conn, f"original:{original.id}", START) == 1
        with pytest.raises(Erased):
            originals.fetch(conn, store, original.id)


def test_IN_02_a_row_that_cannot_be_unsealed_waits_and_holds_up_nobody(lite: Api) -> None:
    key = set_up(lite)
    bad, good = (call(lite, key, POS, delivery=own).json["document"] for own in ("d1", "d2"))
    with lite.deps.store.db.write() as conn:
        sound = conn.execute(select(t.inbox.c.sealed).where(t.inbox.c.id == bad)).scalar_one()
        conn.execute(update(t.inbox).where(t.inbox.c.id == bad).values(sealed=sound[:-1] + b"?"))
    inbox.empty(lite.deps)
    with lite.deps.store.db.read() as conn:
        assert conn.execute(select(t.documents.c.id)).scalars().all() == [good]
        assert conn.execute(select(t.inbox.c.attempts, t.inbox.c.last_error)).one().attempts == 1
    with lite.deps.store.db.write() as conn:
        conn.execute(update(t.inbox).values(sealed=sound))
    assert inbox.empty(lite.deps) == 0, "not before its time"
    lite.clock.forward(minutes=1)
    assert inbox.empty(lite.deps) == 1
    assert count(lite, t.inbox, t.documents) == [0, 2]


def test_what_goes_wrong_at_the_short_door_is_told_by_the_ordinary_one(lite: Api) -> None:
    key = set_up(lite)
    with lite.deps.store.db.write() as conn:
        conn.execute(text("ALTER TABLE inbox RENAME TO gone"))
    answer = call(lite, key, POS)
    assert (answer.status_code, answer.content_type) == (500, "application/problem+json")
    assert answer.headers["X-Request-Id"]
    with lite.deps.store.db.write() as conn:
        conn.execute(text("ALTER TABLE gone RENAME TO inbox"))
    assert call(lite, key, POS).status_code == 202
