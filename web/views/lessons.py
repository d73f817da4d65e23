"""What confirmed drafts taught: each with where it came from and what its trial showed; on and off in one step.

Place in the order's way: after a draft was submitted; a live lesson changes how the customer's next document is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g, redirect, render_template, request, url_for

from orders.errors import SluiceError
from server.db.papers.lessons import LessonState
from server.desk.papers import learning as desk
from web.access import Screen, changes, may_write, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.page import here, notify
from web.review import path_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response as AnyResponse

PAGE_SIZE = 30
OPEN = (LessonState.PROPOSED, LessonState.READY, LessonState.HARMFUL, LessonState.IDLE)
SHOWN = {"open": OPEN, "live": (LessonState.LIVE,), "all": tuple(LessonState)}


@screens.get("/lessons")
@opens(Screen.LESSONS)
def lessons() -> str:
    """List lessons: those that wait for a person, those that are live, or all."""
    deps, actor = the_deps(), the_actor()
    g.section = Screen.DRAFTS
    state = request.args.get("state", "open")
    wanted = SHOWN.get(state, tuple(LessonState))
    rows, cursor = desk.listed(deps, actor, states=wanted, limit=PAGE_SIZE, after=request.args.get("after"))
    known = deps.catalogue()
    return render_template(
        "lessons.html",
        lessons=rows,
        state=state,
        path_name=path_name,
        names={code: entry.name for code, entry in known.customers.items()},
        products={code: " ".join(filter(None, (entry.name, entry.spec))) for code, entry in known.skus.items()},
        may_write=may_write(actor, Screen.LESSONS),
        next_url=here(after=cursor) if cursor else None,
        first_url=here(after=None) if request.args.get("after") else None,
    )


@screens.post("/lessons/<lesson_id>/on")
@changes(Screen.LESSONS)
def lesson_on(lesson_id: str) -> AnyResponse:
    """Let a lesson speak."""
    undo = url_for("screens.lesson_off", lesson_id=lesson_id)
    told = translate("已启用，从这个客户的下一份单据起生效。")
    tried_anew = translate("试读之后这个客户又有新单据：正在重试，没有变坏就自动启用。")
    return _moved(desk.switch_on, lesson_id, told, undo=undo, otherwise=tried_anew)


@screens.post("/lessons/<lesson_id>/off")
@changes(Screen.LESSONS)
def lesson_off(lesson_id: str) -> AnyResponse:
    """Revoke a lesson."""
    return _moved(desk.revoke, lesson_id, translate("已撤销，从下一份单据起不再使用。"))


@screens.post("/lessons/<lesson_id>/try")
@changes(Screen.LESSONS)
def lesson_try(lesson_id: str) -> AnyResponse:
    """Replay past documents once more."""
    return _moved(desk.try_again, lesson_id, translate("正在用过往单据重新试一遍。"))


def _moved(
    step: Callable[..., Any], lesson_id: str, told: str, undo: str | None = None, otherwise: str = ""
) -> AnyResponse:
    try:
        found = step(the_deps(), the_actor(), lesson_id)
    except SluiceError as error:
        notify(say({"zh": error.message_zh, "en": error.message_en}), bad=True)
    else:
        waits = bool(otherwise) and found["state"] != LessonState.LIVE
        notify(otherwise if waits else told, undo=None if waits else undo)
    return redirect(url_for("screens.lessons", state=request.args.get("state", "open")))
