"""Drafts: shown, corrected, confirmed, submitted into the pipeline, withdrawn.

Place in the order's way: between read and normalize, where a person confirms what is doubtful.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from intake.canonical import parse_order, without_holes
from intake.media import Media, media
from intake.terms_check import differences
from orders.decision import canonical_bytes
from orders.draft import DocumentState, DraftState, draft_to_json
from orders.edit import Edit, apply_edits, unconfirmed
from orders.errors import InvalidOrder, Problem, Refused
from orders.required import missing
from server.arrival import Arrival
from server.commit import AlreadyThere, Committed, RaceLost
from server.db import originals
from server.db.doors import channels
from server.db.papers import documents, drafts
from server.desk.intake import account_of, sender_of
from server.desk.papers.learning import order_learning
from server.pipeline import process

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from intake.terms_check import Difference
    from orders.actor import Actor
    from server.commit import Outcome
    from server.db.papers.drafts import Draft
    from server.deps import Deps


_MAY_STILL_COME = frozenset({"required", "too_short"})


def draft(deps: Deps, actor: Actor, draft_id: str) -> dict[str, Any]:
    """Return the draft with its fields and what is still to be confirmed."""
    with deps.store.db.read() as conn:
        return _view(deps, drafts.get(conn, deps.store, draft_id, actor))


def patch_draft(
    deps: Deps, actor: Actor, draft_id: str, edits: Sequence[Mapping[str, Any]], version: int | None
) -> dict[str, Any]:
    """Make a person's edits, all or none. Raises InvalidOrder naming the path, Conflict when ``version`` is stale."""
    wanted = [
        Edit(str(edit["path"]), edit.get("value"), bool(edit.get("confirm")), bool(edit.get("remove")))
        for edit in edits
    ]
    with deps.store.db.write() as conn:
        stored = drafts.get(conn, deps.store, draft_id, actor)
        _require_editable(stored)
        if version is not None and version != stored.version:
            raise drafts.stale(stored)
        changed = apply_edits(stored.draft, wanted)
        _require_sound(changed.order, wanted)
        drafts.replace(conn, deps.store, stored, changed, actor=actor, now=deps.clock())
        return _view(deps, drafts.get(conn, deps.store, draft_id, actor))


def _require_sound(order: dict[str, Any], edits: Sequence[Edit]) -> None:
    """Refuse an edit that names no field of an order, or gives one a value of the wrong form.

    What is only missing may still come: `submit_draft` asks for it. Raises InvalidOrder naming each edit's path.
    """
    try:
        parse_order(without_holes(order))
    except InvalidOrder as error:
        edited = {edit.path for edit in edits if not edit.confirm and not edit.remove}
        wrong = tuple(item for item in error.problems if _concerns(item, edited))
        if wrong:
            raise InvalidOrder(
                f"{wrong[0].pointer}: {wrong[0].message_en}",
                f"{wrong[0].pointer}：{wrong[0].message_zh}",
                code="draft_edit_refused",
                problems=wrong,
            ) from error


def _concerns(problem: Problem, edited: set[str]) -> bool:
    if problem.code in _MAY_STILL_COME:
        return False
    return any(problem.pointer == path or problem.pointer.startswith(f"{path}/") for path in edited)


