"""Put the screens on the server's app.

Place in the order's way: composition of the front office; what happens to an order is decided below, in `server`.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from flask import url_for

from server.app import PAGE_FOR_ERRORS
from server.app import create_app as create_server
from server.config import load_settings
from server.deps import build_deps
from web import security, wording
from web.blueprint import screens
from web.linked import linked
from web.navigation import navigation, tabs
from web.page import page_words
from web.views import register_views

if TYPE_CHECKING:
    from flask import Flask

    from server.deps import Deps

STATIC = Path(__file__).parent / "static"


def create_app(deps: Deps | None = None) -> Flask:
    """Return the server's app with the screens at ``/``."""
    deps = deps or build_deps(load_settings())
    app = create_server(deps)
    app.extensions["sluice"] = deps
    app.secret_key = deps.secret_key
    app.config.setdefault("SLUICE_LOCALE", deps.settings.locale)
    app.config.setdefault("SLUICE_TIMEZONE", deps.settings.timezone)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(asset=asset, navigation=navigation, tabs=tabs, page_words=page_words)
    app.jinja_env.filters["linked"] = linked
    wording.register(app, deps.clock)
    security.register(app)
    register_views()
    app.extensions[PAGE_FOR_ERRORS] = import_module("web.views.errors").page_for_errors
    app.register_blueprint(screens)
    return app


@cache
def _fingerprint(name: str) -> str:
    path = STATIC / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "missing"


def asset(name: str) -> str:
    """Return the address of a static file, with its fingerprint so that browsers may keep it for ever."""
    return url_for("screens.static", filename=name, v=_fingerprint(name))
