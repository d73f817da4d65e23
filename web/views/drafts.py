"""Drafts: the list of what waits for a look, and the review screen.

Place in the order's way: read → (a person looks) → the pipeline; edits and submission are `server.desk.papers.drafts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, jsonify, redirect, render_template, request, url_for

from intake.readers.charset import decode
from intake.readers.mails.mail import open_mail
from orders.draft import DraftState
from orders.errors import InvalidOrder, Problem, SenderError
from server.commit import AlreadyThere, Committed, ConflictThere, RaceLost
from server.db.papers import documents, lessons
from server.db.papers import drafts as store
from server.desk.papers import documents as document_desk
from server.desk.papers import drafts as desk
from web.access import Screen, changes, may_write, opens
from web.blueprint import screens, the_actor, the_deps
from web.editing import edits_of
from web.i18n import say, translate
from web.own_titles import by_field, own_titles
from web.page import here, notify
from web.review import answer_of, differing, sheet_of
from web.views.documents import rows_of

if TYPE_CHECKING:
    from server.commit import Outcome

PAGE_SIZE = 30
MAX_SHOWN_CHARS = 20_000
PAGELESS = ("text", "sheet", "payload", "entry")
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How files begin that are no text: xlsx, ods, xls."""
OPTIONS = 40
"""SKUs that the product field offers at a time."""


def problem_json(problem: Problem) -> dict[str, Any]:
    """Return a finding in the reader's language."""
    message = say({"zh": problem.message_zh, "en": problem.message_en})
    if problem.candidates:
        message += translate("；最接近的是：{names}", names="、".join(problem.candidates[:3]))
    return {"pointer": problem.pointer, "message": message}


@screens.get("/drafts")
@opens(Screen.DRAFTS)
def drafts() -> str:
    """List the drafts that wait, or all of them."""
    deps, actor = the_deps(), the_actor()
    state = request.args.get("state", "open")
    with deps.store.db.read() as conn:
        wanted = store.EDITABLE if state == "open" else tuple(DraftState)
        page = store.list_page(conn, actor, wanted, limit=PAGE_SIZE, after=request.args.get("after"))
        ready = lessons.waiting(conn, actor)
    return render_template(
        "drafts.html",
        drafts=page.rows,
        lessons_ready=ready,
        state=state,
        next_url=here(after=page.next_cursor) if page.next_cursor else None,
        first_url=here(after=None) if request.args.get("after") else None,
    )


@screens.get("/drafts/<draft_id>")
@opens(Screen.DRAFTS)
def draft(draft_id: str) -> str:
    """Show the page left and the fields right."""
    deps, actor = the_deps(), the_actor()
    found = desk.draft(deps, actor, draft_id)
    with deps.store.db.read() as conn:
        document = rows_of(conn, [documents.get(conn, found["document_id"], actor)])[0]
    pages = 0 if document["kind"] in PAGELESS else document["pages"] or 0
    editable = found["state"] in store.EDITABLE and may_write(actor, Screen.DRAFTS)
    titles = own_titles(document["quality"] or {})
    return render_template(
        "draft.html",
        draft={**found, "kind": document["kind"]},
        sheet=sheet_of(found),
        differing=differing(found),
        document=document,
        own_titles=titles,
        own=by_field(titles),
        siblings=document["drafts"],
        pages=pages,
        source_text=None if pages else _source_text(document),
        editable=editable,
        may_restore=may_write(actor, Screen.DRAFTS),
        skus=_options(""),
    )


def _source_text(document: dict[str, Any]) -> str | None:
    """Return the words of a mail, a text or a sheet of text, which have no page to look at."""
    if document["kind"] not in ("mail", "text", "sheet"):
        return None
    data = document_desk.document_original(the_deps(), the_actor(), document["id"]).data
    if document["kind"] == "sheet" and data.startswith(WORKBOOKS):
        return None
    try:
        return (open_mail(data).text if document["kind"] == "mail" else decode(data))[:MAX_SHOWN_CHARS]
    except SenderError:
        return None


