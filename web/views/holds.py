"""The hold queue: what stands in the way of orders, and its release with a reason.

Place in the order's way: after decide; a release decides the order again (`server.desk.holds`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask import Response, redirect, render_template, request

from orders.errors import InvalidOrder, SluiceError
from server.db.order import holds as store
from server.desk import holds as desk
from server.desk.intercept import HOLDERS
from web.access import Screen, changes, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import say, translate
from web.order_page import may_release
from web.page import here, notify, wants_fragment, with_toast
from web.security import safe_back
from web.wording import HOLD_CODE_ZH

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from orders.actor import Actor

PAGE_SIZE = 30


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which holds: a code, a gate, only those that the actor may release."""

    code: str | None = None
    gate: str | None = None
    mine: bool = False

    def fits(self, hold: dict[str, Any]) -> bool:
        """Say whether a hold (marked ``mine``) is wanted."""
        return (not self.mine or hold["mine"]) and self.gate in (None, hold["gate"])


def queue_of(
    actor: Actor, wanted: Wanted, *, limit: int, after: str | None = None
) -> tuple[list[dict[str, Any]], str | None]:
    """Return at least ``limit`` wanted holds if there are, oldest first, and where the next ones start."""
    found: list[dict[str, Any]] = []
    with the_deps().store.db.read() as conn:
        while True:
            page = store.queue(conn, actor, limit=limit, after=after, code=wanted.code)
            marked = ({**row, "mine": may_release(actor, row)} for row in page.rows)
            found += [row for row in marked if wanted.fits(row)]
            after = page.next_cursor
            if after is None or len(found) >= limit:
                return found, after


@screens.get("/holds")
@opens(Screen.HOLDS)
def holds() -> str:
    """List what is held, the actor's own to release first if asked."""
    actor = the_actor()
    args = request.args
    wanted = Wanted(args.get("code") or None, args.get("gate") or None, mine=args.get("mine", "1") == "1")
    rows, after = queue_of(actor, wanted, limit=PAGE_SIZE, after=args.get("after"))
    return render_template(
        "parts/hold_rows.html" if wants_fragment() else "holds.html",
        holds=rows,
        mine=wanted.mine,
        may_intercept=actor.has(*HOLDERS),
        codes=sorted(HOLD_CODE_ZH),
        next_url=here(after=after) if after else None,
        first_url=here(after=None) if args.get("after") else None,
    )


@screens.get("/holds/<hold_id>/release")
@opens(Screen.HOLDS)
def release_form(hold_id: str) -> str:
    """Show the dialog that asks for the reason."""
    actor = the_actor()
    with the_deps().store.db.read() as conn:
        hold = store.get(conn, hold_id, actor)
    return render_template("parts/release_dialog.html", hold={**hold, "mine": may_release(actor, hold)})


@screens.post("/holds/<hold_id>/release")
@changes(Screen.HOLDS)
def release(hold_id: str) -> Response | AnyResponse | tuple[Response, int]:
    """Release a hold with its reason; the order is decided again."""
    try:
        view = desk.release_hold(the_deps(), the_actor(), hold_id, request.form.get("reason", ""))
    except SluiceError as error:
        said = say({"zh": error.message_zh, "en": error.message_en})
        if isinstance(error, InvalidOrder) and error.problems:
            said = say({"zh": error.problems[0].message_zh, "en": error.problems[0].message_en})
        if wants_fragment():
            answer = with_toast("", said, bad=True)
            answer.headers["HX-Reswap"] = "none"
            return answer, 422
        notify(said, bad=True)
        return redirect(safe_back(request.form.get("back")))
    left = sum(1 for hold in view["holds"] if hold["state"] == "active")
    said = translate("已放行并重新判定，还有 {n} 个挂起。", n=left) if left else translate("已放行，订单继续往下走。")
    if wants_fragment():
        return with_toast("", said, close=True)
    notify(said)
    return redirect(safe_back(request.form.get("back")))
