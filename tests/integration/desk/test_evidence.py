"""U3: evidence that anybody verifies offline, and every kind of tampering that it finds."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from orders.actor import Role
from orders.decision import canonical_bytes, sha256_hex
from orders.errors import SenderError
from rules.bundle import bundle_hash
from server import evidence, verifying
from server.cli import main as command
from server.db import audit
from server.db.rulework import bundles
from server.db.tables import orders
from server.desk import holds as hold_desk
from tests.integration.desk.conftest import Clock, actor, order, send

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server.db.store import Store
    from server.deps import Deps

Members = dict[str, list[dict[str, Any]]]


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


@pytest.fixture(autouse=True)
def _kept_engine(monkeypatch, engine) -> None:
    """The module's engine child judges for every file: the real one, started once."""

    class Kept:
        def __init__(self, bundle, **_options) -> None:
            assert bundle.hash == engine.bundle.hash
            self.answer_many = engine.answer_many

        def close(self) -> None:
            pass

    monkeypatch.setattr(verifying, "EnginePool", Kept)


@pytest.fixture
def written(deps: Deps, clock: Clock, tmp_path: Path) -> Path:
    """Two orders, the first of them released once, sealed, as a file."""
    with deps.store.db.write() as conn:
        live = deps.engine.bundle
        bundles.put(conn, live.hash, live.files, actor="system", now=deps.clock())
    address = "江苏省苏州市虎丘区星湖街328号菜鸟驿站"
    held = send(deps, order("E-1", ("A-1001", "60"), ("A-1007", "1"), address=address))
    hold_desk.release_hold(deps, actor(Role.RISK), held.holds[0]["id"], "已核实")
    clock.forward(seconds=1)  # so that the ids stand in this order
    send(deps, order("E-2", ("A-1003", "2"), phone="13900000001"))
    audit.seal_heads(deps.store.db, deps.clock())
    path = tmp_path / "evidence.zip"
    evidence.write(deps.store, path, now=deps.clock())
    return path


def rewritten(path: Path, change: Callable[[Members], None], *, honest: bool = False) -> Path:
    """Change a file's members; a clever forger (not ``honest``) writes the manifest anew."""
    members: Members = {}
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        for name in manifest["members"]:
            members[name] = list(evidence.lines(archive, name))
    change(members)
    forged = path.with_name("forged.zip")
    with zipfile.ZipFile(forged, "w") as archive:
        for name, rows in members.items():
            data = b"".join(canonical_bytes(row) + b"\n" for row in rows)
            archive.writestr(name, data)
            if not honest:
                manifest["members"][name] = {"sha256": sha256_hex(data), "rows": len(rows)}
        manifest["members"] = {name: told for name, told in manifest["members"].items() if name in members}
        archive.writestr("manifest.json", canonical_bytes(manifest))
    return forged


def codes(path: Path, **more: str) -> set[str]:
    return {fault.code for fault in verifying.verify(path, **more).faults}


def test_U3_untouched_evidence_verifies_and_every_decision_comes_out_again(written: Path) -> None:
    found = verifying.verify(written)
    assert found.faults == []
    assert (found.orders, found.decisions, found.replayed, found.erased) == (2, 3, 3, 0)
    assert found.entries >= 5
    assert found.seals == 1


def facts_changed(members: Members) -> None:
    row = members["decisions.jsonl"][0]
    row["facts"] = row["facts"].replace('"line_no":1', '"line_no":9', 1)


def facts_and_hash_changed(members: Members) -> None:
    """The forger lowers the amount and writes the facts' hash anew: the replay tells."""
    row = members["decisions.jsonl"][0]
    facts = json.loads(row["facts"])
    facts["head"]["order.payable"] = 100
    row["facts"] = canonical_bytes(facts).decode()
    row["facts_hash"] = sha256_hex(row["facts"].encode())


def body_changed(members: Members) -> None:
    row = members["decisions.jsonl"][0]
    row["body"] = row["body"].replace("PICKUP_POINT", "PICKUP_PLACE")


def body_and_hash_changed(members: Members) -> None:
    body_changed(members)
    row = members["decisions.jsonl"][0]
    row["body_hash"] = sha256_hex(row["body"].encode())


def outcome_changed(members: Members) -> None:
    members["decisions.jsonl"][0]["outcome"] = "pass"


def bundle_member(members: Members) -> str:
    return next(name for name in members if name.startswith("bundles/"))


def bundle_changed(members: Members) -> None:
    (files,) = members[bundle_member(members)]
    files["fraud.yaml"] = files["fraud.yaml"].replace("500.00元", "900.00元")


def bundle_removed(members: Members) -> None:
    del members[bundle_member(members)]


def bundle_swapped(members: Members) -> None:
    """The forger changes the rules and names every decision after the new ones."""
    name = bundle_member(members)
    bundle_changed(members)
    new = bundle_hash(members[name][0])
    members[f"bundles/{new}.json"] = members.pop(name)
    for row in members["decisions.jsonl"]:
        row["bundle"] = new


def decision_removed(members: Members) -> None:
    del members["decisions.jsonl"][1]


def decision_added(members: Members) -> None:
    rows = members["decisions.jsonl"]
    rows.insert(2, {**rows[1], "id": "dec_forged", "seq": 3})


def decisions_swapped(members: Members) -> None:
    rows = members["decisions.jsonl"]
    rows[0], rows[1] = {**rows[1], "seq": 1}, {**rows[0], "seq": 2}


def entry_removed(members: Members) -> None:
    del members["audit.jsonl"][1]


