"""Request bodies: bytes within their limit, strict JSON, checked against a model; every fault named by its pointer."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from intake.readers.payload import load_strict
from intake.values.pointer import pointer
from orders.errors import Problem, SenderError
from server.api.call.complaint import sentence

M = TypeVar("M", bound=BaseModel)

JSON = "application/json"


class Body(BaseModel):
    """Base of request bodies: unknown keys are refused, nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Parameters(BaseModel):
    """Base of what stands in a URL. Its schema is made once: flask-openapi3 asks for it with every request."""

    @classmethod
    def model_json_schema(cls, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Return pydantic's JSON Schema of the model."""
        return super().model_json_schema(*args, **kwargs) if args or kwargs else _plain_schema(cls)


@cache
def _plain_schema(model: type[Parameters]) -> dict[str, Any]:
    return super(Parameters, model).model_json_schema()


class Query(Parameters):
    """Base of query parameters: text from the URL is converted, unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_bytes(*content_types: str) -> bytes:
    """Return the body as it came. Raises SenderError (415) for another content type, and the 413 of the limit."""
    if request.mimetype not in content_types:
        wanted = " / ".join(content_types)
        raise SenderError(f"Send the body as {wanted}", f"请以 {wanted} 发送请求体", code="unsupported_media_type")
    data = request.get_data(cache=True)
    if request.content_length is None and len(data) >= (request.max_content_length or 0):
        raise RequestEntityTooLarge  # a body that hides its length is cut at the limit, silently
    return data


def read_json(model: type[M]) -> M:
    """Return the body as ``model``. Raises InvalidOrder for bad JSON, SenderError (422) for a bad value."""
    return checked(model, load_strict(read_bytes(JSON)))


def read_json_or_nothing(model: type[M]) -> M:
    """Return the body as ``model``; a command that needs no word may come without a body."""
    if not request.content_length and not request.headers.get("Transfer-Encoding"):
        return checked(model, {})
    return read_json(model)


def checked(model: type[M], value: Any) -> M:
    """Check ``value``. Raises SenderError (422) that names each place by JSON pointer."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise invalid(error) from None


def invalid(error: ValidationError, prefix: str = "") -> SenderError:
    """Return the refusal for what a model complained of; ``prefix`` stands before each pointer."""
    problems = tuple(
        Problem(prefix + pointer(detail["loc"]), *sentence(detail))
        for detail in error.errors(include_url=False, include_input=False)[:50]
    )
    first = problems[0]
    return SenderError(
        f"{first.pointer}: {first.message_en}",
        f"{first.pointer}: {first.message_zh}",
        code="invalid_request",
        problems=problems,
    )
