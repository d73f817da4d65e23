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
    if answer.attribute("peppol_profile").startswith(_PEPPOL):
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
    seller = _aggregate(_aggregate(root, "SellerSupplierParty"), "Party")
    _named(seller, answer.attribute("seller_id"), answer.attribute("seller_name"))
    buyer = _aggregate(_aggregate(root, "BuyerCustomerParty"), "Party")
    _named(buyer, order.buyer.ids[0].value if order.buyer.ids else "", order.buyer.name or "")
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8"))


def _basic(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{_CBC}}}{name}").text = text


def _aggregate(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{_CAC}}}{name}")


def _named(party: etree._Element, number: str, name: str) -> None:
    if number:
        _basic(_aggregate(party, "PartyIdentification"), "ID", number)
    if name:
        _basic(_aggregate(party, "PartyName"), "Name", name)
