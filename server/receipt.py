"""The signed decision receipt: what stands behind an order that is pushed into another system, verified anywhere.

Place in the order's way: made by dispatch for every push into an ERP, verified offline by `verify`. It names the
message, the hash of the payload and the decision with its hashes and rules, and is signed with Ed25519 (RFC 8032).
Knows no database: whoever holds a push and the public key needs nothing else.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from orders.decision import canonical_bytes, sha256_hex

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Json = dict[str, Any]
FORMAT = "sluice-receipt-1"
FIELD = "receipt"
FAULTS = {
    "no_receipt": ("没有回执", "there is no receipt"),
    "format_unknown": ("不认识的回执格式", "the receipt's format is unknown"),
    "key_unknown": (
        "签名密钥未知：请向发送方索取公钥",
        "the signing key is unknown: ask the sender for its public key",
    ),
    "signature_wrong": ("签名不符：回执被改动", "the signature does not fit: the receipt was changed"),
    "payload_changed": ("内容与回执不符：推送被改动", "the payload differs from the receipt: the push was changed"),
    "decision_missing": ("证据里没有这个判定", "the evidence does not hold this decision"),
    "decision_differs": ("判定与证据不符", "the decision differs from the evidence"),
}


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signs now; ``id`` names it in every receipt."""

    id: str
    key: Ed25519PrivateKey


@dataclass(frozen=True, slots=True)
class Checked:
    """What a receipt says, and the code of its fault. ``payload``: the payload was there and was compared."""

    receipt: Json
    fault: str = ""
    payload: bool = False


def decision_part(row: Mapping[str, Any], rules: list[str]) -> Json:
    """Return what a receipt says of a decision's row; ``rules`` fired, in the order of the trace."""
    names = ("id", "outcome", "body_hash", "facts_hash", "bundle", "engine")
    return {**{name: row[name] for name in names}, "at": row["at"].isoformat(), "rules": rules}


def sign(signer: Signer, message: Json, payload: Json, decision: Json | None) -> Json:
    """Return the signed receipt of a payload. The same values give the same bytes."""
    receipt = {
        "format": FORMAT,
        "alg": "Ed25519",
        "key_id": signer.id,
        "message": message,
        "payload_sha256": payload_hash(payload),
        "decision": decision,
    }
    signature = signer.key.sign(canonical_bytes(receipt))
    return {**receipt, "signature": base64.b64encode(signature).decode()}


def payload_hash(payload: Json) -> str:
    """Return the SHA-256 of a payload's canonical JSON without its receipt."""
    return sha256_hex(canonical_bytes({name: value for name, value in payload.items() if name != FIELD}))


def check(push: Json, keys: Mapping[str, str]) -> Checked:
    """Verify a push, or a receipt alone, with public keys (id → base64)."""
    alone = push.get("format") == FORMAT
    receipt = push if alone else push.get(FIELD)
    if not isinstance(receipt, dict):
        return Checked({}, "no_receipt")
    if receipt.get("format") != FORMAT or receipt.get("alg") != "Ed25519":
        return Checked(receipt, "format_unknown")
    public = keys.get(str(receipt.get("key_id")))
    if public is None:
        return Checked(receipt, "key_unknown")
    if not _signed(receipt, public):
        return Checked(receipt, "signature_wrong")
    if alone:
        return Checked(receipt)
    same = payload_hash(push) == receipt["payload_sha256"]
    return Checked(receipt, "" if same else "payload_changed", payload=True)


def _signed(receipt: Json, public: str) -> bool:
    told = {name: value for name, value in receipt.items() if name != "signature"}
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public, validate=True))
        key.verify(base64.b64decode(str(receipt.get("signature")), validate=True), canonical_bytes(told))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def compare(receipt: Json, decision: Json | None) -> str:
    """Compare a receipt with the decision of an evidence file; return the fault's code, or nothing."""
    if receipt.get("decision") is None:
        return ""
    if decision is None:
        return "decision_missing"
    told = receipt["decision"]
    names = ("body_hash", "facts_hash", "bundle", "outcome")
    hashed = sha256_hex(decision["body"].encode()) == told["body_hash"]
    return "" if hashed and all(told[name] == decision[name] for name in names) else "decision_differs"
