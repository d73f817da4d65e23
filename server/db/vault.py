"""The vault: personal data lies encrypted under one key per person, so that forgetting a key forgets the person.

Place in the order's way: seals at commit, unseals for those who may see. A subject's key is wrapped by the first of
DATA_KEYS; the others still open what they wrapped until `rotate` has run. Matching needs no plain text: `hash` is
keyed, and its key never changes. Sealed bytes are ``1 | key id (16) | nonce (12) | AES-256-GCM``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from orders.errors import InternalError
from server.db.database import insert_for
from server.db.ids import new_id
from server.db.statement import Statement
from server.db.tables import subject_keys

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from server.db.database import Database

MATCHING = "system:matching"
CACHE_S = 60.0
"""Keys stay in memory this long; so long may another process still read an erased person."""
_CACHE_SIZE = 20_000
_VERSION = b"\x01"
_HEADER = 29


_LIVE = Statement("SELECT id, wrapped, data_key FROM subject_keys WHERE live_subject = :subject")
_BY_ID = Statement("SELECT wrapped, data_key FROM subject_keys WHERE id = :id")


class Erased(InternalError):
    """The key of this data was destroyed: the person was forgotten."""

    code = "erased"


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """A subject's key in the clear. ``fresh``: not stored yet; store ``row`` with what it seals."""

    id: str
    subject: str
    cipher: AESGCM
    fresh: bool = False
    row: dict[str, Any] = field(default_factory=dict)


class Vault:
    """Seals and unseals; usable from many threads."""

    def __init__(self, data_keys: dict[str, AESGCM], matching: bytes) -> None:
        self._data_keys = data_keys
        self._active = next(iter(data_keys))
        self._matching = hmac.new(matching, digestmod=hashlib.sha256)
        self._cache: dict[str, tuple[float, AESGCM]] = {}

    @classmethod
    def open(cls, db: Database, data_keys: Sequence[str], now: datetime) -> Vault:
        """Read (the first time: make) the matching key and return a vault."""
        vault = cls(parse_data_keys(data_keys), b"")
        vault._matching = hmac.new(vault._matching_key(db, now), digestmod=hashlib.sha256)
        return vault

    def subject_key(self, conn: Connection, subject: str, now: datetime) -> SubjectKey:
        """Return the subject's live key, or a fresh one that the caller must `keep` in its own transaction."""
        return self.key_of(_LIVE.first(conn, {"subject": subject}), subject, now)

    def key_of(self, found: Any, subject: str, now: datetime) -> SubjectKey:
        """Return the key in a row with id, wrapped and data_key; a fresh one where there is none."""
        if found is not None and found.id is not None:
            return SubjectKey(found.id, subject, self._unwrap(found.id, found.wrapped, found.data_key))
        plain = secrets.token_bytes(32)
        key_id = "sub_" + secrets.token_hex(16)
        row = {
            "id": key_id,
            "live_subject": subject,
            "subject": subject,
            "wrapped": self._wrap(key_id, plain),
            "data_key": self._active,
            "created_at": now,
        }
        return SubjectKey(key_id, subject, AESGCM(plain), fresh=True, row=row)

    def keep(self, conn: Connection, key: SubjectKey) -> None:
        """Store a fresh key. Raises IntegrityError when another transaction made one first."""
        if key.fresh:
            conn.execute(insert(subject_keys), key.row)

    def system_key(self, conn: Connection, subject: str, now: datetime) -> SubjectKey:
        """Return the stored key of a subject of the installation itself; of several who make it first one wins."""
        key = self.subject_key(conn, subject, now)
        if key.fresh:
            making = insert_for(conn)(subject_keys).values(key.row)
            conn.execute(making.on_conflict_do_nothing(index_elements=["live_subject"]))
            key = self.subject_key(conn, subject, now)
        return key

    def seal(self, key: SubjectKey, data: bytes) -> bytes:
        """Encrypt ``data`` under the subject's key."""
        head = bytes.fromhex(key.id[4:])
        nonce = secrets.token_bytes(12)
        return _VERSION + head + nonce + key.cipher.encrypt(nonce, data, head)

    def unseal(self, conn: Connection, sealed: bytes) -> bytes:
        """Decrypt. Raises Erased when the subject's key was destroyed."""
        sealed = bytes(sealed)
        head, nonce = sealed[1:17], sealed[17:_HEADER]
        return self._cipher(conn, "sub_" + head.hex()).decrypt(nonce, sealed[_HEADER:], head)

    def was_erased(self, conn: Connection, sealed: bytes) -> bool:
        """Say whether these bytes name a key that was destroyed (and not one that never was)."""
        row = _BY_ID.first(conn, {"id": "sub_" + bytes(sealed)[1:17].hex()})
        return row is not None and row.wrapped is None

    def hash(self, scheme: str, value: str) -> str:
        """Return the keyed hash that equal values share: matching without reading."""
        digest = self._matching.copy()
        digest.update(f"{scheme}\0{_plain(scheme, value)}".encode())
        return digest.hexdigest()[:32]

    def erase(self, conn: Connection, subject: str, now: datetime) -> int:
        """Destroy every key of the subject; return how many. What they sealed can never be read again."""
        done = conn.execute(
            update(subject_keys)
            .where(subject_keys.c.subject == subject, subject_keys.c.erased_at.is_(None))
            .values(wrapped=None, data_key=None, live_subject=None, erased_at=now)
            .returning(subject_keys.c.id)
        ).all()
        for row in done:
            self._cache.pop(row.id, None)
        return len(done)

    def rotate(self, conn: Connection, limit: int = 1000) -> int:
        """Wrap up to ``limit`` keys anew with the active data key; return how many. Repeat until 0."""
        old = conn.execute(
            select(subject_keys.c.id, subject_keys.c.wrapped, subject_keys.c.data_key)
            .where(subject_keys.c.data_key != self._active)  # who was erased has none
            .limit(limit)
        ).all()
        for row in old:
            plain = self._unwrap_bytes(row.id, row.wrapped, row.data_key)
            conn.execute(
                update(subject_keys)
                .where(subject_keys.c.id == row.id, subject_keys.c.data_key == row.data_key)  # not erased meanwhile
                .values(wrapped=self._wrap(row.id, plain), data_key=self._active)
            )
        return len(old)

    def _wrap(self, key_id: str, plain: bytes) -> bytes:
        nonce = secrets.token_bytes(12)
        return nonce + self._data_keys[self._active].encrypt(nonce, plain, key_id.encode())

    def _unwrap_bytes(self, key_id: str, wrapped: bytes, data_key: str) -> bytes:
        if data_key not in self._data_keys:
            raise InternalError(
                f"DATA_KEYS lacks the key {data_key} that wraps {key_id}: put the old key back at the end of the list",
                f"DATA_KEYS 缺少密钥 {data_key}：请把旧密钥放回列表末尾",
                code="data_key_missing",
            )
        wrapped = bytes(wrapped)
        return self._data_keys[data_key].decrypt(wrapped[:12], wrapped[12:], key_id.encode())

    def _unwrap(self, key_id: str, wrapped: bytes, data_key: str) -> AESGCM:
        cached = self._cache.get(key_id)
        if cached is not None and cached[0] > time.monotonic():
            return cached[1]
        cipher = AESGCM(self._unwrap_bytes(key_id, wrapped, data_key))
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        self._cache[key_id] = (time.monotonic() + CACHE_S, cipher)
        return cipher

    def _cipher(self, conn: Connection, key_id: str) -> AESGCM:
        cached = self._cache.get(key_id)
        if cached is not None and cached[0] > time.monotonic():
            return cached[1]
        row = _BY_ID.first(conn, {"id": key_id})
        if row is None or row.wrapped is None:
            raise Erased("This person's data was erased", "该主体的个人信息已删除")
        return self._unwrap(key_id, row.wrapped, row.data_key)

    def _matching_key(self, db: Database, now: datetime) -> bytes:
        for _ in range(2):
            with db.read() as conn:
                row = _LIVE.first(conn, {"subject": MATCHING})
            if row is not None:
                return self._unwrap_bytes(row.id, row.wrapped, row.data_key)
            self._make_matching_key(db, now)
        raise InternalError("The matching key can be neither read nor made")

    def _make_matching_key(self, db: Database, now: datetime) -> None:
        key_id = new_id("sub", now)
        row = {
            "id": key_id,
            "live_subject": MATCHING,
            "subject": MATCHING,
            "wrapped": self._wrap(key_id, secrets.token_bytes(32)),
            "data_key": self._active,
            "created_at": now,
        }
        try:
            with db.write() as conn:
                conn.execute(insert(subject_keys), row)
        except IntegrityError:
            return  # another process was first; its key is read next


