"""Products by a part of their name: 接头 → every kind of it, DN20的接头 → the one, A型 → whose name begins so (NL-01).

A part is never certain: one product that all parts fit is proposed, several are the choices, none gets the nearest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.known.match import MAX_CANDIDATES, nearest_skus

if TYPE_CHECKING:
    from intake.known.match import Index

_MAX_PART = 12
_TOLD = re.compile(r"[A-Za-z\u4e00-\u9fff]")
_FILLER = re.compile(
    r"请问|你好|您好|麻烦|帮我们?|帮忙|给我们?|我们?|咱们?|我司|我方|客户|老板|那个|这个|就是|嗯+|呃+|啊|吧|呢|哈|哦|的话|有的话|然后|现在|目前|一共|总共"
    r"|需要|想要|还要|再要|也要|都要|要|想|再来|来点|来个|来|订购|订货|下单|订|买|采购|购买|发货|发|给|加|各|安排|另外|还有|还|再|也|先|就|都|请|帮|个|点|些|款|种|的|了|吗|和|与"
)
_JUNK = re.compile(r"[^\w.\-/°Φφ×\u4e00-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Guess:
    """``skus``: what the words may mean; ``whole``: every letter of them is part of the one product's name."""

    written: str
    skus: tuple[str, ...]
    whole: bool


def guess_product(text: str, index: Index) -> Guess | None:
    """Return the products that the words of a clause may mean; None if nothing in it looks like one.

    ``text``: the clause with quantities, prices, days, places and names of customers blanked.
    """
    words = [word for word in _JUNK.sub(" ", _FILLER.sub(" ", text)).split() if _TOLD.search(word)]
    name = "".join(words)
    if not 2 <= len(name) <= 40:
        return None
    parts, rest = _parts(words, index)
    if parts:
        sets = [index.skus_with(part) for part in parts]
        common = set(sets[0]).intersection(*sets[1:]) if sets else set()
        fitting = common or set().union(*sets)
        whole = bool(common) and len(common) == 1 and not rest
        order = [sku for sku in index.catalogue.skus if sku in fitting] if len(fitting) < 50 else []
        return Guess(name, tuple(order[:MAX_CANDIDATES]) or nearest_skus(name, index), whole)
    near = nearest_skus(name, index)
    return Guess(name, near, whole=False) if near else None


def _parts(words: list[str], index: Index) -> tuple[list[str], str]:
    """Return the longest pieces of the words that stand in some product's name, and the letters left over."""
    parts: list[str] = []
    rest = ""
    for word in words:
        at = 0
        folded = word.casefold()
        while at < len(folded):
            piece = next(
                (
                    folded[at:end]
                    for end in range(min(len(folded), at + _MAX_PART), at + 1, -1)
                    if index.names_hold(folded[at:end])
                ),
                "",
            )
            if piece:
                parts.append(piece)
                at += len(piece)
            else:
                rest += folded[at]
                at += 1
    return parts, rest
