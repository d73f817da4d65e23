"""The guarded engine: sessions in which nothing fires, memory, threads, determinism. In processes that may crash."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rules.build.shape import Link, Shape
from rules.decide import decide, decide_facts, open_facts
from rules.engine import MAX_FIRINGS, Engine, EngineError, engine_for
from rules.facts import freeze
from rules.judge.wire import body_bytes
from tests.unit.rules.cases import context, judge, line, order, payable, shipped, with_param

ROOT = Path(__file__).resolve().parents[3]


def _run(program: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )


def _named(*shapes: Shape) -> dict[str, Shape]:
    return {shape.name: shape for shape in shapes}


def test_sessions_in_which_no_rule_fires_do_not_crash():
    program = """
from rules.engine import Engine
from rules.build.shape import Shape, Link
engine = Engine(frozenset({Shape(), Shape((Link(0, False),))}))
for _ in range(2000):
    engine.run(['{"id":"1","sid":"1","_s":1,"sj0p1":1,"e1":5}'], lambda fired: [])
    engine.run([], lambda fired: [])
print("alive")
"""
    done = _run(program)
    assert (done.returncode, done.stdout.strip()) == (0, "alive"), done.stderr


def test_memory_stays_flat_over_decisions_and_reloads():
    program = """
import sys, resource
from pathlib import Path
from rules.bundle import bundle_from_dir
from tests.unit.rules.cases import *
facts = freeze(order(line(1), line(2)), context())
def rss():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4
for _ in range(300):
    decide(facts, shipped())
bundle_from_dir(); bundle_from_dir()
before = rss()
for _ in range(3000):
    decide(facts, shipped())
print(rss() - before)
before = rss()
for _ in range(6):
    decide(facts, bundle_from_dir())
print(rss() - before)
"""
    done = _run(program)
    assert done.returncode == 0, done.stderr
    decisions_kb, reloads_kb = map(int, done.stdout.split())
    assert decisions_kb < 600
    assert reloads_kb < 8000


def test_eight_threads_share_a_bundle():
    facts = [freeze(payable(f"{yuan}.00"), context()) for yuan in (499, 501, 21_000, 60_000)]
    wanted = [body_bytes(decide(each, shipped())) for each in facts]
    wrong: list = []

    def work(index: int) -> None:
        for turn in range(60):
            at = (index + turn) % 4
            if body_bytes(decide(facts[at], shipped())) != wanted[at]:
                wrong.append(at)

    threads = [threading.Thread(target=work, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_the_same_order_decided_twice_gives_the_same_bytes_in_another_process_too():
    facts = freeze(order(line(1), line(2), line(1)), context())
    here = body_bytes(decide(facts, shipped()))
    assert here == body_bytes(decide(facts, with_param("pickup_limit", "500.00元")))
    program = """
import sys
from rules.bundle import bundle_from_dir
from rules.decide import decide
from rules.judge.wire import body_bytes
sys.stdout.buffer.write(body_bytes(decide(sys.stdin.buffer.read(), bundle_from_dir())))
"""
    for seed in ("0", "1"):
        done = subprocess.run([sys.executable, "-c", program], input=facts, cwd=ROOT, capture_output=True, check=True,
                              env={"PYTHONHASHSEED": seed, "PATH": os.defpath})  # fmt: skip
        assert done.stdout == here


def test_a_firing_limit_stops_a_flood_and_the_engine_works_on():
    engine = Engine(frozenset({Shape()}))
    fact = '{{"id":"{}","sid":"1","_s":1,"sp0":1}}'
    numbers = iter(range(10**9))

    def feed(fired: list) -> list[str]:
        return [fact.format(next(numbers)) for _ in range(1000)]

    with pytest.raises(EngineError, match=str(MAX_FIRINGS)):
        engine.run([fact.format(next(numbers))], feed)
    seen: list = []
    engine.run([fact.format("x")], lambda fired: seen.extend(fired) or [])
    assert seen == [["x"]]


def test_a_fact_that_no_rule_looks_at_is_an_error_not_a_silent_loss():
    with pytest.raises(EngineError, match="did not take"):
        engine_for(_named(Shape())).run(['{"id":"1","sid":"1","other":1}'], lambda _: [])


def test_an_error_while_facts_are_made_leaves_a_working_engine():
    engine = engine_for(_named(Shape(), Shape((Link(0, True),))))

    def broken(fired: list) -> list[str]:
        raise EngineError("made to fail")

    with pytest.raises(EngineError, match="made to fail"):
        engine.run(['{"id":"1","sid":"1","_s":1,"sp0":1}'], broken)
    seen: list = []
    engine.run(['{"id":"1","sid":"1","_s":1,"sp0":1}'], lambda fired: seen.extend(fired) or [])
    assert len(seen) == 1


def test_too_many_patterns_are_refused_before_the_engine_can_hang():
    shapes = frozenset(Shape(tuple(Link(0, False, (("<", at),)) for at in range(size))) for size in range(1, 12))
    with pytest.raises(EngineError, match="patterns"):
        Engine(shapes)


def test_numbers_too_large_to_compare_exactly_are_an_error():
    facts = open_facts(freeze(order(), context()))
    facts["line"][0]["pool_demand"] = 2**53
    assert decide_facts(facts, shipped()).outcome == "hold"  # one fact: Python compares, whatever the size
    assert judge().outcome == "pass"
