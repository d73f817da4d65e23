"""U2: a change of the rules against every stored order: the very orders that flip, and honest counts."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import orjson
import pytest
from sqlalchemy import insert, select, update

from bench.decision_orders import NOW, frozen_orders
from bench.history import lay_in, order_id
from orders.actor import Role
from orders.errors import Forbidden, InvalidOrder, Refused, RuleAuthorError
from rules.bundle import bundle_from_dir, bundle_hash, load_bundle
from rules.change.flips import flip
from rules.decide import decide_json, open_facts
from rules.process.children import EnginePool
from server.db import jobs
from server.db.rulework import backtests
from server.db.tables import approvals, backtest_flips, decisions, hold_verdicts, holds, orders
from server.deps import CatalogueCache, Deps
from server.desk.rulework import backtest, rejudge, rules_draft
from server.tasks import backtest_given_up
from tests.integration.desk.conftest import SECRET, actor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.bundle import Bundle

RISK = actor(Role.RISK)
COUNT = 60
SHIPPED = bundle_from_dir()


def changed(**params: str) -> dict[str, str]:
    """Return the shipped files with other values of some params."""
    files = dict(SHIPPED.files)
    for name, value in params.items():
        for file in files:
            files[file] = re.sub(rf"(\b{name}: {{value: )(\[[^]]+\]|[^,]+)", rf"\g<1>{value}", files[file])
        assert any(value in text for text in files.values())
    return files


@cache
def compiled(files: tuple[tuple[str, str], ...]) -> Bundle:
    return load_bundle(dict(files))


@pytest.fixture
def deps(sqlite_store, tmp_path, clock, engine, recognizer) -> Deps:
    from server.config import load_settings

    settings = load_settings(database_url=str(sqlite_store.db.url), data_dir=tmp_path, secret_key=SECRET)
    lay_in(sqlite_store, SHIPPED, COUNT)
    clock.now = NOW + timedelta(hours=1)
    return Deps(settings, sqlite_store, clock, engine, CatalogueCache(sqlite_store), recognizer, secret_key=SECRET)


@pytest.fixture(scope="module")
def children() -> Iterator[dict[str, EnginePool]]:
    """The engine children of this module's bundles, kept from test to test."""
    pools: dict[str, EnginePool] = {}
    yield pools
    for pool in pools.values():
        pool.close()


@pytest.fixture(autouse=True)
def _small_pages_kept_children(request, monkeypatch, children) -> None:
    """Pages of 7 orders; real children, but started once for each bundle (one test starts its own)."""
    monkeypatch.setattr(rejudge, "PAGE", 7)
    if request.function in (test_U2_the_flips_are_those_of_deciding_each_order_alone,):
        return

    def kept(_judges, files: dict[str, str]) -> EnginePool:
        name = bundle_hash(files)
        if name not in children:
            children[name] = EnginePool(compiled(tuple(files.items())), deadline_s=30, module=rejudge.CHILD)
        return children[name]

    monkeypatch.setattr(rejudge._Judges, "_pool", kept)
    monkeypatch.setattr(rules_draft, "authored", lambda files, _sites: compiled(tuple(files.items())))


def expected(files: dict[str, str], facts: list[bytes]) -> dict[str, object]:
    """Decide every order alone, in this process, by both bundles."""
    candidate, found = compiled(tuple(files.items())), {}
    for number, item in enumerate(facts):
        seen = flip(*(_body(item, bundle) for bundle in (SHIPPED, candidate)))
        if seen is not None:
            found[order_id(number)] = (",".join(seen.kinds), seen.old, seen.new)
    return found


def _body(facts: bytes, bundle) -> dict[str, object]:
    return orjson.loads(orjson.dumps(decide_json(open_facts(facts), bundle)))


def stored_flips(deps: Deps, backtest_id: str) -> dict[str, object]:
    with deps.store.db.read() as conn:
        rows = conn.execute(select(backtest_flips).where(backtest_flips.c.backtest_id == backtest_id)).all()
    return {row.order_id: (row.kinds.strip(","), row.old, row.new) for row in rows}


