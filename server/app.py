"""The web application: the API's routes with their guard, numbering, errors and document.

Place in the order's way: the frame of the HTTP door. `web.create_app` adds the screens to what this returns.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Response, request

from orders.errors import NotFound
from server.api import express, routes
from server.api.call import here, keys, problem, trace
from server.api.call.body import invalid
from server.api.call.door import guard
from server.api.call.recording import log_call
from server.api.call.rehearsal import mark
from server.api.openapi import Api
from server.config import load_settings

if TYPE_CHECKING:
    from pydantic import ValidationError

    from server.deps import Deps

API_PATHS = ("/v1/", "/healthz", "/readyz", "/metrics", "/openapi.json")
PAGE_FOR_ERRORS = "sluice_error_page"
"""`app.extensions` may hold a function (error) → Response under this name, for paths that are not the API's."""
ABSOLUTE_MOST = 26 * 1024 * 1024


def create_app(deps: Deps | None = None) -> Api:
    """Return the application over ``deps``; without any, over what the environment's settings say."""
    app = Api()
    equip(app, deps or _built())
    app.config["MAX_CONTENT_LENGTH"] = ABSOLUTE_MOST
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.validation_error_callback = _refuse_parameters
    express.install(app)
    trace.install(app)
    app.before_request(guard)
    app.after_request(log_call)
    app.after_request(mark)
    app.after_request(keys.tell_quota)
    app.teardown_request(lambda _error: request.close())  # files of a form that nobody read
    app.register_error_handler(Exception, lambda error: _answer(app, error))
    for blueprint in routes.blueprints():
        app.register_api(blueprint)
    return app


def equip(app: Api, deps: Deps) -> None:
    """Let every later request be answered with ``deps``; the routes, which take long to make, stay."""
    app.extensions[here.EXTENSION] = deps
    app.extensions[keys.EXTENSION] = keys.KeyRing(deps.settings.rate_limit)


def _built() -> Deps:
    from server.deps import build_deps

    return build_deps(load_settings())


def _refuse_parameters(error: ValidationError) -> Response:
    """Answer for a parameter that is not as described; in a path that means that nothing is called so."""
    if error.title.endswith("Path"):
        return problem.respond(NotFound("Nothing is called so", "没有这样命名的内容"))
    return problem.respond(invalid(error, prefix="?"))


def _answer(app: Api, error: Exception) -> Any:
    page = app.extensions.get(PAGE_FOR_ERRORS)
    if page is not None and not request.path.startswith(API_PATHS):
        return page(error)
    return problem.handle(error)
