"""Large sheets are written by a job: progress, a report with cells, undo."""

from __future__ import annotations

import pytest

from orders.actor import Role
from server import imports
from server.api.master import DOORS
from tests.integration.desk.conftest import actor
from tests.integration.desk.test_documents import run_jobs

PRODUCTION = actor(Role.PRODUCTION)


@pytest.fixture
def store(sqlite_store):
    """The SQL of imports is tested in tests/integration/db."""
    return sqlite_store


def sheet(rows: int) -> bytes:
    lines = (f"N-{number},新,个" if number != 7 else "N-7,,个" for number in range(rows))
    return ("sku,name,unit\n" + "\n".join(lines)).encode()


@pytest.mark.parametrize(("rows", "state"), [(imports.MOST_AT_ONCE, "done"), (imports.MOST_AT_ONCE + 1, "running")])
def test_XLS_01_large_sheet_is_written_by_a_job(deps, rows, state):
    assert PRODUCTION.has(*DOORS["skus"].write)
    begun = imports.import_sheet(deps, PRODUCTION, "skus", "many.csv", sheet(rows))
    assert (begun["state"], begun["total"]) == (state, rows)
    run_jobs(deps)
    report = imports.report(deps, PRODUCTION, begun["id"])
    assert (report["state"], report["accepted"], report["rejected"]) == ("done", rows - 1, 1)
    assert [reject["cell"] for reject in report["rejects"]] == ["B9"]
    assert "N-8" in deps.catalogue().skus
    assert imports.undo(deps, PRODUCTION, begun["id"])["state"] == "undone"
    assert "N-8" not in deps.catalogue().skus


def test_XLS_01_import_that_breaks_every_time_says_so_and_can_be_undone(deps):
    begun = imports.import_sheet(deps, PRODUCTION, "skus", "many.csv", sheet(imports.MOST_AT_ONCE + 1))
    with deps.store.db.write() as conn:
        imports.given_up(conn, begun["id"])
    run_jobs(deps)  # a job that comes late changes nothing
    assert imports.report(deps, PRODUCTION, begun["id"])["state"] == "failed"
    assert imports.undo(deps, PRODUCTION, begun["id"])["state"] == "undone"