def test_U2_the_flips_are_those_of_deciding_each_order_alone(deps: Deps) -> None:
    files = changed(pickup_limit="100000.00元", default_site="CD")
    made = backtest.start(deps, RISK, files, name="放宽驿站")
    assert rejudge.run(deps, made, cores=2) == "done"
    wanted = expected(files, frozen_orders(COUNT))
    assert {kind for kinds, *_ in wanted.values() for kind in kinds.split(",")} >= {"outcome", "hold", "route"}
    assert stored_flips(deps, made) == wanted
    told = backtest.state(deps, RISK, made)
    assert (told["state"], told["done"], told["total"]) == ("done", COUNT, COUNT)
    assert told["counts"]["flips"] == len(wanted)
    assert told["counts"]["orders"] == COUNT


def test_U2_orders_that_other_rules_had_decided_are_compared_with_the_live_ones(deps: Deps) -> None:
    files = changed(large_amount="3000.00元")
    with deps.store.db.write() as conn:
        conn.execute(update(decisions).where(decisions.c.order_id < order_id(20)).values(bundle="0" * 64, body="{}"))
        undecided = orjson.dumps({"holds": [{"code": "engine_failed"}]}).decode()
        conn.execute(update(decisions).where(decisions.c.order_id == order_id(30)).values(body=undecided, body_hash=""))
    made = backtest.start(deps, RISK, files)
    assert rejudge.run(deps, made, cores=1) == "done"
    assert stored_flips(deps, made) == expected(files, frozen_orders(COUNT))


def test_U2_erased_orders_are_counted_not_judged(deps: Deps) -> None:
    with deps.store.db.write() as conn:
        deps.store.vault.erase(conn, "person:3", deps.clock())
    made = backtest.start(deps, RISK, changed(large_amount="3000.00元"))
    rejudge.run(deps, made, cores=1)
    counts = backtest.state(deps, RISK, made)["counts"]
    assert (counts["erased"], counts["orders"], counts["failed"]) == (1, COUNT - 1, 0)
    assert order_id(3) not in stored_flips(deps, made)


def test_U2_facts_that_cannot_be_judged_are_counted_with_the_reason(deps: Deps) -> None:
    with deps.store.db.write() as conn:
        key = deps.store.vault.subject_key(conn, "person:5", deps.clock())
        broken = deps.store.vault.seal(key, b'{"layout":99}')
        conn.execute(update(decisions).where(decisions.c.order_id == order_id(5)).values(facts=broken))
    made = backtest.start(deps, RISK, changed(large_amount="3000.00元"))
    assert rejudge.run(deps, made, cores=1) == "done"
    counts = backtest.state(deps, RISK, made)["counts"]
    assert (counts["failed"], counts["orders"]) == (1, COUNT - 1)
    assert "layout 99" in counts["reasons"][0]


def test_U2_cancel_stops_it_and_keeps_what_was_found(deps: Deps, monkeypatch) -> None:
    made = backtest.start(deps, RISK, changed(large_amount="3000.00元"))
    stored = rejudge._store

    def cancelling(*args):
        if args[1]["done"] == 21:
            backtest.cancel(deps, RISK, made)
        return stored(*args)

    monkeypatch.setattr(rejudge, "_store", cancelling)
    assert rejudge.run(deps, made, cores=1) == "over"
    told = backtest.cancel(deps, RISK, made)
    assert (told["state"], told["done"]) == ("cancelled", 21)
    assert rejudge.run(deps, made) == "over", "a cancelled one does not begin again"
    assert set(stored_flips(deps, made)) <= {order_id(number) for number in range(21)}


def test_U2_a_worker_that_died_costs_one_page_and_nothing_counts_twice(deps: Deps, monkeypatch) -> None:
    files = changed(large_amount="3000.00元")
    made = backtest.start(deps, RISK, files)
    stored = rejudge._store

    def dying(*args):
        if args[1]["done"] == 28:
            raise ConnectionError("the worker dies")
        return stored(*args)

    with monkeypatch.context() as patched:
        patched.setattr(rejudge, "_store", dying)
        with pytest.raises(ConnectionError):
            rejudge.run(deps, made, cores=1)
    assert rejudge.run(deps, made, cores=1) == "done"
    assert stored_flips(deps, made) == expected(files, frozen_orders(COUNT))
    counts = backtest.state(deps, RISK, made)["counts"]
    assert (counts["orders"], counts["flips"]) == (COUNT, len(stored_flips(deps, made)))


