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


def add_data_key(settings: Settings) -> None:
    """Put a new data key first in the file; those before it stay, until nothing is wrapped by them."""
    path = settings.data_dir / FILE
    kept = _kept(path)
    part = _written(path, kept.secret_key, (_fresh_data_key(), *kept.data_keys))
    part.replace(path)


def _make(path: Path) -> None:
    part = _written(path, secrets.token_urlsafe(48), (_fresh_data_key(),))
    try:
        os.link(part, path)  # the first of several starting processes wins; the others read its file
    except FileExistsError:
        pass
    finally:
        part.unlink()


def _fresh_data_key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


def _written(path: Path, secret_key: str, data_keys: tuple[str, ...]) -> Path:
    """Write a file beside ``path`` that only we can read, durably."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{FILE}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(json.dumps({"secret_key": secret_key, "data_keys": data_keys}))
        file.flush()
        os.fsync(file.fileno())
    return part
