"""Master data: lists with search, forms, export.

Place in the order's way: what reading, rules and routing match against. Writes go to `server.db.master`, audited.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for

from orders.errors import Forbidden, InvalidOrder, NotFound
from server.db import audit
from server.db import master as store
from server.db.mask import mask_name
from web.access import Screen, may_export, may_read, may_write, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.master import SHEETS, Sheet, from_form, to_form
from web.page import here, notify, wants_fragment

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

PAGE_SIZE = 50


def sheet_named(kind: str, *, write: bool = False) -> Sheet:
    """Return a kind that the person may open (or change). Raises NotFound, Forbidden."""
    sheet = SHEETS.get(kind)
    if sheet is None:
        raise NotFound(f"There is no master data {kind}", f"没有主数据 {kind}")
    actor = the_actor()
    if not (may_write(actor, sheet.screen) if write else may_read(actor, sheet.screen)):
        raise Forbidden("Your role does not allow this.", "你的角色没有这个权限。")
    return sheet


@screens.get("/master/<kind>")
@opens(Screen.SHEETS)
def master(kind: str) -> str:
    """List one kind."""
    sheet = sheet_named(kind)
    deps, actor = the_deps(), the_actor()
    typed = request.args.get("q", "").strip()
    with deps.store.db.read() as conn:
        page = store.list_page(conn, deps.store, sheet.kind, limit=PAGE_SIZE, after=request.args.get("after"), q=typed)
    return render_template(
        "parts/master_rows.html" if wants_fragment() else "master.html",
        kind=kind,
        sheet=sheet,
        rows=[(sheet.code(item), _shown(sheet, item)) for item in page.rows],
        may_edit=may_write(actor, sheet.screen),
        may_export=may_export(actor, sheet.screen),
        typed=typed,
        next_url=here(after=page.next_cursor) if page.next_cursor else None,
        first_url=here(after=None) if request.args.get("after") else None,
    )


def _shown(sheet: Sheet, item: dict[str, Any]) -> dict[str, Any]:
    """Mask a person's name; a company is no person."""
    if sheet.kind != "customers" or len(item["name"]) > 4:
        return item
    return {**item, "name": mask_name(item["name"])}


@screens.get("/master/<kind>/new")
@opens(Screen.SHEETS)
def new_item(kind: str) -> str:
    """Show an empty form."""
    return _form(kind, sheet_named(kind, write=True), {}, code=None)


@screens.get("/master/<kind>/item")
@opens(Screen.SHEETS)
def item(kind: str) -> str:
    """Show one item's form; its own code is the query value ``code``."""
    sheet = sheet_named(kind, write=True)
    deps, code = the_deps(), request.args.get("code", "")
    with deps.store.db.read() as conn:
        found = store.get(conn, deps.store, sheet.kind, code)
    if found is None:
        raise NotFound(f"There is no {code}", f"没有 {code}")
    if sheet.kind == "customers":
        _note_revealed(code)
    return _form(kind, sheet, {column.name: to_form(column, found.get(column.name)) for column in sheet.fields}, code)


def _note_revealed(code: str) -> None:
    """Write down that somebody opened a customer's form, which shows people whole."""
    deps = the_deps()
    entry = audit.Entry("personal_data_revealed", the_actor().id, {"customer": code, "reason": "edit"})
    with deps.store.db.write() as conn:
        audit.record(conn, "master:customers", entry, deps.clock())


def _form(
    kind: str, sheet: Sheet, values: dict[str, str], code: str | None, problems: dict[str, str] | None = None
) -> str:
    return render_template(
        "master_form.html", kind=kind, sheet=sheet, values=values, code=code, problems=problems or {}
    )


@screens.post("/master/<kind>/item")
@opens(Screen.SHEETS)
def save_item(kind: str) -> str | tuple[str, int] | AnyResponse:
    """Write one item; what is wrong is said beside its field."""
    sheet = sheet_named(kind, write=True)
    deps, actor = the_deps(), the_actor()
    code = request.form.get("code") or None
    texts = {column.name: request.form.get(column.name, "") for column in sheet.fields}
    values = {column.name: from_form(column, texts[column.name]) for column in sheet.fields}
    try:
        with deps.store.db.write() as conn:
            kept = (store.get(conn, deps.store, sheet.kind, code) or {}) if code else {}
            computed = {column.name for column in sheet.columns if not column.editable}
            merged = {name: value for name, value in kept.items() if name not in computed} | values
            store.upsert(conn, deps.store, sheet.kind, merged, actor=actor, now=deps.clock())
    except InvalidOrder as error:
        problems = {found.pointer.strip("/").split("/")[0]: _said(found) for found in error.problems}
        if not problems:
            problems = {"": say({"zh": error.message_zh, "en": error.message_en})}
        return _form(kind, sheet, texts, code, problems), 422
    notify(translate("已保存"))
    return redirect(url_for("screens.master", kind=kind))


def _said(problem: Any) -> str:
    said = say({"zh": problem.message_zh, "en": problem.message_en})
    if problem.candidates:
        said += translate("；最接近的是：{names}", names="、".join(problem.candidates[:3]))
    return said