def test_U2_two_workers_on_one_backtest_store_each_page_once(deps: Deps) -> None:
    made = backtest.start(deps, RISK, changed(large_amount="3000.00元"))
    with deps.store.db.write() as conn:
        first, second = (backtests.begin(conn, made, deps.clock()) for _ in range(2))
        assert backtests.advance(conn, first, {"cursor": order_id(6), "done": 7}, [])
        assert not backtests.advance(conn, second, {"cursor": order_id(6), "done": 7}, [])


def test_U2_orders_that_come_later_are_left_out(deps: Deps) -> None:
    with deps.store.db.write() as conn:
        later = deps.clock() + timedelta(seconds=1)
        conn.execute(update(orders).where(orders.c.id == order_id(COUNT - 1)).values(created_at=later))
    made = backtest.start(deps, RISK, changed(large_amount="3000.00元"))
    rejudge.run(deps, made, cores=1)
    assert backtest.state(deps, RISK, made)["done"] == COUNT - 1


def hold_on(conn, number: int, state: str, *, hours: int = 2, verdict: str = "") -> None:
    row = {
        "id": f"hld_{number}",
        "order_id": order_id(number),
        "code": "C",
        "gate": "approve",
        "rule": "r",
        "severity": "blocking",
        "who": ["risk"],
        "message": {},
        "release_options": [],
        "state": state,
        "decision_id": "",
        "created_at": NOW,
        "released_at": NOW + timedelta(hours=hours) if state == "released" else None,
        "owner_id": "system",
        "org_id": "org_main",
    }
    conn.execute(insert(holds), row)
    if verdict:
        said = {"hold_id": row["id"], "verdict": verdict, "reason": "x", "actor": "usr_risk", "at": NOW}
        conn.execute(insert(hold_verdicts), said)


def test_U2_caught_and_wrongly_held_are_counted_where_the_truth_is_known(deps: Deps) -> None:
    lax = {"same_id_limit": "100", "pickup_limit": "100000.00元", "promo_deviation": "99%"}
    files = changed(**lax, max_overdue_days="9999", min_score="1")
    candidate = compiled(tuple(files.items()))
    freed = [
        number
        for number, facts in enumerate(frozen_orders(COUNT))
        if _body(facts, SHIPPED)["outcome"] in ("hold", "reject")
        and _body(facts, candidate)["outcome"] not in ("hold", "reject")
    ]
    assert len(freed) >= 3
    right, released, wrong, *_ = freed
    with deps.store.db.write() as conn:
        hold_on(conn, right, "active", verdict="right")
        hold_on(conn, released, "released", hours=5)
        hold_on(conn, wrong, "active", verdict="wrong")
        conn.execute(update(orders).where(orders.c.id == order_id(released)).values(state="shipped"))
    made = backtest.start(deps, RISK, files)
    rejudge.run(deps, made, cores=1)
    counts = backtest.state(deps, RISK, made)["counts"]
    told = {name: counts[name]["orders"] for name in ("before_caught", "before_wrong", "after_missed", "after_wrong")}
    assert told == {"before_caught": 1, "before_wrong": 2, "after_missed": 1, "after_wrong": 0}
    assert counts["unknown"] == COUNT - 3
    assert counts["newly_free"]["orders"] == len(freed)
    assert counts["hours_freed"] == 5.0
    with deps.store.db.read() as conn:
        paid = sum(
            conn.execute(select(orders.c.payable_fen).where(orders.c.id.in_([order_id(n) for n in freed]))).scalars()
        )
    assert counts["newly_free"]["fen"] == {"CNY": paid}


