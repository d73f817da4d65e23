"""B2B standards: which one some bytes are, and its orders as drafts (read, the second step).

UBL and Peppol, cXML, openTRANS, UN/EDIFACT and X12 are read; what is known but not read is refused by its name. The
catalogue decides only which of our products a code means: what the sender wrote stays.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from intake.known.match import customer_of, customer_words, index_of, key, nearest_skus, sku_of_code
from intake.readers.standards.cxml import read_cxml
from intake.readers.standards.edifact import read_edifact
from intake.readers.standards.markup import Node, namespace, parse_xml, refused
from intake.readers.standards.opentrans import read_opentrans
from intake.readers.standards.related import is_related, unwrapped
from intake.readers.standards.ubl import read_ubl
from intake.readers.standards.word import Word
from intake.readers.standards.x12 import read_x12
from intake.values.unit import same_unit
from orders.draft import ReadResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from intake.known.match import Index
    from intake.readers.standards.taken import Taken
    from orders.catalogue import Catalogue, SkuEntry

MAX_ORDERS = 500
_SUGGESTED_LINES = 10
_EDIFACT = re.compile(rb"(?:UNA.{6}\s*)?UN[BHG][+\x1d]|UNA.{6}\s*UN[BHG]", re.DOTALL)
_X12 = re.compile(rb"ISA([^A-Za-z0-9 \r\n])(?:[^A-Za-z0-9]{0,2}|\d\d)\1|ST([^A-Za-z0-9 \r\n])850\2")
_TRADACOMS = re.compile(rb"STX=[A-Z]{3,4}")
_ELEMENT = re.compile(rb"<([A-Za-z_][\w.-]*)")
_PAGE = frozenset({b"html", b"table", b"head", b"body", b"div", b"p", b"span", b"style", b"svg", b"meta"})
_SPACE = b"\xef\xbb\xbf \t\r\n\x00"
_UTF16 = (b"\xff\xfe<", b"\xfe\xff\0<", b"<\0?\0", b"\0<\0?")

_READERS: dict[str, Callable[[Node, str], Taken]] = {
    "Order": read_ubl,
    "OrderChange": read_ubl,
    "ORDER": read_opentrans,
    "ORDERCHANGE": read_opentrans,
    "cXML": read_cxml,
}
_WRAPPERS = frozenset({"StandardBusinessDocument", "ORDER_LIST", "ORDERS", "Orders", "Envelope", "Body", "OrderList"})
_GS1, _OAGIS, _XCBL = "urn:gs1:ecom", "openapplications.org", "xcbl"
_UBL = "urn:oasis:names:specification:ubl"


def is_standard(data: bytes) -> bool:
    """Say whether the bytes look like XML (but not like a page), EDIFACT, X12 or TRADACOMS."""
    if data.startswith(_UTF16) or is_related(data):
        return True
    start = data[:4096].lstrip(_SPACE)
    if _EDIFACT.match(start) or _X12.match(start) or _TRADACOMS.match(start):
        return True
    element = _ELEMENT.search(start) if start.startswith(b"<") else None
    return element is not None and element[1].lower() not in _PAGE


def read_standard(data: bytes, catalogue: Catalogue, *, timezone: str) -> ReadResult:
    """Read a standard's message into drafts. Raises UnreadableDocument, by name where the format is known."""
    found = taken_from(data, timezone)
    index = index_of(catalogue)
    for taken in found:
        recognise(taken, index)
    return ReadResult("payload", 1, orders=tuple(taken.draft() for taken in found))


def taken_from(data: bytes, timezone: str) -> list[Taken]:
    """Read every order of a message; no catalogue is asked."""
    data, attached = unwrapped(data) if is_related(data) else (data, ())
    found = _read(data, timezone)
    if len(found) > MAX_ORDERS:
        raise refused("too_many_orders", f"一份文件最多 {MAX_ORDERS} 张订单", f"At most {MAX_ORDERS} orders a file")
    for taken in found:
        if not taken.order["lines"]:
            raise refused("no_order", "报文里没有订单行", "The message has no order lines")
        taken.number_lines()
        taken.attribute("attachments", Word(" ".join(attached), "multipart"))
    return found


def _read(data: bytes, timezone: str) -> list[Taken]:
    """Read a message by what it begins with."""
    start = data[:4096].lstrip(_SPACE)
    if _EDIFACT.match(start):
        return read_edifact(data, timezone)
    if _X12.match(start):
        return read_x12(data, timezone)
    if _TRADACOMS.match(start):
        raise _known("TRADACOMS")
    return [_READERS[node.name](node, timezone) for node in _orders(parse_xml(data))]


def _orders(root: Node) -> list[Node]:
    """Return the orders of a document, out of the envelopes that senders put around them."""
    if root.name in _READERS:
        _require_order(root)
        return [root]
    found = [node for node in root.children() if node.name in _READERS]
    if not found and root.name in _WRAPPERS:
        found = [node for child in root.children() for node in child.children() if node.name in _READERS]
    if not found:
        raise _known(_named(root))
    for node in found:
        _require_order(node)
    return found