def entry_changed(members: Members) -> None:
    row = next(row for row in members["audit.jsonl"] if row["action"] == "hold_released")
    row["actor"] = "usr_somebody_else"


def entries_swapped(members: Members) -> None:
    rows = members["audit.jsonl"]
    rows[0], rows[1] = rows[1], rows[0]


def trail_cut(members: Members) -> None:
    chain = members["audit.jsonl"][0]["chain"]
    last = max(at for at, row in enumerate(members["audit.jsonl"]) if row["chain"] == chain)
    del members["audit.jsonl"][last]


def chain_made_anew(members: Members) -> None:
    """The forger names another actor and links the whole chain again: the seal tells."""
    rows, prev_hash = members["audit.jsonl"], audit.GENESIS
    chain = rows[0]["chain"]
    for row in rows:
        if row["chain"] == chain:
            row["actor"], row["prev_hash"] = "usr_other", prev_hash
            parts = (chain, row["seq"], row["action"], row["actor"], row["detail"], row["at"], prev_hash)
            row["hash"] = prev_hash = sha256_hex("\n".join(map(str, parts)).encode())


def order_removed(members: Members) -> None:
    gone = members["decisions.jsonl"][-1]["order_id"]
    members["decisions.jsonl"] = [row for row in members["decisions.jsonl"] if row["order_id"] != gone]
    members["audit.jsonl"] = [row for row in members["audit.jsonl"] if row["chain"] != gone]


def trail_removed(members: Members) -> None:
    gone = members["decisions.jsonl"][-1]["order_id"]
    members["audit.jsonl"] = [row for row in members["audit.jsonl"] if row["chain"] != gone]


def seal_changed(members: Members) -> None:
    members["seals.jsonl"][0]["heads"] = "[]"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (facts_changed, "facts_changed"),
        (facts_and_hash_changed, "replay_differs"),
        (body_changed, "body_changed"),
        (body_and_hash_changed, "decision_added"),
        (outcome_changed, "body_changed"),
        (bundle_changed, "bundle_changed"),
        (bundle_removed, "bundle_missing"),
        (decision_removed, "decision_missing"),
        (decision_added, "decision_added"),
        (decisions_swapped, "decision_order"),
        (entry_removed, "entry_missing"),
        (entry_changed, "entry_changed"),
        (entries_swapped, "entry_missing"),
        (trail_cut, "trail_cut"),
        (chain_made_anew, "sealed_differs"),
        (order_removed, "order_missing"),
        (trail_removed, "trail_missing"),
        (seal_changed, "seal_changed"),
    ],
)
def test_U3_tampering_is_found_even_with_a_forged_manifest(
    written: Path, change: Callable[[Members], None], code: str
) -> None:
    assert code in codes(rewritten(written, change))


def test_U3_rules_swapped_under_a_decision_give_something_else(written: Path, monkeypatch, engine) -> None:
    from rules.process.children import EnginePool

    monkeypatch.setattr(verifying, "EnginePool", EnginePool)
    assert "replay_differs" in codes(rewritten(written, bundle_swapped))


def test_U3_a_byte_changed_carelessly_differs_from_the_manifest(written: Path) -> None:
    assert codes(rewritten(written, facts_changed, honest=True)) >= {"member_changed", "facts_changed"}
    assert codes(rewritten(written, dict.keys, honest=True)) == set()


def test_U3_the_seal_kept_apart_proves_that_the_file_was_not_made_anew(written: Path, deps: Deps) -> None:
    with zipfile.ZipFile(written) as archive:
        kept = json.loads(archive.read("manifest.json"))["last_seal"]["hash"]
    assert codes(written, seal=kept) == set()
    assert codes(written, seal="0" * 64) == {"seal_unknown"}

    def without_seals(members: Members) -> None:
        members["seals.jsonl"] = []

    assert "seal_unknown" in codes(rewritten(written, without_seals), seal=kept)


def test_U3_an_erased_person_is_counted_and_breaks_nothing(deps: Deps, written: Path, tmp_path: Path) -> None:
    with deps.store.db.write() as conn:
        for subject in set(conn.execute(select(orders.c.subject)).scalars()):
            deps.store.vault.erase(conn, subject, deps.clock())
    path = tmp_path / "after.zip"
    evidence.write(deps.store, path, now=deps.clock())
    found = verifying.verify(path)
    assert (found.faults, found.erased, found.replayed) == ([], 3, 0)


def test_U3_one_order_alone_can_be_exported_and_verified(deps: Deps, written: Path, tmp_path: Path) -> None:
    with deps.store.db.read() as conn:
        (wanted, *_) = conn.execute(select(orders.c.id).where(orders.c.number == "E-1")).scalars()
    path = tmp_path / "one.zip"
    evidence.write(deps.store, path, now=deps.clock(), order_ids=[wanted])
    found = verifying.verify(path)
    assert (found.faults, found.orders, found.decisions) == ([], 1, 2)


def test_U3_verify_says_so_and_ends_with_1(written: Path, capsys, tmp_path: Path) -> None:
    assert command(["verify", str(written)]) == 0
    assert "3 个判定 / decisions" in capsys.readouterr().out
    assert command(["verify", str(rewritten(written, body_changed))]) == 1
    assert "判定内容被改动 / the decision was changed" in capsys.readouterr().out
    (tmp_path / "no.zip").write_bytes(b"nothing")
    assert command(["verify", str(tmp_path / "no.zip")]) == 1
    with pytest.raises(SenderError, match="not a file of evidence"):
        verifying.verify(tmp_path / "no.zip")
