"""The audit trail: append-only, one hash chain per order or subject; a sealer links the heads once a second.

Place in the order's way: every action, in the transaction of the action. A row changed, removed or put in between
breaks its chain; a chain cut at its end breaks the seal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select

from orders.decision import sha256_hex
from server.db.canonical import fast_bytes
from server.db.database import insert_for
from server.db.tables import audit, audit_heads, audit_seals, utc_text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from server.db.database import Database

GENESIS = "0" * 64
OVERLAP = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Broken:
    """Where a chain or the seals stop being true."""

    chain: str
    seq: int
    why: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done. ``detail`` holds no personal data."""

    action: str
    actor: str
    detail: dict[str, Any]
    request_id: str | None = None


def link(chain: str, seq: int, prev_hash: str, entry: Entry, at: datetime) -> dict[str, Any]:
    """Return the row of ``entry``, bound to the one before it."""
    detail = fast_bytes(entry.detail).decode()
    return {
        "chain": chain,
        "seq": seq,
        "action": entry.action,
        "actor": entry.actor,
        "detail": detail,
        "at": at,
        "prev_hash": prev_hash,
        "hash": _hash(chain, seq, entry.action, entry.actor, detail, utc_text(at), prev_hash),
        "request_id": entry.request_id,
    }


def record(conn: Connection, chain: str, entry: Entry, now: datetime) -> None:
    """Append one entry. Two at once on one chain: one gets an IntegrityError (its transaction is tried again)."""
    head = conn.execute(
        select(audit.c.seq, audit.c.hash).where(audit.c.chain == chain).order_by(audit.c.seq.desc()).limit(1)
    ).first()
    seq, prev_hash = (head.seq, head.hash) if head else (0, GENESIS)
    conn.execute(insert(audit), link(chain, seq + 1, prev_hash, entry, now))


def of(conn: Connection, chain: str) -> list[dict[str, Any]]:
    """Return the chain's entries, oldest first."""
    return [
        dict(row) for row in conn.execute(select(audit).where(audit.c.chain == chain).order_by(audit.c.seq)).mappings()
    ]


def verify(conn: Connection, chain: str) -> Broken | None:
    """Walk a chain; return its first break, also when it is shorter than its sealed head."""
    prev_hash, seq = GENESIS, 0
    for row in conn.execute(select(audit).where(audit.c.chain == chain).order_by(audit.c.seq)):
        seq += 1
        if row.seq != seq:
            return Broken(chain, seq, "an entry is missing")
        told = _hash(chain, seq, row.action, row.actor, row.detail, utc_text(row.at), prev_hash)
        if row.prev_hash != prev_hash or row.hash != told:
            return Broken(chain, seq, "an entry was changed")
        prev_hash = row.hash
    return _verify_head(conn, chain, seq)


def verify_all(conn: Connection) -> list[Broken]:
    """Walk every chain and the seals; return what is broken."""
    chains = conn.execute(select(audit.c.chain).distinct().union(select(audit_heads.c.chain))).scalars().all()
    found = [verify(conn, chain) for chain in chains]
    return [broken for broken in (*found, verify_seals(conn)) if broken is not None]


def _verify_head(conn: Connection, chain: str, length: int) -> Broken | None:
    sealed = conn.execute(select(audit_heads).where(audit_heads.c.chain == chain)).first()
    if sealed is None:
        return None
    if sealed.seq > length:
        return Broken(chain, sealed.seq, "the end was cut off")
    at_head = conn.execute(select(audit.c.hash).where(audit.c.chain == chain, audit.c.seq == sealed.seq)).scalar()
    return None if at_head == sealed.hash else Broken(chain, sealed.seq, "the sealed entry was replaced")


def verify_seals(conn: Connection) -> Broken | None:
    """Walk the seals; return the first break."""
    prev_hash = GENESIS
    for number, row in enumerate(conn.execute(select(audit_seals).order_by(audit_seals.c.id)), 1):
        root = sha256_hex(row.heads.encode())
        told = sha256_hex(f"{row.id}\n{prev_hash}\n{root}\n{utc_text(row.at)}".encode())
        if row.id != number or row.prev_hash != prev_hash or row.root != root or row.hash != told:
            return Broken("seals", number, "a seal was changed or is missing")
        prev_hash = row.hash
    return None


def seal_heads(db: Database, now: datetime, *, everything: bool = False, limit: int = 5000) -> int:
    """Link the heads that moved since the last seal; return how many.

    Looks back a minute beyond the last seal (no transaction lasts longer); ``everything`` looks at all chains.
    Two sealers at once: one gets an IntegrityError on the seal's number and has nothing left to do.
    """
    with db.read() as conn:  # the look takes a while: nobody who writes waits for it
        last = conn.execute(select(audit_seals).order_by(audit_seals.c.id.desc()).limit(1)).first()
        since = None if everything or last is None else last.at - OVERLAP
        moved = conn.execute(_moved_heads(since).limit(limit)).all()
    if not moved:
        return 0
    number, prev_hash = (last.id + 1, last.hash) if last else (1, GENESIS)
    heads = fast_bytes([[row.chain, row.seq, row.hash] for row in moved]).decode()
    root = sha256_hex(heads.encode())
    told = sha256_hex(f"{number}\n{prev_hash}\n{root}\n{utc_text(now)}".encode())
    row = {"id": number, "root": root, "heads": heads, "prev_hash": prev_hash, "hash": told, "at": now}
    with db.write() as conn:
        conn.execute(insert(audit_seals), row)
        _move_heads(conn, moved)
    return len(moved)


def _moved_heads(since: datetime | None) -> Any:
    recent = select(audit.c.chain, func.max(audit.c.seq).label("seq")).group_by(audit.c.chain)
    tops = (recent if since is None else recent.where(audit.c.at >= since)).subquery()
    return (
        select(audit.c.chain, audit.c.seq, audit.c.hash)
        .join(tops, (tops.c.chain == audit.c.chain) & (tops.c.seq == audit.c.seq))
        .join(audit_heads, audit_heads.c.chain == audit.c.chain, isouter=True)
        .where((audit_heads.c.seq.is_(None)) | (audit_heads.c.seq < audit.c.seq))
        .order_by(audit.c.chain)
    )


def _move_heads(conn: Connection, moved: Any) -> None:
    statement = insert_for(conn)(audit_heads)
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=["chain"], set_={"seq": statement.excluded.seq, "hash": statement.excluded.hash}
        ),
        [{"chain": row.chain, "seq": row.seq, "hash": row.hash} for row in moved],
    )


def _hash(*parts: object) -> str:
    return sha256_hex("\n".join(str(part) for part in parts).encode())
