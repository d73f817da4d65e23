"""The books: orders, shipments, receivables and payments compared for a period, payments taken from a bank's sheet.

Place in the order's way: after it; `server/desk/outlets/reconcile.py` does the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, redirect, render_template, request, url_for

from orders.errors import SluiceError
from server.desk.outlets import reconcile as desk
from server.desk.rulework import economics
from web.access import Screen, changes, may_write, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.page import notify

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

MOST = 200


def _period() -> economics.Period:
    """Return the period of the query; one that makes no sense is said and the last thirty days shown."""
    try:
        return economics.period_of(the_deps(), request.args.get("since"), request.args.get("until"))
    except SluiceError as error:
        notify(say({"zh": error.message_zh, "en": error.message_en}), bad=True)
        return economics.period_of(the_deps(), None, None)


@screens.get("/books")
@opens(Screen.BOOKS)
def books() -> str:
    """Show what agrees and what differs in a period."""
    found = desk.run(the_deps(), _period())
    return render_template(
        "books.html",
        found=found,
        period=found.period,
        rows=found.differences[:MOST],
        codes={code: say({"zh": zh, "en": en}) for code, (zh, en) in desk.CODES.items()},
        columns=desk.COLUMNS,
        may=may_write(the_actor(), Screen.BOOKS),
    )


@screens.get("/books.csv")
@opens(Screen.BOOKS)
def books_csv() -> Response:
    """Send every difference as CSV."""
    found = desk.run(the_deps(), _period())
    answer = Response(desk.to_csv(found), mimetype="text/csv")
    name = f"books-{found.period.since}-{found.period.until}.csv"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


@screens.post("/books/payments")
@changes(Screen.BOOKS)
def take_payments() -> AnyResponse:
    """Take payments from a sheet; what is wrong is named, and then no row is taken."""
    file = request.files.get("file")
    try:
        data = file.read() if file is not None else b""
        source = request.form.get("source", "").strip()[:40] or "bank"
        fresh, differing = desk.take_payments(the_deps(), the_actor(), source, data)
    except SluiceError as error:
        told = [say({"zh": item.message_zh, "en": item.message_en}) for item in error.problems[:5]]
        notify("；".join(told) or say({"zh": error.message_zh, "en": error.message_en}), bad=True)
        return redirect(url_for("screens.books"))
    notify(translate("收到 {n} 条新的收款记录。", n=fresh))
    if differing:
        refs = "、".join(differing[:10])
        notify(translate("这些流水号以前收到过，内容不同，没有改动：{refs}", refs=refs), bad=True)
    return redirect(url_for("screens.books"))
