"""Pulling channels from their platforms: set up, paused, hurried, and how each stands."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import AwareDatetime, BeforeValidator, Field

from server.api.call import here
from server.api.call.answer import ok
from server.api.call.body import Body, read_json
from server.api.call.described import answers
from server.api.call.door import EVERYONE, open_to
from server.api.call.idempotency import idempotent
from server.api.call.shapes import ANYTHING, MAYBE_TIME, TEXT, TIME, WHOLE, arr, obj, one_of
from server.api.intake import ChannelPath
from server.desk.doors import pull_view

api = APIBlueprint("pulls", __name__)

MAYBE_NUMBER = {"type": ["number", "null"]}
COUNT = obj(since=TIME, until=TIME, platform=WHOLE, ours=WHOLE, missing=arr(TEXT), counted_at=TIME)
HEALTH = obj(
    state=one_of("on", "paused"),
    health=one_of("well", "late", "limited", "failing", "paused"),
    url=TEXT,
    every_s=WHOLE,
    cursor_at=TIME,
    lag_s=WHOLE,
    pulled_at=MAYBE_TIME,
    next_at=TIME,
    failures=WHOLE,
    error={**ANYTHING, "type": ["object", "null"]},
    delay_s=obj(orders=WHOLE, p50=MAYBE_NUMBER, p99=MAYBE_NUMBER, wanted=WHOLE),
    outcomes=ANYTHING,
    counts=arr(COUNT),
)


def _text(value: Any) -> Any:
    """Let no number pass for a time."""
    if value is not None and not isinstance(value, str):
        raise ValueError("a time is text")
    return value


class Pulling(Body):
    """How a channel is pulled. ``since``: where a channel that was never pulled begins, at most 30 days ago."""

    state: Literal["on", "paused"] = "on"
    url: str = Field("", max_length=500, pattern=r"^(https?://[!-~]+)?$")
    every_s: int = Field(10, ge=5, le=3600)
    since: Annotated[AwareDatetime | None, BeforeValidator(_text)] = Field(None, strict=False)


@api.get("/v1/channels/<channel>/pull")
@open_to(*EVERYONE)
@answers({200: HEALTH})
def show_pull(path: ChannelPath) -> Response:
    """Show how the pulling of a channel stands: how far, how late, what is wrong and what to do, what was counted."""
    return ok(_shown(path.channel))


@api.put("/v1/channels/<channel>/pull")
@open_to()
@answers({200: HEALTH}, body=Pulling, problems=(409,))
def put_pull(path: ChannelPath) -> Response:
    """Pull a channel from its platform, or change how; `paused` keeps where it stands. No `url`: the usual one."""
    wanted = read_json(Pulling)
    since: datetime | None = wanted.since
    told = {"state": wanted.state, "url": wanted.url, "every_s": wanted.every_s}
    pull_view.set_up(here.deps(), path.channel, told, since=since)
    return ok(_shown(path.channel))


@api.post("/v1/channels/<channel>/pull/now")
@open_to()
@answers({200: HEALTH}, idempotent=True)
@idempotent
def pull_now(path: ChannelPath) -> Response:
    """Pull a channel at once instead of at its time."""
    pull_view.hurry(here.deps(), path.channel)
    return ok(_shown(path.channel))


def _shown(code: str) -> dict[str, Any]:
    return pull_view.health(here.deps(), code)
