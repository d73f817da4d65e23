"""Who may sign in, what a key is, and who sees which rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from sqlalchemy import select

from orders.actor import POOL, Actor, Role
from orders.errors import NotFound
from server.db import people
from server.db import tables as t
from server.db.order import orders
from server.db.order.orders import Filter
from server.db.visible import visible
from tests.integration.db.world import NOW, found_company, make_order, place


def test_an_unknown_login_costs_as_much_as_a_known_one(production_passwords: tuple[PasswordHasher, str]) -> None:
    hasher, nobody = production_passwords
    assert not hasher.check_needs_rehash(nobody)


def test_guessing_costs_what_the_standard_says(production_passwords: tuple[PasswordHasher, str]) -> None:
    stored = extract_parameters(production_passwords[0].hash("x"))
    assert (stored.type, stored.memory_cost >= 64 * 1024, stored.time_cost >= 3) == (Type.ID, True, True)  # RFC 9106, 4


@pytest.fixture
def tree(store):
    """Main with east (and its shop) and west."""
    with store.db.write() as conn:
        people.add_organisation(conn, "华东", "org_main", NOW, "org_east")
        people.add_organisation(conn, "苏州店", "org_east", NOW, "org_shop")
        people.add_organisation(conn, "华西", "org_main", NOW, "org_west")
        people.add_organisation(conn, "华东二", "org_main", NOW, "org_east2")
    return store


def actor(name: str, org: str, *roles: Role) -> Actor:
    return Actor(name, name, "user", frozenset(roles), org)


def seen(store, who: Actor) -> set[str]:
    with store.db.read() as conn:
        return set(conn.execute(visible(select(t.orders.c.owner_id), t.orders, who)).scalars())


def test_SEC_09_owner_colleague_stranger_and_those_above_see_what_is_theirs(tree) -> None:
    for number, (name, org) in enumerate([("owner", "org_shop"), ("colleague", "org_shop"), ("stranger", "org_west")]):
        place(tree, make_order(f"PO-{number}"), actor=actor(name, org, Role.SALES))
    assert seen(tree, actor("owner", "org_shop", Role.SALES)) == {"owner"}
    assert seen(tree, actor("colleague", "org_shop", Role.SALES)) == {"colleague"}
    assert seen(tree, actor("nobody", "org_shop", Role.SALES)) == set()
    assert seen(tree, actor("boss", "org_east", Role.SALES_SUPERVISOR)) == {"owner", "colleague"}
    assert seen(tree, actor("boss2", "org_east2", Role.SALES_SUPERVISOR)) == set()
    assert seen(tree, actor("boss3", "org_main", Role.SALES_SUPERVISOR)) == {"owner", "colleague", "stranger"}
    for role in (Role.FINANCE, Role.RISK, Role.PRODUCTION, Role.ADMIN, Role.AUDITOR):
        assert seen(tree, actor("x", "org_west", role)) == {"owner", "colleague", "stranger"}
    assert seen(tree, actor("x", "org_shop")) == set()
    dealer = actor("guest", "org_west", Role.DEALER, Role.ADMIN)
    assert seen(tree, replace(dealer, customer="C-9")) == {"stranger"}
    assert seen(tree, dealer) == set()


def test_SEC_09_what_came_by_mail_is_seen_by_everybody_in_the_organisation_and_below(tree) -> None:
    place(tree, make_order("PO-1"), actor=actor(POOL, "org_east", Role.SALES))
    for org in ("org_east", "org_shop"):
        assert seen(tree, actor("anybody", org, Role.SALES)) == {POOL}
        assert seen(tree, actor("boss", org, Role.SALES_SUPERVISOR)) == {POOL}
    for org in ("org_main", "org_west", "org_east2"):
        assert seen(tree, actor("anybody", org, Role.SALES)) == set()
    assert seen(tree, actor("nobody", "org_east")) == set()


def test_SEC_09_a_stranger_gets_neither_the_order_nor_a_hint(tree) -> None:
    done = place(tree, make_order(), actor=actor("owner", "org_shop", Role.SALES))
    stranger = actor("stranger", "org_west", Role.SALES)
    with tree.db.read() as conn:
        assert orders.list_page(conn, stranger, Filter()).rows == ()
        with pytest.raises(NotFound):
            orders.get(conn, tree, done.order_id, stranger)
        assert orders.get(conn, tree, done.order_id, actor("owner", "org_shop", Role.SALES)).order == make_order()


def test_an_order_of_a_customer_belongs_to_the_customers_salesperson(store) -> None:
    from orders.actor import SYSTEM
    from server.db import master

    found_company(store)
    item = {"code": "C-1", "name": "苏州恒力机电有限公司", "owner_id": "usr_rep", "org_id": "org_main",
            "ids": [{"scheme": "uscc", "value": "91320505MA1KL0011B"}]}  # fmt: skip
    with store.db.write() as conn:
        master.upsert(conn, store, "customers", item, actor=SYSTEM, now=NOW)
    place(store, make_order())
    assert seen(store, actor("usr_rep", "org_main", Role.SALES)) == {"usr_rep"}


USER = {"login": "sales", "name": "销售", "password": "sluice-demo", "roles": ["sales"]}


def test_sign_in_with_the_right_password_only(store) -> None:
    with store.db.write() as conn:
        user_id = people.add_user(conn, USER, NOW)
    found = people.sign_in(store.db, "sales", "sluice-demo", NOW)
    assert found == Actor(user_id, "销售", "user", frozenset({Role.SALES}), "org_main")
    assert people.sign_in(store.db, "sales", "wrong", NOW) is None
    assert people.sign_in(store.db, "nobody", "sluice-demo", NOW) is None


def test_ten_wrong_passwords_lock_the_login_for_a_while(store) -> None:
    with store.db.write() as conn:
        people.add_user(conn, USER, NOW)
    for _ in range(people.MAX_FAILURES):
        assert people.sign_in(store.db, "sales", "wrong", NOW) is None
    assert people.sign_in(store.db, "sales", "sluice-demo", NOW) is None
    assert people.sign_in(store.db, "sales", "sluice-demo", NOW + people.LOCK - timedelta(seconds=1)) is None
    assert people.sign_in(store.db, "sales", "sluice-demo", NOW + people.LOCK) is not None
    assert people.sign_in(store.db, "sales", "sluice-demo", NOW) is not None


def test_a_key_is_stored_as_its_hash_and_stops_when_revoked(store) -> None:
    key = {"name": "ERP", "scopes": ["sales"], "account": "hengli", "created_by": "system"}
    with store.db.write() as conn:
        key_id, secret = people.add_api_key(conn, key, NOW)
    with store.db.read() as conn:
        found = people.actor_of_key(conn, secret)
        assert (found.id, found.account, found.kind) == (key_id, "hengli", "key")
        assert secret not in str(conn.execute(select(t.api_keys)).all())
        assert people.actor_of_key(conn, secret + "x") is None
    with store.db.write() as conn:
        assert people.revoke_key(conn, key_id)
        assert people.actor_of_key(conn, secret) is None
        assert not people.revoke_key(conn, key_id)


def test_SEC_09_what_is_done_to_one_person_or_key_touches_no_other(sqlite_store) -> None:
    db = sqlite_store.db
    key = {"name": "ERP", "scopes": ["sales"], "created_by": "system"}
    with db.write() as conn:
        one, other = people.add_user(conn, USER, NOW), people.add_user(conn, {**USER, "login": "other"}, NOW)
        (key_id, secret), (_, kept) = people.add_api_key(conn, key, NOW), people.add_api_key(conn, key, NOW)
        for code in ("C-1", "C-2"):
            people.add_organisation(conn, code, "org_main", NOW, f"org_{code}", customer=code)
    own = select(t.users).where(t.users.c.id == other)
    with db.read() as conn:
        before = conn.execute(own).one()
    assert people.sign_in(db, "sales", "wrong", NOW) is None
    with db.write() as conn:
        people.set_password(conn, one, "another-password", NOW)
        people.set_user(conn, one, {"state": "off"}, NOW)
        assert people.revoke_key(conn, key_id)
    assert people.sign_in(db, "sales", "another-password", NOW) is None
    with db.read() as conn:
        assert conn.execute(own).one() == before
        assert people.get_user(conn, one) is people.actor_of_login(conn, "sales") is None
        assert people.actor_of_key(conn, secret) is people.actor_of_key_id(conn, key_id) is None
        assert people.actor_of_key(conn, kept) is not None
        assert [people.dealer_customer(conn, f"org_{name}") for name in ("C-1", "C-2", "main")] == ["C-1", "C-2", None]
        assert [row["customer"] for row in people.dealers(conn)] == ["C-1", "C-2"]


def test_the_admin_key_is_made_once(store) -> None:
    with store.db.write() as conn:
        assert people.ensure_admin_key(conn, "slk_admin", NOW) == people.ensure_admin_key(conn, "slk_admin", NOW)
        assert people.actor_of_key(conn, "slk_admin").has()


def test_an_unknown_role_is_refused(store) -> None:
    with pytest.raises(ValueError, match="king"), store.db.write() as conn:
        people.add_user(conn, {**USER, "roles": ["king"]}, NOW)
