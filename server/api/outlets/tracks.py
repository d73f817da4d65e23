"""The door of a tracking platform: it calls when a parcel moved, signed with the salt of our subscription."""

from __future__ import annotations

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from server.api.call import here
from server.api.call.answer import ok
from server.api.call.described import answers
from server.api.call.door import MB, open_to_all
from server.api.call.shapes import TEXT, obj
from server.desk.outlets import tracking

api = APIBlueprint("tracks", __name__)

FORM = "application/x-www-form-urlencoded"
BODY = obj(param=TEXT, sign=TEXT)


class TrackerPath(BaseModel):
    """One tracker, by the code of its destination."""

    code: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")


@api.post("/v1/tracks/<code>")
@open_to_all
@answers(
    {200: obj(result={"type": "boolean"}, returnCode=TEXT, message=TEXT)},
    body=BODY,
    body_type=FORM,
    problems=(400, 401, 404, 413, 422),
)
def post_track(path: TrackerPath) -> Response:
    """Take where a parcel is, as 快递100 tells it; the same again changes nothing."""
    request.max_content_length = MB
    tracking.hear(here.deps(), path.code, request.form.get("param", ""), request.form.get("sign", ""))
    return ok({"result": True, "returnCode": "200", "message": "成功"})
