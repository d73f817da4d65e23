"""openTRANS 1.0 and 2.1 ORDER (and ORDERCHANGE) → an order (read, the second step).

Source: openTRANS 1.0 and 2.1 (Fraunhofer IAO), BMEcat 2005 for the product. In 2.1 a party is named by reference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from intake.readers.standards.taken import Taken, Who
from intake.readers.standards.tally import LineSum, Tally
from intake.readers.standards.word import NOTHING, Word, first, iso, number, plain, rounded

if TYPE_CHECKING:
    from decimal import Decimal

    from intake.readers.standards.markup import Node

_SCHEMES = {
    "iln": "gln",
    "gln": "gln",
    "duns": "duns",
    "supplier_specific": "customer_code",
    "supplierspecific": "customer_code",
}
_OLD_ROLES = {
    "buyer": "BUYER_PARTY",
    "supplier": "SUPPLIER_PARTY",
    "invoice_recipient": "INVOICE_PARTY",
    "delivery": "SHIPMENT_PARTIES/DELIVERY_PARTY",
}
_REFERENCES = {
    "buyer": "BUYER_IDREF",
    "supplier": "SUPPLIER_IDREF",
    "invoice_recipient": "INVOICE_RECIPIENT_IDREF",
    "delivery": "SHIPMENT_PARTIES_REFERENCE/DELIVERY_IDREF",
}


def read_opentrans(root: Node, zone: str) -> Taken:
    """Read one openTRANS order."""
    taken = Taken("opentrans", zone)
    change = root.name == "ORDERCHANGE"
    header = root.node("ORDER_HEADER", "ORDERCHANGE_HEADER") or root
    info = header.node("ORDER_INFO", "ORDERCHANGE_INFO") or header
    if change:
        taken.put("/doc_type", "change", root.name, why=root.at)
    taken.code("/number", info.word("ORDER_ID"))
    stamp = info.word("ORDER_DATE", "ORDERCHANGE_DATE")
    taken.issued(stamp, iso(stamp.text, zone))
    taken.currency(info.word("CURRENCY", "PRICE_CURRENCY"), root.word("ORDER_SUMMARY/TOTAL_AMOUNT@currency"))
    if root.attribute("type").text.lower() == "express":
        taken.put("/urgent", value=True, raw="express", why=f"{root.at}/@type")
    _parties(taken, info)
    _terms(taken, info)
    items = root.nodes("ORDER_ITEM_LIST/ORDER_ITEM") or root.nodes("ORDERCHANGE_ITEM_LIST/ORDERCHANGE_ITEM")
    tally = Tally(lines=[_line(taken, item) for item in items])
    summary = root.node("ORDER_SUMMARY", "ORDERCHANGE_SUMMARY")
    if summary is not None:
        tally.line_count = summary.word("TOTAL_ITEM_NUM")
        tally.goods = summary.word("TOTAL_AMOUNT")
    tally.write(taken)
    return taken


def _parties(taken: Taken, info: Node) -> None:
    buyer = _party(info, "buyer")
    if buyer is not None:
        taken.party("/buyer", buyer)
    billed = _party(info, "invoice_recipient")
    if billed is not None:
        taken.party("/bill_to", billed)
    place = _party(info, "delivery") or buyer
    if place is not None:
        taken.ship_to(place)
    seller = _party(info, "supplier")
    if seller is not None:
        taken.attribute("seller_name", seller.name)
        taken.attribute("seller_id", seller.ids[0][1] if seller.ids else NOTHING)


def _party(info: Node, role: str) -> Who | None:
    """Find a party: by place (1.0), by role or by reference (2.1)."""
    old = info.node(f"ORDER_PARTIES/{_OLD_ROLES[role]}/PARTY", f"ORDER_PARTIES/{_OLD_ROLES[role]}")
    if old is not None:
        return party_of(old)
    parties = info.nodes("PARTIES/PARTY")
    for party in parties:
        if role in {word.text.lower() for word in party.words("PARTY_ROLE")}:
            return party_of(party)
    wanted = info.word(f"ORDER_PARTIES_REFERENCE/{_REFERENCES[role]}")
    named = [party for party in parties if wanted and wanted.text in {word.text for word in party.words("PARTY_ID")}]
    if named:
        return party_of(named[0])
    return Who(ids=[("party_id", wanted)]) if wanted else None


def party_of(node: Node) -> Who:
    """Read a PARTY."""
    who = Who()
    for part in node.nodes("PARTY_ID"):
        written = part.attribute("type").text.lower()
        who.ids.append((_SCHEMES.get(written, "buyer_code" if "buyer" in written else "party_id"), part.text()))
    address = node.node("ADDRESS")
    if address is None:
        return who
    names = [address.word(name) for name in ("NAME", "NAME2", "NAME3")]
    who.name = Word(" ".join(word.text for word in names if word), first(*names).at)
    who.streets = [address.word("STREET")]
    who.city, who.region = address.word("CITY"), address.word("STATE")
    who.postcode, who.country = address.word("ZIP"), address.word("COUNTRY_CODED", "COUNTRY")
    detail = address.node("CONTACT_DETAILS", "CONTACT") or node.node("CONTACT_DETAILS")
    person = _person(detail) if detail is not None else NOTHING
    who.contact = person
    sources = [part for part in (detail, address) if part is not None]
    who.phone = first(*(part.word("PHONE") for part in sources))
    who.email = first(*(part.word("EMAILS/EMAIL", "EMAIL") for part in sources))
    tax = address.word("VAT_ID")
    who.ids += [("vat", tax)] if tax else []
    return who


def _person(detail: Node) -> Word:
    given, family = detail.word("FIRST_NAME"), detail.word("CONTACT_NAME")
    return Word(" ".join(filter(None, (given.text, family.text))), first(given, family).at)


def _terms(taken: Taken, info: Node) -> None:
    taken.day("/requested_date", _delivery(info))
    taken.note([*info.words("REMARKS"), *info.words("REMARK")])
    taken.attribute("incoterm", info.word("TERMS_AND_CONDITIONS/INCOTERM", "INCOTERM"))
    taken.attribute("alternative_number", first(*info.words("ALT_CUSTOMER_ORDER_ID")))
    taken.attribute("partial_shipment_allowed", info.word("PARTIAL_SHIPMENT_ALLOWED"))
    days = info.word("PAYMENT/PAYMENT_TERMS/TIME_FOR_PAYMENT/DAYS", "PAYMENT/TIME_FOR_PAYMENT/DAYS")
    taken.text(
        "/payment_terms",
        Word(f"net{days.text}", days.at) if days else NOTHING,
        info.word("PAYMENT/PAYMENT_TERM", "PAYMENT/PAYMENT_TERMS/PAYMENT_TERM"),
    )


def _delivery(node: Node) -> Word:
    return node.word("DELIVERY_DATE/DELIVERY_END_DATE", "DELIVERY_DATE/DELIVERY_START_DATE", "DELIVERY_DATE")


def _line(taken: Taken, item: Node) -> LineSum:
    at = taken.line()
    product = item.node("PRODUCT_ID", "ARTICLE_ID") or item
    taken.code(f"{at}/sku", product.word("SUPPLIER_PID", "SUPPLIER_AID"))
    taken.code(f"{at}/buyer_sku", product.word("BUYER_PID", "BUYER_AID"))
    taken.code(f"{at}/gtin", product.word("INTERNATIONAL_PID", "INTERNATIONAL_AID"))
    taken.text(f"{at}/name", product.word("DESCRIPTION_SHORT"), product.word("DESCRIPTION_LONG"))
    taken.attribute(
        "manufacturer_part",
        product.word("MANUFACTURER_INFO/MANUFACTURER_PID", "MANUFACTURER_INFO/MANUFACTURER_AID"),
        at,
    )
    taken.text(f"{at}/spec", _features(item))
    taken.attribute("source_line", item.word("LINE_ITEM_ID"), at)
    taken.text(f"{at}/unit", item.word("ORDER_UNIT"))
    taken.attribute("note", first(item.word("REMARKS"), item.word("REMARK")), at)
    taken.day(f"{at}/requested_date", _delivery(item))
    price = item.node("PRODUCT_PRICE_FIX", "ARTICLE_PRICE")
    total = first(item.word("PRICE_LINE_AMOUNT"), price.word("PRICE_LINE_AMOUNT") if price else NOTHING)
    found = LineSum(
        quantity=taken.quantity(f"{at}/quantity", item.word("QUANTITY")), amount=taken.amount(f"{at}/amount", total)
    )
    if price is None:
        return found
    per = number(price.word("PRICE_QUANTITY").text)
    found.price = taken.price(f"{at}/unit_price", price.word("PRICE_AMOUNT"), per)
    _allowances(taken, at, price, found)
    tax = first(price.word("TAX_DETAILS_FIX/TAX"), price.word("TAX"))
    share = number(tax.text)
    if share is not None:  # openTRANS says 0.19; senders of 19 exist
        taken.rate(f"{at}/tax_rate", Word(plain(share * 100 if share < 1 else share), tax.at))
    return found


def _features(item: Node) -> Word:
    told = [
        f"{part.word('FNAME').text}: {' '.join(word.text for word in part.words('FVALUE'))}"
        for part in item.nodes("PRODUCT_FEATURES/FEATURE")
    ]
    return Word("; ".join(told)[:200], item.at) if told else NOTHING


def _worth(part: Node, gross: Decimal | None) -> Decimal | None:
    """Return what an allowance or charge is worth: its amount, or its share of ``gross`` (0.1; senders of 10 exist)."""
    amount = number(part.word("ALLOW_OR_CHARGE_VALUE/AOC_MONETARY_AMOUNT", "AOC_MONETARY_AMOUNT").text)
    share = number(part.word("ALLOW_OR_CHARGE_VALUE/AOC_PERCENTAGE_FACTOR", "AOC_PERCENTAGE_FACTOR").text)
    if amount is not None or share is None or gross is None:
        return amount
    return rounded(gross * (share if share < 1 else share / 100), 2)


def _allowances(taken: Taken, at: str, price: Node, found: LineSum) -> None:
    """Count allowances and charges, unless the line's amount shows that the price is net of them."""
    gross = found.computed()
    if found.amount is not None and gross is not None and rounded(gross, 2) == found.amount:
        return
    for part in price.nodes("ALLOW_OR_CHARGES_FIX/ALLOW_OR_CHARGE"):
        amount = _worth(part, gross)
        if amount is None:
            continue
        if part.attribute("type").text.lower() == "surcharge":
            found.charge += amount
        else:
            found.discount += amount
    if found.discount:
        taken.amount(f"{at}/discount", Word(plain(found.discount), price.at))
