"""Changes of the rules: from draft to live, by two people; the life of the rules themselves is in `rule_lanes.py`."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from pydantic import BaseModel, Field

from server.api.call import here
from server.api.call.answer import if_match, ok, versioned
from server.api.call.body import Body, Query, read_json, read_json_or_nothing
from server.api.call.described import answers
from server.api.call.door import MB, open_to
from server.api.call.idempotency import idempotent
from server.api.call.shapes import ANYTHING, MAYBE, MAYBE_TIME, TEXT, TIME, WHOLE, arr, obj, one_of
from server.api.rulework.rulebook import CLOSED, READERS, FileName, FileText
from server.db.rulework.rule_changes import OPEN, ChangeState
from server.desk.rulework import rules_draft, rules_publish, rules_shadow, rules_view
from server.desk.rulework.rules_draft import WORKERS, Edits
from server.desk.rulework.rules_publish import Plan, Waiver

if TYPE_CHECKING:
    from collections.abc import Callable

api = APIBlueprint("rule_drafts", __name__)
NAMED: Any = {**obj(id=TEXT, name=TEXT), "type": ["object", "null"]}
ROW: dict[str, Any] = {
    "id": TEXT,
    "title": TEXT,
    "state": one_of(*(state.value for state in ChangeState)),
    "version": WHOLE,
    "base": TEXT,
    "bundle": MAYBE,
    "reason": TEXT,
    "plan": {"type": ["object", "null"]},
    "author": NAMED,
    "decided_by": NAMED,
    "decision_reason": MAYBE,
    "decided_at": MAYBE_TIME,
    "failure": MAYBE,
    "shadow": obj(on={"type": "boolean"}, judged=WHOLE),
    "created_at": TIME,
    "updated_at": TIME,
}
CHANGE = obj(
    **ROW,
    files={"type": "object", "additionalProperties": MAYBE},
    report={"type": ["object", "null"]},
    waivers=arr(obj(mutant=TEXT, reason=TEXT)),
    differences=arr(ANYTHING),
    current={"type": "boolean"},
)
Word = Annotated[str, Field(max_length=1000)]
Rows = Annotated[list[Annotated[list[Word | None], Field(max_length=100)]], Field(max_length=2000)]
Title = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
Param = Word | Annotated[list[Word], Field(max_length=2000)]
OFFSET = (
    "时间应带时区，例如 2026-11-30T08:00:00+08:00",
    "write a time with its offset, such as 2026-11-30T08:00:00+08:00",
)


class ChangePath(BaseModel):
    """One change of the rules."""

    draft_id: str = Field(max_length=64)


class Draft(Body):
    """What changes: whole files by name (null takes one out), values of parameters by file."""

    title: Title | None = Field(None, description="标题 / title")
    files: dict[FileName, FileText | None] = Field(default_factory=dict, max_length=200, json_schema_extra=CLOSED)
    params: dict[FileName, dict[str, Param]] = Field(
        default_factory=dict,
        max_length=200,
        json_schema_extra=CLOSED,
        description="参数新值，名单为数组 / new values; lists as arrays",
    )
    tables: dict[FileName, dict[str, Rows]] = Field(
        default_factory=dict,
        max_length=200,
        json_schema_extra=CLOSED,
        description="表的全部行，空单元格为 null / all rows of tables; null: an empty cell",
    )
    follow: bool = Field(True, description="贴着旧阈值的例子一起移动 / examples at the old threshold move along")


class NewDraft(Draft):
    """A new change has a title."""

    title: Title = Field(description="标题 / title")


class Reason(Body):
    """Why."""

    reason: str = Field("", max_length=500, description="原因 / why")


class Waive(Body):
    """A mutant that no example needs to catch."""

    mutant: str = Field(min_length=1, max_length=64)
    reason: str = Field(min_length=1, max_length=500)


class Proposal(Body):
    """How to publish: all orders or a share, at once or at a time."""

    reason: str = Field("", max_length=500, description="原因 / why")
    percent: int = Field(100, ge=1, le=100, description="灰度比例；100 为全量 / share of the orders; 100: all")
    at: str | None = Field(None, max_length=40, description="定时生效（RFC 3339）/ when to become live")
    waivers: list[Waive] = Field(default_factory=list, max_length=200, description="申请豁免的变异 / mutants to waive")


class Approval(Body):
    """The second person's word."""

    reason: str = Field("", max_length=500, description="意见 / comment")
    waive: list[Annotated[str, Field(max_length=64)]] = Field(
        default_factory=list, max_length=200, description="逐条确认的豁免 / each waiver that is confirmed"
    )


