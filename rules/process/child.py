"""An engine child: a process that does nothing but judge. It loads a bundle and answers until its pipe closes.

Started by `rules/process/children.py` as ``python -c "…; from rules.process.child import main; main()"``. A C call that
hangs is ended by the kernel's alarm even when the server is gone.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from typing import TYPE_CHECKING
from zlib import crc32

import orjson

from orders.errors import RuleAuthorError
from rules.bundle import Bundle, load_bundle
from rules.decide import open_facts
from rules.engine import EngineError
from rules.judge.compose import compose
from rules.judge.match import Match
from rules.oracle import Disagreement, compare
from rules.process.pipe import PipeBroken, pack_items, read_frame, unpack_items, write_frame

if TYPE_CHECKING:
    from collections.abc import Callable

ALARM_S = 30.0
DECIDED, FAILED, DIFFERS = b"d", b"f", b"o"


def judge(facts: bytes, bundle: Bundle, check: bool) -> tuple[bytes, bytes]:
    """Judge one order; return what came of it: the body, or why it cannot be trusted."""
    try:
        opened = open_facts(facts)
        match = Match(bundle.program, opened)
        firings = match.run()
        if check:
            compare(bundle, opened, firings)
        return DECIDED, compose(bundle.program, match, firings)
    except Disagreement as error:
        return DIFFERS, str(error).encode()
    except EngineError as error:
        return FAILED, str(error).encode()


def serve(fd_in: int, fd_out: int, decide: Callable[[bytes, Bundle, bool], tuple[bytes, bytes]] = judge) -> None:
    """Answer frames until the pipe closes."""
    bundle: Bundle | None = None
    share = 0.0
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    while True:
        kind, payload = read_frame(fd_in)
        signal.setitimer(signal.ITIMER_REAL, ALARM_S)
        if kind == b"L":
            asked = orjson.loads(payload)
            share = asked["oracle_share"]
            try:
                bundle = load_bundle(asked["files"])
            except RuleAuthorError as error:
                write_frame(fd_out, b"E", str(error).encode())
            else:
                settle_collector()
                write_frame(fd_out, b"K", bundle.hash.encode())
        elif bundle is not None:
            answers = []
            for _, facts in unpack_items(payload):
                answers.append(decide(facts, bundle, crc32(facts) < share * 2**32))
            write_frame(fd_out, b"B", pack_items(answers))
        signal.setitimer(signal.ITIMER_REAL, 0)


def settle_collector() -> None:
    """Keep the collector from walking what lives as long as the bundle, and from looking after every third order.

    The bundle before goes first. A decision leaves no cycles behind; those of a failure are found a little later.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def main(decide: Callable[[bytes, Bundle, bool], tuple[bytes, bytes]] = judge) -> None:
    """Serve the pipe on standard input and output; anything printed goes to standard error."""
    fd_in, fd_out = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        serve(fd_in, fd_out, decide)
    except PipeBroken:
        sys.exit(0)
