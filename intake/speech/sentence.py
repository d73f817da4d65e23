"""What one clause of a message says about goods: the product, how many, at what price.

Works on clean text (half-width digits). Prices and amounts are taken out first, then quantities: 12.5元/个 is no
quantity of 个. Numbers inside codes, specifications and dates don't count.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from intake.known.find import find_products
from intake.values.counted import NUMBER, UNIT, bare_in, counted_in, number_of
from intake.values.late import late
from intake.values.numeral import CHINESE
from intake.values.packing import pack_of
from intake.values.unit import same_unit
from intake.values.words import Words
from orders.money import quantity_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from intake.known.find import Mention
    from intake.known.match import Index
    from intake.values.counted import Counted
    from orders.catalogue import CustomerEntry
    from orders.money import Micro

_NUM = NUMBER
_SPOKEN = rf"{_NUM}|[{CHINESE}]{{1,8}}"
_PER = rf"(?:\s*(?:/|每|一)\s*(?P<per>{UNIT}))?"
_COUNTS_GOODS = rf"(?![\d.,]|\s*(?!块|元)(?:{UNIT}))"
_AMOUNT = late(
    rf"(?:金额|小计|合计|总价|总共|一共|共计|总计|=)\s*[:：]?\s*[¥￥$]?\s*({_NUM}){_COUNTS_GOODS}\s*(?:元|块)?"
    rf"|共\s*({_NUM})\s*(?:元|块)",
    re.IGNORECASE,
)
_HOLDS = rf"\s*(?:按|是|有|装)?\s*(?:{_NUM})\s*(?:{UNIT})"
_YUAN = rf"(?:元|块钱?)(?P<mao>\d{{1,2}}|[一二三四五六七八九](?!\s*(?:{UNIT})))?(?:毛|角)?(?!\d)"
_TAXED = r"(?:含税|未税|协议|合同)?"
_PRICE = r"单价|价格|价钱|照?[现特市时老旧新原底供批][货场情行应发]?价|行情价?|优惠价|协议价|合同价|成交价"
_PRICES = (
    late(
        rf"{_TAXED}(?:{_PRICE}|@|(?:每|一)(?P<per0>{UNIT}))\s*(?:是|为|按|还是)?\s*[:：]?\s*[¥￥$]?\s*({_SPOKEN})\s*{_YUAN}{_PER}"
    ),
    late(
        rf"{_TAXED}(?:{_PRICE}|@|(?:unit\s+)?price|每(?P<per0>{UNIT})(?!{_HOLDS}))\s*(?:是|为|按|还是)?\s*[:：]?\s*[¥￥$]?\s*({_NUM})(?:元|块钱?)?{_PER}",
        re.IGNORECASE,
    ),
    late(rf"[¥￥$]\s*({_NUM}){_PER}"),
    late(rf"({_SPOKEN})\s*{_YUAN}{_PER}"),
    late(rf"({_NUM})\s*(?:/|每|一)\s*(?P<per>{UNIT})"),
)
_SPLIT = late(
    rf"[，；。;！!？?、]|,(?!\d{{3}}(?!\d))(?!(?<=(?<![A-Za-z0-9.,-])\d,)\d{{1,2}}\s*(?:{UNIT}))|\.(?=\s|\Z)(?<!\d\.)|以及|还有|另外|外加|\band\b|&|(?<=[\u4e00-\u9fff\d])(?:和|及|与|跟|(?<![再另追外多])加|并)(?=[\u4e00-\u9fffA-Za-z\d])"
)
_UNTAXED = late(r"不含税|未税|\bexcl(?:uding|\.)? (?:tax|vat)\b", re.IGNORECASE)
EACH = late(r"各|每样|每种|每款|每个型号|分别|均[为要]?|都(?:要|来|是|订)|\beach\b", re.IGNORECASE)
_SLASHES = late(rf"/(?!\s*(?:{UNIT})(?![\u4e00-\u9fff]))(?!\d{{1,2}}(?!\d|\s*(?:{UNIT})))")
_SAYS_CHANGE = late(
    r"不对|不是|不要|不用|取消|错了?|更正|改|换成|应该是|应为|算了|追加|再加|再来|另加|去掉|删|少了|\bactually\b|\binstead\b|\bsorry\b",
    re.IGNORECASE,
)


def clauses(line: str) -> list[str]:
    """Cut a line where one statement ends and the next begins; slashes cut where three or more stand."""
    if len(_SLASHES.findall(line)) >= 3:
        line = _SLASHES.sub("，", line)
    return [part.strip() for part in _SPLIT.split(line) if part and part.strip()]


def statements(line: str, index: Index, customer: CustomerEntry | None) -> list[str]:
    """Join the clauses that speak of one product: A-1001，A型接头，100个，单价12.50."""
    joined: list[tuple[str, set[str]]] = []
    for clause in clauses(line):
        skus = {sku for mention in find_products(clause, index, customer) for sku in mention.skus}
        if joined and (_continues(joined[-1], clause, skus) or _is_spec(clause, joined[-1][1], index)):
            text, known = joined[-1]
            joined[-1] = (f"{text} {clause}", known | skus)
        else:
            joined.append((clause, skus))
    return [text for text, _ in joined]


def _is_spec(clause: str, skus: set[str], index: Index) -> bool:
    """Say whether a clause is nothing but the specification of the product before it."""
    word = clause.replace(" ", "").casefold()
    return any(word == (index.specs.get(sku) or "").replace(" ", "").casefold() for sku in skus)


def _continues(before: tuple[str, set[str]], clause: str, skus: set[str]) -> bool:
    """Say whether a clause goes on about the product before it: the same one, its number, its price."""
    text, known = before
    if _SAYS_CHANGE.search(clause) or _SAYS_CHANGE.search(text):
        return False
    if skus and known:
        return bool(skus & known) and not (counted_in(text) and counted_in(clause))
    if skus:
        return bool(counted_in(text)) and not counted_in(clause)
    counts, counted = bool(counted_in(clause)), bool(counted_in(text))
    if counts and counted and _is_priced(clause) and _is_priced(text):
        return False  # a number and a price of its own: another product, by a part of its name
    return bool(known) and (_is_priced(clause) or (counts and not counted))


def _is_priced(text: str) -> bool:
    return any(pattern.search(text) for pattern in (_AMOUNT, *_PRICES))


def pieces(text: str, mentions: list[Mention]) -> list[str]:
    """Cut a statement that names several products without a pause: 一千个A型接头五百个B型接头."""
    firsts = [mentions[0]] if mentions else []
    for mention in mentions[1:]:
        if not set(mention.skus) & set(firsts[-1].skus):
            firsts.append(mention)
    blanked = _blank(text, [(mention.start, mention.end) for mention in mentions])
    counted = counted_in(blanked)
    if len(counted) < len(firsts):  # A-1001 1k个 A-1002 500: some with a unit, some without
        counted = counted + bare_in(_blank(blanked, [(one.start, one.end) for one in counted]))
    counts = sorted(one.start for one in counted)
    if len(firsts) < 2 or (len(counts) < 2 and not EACH.search(text)):
        return [text]
    led = bool(counts) and counts[0] < firsts[0].start and len(counts) >= len(firsts)
    cuts = counts if led else [mention.start for mention in firsts]
    edges = [0, *cuts[1:], len(text)]
    return [text[start:end] for start, end in pairwise(edges)]


def item(text: str, mentions: list[Mention], index: Index) -> Words:
    """Read one clause that names one product (perhaps by code and by name)."""
    codes = [mention for mention in mentions if mention.by_code]
    names = [mention for mention in mentions if not mention.by_code]
    skus, sure, doubt = _agreed(codes, names, text, index.specs)
    rest = _blank(text, [(mention.start, mention.end) for mention in mentions])
    for sku in skus:
        rest = _without_content(_without_spec(rest, index.specs.get(sku)), index.catalogue.skus[sku].pack_size)
    numbers = numbers_in(rest, fitting(skus, index))
    counted = numbers.counted
    return Words(
        raw=" ".join(text.split()),
        price_doubt="写的是不含税价，请核对" if numbers.price and _UNTAXED.search(text) else "",
        skus=skus,
        sure=sure,
        code=codes[0].written if codes else None,
        name=names[0].written if names else None,
        quantity=counted.quantity if counted else None,
        unit=counted.unit if counted else None,
        unit_price=numbers.price,
        price_unit=numbers.per,
        amount=numbers.amount,
        bare_quantity=bool(counted and counted.bare),
        quantity_doubt=counted.doubt if counted else numbers.doubt,
        quantity_among=counted.among if counted else numbers.among,
        doubt=doubt,
    )


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the numbers of a statement are: one quantity, a price and the unit it is for, an amount."""

    counted: Counted | None = None
    price: str | None = None
    per: str | None = None
    amount: str | None = None
    doubt: str = ""
    among: tuple[str, ...] = ()
    rest: str = ""


