"""Deny by default: the table of screens and roles, and views without a mark."""

from __future__ import annotations

import pytest

from orders.actor import Actor, Role
from web.access import READ, WRITE, Screen, changes, may_export, may_open, may_read, may_write, opens


def person(*roles: Role) -> Actor:
    return Actor("usr_1", "某人", "user", frozenset(roles), "org_main")


def test_SEC_01_every_screen_says_who_reads_and_who_writes() -> None:
    assert set(READ) == set(Screen) == set(WRITE)


@pytest.mark.parametrize("screen", list(Screen))
def test_SEC_01_without_a_role_nothing_opens(screen: Screen) -> None:
    assert not may_read(person(), screen)
    assert not may_write(person(), screen)


@pytest.mark.parametrize("screen", list(Screen))
def test_SEC_01_an_auditor_changes_nothing(screen: Screen) -> None:
    assert not may_write(person(Role.AUDITOR), screen)


@pytest.mark.parametrize("screen", list(Screen))
def test_SEC_01_who_may_write_may_read(screen: Screen) -> None:
    assert WRITE[screen] <= READ[screen]


@pytest.mark.parametrize("screen", list(Screen))
def test_SEC_01_an_administrator_opens_all(screen: Screen) -> None:
    assert may_read(person(Role.ADMIN), screen)
    assert may_write(person(Role.ADMIN), screen)


@pytest.mark.parametrize(
    ("role", "screen"),
    [
        (Role.FINANCE, Screen.UPLOAD),
        (Role.FINANCE, Screen.DRAFTS),
        (Role.SALES, Screen.CREDIT),
        (Role.SALES, Screen.DELIVERIES),
        (Role.SALES, Screen.APPROVALS),
        (Role.SALES, Screen.RULES),
        (Role.PRODUCTION, Screen.CREDIT),
        (Role.PRODUCTION, Screen.PRICES),
        (Role.RISK, Screen.APPROVALS),
    ],
)
def test_SEC_01_screens_of_other_roles_stay_shut(role: Role, screen: Screen) -> None:
    assert not may_read(person(role), screen)


def test_SEC_03_finance_edits_no_draft_and_so_no_ship_address() -> None:
    assert not may_write(person(Role.FINANCE), Screen.DRAFTS)


def test_SEC_01_a_view_without_a_mark_opens_for_nobody() -> None:
    def forgotten() -> str:
        return ""

    assert not may_open(person(Role.ADMIN), forgotten)


def test_SEC_01_a_mark_tells_reading_from_changing() -> None:
    @opens(Screen.STOCK)
    def look() -> str:
        return ""

    @changes(Screen.STOCK)
    def set_stock() -> str:
        return ""

    assert may_open(person(Role.SALES), look)
    assert not may_open(person(Role.SALES), set_stock)
    assert may_open(person(Role.PRODUCTION), set_stock)


@pytest.mark.parametrize("screen", list(Screen))
def test_SEC_02_sales_take_no_whole_list_away(screen: Screen) -> None:
    assert not may_export(person(Role.SALES), screen)
    assert not may_export(person(Role.SALES_SUPERVISOR), screen)


def test_SEC_02_an_auditor_exports_customers() -> None:
    assert may_export(person(Role.AUDITOR), Screen.CUSTOMERS)
