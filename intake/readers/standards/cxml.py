"""cXML OrderRequest → an order (read, the second step).

Source: cXML 1.2 User's Guide. The SharedSecret of the header is never read: credentials are no order data.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from intake.readers.standards.taken import Taken, Who
from intake.readers.standards.tally import LineSum, Tally
from intake.readers.standards.word import NOTHING, Word, first, iso, number, plain, rounded

if TYPE_CHECKING:
    from intake.readers.standards.markup import Node

_TYPES = {"new": "order", "update": "change", "delete": "cancel"}
_SCHEMES = {"DUNS": "duns", "NETWORKID": "network_id", "NETWORKUSERID": "network_id", "DUNS+4": "duns"}


def read_cxml(root: Node, zone: str) -> Taken:
    """Read the OrderRequest of a cXML document."""
    taken = Taken("cxml", zone)
    request = root.nodes("Request/OrderRequest")[0]
    header = request.node("OrderRequestHeader") or request
    taken.code("/number", header.attribute("orderID"))
    kind = header.attribute("type")
    taken.put("/doc_type", _TYPES.get(kind.text.lower(), "order"), kind.text, why=kind.at)
    stamp = header.attribute("orderDate")
    taken.issued(stamp, iso(stamp.text, zone))
    items = request.nodes("ItemOut")
    taken.currency(
        header.word("Total/Money@currency"), *(item.word("ItemDetail/UnitPrice/Money@currency") for item in items)
    )
    _parties(taken, root, header, items)
    _terms(taken, header)
    tally = Tally(lines=[_line(taken, item) for item in items])
    _totals(taken, tally, header)
    tally.write(taken)
    return taken


def _parties(taken: Taken, root: Node, header: Node, items: list[Node]) -> None:
    buyer = Who()
    for credential in root.nodes("Header/From/Credential"):
        domain = credential.attribute("domain").text
        scheme = _SCHEMES.get(domain.upper(), "network_id" if "network" in domain.lower() else "buyer_code")
        buyer.ids.append((scheme, credential.word("Identity")))
    billed = header.node("BillTo/Address")
    for contact in header.nodes("Contact"):
        who = party_of(contact)
        buyer.contact, buyer.phone = first(buyer.contact, who.name), first(buyer.phone, who.phone)
        buyer.email = first(buyer.email, who.email)
    if billed is not None:
        payer = party_of(billed)
        buyer.name = payer.name
        taken.party("/bill_to", payer)
    taken.party("/buyer", buyer)
    place = header.node("ShipTo/Address") or next(
        (node for item in items if (node := item.node("ShipTo/Address"))), None
    )
    if place is not None:
        taken.ship_to(party_of(place))
        taken.attribute("ship_to_address_id", place.attribute("addressID"))
    taken.attribute("seller_id", root.word("Header/To/Credential/Identity"))
    _reply(taken, root)


def _reply(taken: Taken, root: Node) -> None:
    """Keep what our ConfirmationRequest says back: whose message this is, to whom, by which identifiers."""
    taken.attribute("payload_id", root.attribute("payloadID"))
    for side, name in (("From", "sender"), ("To", "receiver")):
        credential = root.node(f"Header/{side}/Credential")
        if credential is not None:
            taken.attribute(f"{name}_id", credential.word("Identity"))
            taken.attribute(f"{name}_domain", credential.attribute("domain"))
    if root.word("Request@deploymentMode").text.lower() == "test":
        taken.attribute("test_indicator", root.word("Request@deploymentMode"))


def party_of(node: Node) -> Who:
    """Read an Address or a Contact."""
    postal = node.node("PostalAddress")
    who = Who(name=node.word("Name"), email=node.word("Email"), phone=_phone(node.node("Phone/TelephoneNumber")))
    if postal is not None:
        who.contact = NOTHING
        who.streets = postal.words("Street")
        who.city, who.region = postal.word("City"), postal.word("State", "Municipality")
        who.postcode, who.country = postal.word("PostalCode"), postal.word("Country@isoCountryCode", "Country")
        delivered = postal.words("DeliverTo")
        who.contact = delivered[0] if delivered else NOTHING
        who.name = first(who.name, delivered[1] if len(delivered) > 1 else NOTHING)
    if node.attribute("addressID"):
        who.ids.append(("buyer_code", node.attribute("addressID")))
    return who


def _phone(node: Node | None) -> Word:
    if node is None:
        return NOTHING
    country, area, local = node.word("CountryCode").text, node.word("AreaOrCityCode").text, node.word("Number").text
    prefix = f"+{country.lstrip('+')} " if country and not local.startswith("+") else ""
    extension = node.word("Extension").text
    text = " ".join(filter(None, (area, local))) + (f" x{extension}" if extension else "")
    return Word((prefix + text).strip() if local else "", node.at)


def _terms(taken: Taken, header: Node) -> None:
    term = header.node("PaymentTerm", "PaymentTerms")
    if term is not None:
        days = term.attribute("payInNumberOfDays")
        taken.text(
            "/payment_terms", Word(f"net{days.text}", days.at) if days.text.isdigit() else term.word("Description")
        )
    taken.note(node.text() for node in header.nodes("Comments"))
    taken.day("/requested_date", header.attribute("requestedDeliveryDate"))
    for name, word in extrinsics(header):
        taken.attribute(name, word)
    taken.attribute("order_type_code", header.attribute("orderType"))
    taken.attribute("agreement", header.attribute("agreementID"))
    taken.attribute("incoterm", header.word("TermsOfDelivery/TransportTerms@value"))
    version = header.attribute("orderVersion")
    taken.attribute("order_version", version)


def extrinsics(node: Node) -> list[tuple[str, Word]]:
    """Return the buyer's own fields under names that an own field may have."""
    found: list[tuple[str, Word]] = []
    for part in node.nodes("Extrinsic"):
        written = part.attribute("name").text
        name = "".join(letter.lower() if letter.isascii() and letter.isalnum() else "_" for letter in written)
        if name.strip("_") and len(found) < 40:
            found.append((f"x_{name.strip('_')}"[:64], part.all_text()))
    return found


