"""API keys as administrators handle them: made for a system with roles and an account, shown once, revoked.

Place in the order's way: before every door. Knows no HTTP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orders.actor import Role
from orders.errors import NotFound, Problem, SenderError
from server.db import audit, people
from server.desk import dealers

if TYPE_CHECKING:
    from orders.actor import Actor
    from server.deps import Deps

Json = dict[str, Any]
CHAIN = "keys"
MODES = ("live", "test")


@dataclass(frozen=True, slots=True)
class NewKey:
    """``account`` is whose numbers the key's orders bear; two keys of one account share them.

    ``dealer`` is the customer code of the dealer whose key it is: then it has that role alone.
    """

    name: str
    roles: tuple[str, ...]
    account: str = ""
    mode: str = "live"
    dealer: str = ""


def add_key(deps: Deps, actor: Actor, wanted: NewKey) -> tuple[Json, str]:
    """Make a key; return it and its secret, which nothing shows again. Raises SenderError for an unknown role."""
    unknown = [role for role in wanted.roles if role not in set(Role)]
    if unknown or not wanted.roles or wanted.mode not in MODES:
        told = ("请从角色表中选至少一个角色", "Choose at least one of the roles")
        problem = Problem("/roles", "choice", *told, tuple(Role))
        raise SenderError(told[1], told[0], code="invalid_request", problems=(problem,))
    _require_one_kind(wanted)
    now = deps.clock()
    row = {"name": wanted.name, "scopes": wanted.roles, "account": wanted.account, "mode": wanted.mode}
    with deps.store.db.write() as conn:
        org_id = dealers.require(conn, wanted.dealer) if wanted.dealer else actor.org_id
        key_id, secret = people.add_api_key(conn, {**row, "org_id": org_id, "created_by": actor.id}, now)
        detail = {"key": key_id, "roles": sorted(wanted.roles), "mode": wanted.mode}
        audit.record(conn, CHAIN, audit.Entry("key_made", actor.id, detail), now)
        made = next(item for item in people.list_keys(conn) if item["id"] == key_id)
    return made, secret


def _require_one_kind(wanted: NewKey) -> None:
    """Refuse a dealer's key with our own people's roles, or in test mode, which would show how we judge."""
    guest = Role.DEALER in wanted.roles
    if guest != bool(wanted.dealer) or (guest and (len(wanted.roles) > 1 or wanted.mode == "test")):
        told = (
            "经销商密钥只能有经销商一个角色，须写明经销商，且不能是测试密钥",
            "A dealer's key has that role alone, names its dealer, and is no test key",
        )
        problem = Problem("/dealer", "choice", *told)
        raise SenderError(told[1], told[0], code="invalid_request", problems=(problem,))


def revoke(deps: Deps, actor: Actor, key_id: str) -> None:
    """Let a key in no longer, within two seconds. Raises NotFound where there is no live one."""
    with deps.store.db.write() as conn:
        if not people.revoke_key(conn, key_id):
            raise NotFound(f"There is no live key {key_id}", f"没有有效的密钥 {key_id}")
        audit.record(conn, CHAIN, audit.Entry("key_revoked", actor.id, {"key": key_id}), deps.clock())
