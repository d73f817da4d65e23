"""What storing needs, together: the database, the vault, where large originals lie, which zone "today" means.

Place in the order's way: handed to every function that reads or writes sealed data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from server.db.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from server.db.database import Database


@dataclass(frozen=True, slots=True)
class Store:
    """Made once per process by `open_store`."""

    db: Database
    vault: Vault
    data_dir: Path
    timezone: str = "Asia/Shanghai"

    def local_day(self, moment: datetime) -> str:
        """Return the calendar day that ``moment`` falls on in the company's zone."""
        return moment.astimezone(ZoneInfo(self.timezone)).date().isoformat()


def open_store(
    db: Database, data_keys: Sequence[str], *, data_dir: Path, timezone: str = "Asia/Shanghai", now: datetime
) -> Store:
    """Open the vault over a migrated database. Raises ValueError for a DATA_KEYS entry that is no key."""
    return Store(db=db, vault=Vault.open(db, data_keys, now), data_dir=data_dir, timezone=timezone)