def test_U2_the_list_filters_by_kind_pages_and_downloads(deps: Deps) -> None:
    made = backtest.start(deps, RISK, changed(pickup_limit="100000.00元", default_site="CD"))
    rejudge.run(deps, made, cores=1)
    everything = stored_flips(deps, made)
    held = {name for name, (kinds, *_) in everything.items() if "hold" in kinds.split(",")}
    assert held
    assert held != set(everything)
    first, cursor = backtest.flips(deps, RISK, made, backtest.Wanted("hold", 1))
    rest, end = backtest.flips(deps, RISK, made, backtest.Wanted("hold", 500, cursor))
    assert {row["order_id"] for row in (*first, *rest)} == held
    assert end is None
    rows = list(csv.DictReader(io.StringIO("".join(backtest.csv_rows(deps, RISK, made)).removeprefix("\ufeff"))))
    assert {row["order_id"] for row in rows} == set(everything)
    assert all(row["before"] and row["after"] for row in rows)
    with pytest.raises(InvalidOrder, match="no kind"):
        backtest.flips(deps, RISK, made, backtest.Wanted("colour"))


def test_U2_a_cell_that_looks_like_a_formula_is_made_harmless() -> None:
    assert backtest.csv_line(["=1+1", "@x", "5"]) == "'=1+1,'@x,5\r\n"


def test_U2_only_the_rules_team_starts_one_and_readers_of_all_orders_see_it(deps: Deps) -> None:
    with pytest.raises(Forbidden):
        backtest.start(deps, actor(Role.FINANCE), changed(large_amount="3000.00元"))
    made = backtest.start(deps, RISK, changed(large_amount="3000.00元"))
    assert backtest.state(deps, actor(Role.AUDITOR), made)["state"] == "waiting"
    for call in (backtest.state, backtest.flips):
        with pytest.raises(Forbidden):
            call(deps, actor(Role.SALES_SUPERVISOR), made)
    with pytest.raises(Forbidden):
        backtest.cancel(deps, actor(Role.AUDITOR), made)


def test_U2_broken_files_are_refused_and_too_many_at_once_too(deps: Deps) -> None:
    with pytest.raises(RuleAuthorError):
        backtest.start(deps, RISK, {**SHIPPED.files, "fraud.yaml": "policy: [fraud"})
    for _ in range(backtest.MOST_OPEN):
        made = backtest.start(deps, RISK, changed(large_amount="3000.00元"))
    with pytest.raises(Refused, match="run already"):
        backtest.start(deps, RISK, changed(large_amount="3000.00元"))
    backtest.cancel(deps, RISK, made)
    backtest.start(deps, RISK, changed(large_amount="3000.00元"))


def test_U2_a_job_that_is_given_up_ends_its_backtest(deps: Deps) -> None:
    made = backtest.start(deps, RISK, changed(large_amount="3000.00元"))
    with deps.store.db.read() as conn:
        (job,) = [job for job in jobs.list_page(conn) if job["kind"] == backtest.JOB]
    assert job["args"] == {"backtest_id": made}
    with deps.store.db.write() as conn:
        backtest_given_up(deps, conn, job["args"])
    told = backtest.state(deps, RISK, made)
    assert (told["state"], told["error"]) == ("failed", "its worker died every time")


def test_U2_a_refused_order_was_rightly_stopped(deps: Deps) -> None:
    with deps.store.db.write() as conn:
        row = {
            "order_id": order_id(1),
            "step": "finance",
            "position": 0,
            "role": "finance",
            "rule": "r",
            "state": "rejected",
            "decision_id": "",
            "created_at": NOW,
            "owner_id": "system",
            "org_id": "org_main",
        }
        conn.execute(insert(approvals), row)
        conn.execute(update(orders).where(orders.c.id == order_id(2)).values(state="rejected", outcome="hold"))
        conn.execute(update(orders).where(orders.c.id == order_id(3)).values(state="rejected", outcome="reject"))
    made = backtest.start(deps, RISK, changed(large_amount="3000.00元"))
    rejudge.run(deps, made, cores=1)
    counts = backtest.state(deps, RISK, made)["counts"]
    assert counts["before_caught"]["orders"] + counts["before_missed"]["orders"] == 2
    assert counts["unknown"] == COUNT - 2
