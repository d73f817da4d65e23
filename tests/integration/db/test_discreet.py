"""What the database complains of goes to the log, and names nobody there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from server.db.store import Store


def test_SEC_07_an_error_of_the_database_holds_no_values(store: Store) -> None:
    statement, values = text("SELECT 1 FROM nowhere WHERE phone = :phone"), {"phone": "13800138000"}
    with pytest.raises(DBAPIError) as reading, store.db.read() as conn:
        conn.execute(statement, values)
    with pytest.raises(DBAPIError) as writing, store.db.write() as conn:
        conn.execute(statement, values)
    for caught in (reading, writing):
        assert "nowhere" in str(caught.value)
        assert "13800138000" not in str(caught.value)
