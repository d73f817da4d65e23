"""Dealers: what one may know and whose name stands on what it sends (IN-16).

Place in the order's way: received. A dealer is an organisation with its customer record; its people and keys see the
rows of that organisation alone, and no customer but their own: not in offers, not in prices, not in what is compared.
"""

from __future__ import annotations

from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from intake.canonical import RawParty, RawPartyId
from intake.known.match import customer_of, customer_words, index_of
from orders.errors import InvalidOrder, Problem, Refused

if TYPE_CHECKING:
    from intake.canonical import RawOrder
    from orders.actor import Actor
    from orders.catalogue import Catalogue
    from server.deps import Deps

Json = dict[str, Any]
CHANNEL = "dealer"
_narrowed: dict[str, tuple[Catalogue, Catalogue]] = {}
_lock = Lock()


def narrowed(whole: Catalogue, customer: str) -> Catalogue:
    """Return the catalogue with one customer in it, or none; the same object while the whole one stays the same."""
    with _lock:
        known = _narrowed.get(customer)
        if known is None or known[0] is not whole:
            own = {code: entry for code, entry in whole.customers.items() if code == customer}
            known = _narrowed[customer] = (whole, replace(whole, customers=own, sources={}))
        return known[1]


def for_actor(deps: Deps, actor: Actor | None) -> Deps:
    """Return what an actor may work with: for a dealer, a catalogue that knows no other customer."""
    if actor is None or not actor.is_dealer:
        return deps
    return replace(deps, catalogue=lambda: narrowed(deps.catalogue(), actor.customer))


def as_dealer(raw: RawOrder, actor: Actor, known: Catalogue, *, channel: bool) -> RawOrder:
    """Put the dealer's own name on its order, so that its contract's prices hold. ``channel``: keep what it says.

    Raises InvalidOrder when it names another buyer, Refused when its customer record is there no longer.
    """
    own = known.customers.get(actor.customer)
    if own is None:
        raise Refused("The dealer's customer record is not active", "经销商的客户档案已停用", code="dealer_closed")
    buyer = raw.buyer
    if buyer.name or buyer.ids:
        words = customer_words([(one.scheme, one.value) for one in buyer.ids], buyer.name, None, None)
        found = customer_of(words, index_of(known))
        if found is None or found.code != own.code:
            said = ("经销商只能以自己的名义下单；终端客户请写在收货信息里", "A dealer orders in its own name alone")
            problem = Problem("/buyer", "not_the_dealer", *said, (own.name,))
            raise InvalidOrder(f"/buyer: {said[1]}", f"/buyer：{said[0]}", problems=(problem,))
    party = RawParty(name=own.name, ids=[RawPartyId(scheme="customer_code", value=own.code)], contact=buyer.contact)
    return raw.model_copy(update={"buyer": party} | ({} if channel else {"channel": CHANNEL}))


def shown_to(actor: Actor, view: Json) -> Json:
    """Return an order's view as the actor may see it: why we hold an order is our business, not the dealer's."""
    if not actor.is_dealer:
        return view
    return {**view, "decision": None, "holds": [], "approvals": []}