class Accept(Body):
    """Which proposed examples to put into the files, by mutant and by the failing example; all without a word."""

    mutants: list[Annotated[str, Field(max_length=64)]] | None = Field(None, max_length=500)
    repaired: list[Annotated[str, Field(max_length=200)]] | None = Field(None, max_length=500)


class Shadow(Body):
    """Whether the shadow runs."""

    on: bool = Field(True, description="开始或结束影子运行 / begin or end")


class ChangesQuery(Query):
    """Which changes."""

    state: Literal["open", "all"] = Field("open", description="未结束的或全部 / those under way, or all")


@api.get("/v1/rules/drafts")
@open_to(*READERS)
@answers({200: obj(data=arr(obj(**ROW)))})
def list_changes(query: ChangesQuery) -> Response:
    """List the changes of the rules, the one touched last first (at most 100)."""
    states = OPEN if query.state == "open" else tuple(ChangeState)
    return ok({"data": rules_view.changes_view(here.deps(), states)})


@api.post("/v1/rules/drafts")
@open_to(*WORKERS, max_bytes=8 * MB)
@answers({201: CHANGE}, body=NewDraft, idempotent=True)
@idempotent
def begin_change() -> Response:
    """Begin a change on top of the live rules."""
    body = read_json(NewDraft)
    made = rules_draft.begin(here.deps(), here.actor(), body.title, _edits(body))
    response = _shown(made["id"], 201)
    response.headers["Location"] = f"/v1/rules/drafts/{made['id']}"
    return response


@api.get("/v1/rules/drafts/<draft_id>")
@open_to(*READERS)
@answers({200: CHANGE, 304: None})
def show_change(path: ChangePath) -> Response:
    """Show a change: its files, what differs from the live rules, the last report."""
    return _shown(path.draft_id)


@api.put("/v1/rules/drafts/<draft_id>")
@open_to(*WORKERS, max_bytes=8 * MB)
@answers({200: CHANGE}, body=Draft, if_match=True)
def edit_change(path: ChangePath) -> Response:
    """Edit a change of one's own; what was tested before counts no more."""
    body = read_json(Draft)
    rules_draft.change(here.deps(), here.actor(), path.draft_id, _edits(body), version=if_match())
    return _shown(path.draft_id)


@api.post("/v1/rules/drafts/<draft_id>/publish")
@open_to(*WORKERS)
@answers({200: CHANGE}, body=Proposal, idempotent=True, problems=(409,))
@idempotent
def propose_change(path: ChangePath) -> Response:
    """Send a change to the second person; 422 names failing examples and surviving mutants with proposed examples."""
    body = read_json(Proposal)
    waivers = [Waiver(item.mutant, item.reason) for item in body.waivers]
    plan = Plan(body.percent, _time(body.at))
    rules_publish.propose(here.deps(), here.actor(), path.draft_id, body.reason, plan, waivers)
    return _shown(path.draft_id)


@api.post("/v1/rules/drafts/<draft_id>/approve")
@open_to(*WORKERS)
@answers({200: CHANGE}, body=Approval, body_required=False, idempotent=True, problems=(409,))
@idempotent
def approve_change(path: ChangePath) -> Response:
    """Approve as the second person: the change decides at once, or at its time; 409 says why it does not."""
    body = read_json_or_nothing(Approval)
    rules_publish.approve(here.deps(), here.actor(), path.draft_id, body.reason, body.waive)
    return _shown(path.draft_id)


