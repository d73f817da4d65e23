"""Which function does which kind of job.

Place in the order's way: `perform` looks a job's kind up here. A handler gets the deps and the job's args and returns
something that JSON can hold. It may run twice (a worker that dies after the work and before the mark), so what it
writes must be guarded by its own keys.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

Handler: TypeAlias = Callable[[Any, dict[str, Any]], Any]
_Function = TypeVar("_Function", bound=Handler)

_handlers: dict[str, Handler] = {}
HANDLERS: Mapping[str, Handler] = _handlers


def handler(kind: str) -> Callable[[_Function], _Function]:
    """Make the decorated function do jobs of ``kind``. Raises ValueError when another one does them already."""

    def register(function: _Function) -> _Function:
        if _handlers.get(kind, function) is not function:
            raise ValueError(f"two handlers for jobs of kind {kind}")
        _handlers[kind] = function
        return function

    return register
