"""Who may pass: every route declares its roles, and a route that declares nothing lets nobody in.

Place in the order's way: the first thing that happens to a request after it has an id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from flask import current_app, g, request

from orders.actor import STAFF, Role
from orders.errors import Forbidden, NotFound, Problem, SenderError
from server.api.call.keys import authenticate

if TYPE_CHECKING:
    from collections.abc import Callable

    from orders.actor import Actor

F = TypeVar("F", bound="Callable[..., Any]")

MB = 1024 * 1024
EVERYONE = STAFF
"""All of our own people. Dealers enter where they are named."""
_ATTRIBUTE = "sluice_door"


@dataclass(frozen=True, slots=True)
class Door:
    """``roles`` that may enter (admin always may), or ``public``; ``max_bytes`` limits the body.

    ``test``: test keys may enter too, since the route has an answer for them that touches nothing live.
    """

    roles: frozenset[Role]
    max_bytes: int = MB
    public: bool = False
    test: bool = False


def open_to(*roles: Role, max_bytes: int = MB, test: bool = False) -> Callable[[F], F]:
    """Declare the roles of a route, the size of its body, and whether test keys may enter."""
    return _declare(Door(frozenset(roles), max_bytes, test=test))


def open_to_all(function: F) -> F:
    """Declare a route that needs no key."""
    return _declare(Door(frozenset(), public=True))(function)


def _declare(door: Door) -> Callable[[F], F]:
    def mark(function: F) -> F:
        setattr(function, _ATTRIBUTE, door)
        return function

    return mark


def door_of(view: object) -> Door | None:
    """Return what a view declared, if anything."""
    return getattr(view, _ATTRIBUTE, None)


def guard() -> None:
    """Let the request in or raise: runs before every request to the API.

    Raises:
        Forbidden: the route declares no roles, or none that the caller holds.
        SenderError: no valid key (``unauthenticated``).

    """
    if request.endpoint is None:
        return  # no such route: answered with 404 or 405 by the router
    _refuse_nul()
    _refuse_packed()
    door = door_of(current_app.view_functions[request.endpoint])
    if door is None:
        if request.path.startswith("/v1"):
            raise Forbidden("No role may call this", "任何角色都无权调用此地址")
        return
    request.max_content_length = door.max_bytes
    if door.public:
        return
    g.actor = authenticate()
    admit(g.actor, door)


def admit(actor: Actor, door: Door) -> None:
    """Let an actor through a door. Raises Forbidden: none of its roles, or a test key where only live ones may go."""
    if not actor.has(*door.roles):
        wanted = ", ".join(sorted(door.roles)) or Role.ADMIN
        raise Forbidden(f"Your key needs one of these roles: {wanted}", f"您的密钥需要以下角色之一：{wanted}")
    if actor.test and not door.test:
        raise Forbidden(
            "A test key may not call this: it sees and changes nothing live",
            "测试密钥不能调用此地址：它看不到也改不了正式数据",
            code="test_key",
        )


def _refuse_packed() -> None:
    """Refuse a compressed body: it would be read as what it is not. Source: RFC 9110, 15.5.16."""
    if request.headers.get("Content-Encoding", "").strip().lower() not in ("", "identity"):
        raise SenderError(
            "Send the body as it is: a Content-Encoding such as gzip is not taken",
            "请直接发送正文：不接受 gzip 等压缩（Content-Encoding）",
            code="unsupported_media_type",
        )


def _refuse_nul() -> None:
    """Refuse a NUL character, which no text of ours holds: nothing is called so, no parameter can mean it."""
    if "\0" in request.path:
        raise NotFound("Nothing is called so", "没有这样命名的内容")
    for name, value in request.args.items(multi=True):
        if "\0" in name + value:
            said = ("参数里有 NUL 字符", "The parameter holds a NUL character")
            problem = Problem(f"?/{name.replace(chr(0), '')}", "nul_character", *said)
            raise SenderError(said[1], said[0], code="invalid_request", problems=(problem,))
