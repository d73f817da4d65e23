"""Who may be tried with the demo data; nobody where the demo company is not loaded.

Place in the order's way: a hint on the sign-in page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.db import people
from server.demo import load_company

if TYPE_CHECKING:
    from server.deps import Deps

DEMO_PASSWORD = "sluice-demo"  # noqa: S105 - printed on the page, and only where the demo data is
DEMO_LOGINS = ("sales", "sales_supervisor", "production", "finance", "risk", "admin", "auditor")


def demo_people(deps: Deps) -> list[dict[str, Any]]:
    """Return the demo users where every login of the demo company is here and active; else nobody."""
    with deps.store.db.read() as conn:
        users = {user["login"]: user for user in people.list_users(conn) if user["state"] == "active"}
    if not all(user["login"] in users for user in load_company()["users"] if "dealer" not in user):
        return []
    return [{"login": login, "name": users[login]["name"]} for login in DEMO_LOGINS]