def wrapped_by(conn: Connection) -> dict[str, int]:
    """Return how many keys each data key wraps."""
    query = select(subject_keys.c.data_key, func.count()).where(subject_keys.c.wrapped.is_not(None))
    return {str(data_key): count for data_key, count in conn.execute(query.group_by(subject_keys.c.data_key))}


def parse_data_keys(data_keys: Sequence[str]) -> dict[str, AESGCM]:
    """Return data key id → cipher, the active one first. Raises ValueError naming the entry."""
    if not data_keys:
        raise ValueError("SLUICE_DATA_KEYS is empty: personal data needs at least one base64 key of 32 bytes")
    keys: dict[str, AESGCM] = {}
    for position, entry in enumerate(data_keys, 1):
        try:
            plain = base64.b64decode(entry.replace("-", "+").replace("_", "/") + "=" * (-len(entry) % 4), validate=True)
        except binascii.Error as wrong:
            raise ValueError(f"SLUICE_DATA_KEYS entry {position} is not base64") from wrong
        if len(plain) != 32:
            raise ValueError(f"SLUICE_DATA_KEYS entry {position} has {len(plain)} bytes, not 32")
        keys[hashlib.sha256(b"sluice data key" + plain).hexdigest()[:16]] = AESGCM(plain)
    return keys


def _plain(scheme: str, value: str) -> str:
    value = "".join(value.split()).casefold()
    if scheme != "phone":
        return value
    digits = "".join(letter for letter in value if letter.isdigit()).removeprefix("00")
    return digits[2:] if len(digits) == 13 and digits.startswith("86") else digits