def _line(taken: Taken, item: Node) -> LineSum:
    at = taken.line()
    detail = item.node("ItemDetail", "BlanketItemDetail") or item
    supplier = item.word("ItemID/SupplierPartID")
    taken.code(f"{at}/sku", supplier)
    taken.code(f"{at}/buyer_sku", item.word("ItemID/BuyerPartID"))
    taken.attribute("supplier_part_auxiliary", item.word("ItemID/SupplierPartAuxiliaryID"), at)
    taken.attribute("manufacturer_part", detail.word("ManufacturerPartID"), at)
    taken.text(f"{at}/name", detail.word("Description/ShortName", "Description"))
    for part in detail.nodes("ItemDetailIndustry/ItemDetailRetail/EANID"):
        taken.code(f"{at}/gtin", part.text())
    taken.attribute("source_line", item.attribute("lineNumber"), at)
    taken.text(f"{at}/unit", detail.word("UnitOfMeasure"))
    taken.day(f"{at}/requested_date", item.attribute("requestedDeliveryDate"))
    for name, word in extrinsics(detail):
        taken.attribute(name, word, at)
    comments = [node.text() for node in item.nodes("Comments")]
    own = item.node("ShipTo/Address")
    if own is not None:
        taken.line_ship_to(at, party_of(own))
    taken.attribute("note", first(*comments), at)
    _schedule(taken, at, item.nodes("ScheduleLine"))
    found = LineSum(quantity=taken.quantity(f"{at}/quantity", item.attribute("quantity")))
    basis = detail.node("PriceBasisQuantity")
    per = number(basis.attribute("quantity").text) if basis is not None else None
    factor = number(basis.attribute("conversionFactor").text) if basis is not None else None
    if per and factor and factor != 1:
        per = per / factor  # the price is per price unit; the factor says how many of those one ordered unit is
    found.price = taken.price(f"{at}/unit_price", detail.word("UnitPrice/Money"), per)
    if not taken.same_currency(at, detail.word("UnitPrice/Money@currency")):
        found.price = None
    tax = item.node("Tax/TaxDetail")
    taken.rate(f"{at}/tax_rate", tax.attribute("percentageRate") if tax is not None else NOTHING)
    return found


def _schedule(taken: Taken, at: str, parts: list[Node]) -> None:
    """Keep when which part of a line is wanted; the first day is the line's where it names none itself."""
    told = [(part.attribute("requestedDeliveryDate"), part.attribute("quantity").text) for part in parts]
    days = [(iso(day.text, taken.zone), count) for day, count in told]
    if told and f"{at}/requested_date" not in taken.fields:
        taken.day(f"{at}/requested_date", told[0][0])
    if len(told) > 1 and all(day is not None for day, _ in days):
        text = " ".join(f"{day.day.isoformat()}:{count}" for day, count in days if day is not None)
        taken.attribute("schedule", Word(text, parts[0].at), at)


def _totals(taken: Taken, tally: Tally, header: Node) -> None:
    """Total is the sum before tax and shipping; both stand beside it. Senders who add them in are believed, too."""
    tally.charge, tally.tax = header.word("Shipping/Money"), header.word("Tax/Money")
    total, summed = header.word("Total/Money"), tally.summed()
    beside = sum((number(word.text) or Decimal(0) for word in (tally.charge, tally.tax)), Decimal(0))
    if beside and summed is not None and number(total.text) == rounded(summed + beside, 2):
        tally.payable = total
    else:
        tally.goods = total
    discounts = [
        value
        for part in header.nodes("Total/Modifications/Modification")
        if part.node("AdditionalDeduction") is not None
        and (value := number(part.word("AdditionalDeduction/DeductionAmount/Money").text)) is not None
    ]
    if discounts:
        taken.attribute("deductions", Word(plain(sum(discounts[1:], discounts[0])), header.at))
