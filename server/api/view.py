"""Orders as answered: what the desk shows, with links to everything that hangs on it."""

from __future__ import annotations

from typing import Any

_BELOW = ("timeline", "explain", "next-states", "release-options", "near-misses")


def linked(view: dict[str, Any]) -> dict[str, Any]:
    """Add the links of an order."""
    own = f"/v1/orders/{view['id']}"
    links = {"self": own, **{name.replace("-", "_"): f"{own}/{name}" for name in _BELOW}}
    if view["decision"] is not None:
        links["decision"] = f"/v1/decisions/{view['decision']['id']}"
    return {**view, "links": links}
