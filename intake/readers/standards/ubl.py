"""UBL 2.x Order and OrderChange, Peppol BIS Order among them → an order (read, the second step).

Source: OASIS UBL 2.1–2.4 Order; Peppol BIS Ordering 3. Real senders leave out namespaces, say the price for a hundred,
put delivery on the lines only and total wrongly; all of it is read as far as it is beyond doubt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from intake.readers.standards.taken import Taken, Who
from intake.readers.standards.tally import LineSum, Tally, priced_by
from intake.readers.standards.word import NOTHING, Word, first, iso, number, plain
from intake.values.unit import same_unit

if TYPE_CHECKING:
    from decimal import Decimal

    from intake.readers.standards.markup import Node

_SCHEMES = {"0088": "gln", "GLN": "gln", "0060": "duns", "DUNS": "duns", "9906": "vat", "0192": "no_orgno"}
_PURPOSE = {"OrderChange": "change", "OrderCancellation": "cancel"}


def read_ubl(root: Node, zone: str) -> Taken:
    """Read one UBL order. ``zone`` is meant where a time has none."""
    taken = Taken("ubl", zone)
    taken.code("/number", root.word("ID"), root.word("OrderReference/ID"))
    if root.name in _PURPOSE:
        reference = root.word("OrderReference/ID")
        if reference:
            taken.code("/number", reference)
        taken.put("/doc_type", _PURPOSE[root.name], root.name, why=root.at)
    date, clock = root.word("IssueDate"), root.word("IssueTime")
    stamp = _stamp(date.text, clock.text)
    taken.issued(Word(stamp, date.at) if date else NOTHING, iso(stamp, zone))
    lines = root.nodes("OrderLine")
    taken.currency(
        root.word("DocumentCurrencyCode"),
        root.word("PricingCurrencyCode"),
        root.word("AnticipatedMonetaryTotal/PayableAmount@currencyID"),
        *(
            line.word("LineItem/LineExtensionAmount@currencyID", "LineItem/Price/PriceAmount@currencyID")
            for line in lines
        ),
    )
    _parties(taken, root)
    _terms(taken, root)
    tally = Tally(lines=[_line(taken, line) for line in lines])
    _totals(tally, root)
    tally.write(taken)
    return taken


def _stamp(date: str, clock: str) -> str:
    """Put date and time together; a zone may stand behind either of them."""
    zone = date[10:]
    day = date[:10]
    if not clock:
        return date if not zone or "T" in date else f"{day}T00:00:00{zone}"
    return f"{day}T{clock}" if clock[-1:] == "Z" or len(clock) > 8 else f"{day}T{clock}{zone}"


def _parties(taken: Taken, root: Node) -> None:
    buyer = root.node("BuyerCustomerParty", "OriginatorCustomerParty")
    if buyer is not None:
        who = party_of(buyer.node("Party"))
        account = buyer.word("SupplierAssignedAccountID")
        who.ids += [("customer_code", account)] if account else []
        _contact(who, buyer.node("BuyerContact", "DeliveryContact", "AccountingContact"))
        taken.party("/buyer", who)
    billed = root.node("AccountingCustomerParty/Party")
    if billed is not None:
        taken.party("/bill_to", party_of(billed))
    seller = root.node("SellerSupplierParty/Party")
    if seller is not None:
        told = party_of(seller)
        taken.attribute("seller_name", told.name)
        taken.attribute("seller_id", told.ids[0][1] if told.ids else NOTHING)
    _reply(taken, root)
    taken.ship_to(_destination(root))


def _reply(taken: Taken, root: Node) -> None:
    """Keep what our OrderResponse says back: the electronic addresses of both sides with their schemes."""
    for side, name in (("BuyerCustomerParty", "sender"), ("SellerSupplierParty", "receiver")):
        endpoint = root.node(f"{side}/Party/EndpointID")
        if endpoint is not None:
            taken.attribute(f"{name}_id", endpoint.text())
            taken.attribute(f"{name}_scheme", endpoint.attribute("schemeID"))


def party_of(node: Node | None) -> Who:
    """Read a cac:Party."""
    if node is None:
        return Who()
    who = Who(name=node.word("PartyName/Name", "PartyLegalEntity/RegistrationName"))
    for path in ("EndpointID", "PartyIdentification/ID", "PartyLegalEntity/CompanyID"):
        who.ids += [(_scheme(part), part.text()) for part in node.nodes(path) if part.text()]
    who.ids += [("vat", part.text()) for part in node.nodes("PartyTaxScheme/CompanyID") if part.text()]
    _address(who, node.node("PostalAddress"))
    _contact(who, node.node("Contact"))
    if not who.contact and not who.phone:
        _contact(who, node.node("Person"))
    return who


def _scheme(node: Node) -> str:
    written = node.attribute("schemeID").text.upper()
    agency = node.attribute("schemeAgencyID").text
    if written in _SCHEMES:
        return _SCHEMES[written]
    if agency == "9":
        return "gln"
    if agency == "ZZZ" or not written:
        return "party_id"
    clean = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in written.lower())
    return f"iso6523_{clean}"[:32] if clean[:1].isdigit() else (clean.lstrip("_")[:32] or "party_id")


def _contact(who: Who, node: Node | None) -> None:
    if node is None:
        return
    person = " ".join(filter(None, (node.word("FirstName").text, node.word("FamilyName").text)))
    who.contact = first(who.contact, node.word("Name"), Word(person, node.at))
    who.phone = first(who.phone, node.word("Telephone"), node.word("Contact/Telephone"))
    who.email = first(who.email, node.word("ElectronicMail"), node.word("Contact/ElectronicMail"))


def _address(who: Who, node: Node | None) -> None:
    if node is None:
        return
    street, number_ = node.word("StreetName"), node.word("BuildingNumber")
    whole = Word(" ".join(filter(None, (street.text, number_.text))), first(street, number_).at)
    lines = node.words("AddressLine/Line")
    extra = [node.word(name) for name in ("AdditionalStreetName", "Building", "BuildingName", "Department", "Postbox")]
    known = [word for word in (whole, *extra, *lines) if word]
    who.streets = list({word.text: word for word in known}.values())
    who.city = node.word("CityName")
    who.region = node.word("CountrySubentity", "CountrySubentityCode", "Region")
    who.postcode = node.word("PostalZone")
    who.country = node.word("Country/IdentificationCode", "Country/Name")


def _destination(root: Node) -> Who:
    """Return where the goods go: the order's delivery, else the one that its first line names, else nothing."""
    delivery = root.node("Delivery", "OrderLine/LineItem/Delivery")
    return Who() if delivery is None else _delivered(delivery)


