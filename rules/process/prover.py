"""Proof of a bundle before it may decide: compile, examples, mutants, speed; in a process of its own.

Place in the order's way: before it; publishing and the editor ask here. Rules that nobody has approved yet run neither
in the server nor in an engine child that decides: a crash or a hang ends this process, and the report says so. A prover
that did its work waits for the next proof: people change rules in small steps, and starting takes longer than proving.
"""

from __future__ import annotations

import atexit
import logging
import os
import select
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from orders.errors import RuleAuthorError
from rules import examples as example_files
from rules.bundle import load_bundle
from rules.decide import decide_json
from rules.mutants import Waiver, examine, repairs
from rules.process.pipe import PipeBroken, PipeSilent, read_frame, write_frame

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rules.bundle import Bundle

log = logging.getLogger(__name__)
ROOT = str(Path(__file__).resolve().parents[2])
_START = "import sys; sys.path.insert(0, sys.argv[1])\nfrom rules.process.prover import main; main()"
TIMEOUT_S = 120.0
SLOW_MS = 50.0
"""A tenth of an order's deadline in the engine child."""
ROUNDS = 5
WIDE = 100
"""Lines of the order that the speed is measured with, beside the examples."""
IDLE_S = 600.0
PROOFS = 200
"""A prover that nobody needs for so long, or that has proven so often, ends."""
ASKED, TOLD = b"P", b"R"


@dataclass(frozen=True, slots=True)
class Asked:
    """What to prove. ``running`` are the files as they would decide (rules paused); ``only`` the changed files.

    ``quick``: what an editor shows beside the text: the examples and mutants of ``only``, no speed.
    """

    files: Mapping[str, str]
    running: Mapping[str, str] | None = None
    only: tuple[str, ...] = ()
    mutants: bool = True
    waived: tuple[str, ...] = ()
    quick: bool = False


@dataclass(slots=True)
class Report:
    """What was found. ``error``: the files do not compile, or the proof did not end. Everything is JSON."""

    bundle: str = ""
    rules: int = 0
    examples: int = 0
    failures: list[dict[str, Any]] = field(default_factory=list)
    mutants: int = 0
    survivors: list[dict[str, Any]] = field(default_factory=list)
    waived: list[dict[str, Any]] = field(default_factory=list)
    proposals: list[dict[str, Any]] = field(default_factory=list)
    repairs: list[dict[str, Any]] = field(default_factory=list)
    slowest_ms: float = 0.0
    error: dict[str, Any] | None = None

    @property
    def slow(self) -> bool:
        """Say whether some order took longer than an order may."""
        return self.slowest_ms > SLOW_MS

    @property
    def passed(self) -> bool:
        """Say whether these rules may decide."""
        return self.error is None and not self.failures and not self.survivors and not self.slow

    def to_json(self) -> dict[str, Any]:
        """Return it as stored and shown."""
        return {**asdict(self), "passed": self.passed, "slow": self.slow}

    @classmethod
    def of(cls, value: Mapping[str, Any]) -> Report:
        """Read what `to_json` gave."""
        return cls(**{name: item for name, item in value.items() if name in cls.__slots__})


class _Child:
    """A prover as its server sees it: one proof at a time."""

    def __init__(self) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        command = [sys.executable, "-c", _START, ROOT]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=self._said)  # noqa: S603 - ours
        assert self._process.stdin is not None  # noqa: S101 - asked for above
        assert self._process.stdout is not None  # noqa: S101 - asked for above
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        self.owner, self.proofs = os.getpid(), 0

    def ask(self, asked: bytes, timeout_s: float) -> bytes:
        """Have it prove; it is dead when this raises PipeSilent or PipeBroken."""
        deadline = time.monotonic() + timeout_s
        self.proofs += 1
        try:
            write_frame(self._in, ASKED, asked, deadline)
            return read_frame(self._out, deadline)[1]
        except (PipeSilent, PipeBroken):
            self._process.kill()
            raise

    def last_words(self) -> tuple[int, str]:
        """Return how it ended and what it said last."""
        code = self._process.wait()
        self._said.seek(0)
        return code, self._said.read().decode("utf-8", "replace").strip()

    def close(self) -> None:
        """End it."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        if self.owner == os.getpid():
            self._process.kill()
            self._process.wait()
        self._said.close()

    @property
    def usable(self) -> bool:
        """Say whether it is alive, this process's own and not yet worn."""
        return self.owner == os.getpid() and self.proofs < PROOFS and self._process.poll() is None


_idle: list[_Child] = []
_lock = threading.Lock()


