"""The life of the live rules: history, rollback, the kill switch of one rule, tests of files that nobody keeps."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import Field

from server.api.call import here
from server.api.call.answer import ok
from server.api.call.body import read_json
from server.api.call.described import answers
from server.api.call.door import MB, open_to
from server.api.call.idempotency import idempotent
from server.api.call.shapes import MAYBE, TEXT, TIME, WHOLE, arr, obj
from server.api.rulework.rule_drafts import CHANGE, NAMED, Reason
from server.api.rulework.rulebook import READERS, CheckedFiles
from server.desk.rulework import rules_draft, rules_pause, rules_publish, rules_view
from server.desk.rulework.rules_draft import WORKERS
from server.desk.rulework.rules_pause import HOURS, MOST_HOURS

api = APIBlueprint("rule_lanes", __name__)
PAUSE = obj(rule=TEXT, reason=TEXT, actor=TEXT, until=TIME)
PUBLICATION = obj(
    at=TIME, kind=TEXT, bundle=TEXT, source=TEXT, previous=MAYBE, change=MAYBE, title=MAYBE, rule=MAYBE, percent=WHOLE,
    actor=NAMED, second=NAMED, reason=TEXT,
)  # fmt: skip


class Rollback(Reason):
    """Which bundle to return to."""

    bundle: str = Field(min_length=1, max_length=64, description="规则包哈希 / hash of the bundle")


class Pause(Reason):
    """Which rule to switch off, and for how long."""

    rule: str = Field(min_length=1, max_length=80, description="规则编号 / id of the rule")
    hours: int = Field(HOURS, ge=1, le=MOST_HOURS, description="小时数，到时自动恢复 / it resumes by itself then")


class Resume(Reason):
    """Which rule to switch on again."""

    rule: str = Field(min_length=1, max_length=80, description="规则编号 / id of the rule")


@api.get("/v1/rules/history")
@open_to(*READERS)
@answers({200: obj(data=arr(PUBLICATION))})
def list_history() -> Response:
    """List every time that other rules decided, newest first (at most 100): who, what, why, when."""
    return ok({"data": rules_view.history(here.deps())})


@api.get("/v1/rules/pauses")
@open_to(*READERS)
@answers({200: obj(data=arr(PAUSE))})
def list_pauses() -> Response:
    """List the rules that are paused now."""
    return ok({"data": [_pause(row) for row in rules_pause.running(here.deps())]})


@api.post("/v1/rules/pause")
@open_to(*WORKERS)
@answers({200: PAUSE}, body=Pause, idempotent=True, problems=(404, 409))
@idempotent
def pause_rule() -> Response:
    """Switch one rule off at once, in every process within seconds; it resumes by itself."""
    body = read_json(Pause)
    return ok(rules_pause.pause(here.deps(), here.actor(), body.rule, body.reason, body.hours))


@api.post("/v1/rules/resume")
@open_to(*WORKERS)
@answers({200: obj(data=arr(PAUSE))}, body=Resume, idempotent=True, problems=(404, 409))
@idempotent
def resume_rule() -> Response:
    """End a pause; answer with the pauses that are left."""
    body = read_json(Resume)
    rules_pause.resume(here.deps(), here.actor(), body.rule, body.reason)
    return ok({"data": [_pause(row) for row in rules_pause.running(here.deps())]})


@api.post("/v1/rules/rollback")
@open_to(*WORKERS)
@answers({200: CHANGE}, body=Rollback, idempotent=True, problems=(404, 409))
@idempotent
def roll_back() -> Response:
    """Return to older rules: the last publication within a day at once, else as a proposal to the second person."""
    body = read_json(Rollback)
    made = rules_publish.rollback(here.deps(), here.actor(), body.bundle, body.reason)
    return ok(rules_view.change_view(here.deps(), made["id"]))


@api.post("/v1/rules/test")
@open_to(*WORKERS, max_bytes=8 * MB)
@answers({200: {"type": "object"}}, body=CheckedFiles)
def test_rules() -> Response:
    """Judge examples, mutants and speed of changed files beside the live ones; nothing is stored."""
    report = rules_draft.test_files(here.deps(), read_json(CheckedFiles).files)
    return ok(report.to_json())


def _pause(row: dict[str, Any]) -> dict[str, Any]:
    return {"rule": row["rule"], "reason": row["reason"], "actor": row["actor"], "until": row["until"].isoformat()}
