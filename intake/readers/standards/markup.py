"""Hardened XML: bytes of strangers → a tree of words, and nothing else happens (read, the second step).

No entity, no DTD, no network, no XInclude; at most 5 MB and 64 levels. An external ``<!DOCTYPE`` is legal (every cXML
has one) and is never fetched; an internal one is refused, because an entity would silently become an empty value. The
charset is decoded here, because senders name it wrongly and libxml2 would accept UTF-7.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lxml import etree

from intake.readers.standards.word import NOTHING, Word
from orders.errors import UnreadableDocument

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 5 * 1024 * 1024
MAX_DEPTH = 64
MAX_ELEMENTS = 300_000

PARSER: dict[str, Any] = {
    "resolve_entities": False,
    "no_network": True,
    "load_dtd": False,
    "dtd_validation": False,
    "attribute_defaults": False,
    "huge_tree": False,
}
"""What libxml2 may do for a stranger; most of it is lxml's default as well, and must stay so."""

_DECLARED = re.compile(r"\s*<\?xml[^>]*?\bencoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"'][^>]*?\?>", re.DOTALL)
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*\?>")
_DOCTYPE = "<!DOCTYPE"
_WRITTEN = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "cp936": "gb18030",
    "big5": "big5",
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-16": "utf-16",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "windows-1252": "cp1252",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
}
_WRITTEN |= {f"iso-8859-{part}": f"iso-8859-{part}" for part in (2, 3, 4, 5, 7, 9, 10, 13, 14, 15, 16)}
_WRITTEN |= {f"windows-125{part}": f"cp125{part}" for part in range(9) if part != 2}
_PAIRS = re.compile(rb"(?:[\x81-\xfe][\x40-\x7e\x80-\xfe])+\Z")
_HIGH = re.compile(rb"[\x80-\xff]+(?:[\x40-\x7e](?=[\x80-\xff]))?")


@dataclass(frozen=True, slots=True)
class Node:
    """One element. Names are without namespace, because senders bind them in every way; ``at`` is its path."""

    element: etree._Element
    at: str

    @property
    def name(self) -> str:
        """Return the element's name without namespace."""
        return local(self.element)

    def nodes(self, path: str) -> list[Node]:
        """Return every element that ``path`` (names divided by ``/``) leads to, in document order."""
        found = [self]
        for name in path.split("/"):
            found = [child for node in found for child in node.children(name)]
        return found

    def children(self, name: str = "") -> Iterator[Node]:
        """Yield the child elements of this name, or all."""
        counts: dict[str, int] = {}
        for child in self.element:
            own = local(child)
            counts[own] = counts.get(own, 0) + 1
            if not name or own == name:
                yield Node(child, f"{self.at}/{own}[{counts[own]}]")

    def node(self, *paths: str) -> Node | None:
        """Return the first element that one of the paths leads to."""
        return next((found[0] for path in paths if (found := self.nodes(path))), None)

    def word(self, *paths: str) -> Word:
        """Return the text that the first of the paths leads to that says something; ``@name`` ends in an attribute."""
        for path in paths:
            head, _, attribute = path.partition("@")
            for node in self.nodes(head.rstrip("/")) if head else [self]:
                word = node.attribute(attribute) if attribute else node.text()
                if word:
                    return word
        return NOTHING

    def words(self, path: str) -> list[Word]:
        """Return every text that the path leads to."""
        return [word for node in self.nodes(path) if (word := node.text())]

    def text(self) -> Word:
        """Return the element's own text, what stands between its elements too; white space folded."""
        own = [self.element.text or "", *(child.tail or "" for child in self.element)]
        return Word(" ".join("".join(own).split()), self.at)

    def all_text(self) -> Word:
        """Return the text of the element and everything in it."""
        return Word(" ".join("".join(str(part) for part in self.element.itertext()).split()), self.at)

    def attribute(self, name: str) -> Word:
        """Return an attribute by its name without namespace."""
        for key, value in self.element.attrib.items():
            if etree.QName(key).localname == name:
                return Word(" ".join(str(value).split()), f"{self.at}/@{name}")
        return NOTHING


