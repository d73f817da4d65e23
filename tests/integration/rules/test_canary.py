"""A canary beside the live bundle, in real engine children: shares, the way in and out, no order without a decision."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import orjson
import pytest

from rules.bundle import bundle_from_dir, load_bundle
from rules.change.edit import without
from rules.lanes import Lanes, order_key, share_of
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


def test_slow_rules_do_not_pass(live: Bundle) -> None:
    report = proven(Asked(live.files, mutants=False))
    assert report.passed
    report.slowest_ms = SLOW_MS + 0.001
    assert not report.passed
