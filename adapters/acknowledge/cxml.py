"""cXML: the Response to an OrderRequest, and the ConfirmationRequest. Source: cXML 1.2 User's Guide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from adapters.acknowledge.answer import Answer, Verdict
from orders.money import price_text, quantity_text

if TYPE_CHECKING:
    from datetime import datetime

    from orders.order import Line

_DOCTYPE = '<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.054/{dtd}.dtd">'
_TYPES = {Verdict.ACCEPTED: "accept", Verdict.PENDING: "detail", Verdict.REJECTED: "reject"}
_DOMAIN = "PrivateID"
"""The domain of identifiers that came with none, as in orders of other standards."""
_TEXTS = {200: "OK", 201: "Accepted", 400: "Bad Request", 409: "Conflict", 422: "Unprocessable"}


def response(status: int, detail: str, *, at: datetime, payload_id: str) -> bytes:
    """Write the Response that a cXML client waits for; ``status`` is cXML's, which is HTTP's."""
    root = _root(at, payload_id)
    inner = etree.SubElement(root, "Response")
    told = etree.SubElement(inner, "Status", code=str(status), text=_TEXTS.get(status, "Error"))
    told.text = detail or None
    return _written(root, "cXML")


def confirmation(answer: Answer) -> bytes:
    """Write the ConfirmationRequest: accepted, rejected, or ``detail`` with lines of which nothing is known yet.

    Its Header turns the order's round and carries no SharedSecret: what proves who we are is added where it is sent.
    """
    order = answer.order
    root = _root(answer.at, answer.id)
    _header(root, answer)
    mode = {"deploymentMode": "test"} if answer.attribute("test_indicator") else {}
    request = etree.SubElement(etree.SubElement(root, "Request", mode), "ConfirmationRequest")
    stamp = answer.at.isoformat(timespec="seconds")
    kind = _TYPES[answer.verdict]
    header = etree.SubElement(request, "ConfirmationHeader", type=kind, noticeDate=stamp, confirmID=answer.our_id)
    if answer.note:
        etree.SubElement(header, "Comments").text = answer.note
    issued = order.issued_at.isoformat(timespec="seconds")
    reference = etree.SubElement(request, "OrderReference", orderID=order.number or "", orderDate=issued)
    etree.SubElement(reference, "DocumentReference", payloadID=answer.attribute("payload_id"))
    if answer.verdict is not Verdict.REJECTED:
        for index, line in enumerate(order.lines):
            _item(request, answer, index, line)
    return _written(root, "Fulfill")


def _header(root: etree._Element, answer: Answer) -> None:
    header = etree.SubElement(root, "Header")
    ours = (answer.attribute("receiver_domain"), answer.attribute("receiver_id") or answer.seller_id())
    theirs = (answer.attribute("sender_domain"), answer.attribute("sender_id") or answer.buyer_id())
    for name, (domain, identity) in (("From", ours), ("To", theirs), ("Sender", ours)):
        side = etree.SubElement(header, name)
        credential = etree.SubElement(side, "Credential", domain=domain or _DOMAIN)
        etree.SubElement(credential, "Identity").text = identity
    etree.SubElement(header[-1], "UserAgent").text = "Sluice"


def _item(request: etree._Element, answer: Answer, index: int, line: Line) -> None:
    count, unit = quantity_text(line.quantity), line.unit or "EA"
    item = etree.SubElement(request, "ConfirmationItem", lineNumber=answer.line_id(index), quantity=count)
    etree.SubElement(item, "UnitOfMeasure").text = unit
    accepted = answer.verdict is Verdict.ACCEPTED
    status = etree.SubElement(item, "ConfirmationStatus", type="accept" if accepted else "unknown", quantity=count)
    etree.SubElement(status, "UnitOfMeasure").text = unit
    if accepted and line.unit_price is not None:
        price = etree.SubElement(etree.SubElement(status, "UnitPrice"), "Money", currency=answer.order.currency)
        price.text = price_text(line.unit_price)


def _root(at: datetime, payload_id: str) -> etree._Element:
    return etree.Element("cXML", payloadID=payload_id, timestamp=at.isoformat(timespec="seconds"), version="1.2.054")


def _written(root: etree._Element, dtd: str) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", doctype=_DOCTYPE.format(dtd=dtd)))
