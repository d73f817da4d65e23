"""cXML: the Response to an OrderRequest, and the ConfirmationRequest. Source: cXML 1.2 User's Guide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from adapters.acknowledge.answer import Answer, Verdict
from orders.money import price_text, quantity_text

if TYPE_CHECKING:
    from datetime import datetime

_DOCTYPE = '<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.054/{dtd}.dtd">'
_TYPES = {Verdict.ACCEPTED: "accept", Verdict.PENDING: "detail", Verdict.REJECTED: "reject"}
_TEXTS = {200: "OK", 201: "Accepted", 400: "Bad Request", 409: "Conflict", 422: "Unprocessable"}


def response(status: int, detail: str, *, at: datetime, payload_id: str) -> bytes:
    """Write the Response that a cXML client waits for; ``status`` is cXML's, which is HTTP's."""
    root = _root(at, payload_id)
    inner = etree.SubElement(root, "Response")
    told = etree.SubElement(inner, "Status", code=str(status), text=_TEXTS.get(status, "Error"))
    told.text = detail or None
    return _written(root, "cXML")


def confirmation(answer: Answer) -> bytes:
    """Write the ConfirmationRequest: accepted, rejected, or held while we look at it."""
    order = answer.order
    root = _root(answer.at, answer.id)
    request = etree.SubElement(etree.SubElement(root, "Request"), "ConfirmationRequest")
    stamp = answer.at.isoformat(timespec="seconds")
    kind = _TYPES[answer.verdict]
    header = etree.SubElement(request, "ConfirmationHeader", type=kind, noticeDate=stamp, confirmID=answer.our_id)
    if answer.note:
        etree.SubElement(header, "Comments").text = answer.note
    issued = order.issued_at.isoformat(timespec="seconds")
    etree.SubElement(request, "OrderReference", orderID=order.number or "", orderDate=issued)
    if answer.verdict is Verdict.ACCEPTED:
        for index, line in enumerate(order.lines):
            count = quantity_text(line.quantity)
            item = etree.SubElement(request, "ConfirmationItem", lineNumber=answer.line_id(index), quantity=count)
            etree.SubElement(item, "UnitOfMeasure").text = line.unit or "EA"
            status = etree.SubElement(item, "ConfirmationStatus", type="accept", quantity=count)
            etree.SubElement(status, "UnitOfMeasure").text = line.unit or "EA"
            if line.unit_price is not None:
                price = etree.SubElement(etree.SubElement(status, "UnitPrice"), "Money", currency=order.currency)
                price.text = price_text(line.unit_price)
    return _written(root, "Fulfill")


def _root(at: datetime, payload_id: str) -> etree._Element:
    return etree.Element("cXML", payloadID=payload_id, timestamp=at.isoformat(timespec="seconds"), version="1.2.054")


def _written(root: etree._Element, dtd: str) -> bytes:
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", doctype=_DOCTYPE.format(dtd=dtd)))
