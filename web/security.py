"""Guard the screens: sign-in, roles (deny by default), CSRF, headers.

Place in the order's way: before and after every view. The API's own guards are in `server/api`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask import current_app, g, redirect, request, url_for
from flask.sessions import SecureCookieSessionInterface
from flask_login import LoginManager, current_user
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import BadRequest

from intake.readers.payload import load_strict
from orders.errors import Forbidden
from web.access import is_public, may_open
from web.blueprint import composed, screens, signed_in, the_actor, the_deps
from web.i18n import translate
from web.session import LASTS, person_of_session

if TYPE_CHECKING:
    from flask import Flask, Response
    from werkzeug.wrappers import Response as AnyResponse

    from web.session import Person

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'"
)
"""No inline script or style, nothing from elsewhere."""
THEMES = ("auto", "light", "dark")
THEME_COOKIE = "sluice_theme"

csrf = CSRFProtect()


class _Sessions(SecureCookieSessionInterface):
    """Signed cookies; over https they never travel without it."""

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002 - Flask's own signature
        """Say whether the cookie is for https alone."""
        return request.is_secure


def register(app: Flask) -> None:
    """Install the guards on ``app``; CSRF is checked for the screens only (the API takes keys, no cookies)."""
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,
        SESSION_COOKIE_NAME="sluice_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=LASTS,
    )
    app.session_interface = _Sessions()
    csrf.init_app(app)
    manager = LoginManager()
    manager.session_protection = None  # addresses of phones change; the cookie is signed and ends in 12 hours
    manager.user_loader(_load)
    manager.init_app(app)
    app.context_processor(_context)


def _load(session_id: str) -> Person | None:
    return person_of_session(composed(), session_id)


@screens.before_request
def guard() -> AnyResponse | None:
    """Let a request in: static files and public views to all, the rest by role; unsafe methods with a token."""
    if request.endpoint == "screens.static":
        return None
    view: Any = current_app.view_functions[str(request.endpoint)]
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        csrf.protect()
        _refuse_odd()
    if is_public(view):
        return None
    if not signed_in():
        return _to_sign_in()
    if not may_open(the_actor(), view):
        raise Forbidden("Your role does not allow this.", "你的角色没有这个权限。")
    return None


def _refuse_odd() -> None:
    """Refuse what no page of ours sends: a NUL character, which no database keeps, and JSON that is no sound object."""
    if request.mimetype == "application/json":
        data = request.get_data(cache=True)
        if data and not isinstance(load_strict(data), dict):
            raise BadRequest
    elif any("\0" in name + value for name, value in request.form.items(multi=True)):
        raise BadRequest


def _to_sign_in() -> AnyResponse:
    target = url_for("screens.sign_in", next=request.full_path.rstrip("?") if request.method == "GET" else None)
    if request.headers.get("HX-Request"):
        answer = current_app.response_class(status=401)
        answer.headers["HX-Redirect"] = target
        return answer
    if request.accept_mimetypes.best == "application/json":
        message = translate("登录已过期，请重新登录。")
        return current_app.json.response(message=message, sign_in=target), 401  # type: ignore[return-value]
    return redirect(target)


@screens.after_request
def harden(answer: Response) -> Response:
    """Add the headers that keep a page from being framed, sniffed, cached or scripted from elsewhere."""
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["X-Frame-Options"] = "DENY"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["Permissions-Policy"] = "camera=(self), microphone=(), geolocation=()"
    answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.endpoint == "screens.static":
        fixed = "v" in request.args
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if fixed else "no-cache"
    elif "Cache-Control" not in answer.headers:
        answer.headers["Cache-Control"] = "no-store"
    return answer


def safe_back(target: str | None) -> str:
    """Return ``target`` if it is a path of this site, else the home page: no open redirect."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return url_for("screens.home")
    parts = urlsplit(target)
    return url_for("screens.home") if parts.scheme or parts.netloc or "\n" in target or "\r" in target else target


def theme() -> str:
    """Return the reader's theme."""
    chosen = request.cookies.get(THEME_COOKIE, "auto")
    return chosen if chosen in THEMES else "auto"


def _context() -> dict[str, Any]:
    actor = the_actor() if signed_in() else None
    return {"actor": actor, "theme": theme(), "current_user": current_user, "now": g.get("now") or the_deps().clock()}
