"""Which function does which kind of job.

Place in the order's way: `perform` looks a job's kind up here. A handler gets the deps and the job's args and returns
something that JSON can hold. It may run twice (a worker that dies after the work and before the mark), so what it
writes must be guarded by its own keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from sqlalchemy import Connection

Handler: TypeAlias = Callable[[Any, dict[str, Any]], Any]
GivenUp: TypeAlias = Callable[[Any, "Connection", dict[str, Any]], None]
_Function = TypeVar("_Function", bound=Handler)

_handlers: dict[str, Handler] = {}
_given_up: dict[str, GivenUp] = {}
HANDLERS: Mapping[str, Handler] = _handlers
GIVEN_UP: Mapping[str, GivenUp] = _given_up


def handler(kind: str, *, given_up: GivenUp | None = None) -> Callable[[_Function], _Function]:
    """Make the decorated function do jobs of ``kind``. Raises ValueError when another one does them already.

    ``given_up`` is told when a job of the kind is given up, in the transaction that says so: nobody waits for ever.
    """

    def register(function: _Function) -> _Function:
        if _handlers.get(kind, function) is not function:
            raise ValueError(f"two handlers for jobs of kind {kind}")
        _handlers[kind] = function
        if given_up is not None:
            _given_up[kind] = given_up
        return function

    return register
