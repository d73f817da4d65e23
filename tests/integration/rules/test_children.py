"""Engine children: deadline, kill, retry, hold; swaps without a dropped order; eight threads."""

import gc
import logging
import os
import signal
import threading
import time
import weakref

import pytest

from orders.decision import ENGINE_FAILED, body_to_json, canonical_bytes, sha256_hex
from rules.decide import decide
from rules.engine import ENGINE
from rules.facts import freeze
from rules.judge.wire import body_bytes
from rules.process import crew
from rules.process.child import settle_collector
from rules.process.children import EnginePool
from rules.process.worker import ChildFailed
from tests.unit.rules.cases import context, line, order, payable, shipped, with_param, without
from tests.waiting import until

BAD = "tests.integration.rules.bad_child"
PLAIN = freeze(order(), context())


@pytest.fixture
def pool():
    found = EnginePool(shipped())
    yield found
    found.close()


@pytest.fixture
def bad_pool():
    found = EnginePool(shipped(), module=BAD)
    yield found
    found.close()


def _numbered(number: str) -> bytes:
    return freeze(order(number=number), context())


def _failed(decided) -> bool:
    return [hold.code for hold in decided.body.holds] == [ENGINE_FAILED]


def test_a_child_decides_what_this_process_decides_with_the_hashes_of_both_ends(pool):
    decided = pool.decide(PLAIN)
    assert decided.body == decide(PLAIN, shipped())
    assert decided.bundle == shipped().hash
    assert decided.facts_hash == sha256_hex(PLAIN)
    assert decided.body_hash == sha256_hex(canonical_bytes(body_to_json(decided.body)))
    assert decided.engine == ENGINE


def test_a_batch_is_answered_in_its_order(pool):
    batch = [freeze(payable(f"{yuan}.00"), context()) for yuan in range(480, 520)]
    assert [d.body for d in pool.decide_many(batch)] == [decide(facts, shipped()) for facts in batch]
    assert pool.decide_many([]) == []


@pytest.mark.parametrize("trouble", ["segfault", "exit", "hang", "hang-in-c"])
def test_an_order_that_kills_its_child_every_time_is_held_and_the_next_one_is_decided(bad_pool, trouble):
    began = time.monotonic()
    assert _failed(bad_pool.decide(_numbered(trouble)))
    assert time.monotonic() - began < 60  # two deadlines and two new children, on a busy machine
    assert not _failed(bad_pool.decide(PLAIN))


@pytest.mark.parametrize("trouble", ["segfault", "hang"])
def test_an_order_whose_child_dies_once_is_judged_again(bad_pool, trouble, tmp_path):
    decided = bad_pool.decide(_numbered(f"once-{trouble}:{tmp_path / 'seen'}"))
    assert (tmp_path / "seen").exists()
    assert not _failed(decided)


def test_one_bad_order_of_a_batch_harms_no_other(bad_pool):
    batch = [PLAIN, _numbered("segfault"), PLAIN]
    assert [_failed(decided) for decided in bad_pool.decide_many(batch)] == [False, True, False]


