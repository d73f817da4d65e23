"""U15: what an ERP receives carries a signed receipt, verified offline by the command; every tampering is found."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from adapters.erp.stub import Server
from orders.decision import canonical_bytes
from server import evidence
from server.cli import main as command
from server.db import signing
from server.dispatch import Dispatcher
from tests import calls
from tests.integration.api.conftest import order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.integration.api.conftest import Api

Json = dict[str, Any]


@pytest.fixture
def erp() -> Iterator[Server]:
    server = Server("127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def pushed(lite: Api, erp: Server) -> Json:
    """What the ERP received of an accepted order."""
    made = lite.post("/v1/orders", order(), role="sales").json
    assert made["decision"]["body"]["outcome"] in ("pass", "flag"), made["decision"]["body"]["holds"]
    signing.ensure(lite.deps.store, lite.clock())
    told = replace(lite.deps, settings=lite.deps.settings.model_copy(update={"erp_url": erp.url}))
    assert Dispatcher(told).round("erp") == 1
    found: Json = calls.get(f"{erp.url}/orders").json()["orders"][0]["body"]
    assert found["order_id"] == made["id"]
    return found


@pytest.fixture
def keys(lite: Api, pushed: Json, tmp_path: Path) -> Path:
    """The public keys as the API hands them out."""
    return written(tmp_path / "keys.json", lite.get("/v1/receipt-keys", role="auditor").json)


def written(path: Path, value: Any) -> Path:
    path.write_bytes(canonical_bytes(value))
    return path


def verified(tmp_path: Path, value: Json, keys: Path, *more: str) -> int:
    return command(["verify", str(written(tmp_path / "push.json", value)), "--keys", str(keys), *more])


def test_U15_push_names_its_decision_and_verifies_offline(lite, pushed, keys, tmp_path, capsys) -> None:
    shown = lite.get(f"/v1/orders/{pushed['order_id']}", role="sales").json["decision"]
    told = pushed["receipt"]["decision"]
    assert {name: told[name] for name in ("id", "body_hash", "facts_hash", "bundle")} == {
        name: shown[name] for name in ("id", "body_hash", "facts_hash", "bundle")
    }
    assert set(told["rules"]) == {entry["rule"] for entry in shown["body"]["trace"]}
    assert verified(tmp_path, pushed, keys) == 0
    assert "签名与内容相符" in capsys.readouterr().out


def amount(push: Json) -> None:
    push["order"]["lines"][0]["quantity"] = "9999"


def outcome(push: Json) -> None:
    push["receipt"]["decision"]["outcome"] = "hold"


def hashed(push: Json) -> None:
    amount(push)
    told = {name: value for name, value in push.items() if name != "receipt"}
    from orders.decision import sha256_hex

    push["receipt"]["payload_sha256"] = sha256_hex(canonical_bytes(told))


def unsigned(push: Json) -> None:
    del push["receipt"]["signature"]


def without(push: Json) -> None:
    del push["receipt"]


def other_key(push: Json) -> None:
    push["receipt"]["key_id"] = "rk_0"


def other_format(push: Json) -> None:
    push["receipt"]["alg"] = "none"


@pytest.mark.parametrize(
    ("tamper", "fault"),
    [
        (amount, "payload_changed"),
        (outcome, "signature_wrong"),
        (hashed, "signature_wrong"),
        (unsigned, "signature_wrong"),
        (without, "no_receipt"),
        (other_key, "key_unknown"),
        (other_format, "format_unknown"),
    ],
)
def test_U15_every_tampering_is_found(pushed, keys, tmp_path, capsys, tamper, fault) -> None:
    tamper(pushed)
    assert verified(tmp_path, pushed, keys) == 1
    assert f"✗ {fault}" in capsys.readouterr().out


def test_U15_receipt_alone_verifies_and_is_the_one_that_was_sent(lite, pushed, keys, tmp_path, capsys) -> None:
    (row,) = lite.get("/v1/outbox?destination=erp", role="finance").json["data"]
    alone = lite.get(f"/v1/outbox/{row['id']}/receipt", role="auditor").json
    assert alone == pushed["receipt"]
    assert verified(tmp_path, alone, keys) == 0
    assert "✓ 签名相符" in capsys.readouterr().out


def test_U15_key_is_rotated_and_older_receipts_stay_verifiable(lite, pushed, tmp_path) -> None:
    lite.clock.forward(seconds=1)
    fresh = lite.post("/v1/receipt-keys/rotate").json
    assert [key["state"] for key in fresh["data"]] == ["active", "retired"]
    assert fresh["data"][1]["id"] == pushed["receipt"]["key_id"]
    assert verified(tmp_path, pushed, written(tmp_path / "keys.json", fresh)) == 0
    only_new = {"data": fresh["data"][:1]}
    assert verified(tmp_path, pushed, written(tmp_path / "keys.json", only_new)) == 1


def test_U15_receipt_is_compared_with_the_evidence(lite, pushed, keys, tmp_path, capsys) -> None:
    path = tmp_path / "evidence.zip"
    evidence.write(lite.deps.store, path, now=lite.clock())
    assert verified(tmp_path, pushed, keys, "--evidence", str(path)) == 0
    evidence.write(lite.deps.store, path, now=lite.clock(), order_ids=["ord_none"])
    assert verified(tmp_path, pushed, keys, "--evidence", str(path)) == 1
    assert "✗ decision_missing" in capsys.readouterr().out


def test_U15_message_that_carries_no_order_has_no_receipt(lite, pushed) -> None:
    (row,) = lite.get("/v1/outbox?destination=webhooks&limit=1", role="finance").json["data"]
    assert lite.get(f"/v1/outbox/{row['id']}/receipt", role="auditor").status_code == 404
    assert lite.get(f"/v1/outbox/{row['id']}/receipt", role="sales").status_code == 403


def test_SEC_private_key_of_the_receipts_lies_sealed(lite, pushed) -> None:
    from sqlalchemy import select

    from server.db.tables import signing_keys

    with lite.deps.store.db.read() as conn:
        (row,) = conn.execute(select(signing_keys)).mappings()
        signer = signing.signer_at(conn, lite.deps.store, lite.clock())
    assert signer.key.private_bytes_raw() not in row["sealed"]
    assert "sealed" not in json.dumps(lite.get("/v1/receipt-keys", role="auditor").json)


def test_U15_file_that_is_no_receipt_is_refused_with_a_reason(tmp_path, capsys) -> None:
    (tmp_path / "x.json").write_text("[1")
    assert command(["verify", str(tmp_path / "x.json"), "--keys", str(tmp_path / "x.json")]) == 1
    assert "not_a_receipt" in capsys.readouterr().err
