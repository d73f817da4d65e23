"""A canary beside the live bundle, in real engine children: shares, the way in and out, no order without a decision."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import orjson
import pytest

from rules.bundle import bundle_from_dir, load_bundle
from rules.change.edit import without
from rules.lanes import Lanes, order_key, share_of
from rules.process import prover
from rules.process.prover import SLOW_MS, Asked, prove, proven

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.bundle import Bundle

NEW = "order.payable > $pickup_limit"


@pytest.fixture(scope="module")
def live() -> Bundle:
    return bundle_from_dir()


@pytest.fixture(scope="module")
def paused(live: Bundle) -> Bundle:
    return load_bundle(without(live.files, ["RSK-05"]))


@pytest.fixture
def lanes(live: Bundle) -> Iterator[Lanes]:
    pool = Lanes(live)
    yield pool
    pool.close()


def large(number: int) -> bytes:
    head = {"order.number": f"PO-{number}", "order.channel": "erp", "order.payable": 9_000_000, "order.type": "stock",
            "system.today": "2026-11-22"}  # fmt: skip
    rows = {"line": [], "stock": [], "site": [], "duplicate": []}
    return orjson.dumps({"layout": 1, "head": head, "personal": {}, "released": [], **rows})


def test_a_canary_decides_its_share_and_the_answers_keep_their_order(lanes: Lanes, paused: Bundle) -> None:
    batch = [large(number) for number in range(40)]
    lanes.set_canary(paused, 30)
    chosen = [share_of(order_key(facts)) < 3000 for facts in batch]
    assert 0 < sum(chosen) < 40
    decided = lanes.decide_many(batch)
    assert [item.bundle == paused.hash for item in decided] == chosen
    assert ["LARGE_ORDER" in [hold.code for hold in item.body.holds] for item in decided] == [not it for it in chosen]
    assert [lanes.decide(facts).bundle for facts in batch[:10]] == [item.bundle for item in decided[:10]]
    assert lanes.canary == (paused.hash, 30)
    lanes.set_canary(None)
    assert {item.bundle for item in lanes.decide_many(batch)} == {lanes.bundle.hash}


def test_no_order_goes_undecided_while_a_canary_comes_and_goes(lanes: Lanes, paused: Bundle) -> None:
    ended, failed, count = threading.Event(), [], [0]

    def work() -> None:
        while not ended.is_set():
            for item in lanes.decide_many([large(number) for number in range(5)]):
                count[0] += 1
                failed.extend(hold.code for hold in item.body.holds if hold.code == "engine_failed")

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for percent in (50, 100, 0, 50, 0):
        lanes.set_canary(paused if percent else None, percent)
    ended.set()
    for thread in threads:
        thread.join()
    assert count[0] > 0
    assert failed == []


def test_the_shipped_rules_are_proven_and_fast(live: Bundle) -> None:
    report = prove(Asked(live.files, mutants=False))
    assert (report.error, report.failures, report.bundle) == (None, [], live.hash)
    assert 0 < report.slowest_ms < SLOW_MS
    assert report.passed


def test_a_failing_example_and_a_broken_file_are_said_with_their_place(live: Bundle) -> None:
    text = live.files["fraud.yaml"].replace("value: 500.00元", "value: 800.00元")
    report = proven(Asked({**live.files, "fraud.yaml": text}, mutants=False))
    assert {failure["file"] for failure in report.failures} == {"fraud.yaml"}
    assert not report.passed
    broken = proven(Asked({**live.files, "fraud.yaml": text.replace(NEW, "order.payabel > 1")}, mutants=False))
    assert broken.error is not None
    assert (broken.error["file"], broken.error["line"] > 1) == ("fraud.yaml", True)


def test_a_proof_that_does_not_end_is_a_refusal(live: Bundle) -> None:
    report = prove(Asked(live.files, mutants=False), timeout_s=0.05)
    assert not report.passed
    assert report.error is not None
    assert report.error["code"] == "rules_unproven"


@pytest.mark.parametrize(
    ("dies", "said"),
    [("sys.exit('boom')", "boom"), ("import os; os.kill(os.getpid(), 11)", "signal 11"), ("sys.exit(0)", "signal 0")],
)
def test_a_prover_that_dies_over_the_rules_is_a_refusal_that_says_so(
    live: Bundle, dies: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    prover.close()
    monkeypatch.setattr(prover, "_START", f"import sys; sys.stdin.buffer.read(5); {dies}")
    report = prove(Asked(live.files, mutants=False))
    assert report.error is not None
    assert report.error["en"].endswith(said)
    assert prover._idle == []


def test_a_prover_is_kept_for_the_next_proof_until_it_is_worn_or_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    def used() -> tuple[int, int]:
        report = prove(Asked({}, mutants=False))
        assert report.error is None
        (kept,) = prover._idle
        return kept._process.pid, kept.proofs

    prover.close()
    first, count = used()
    assert used() == (first, count + 1)
    monkeypatch.setattr(prover, "PROOFS", 2)
    second, count = used()
    assert (second != first, count) == (True, 1)
    prover._idle[0]._process.kill()
    prover._idle[0]._process.wait()
    assert used()[0] != second
    prover._idle[0].owner = 0  # of the process that this one was forked from
    foreign = prover._idle[0]._process
    assert used()[0] != foreign.pid
    assert foreign.wait(20) == 0  # it ends by itself when nobody holds its pipe: it is not ours to kill
    prover.close()


def test_a_quick_proof_is_of_the_asked_files_alone_and_measures_no_speed(live: Bundle) -> None:
    report = proven(Asked(live.files, only=("pack.yaml",), quick=True))
    assert report.passed
    assert (report.slowest_ms, 0 < report.examples < 20, 0 < report.mutants < 60) == (0.0, True, True)


def test_slow_rules_do_not_pass(live: Bundle) -> None:
    report = proven(Asked(live.files, mutants=False))
    assert report.passed
    report.slowest_ms = SLOW_MS + 0.001
    assert not report.passed
