"""What a message says about goods, clause after clause, as people talk: they add, correct, take back (NL-01).

A型、B型接头各100个 · 不对，改成800个 · 球阀不要了 · 再加50个 · 库存还剩200个，再订1000个. A correction is carried
out and asked with both values; what speaks of the past or only asks is no order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from intake.known.find import find_products
from intake.known.partial import Guess, guess_product
from intake.speech.phrase import said_apart
from intake.speech.sentence import EACH, fitting, item, numbers_in, pieces, statements
from intake.values.counted import NUMBER, UNIT
from intake.values.english import in_digits
from intake.values.numeral import CHINESE, plain
from intake.values.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from intake.known.find import Mention
    from intake.known.match import Index
    from orders.catalogue import CustomerEntry

_FIX = re.compile(
    r"不对|不是|^\s*(?:不|no)\s*$|[减加降增]到|[减降]为|等等|等一下|等下|还是|要不|算了|[写说打弄搞报发]错|错了|更正|改成|改为|改到|改下|改一下|改[要订]|换成|换为|调整?[为成到]|调整|变更为|应该是|应为|应是|实际是|其实是"
    r"|\bactually\b|\bcorrection\b|\bsorry\b|\binstead\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"不要|不用|别[要发送订]|取消|去掉|删[掉除]|先不|不需要|不[订买发]|暂不|撤[了掉]|免了|\bcancel\b|\bdrop\b",
    re.IGNORECASE,
)
_ADD = re.compile(r"(?:再|另外?|多|额外|继续)(?:加|来|要|追加|添|补|给)|追加|另加|再加")
_NOT_COUNT = re.compile(rf"[(（]?不是\s*(?:{NUMBER}|[{CHINESE}]{{1,8}})\s*(?:{UNIT})?[)）]?")
_INSTEAD = re.compile(r"(?<!还)是|换|改|\binstead\b")
"""In front of a product: it takes another one's place. 纸箱由500改为800 and 胶带还是2包 name their own."""
_NOT_THIS = re.compile(r"\s*(?:可|要的)?不是(?=\s*[^\d\s，])(?!.*(?:[是要换改]|而))")
_REST = re.compile(r"(?:剩下|其余|余下|剩余)的?.*?(?:发|送|交|要|来)|(?:再|后)(?:发|送|交)(?:剩下|其余|余下|剩余)")
_COMPLAINT = re.compile(
    r"起订|起批|质量问题|换货|退换|退货|投诉|破损|少发|漏发|什么时候(?:发|到|能)|发了(?:吗|没)|到哪了|能不能便宜|可不可以便宜|优惠点"
)
_FROM_COUNT = re.compile(
    rf"(?:从|由)?\s*(?:{NUMBER}|[{CHINESE}]{{1,8}})\s*(?:{UNIT})?\s*(?=(?:改|调|变|减|增|加|降)(?:成|为|到|至))"
)
_PAST = re.compile(
    r"上次|上回|上周|上个?月|那批(?!货?[（(])|到货的|收到了|[订下买]的|之前|以前|前面发|昨天|前天|库存|还剩|剩下?余?|漏水|坏了|破损|退货|已收到|收到的|还有\d|未发|缺货|欠着|发过来的"
)
_ORDER = re.compile(
    r"(?<!不)(?:要|来|订|买|采购)(?![的过了])|再|下单|补发?|需(?!要的)|发我|发给|need|order|send", re.IGNORECASE
)
_ASK = re.compile(
    r"多少钱|什么价|啥价|报个?价|便宜|优惠|打折|最低价|能不能|有货吗|有没有|有吗|能做吗|多久|库存多少|有货没|怎么卖"
    r"|how much|price\?",
    re.IGNORECASE,
)
_MORE_THAN = re.compile(r"比(?:上次|上回|上个?月|原来|之前|去年|原先)[^，。]{0,4}[多少]")
_HAN = re.compile(r"[\u4e00-\u9fff]")
_EACH_PRICE = re.compile(r"(?:多少钱|什么价|啥价|怎么卖)\s*[一每]|[一每][\u4e00-\u9fff]\s*(?:多少钱|什么价|啥价)")


