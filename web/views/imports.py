"""Import of master data from a sheet: every row that was not taken is named, the whole can be undone. Export.

Place in the order's way: before it; `server.imports` reads, writes and undoes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, redirect, render_template, request, url_for

from orders.errors import Forbidden, Problem, SenderError, SluiceError
from server import imports as desk
from server.sheet import XLSX
from web.access import Screen, may_export, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.page import notify, wants_fragment
from web.views.master import sheet_named

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from web.master import Sheet


@screens.get("/master/<kind>/import")
@opens(Screen.SHEETS)
def import_form(kind: str) -> str:
    """Show where to put the file and which columns it has."""
    return _form(kind, sheet_named(kind, write=True))


def _form(kind: str, sheet: Sheet, error: str = "", problems: tuple[Problem, ...] = ()) -> str:
    return render_template("import.html", kind=kind, sheet=sheet, error=error, problems=problems)


@screens.post("/master/<kind>/import")
@opens(Screen.SHEETS)
def import_now(kind: str) -> str | tuple[str, int] | AnyResponse:
    """Take the file and show its report."""
    sheet = sheet_named(kind, write=True)
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return _form(kind, sheet, translate("请选择要导入的文件。")), 422
    try:
        report = desk.import_sheet(the_deps(), the_actor(), sheet.kind, sent.filename, sent.read())
    except SenderError as error:
        return _form(kind, sheet, say({"zh": error.message_zh, "en": error.message_en}), error.problems), 422
    if report["state"] == "running":
        notify(translate("文件已收下，正在后台写入 {n} 行；可以离开这一页。", n=report["total"]))
        return redirect(url_for("screens.import_report", kind=kind, import_id=report["id"]))
    notify(
        translate("导入完成：{n} 行写入，{m} 行被拒。", n=report["accepted"], m=report["rejected"]),
        undo=url_for("screens.undo_import", kind=kind, import_id=report["id"]) if report["accepted"] else None,
        bad=not report["accepted"],
    )
    return redirect(url_for("screens.import_report", kind=kind, import_id=report["id"]))


@screens.get("/master/<kind>/imports/<import_id>")
@opens(Screen.SHEETS)
def import_report(kind: str, import_id: str) -> str:
    """Show what an import did, row by row."""
    sheet = sheet_named(kind, write=True)
    report = desk.report(the_deps(), the_actor(), import_id)
    page = "parts/import_body.html" if wants_fragment() else "import_report.html"
    return render_template(page, kind=kind, sheet=sheet, report=report)


@screens.post("/master/<kind>/imports/<import_id>/undo")
@opens(Screen.SHEETS)
def undo_import(kind: str, import_id: str) -> AnyResponse:
    """Put back what was there before."""
    sheet_named(kind, write=True)
    try:
        desk.undo(the_deps(), the_actor(), import_id)
    except SluiceError as error:
        notify(say({"zh": error.message_zh, "en": error.message_en}), bad=True)
    else:
        notify(translate("已撤销导入，数据恢复到导入之前。"))
    return redirect(url_for("screens.import_report", kind=kind, import_id=import_id))


@screens.get("/master/<kind>/export")
@opens(Screen.SHEETS)
def export(kind: str) -> Response:
    """Send the whole kind as xlsx; who may is decided as in the API, and it is audited."""
    sheet = sheet_named(kind)
    if not may_export(the_actor(), sheet.screen):
        raise Forbidden("Your role may not take the whole list away.", "你的角色不能导出全部数据。")
    answer = Response(desk.export(the_deps(), the_actor(), sheet.kind, "xlsx"), mimetype=XLSX)
    answer.headers.set("Content-Disposition", "attachment", filename=f"{kind}.xlsx")
    return answer
