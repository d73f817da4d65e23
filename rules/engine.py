"""The only door to durable-rules: rulesets behind a narrow, guarded driver.

What the C module does to the careless (crashes, hangs, silent wrong answers) is kept out by construction: facts carry
only integers (atom bits, interned join keys) under our own short ids; a session in which no rule fires ends with a
sentinel that does, for to delete it otherwise may crash; one session lives at a time and is deleted; facts are asserted
one by one; join patterns end with an always-true equality; firings are limited. Anything unexpected is an
`EngineError`, and the order is held.
"""

from __future__ import annotations

import ctypes
import json
import re
import threading
import weakref
from functools import cache
from typing import TYPE_CHECKING

import durable_rules_engine as durable  # noqa: TID251 - this is the one module that may

from orders.errors import InternalError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rules.build.shape import Shape

ENGINE = "durable_rules 2.0.28"
SENTINEL = {"_z": {"all": [{"m": {"z": 1}}]}}
_SENTINEL_FACT = '{"id":"z","sid":"1","z":1}'
MAX_FIRINGS = 20_000
MAX_ENGINES = 256
MAX_PATTERNS = 60
"""Source: about 63 conditions under one node are an error, hundreds hang."""
Firing = list[str]
"""One firing: the ids of the facts that matched, pattern by pattern."""
_IDS = re.compile(r'"id":"(\w+)"').findall
"""Reads a firing's message: the facts are ours, so that no other value can look like an id."""


class EngineError(InternalError):
    """The engine failed or cannot be trusted with these facts; the order is held."""

    code = "engine_failed"


@cache
def settle_allocator() -> bool:
    """Keep glibc from handing a session's 650 KB back to the system after every order (50 → 14 µs a session).

    Source: mallopt(3); M_MMAP_THRESHOLD is -3, M_TRIM_THRESHOLD -1. Elsewhere than glibc nothing happens.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    return bool(mallopt(-3, 32 << 20)) and bool(mallopt(-1, 256 << 20))


class Engine:
    """One ruleset of shapes. Usable from many threads, in turn."""

    def __init__(self, shapes: frozenset[Shape]) -> None:
        if sum(shape.size for shape in shapes) > MAX_PATTERNS:
            raise EngineError(f"more than {MAX_PATTERNS} patterns in one set")
        settle_allocator()
        self._lock = threading.Lock()
        self._source = json.dumps({**SENTINEL, **{shape.name: shape.rule() for shape in sorted(shapes, key=_name)}})
        self._handle = self._create()

    def _create(self) -> int:
        """Make a ruleset that is deleted with this object. A broken one is left alone: deleting it may crash."""
        try:
            handle: int = durable.create_ruleset("sluice", self._source)
        except Exception as error:
            raise EngineError(f"the engine refused a rule set: {error}") from error
        self._finalizer = weakref.finalize(self, durable.delete_ruleset, handle)
        self._finalizer.atexit = False
        return handle

    def run(self, facts: Sequence[str], feed: Callable[[list[Firing]], list[str]]) -> None:
        """Run one session. ``facts`` are JSON objects; ``feed`` takes a round's firings and returns new facts.

        Rounds go on until ``feed`` returns nothing. Raises EngineError.
        """
        with self._lock:
            try:
                self._session(facts, feed)
            except BaseException:
                self._finalizer.detach()
                self._handle = self._create()
                raise

    def _session(self, facts: Sequence[str], feed: Callable[[list[Firing]], list[str]]) -> None:
        handle, left = self._handle, MAX_FIRINGS
        more: Sequence[str] = facts
        try:
            while more:
                fired = _round(handle, more, left)
                left -= len(fired)
                more = feed(fired) if fired else ()
            if left == MAX_FIRINGS:  # to delete a session in which nothing fired may crash
                _round(handle, (_SENTINEL_FACT,), 1)
            durable.delete_state(handle, "1")
        except EngineError:
            raise
        except Exception as error:
            raise EngineError(f"the engine failed: {error}") from error


def _name(shape: Shape) -> str:
    return shape.name


_ENGINES: dict[frozenset[str], Engine] = {}
_MAKING = threading.Lock()


def engine_for(shapes: Mapping[str, Shape]) -> Engine:
    """Return the process's engine for some shapes, by their names. Raises EngineError."""
    names = frozenset(shapes)
    found = _ENGINES.get(names)
    if found is None:
        with _MAKING:
            if len(_ENGINES) >= MAX_ENGINES:
                _ENGINES.clear()
            found = _ENGINES.setdefault(names, Engine(frozenset(shapes.values())))
    return found


def _round(handle: int, facts: Sequence[str], limit: int) -> list[Firing]:
    """Tell some facts; return what fires then, the sentinel left out."""
    tell, following, state = durable.assert_fact, durable.complete_and_start_action, 0
    for fact in facts:
        code, state = tell(handle, fact)
        if code:
            raise EngineError(f"the engine did not take a fact (code {code})")
    fired: list[Firing] = []
    started = durable.start_action_for_state(handle, state)
    message = started[1] if started else None
    while message is not None:
        if len(fired) >= limit:
            raise EngineError(f"more than {MAX_FIRINGS} firings for one order")
        if message[2] != "_":  # the sentinel
            fired.append(_IDS(message))
        message = following(handle, state)
    return fired