@api.post("/v1/rules/drafts/<draft_id>/examples")
@open_to(*WORKERS)
@answers({200: CHANGE}, body=Accept, body_required=False, idempotent=True, problems=(409,))
@idempotent
def accept_examples(path: ChangePath) -> Response:
    """Put the proposed boundary examples into their files, and failing examples as proposed anew."""
    body = read_json_or_nothing(Accept)
    rules_draft.accept_examples(here.deps(), here.actor(), path.draft_id, body.mutants, body.repaired)
    return _shown(path.draft_id)


@api.post("/v1/rules/drafts/<draft_id>/shadow")
@open_to(*WORKERS)
@answers({200: CHANGE}, body=Shadow, body_required=False, idempotent=True, problems=(409,))
@idempotent
def shadow_change(path: ChangePath) -> Response:
    """Let the change judge every order beside the live rules, deciding nothing; or end that."""
    step = rules_shadow.begin if read_json_or_nothing(Shadow).on else rules_shadow.end
    step(here.deps(), here.actor(), path.draft_id)
    return _shown(path.draft_id)


@api.get("/v1/rules/drafts/<draft_id>/shadow")
@open_to(*READERS)
@answers({200: obj(on={"type": "boolean"}, judged=WHOLE, data=arr(ANYTHING))})
def show_shadow(path: ChangePath) -> Response:
    """Show what the shadow would have decided otherwise, newest first (at most 100)."""
    return ok(rules_shadow.found(here.deps(), path.draft_id))


def _plain(name: str, step: Callable[..., Any], said: str) -> None:
    @open_to(*WORKERS)
    @answers({200: CHANGE}, idempotent=True, problems=(409, 422))
    @idempotent
    def run(path: ChangePath) -> Response:
        step(here.deps(), here.actor(), path.draft_id)
        return _shown(path.draft_id)

    run.__name__, run.__doc__ = f"{name}_change", said
    api.post(f"/v1/rules/drafts/<draft_id>/{name}")(run)


def _reasoned(name: str, step: Callable[..., Any], said: str) -> None:
    @open_to(*WORKERS)
    @answers({200: CHANGE}, body=Reason, idempotent=True, problems=(409,))
    @idempotent
    def run(path: ChangePath) -> Response:
        step(here.deps(), here.actor(), path.draft_id, read_json(Reason).reason)
        return _shown(path.draft_id)

    run.__name__, run.__doc__ = f"{name.replace('-', '_')}_change", said
    api.post(f"/v1/rules/drafts/<draft_id>/{name}")(run)


_plain("check", rules_draft.check, "Compile the change; 422 with file, line and a suggestion when it is wrong.")
_plain("test", rules_draft.test, "Judge every example, every mutant of the changed files and the speed; see `report`.")
_plain("refresh", rules_draft.refresh, "Put the change on top of what is live now.")
_plain("recall", rules_draft.recall, "Take a proposal back to work on it again.")
_plain("withdraw", rules_draft.withdraw, "Take a change back for good.")
_reasoned("reject", rules_publish.reject, "Send a proposal back to its author, with the reason.")
_reasoned("end-canary", rules_publish.end_canary, "Let the live rules decide every order again.")


def _edits(body: Draft) -> Edits:
    params = {name: dict(values) for name, values in body.params.items()}
    tables = {
        name: {table: [tuple(cell or "" for cell in row) for row in rows] for table, rows in grids.items()}
        for name, grids in body.tables.items()
    }
    return Edits(dict(body.files), params, tables, body.title, body.follow)


def _shown(change_id: str, status: int = 200) -> Response:
    return versioned(rules_view.change_view(here.deps(), change_id), status)


def _time(text: str | None) -> datetime | None:
    """Read a time with its offset. Raises InvalidOrder."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise ValueError(text)
        found.timestamp()
    except (ValueError, OverflowError):
        raise rules_publish.out_of_range("/at", *OFFSET) from None
    return found