def test_children_killed_under_load_lose_no_order():
    pool = EnginePool(shipped(), size=2, deadline_s=5)
    found: list = []
    threads = [threading.Thread(target=lambda: found.extend(pool.decide(PLAIN) for _ in range(60))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        time.sleep(0.05)
        for worker in list(pool._crew._idle):
            os.kill(worker.pid, signal.SIGKILL)
    for thread in threads:
        thread.join()
    pool.close()
    assert len(found) == 240
    assert sum(_failed(decided) for decided in found) == 0


def test_children_killed_while_they_judge_lose_no_order_and_hold_none():
    """Only children that served before are killed: the child on which an order is judged again is a new one."""
    pool = EnginePool(shipped(), size=2, deadline_s=30)
    right, found, kills = decide(PLAIN, shipped()), [], 0
    until(lambda: len(pool._crew._idle) == 2)
    served = [worker.pid for worker in pool._crew._idle]
    seen = set(served)
    threads = [threading.Thread(target=lambda: found.extend(pool.decide(PLAIN) for _ in range(40))) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads) and served:
        answered = len(found)
        while any(thread.is_alive() for thread in threads) and len(found) < answered + 8:
            served += [worker.pid for worker in list(pool._crew._idle) if worker.pid not in seen]
            seen |= set(served)
            time.sleep(0.001)
        os.kill(served.pop(0), signal.SIGKILL)  # four threads on two children: it is judging
        kills += 1
    for thread in threads:
        thread.join()
    pool.close()
    assert kills >= 2
    assert len(found) == 160
    assert all(decided.body == right for decided in found)


def test_facts_that_cannot_be_read_are_held(pool, caplog):
    with caplog.at_level(logging.ERROR, "rules.process.children"):
        assert _failed(pool.decide(b"not json"))
        assert _failed(pool.decide(b'{"layout":99}'))
    assert "layout 99" in caplog.text


def test_the_oracle_checks_a_share_and_lets_agreement_pass():
    pool = EnginePool(shipped(), deadline_s=5, oracle_share=1.0)
    assert not _failed(pool.decide(PLAIN))
    pool.close()


def test_a_difference_from_the_oracle_holds_the_order_and_alarms(caplog):
    pool = EnginePool(shipped(), deadline_s=5, oracle_share=1.0, module="tests.integration.rules.lying_child")
    with caplog.at_level(logging.CRITICAL, "rules.process.children"):
        assert _failed(pool.decide(PLAIN))
    pool.close()
    assert [record.action for record in caplog.records] == ["engine_oracle_difference"]


def test_a_swap_under_load_drops_no_order():
    bundles = [shipped(), with_param("pickup_limit", "400.00元"), without("RSK-05")]
    pool = EnginePool(shipped(), deadline_s=10)
    facts = [freeze(payable("60000.00"), context()), freeze(order(line(1), line(2)), context())]
    wanted = {bundle.hash: [decide(each, bundle) for each in facts] for bundle in bundles}
    wrong: list = []
    done = threading.Event()

    def work(index: int) -> None:
        while not done.is_set():
            decided = pool.decide(facts[index % 2])
            if decided.body != wanted[decided.bundle][index % 2]:
                wrong.append(decided)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for bundle in [*bundles[1:], *bundles]:
        pool.swap(bundle)
        assert pool.bundle is bundle
    done.set()
    for thread in threads:
        thread.join()
    pool.close()
    assert wrong == []


def test_a_bundle_that_no_child_can_load_never_becomes_live(pool):
    broken = type(shipped())("0" * 64, {"x.yaml": "policy: ["}, shipped().book, shipped().program)
    with pytest.raises(ChildFailed):
        pool.swap(broken)
    assert pool.bundle is shipped()
    assert not _failed(pool.decide(PLAIN))


def test_children_go_over_to_other_rules_instead_of_being_started_anew(pool):
    until(lambda: pool._crew._spare)
    scout, worker = pool._crew._spare, pool._crew._idle[0]
    pool.swap(with_param("pickup_limit", "400.00元"))
    assert pool._crew._idle == [scout]
    until(lambda: pool._crew._spare)
    assert pool._crew._spare is worker
    assert (scout.loads, worker.loads, scout.bundle, worker.bundle) == (2, 2, pool.bundle.hash, pool.bundle.hash)
    broken = type(shipped())("0" * 64, {"x.yaml": "policy: ["}, shipped().book, shipped().program)
    with pytest.raises(ChildFailed):
        pool.swap(broken)
    assert (pool._crew._spare, worker.bundle) == (worker, pool.bundle.hash)
    assert pool.decide(PLAIN).bundle == pool.bundle.hash


def test_a_child_that_dies_over_other_rules_and_a_worn_one_are_replaced(pool, monkeypatch):
    until(lambda: pool._crew._spare)
    pids = {pool._crew._spare.pid, pool._crew._idle[0].pid}
    os.kill(pool._crew._spare.pid, signal.SIGKILL)
    monkeypatch.setattr(crew, "WORN", 1)
    pool.swap(with_param("pickup_limit", "400.00元"))
    assert not _failed(pool.decide(PLAIN))
    until(lambda: pool._crew._spare)
    assert pids.isdisjoint({pool._crew._spare.pid, pool._crew._idle[0].pid})


def test_a_bundle_that_is_replaced_leaves_the_memory():
    """The collector passes over what lives long: cycles of the bundle before would stay for ever."""

    class Rules:
        def __init__(self) -> None:
            self.itself = self

    before = gc.get_threshold()
    try:
        rules = Rules()
        gone = weakref.ref(rules)
        settle_collector()
        del rules
        gc.collect()
        assert gone() is not None
        settle_collector()
        assert gone() is None
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def test_a_closed_pool_holds_instead_of_raising():
    pool = EnginePool(shipped())
    pool.close()
    assert _failed(pool.decide(PLAIN))


def test_children_end_with_their_server(pool):
    worker = pool._crew._idle[0]
    pool.close()
    assert worker._process.returncode is not None


def test_canonical_bytes_are_the_same_by_both_writers():
    body = decide(freeze(payable("60000.00", note="引号\"'\\ \x1f\x7f 😀"), context()), shipped())
    assert body_bytes(body) == canonical_bytes(body_to_json(body))
