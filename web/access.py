"""Who may open and change which screen: deny by default, one table.

Place in the order's way: the first thing that every screen asks. The use cases in `server/desk.py` check again;
this table decides what is shown at all.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

from orders.actor import STAFF, Role
from server.api.master import DOORS
from server.desk import order_sheet
from server.desk.rulework import backtest, economics, exemptions, rules_draft

if TYPE_CHECKING:
    from collections.abc import Callable

    from orders.actor import Actor

View = TypeVar("View", bound="Callable[..., Any]")


class Screen(StrEnum):
    """The rooms of the front office."""

    HOME = "home"
    NOTICES = "notices"
    UPLOAD = "upload"
    DRAFTS = "drafts"
    ENTRY = "entry"
    ORDERS = "orders"
    HOLDS = "holds"
    APPROVALS = "approvals"
    SKUS = "skus"
    CUSTOMERS = "customers"
    PRICES = "prices"
    STOCK = "stock"
    CREDIT = "credit"
    SITES = "sites"
    DELIVERIES = "deliveries"
    CHANNELS = "channels"
    OWN_FIELDS = "own_fields"
    ORDER_SHEET = "order_sheet"
    ORDER_WHY = "order_why"
    SHEETS = "sheets"
    LESSONS = "lessons"
    ACCESS = "access"
    RULES = "rules"
    BACKTESTS = "backtests"
    REPORTS = "reports"
    EXEMPTIONS = "exemptions"
    BOOKS = "books"


_SALES = frozenset({Role.SALES, Role.SALES_SUPERVISOR})
_STAFF = frozenset(STAFF)
_ENTERING = _SALES | {Role.DEALER}
_ALL_BUT_SALES = _STAFF - {Role.SALES}
MASTER = {
    Screen.SKUS: DOORS["skus"],
    Screen.CUSTOMERS: DOORS["customers"],
    Screen.PRICES: DOORS["prices"],
    Screen.STOCK: DOORS["stock"],
    Screen.CREDIT: DOORS["credit-accounts"],
    Screen.SITES: DOORS["sites"],
}
"""Master data opens for the same roles as in the API."""

READ: dict[Screen, frozenset[Role]] = {
    Screen.HOME: _STAFF | {Role.DEALER},
    Screen.NOTICES: _STAFF,
    Screen.UPLOAD: _ENTERING,
    Screen.DRAFTS: _ENTERING | {Role.AUDITOR},
    Screen.LESSONS: _SALES | {Role.AUDITOR},
    Screen.ENTRY: _ENTERING,
    Screen.ORDERS: _STAFF | {Role.DEALER},
    Screen.ORDER_WHY: _STAFF,
    Screen.SHEETS: _STAFF,
    Screen.HOLDS: _STAFF,
    Screen.APPROVALS: _ALL_BUT_SALES - {Role.RISK},
    **{screen: frozenset(doors.read) for screen, doors in MASTER.items()},
    Screen.DELIVERIES: frozenset({Role.PRODUCTION, Role.FINANCE, Role.AUDITOR}),
    Screen.CHANNELS: _SALES | {Role.AUDITOR},
    Screen.OWN_FIELDS: frozenset({Role.AUDITOR}),
    Screen.ORDER_SHEET: frozenset(order_sheet.EXPORTERS),
    Screen.ACCESS: frozenset({Role.AUDITOR}),
    Screen.RULES: _ALL_BUT_SALES,
    Screen.BACKTESTS: frozenset(backtest.READERS),
    Screen.REPORTS: frozenset(economics.READERS),
    Screen.EXEMPTIONS: frozenset(exemptions.READERS),
    Screen.BOOKS: frozenset({Role.FINANCE, Role.AUDITOR}),
}
"""Who sees a screen. Administrators see all."""

WRITE: dict[Screen, frozenset[Role]] = {
    Screen.HOME: frozenset(),
    Screen.NOTICES: frozenset(),
    Screen.UPLOAD: _ENTERING,
    Screen.DRAFTS: _ENTERING,
    Screen.LESSONS: _SALES,
    Screen.ENTRY: _ENTERING,
    Screen.ORDER_WHY: frozenset(),
    Screen.SHEETS: frozenset(),
    Screen.ORDERS: _STAFF - {Role.AUDITOR},
    Screen.HOLDS: _STAFF - {Role.AUDITOR},
    Screen.APPROVALS: frozenset({Role.SALES_SUPERVISOR, Role.PRODUCTION, Role.FINANCE}),
    **{screen: frozenset(doors.write) for screen, doors in MASTER.items()},
    Screen.DELIVERIES: frozenset(),
    Screen.CHANNELS: frozenset(),
    Screen.OWN_FIELDS: frozenset(),
    Screen.ORDER_SHEET: frozenset(),
    Screen.ACCESS: frozenset(),
    Screen.RULES: frozenset(rules_draft.WORKERS),
    Screen.BACKTESTS: frozenset(backtest.AUTHORS),
    Screen.REPORTS: frozenset(economics.JUDGES),
    Screen.EXEMPTIONS: frozenset(exemptions.AUTHORS),
    Screen.BOOKS: frozenset({Role.FINANCE}),
}
"""Who changes something there; per hold and per approval step the order itself says who. Administrators may all."""


def may_read(actor: Actor, screen: Screen) -> bool:
    """Say whether ``actor`` sees ``screen``."""
    return actor.has(*READ[screen])


def may_write(actor: Actor, screen: Screen) -> bool:
    """Say whether ``actor`` may change something on ``screen``."""
    return actor.has(*WRITE[screen])


def may_export(actor: Actor, screen: Screen) -> bool:
    """Say whether ``actor`` may take the whole list away in a file (SEC-02)."""
    return screen in MASTER and actor.has(*MASTER[screen].export)


def opens(screen: Screen) -> Callable[[View], View]:
    """Mark a view as reading ``screen``; a view without a mark opens for nobody."""
    return _mark(screen, write=False)


def changes(screen: Screen) -> Callable[[View], View]:
    """Mark a view as changing something on ``screen``."""
    return _mark(screen, write=True)


def public(view: View) -> View:
    """Mark a view that needs no sign-in (the sign-in itself, the language switch)."""
    view.sluice_public = True  # type: ignore[attr-defined]
    return view


def _mark(screen: Screen, *, write: bool) -> Callable[[View], View]:
    def marked(view: View) -> View:
        view.sluice_screen = screen  # type: ignore[attr-defined]
        view.sluice_write = write  # type: ignore[attr-defined]
        return view

    return marked


def is_public(view: Callable[..., Any]) -> bool:
    """Say whether ``view`` is marked public."""
    return bool(getattr(view, "sluice_public", False))


def may_open(actor: Actor, view: Callable[..., Any]) -> bool:
    """Say whether ``actor`` may call ``view``: no mark, no entry."""
    screen = getattr(view, "sluice_screen", None)
    if screen is None:
        return False
    return may_write(actor, screen) if view.sluice_write else may_read(actor, screen)  # type: ignore[attr-defined]
