"""The page that leads every value of an order back to the document it came from (U6).

Place in the order's way: after the commit; `server.desk.provenance` finds the chains.
"""

from __future__ import annotations

from flask import render_template, request

from server.desk.provenance import chains
from web.access import Screen, opens
from web.blueprint import screens, the_actor, the_deps


@screens.get("/orders/<order_id>/provenance")
@opens(Screen.ORDER_WHY)
def provenance(order_id: str) -> str:
    """Show the chain of each value, or of those below ``path``."""
    found = chains(the_deps(), the_actor(), order_id, request.args.get("path"))
    return render_template("provenance.html", order_id=order_id, chains=found)
