"""The one list of outlets: name → how to deliver. A new outlet is one file and one line here.

Place in the order's way: dispatch asks it for the outlet that a destination names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.erp import generic
from adapters.notify import log
from adapters.webhook import standard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from adapters.message import Deliver


def outlets(clock: Callable[[], datetime]) -> Mapping[str, Deliver]:
    """Return every outlet by its name. ``clock`` stamps what is signed."""
    return {
        "erp.generic": generic.deliver,
        "notify.log": log.deliver,
        "webhook.standard": standard.deliverer(clock),
    }
