"""The one list of answers: the order's standard → how to write our answer in it, and as what it is served."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from adapters.acknowledge.cxml import confirmation
from adapters.acknowledge.ordrsp import ordrsp
from adapters.acknowledge.ubl import order_response
from adapters.acknowledge.x855 import x855

if TYPE_CHECKING:
    from adapters.acknowledge.answer import Answer

Write: TypeAlias = Callable[["Answer"], bytes]

ANSWERS: dict[str, tuple[Write, str]] = {
    "cxml": (confirmation, "application/xml"),
    "edifact": (ordrsp, "application/EDIFACT"),
    "ubl": (order_response, "application/xml"),
    "x12": (x855, "application/EDI-X12"),
}
