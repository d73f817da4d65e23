"""EDIFACT and X12 interchanges cut into segments, as real senders write them (read, the second step).

Separators are what the interchange says, lines may be wrapped anywhere, the last terminator may be missing. Knows the
syntax only (ISO 9735, ASC X12.5/X12.6), nothing of orders.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.readers.standards.markup import looks_chinese, refused
from intake.readers.standards.word import NOTHING, Word

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 20 * 1024 * 1024
MAX_SEGMENTS = 200_000
_UNB = re.compile(r"UNB.(UNO[A-Z])")
_CHARSETS = {"UNOC": "latin-1", "UNOD": "iso-8859-2", "UNOE": "iso-8859-5", "UNOF": "iso-8859-7", "UNOG": "iso-8859-3"}
_CHARSETS |= {
    "UNOH": "iso-8859-4",
    "UNOI": "iso-8859-6",
    "UNOJ": "iso-8859-8",
    "UNOK": "iso-8859-9",
    "UNOL": "iso-8859-15",
}
_NUMERIC = frozenset({"QTY", "PRI", "MOA", "CNT", "PCD", "TAX"})
_COMMA = re.compile(r"^([+-]?\d*),(\d+)$", re.ASCII)
_ISA_ELEMENTS = 16
_LETTERS = re.compile(r"[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: elements of components, both counted from 1 as the standards do; ``place`` names it."""

    tag: str
    elements: tuple[tuple[str, ...], ...]
    place: str = ""

    def word(self, element: int, component: int = 1) -> Word:
        """Return one component, empty if the segment is shorter."""
        if element > len(self.elements) or component > len(self.elements[element - 1]):
            return NOTHING
        at = f"{self.place}-{element:02d}" + (f".{component}" if component > 1 else "")
        return Word(self.elements[element - 1][component - 1].strip(), at)

    def text(self, element: int, component: int = 1) -> str:
        """Return one component's text."""
        return self.word(element, component).text

    def words(self, element: int, start: int = 1) -> list[Word]:
        """Return the components of one element that say something, from ``start`` on."""
        if element > len(self.elements):
            return []
        found = (self.word(element, part) for part in range(start, len(self.elements[element - 1]) + 1))
        return [word for word in found if word]


@dataclass(frozen=True, slots=True)
class Marks:
    """EDIFACT's service characters; an empty release means that there is none."""

    component: str = ":"
    element: str = "+"
    release: str = "?"
    terminator: str = "'"


def edifact_text(data: bytes) -> str:
    """Decode an interchange: UTF-8 if it is that, else what UNB declares, else GB18030 or Windows Latin."""
    if len(data) > MAX_BYTES:
        raise refused("edi_too_large", "EDI 报文超过 20 MB，请拆分后再发", "The interchange is over 20 MB; split it")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = _UNB.search(data[:200].decode("latin-1"))
        charset = _CHARSETS.get(declared[1] if declared else "")
        if charset:
            return data.decode(charset, "replace")
        return data.decode("gb18030" if looks_chinese(data) else "cp1252", "replace")


def edifact_segments(text: str) -> list[Segment]:
    """Cut an interchange. Raises UnreadableDocument when it is endless or has no segment."""
    text = text.lstrip("\ufeff \t\r\n")
    marks = Marks()
    if text.startswith("UNA") and len(text) > 9:
        marks = Marks(text[3], text[4], text[6].strip(), text[8])
        text = text[9:]
    _require_few(text.count(marks.terminator))
    cut = (raw.strip("\r\n\t \x00\x1a") for raw in _cut(text, marks.terminator, marks.release))
    return [_edifact_segment(whole, marks) for whole in cut if whole]


def _require_few(terminators: int) -> None:
    """Refuse an interchange without end before it is cut."""
    if terminators > MAX_SEGMENTS:
        raise refused("edi_too_large", "EDI 报文段数过多", "The interchange has too many segments")


