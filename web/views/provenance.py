"""The page that leads every value of an order back to the document it came from (U6).

Place in the order's way: after the commit; `server.desk.papers.provenance` finds the chains.
"""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from server.desk.papers.provenance import chains
from web.access import Screen, opens
from web.blueprint import screens, the_actor, the_deps
from web.i18n import translate
from web.review import in_one_language, path_name

MADE_ZH = {
    "derived": "由其他值算出",
    "channel": "报文没有写，按渠道约定",
    "template": "报文没有写，按模板的默认",
    "stated": "对方系统直接给出",
}
"""What made a value that no document holds."""


@screens.get("/orders/<order_id>/provenance")
@opens(Screen.ORDER_WHY)
def provenance(order_id: str) -> str:
    """Show the chain of each value, or of those below ``path``."""
    path = request.args.get("path")
    found = [_shown(chain) for chain in chains(the_deps(), the_actor(), order_id, path)]
    document = next((chain["document"] for chain in found if chain["document"]), None)
    return render_template("provenance.html", order_id=order_id, chains=found, path=path, document=document)


def _shown(chain: dict[str, Any]) -> dict[str, Any]:
    read = chain["read"] or {}
    as_read = chain["normalized"] in ("as_read", "converted")
    return {
        **chain,
        "label": path_name(chain["path"]),
        "why": [in_one_language(reason) for reason in read.get("why", ())],
        "box": ",".join(f"{edge:.5f}" for edge in read["box"]) if read.get("box") else "",
        "became": "" if as_read or not chain["document"] else chain["normalized"],
        "made": translate(MADE_ZH.get(chain["normalized"], MADE_ZH["stated"])) if not chain["document"] else "",
    }
