"""`keys`: a data key is replaced while the old one still opens, of the file and of the settings."""

from __future__ import annotations

import json

import pytest

from server.cli import main
from server.db.database import Database
from server.db.vault import Vault, parse_data_keys, wrapped_by
from tests.conftest import DATA_KEY
from tests.integration.db.test_vault import OTHER, sealed_for, unseal
from tests.integration.db.world import NOW


@pytest.fixture
def here(tmp_path, monkeypatch, database_url):
    monkeypatch.setenv("SLUICE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("SLUICE_DATABASE_URL", database_url)
    return tmp_path / "data" / "keys.json"


def test_keys_of_the_settings_are_rotated_and_the_old_one_may_go(here, store, monkeypatch, capsys):
    sealed = sealed_for(store, "customer:1")
    old, new = parse_data_keys([DATA_KEY, OTHER])
    monkeypatch.setenv("SLUICE_DATA_KEYS", f"{OTHER},{DATA_KEY}")
    assert main(["keys", "show"]) == 0
    assert f"{old}         2  仍需" in capsys.readouterr().out
    assert main(["keys", "rotate"]) == 0
    told = capsys.readouterr().out
    assert f"{new}         2  在用" in told
    assert f"{old}         0  可删" in told
    assert unseal(Vault.open(store.db, [OTHER], NOW), store, sealed) == b"secret"
    assert main(["keys", "rotate"]) == 0
    assert "wrapped anew: 0" in capsys.readouterr().out


def test_a_key_that_is_missing_is_named(here, store, monkeypatch, capsys):
    sealed_for(store, "customer:1")
    (old,) = parse_data_keys([DATA_KEY])
    monkeypatch.setenv("SLUICE_DATA_KEYS", OTHER)
    assert main(["keys", "show"]) == 0
    assert f"{old}         2  缺失" in capsys.readouterr().out
    assert main(["keys", "rotate"]) == 1
    assert "data_key_missing" in capsys.readouterr().err


def test_keys_of_the_settings_are_not_added_by_us(here, monkeypatch, capsys):
    monkeypatch.setenv("SLUICE_DATA_KEYS", DATA_KEY)
    assert main(["keys", "add"]) == 1
    assert "SLUICE_DATA_KEYS" in capsys.readouterr().err
    assert not here.exists()


def test_a_key_of_the_file_is_added_first_and_the_old_one_stays(here, database_url, capsys):
    assert main(["migrate"]) == 0
    assert main(["keys", "show"]) == 0
    before = json.loads(here.read_text())
    assert main(["keys", "add"]) == 0
    after = json.loads(here.read_text())
    assert after["data_keys"][1:] == before["data_keys"]
    assert after["secret_key"] == before["secret_key"]
    assert here.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in here.parent.glob("keys.json*")] == ["keys.json"]
    db = Database(database_url)
    Vault.open(db, before["data_keys"], NOW)
    assert main(["keys", "rotate"]) == 0
    with db.read() as conn:
        assert wrapped_by(conn) == {next(iter(parse_data_keys(after["data_keys"]))): 1}
    db.close()