def _edifact_segment(whole: str, marks: Marks) -> Segment:
    tag, *elements = _cut(whole, marks.element, marks.release)
    name = _cut(tag, marks.component, marks.release)[0].strip().upper()
    parts = (
        tuple(_plain(part, marks.release) for part in _cut(one, marks.component, marks.release)) for one in elements
    )
    if name in _NUMERIC:  # ISO 9735 knows no thousands marks: a comma among digits is the decimal mark
        parts = (tuple(_COMMA.sub(r"\1.\2", part) for part in one) for one in parts)
    return Segment(name, tuple(parts))


def _cut(text: str, mark: str, release: str) -> list[str]:
    """Cut at every ``mark`` that is not released; the release characters stay until `_plain`."""
    if not release or release not in text:
        return text.split(mark)
    parts, start, position = [], 0, 0
    while position < len(text):
        if text[position] == release:
            position += 2
            continue
        if text[position] == mark:
            parts.append(text[start:position])
            start = position + 1
        position += 1
    return [*parts, text[start:]]


def _plain(text: str, release: str) -> str:
    """Take the release characters off and join what was wrapped."""
    if release and release in text:
        text = re.sub(re.escape(release) + r"(.)", r"\1", text, flags=re.DOTALL)
    return text.replace("\r", "").replace("\n", "")


def x12_text(data: bytes) -> str:
    """Decode an X12 file: no charset is declared, so UTF-8, else GB18030 or Windows Latin."""
    if len(data) > MAX_BYTES:
        raise refused("edi_too_large", "EDI 报文超过 20 MB，请拆分后再发", "The interchange is over 20 MB; split it")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030" if looks_chinese(data) else "cp1252", "replace")


def x12_segments(text: str) -> Iterator[Segment]:
    """Cut a file of one or several interchanges; each ISA says its own separators, by count, not by width."""
    text = text.lstrip("\ufeff \t\r\n\x00")
    count = 0
    while text:
        element, terminator = x12_marks(text)
        end = _next_interchange(text, terminator)
        count += text.count(terminator, 0, end)
        _require_few(count)
        for raw in text[:end].split(terminator):
            whole = raw.strip("\r\n\t \x00\x1a\u001c") if terminator not in "\r\n" else raw.strip("\r\n\x00\x1a ")
            if whole:
                tag, *elements = whole.replace("\r", "").replace("\n", "").split(element)
                own = tuple((part,) for part in elements)  # an 850 has no composites, but texts with colons
                yield Segment(tag.strip().upper(), own)
        text = text[end:].lstrip("\r\n\t ~\x00\x1a")


def _next_interchange(text: str, terminator: str) -> int:
    found = re.compile(re.escape(terminator) + r"\s*ISA[^A-Za-z0-9\s]").search(text, 3)
    return found.start() + 1 if found else len(text)


def x12_marks(text: str) -> tuple[str, str]:
    """Return the element separator and the terminator. Raises UnreadableDocument when there are none."""
    element = text[3:4] if text.startswith("ISA") else text[2:3]
    if not element or _LETTERS.match(element):
        raise refused("edi_broken", "看不出 X12 的分隔符", "The X12 separators cannot be told")
    if not text.startswith("ISA"):
        return element, _guessed_terminator(text)
    places = [match.start() for match in re.finditer(re.escape(element), text[:400])][:_ISA_ELEMENTS]
    if len(places) < _ISA_ELEMENTS:
        raise refused("edi_broken", "ISA 段不完整", "The ISA segment is incomplete")
    tail = text[places[-1] + 1 : places[-1] + 8]
    if tail[:1] in ("\r", "\n", "~"):  # ISA16 was left out
        return element, "\n" if tail[0] in "\r\n" else tail[0]
    behind = tail[1:]
    if behind[:2] in ("GS", "ST"):  # no terminator behind ISA: the rest tells
        return element, _guessed_terminator(text)
    return element, "\n" if behind[:1] in ("\r", "\n", "") else behind[0]


def _guessed_terminator(text: str) -> str:
    return next((mark for mark in ("~", "\n", "'") if mark in text), "\x00")