def _delivered(delivery: Node) -> Who:
    """Read the place of a cac:Delivery."""
    party = delivery.node("DeliveryParty")
    who = party_of(party)
    place = delivery.node("DeliveryLocation")
    if place is not None:
        who.ids += [(_scheme(part), part.text()) for part in place.nodes("ID") if part.text()]
        who.name = first(who.name, place.word("Name"), place.word("Description"))
    for path in ("DeliveryLocation/Address", "DeliveryAddress"):
        _address(who, delivery.node(path)) if delivery.node(path) is not None else None
    return who


def _terms(taken: Taken, root: Node) -> None:
    period = first(
        root.word("Delivery/RequestedDeliveryPeriod/EndDate", "Delivery/RequestedDeliveryPeriod/StartDate"),
        root.word("RequestedDeliveryPeriod/EndDate", "Delivery/LatestDeliveryDate", "Delivery/RequestedDeliveryDate"),
    )
    taken.day("/requested_date", period)
    taken.text("/payment_terms", root.word("PaymentTerms/Note"), root.word("PaymentTerms/PaymentMeansID"))
    taken.note(
        [*root.words("Note"), *root.words("Delivery/SpecialInstructions"), *root.words("DeliveryTerms/SpecialTerms")]
    )
    taken.attribute(
        "customer_reference", first(root.word("CustomerReference"), root.word("OriginatorDocumentReference/ID"))
    )
    taken.attribute("quotation", root.word("QuotationDocumentReference/ID"))
    taken.attribute("contract", root.word("Contract/ID"))
    taken.attribute("accounting_cost", root.word("AccountingCost", "AccountingCostCode"))
    taken.attribute("order_type_code", root.word("OrderTypeCode"))
    taken.attribute("valid_until", root.word("ValidityPeriod/EndDate"))
    taken.attribute("incoterm", root.word("DeliveryTerms/ID"))
    taken.attribute("sales_order", root.word("SalesOrderID"))
    taken.attribute("peppol_profile", root.word("ProfileID"))