def submit_draft(deps: Deps, actor: Actor, draft_id: str) -> Outcome:
    """Send a confirmed draft the rest of the way. Raises InvalidOrder naming each field that is not confirmed."""
    with deps.store.db.read() as conn:
        stored = drafts.get(conn, deps.store, draft_id, actor)
    if stored.order_id:
        return AlreadyThere(stored.order_id)
    _require_editable(stored)
    open_fields = unconfirmed(stored.draft)
    if open_fields:
        raise InvalidOrder(
            f"{len(open_fields)} fields are not confirmed yet",
            f"还有 {len(open_fields)} 个字段未确认",
            code="draft_unconfirmed",
            problems=tuple(
                Problem(item.path, "unconfirmed", "请核对后确认或更正", "confirm or correct it") for item in open_fields
            ),
        )
    gaps = missing(stored.draft.order) if stored.kind != "payload" else ()
    if gaps:
        raise InvalidOrder(
            f"{len(gaps)} required fields are empty",
            f"还有 {len(gaps)} 个必填字段没有填",
            code="draft_incomplete",
            problems=gaps,
        )
    sent = without_holes(stored.draft.order)
    arrival = Arrival(
        door=stored.door,
        channel=stored.channel,
        actor=_sender(deps, stored, actor),
        data=canonical_bytes({**sent, "channel": stored.channel} if stored.kind == "payload" else sent),
        received_at=deps.clock(),
        original_id=stored.original_id,
        document_id=stored.document_id,
        draft_id=draft_id,
    )
    outcome = process(deps, arrival)
    if isinstance(outcome, RaceLost):  # somebody submitted the same draft at this moment
        with deps.store.db.read() as conn:
            order_id = drafts.get(conn, deps.store, draft_id, actor).order_id
        return AlreadyThere(order_id) if order_id else outcome
    if isinstance(outcome, AlreadyThere):  # a change or a cancellation of that order, or the order itself once more
        with deps.store.db.write() as conn:
            drafts.submitted(conn, draft_id, outcome.order_id, actor_id=actor.id, now=deps.clock())
    if isinstance(outcome, Committed) and stored.kind != "payload":
        order_learning(deps, draft_id)
    return outcome


def _sender(deps: Deps, stored: Draft, actor: Actor) -> Actor:
    """Let the number of what a machine sent belong to its channel, whoever submits it: sent again it is the same order.

    Otherwise the platform's next delivery would be a second order, and a cancellation would find none.
    """
    if stored.kind != "payload" or actor.is_dealer:
        return actor
    with deps.store.db.read() as conn:
        original = originals.fetch(conn, deps.store, stored.original_id)
        channel = channels.live(conn, deps.store, stored.channel)
    mapped = channel is not None and channel.template is not None
    plain = mapped or media(original.data, original.filename or "") is Media.PAYLOAD
    return replace(actor, account=account_of(stored.account, "" if plain else sender_of(stored.draft.order)))


def withdraw_draft(deps: Deps, actor: Actor, draft_id: str) -> None:
    """Take a draft out of the work. What arrived is kept."""
    with deps.store.db.write() as conn:
        stored = drafts.get(conn, deps.store, draft_id, actor)
        _require_editable(stored)
        drafts.set_state(conn, stored, DraftState.WITHDRAWN, actor=actor, now=deps.clock())


def restore_draft(deps: Deps, actor: Actor, draft_id: str) -> dict[str, Any]:
    """Bring a withdrawn draft back, as it was. Raises Refused for one that is not withdrawn, or whose document is."""
    with deps.store.db.write() as conn:
        stored = drafts.get(conn, deps.store, draft_id, actor)
        document = documents.get(conn, stored.document_id, actor)
        if stored.state is not DraftState.WITHDRAWN or document["state"] != DocumentState.READY:
            raise Refused(
                "only a withdrawn draft of a document that is still here can be brought back",
                "只能恢复已撤回、且单据仍在的草稿",
                code="draft_not_withdrawn",
            )
        drafts.bring_back(conn, stored, actor=actor, now=deps.clock())
        return _view(deps, drafts.get(conn, deps.store, draft_id, actor))


def _require_editable(stored: Draft) -> None:
    if stored.state not in drafts.EDITABLE:
        raise Refused(
            f"the draft is {stored.state.value}: it can no longer be changed",
            "草稿已提交或撤回，不能再修改",
            code="draft_closed",
        )


def _view(deps: Deps, stored: Draft) -> dict[str, Any]:
    differing = differences(stored.draft.order, deps.catalogue()) if stored.state in drafts.EDITABLE else ()
    return {
        "id": stored.id,
        "document_id": stored.document_id,
        "position": stored.position,
        "state": stored.state.value,
        "version": stored.version,
        "order_id": stored.order_id,
        "to_confirm": len(unconfirmed(stored.draft)),
        **draft_to_json(stored.draft),
        "differences": [_told(one) for one in differing],
    }


def _told(one: Difference) -> dict[str, Any]:
    message = {"zh": one.zh, "en": one.en}
    return {"path": one.path, "code": one.code, "stated": one.stated, "agreed": one.agreed, "message": message}
