"""Errors on the screens: a page, a toast or JSON, always with what to do next.

Place in the order's way: around every view. Status codes are chosen in `server/api/call/problem.py`.
"""

from __future__ import annotations

import logging
from typing import Any

from flask import flash, jsonify, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from orders.errors import Forbidden, NotFound, SenderError, SluiceError
from server.api.call.problem import status_of
from web.blueprint import screens, signed_in
from web.i18n import say, translate
from web.page import with_toast
from web.security import harden

log = logging.getLogger(__name__)


def _said(error: SluiceError) -> str:
    problems = getattr(error, "problems", ())
    if problems:
        return "；".join(say({"zh": item.message_zh, "en": item.message_en}) for item in problems[:3])
    return say({"zh": error.message_zh, "en": error.message_en})


def _answer(status: int, title: str, text: str, icon: str, problems: tuple[Any, ...] = ()) -> Any:
    if request.headers.get("HX-Request"):
        answer = with_toast("", text, bad=True)
        answer.headers["HX-Reswap"] = "none"
        return answer, status
    if request.accept_mimetypes.best == "application/json" or request.is_json:
        return jsonify(message=text), status
    if not signed_in():
        return redirect(url_for("screens.sign_in"))
    back = request.referrer if request.referrer and request.referrer.startswith(request.host_url) else None
    page = render_template(
        "problem.html", title=title, text=text, icon=icon, problems=problems, back=back or url_for("screens.home")
    )
    return page, status


@screens.errorhandler(SluiceError)
def sluice_error(error: SluiceError) -> Any:
    """Answer for an expected error."""
    if isinstance(error, NotFound):
        return _answer(404, translate("没有找到"), translate("它不存在，或你没有权限查看。"), "search")
    if isinstance(error, Forbidden):
        return _answer(403, translate("没有权限"), _said(error), "lock")
    if isinstance(error, SenderError):
        return _answer(status_of(error), translate("不能这样做"), _said(error), "exclamation-circle", error.problems)
    log.error("Screen failed: %s", error, exc_info=error, extra={"action": "screen_failed"})
    return _answer(
        status_of(error), translate("出了点问题"), translate("我们这边出错了，数据没有丢；请稍后重试。"), "bug"
    )


@screens.errorhandler(CSRFError)
def csrf_error(_error: CSRFError) -> Any:
    """Answer for a form whose token is missing or of another session."""
    text = translate("页面已过期，请刷新后再试一次。")
    if not signed_in():
        flash(text, "bad")
        return redirect(url_for("screens.sign_in"))
    return _answer(400, translate("页面已过期"), text, "hourglass")


@screens.errorhandler(HTTPException)
def http_error(error: HTTPException) -> Any:
    """Answer for what Flask itself refuses."""
    if error.code == 413:
        return _answer(413, translate("文件太大"), translate("文件太大，请压缩或分几次上传。"), "file-earmark-x")
    if error.code == 404:
        return _answer(404, translate("没有找到"), translate("这个页面不存在，请从菜单进入。"), "search")
    text = translate("请求有误，请返回重试。")
    return _answer(error.code or 500, translate("不能这样做"), text, "exclamation-circle")


@screens.errorhandler(KeyError)
@screens.errorhandler(OverflowError)
@screens.errorhandler(ValueError)
def form_error(error: Exception) -> Any:
    """Answer for a form that does not have the fields that ours have."""
    log.warning("A form was not as ours are", exc_info=error, extra={"action": "form_refused"})
    return _answer(400, translate("不能这样做"), translate("请求有误，请返回重试。"), "exclamation-circle")


def page_for_errors(error: Exception) -> Any:
    """Answer for an error outside our views and outside the API: an address that leads nowhere, or a fault."""
    if isinstance(error, HTTPException):
        answer = http_error(error)
    elif isinstance(error, SluiceError):
        answer = sluice_error(error)
    else:
        log.error("A page failed", exc_info=error, extra={"action": "screen_failed"})
        answer = _answer(500, translate("出了点问题"), translate("我们这边出错了，数据没有丢；请稍后重试。"), "bug")
    return harden(make_response(answer))
