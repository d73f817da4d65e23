"""Who buys, who receives, where to: personal data lives only in these shapes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contact:
    """A person: name, phone as digits (``13800138000`` or ``+49…``), e-mail; each may be unknown."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class PartyId:
    """An identifier under a scheme: ``uscc``, ``id_card``, ``gln``, ``platform``, ``customer_code`` and so on."""

    scheme: str
    value: str


@dataclass(frozen=True, slots=True)
class Party:
    """A company or a person that buys or pays."""

    name: str | None = None
    ids: tuple[PartyId, ...] = ()
    contact: Contact = Contact()

    def id_value(self, scheme: str) -> str | None:
        """Return the first identifier under ``scheme``."""
        return next((party_id.value for party_id in self.ids if party_id.scheme == scheme), None)


@dataclass(frozen=True, slots=True)
class Address:
    """An address as written (``text``) and as understood; ``adcode`` is the six-digit GB/T 2260 code."""

    text: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    detail: str | None = None
    adcode: str | None = None


@dataclass(frozen=True, slots=True)
class ShipTo:
    """Where the goods go and who takes them."""

    contact: Contact = Contact()
    address: Address = Address()