def local(element: etree._Element) -> str:
    """Return an element's name without namespace."""
    return str(etree.QName(element).localname)


def namespace(element: etree._Element) -> str:
    """Return an element's namespace, empty if it has none."""
    return etree.QName(element).namespace or ""


def parse_xml(data: bytes) -> Node:
    """Parse XML of a stranger. Raises UnreadableDocument with a code that says what is wrong with it."""
    if len(data) > MAX_BYTES:
        raise refused("xml_too_large", "XML 超过 5 MB，请拆分后再发", "The XML is over 5 MB; split it")
    text = decoded(data)
    if _has_internal_dtd(text):
        raise refused("xml_dtd", "XML 里有内部 DTD，不接受", "The XML carries an internal DTD, which is not accepted")
    parser = etree.XMLParser(**PARSER, remove_comments=True, remove_pis=True)
    try:
        declaration = _DECLARATION.match(text)
        root = etree.fromstring(text[declaration.end() if declaration else 0 :].lstrip().encode(), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        why = str(error)[:200]
        raise refused("xml_broken", f"XML 不完整或有语法错误：{why}", f"The XML is broken: {why}") from error
    _require_harmless(root)
    return Node(root, local(root))


def _has_internal_dtd(text: str) -> bool:
    """Say whether a DOCTYPE opens a bracket before it ends; each place of the text is looked at once."""
    start = text.find(_DOCTYPE)
    while start >= 0:
        end = text.find(">", start)
        end = len(text) if end < 0 else end
        if text.find("[", start, end) >= 0:
            return True
        start = text.find(_DOCTYPE, end)
    return False


def decoded(data: bytes) -> str:
    """Decode by byte order mark, then by what is declared, then by what the bytes look like."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return _strictly(data, name)
    if data[:4] in (b"<\0?\0", b"\0<\0?"):
        return _strictly(data, "utf-16-le" if data[1] == 0 else "utf-16-be")
    declared = _DECLARED.match(data[:400].decode("latin-1"))
    name = declared[1].lower() if declared else "utf-8"
    if name not in _WRITTEN:
        raise refused("xml_encoding", f"不支持的 XML 编码：{name}", f"The XML encoding {name} is not supported")
    try:  # what is UTF-8 is meant as UTF-8, whatever is declared: text in another charset hardly ever is
        return data.decode("utf-8")
    except UnicodeDecodeError:
        if _WRITTEN[name] == "utf-8":  # written by a program that does not know its own charset
            return _strictly(data, "gb18030" if looks_chinese(data) else "cp1252")
        return _strictly(data, _WRITTEN[name])


def looks_chinese(data: bytes) -> bool:
    """Say whether every run of high bytes is whole GB pairs; Latin letters with accents stand alone."""
    return all(_PAIRS.match(run) for run in _HIGH.findall(data))


def _strictly(data: bytes, charset: str) -> str:
    try:
        return data.decode(charset)
    except UnicodeDecodeError as error:
        raise refused(
            "xml_encoding",
            f"XML 内容与声明的编码 {charset} 不符",
            f"The XML is not in the encoding {charset} it claims",
        ) from error


def _require_harmless(root: etree._Element) -> None:
    """Refuse entities that the parser left in the tree, and trees too deep or too large."""
    internal = root.getroottree().docinfo.internalDTD
    if internal is not None and next(internal.iterentities(), None) is not None:  # type: ignore[attr-defined]
        raise refused("xml_dtd", "XML 里有实体定义，不接受", "The XML defines entities, which is not accepted")
    level, elements = [root], 0
    for _ in range(MAX_DEPTH):
        inner = [child for element in level for child in element]
        elements += len(inner)
        if any(not isinstance(child.tag, str) for child in inner):
            raise refused(
                "xml_entity", "XML 里引用了实体，不接受", "The XML refers to an entity, which is not accepted"
            )
        if not inner:
            return
        if elements > MAX_ELEMENTS:
            break
        level = inner
    raise refused("xml_too_complex", "XML 层次太深或元素太多", "The XML is too deep or has too many elements")


def refused(code: str, zh: str, en: str) -> UnreadableDocument:
    """Return the refusal of a document."""
    return UnreadableDocument(en, zh, code=code)
