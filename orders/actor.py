"""Who acts: a person, an API key or the system itself, with the roles that decide what is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person or a key may do; nothing is allowed that no role names."""

    SALES = "sales"
    SALES_SUPERVISOR = "sales_supervisor"
    PRODUCTION = "production"
    FINANCE = "finance"
    RISK = "risk"
    ADMIN = "admin"
    AUDITOR = "auditor"
    DEALER = "dealer"


ROLE_ZH: dict[Role, str] = {
    Role.SALES: "销售",
    Role.SALES_SUPERVISOR: "销售主管",
    Role.PRODUCTION: "生产经理",
    Role.FINANCE: "财务",
    Role.RISK: "风控",
    Role.ADMIN: "管理员",
    Role.AUDITOR: "审计",
    Role.DEALER: "经销商",
}
STAFF = tuple(role for role in Role if role is not Role.DEALER)
"""The roles of our own people: a dealer is a guest, to whom every door is closed that is not opened by name."""


@dataclass(frozen=True, slots=True)
class Actor:
    """``kind`` is user, key or system; ``account`` is the sender's account that natural keys are scoped by.

    ``test``: a key to try things with; nothing that it sends in becomes an order. ``customer`` is the customer record
    that a dealer orders as.
    """

    id: str
    name: str
    kind: str
    roles: frozenset[Role]
    org_id: str
    account: str = ""
    test: bool = False
    customer: str = ""

    @property
    def is_dealer(self) -> bool:
        """Say whether the actor is a guest: a dealer's person or key."""
        return Role.DEALER in self.roles

    def has(self, *roles: Role) -> bool:
        """Say whether the actor holds one of ``roles`` or is an administrator."""
        return bool(self.roles & {*roles, Role.ADMIN})


POOL = "pool"
"""Owner of what belongs to a whole organisation, such as an order that came by mail: everybody there sees it."""

SYSTEM = Actor(id="system", name="Sluice", kind="system", roles=frozenset({Role.ADMIN}), org_id="org_main")
