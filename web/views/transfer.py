"""The configuration as one file: taken away, and put in place here. Administrators only.

Place in the order's way: before it; `server/desk/papers/transfer.py` does the work.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from flask import Response, g, redirect, render_template, request, url_for

from intake.readers.payload import load_strict
from orders.errors import SluiceError
from server.desk.papers import transfer
from web.access import Screen, changes, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.page import notify

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse


@screens.get("/configuration")
@opens(Screen.ACCESS)
def configuration() -> str:
    """Offer the file, and to take one in."""
    g.section = Screen.ACCESS
    return render_template("configuration.html")


@screens.post("/configuration/export")
@changes(Screen.ACCESS)
def export_configuration() -> Response:
    """Give the file."""
    text = json.dumps(transfer.export(the_deps().store), ensure_ascii=False, indent=1) + "\n"
    headers = {"Content-Disposition": 'attachment; filename="sluice-configuration.json"'}
    return Response(text, content_type="application/json; charset=utf-8", headers=headers)


@screens.post("/configuration")
@changes(Screen.ACCESS)
def import_configuration() -> AnyResponse:
    """Put a file's configuration in place, all of it or nothing."""
    deps, file = the_deps(), request.files.get("file")
    try:
        counts = transfer.take_over(deps.store, the_actor(), load_strict(file.read() if file else b""), deps.clock())
    except SluiceError as error:
        places = [f"{problem.pointer} {problem.message_zh}" for problem in error.problems[:3]]
        notify("；".join([say({"zh": error.message_zh, "en": error.message_en}), *places]), bad=True)
    else:
        deps.wake()
        notify(translate("已导入：渠道 {n}，模板 {m}，去向 {k}。密钥与地址请逐个填写。", n=counts["channels"],
                         m=counts["templates"], k=counts["destinations"]))  # fmt: skip
    return redirect(url_for("screens.configuration"))
