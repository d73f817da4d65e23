"""What one clause of a message says about goods: the product, how many, at what price.

Works on clean text (half-width digits). Prices and amounts are taken out first, then quantities: 12.5元/个 is no
quantity of 个. Numbers inside codes, specifications and dates don't count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.find import find_products
from intake.goods import Words
from intake.numeral import CHINESE, PATTERN, decimal_text
from intake.unit import WORDS

if TYPE_CHECKING:
    from intake.find import Mention
    from intake.match import Index
    from orders.catalogue import CustomerEntry

_NUM = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_UNIT = "|".join(re.escape(word) + (r"(?![A-Za-z0-9])" if word.isascii() else "") for word in WORDS)
_PER = rf"(?:\s*(?:/|每|一)\s*(?:{_UNIT}))?"
_AMOUNT = re.compile(rf"(?:金额|小计|合计|总价|共计|总计|=)\s*[:：]?\s*[¥￥$]?\s*({_NUM})\s*(?:元|块)?", re.IGNORECASE)
_PRICES = (
    re.compile(
        rf"(?:含税)?(?:单价|价格|@|每(?:{_UNIT}))\s*(?:是|为)?\s*[:：]?\s*[¥￥$]?\s*({_NUM})\s*(?:元|块钱?)?{_PER}"
    ),
    re.compile(rf"[¥￥$]\s*({_NUM}){_PER}"),
    re.compile(rf"({_NUM})\s*(?:元|块钱|块(?!\d)){_PER}"),
)
_COUNTED = re.compile(rf"(?<![\w.,/-])({PATTERN}|(?<=[{CHINESE}]){PATTERN})\s*({_UNIT})", re.IGNORECASE)
_COUNTED_AFTER_HAN = re.compile(rf"(?<=[\u4e00-\u9fff])({_NUM})\s*({_UNIT})", re.IGNORECASE)
_CHINESE_COUNTED = re.compile(rf"([{CHINESE}]{{1,12}})\s*({_UNIT})")
_TIMES = re.compile(rf"(?:数量|qty|quantity|[xX×*])\s*[:：]?\s*({_NUM})(?![\w.])\s*({_UNIT})?", re.IGNORECASE)
_BARE = re.compile(rf"(?<![\w./-])({_NUM})(?![\w./-])")
_SPLIT = re.compile(
    r"[，；。;！!？?、]|,(?!\d{3}(?!\d))|以及|还有|另外|外加|(?<=[\u4e00-\u9fff\d])(?:和|及|与|跟|加)(?=[\u4e00-\u9fffA-Za-z\d])"
)


@dataclass(frozen=True, slots=True)
class Counted:
    """A quantity found: decimal text, unit as written, where it stood; ``bare``: a number without a unit."""

    quantity: str
    unit: str | None
    start: int
    end: int
    bare: bool = False


def clauses(line: str) -> list[str]:
    """Cut a line where one statement ends and the next begins."""
    return [part.strip() for part in _SPLIT.split(line) if part and part.strip()]


def statements(line: str, index: Index, customer: CustomerEntry | None) -> list[str]:
    """Join the clauses that speak of one product: A-1001，A型接头，100个，单价12.50."""
    joined: list[tuple[str, set[str]]] = []
    for clause in clauses(line):
        skus = {sku for mention in find_products(clause, index, customer) for sku in mention.skus}
        if joined and _continues(joined[-1], clause, skus):
            text, known = joined[-1]
            joined[-1] = (f"{text} {clause}", known | skus)
        else:
            joined.append((clause, skus))
    return [text for text, _ in joined]


def _continues(before: tuple[str, set[str]], clause: str, skus: set[str]) -> bool:
    """Say whether a clause goes on about the product before it: the same one, its number, its price."""
    text, known = before
    if skus and known:
        return bool(skus & known) and not (counted_in(text) and counted_in(clause))
    if skus:
        return bool(counted_in(text)) and not counted_in(clause)
    priced = any(pattern.search(clause) for pattern in (_AMOUNT, *_PRICES))
    return bool(known) and (priced or (bool(counted_in(clause)) and not counted_in(text)))


def counted_in(text: str) -> list[Counted]:
    """Return the quantities with a unit (or behind 数量, ×) that a clause names, each place once."""
    found: list[Counted] = []
    for pattern in (_TIMES, _COUNTED, _COUNTED_AFTER_HAN, _CHINESE_COUNTED):
        for match in pattern.finditer(text):
            quantity = decimal_text(match[1])
            clear = all(match.end() <= other.start or match.start() >= other.end for other in found)
            if quantity is not None and clear:
                found.append(Counted(quantity, match[2], match.start(), match.end()))
    return sorted(found, key=lambda counted: counted.start)


def item(text: str, mentions: list[Mention], spec_of: dict[str, str | None]) -> Words:
    """Read one clause that names one product (perhaps by code and by name)."""
    codes = [mention for mention in mentions if mention.by_code]
    names = [mention for mention in mentions if not mention.by_code]
    skus, sure, doubt = _agreed(codes, names, text, spec_of)
    rest = _blank(text, [(mention.start, mention.end) for mention in mentions])
    for sku in skus:
        rest = _without_spec(rest, spec_of.get(sku))
    amount, rest = _take(rest, (_AMOUNT,))
    price, rest = _take(rest, _PRICES)
    counted = _one_quantity(rest)
    return Words(
        raw=" ".join(text.split()),
        skus=skus,
        sure=sure,
        code=codes[0].written if codes else None,
        name=names[0].written if names else None,
        quantity=counted.quantity if counted else None,
        unit=counted.unit if counted else None,
        unit_price=price,
        amount=amount,
        bare_quantity=bool(counted and counted.bare),
        doubt=doubt,
    )


def _agreed(
    codes: list[Mention], names: list[Mention], text: str, spec_of: dict[str, str | None]
) -> tuple[tuple[str, ...], bool, str]:
    """Weigh code against name: agreeing or alone they stand, contradicting they are both candidates."""
    by_code = {sku for mention in codes for sku in mention.skus}
    by_name = {sku for mention in names for sku in mention.skus}
    if by_code:
        conflict = bool(by_name) and not (by_code & by_name) and any(mention.whole for mention in names)
        if conflict:
            return tuple(sorted(by_code | by_name)), False, f"编码与名称指的商品不同：{text}"
        return tuple(sorted(by_code)), True, ""
    if len(by_name) > 1:
        spoken = {sku for sku in by_name if (spec := spec_of.get(sku)) and spec.casefold() in text.casefold()}
        by_name = spoken if len(spoken) == 1 else by_name
    return tuple(sorted(by_name)), all(mention.whole for mention in names), ""


def _one_quantity(rest: str) -> Counted | None:
    counted = counted_in(rest)
    if len(counted) == 1:
        return counted[0]
    if counted:
        return None
    bare = [match for match in _BARE.finditer(rest) if decimal_text(match[1])]
    if len(bare) != 1:
        return None
    return Counted(decimal_text(bare[0][1]) or "", None, bare[0].start(), bare[0].end(), bare=True)


def _take(text: str, patterns: tuple[re.Pattern[str], ...]) -> tuple[str | None, str]:
    """Return the first number that one of ``patterns`` finds, and the text with it blanked."""
    for pattern in patterns:
        match = pattern.search(text)
        if match:
            return decimal_text(match[1]), _blank(text, [match.span()])
    return None, text


def _without_spec(text: str, spec: str | None) -> str:
    at = text.casefold().find(spec.casefold()) if spec else -1
    return _blank(text, [(at, at + len(spec or ""))]) if at >= 0 else text


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