def prove(asked: Asked, timeout_s: float = TIMEOUT_S) -> Report:
    """Prove in a child process; never raises for what the rules do."""
    told = orjson.dumps(asdict(asked))
    while True:
        child = _taken()
        try:
            found = orjson.loads(child.ask(told, timeout_s))
        except PipeSilent:
            child.close()
            return _ended(f"规则在 {timeout_s:g} 秒内没有跑完测试", f"the rules were not proven within {timeout_s:g} s")
        except PipeBroken:
            code, said = child.last_words()
            left = child.proofs > 1 and code == 0  # it had waited long enough just now
            child.close()
            if left:
                continue
            log.error("The proof of rules ended: %s", said[-2000:], extra={"action": "proof_ended"})
            why = (said.splitlines() or ["?"])[-1] if code > 0 else f"signal {-code}"
            return _ended(f"规则在运行时出错：{why}", f"the rules failed while they ran: {why}")
        _keep(child)
        return Report.of(found)


def _taken() -> _Child:
    """Return the prover that waits, else a new one."""
    with _lock:
        child = _idle.pop() if _idle else None
    if child is not None and not child.usable:
        child.close()
        child = None
    return child or _Child()


def _keep(child: _Child) -> None:
    with _lock:
        kept = not _idle
        if kept:
            _idle.append(child)
    if not kept:
        child.close()


@atexit.register
def close() -> None:
    """End the prover that waits."""
    while _idle:
        _idle.pop().close()


def _ended(zh: str, en: str) -> Report:
    return Report(error={"code": "rules_unproven", "zh": zh, "en": en, "file": "", "line": 0, "column": 0})


def proven(asked: Asked) -> Report:
    """Prove in this process: the child's part."""
    try:
        bundle = load_bundle(asked.files)
        running = load_bundle(asked.running) if asked.running else bundle
    except RuleAuthorError as error:
        return Report(error=fault(error))
    report = Report(bundle.hash, len(bundle.book.rules))
    among = asked.only if asked.quick else None
    report.examples = sum(len(policy.examples) for policy in bundle.book.policies if not among or policy.file in among)
    report.failures = [asdict(failure) for failure in example_files.test(bundle, among)]
    report.slowest_ms = 0.0 if asked.quick else round(slowest_ms(running), 3)
    if asked.mutants and report.failures:
        report.repairs = [asdict(repair) for repair in repairs(asked.files)]
    elif asked.mutants:
        _mutate(asked, report)
    return report


def fault(error: RuleAuthorError) -> dict[str, Any]:
    """Return an author's error as JSON."""
    place = {"file": error.file, "line": error.line, "column": error.column}
    return {"code": error.code, "zh": error.message_zh, "en": error.message_en, **place, "suggestion": error.suggestion}


def _mutate(asked: Asked, report: Report) -> None:
    waivers = [Waiver(mutant, "", "") for mutant in asked.waived]
    found = examine(asked.files, waivers=waivers, only=asked.only or None)
    report.mutants = len(found.mutants)
    report.survivors = [asdict(mutant) for mutant in found.survivors]
    report.waived = [asdict(mutant) for mutant in found.waived]
    report.proposals = [
        {name: value for name, value in asdict(proposal).items() if name != "example"} for proposal in found.proposals
    ]


def slowest_ms(bundle: Bundle) -> float:
    """Return the longest that one order took, in milliseconds: of each the best of several rounds."""
    cases = [example.facts for policy in bundle.book.policies for example in policy.examples]
    return max((_best_ms(bundle, facts) for facts in (*cases, wide_facts())), default=0.0)


def _best_ms(bundle: Bundle, facts: dict[str, Any]) -> float:
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        decide_json(facts, bundle)
        best = min(best, (time.perf_counter() - started) * 1000)
    return best


def wide_facts() -> dict[str, Any]:
    """Return a large order in the frozen layout: many lines and stock rows, so that joins show what they cost."""
    lines = [
        {"line_no": number, "sku": f"S-{number}", "quantity": 1_000_000, "unit_price": 12_500_000, "amount": 1250}
        for number in range(1, WIDE + 1)
    ]
    stock = [{"sku": f"S-{number}", "site": "GZ", "available": 5_000_000} for number in range(1, WIDE + 1)]
    head = {"system.today": "2026-11-22", "order.payable": 125_000, "order.channel": "probe", "order.type": "stock"}
    return {"layout": 1, "head": head, "personal": {}, "released": [], "line": lines, "stock": stock, "site": [],
            "duplicate": []}  # fmt: skip


def main() -> None:
    """Answer frames with reports until the pipe closes or nobody asks for long."""
    fd_in, fd_out = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    try:
        while select.select([fd_in], (), (), IDLE_S)[0]:
            asked = orjson.loads(read_frame(fd_in)[1])
            report = proven(Asked(**{**asked, "only": tuple(asked["only"]), "waived": tuple(asked["waived"])}))
            write_frame(fd_out, TOLD, orjson.dumps(report.to_json()))
    except PipeBroken:
        pass
    sys.exit(0)
