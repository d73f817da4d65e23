"""Verifying evidence offline: nothing but the file; every decision is made again, every hash and link is followed.

Place in the order's way: after everything, on anybody's machine. Finds changed facts, bodies, rules and trail entries,
entries and decisions that are missing, in a wrong order or added, and a trail that was cut. Whoever wrote down the last
seal's hash elsewhere (``seal``) also finds a file that was made anew from beginning to end.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from orders.decision import ENGINE_FAILED, RACE_LOST, canonical_bytes, sha256_hex
from orders.errors import RuleAuthorError, SenderError
from rules.bundle import bundle_hash, load_bundle
from rules.process.child import DECIDED
from rules.process.children import EnginePool
from server.db.audit import GENESIS, Entry, link
from server.db.order.atoms import ACTION as ATOMS_KEPT
from server.db.tables import utc_text
from server.evidence import FORMAT, lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Json = dict[str, Any]
_ORDER = "ord_"
DEADLINE_S = 10.0


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where: an order, decision, bundle, chain or member."""

    where: str
    code: str
    zh: str
    en: str


@dataclass(slots=True)
class Verified:
    """What was looked at, and every fault. ``left``: hashes of the facts that an erasure left, by decision."""

    orders: int = 0
    decisions: int = 0
    replayed: int = 0
    erased: int = 0
    undecided: int = 0
    entries: int = 0
    seals: int = 0
    faults: list[Fault] = field(default_factory=list)
    left: dict[str, str] = field(default_factory=dict)

    def fault(self, where: str, code: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(where, code, *FAULTS[code]))


FAULTS = {
    "member_changed": ("与清单不符", "differs from the manifest"),
    "bundle_changed": ("规则包与其哈希不符", "the rules differ from their hash"),
    "bundle_missing": ("缺少规则包", "its rules are missing"),
    "bundle_unreadable": ("规则包无法编译", "the rules do not compile"),
    "body_changed": ("判定内容被改动", "the decision was changed"),
    "facts_changed": ("事实被改动", "the facts were changed"),
    "replay_differs": ("重放结果不同", "deciding again gives something else"),
    "replay_failed": ("无法重放", "it cannot be decided again"),
    "decision_missing": ("审计链里的判定不在文件里", "the trail names a decision that is not there"),
    "decision_added": ("审计链里没有这个判定", "the trail does not name this decision"),
    "decision_order": ("判定的次序与审计链不符", "the decisions stand in another order than in the trail"),
    "entry_missing": ("审计链缺一环", "an entry of the trail is missing"),
    "entry_changed": ("审计链的一环被改动", "an entry of the trail was changed"),
    "trail_missing": ("没有审计链", "the trail is missing"),
    "seal_changed": ("封印被改动或缺失", "a seal was changed or is missing"),
    "trail_cut": ("审计链短于封印", "the trail is shorter than its seal"),
    "sealed_differs": ("与封印不符", "the sealed entry was replaced"),
    "order_missing": ("封印里的订单不在文件里", "a sealed order is missing"),
    "seal_unknown": ("没有这个封印：文件被重做或早于它", "no such seal: made anew, or older than it"),
}


def verify(path: Path, *, seal: str | None = None) -> Verified:
    """Verify a file of `server.evidence`. ``seal``: a seal's hash that was kept elsewhere. Raises SenderError."""
    found = Verified()
    try:
        with zipfile.ZipFile(path) as archive, ExitStack() as stack:
            manifest = json.loads(archive.read("manifest.json"))
            if manifest["format"] != FORMAT:
                raise SenderError(f"unknown format {manifest['format']}", f"不认识的格式 {manifest['format']}")
            _members(archive, manifest, found)
            heads = _seals(archive, found, seal)
            _orders(archive, found, heads, _Rules(archive, stack, found))
            if manifest["scope"] == "all":
                for chain in sorted(heads):
                    found.fault(chain, "order_missing" if chain.startswith(_ORDER) else "trail_missing")
    except (zipfile.BadZipFile, KeyError, json.JSONDecodeError, OSError) as error:
        raise SenderError(f"not a file of evidence: {error}", f"不是证据文件：{error}", code="not_evidence") from error
    return found


def _members(archive: zipfile.ZipFile, manifest: Json, found: Verified) -> None:
    for name, told in manifest["members"].items():
        digest = hashlib.sha256()
        with archive.open(name) as member:
            while block := member.read(1 << 20):
                digest.update(block)
        if digest.hexdigest() != told["sha256"]:
            found.fault(name, "member_changed")


def _seals(archive: zipfile.ZipFile, found: Verified, wanted: str | None) -> dict[str, tuple[int, str]]:
    """Walk the seals; return each chain's newest sealed head."""
    prev_hash, heads, seen = GENESIS, dict[str, tuple[int, str]](), wanted is None
    for number, row in enumerate(lines(archive, "seals.jsonl"), 1):
        found.seals += 1
        root = sha256_hex(row["heads"].encode())
        told = sha256_hex(f"{row['id']}\n{prev_hash}\n{root}\n{row['at']}".encode())
        if (row["id"], row["prev_hash"], row["root"], row["hash"]) != (number, prev_hash, root, told):
            found.fault(f"seal {number}", "seal_changed")
        prev_hash = row["hash"]
        seen = seen or prev_hash == wanted
        heads.update({chain: (seq, hashed) for chain, seq, hashed in json.loads(row["heads"])})
    if not seen:
        found.fault(str(wanted), "seal_unknown")
    return heads


