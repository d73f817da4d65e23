"""What a route takes and answers, said beside the route; `openapi.py` writes it into the served document."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")
Shape = str | dict[str, Any] | type[BaseModel] | None
"""The name of a component, a JSON Schema, a pydantic model, or nothing."""

_ATTRIBUTE = "sluice_described"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Described:
    """Answers by status; a body and its content type; whether Idempotency-Key and If-Match are read.

    ``answer_type`` may name several content types, with a space between.
    """

    answers: dict[int, Shape]
    body: Shape = None
    body_type: str = JSON
    body_required: bool = True
    answer_type: str = JSON
    idempotent: bool = False
    if_match: bool = False
    problems: tuple[int, ...] = field(default=())


def answers(by_status: dict[int, Shape], **more: Any) -> Callable[[F], F]:
    """Describe a route: `Described`'s fields."""

    def mark(function: F) -> F:
        setattr(function, _ATTRIBUTE, Described(by_status, **more))
        return function

    return mark


def described(view: object) -> Described:
    """Return what a view said of itself."""
    found: Described | None = getattr(view, _ATTRIBUTE, None)
    return found or Described({200: None})