_SIZES = frozenset({"毫米", "mm", "厘米", "公分", "cm"})


def fitting(skus: Sequence[str], index: Index) -> Callable[[str], bool]:
    """Return what says whether a unit is one in which some of the products are counted."""
    entries = [entry for sku in skus if (entry := index.catalogue.skus.get(sku))]
    return lambda unit: any(same_unit(unit, entry.unit) or pack_of(unit, entry) is not None for entry in entries)


def numbers_in(rest: str, fits: Callable[[str], bool] | None = None) -> Numbers:
    """Sort the numbers of a statement from which names and specifications are blanked.

    ``fits`` says whether a unit is one of the product's: of 50袋（10公斤的）, 50 is the quantity of what is sold by 袋.
    """
    amount, _, rest = _take(rest, (_AMOUNT,))
    price, per, rest = _take(rest, _PRICES)
    found = counted_in(rest) or bare_in(rest)
    if len(found) > 1:  # 8毫米的气管500米: a size, not a quantity
        found = [one for one in found if (one.unit or "").lower() not in _SIZES] or found
    own = [one for one in found if one.unit and fits and fits(one.unit)]
    others = [one for one in found if one not in own]
    if len(own) == 1 and all(one.unit or one.bare for one in others):
        found = own
    left = _blank(rest, [(one.start, one.end) for one in found])
    if len(found) == 1:
        return Numbers(found[0], price or _priced_by(amount, found[0], left), per, amount, rest=left)
    among = tuple(dict.fromkeys(one.quantity for one in found if one.quantity))
    doubt = "写了几个数量，请选择" if len(among) > 1 else ""
    return Numbers(None, price, per, amount, doubt, among if doubt else (), left)


