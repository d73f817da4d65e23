"""Keys that the installation makes for itself when the settings name none, kept in DATA_DIR, readable by us only.

Place in the order's way: none; used once at the start. Lose the file and personal data cannot be read again: it is
part of every backup. Several machines must be given the keys as settings instead.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orders.errors import InternalError

if TYPE_CHECKING:
    from pathlib import Path

    from server.config import Settings

FILE = "keys.json"


@dataclass(frozen=True, slots=True)
class Keys:
    """``secret_key`` signs sessions; ``data_keys`` (base64 of 32 bytes, first is active) wrap personal data."""

    secret_key: str
    data_keys: tuple[str, ...]


def load_keys(settings: Settings) -> Keys:
    """Return the settings' keys, or the file's, made at the first start. Raises InternalError on a broken file."""
    if settings.secret_key and settings.data_keys:
        return Keys(settings.secret_key, settings.data_keys)
    kept = _kept(settings.data_dir / FILE)
    return Keys(settings.secret_key or kept.secret_key, settings.data_keys or kept.data_keys)


def _kept(path: Path) -> Keys:
    if not path.exists():
        _make(path)
    try:
        value = json.loads(path.read_text("utf-8"))
        return Keys(value["secret_key"], tuple(value["data_keys"]))
    except (ValueError, KeyError, TypeError) as error:
        raise InternalError(
            f"{path} is damaged: restore it from the backup; without it personal data cannot be read",
            f"{path} 已损坏：请从备份恢复，否则无法读取个人数据",
        ) from error


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data_key = base64.b64encode(secrets.token_bytes(32)).decode()
    text = json.dumps({"secret_key": secrets.token_urlsafe(48), "data_keys": [data_key]})
    part = path.with_name(f"{FILE}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)  # the first of several starting processes wins; the others read its file
    except FileExistsError:
        pass
    finally:
        part.unlink()
