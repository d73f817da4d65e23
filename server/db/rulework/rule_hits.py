"""How often each rule held an order, by day: the sparkline of the rule list.

Place in the order's way: after the commit, looking only.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import Text, cast, func, select

from server.db.tables import holds

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

DAYS = 14


def hits(conn: Connection, now: datetime, days: int = DAYS) -> dict[str, list[int]]:
    """Return for each rule the holds of the last ``days`` days (UTC), oldest day first."""
    first = (now - timedelta(days=days - 1)).date()
    since = now.replace(year=first.year, month=first.month, day=first.day, hour=0, minute=0, second=0, microsecond=0)
    day = func.substr(cast(holds.c.created_at, Text), 1, 10)
    query = select(holds.c.rule, day.label("day"), func.count().label("held")).where(holds.c.created_at >= since)
    found: dict[str, list[int]] = defaultdict(lambda: [0] * days)
    places = {(first + timedelta(days=number)).isoformat(): number for number in range(days)}
    for row in conn.execute(query.group_by(holds.c.rule, day)):
        if row.day in places:
            found[row.rule][places[row.day]] += row.held
    return dict(found)
