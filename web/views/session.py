"""Sign in, sign out, choose language and theme.

Place in the order's way: before everything that a person does.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user, logout_user
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from web import demo
from web.access import public
from web.blueprint import screens, signed_in, the_deps
from web.demo import DEMO_PASSWORD
from web.i18n import COOKIE, LANGUAGES, translate
from web.security import THEME_COOKIE, THEMES, safe_back
from web.session import end_session, person_of_password

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.wrappers import Response as AnyResponse

log = logging.getLogger(__name__)
_attempts = MovingWindowRateLimiter(MemoryStorage())
PER_ADDRESS = RateLimitItemPerMinute(20)
"""Sign-ins a minute from one address; ten wrong passwords in a row lock the login itself, in every process."""
YEAR_S = 365 * 86_400


@screens.get("/sign-in")
@public
def sign_in() -> str | AnyResponse:
    """Show the form."""
    if signed_in():
        return redirect(safe_back(request.args.get("next")))
    return _form(request.args.get("next", ""))


def _form(target: str, login: str = "", error: str = "") -> str:
    return render_template(
        "sign_in.html",
        next=target,
        login=login,
        error=error,
        demo_people=demo.demo_people(the_deps()),
        demo_password=DEMO_PASSWORD,
    )


@screens.post("/sign-in")
@public
def sign_in_now() -> str | tuple[str, int] | AnyResponse:
    """Check login and password."""
    target = request.form.get("next", "")
    login = request.form.get("login", "").strip()[:80]
    if not _attempts.hit(PER_ADDRESS, "sign-in", _address()):
        return _form(target, login, translate("尝试太频繁，请一分钟后再试。")), 429
    person = person_of_password(the_deps(), login, request.form.get("password", "")[:200])
    if person is None:
        log.info("Sign-in refused", extra={"action": "sign_in_refused"})
        error = translate("账号或密码不对。请核对大小写；连错 10 次会锁定 15 分钟，忘记密码请找管理员重置。")
        return _form(target, login, error), 401
    session.clear()  # a session that somebody else began is not carried over
    session.permanent = True
    login_user(person)
    log.info("%s signed in", person.actor.id, extra={"action": "signed_in"})
    return redirect(safe_back(target))


def _address() -> str:
    """Return who calls; behind a proxy of ours, whom it names last, which is what it saw itself."""
    told = request.remote_addr or "?"
    return request.access_route[-1] if the_deps().settings.trusts(told) else told


@screens.post("/sign-out")
@public
def sign_out() -> AnyResponse:
    """End the session, here and wherever its cookie was copied to."""
    if signed_in():
        end_session(the_deps(), current_user)
    logout_user()
    flash(translate("已退出登录。"), "good")
    return redirect(url_for("screens.sign_in"))


@screens.post("/preferences")
@public
def prefer() -> Response:
    """Keep language and theme in cookies, then go back."""
    answer = redirect(safe_back(request.form.get("back", "").rstrip("?")))
    for cookie, field, allowed in ((COOKIE, "lang", LANGUAGES), (THEME_COOKIE, "theme", THEMES)):
        value = request.form.get(field, "")
        if value in allowed:
            answer.set_cookie(cookie, value, max_age=YEAR_S, samesite="Lax", httponly=True, secure=request.is_secure)
    return answer  # type: ignore[return-value]