def _priced_by(amount: str | None, counted: Counted, rest: str) -> str | None:
    """Return the bare number that is the price because it makes the amount: 100个 12.5 共1250元."""
    if amount is None or not counted.quantity:
        return None
    fits = [one.quantity for one in bare_in(rest) if one.quantity]
    fits = [one for one in fits if Decimal(one) * Decimal(counted.quantity) == Decimal(amount)]
    return fits[0] if len(fits) == 1 else None


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


def _take(text: str, patterns: tuple[re.Pattern[str], ...]) -> tuple[str | None, str | None, str]:
    """Return the first number that one of ``patterns`` finds, the unit it is for, and the text with it blanked."""
    for pattern in patterns:
        match = pattern.search(text)
        if match:
            groups = match.groupdict()
            number = number_of(next(filter(None, _unnamed(match))))
            if number is None:
                continue
            return (
                _with_mao(number, groups.get("mao")),
                groups.get("per") or groups.get("per0"),
                _blank(text, [match.span()]),
            )
    return None, None, text


def _unnamed(match: re.Match[str]) -> list[str | None]:
    named = set(match.re.groupindex.values())
    return [match[place] for place in range(1, match.re.groups + 1) if place not in named]


def _with_mao(number: str, mao: str | None) -> str:
    """Read the tail of 12块5: five tenths."""
    if not mao:
        return number
    digits = mao if mao.isdigit() else number_of(mao) or "0"
    return f"{number}.{digits}"


def _without_content(text: str, pack_size: Micro | None) -> str:
    """Blank what a carton holds, 1.9L*6 15箱: the same number as the product's pack, where another number counts."""
    if pack_size is None:
        return text
    rest = re.sub(rf"(?<=\s)\s*[xX×*]\s*{quantity_text(pack_size)}(?=\s|[—–-]|\Z)", " ", text)
    return rest if counted_in(rest) else text


def _without_spec(text: str, spec: str | None) -> str:
    at = text.casefold().find(spec.casefold()) if spec else -1
    return _blank(text, [(at, at + len(spec or ""))]) if at >= 0 else text


def _blank(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
