"""What a page or an htmx answer carries besides its HTML: words for scripts, toasts, cursors.

Place in the order's way: none; shared by the views.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from flask import flash, make_response, request, url_for

from web.i18n import translate

if TYPE_CHECKING:
    from flask import Response


def page_words() -> str:
    """Return the words that scripts say, as JSON for an attribute."""
    words = {
        "close": translate("关闭"),
        "undo": translate("撤销"),
        "failed": translate("没有成功，请重试；若还不行，请联系管理员。"),
        "offline": translate("连不上服务器，请检查网络后重试。"),
        "saved": translate("已保存"),
        "tooBig": translate("文件太大，请压缩或分几次上传。"),
        "empty": translate("文件是空的，请换一份。"),
        "left": translate("还有 {n} 处要看"),
        "allSeen": translate("都看过了，可以提交"),
        "confirmOne": translate("确认，看下一处"),
        "confirmAll": translate("一起确认这 {n} 处"),
        "uploading": translate("上传中"),
        "seen": translate("已看过"),
        "remove": translate("删除这一行"),
        "page": translate("第 {n} 页，共 {m} 页"),
        "pasted": translate("已粘贴 {n} 行，请看一眼再提交。"),
        "tooManyRows": translate("一次最多粘贴 {n} 行；更多的请存成表格上传。"),
        "lineGone": translate("已删除一行。"),
    }
    return json.dumps(words, ensure_ascii=False)


def wants_fragment() -> bool:
    """Say whether htmx asks for a part of the page."""
    return bool(request.headers.get("HX-Request")) and not request.headers.get("HX-History-Restore-Request")


def notify(text: str, *, undo: str | None = None, bad: bool = False) -> None:
    """Show a toast on the next full page; ``undo`` is the address that takes the action back."""
    flash(cast("Any", {"text": text, "undo": undo}), "bad" if bad else "good")


def with_toast(html: str, text: str, *, bad: bool = False, undo: str | None = None, close: bool = False) -> Response:
    """Answer htmx with ``html`` and a toast; ``close`` closes the open dialog."""
    answer = make_response(html)
    events: dict[str, Any] = {"toast": {"text": text, "bad": bad, "undo": undo}}
    if close:
        events["closedialog"] = True
    answer.headers["HX-Trigger"] = json.dumps(events)  # ASCII by json's default, as headers must be
    return answer


def here(**changes: str | None) -> str:
    """Return this page's address with some query values changed (None takes one out)."""
    values: dict[str, Any] = {**(request.view_args or {}), **request.args.to_dict(), **changes}
    return url_for(str(request.endpoint), **{name: value for name, value in values.items() if value not in (None, "")})