class _Rules:
    """The bundles of the file, each in an engine child once it is needed."""

    def __init__(self, archive: zipfile.ZipFile, stack: ExitStack, found: Verified) -> None:
        self._archive, self._stack, self._found = archive, stack, found
        self._pools: dict[str, EnginePool | None] = {}

    def pool(self, name: str) -> EnginePool | None:
        """Return the children of a bundle; None when it cannot be trusted, which is said once."""
        if name not in self._pools:
            self._pools[name] = self._load(name)
        return self._pools[name]

    def _load(self, name: str) -> EnginePool | None:
        member = f"bundles/{name}.json"
        if member not in self._archive.namelist():
            self._found.fault(name, "bundle_missing")
            return None
        files = json.loads(self._archive.read(member))
        if bundle_hash(files) != name:
            self._found.fault(name, "bundle_changed")
            return None
        try:
            pool = EnginePool(load_bundle(files), deadline_s=DEADLINE_S, spare=False)
        except RuleAuthorError:
            self._found.fault(name, "bundle_unreadable")
            return None
        self._stack.callback(pool.close)
        return pool


def _orders(archive: zipfile.ZipFile, found: Verified, heads: dict[str, tuple[int, str]], rules: _Rules) -> None:
    """Walk chains and decisions side by side, both sorted by order; leaves in ``heads`` what is not there."""
    decided = _by(lines(archive, "decisions.jsonl"), "order_id")
    waiting = next(decided, None)
    for chain, entries in _by(lines(archive, "audit.jsonl"), "chain"):
        while waiting is not None and waiting[0] < chain:
            found.fault(waiting[0], "trail_missing")
            _decisions(waiting[1], found, rules)
            waiting = next(decided, None)
        named = _chain(chain, entries, found, heads.pop(chain, None))
        rows: list[Json] = []
        if waiting is not None and waiting[0] == chain:
            rows, waiting = waiting[1], next(decided, None)
        if chain.startswith(_ORDER):
            found.orders += 1
            _compare(chain, rows, named, found)
        _decisions(rows, found, rules)
    while waiting is not None:
        found.fault(waiting[0], "trail_missing")
        _decisions(waiting[1], found, rules)
        waiting = next(decided, None)


def _by(rows: Iterator[Json], name: str) -> Iterator[tuple[str, list[Json]]]:
    for key, group in groupby(rows, key=lambda row: str(row[name])):
        yield key, list(group)


def _chain(chain: str, entries: list[Json], found: Verified, head: tuple[int, str] | None) -> list[tuple[str, str]]:
    """Walk one chain; return (decision, hash of its body) of each decision that it names."""
    prev_hash, named = GENESIS, list[tuple[str, str]]()
    for seq, row in enumerate(entries, 1):
        found.entries += 1
        if row["seq"] != seq:
            found.fault(f"{chain} {seq}", "entry_missing")
            return named
        if not _linked(row, prev_hash):
            found.fault(f"{chain} {seq}", "entry_changed")
        prev_hash = row["hash"]
        detail = json.loads(row["detail"])
        if row["action"] == "order_decided":
            named.append((detail["decision_id"], detail["body_hash"]))
        if row["action"] == ATOMS_KEPT:
            found.left |= detail["decisions"]
    if head is not None and head[0] > len(entries):
        found.fault(chain, "trail_cut")
    elif head is not None and entries[head[0] - 1]["hash"] != head[1]:
        found.fault(chain, "sealed_differs")
    return named


def _linked(row: Json, prev_hash: str) -> bool:
    entry = Entry(row["action"], row["actor"], json.loads(row["detail"]))
    told = link(row["chain"], row["seq"], prev_hash, entry, datetime.fromisoformat(row["at"]))
    same = told["hash"] == row["hash"] and told["detail"] == row["detail"] and utc_text(told["at"]) == row["at"]
    return same and bool(row["prev_hash"] == prev_hash)


def _compare(chain: str, rows: list[Json], named: list[tuple[str, str]], found: Verified) -> None:
    """Compare the decisions with those that the chain names."""
    there = [(row["id"], row["body_hash"]) for row in rows]
    numbers = [row["seq"] for row in rows]
    if there == named and numbers == list(range(1, len(rows) + 1)):
        return
    for decision, _ in sorted(set(named) - set(there)):
        found.fault(f"{chain} {decision}", "decision_missing")
    for decision, _ in sorted(set(there) - set(named)):
        found.fault(f"{chain} {decision}", "decision_added")
    if set(there) == set(named):
        found.fault(chain, "decision_order")


def _decisions(rows: list[Json], found: Verified, rules: _Rules) -> None:
    for row in rows:
        found.decisions += 1
        code = _decision(row, found, rules)
        if code:
            found.fault(f"{row['order_id']} {row['id']}", code)


def _decision(row: Json, found: Verified, rules: _Rules) -> str:
    """Check one decision alone; return the fault's code, or nothing."""
    body: Json = json.loads(row["body"])
    if sha256_hex(row["body"].encode()) != row["body_hash"] or canonical_bytes(body).decode() != row["body"]:
        return "body_changed"
    if row["outcome"] != body["outcome"]:
        return "body_changed"
    if any(hold["code"] in (ENGINE_FAILED, RACE_LOST) for hold in body["holds"]):
        found.undecided += 1
        return ""
    if row["facts"] is None:
        found.erased += 1
        return ""
    facts = row["facts"].encode()
    told = sha256_hex(facts)
    if told != row["facts_hash"] and told != found.left.get(row["id"]):
        return "facts_changed"
    pool = rules.pool(row["bundle"])
    return "" if pool is None else _again(pool, facts, row["body_hash"], found)


def _again(pool: EnginePool, facts: bytes, body_hash: str, found: Verified) -> str:
    kind, payload = pool.answer_many([facts])[1][0]
    if kind != DECIDED:
        return "replay_failed"
    found.replayed += 1
    return "" if sha256_hex(payload) == body_hash else "replay_differs"
