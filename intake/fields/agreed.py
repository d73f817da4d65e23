"""Header values that two engines read the same way: proven, where their label leaves no doubt of what they are.

After `parties`: a number, a day and a phone stand on the paper once, and nothing else on it could confirm them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from intake.fields import parties, values, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from intake.fields.found import OrderFound
    from intake.fields.view import View

_READS: dict[str, Callable[[str], str | None]] = {
    "/number": parties.number,
    "/issued_at": values.day,
    "/requested_date": values.day,
    "/buyer/contact/phone": values.phone,
    "/ship_to/contact/phone": values.phone,
}


def prove(order: OrderFound, views: Sequence[View]) -> None:
    """Prove what the second engine read, too; not where the paper says another value under the same label."""
    for path, read in _READS.items():
        found = order.header.get(path)
        if found is None or found.value is None or not found.named or found.alternatives:
            continue
        seen = (text for view in views for text in view.page.twice)
        if any(read(text) == found.value for text in seen):
            found.prove(words.READ_TWICE)
