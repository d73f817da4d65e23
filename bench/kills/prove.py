"""One run: load, kills at random moments, then the verdict."""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bench.kills.load import Load
from bench.kills.verdict import Verdict, count_unread, judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.kills.installation import Installation


@dataclass(frozen=True)
class Run:
    """What was done and what came of it."""

    seconds: float
    kills: dict[str, int]
    answers_lost: int
    unexpected: list[str]
    documents: int
    documents_unread: int
    verdict: Verdict


def _print(line: str) -> None:
    print(line, flush=True)


def prove(
    installation: Installation,
    kills: int,
    *,
    seed: int = 1,
    at_most_s: float = math.inf,
    also: Callable[[int], object] | None = None,
    said: Callable[[str], object] = _print,
) -> Run:
    """Kill ``kills`` times under load, or as often as ``at_most_s`` allows; then judge.

    ``also(n)`` runs after the n-th kill: a broker to empty, for one.
    """
    chance, started = random.Random(seed), time.monotonic()
    with installation.running():
        load = Load(installation.web_urls, pause_s=installation.pause_s, documents=installation.documents)
        with load.running():
            for number in range(1, kills + 1):
                if time.monotonic() - started > at_most_s:
                    break
                victim = chance.choice([*installation.programs, *installation.webs, installation.erp])
                time.sleep(chance.uniform(0.0, 1.5))
                what = victim.kill(chance)
                if number % 10 == 0:
                    said(f"{number:4} kills, {len(load.acknowledged)} orders acknowledged; the last was {what}")
                if also is not None:
                    also(number)
                _wait_for_some(load, chance.randint(1, 20))
            for program in (installation.erp, *installation.programs):
                program.wait_ready()
        verdict = judge(installation.database_url, installation.erp.url, load.acknowledged)
        unread = count_unread(installation.database_url, load.uploaded)
    counted: Counter[str] = Counter()
    for program in (installation.erp, *installation.programs):
        counted.update(program.kills)
    return Run(
        seconds=time.monotonic() - started,
        kills=dict(counted),
        answers_lost=load.answers_lost,
        unexpected=load.unexpected,
        documents=len(load.uploaded),
        documents_unread=unread,
        verdict=verdict,
    )


def _wait_for_some(load: Load, count: int) -> None:
    """Let some orders through, so that the next kill hits work and not a start."""
    wanted, until = len(load.acknowledged) + count, time.monotonic() + 120
    while len(load.acknowledged) < wanted and time.monotonic() < until:
        time.sleep(0.01)
