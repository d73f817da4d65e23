"""Turns of speech that speak of several products at once, said apart before a line is cut into clauses (NL-01).

A和B，分别是300个和200个 · A、B、C，现价分别是0.36、0.055、25元一包 · 前者200个，后者300个.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from intake.known.find import find_products
from intake.values.counted import NUMBER, UNIT, bare_in, counted_in

if TYPE_CHECKING:
    from intake.known.find import Mention
    from intake.known.match import Index

_PRICE = re.compile(rf"[¥￥$]?\s*({NUMBER})\s*(?:元|块钱?)?\s*(?:(?:/|每|一)\s*({UNIT}))?")
_OF_PRICES = re.compile(r"[价格]\s*(?:钱|格)?\s*[:：]?\s*\Z")
_MONEY = re.compile(r"[¥￥$]|\d\s*(?:元|块)")


def said_apart(line: str, index: Index) -> str:
    """Return the line with each product beside its own number; as it was where that can't be told."""
    return _named_again(_respectively(line, index), index)


def _respectively(line: str, index: Index) -> str:
    head, word, tail = line.partition("分别")
    mentions = _firsts(find_products(head, index)) if word else []
    if len(mentions) < 2:
        return line
    if _OF_PRICES.search(head) or _MONEY.search(tail):
        return _priced(head, mentions, tail) or line
    found = counted_in(tail)
    found += [one for one in bare_in(tail) if all(one.end <= other.start or one.start >= other.end for other in found)]
    counts = sorted(found, key=lambda counted: counted.start)
    if len(counts) != len(mentions) or not all(one.quantity for one in counts):
        return line
    unit = counts[-1].unit or ""
    pairs = [f"{one.written}{count.quantity}{count.unit or unit}" for one, count in zip(mentions, counts, strict=True)]
    return "，".join(pairs) + tail[counts[-1].end :]


def _firsts(mentions: list[Mention]) -> list[Mention]:
    """Return where each product is named first."""
    kept: list[Mention] = []
    for mention in mentions:
        if not any(set(mention.skus) & set(other.skus) for other in kept):
            kept.append(mention)
    return kept


def _priced(head: str, mentions: list[Mention], tail: str) -> str | None:
    """Put each price behind what was said of its product; None where their numbers differ."""
    prices = list(_PRICE.finditer(tail))
    if len(prices) != len(mentions):
        return None
    starts = [mention.start for mention in mentions]
    parts = [head[start:end].rstrip(" ，,、；;和") for start, end in pairwise([*starts, len(head)])]
    parts[-1] = re.split(r"[，,；;]\s*(?=[^，,；;]*\Z)", parts[-1])[0]  # without the words that lead to the prices
    told = [
        f"{part} 单价{price[1]}元" + (f"/{price[2]}" if price[2] else "")
        for part, price in zip(parts, prices, strict=True)
    ]
    return head[: starts[0]] + "；".join(told) + tail[prices[-1].end() :]


def _named_again(line: str, index: Index) -> str:
    """Write the products' names for 前者 and 后者."""
    if "后者" not in line:
        return line
    mentions = find_products(line, index)
    if len(mentions) < 2:
        return line
    first, second = mentions[0].written, mentions[1].written
    cut = line.find("前者") if "前者" in line else line.find("后者")
    return line[cut:].replace("前者", first).replace("后者", second)
