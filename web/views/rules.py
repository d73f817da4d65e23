"""Rules: what is live, read only.

Place in the order's way: beside decide.
"""

from __future__ import annotations

from flask import render_template

from web.access import Screen, opens
from web.blueprint import screens, the_deps
from web.rulebook import shown_files


@screens.get("/rules")
@opens(Screen.RULES)
def rules() -> str:
    """List the live rules with their conditions, parameters and examples."""
    bundle = the_deps().engine.bundle
    return render_template("rules.html", files=shown_files(bundle.files), bundle=bundle.hash)
