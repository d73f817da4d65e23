"""`verify [FILE]`: follow every audit chain and seal, decide every decision again, say everything that is broken.

With a file of `export` nothing else is needed: no database, no keys, no settings. With a file of JSON, the push that an
ERP received or the receipt alone, the signature and the payload are verified with the public keys of ``--keys``.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orders.errors import SenderError
from server import receipt
from server.db import audit, signing
from server.deps import build_deps
from server.desk.rulework.replay import replay_all
from server.evidence import lines
from server.verifying import verify

if TYPE_CHECKING:
    import argparse

    from server.config import Settings


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = commands.add_parser("verify", help="核验审计链、判定与回执 / verify audit chains, decisions, receipts")
    parser.add_argument("file", type=Path, nargs="?", help="evidence of export, or a push (default: the database)")
    parser.add_argument("--seal", default=None, help="with evidence: a seal's hash that was kept apart")
    parser.add_argument("--keys", type=Path, default=None, help="with a push: the answer of GET /v1/receipt-keys")
    parser.add_argument("--evidence", type=Path, default=None, help="with a push: evidence that holds its decision")
    parser.add_argument("--limit", type=int, default=None, help="without a file: replay at most this many decisions")
    parser.set_defaults(run=run)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Exit code 1 when anything was tampered with or comes out otherwise."""
    if options.file is None:
        return _database(settings, options)
    if options.file.exists() and not zipfile.is_zipfile(options.file):
        return _receipt(settings, options)
    return _file(options)


def _file(options: argparse.Namespace) -> int:
    found = verify(options.file, seal=options.seal)
    for fault in found.faults:
        print(f"✗ {fault.where}: {fault.zh} / {fault.en}")
    print(f"{found.orders} 张订单 / orders, {found.entries} 环 / entries, {found.seals} 封印 / seals")
    print(f"{found.decisions} 个判定 / decisions：{found.replayed} 重放一致或已列出 / replayed", end="，")
    print(f"{found.erased} 已删除个人信息 / erased，{found.undecided} 非规则判定 / not decided by rules")
    return 1 if found.faults else 0


def _receipt(settings: Settings, options: argparse.Namespace) -> int:
    found = receipt.check(_json(options.file), _keys(settings, options.keys))
    fault = found.fault
    if not fault and options.evidence is not None:
        fault = receipt.compare(found.receipt, _evidence(options.evidence, found.receipt))
    _tell(found)
    if fault:
        zh, en = receipt.FAULTS[fault]
        print(f"✗ {fault}: {zh} / {en}")
        return 1
    print("✓ 签名与内容相符 / signature and payload fit" if found.payload else "✓ 签名相符 / the signature fits")
    return 0


def _tell(found: receipt.Checked) -> None:
    message, decision = found.receipt.get("message") or {}, found.receipt.get("decision") or {}
    print(f"{message.get('event')} {message.get('order_id')} → {message.get('destination')}")
    if decision:
        print(f"{decision.get('id')} {decision.get('outcome')} 规则 / rules: {', '.join(decision.get('rules', ()))}")


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except ValueError as error:
        raise SenderError(f"{path} is no JSON: {error}", f"{path} 不是 JSON：{error}", code="not_a_receipt") from error
    if not isinstance(value, dict):
        raise SenderError(f"{path} is no JSON object", f"{path} 不是 JSON 对象", code="not_a_receipt")
    return value


def _keys(settings: Settings, path: Path | None) -> dict[str, str]:
    """Return the public keys of a file, else of our own database."""
    if path is not None:
        return {str(item["id"]): str(item["public"]) for item in _json(path).get("data", ())}
    deps = build_deps(settings)
    try:
        with deps.store.db.read() as conn:
            return {row["id"]: row["public"] for row in signing.listed(conn)}
    finally:
        deps.close()


def _evidence(path: Path, told: dict[str, Any]) -> dict[str, Any] | None:
    wanted = (told.get("decision") or {}).get("id")
    with zipfile.ZipFile(path) as archive:
        return next((row for row in lines(archive, "decisions.jsonl") if row["id"] == wanted), None)


def _database(settings: Settings, options: argparse.Namespace) -> int:
    deps = build_deps(settings)
    try:
        with deps.store.db.read() as conn:
            broken = audit.verify_all(conn)
        replays = replay_all(deps, options.limit)
    finally:
        deps.close()
    different = [result for result in replays if not result.same]
    for item in broken:
        print(f"审计链断裂 / broken audit chain: {item}")
    for result in different:
        print(f"判定不一致 / decision differs: {result.decision_id}")
    print(f"{len(replays)} 个判定重放 / decisions replayed, {len(different)} 不一致 / different")
    return 1 if broken or different else 0
