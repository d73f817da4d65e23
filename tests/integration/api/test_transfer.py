"""MAP-14: the configuration of one installation comes over into an empty one, which then does the same."""

from __future__ import annotations

import base64
import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from intake.readers.payload import load_strict
from orders.actor import SYSTEM
from orders.errors import SluiceError
from rules.bundle import bundle_from_dir, load_bundle
from server.cli import main
from server.db.database import Database
from server.db.doors import channels
from server.db.facts import configuration
from server.db.outlets import destinations
from server.db.rulework import bundles
from server.db.store import open_store
from server.desk.intake import Delivery, live_channel, read_delivery
from server.desk.papers import transfer
from tests.conftest import DATA_KEY, START
from tests.integration.api.test_channels import POS, set_up

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from server.db.store import Store
    from tests.integration.api.conftest import Api

OTHER_KEY = base64.b64encode(b"f" * 32).decode()
SECRETS = ("s3cret-of-the-shop", "t0ken-of-the-robot", "SEC-do-not-tell")


def furnished(api: Api) -> dict[str, Any]:
    """Set an installation up with something of everything; return its configuration."""
    set_up(api, "shop-gz", secrets={"app_secret": SECRETS[0]})
    set_up(api, "mini", preset="mini_program", state="disabled")
    robot = destinations.Wanted("风控群", "robot.dingtalk", "https://oapi.dingtalk.com/…", {"keyword": "Sluice"}, [
        {"event": "order.held", "rule": "any"}
    ], url=f"https://oapi.dingtalk.com/robot/send?access_token={SECRETS[1]}", secrets=[SECRETS[2]])  # fmt: skip
    with api.deps.store.db.write() as conn:
        destinations.put(conn, api.deps.store, "risk", robot, actor=SYSTEM, now=START)
        configuration.put(conn, configuration.PEAK_MODE, True, actor="system", now=START)
        files = bundles.files(conn, str(bundles.live(conn)))
        name = next(file for file in sorted(files) if "500.00元" in files[file])
        changed = load_bundle({**files, name: files[name] + "\n# ours\n"})
        bundles.put(conn, changed.hash, changed.files, actor="system", now=START)
        bundles.publish(conn, changed.hash, actor="system", now=START, reason="ours")
    return transfer.export(api.deps.store)


@pytest.fixture
def empty(_sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """An installation that was only migrated and started once, under a key of its own."""
    path = tmp_path / "empty.db"
    shutil.copy(_sqlite_template, path)
    db = Database(f"sqlite:///{path}")
    store = open_store(db, [OTHER_KEY], data_dir=tmp_path / "empty", now=START)
    seeded = bundle_from_dir()
    with db.write() as conn:
        bundles.put(conn, seeded.hash, seeded.files, actor="system", now=START)
        bundles.publish(conn, seeded.hash, actor="system", now=START, reason="first start: RULES_DIR")
    yield store
    db.close()


def through_json(value: Any) -> Any:
    return load_strict(json.dumps(value, ensure_ascii=False).encode())


def test_MAP_14_an_empty_installation_does_the_same_after_the_import(lite: Api, empty: Store) -> None:
    told = furnished(lite)
    transfer.take_over(empty, SYSTEM, through_json(told), START)
    assert transfer.export(empty) == told
    again = {**told, "rules": {}}  # again changes nothing
    transfer.take_over(empty, SYSTEM, through_json(again), START)
    assert transfer.export(empty) == told
    text = json.dumps(told)
    assert [secret for secret in (*SECRETS, "whsec_") if secret in text] == []
    both = [lite.deps.store, empty]
    with lite.deps.store.db.read() as one, empty.db.read() as other:
        assert bundles.live(other) == bundles.live(one)
        versions = [channels.template(conn, "shop-gz-模板")["hash"] for conn in (one, other)]
        assert versions[0] == versions[1]
        assert channels.published_version(other, "shop-gz-模板") == 1
    mapped = []
    for store in both:
        deps = replace(lite.deps, store=store)
        channel = live_channel(deps, "shop-gz")
        delivery = Delivery("shop-gz", json.dumps(POS, ensure_ascii=False).encode(), "application/json")
        mapped.append([coming.order for coming in read_delivery(deps, delivery, channel, None)])
    assert mapped[0] == mapped[1] != []
    with empty.db.read() as conn:  # what needs a secret comes over without one, and does nothing before it has one
        assert destinations.get(conn, "risk")["state"] == "disabled"
        assert destinations.live(conn, empty, "risk") is None
        shop = channels.live(conn, empty, "shop-gz")
        assert shop is not None
        assert shop.secrets == {}


WRONG: tuple[tuple[str, Any, str | None], ...] = (
    ("format", "sluice-configuration/9", "/format"),
    ("templates", None, "/templates"),
    ("more", [], "/more"),
    ("channels", [{"code": "x"}], "/channels/0/name"),
    ("templates", [{"name": "x", "body": {"fields": {}}}], "/fields"),
    ("rules", {"a.yaml": "policy: ["}, None),
    ("master", {"skus": [{"sku": ""}]}, "/"),
)


def test_MAP_14_a_wrong_file_is_refused_at_its_place_and_nothing_of_it_taken(lite: Api, empty: Store) -> None:
    told = {**through_json(transfer.export(lite.deps.store)), "rules": {}}
    before = transfer.export(empty)
    for part, wrong, place in WRONG:
        with pytest.raises(SluiceError) as refused:
            transfer.take_over(empty, SYSTEM, {**told, part: wrong}, START)
        if place is not None:
            assert refused.value.problems[0].pointer.startswith(place), part
        assert transfer.export(empty) == before, part


def test_MAP_14_rules_that_people_published_are_not_replaced_by_a_file(lite: Api) -> None:
    told = furnished(lite)
    told["rules"] = bundle_from_dir().files
    before = transfer.export(lite.deps.store)
    with pytest.raises(SluiceError) as refused:
        transfer.take_over(lite.deps.store, SYSTEM, told, START)
    assert (refused.value.code, transfer.export(lite.deps.store)) == ("rules_differ", before)


def test_MAP_14_the_command_writes_and_reads_the_file(
    lite: Api, empty: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "configuration.json"
    for store, key, action in ((lite.deps.store, DATA_KEY, "export"), (empty, OTHER_KEY, "import")):
        monkeypatch.setenv("SLUICE_DATABASE_URL", store.db.url.render_as_string(hide_password=False))
        monkeypatch.setenv("SLUICE_DATA_DIR", str(tmp_path / action))
        monkeypatch.setenv("SLUICE_DATA_KEYS", key)
        assert main(["config", action, str(file)]) == 0
    assert "templates 0" in capsys.readouterr().out
    assert transfer.export(empty) == transfer.export(lite.deps.store)
    assert main(["config", "import", str(tmp_path / "none.json")]) == 1
