"""The vault: sealed under one key a person, matched by hashes, forgotten for good."""

from __future__ import annotations

import base64
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from cryptography.exceptions import InvalidTag

from orders.errors import InternalError
from server.db import vault as module
from server.db.vault import Erased, Vault, parse_data_keys, wrapped_by
from tests.conftest import DATA_KEY
from tests.integration.db.world import NOW

OTHER = base64.b64encode(b"f" * 32).decode()


def sealed_for(store, subject, data=b"secret"):
    with store.db.write() as conn:
        key = store.vault.subject_key(conn, subject, NOW)
        store.vault.keep(conn, key)
    return store.vault.seal(key, data)


def unseal(vault, store, sealed):
    with store.db.read() as conn:
        return vault.unseal(conn, sealed)


def test_what_is_sealed_is_read_back_and_is_not_in_the_bytes(store) -> None:
    sealed = sealed_for(store, "customer:1", "张总 13800138000".encode())
    assert "张总".encode() not in sealed
    assert unseal(store.vault, store, sealed).decode() == "张总 13800138000"


def test_key_of_the_installation_that_many_make_first_is_one_key(store) -> None:
    """Seventeen channels set up at the same moment on a fresh database: none of them fails."""
    together = threading.Barrier(6)

    def make(_number: int) -> str:
        together.wait(30)
        with store.db.write() as conn:
            return str(store.vault.system_key(conn, "system:channels", NOW).id)

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(make, range(6)))) == 1


def test_a_subject_has_one_key_and_two_seals_of_the_same_differ(store) -> None:
    first, second = sealed_for(store, "customer:1"), sealed_for(store, "customer:1")
    assert first[:17] == second[:17]
    assert first != second


def test_a_changed_byte_is_noticed(store) -> None:
    sealed = bytearray(sealed_for(store, "customer:1"))
    sealed[-1] ^= 1
    with pytest.raises(InvalidTag):
        unseal(store.vault, store, bytes(sealed))


def test_SEC_07_erased_is_unreadable_here_and_in_every_other_process(store) -> None:
    sealed, kept = sealed_for(store, "customer:1"), sealed_for(store, "customer:2")
    other = Vault.open(store.db, [DATA_KEY], NOW)
    with store.db.write() as conn:
        assert store.vault.erase(conn, "customer:1", NOW) == 1
    for vault in (store.vault, other):
        with pytest.raises(Erased):
            unseal(vault, store, sealed)
    assert unseal(other, store, kept) == b"secret"
    assert unseal(other, store, sealed_for(store, "customer:1", b"new")) == b"new"


def test_SEC_07_a_process_that_had_read_the_person_forgets_the_key_within_a_minute(sqlite_store, monkeypatch) -> None:
    sealed = sealed_for(sqlite_store, "customer:1")
    other = Vault.open(sqlite_store.db, [DATA_KEY], NOW)
    began = time.monotonic()
    assert unseal(other, sqlite_store, sealed) == b"secret"
    with sqlite_store.db.write() as conn:
        assert sqlite_store.vault.erase(conn, "customer:1", NOW) == 1
        assert sqlite_store.vault.erase(conn, "customer:1", NOW) == 0
    ahead = SimpleNamespace(monotonic=lambda: began + 2 * module.CACHE_S)
    monkeypatch.setattr(module, "time", ahead)
    with pytest.raises(Erased):
        unseal(other, sqlite_store, sealed)


def test_SEC_07_a_person_erased_while_keys_are_rotated_stays_erased(sqlite_store, monkeypatch) -> None:
    sealed = sealed_for(sqlite_store, "customer:1")
    both = Vault.open(sqlite_store.db, [OTHER, DATA_KEY], NOW)
    wrap = both._wrap
    with sqlite_store.db.write() as conn:

        def erase_meanwhile(key_id, plain):
            both.erase(conn, "customer:1", NOW)
            return wrap(key_id, plain)

        monkeypatch.setattr(both, "_wrap", erase_meanwhile)
        both.rotate(conn)
        assert list(wrapped_by(conn).values()) == [1]  # the matching key
    with pytest.raises(Erased):
        unseal(both, sqlite_store, sealed)


def test_rotation_opens_with_the_new_key_alone_and_matching_stays(store) -> None:
    sealed = sealed_for(store, "customer:1")
    both = Vault.open(store.db, [OTHER, DATA_KEY], NOW)
    assert unseal(both, store, sealed) == b"secret"
    with store.db.write() as conn:
        while both.rotate(conn, limit=1):
            pass
    alone = Vault.open(store.db, [OTHER], NOW)
    assert unseal(alone, store, sealed) == b"secret"
    assert alone.hash("phone", "13800138000") == store.vault.hash("phone", "13800138000")
    with pytest.raises(InternalError, match="DATA_KEYS lacks"):
        Vault.open(store.db, [DATA_KEY], NOW)


def test_SEC_07_a_rotation_that_was_stopped_goes_on_and_both_keys_open_meanwhile(store) -> None:
    before = [sealed_for(store, f"customer:{n}") for n in range(5)]
    both = Vault.open(store.db, [OTHER, DATA_KEY], NOW)
    old, new = parse_data_keys([DATA_KEY, OTHER])
    with store.db.write() as conn:
        assert both.rotate(conn, limit=2) == 2
    with store.db.read() as conn:
        assert wrapped_by(conn) == {old: 4, new: 2}
    assert [unseal(Vault.open(store.db, [OTHER, DATA_KEY], NOW), store, one) for one in before] == [b"secret"] * 5
    with store.db.write() as conn:
        assert (both.rotate(conn), both.rotate(conn)) == (4, 0)
        assert wrapped_by(conn) == {new: 6}


def test_SEC_07_a_rotation_brings_nobody_back_who_was_erased(store) -> None:
    sealed = sealed_for(store, "customer:1")
    with store.db.write() as conn:
        store.vault.erase(conn, "customer:1", NOW)
    both = Vault.open(store.db, [OTHER, DATA_KEY], NOW)
    with store.db.write() as conn:
        assert both.rotate(conn) == 1  # the matching key
    with pytest.raises(Erased):
        unseal(both, store, sealed)


@pytest.mark.parametrize(
    "written", ["13800138000", "138 0013 8000", "138-0013-8000", "+86 13800138000", "008613800138000"]
)
def test_MAP_11_a_phone_matches_however_it_is_written(store, written) -> None:
    assert store.vault.hash("phone", written) == store.vault.hash("phone", "13800138000")


def test_hashes_of_other_schemes_and_values_differ(store) -> None:
    hashes = {
        store.vault.hash(scheme, value) for scheme in ("phone", "uscc") for value in ("13800138000", "13800138001")
    }
    assert len(hashes) == 4


@pytest.mark.parametrize("keys", [[], ["not base64!"], [base64.b64encode(b"short").decode()]])
def test_bad_data_keys_are_refused_by_name(keys) -> None:
    with pytest.raises(ValueError, match="SLUICE_DATA_KEYS"):
        parse_data_keys(keys)
