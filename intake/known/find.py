"""Where a sentence names products of the catalogue: codes, the customer's numbers, names and aliases.

A name counts only as a whole word: 弯头 in 铜弯头 is somebody else's product, and is marked as part of a longer word.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.known.match import Index, key, letters
from intake.values.unit import WORDS

if TYPE_CHECKING:
    from orders.catalogue import CustomerEntry

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{1,63}")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_MAY_STAND_BEFORE = frozenset("要订购买来发送加补和及与跟的是为给供用约按各共再还另需款型种号")
_MAY_STAND_AFTER = frozenset("要订各共约需来的和及与跟为是就先再数单每一二三四五六七八九十两百千万几等也都给请送发价交")
_UNIT_ENDS = frozenset(word[-1] for word in WORDS if _HAN.match(word[-1]))


@dataclass(frozen=True, slots=True)
class Mention:
    """One product named at one place. ``skus``: all that bear the name; ``whole``: not part of a longer word."""

    start: int
    end: int
    written: str
    skus: tuple[str, ...]
    by_code: bool
    whole: bool = True


def find_products(text: str, index: Index, customer: CustomerEntry | None = None) -> list[Mention]:
    """Return the products that ``text`` names, in order, longest names first where they overlap."""
    found = _codes(text, index, customer)
    names = _longest([*_names(text, index), *_own_names(text, customer)])
    found += [mention for mention in names if not _overlaps(mention, found)]
    return sorted(found, key=lambda mention: mention.start)


def _overlaps(mention: Mention, others: list[Mention]) -> bool:
    return any(mention.start < other.end and other.start < mention.end for other in others)


def _codes(text: str, index: Index, customer: CustomerEntry | None) -> list[Mention]:
    own = {key(theirs): ours for theirs, ours in customer.buyer_skus.items()} if customer else {}
    found = []
    for match in _CODE.finditer(text):
        word = key(match.group())
        sku = index.sku_by_key.get(word) or own.get(word) or index.sku_by_gtin.get(word) or _loosely(word, index)
        if sku:
            found.append(Mention(match.start(), match.end(), match.group(), (sku,), by_code=True))
    return found


def _loosely(word: str, index: Index) -> str | None:
    """Return the product whose code differs by hyphens and points alone: A1001 is A-1001."""
    mixed = any(letter.isdigit() for letter in word) and any(letter.isalpha() for letter in word)
    return index.sku_by_letters.get(letters(word)) if mixed and len(letters(word)) >= 4 else None


def _names(text: str, index: Index) -> list[Mention]:
    folded = text.casefold()
    if len(folded) != len(text):  # a letter that grows when folded would move every place
        folded = text.lower() if len(text.lower()) == len(text) else text
    found: list[Mention] = []
    for start in range(len(folded) - 1):
        for length in index.name_lengths.get(folded[start : start + 2], ()):
            skus = index.skus_by_name.get(folded[start : start + length])
            if skus:
                found.append(_mention(text, start, start + length, skus))
                break
    return found


def _own_names(text: str, customer: CustomerEntry | None) -> list[Mention]:
    """Return where the customer's own words for products stand, as confirmed drafts taught them."""
    found = []
    for said, sku in customer.sku_names.items() if customer else ():
        at = text.find(said)
        while at >= 0:
            found.append(_mention(text, at, at + len(said), (sku,)))
            at = text.find(said, at + len(said))
    return found


def _longest(found: list[Mention]) -> list[Mention]:
    """Keep of overlapping names the longest; of equally long ones the catalogue's, which come first."""
    longest_first = sorted(found, key=lambda mention: mention.start - mention.end)
    kept: list[Mention] = []
    for mention in longest_first:
        if not _overlaps(mention, kept):
            kept.append(mention)
    return kept


def _mention(text: str, start: int, end: int, skus: tuple[str, ...]) -> Mention:
    before, after = text[start - 1 : start], text[end : end + 1]
    starts_word = not _HAN.match(before) or before in _MAY_STAND_BEFORE or before in _UNIT_ENDS
    ends_word = not _HAN.match(after) or after in _MAY_STAND_AFTER
    ascii_cut = before.isascii() and before.isalnum() and text[start].isascii() and text[start].isalnum()
    whole = starts_word and ends_word and not ascii_cut
    return Mention(start, end, text[start:end], skus, by_code=False, whole=whole)
