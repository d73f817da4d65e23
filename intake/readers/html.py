"""HTML of a mail → plain text: a table row becomes one line with tabs, scripts and styles disappear."""

from __future__ import annotations

import re

from lxml import etree, html

_BLOCKS = frozenset(
    ["article", "blockquote", "br", "div", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "section"]
).union(["table", "tr", "ul"])
_HIDDEN = frozenset(["head", "noscript", "script", "style", "template"])
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_CELLS = frozenset(["td", "th"])
_MAX_CHARS = 1_000_000
_ROW = re.compile(r"<tr[\s>]", re.IGNORECASE)
_CELL = re.compile(r"<t[dh][\s>]", re.IGNORECASE)


def is_tabular(markup: str) -> bool:
    """Say whether the markup holds a table worth more than the plain text beside it: two rows, three cells a row."""
    rows = len(_ROW.findall(markup))
    return rows >= 2 and len(_CELL.findall(markup)) >= 3 * rows - 2


def html_to_text(markup: str) -> str:
    """Return the text a person sees."""
    markup = markup[:_MAX_CHARS].strip()
    if not markup:
        return ""
    try:
        tree = html.document_fromstring(markup.encode("utf-8"), parser=_parser())
    except (etree.ParserError, ValueError):
        return ""
    lines = [re.sub(" {2,}", " ", line) for line in _text(tree).split("\n")]
    return "\n".join(line for line in (line.strip(" \r") for line in lines) if line)


def _parser() -> html.HTMLParser:
    return html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)


def _text(tree: etree._Element) -> str:
    pieces: list[str] = []
    hidden = cells = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        step = 1 if event == "start" else -1
        hidden += step * _is_hidden(element)
        cells += step * (element.tag in _CELLS)
        if not hidden:
            pieces.append(_break(str(element.tag), event, cells))
            pieces.append(_plain(element.text if event == "start" else element.tail))
    return "".join(pieces).replace("\t\n", "\n")


def _is_hidden(element: etree._Element) -> bool:
    """Say whether nobody sees it: a script, a style, what a newsletter or a forger hides."""
    return element.tag in _HIDDEN or "hidden" in element.attrib or bool(_UNSEEN.search(element.get("style", "")))


def _break(tag: str, event: str, cells: int) -> str:
    """Return what stands for an element's edge: a tab between cells, a line between blocks, a space inside cells."""
    if tag in _CELLS and cells <= 1:
        return "\t" if event == "end" else ""
    if tag in _BLOCKS:
        return " " if cells else "\n"
    return ""


def _plain(text: str | None) -> str:
    return re.sub(r"[\s\xa0]+", " ", text) if text else ""
