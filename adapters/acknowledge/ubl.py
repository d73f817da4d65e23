"""UBL 2.1 OrderResponse (Peppol BIS Ordering 3): our answer to an Order. Source: UBL 2.1, UNCL 4343."""

from __future__ import annotations

from lxml import etree

from adapters.acknowledge.answer import Answer, Verdict

_ROOT = "urn:oasis:names:specification:ubl:schema:xsd:OrderResponse-2"
_CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
_CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
_CODES = {Verdict.ACCEPTED: "AP", Verdict.PENDING: "AB", Verdict.REJECTED: "RE"}
_PEPPOL = "urn:fdc:peppol.eu:poacc"


def order_response(answer: Answer) -> bytes:
    """Write the OrderResponse, without lines: it stands for the whole order."""
    order = answer.order
    names: dict[str | None, str] = {None: _ROOT, "cac": _CAC, "cbc": _CBC}
    root = etree.Element(f"{{{_ROOT}}}OrderResponse", nsmap=names)  # type: ignore[arg-type]
    if _is_peppol(answer):
        _basic(root, "CustomizationID", f"{_PEPPOL}:trns:order_response:3")
        _basic(root, "ProfileID", f"{_PEPPOL}:bis:ordering:3")
    _basic(root, "ID", answer.id)
    _basic(root, "SalesOrderID", answer.our_id)
    _basic(root, "IssueDate", answer.at.date().isoformat())
    _basic(root, "IssueTime", answer.at.timetz().isoformat(timespec="seconds"))
    _basic(root, "OrderResponseCode", _CODES[answer.verdict])
    if answer.note:
        _basic(root, "Note", answer.note)
    _basic(root, "DocumentCurrencyCode", order.currency)
    _basic(_aggregate(root, "OrderReference"), "ID", order.number or "")
    _party(
        root,
        "SellerSupplierParty",
        answer,
        "receiver",
        (answer.attribute("seller_id"), answer.attribute("seller_name")),
    )
    buyer_id = order.buyer.ids[0].value if order.buyer.ids else ""
    _party(root, "BuyerCustomerParty", answer, "sender", (buyer_id, order.buyer.name or ""))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _basic(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{_CBC}}}{name}").text = text


def _aggregate(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_CAC}}}{name}")


def _party(root: etree._Element, role: str, answer: Answer, side: str, known: tuple[str, str]) -> None:
    """Write a party: its electronic address as the order wrote it, its number where that is another, its name.

    Peppol demands the address and takes a name as that of the legal entity only.
    """
    party = _aggregate(_aggregate(root, role), "Party")
    endpoint, scheme = answer.attribute(f"{side}_id"), answer.attribute(f"{side}_scheme")
    number, name = known
    if endpoint:
        _basic(party, "EndpointID", endpoint)
        if scheme:
            party[-1].set("schemeID", scheme)
    if number and number != endpoint:
        _basic(_aggregate(party, "PartyIdentification"), "ID", number)
    if name and _is_peppol(answer):
        _basic(_aggregate(party, "PartyLegalEntity"), "RegistrationName", name)
    elif name:
        _basic(_aggregate(party, "PartyName"), "Name", name)


def _is_peppol(answer: Answer) -> bool:
    return answer.attribute("peppol_profile").startswith(_PEPPOL)