def _line(taken: Taken, node: Node) -> LineSum:
    item = node.node("LineItem") or node
    at = taken.line()
    product = item.node("Item") or item
    taken.code(f"{at}/sku", product.word("SellersItemIdentification/ID"))
    taken.code(f"{at}/buyer_sku", product.word("BuyersItemIdentification/ID"))
    taken.code(f"{at}/gtin", product.word("StandardItemIdentification/ID"))
    taken.attribute("manufacturer_part", product.word("ManufacturersItemIdentification/ID"), at)
    taken.text(f"{at}/name", product.word("Name"), product.word("Description"))
    taken.text(f"{at}/spec", _properties(product))
    taken.attribute("source_line", item.word("ID"), at)
    taken.attribute("note", first(node.word("Note"), item.word("Note")), at)
    own = item.node("Delivery")
    if own is not None and own.node("DeliveryLocation", "DeliveryAddress", "DeliveryParty") is not None:
        taken.line_ship_to(at, _delivered(own))
    quantity = item.word("Quantity")
    found = LineSum(
        quantity=taken.quantity(f"{at}/quantity", quantity),
        amount=taken.amount(f"{at}/amount", item.word("LineExtensionAmount")),
    )
    taken.text(f"{at}/unit", item.word("Quantity@unitCode"))
    _price(taken, at, item, found)
    _allowances(taken, at, item, found)
    taken.rate(
        f"{at}/tax_rate",
        first(
            product.word("ClassifiedTaxCategory/Percent"),
            item.word("TaxTotal/TaxSubtotal/TaxCategory/Percent", "TaxTotal/TaxSubtotal/Percent"),
        ),
    )
    taken.day(
        f"{at}/requested_date",
        first(
            item.word("Delivery/RequestedDeliveryPeriod/EndDate", "Delivery/RequestedDeliveryPeriod/StartDate"),
            item.word("Delivery/LatestDeliveryDate"),
        ),
    )
    return found


def _properties(product: Node) -> Word:
    told = [
        Word(f"{part.word('Name').text}: {part.word('Value').text}", part.at)
        for part in product.nodes("AdditionalItemProperty")
        if part.word("Value")
    ]
    return Word("; ".join(word.text for word in told)[:200], told[0].at if told else "")


def _price(taken: Taken, at: str, item: Node, found: LineSum) -> None:
    base = number(item.word("Price/BaseQuantity").text)
    unit, per = item.word("Quantity@unitCode"), item.word("Price/BaseQuantity@unitCode")
    written = item.word("Price/PriceAmount")
    found.price = taken.price(f"{at}/unit_price", written, base)
    if per and unit and not same_unit(per.text, unit.text):
        priced_by(taken, at, found, per, written)
    if not taken.same_currency(at, item.word("Price/PriceAmount@currencyID", "LineExtensionAmount@currencyID")):
        found.price = found.amount = None


def _allowances(taken: Taken, at: str, item: Node, found: LineSum) -> None:
    for part in item.nodes("AllowanceCharge"):
        amount = number(part.word("Amount").text)
        if amount is None:
            continue
        if _charges(part):
            found.charge += amount
        else:
            found.discount += amount
    if found.discount:
        taken.amount(f"{at}/discount", Word(plain(found.discount), f"{item.at}/AllowanceCharge"))


def _charges(part: Node) -> bool:
    return part.word("ChargeIndicator").text.lower() in ("true", "1")


def _totals(tally: Tally, root: Node) -> None:
    total = root.node("AnticipatedMonetaryTotal", "LegalMonetaryTotal")
    tally.tax = root.word("TaxTotal/TaxAmount")
    tally.discount, tally.charge = _header(root, charge=False), _header(root, charge=True)
    if total is None:
        return
    tally.goods = total.word("LineExtensionAmount")
    tally.discount = first(total.word("AllowanceTotalAmount"), tally.discount)
    tally.charge = first(total.word("ChargeTotalAmount"), tally.charge)
    tally.prepaid, tally.rounding = total.word("PrepaidAmount"), total.word("PayableRoundingAmount")
    tally.payable = total.word("PayableAmount", "TaxInclusiveAmount")
    exclusive, inclusive = total.word("TaxExclusiveAmount"), total.word("TaxInclusiveAmount")
    tally.tax = first(tally.tax, _difference(exclusive, inclusive))


def _difference(exclusive: Word, inclusive: Word) -> Word:
    before, after = number(exclusive.text), number(inclusive.text)
    return NOTHING if before is None or after is None else Word(plain(after - before), inclusive.at)


def _header(root: Node, *, charge: bool) -> Word:
    """Add up the order's own allowances or charges."""
    parts = [part for part in root.nodes("AllowanceCharge") if _charges(part) is charge]
    amounts: list[Decimal] = [value for part in parts if (value := number(part.word("Amount").text)) is not None]
    return Word(plain(sum(amounts[1:], amounts[0])), parts[0].at) if amounts else NOTHING