def _require_order(node: Node) -> None:
    """Refuse by name what only looks like an order that is read here."""
    space = namespace(node.element).lower()
    if node.name == "cXML":
        if not node.nodes("Request/OrderRequest"):
            kinds = [child.name for part in node.nodes("Request") + node.nodes("Message") for child in part.children()]
            raise _known(f"cXML {kinds[0] if kinds else '(Response)'}")
    elif node.name in ("Order", "OrderChange"):
        known = not space or space.startswith(_UBL)
        if not known or not (node.nodes("OrderLine") or node.nodes("IssueDate")):
            raise _known(_named(node))
    elif space and "opentrans" not in space:
        raise _known(_named(node))


def _named(root: Node) -> str:
    """Return what people call the format of a root element."""
    space = namespace(root.element).lower()
    inner = {namespace(child.element).lower() for child in root.children()} | {space}
    for mark, name in ((_GS1, "GS1 XML"), (_OAGIS, "OAGIS"), (_XCBL, "xCBL")):
        if any(mark in one for one in inner):
            return f"{name} {root.name}"
    if any("ean.ucc" in one for one in inner):
        return f"GS1 XML {root.name}"
    if space.startswith(_UBL):
        return f"UBL {root.name}"
    return f"XML <{root.name}>"


def _known(name: str) -> Exception:
    return refused(
        "unsupported_standard",
        f"识别为 {name}，但不读取这种报文；订单请用 UBL、cXML、openTRANS、EDIFACT ORDERS 或 X12 850",
        f"This is {name}, which is not read; send orders as UBL, cXML, openTRANS, EDIFACT ORDERS or X12 850",
    )


def recognise(taken: Taken, index: Index) -> None:
    """Find our products for the codes of an order; a code that nothing matches stays and is asked about."""
    buyer = taken.order["buyer"]
    ids = [(one["scheme"], one["value"]) for one in buyer["ids"]]
    contact = buyer["contact"]
    customer = customer_of(customer_words(ids, buyer["name"], contact["phone"], contact["email"]), index)
    own = {key(theirs): ours for theirs, ours in customer.buyer_skus.items()} if customer else {}
    asked = 0
    for number, line in enumerate(taken.order["lines"]):
        at = f"/lines/{number}"
        entry = _product(line, own, index)
        if entry is None:
            asked += 1
            _ask(taken, at, line, index if asked <= _SUGGESTED_LINES else None)
        else:
            _known_product(taken, at, entry)


def _product(line: dict[str, str | None], own: dict[str, str], index: Index) -> SkuEntry | None:
    """Return the one product that every code of the line that says something means."""
    found: list[SkuEntry] = []
    if line["sku"]:
        entry = sku_of_code(line["sku"], index)
        if entry is None:
            return None
        found.append(entry)
    for code, book in ((line["gtin"], index.sku_by_gtin), (line["buyer_sku"], own)):
        sku = book.get(key(code)) or book.get(key(code).lstrip("0")) if code else None
        if sku in index.catalogue.skus:
            found.append(index.catalogue.skus[sku])
    if not found:
        code = line["buyer_sku"]
        entry = sku_of_code(code, index) if code else None  # buyers who send our number as theirs
        found = [entry] if entry else []
    return found[0] if found and all(entry is found[0] for entry in found) else None


def _known_product(taken: Taken, at: str, entry: SkuEntry) -> None:
    raw = taken.fields[f"{at}/sku"].raw if f"{at}/sku" in taken.fields else ""
    why = taken.fields[f"{at}/sku"].why[0] if f"{at}/sku" in taken.fields else "按 GTIN 或客户料号找到"
    taken.put(f"{at}/sku", entry.sku, raw, why=f"{why}，与商品目录一致")
    unit = taken.value(f"{at}/unit")
    known = tuple(filter(None, (entry.unit, entry.pack_unit)))
    fits = [one for one in known if unit and same_unit(unit, one)]
    if fits:
        taken.put(f"{at}/unit", fits[0], unit, why=taken.fields[f"{at}/unit"].why[0])
    elif unit:
        taken.ask(f"{at}/unit", unit, unit, "这个商品没有这个单位，请选择", among=known)


def _ask(taken: Taken, at: str, line: dict[str, str | None], index: Index | None) -> None:
    written = line["sku"] or line["buyer_sku"] or line["gtin"] or line["name"] or ""
    words = " ".join(filter(None, (line["sku"], line["name"], line["spec"])))
    among = nearest_skus(words or written, index) if index is not None and written else ()
    taken.ask(f"{at}/sku", line["sku"], written, "商品目录里没有这个编码，请选择", confidence=0.3, among=among)