@screens.patch("/drafts/<draft_id>")
@changes(Screen.DRAFTS)
def edit_draft(draft_id: str) -> Response:
    """Take edits and confirmations; answer with every value and what is still doubtful."""
    deps, actor = the_deps(), the_actor()
    body = request.get_json()
    edits = edits_of(
        body.get("edits"), desk.draft(deps, actor, draft_id)["order"], deps.catalogue(), deps.settings.timezone
    )
    found = desk.patch_draft(deps, actor, draft_id, edits, int(body["version"]))
    return jsonify(version=found["version"], fields=answer_of(sheet_of(found)), differing=differing(found))


@screens.post("/drafts/<draft_id>/submit")
@changes(Screen.DRAFTS)
def submit_draft(draft_id: str) -> Response:
    """Put the draft into the pipeline; answer where to go, or what is still wrong."""
    deps, actor = the_deps(), the_actor()
    missing = sheet_of(desk.draft(deps, actor, draft_id)).missing()
    if missing:  # VAL-01: what a person must fill in blocks submission, named
        return jsonify(problems=[{"pointer": spot.path, "message": spot.note} for spot in missing])
    try:
        outcome = desk.submit_draft(deps, actor, draft_id)
    except InvalidOrder as error:
        return jsonify(problems=problems_of(error))
    return after_submission(outcome)


def problems_of(error: InvalidOrder) -> list[dict[str, Any]]:
    """Return what is wrong, field by field; the error's own words where it names no field."""
    found = [problem_json(problem) for problem in error.problems]
    return found or [{"pointer": "", "message": say({"zh": error.message_zh, "en": error.message_en})}]


def after_submission(outcome: Outcome) -> Response:
    """Answer where to go after an order was submitted, and say there what became of it."""
    match outcome:
        case RaceLost():
            message = translate("同时有太多人在动同样的库存或额度，请再提交一次。")
            return jsonify(problems=[{"pointer": "", "message": message}])
        case ConflictThere():
            notify(translate("同一订单号已有另一张内容不同的订单，没有重复提交；请对照后处理。"), bad=True)
        case AlreadyThere():
            notify(translate("这张订单已经在系统里，没有重复提交。"))
        case Committed():
            notify(translate("订单已提交，判定如下。"))
    return jsonify(to=url_for("screens.order", order_id=outcome.order_id))


@screens.post("/drafts/<draft_id>/withdraw")
@changes(Screen.DRAFTS)
def withdraw_draft(draft_id: str) -> Any:
    """Take a draft back."""
    desk.withdraw_draft(the_deps(), the_actor(), draft_id)
    notify(translate("草稿已撤回，原件仍保留；点「恢复」可以撤销。"))
    return redirect(url_for("screens.draft", draft_id=draft_id))


@screens.post("/drafts/<draft_id>/restore")
@changes(Screen.DRAFTS)
def restore_draft(draft_id: str) -> Any:
    """Undo a withdrawal."""
    desk.restore_draft(the_deps(), the_actor(), draft_id)
    notify(translate("草稿已恢复，可以继续核对。"))
    return redirect(url_for("screens.draft", draft_id=draft_id))


def _options(typed: str) -> list[tuple[str, str]]:
    wanted = typed.strip().lower()
    found = []
    for code, entry in the_deps().catalogue().skus.items():
        names = (code, entry.name, entry.spec or "", *entry.aliases)
        if not wanted or any(wanted in name.lower() for name in names):
            found.append((code, " ".join(part for part in (entry.name, entry.spec) if part)))
        if len(found) == OPTIONS:
            break
    return found


@screens.get("/sku-options")
@opens(Screen.DRAFTS)
def sku_options() -> Response:
    """Offer SKUs of the material master: 产品型号 never is free text (MAP-09)."""
    return jsonify(skus=[{"sku": code, "name": name} for code, name in _options(request.args.get("q", ""))])