@dataclass
class Talk:
    """The goods said so far, and what the talk is about at this moment."""

    index: Index
    customer: CustomerEntry | None = None
    goods: list[Words] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _waiting: list[int] = field(default_factory=list)
    _tentative: list[tuple[int, Guess]] = field(default_factory=list)
    _focus: int | None = None
    _spoken: tuple[str, ...] = ()
    _fixing: bool = False

    def hear(self, line: str) -> bool:
        """Take in one line, days and places already blanked; say whether it spoke of goods."""
        self._waiting, self._tentative = [], []
        before = list(self.goods)
        heard = False
        line = _FROM_COUNT.sub(" ", _NOT_COUNT.sub(" ", said_apart(in_digits(line), self.index)))
        for statement in statements(line, self.index, self.customer):
            mentions = find_products(statement, self.index, self.customer)
            denied = _NOT.search(statement)
            parts = [statement] if denied or _FIX.search(statement) else pieces(statement, mentions)
            for part in parts:
                heard |= self._statement(part)
        return heard or before != self.goods

    def _statement(self, text: str) -> bool:
        mentions = find_products(text, self.index, self.customer)
        words = item(text, mentions, self.index) if mentions else None
        if _NOT.search(text):
            return self._denied(text, mentions)
        if _NOT_THIS.match(text) and not any(self._line_of(mention.skus) is not None for mention in mentions):
            return True  # 不是B型哦: what it is was said before
        if words is None and self._focus is not None and _REST.search(text) and numbers_in(text).counted:
            return self._rest(self._focus, text)
        return self._said(text, mentions, words)

    def _said(self, text: str, mentions: list[Mention], words: Words | None) -> bool:
        fixing, self._fixing = self._fixing or _FIX.search(text) is not None, False
        if _is_past(text):
            return self._only_mentioned(words)
        if fixing and self._corrected(text, mentions, words):
            return True
        if words is None:
            return self._nameless(text)
        if _MORE_THAN.search(text) and words.quantity:
            among, doubt = (words.quantity,), "说的是比上次多或少，请填写总数"
            words = replace(words, quantity=None, quantity_doubt=doubt, quantity_among=among)
        if _ASK.search(text) and (words.quantity is None or _EACH_PRICE.search(text)):
            return self._only_mentioned(words)
        if words.quantity is None and not words.quantity_doubt and _is_remark(text, mentions):
            return self._only_mentioned(words)
        self._add(words, text)
        return True

    def _add(self, words: Words, text: str) -> None:
        """Put a line down; 各100个 counts for the lines before it that still wait for a number."""
        if EACH.search(text) and words.quantity is not None:
            self._distribute(words)
        self.goods.append(words)
        self._focus = len(self.goods) - 1
        self._spoken = words.skus
        if words.quantity is None and not words.quantity_doubt:
            self._waiting.append(self._focus)
        else:
            self._waiting, self._tentative = [], []

    def _distribute(self, words: Words) -> None:
        for place in self._waiting:
            self.goods[place] = replace(
                self.goods[place], quantity=words.quantity, unit=words.unit, bare_quantity=words.bare_quantity
            )
        for place, guess in reversed(self._tentative):
            self.goods.insert(place, _guessed(guess, guess.written, words))
        self._waiting, self._tentative = [], []

    def _only_mentioned(self, words: Words | None) -> bool:
        if words:
            self._spoken = words.skus
            self._focus = self._line_of(words.skus)
        return False

    def _denied(self, text: str, mentions: list[Mention]) -> bool:
        """Take back what is not wanted; of 不要A要B, B is wanted."""
        behind = _NOT.search(text)
        wanted = [
            one
            for one in mentions
            if behind and one.start > behind.end() and re.search(r"要|换|来", text[behind.end() : one.start])
        ]
        for mention in [one for one in mentions if one not in wanted]:
            place = self._line_of(mention.skus)
            if place is not None:
                self._drop(place)
        if not mentions and self._focus is not None and _FIX.search(text) is None and numbers_in(text).counted is None:
            self.notes.append(f"客户可能取消了一部分，请核对：{text[:80]}")
        if wanted:
            rest = text[wanted[0].start :]
            self._add(item(rest, find_products(rest, self.index, self.customer), self.index), rest)
        return True

    def _drop(self, place: int) -> None:
        gone = self.goods.pop(place)
        self.notes.append(f"客户取消了：{gone.raw[:60]}")
        self._focus = len(self.goods) - 1 if self.goods else None

    def _corrected(self, text: str, mentions: list[Mention], words: Words | None) -> bool:
        """Carry out a correction; False if there is nothing that it could correct."""
        if words is None:
            return self._corrected_number(text)
        sets = _distinct(mentions)
        old = self._line_of(sets[0])
        if len(sets) > 1 and old is None and words.quantity is not None:
            self._add(replace(_last_named(text, mentions, self.index), quantity=words.quantity, unit=words.unit), text)
            return True
        if len(sets) > 1 and old is not None:
            return self._replaced(
                old,
                item(
                    text[mentions[-1].start :],
                    find_products(text[mentions[-1].start :], self.index, self.customer),
                    self.index,
                ),
            )
        if words.quantity is None and old is not None:
            self._focus, self._fixing, self._spoken = old, True, words.skus
            return True
        if old is not None:
            return self._set_quantity(old, words)
        if self._focus is None or not (words.quantity is None or _INSTEAD.search(text[: mentions[0].start])):
            return False
        return self._replaced(self._focus, words)

    def _corrected_number(self, text: str) -> bool:
        numbers = numbers_in(text)
        if numbers.counted is None:
            self._fixing = True
            guess = guess_product(_blank_cues(numbers.rest), self.index)
            if guess and guess.whole and self._focus is not None:
                return self._replaced(self._focus, _guessed(guess, text, Words(raw=text)))
            return False
        counted = numbers.counted
        guess = guess_product(_blank_cues(numbers.rest), self.index)
        named = self._line_of(guess.skus) if guess and guess.whole else None
        if named is not None:
            self._focus = named
        if self._focus is None:
            return False
        return self._set_quantity(self._focus, Words(raw=text, quantity=counted.quantity, unit=counted.unit))

    def _set_quantity(self, place: int, words: Words) -> bool:
        old = self.goods[place]
        self.goods[place] = replace(
            old,
            raw=f"{old.raw}；{words.raw}",
            quantity=words.quantity,
            unit=words.unit or old.unit,
            unit_price=words.unit_price or old.unit_price,
            bare_quantity=False,
            quantity_doubt=f"先说 {old.quantity or '?'}，后改为 {words.quantity}，请核对",
            quantity_among=tuple(filter(None, (words.quantity, old.quantity))),
        )
        self._focus, self._fixing = place, False
        return True

    def _replaced(self, place: int, words: Words) -> bool:
        old = self.goods[place]
        self.goods[place] = replace(
            words,
            raw=f"{old.raw}；{words.raw}",
            quantity=words.quantity or old.quantity,
            unit=words.unit or old.unit,
            unit_price=words.unit_price,
            sku_doubt="先说的是另一个商品，后来改的，请核对",
        )
        self._focus, self._fixing, self._spoken = place, False, words.skus
        return True

    def _nameless(self, text: str) -> bool:
        """Read a clause that names no product in full: a part of a name, or only a number."""
        numbers = numbers_in(text)
        counted = numbers.counted
        guess = guess_product(_blank_cues(numbers.rest), self.index)
        if counted is None and not numbers.doubt:
            if guess and guess.whole:
                self._tentative.append((len(self.goods), guess))
            return False
        if guess is not None and not (counted and counted.bare and not guess.whole):
            words = _guessed(guess, text, _numbered(text, fitting(guess.skus, self.index)))
            self._add(words, text)
            return True
        return self._number_alone(text)

    def _number_alone(self, text: str) -> bool:
        said = _numbered(text)
        if EACH.search(text) and self._waiting:
            self._distribute(said)
            return True
        if self._tentative and said.quantity and not _ADD.search(text):
            _, guess = self._tentative[-1]
            self._add(_guessed(guess, f"{guess.written} {text}", said), text)
            return True
        if self._focus is not None and _ADD.search(text) and said.quantity:
            return self._added(self._focus, said)
        if self._waiting and said.quantity and len(self._waiting) == 1:
            return self._fill(self._waiting[0], said)
        if self._focus is None and len(self._spoken) == 1 and said.quantity:
            entry = self.index.catalogue.skus[self._spoken[0]]
            self._add(replace(said, skus=self._spoken, name=entry.name, sku_doubt="商品是前面提到的，请核对"), text)
            return True
        return False

    def _fill(self, place: int, said: Words) -> bool:
        old = self.goods[place]
        self.goods[place] = replace(
            old, raw=f"{old.raw} {said.raw}", quantity=said.quantity, unit=said.unit, bare_quantity=said.bare_quantity
        )
        self._waiting = []
        return True

    def _added(self, place: int, said: Words) -> bool:
        old = self.goods[place]
        same = said.unit is None or old.unit is None or said.unit == old.unit
        total = (
            plain(Decimal(old.quantity) + Decimal(said.quantity)) if old.quantity and said.quantity and same else None
        )
        self.goods[place] = replace(
            old,
            raw=f"{old.raw}；{said.raw}",
            quantity=total,
            quantity_doubt=f"先说 {old.quantity}，又加 {said.quantity}{said.unit or ''}，请核对",
            quantity_among=tuple(filter(None, (total, old.quantity, said.quantity))),
        )
        return True

    def _rest(self, place: int, text: str) -> bool:
        """Take 剩下300下周发: either what is missing of the number that was said, or as many more."""
        self._added(place, _numbered(text))
        self.goods[place] = replace(self.goods[place], quantity_doubt="客户说要分批，请核对总数")
        return True

    def _line_of(self, skus: tuple[str, ...]) -> int | None:
        for place in range(len(self.goods) - 1, -1, -1):
            if set(self.goods[place].skus) & set(skus):
                return place
        return None


def _last_named(text: str, mentions: list[Mention], index: Index) -> Words:
    """Read a clause that turns one product into another, 1000个A改为B, for what it ends with."""
    rest = text[mentions[-1].start :]
    found = item(rest, find_products(rest, index), index)
    return replace(found, raw=text, sku_doubt="先说的是另一个商品，后来改的，请核对")


def _is_past(text: str) -> bool:
    if _COMPLAINT.search(text):
        return True
    return bool(_PAST.search(text)) and not _ORDER.search(text)


def _is_remark(text: str, mentions: list[Mention]) -> bool:
    """Say whether a clause without a number tells something about a product instead of ordering it."""
    rest = text
    for mention in mentions:
        rest = rest.replace(mention.written, " ")
    numbers = numbers_in(rest)
    return numbers.price is None and len(_HAN.findall(rest)) >= 4 and not _ORDER.search(rest) and not EACH.search(rest)


def _distinct(mentions: list[Mention]) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for mention in mentions:
        if not any(set(mention.skus) & set(other) for other in found):
            found.append(mention.skus)
    return found


def _numbered(text: str, fits: Callable[[str], bool] | None = None) -> Words:
    numbers = numbers_in(text, fits)
    counted = numbers.counted
    return Words(
        raw=" ".join(text.split()),
        quantity=counted.quantity if counted else None,
        unit=counted.unit if counted else None,
        bare_quantity=bool(counted and counted.bare),
        quantity_doubt=counted.doubt if counted else numbers.doubt,
        quantity_among=counted.among if counted else numbers.among,
        unit_price=numbers.price,
        price_unit=numbers.per,
        amount=numbers.amount,
    )


def _guessed(guess: Guess, text: str, said: Words) -> Words:
    skus = guess.skus if guess.whole or len(guess.skus) > 1 else ()
    doubt = "只说了名称的一部分，请核对" if guess.whole else ""
    return replace(said, raw=text, skus=skus, name=guess.written, sku_doubt=doubt, among=guess.skus)


def _blank_cues(text: str) -> str:
    for pattern in (_FIX, _NOT, _ADD, EACH):
        text = pattern.sub(" ", text)
    return text
