"""One order on its way out of a standard's message: canonical JSON so far, every value with the place it came from.

What the readers of the standards write into. A value that breaks the canonical form becomes a hole that a person is
asked for, with the words as written; nothing is guessed. Where our sums differ from the sender's, the difference has a
name: the order's own field ``discrepancies`` carries it to the rules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from intake.readers.standards.word import NOTHING, When, Word, first, iso, number, plain, rounded
from intake.values.compose import Composer
from intake.values.currency import CURRENCIES, nearest_currency
from intake.values.scalar import YEARS

if TYPE_CHECKING:
    from collections.abc import Iterable

_LARGEST_AMOUNT = Decimal(10) ** 13
_LARGEST_PRICE = Decimal(10) ** 9
_LONGEST_CODE = 64
_LONGEST_ATTRIBUTE = 2000
_LONGEST_NOTE = 2000


@dataclass
class Who:
    """A party as a message describes it. ``ids`` are (scheme, value)."""

    name: Word = NOTHING
    ids: list[tuple[str, Word]] = field(default_factory=list)
    contact: Word = NOTHING
    phone: Word = NOTHING
    email: Word = NOTHING
    streets: list[Word] = field(default_factory=list)
    city: Word = NOTHING
    region: Word = NOTHING
    postcode: Word = NOTHING
    country: Word = NOTHING

    def address(self) -> Word:
        """Return the address on one line; Chinese ones from large to small."""
        at = first(*self.streets, self.city, self.postcode, self.country).at
        streets = [word.text for word in self.streets if word]
        chinese = self.country.text.upper() in {"CN", "CHN", "CHINA", "中国", ""} and any(
            "\u4e00" <= letter <= "\u9fff" for word in (self.city, *self.streets) for letter in word.text
        )
        if chinese:
            return Word("".join([self.region.text, self.city.text, *streets]), at)
        town = " ".join(filter(None, (self.postcode.text, self.city.text)))
        return Word(", ".join(filter(None, [*streets, town, self.region.text, self.country.text])), at)


class Taken(Composer):
    """Collects one order of a standard's message. Paths are JSON pointers into the order."""

    def __init__(self, standard: str, zone: str) -> None:
        """Start with an empty order of ``standard``; times without a zone are meant in ``zone`` (IANA)."""
        super().__init__()
        self.standard = standard
        self.zone = zone
        self.order |= {"issued_at": None, "totals": {}, "attributes": {}}
        self.differences: list[str] = []
        self.attribute("standard", Word(standard, standard))

    def line(self) -> str:
        """Open a further line and return its pointer."""
        at = self.add_line()
        self.order["lines"][-1] |= {"tax_rate": None, "list_price": None, "attributes": {}}
        return at

    def number_lines(self) -> None:
        """Give the lines the sender's own numbers, where every line has one and no two are the same."""
        lines = self.order["lines"]
        own = [line["attributes"].get("source_line", "") for line in lines]
        kept = [int(text) for text in own if text.isascii() and text.isdigit() and len(text) <= 5 and int(text)]
        if len(kept) == len(lines) and len(set(kept)) == len(kept):
            for line, number_ in zip(lines, kept, strict=True):
                line["line_no"] = number_

    def text(self, path: str, *words: Word) -> None:
        """Write the first word that says something."""
        word = first(*words)
        if word:
            self.put(path, word.text, word.text, why=word.at)

    def code(self, path: str, *words: Word) -> None:
        """Write a number or code of at most 64 characters; a longer one is asked for."""
        word = first(*words)
        if len(word.text) > _LONGEST_CODE:
            self.ask(path, None, word.text, f"编号超过 {_LONGEST_CODE} 字，请核对（{word.at}）")
        elif word:
            self.put(path, word.text, word.text, why=word.at)

    def currency(self, *words: Word) -> None:
        """Write the currency; another spelling of one is asked about, silence too."""
        word = first(*words)
        code = word.text.upper()
        if code in CURRENCIES:
            self.put("/currency", code, word.text, why=word.at)
        elif word:
            near = nearest_currency(word.text)
            self.ask("/currency", near, word.text, f"不是 ISO 4217 货币代码（{word.at}）")
        else:
            self.ask("/currency", None, "", "报文没有写币种，请填写", among=("CNY", "USD", "EUR"))

    def amount(self, path: str, word: Word) -> Decimal | None:
        """Write an amount, rounded half up to two places; return it as written."""
        value = self._number(path, word, _LARGEST_AMOUNT)
        if value is not None:
            self.put(path, plain(rounded(value, 2), 2), word.text, why=word.at)
        return value

    def price(self, path: str, word: Word, per: Decimal | None = None) -> Decimal | None:
        """Write the price of one unit; ``per`` is how many the written price is for. Six places, half up."""
        value = self._number(path, word, _LARGEST_PRICE)
        if value is None:
            return None
        each = value / per if per else value
        if each < 0:
            self.ask(path, None, word.text, f"单价是负数，请核对（{word.at}）")
            return None
        six = rounded(each, 6)
        why = word.at if not per or per == 1 else f"{word.at} ÷ {plain(per)}"
        if six == each:
            self.put(path, plain(six, 2), word.text, why=why)
        else:
            self.put(path, plain(six, 2), word.text, confidence=0.95, why=f"{why}（四舍五入到六位小数）")
        return each

    def quantity(self, path: str, word: Word) -> Decimal | None:
        """Write a quantity above zero, at most six places; anything else is asked for."""
        value = self._number(path, word, _LARGEST_PRICE)
        if value is None:
            if not word:
                self.ask(path, None, "", "报文没有写数量，请填写", confidence=0.2)
            return None
        if value <= 0 or rounded(value, 6) != value:
            self.ask(path, None, word.text, f"数量必须大于零、最多六位小数（{word.at}）")
            return None
        self.put(path, plain(value), word.text, why=word.at)
        return value

    def rate(self, path: str, percent: Word) -> None:
        """Write a tax rate that is written in percent."""
        value = number(percent.text)
        if value is not None and 0 <= value < 1000:
            self.put(path, plain(rounded(value / 100, 6), 2), percent.text, why=percent.at)

    def day(self, path: str, word: Word, when: When | None = None) -> None:
        """Write a day; one that cannot be read is a hole."""
        when = when or iso(word.text, self.zone)
        if not word:
            return
        if when is None or when.day.year not in YEARS:
            self.ask(path, None, word.text, f"日期看不明白，请核对（{word.at}）")
        else:
            self.put(path, when.day.isoformat(), word.text, why=word.at)

    def issued(self, word: Word, when: When | None) -> None:
        """Write the time of issue; a time without a zone is meant in ours, which is said."""
        if not word:
            return
        if when is None or when.day.year not in YEARS:
            self.ask("/issued_at", None, word.text, f"下单时间看不明白或不在 2000 年以后（{word.at}）")
            return
        assumed = "" if when.zoned else f"（没有写时区，按 {self.zone}）"
        confidence = 0.98 if when.zoned else 0.9
        self.put("/issued_at", when.at.isoformat(), word.text, confidence=confidence, why=word.at + assumed)

    def same_currency(self, at: str, *words: Word) -> bool:
        """Say whether a line's money is in the order's currency; ask for its price and amount where it is not."""
        own = self.order.get("currency")
        other = next((word for word in words if own and word and word.text.upper() != own), None)
        if other is None:
            return True
        for path in (f"{at}/unit_price", f"{at}/amount"):
            if path in self.fields:
                why = f"这一行的金额是 {other.text}，订单是 {own}，请核对（{other.at}）"
                self.ask(path, None, f"{self.fields[path].raw} {other.text}", why)
        return False

    def attribute(self, name: str, word: Word, at: str = "") -> None:
        """Write an own field of the order, or of the line at ``at``; the first one said stays."""
        own = f"{at}/attributes/{name}"
        if word and own not in self.fields:
            self.put(own, word.text[:_LONGEST_ATTRIBUTE], word.text, why=word.at)

    def note(self, words: Iterable[Word]) -> None:
        """Write the remarks, each on a line of its own."""
        said = [word for word in words if word]
        if said:
            text = "\n".join(dict.fromkeys(word.text for word in said))
            if len(text) > _LONGEST_NOTE:
                self.warn(f"备注超过 {_LONGEST_NOTE} 字，只留了前面的部分，全文见原件")
            self.put("/note", text[:_LONGEST_NOTE], said[0].text, why=said[0].at)

    def party(self, path: str, who: Who) -> None:
        """Write a buyer or payer: name, identifiers, contact."""
        if path == "/bill_to":
            contact = {"name": None, "phone": None, "email": None}
            self.order["bill_to"] = {"name": None, "ids": [], "contact": contact}
        self.text(f"{path}/name", who.name)
        owner: dict[str, Any] = self.order[path[1:]]
        for scheme, word in who.ids[:20]:
            known = {"scheme": scheme, "value": word.text[:128]}
            if word and known not in owner["ids"]:
                owner["ids"].append(known)
                index = len(owner["ids"]) - 1
                self.put(f"{path}/ids/{index}/value", known["value"], word.text, why=f"{word.at} {scheme}")
        self._contact(f"{path}/contact", who)

    def ship_to(self, who: Who) -> None:
        """Write where the goods go; the place's own name and number become own fields."""
        self._contact("/ship_to/contact", who)
        if not who.contact:
            self.text("/ship_to/contact/name", who.name)
        self.attribute("ship_to_name", who.name)
        for scheme, word in who.ids:
            self.attribute(f"ship_to_{scheme}", word)
        self.text("/ship_to/address/text", who.address())
        for part, word in (("province", who.region), ("city", who.city)):
            if len(word.text) <= _LONGEST_CODE:
                self.text(f"/ship_to/address/{part}", word)
        self.attribute("ship_to_country", who.country)
        self.attribute("ship_to_postcode", who.postcode)

    def line_ship_to(self, at: str, who: Who) -> None:
        """Write where a line of its own goes, if that is another place than the order's; no street, no person."""
        ids = [word for _, word in who.ids]
        head = {word for name, word in self.order["attributes"].items() if name.startswith("ship_to_")}
        if any(word.text in head for word in ids) or (
            not ids and who.name.text in head and who.city.text in self._whole_address()
        ):
            return
        town = " ".join(filter(None, (who.postcode.text, who.city.text)))
        told = ", ".join(filter(None, (first(*ids).text, who.name.text, town)))
        self.attribute("ship_to", Word(told, first(*ids, who.name, who.city).at), at)

    def _whole_address(self) -> str:
        return str(self.order["ship_to"]["address"].get("text") or "")

    def differ(self, code: str, stated: str, ours: str) -> None:
        """Name a difference between what the sender says and what we find; rules see its ``code``."""
        if code not in self.differences:
            self.differences.append(code)
            named = " ".join(self.differences)
            self.order["attributes"]["discrepancies"] = named
            self.put("/attributes/discrepancies", named, named, why="与报文自己的合计或计数核对")
        self.warn(f"{DIFFERENCES[code]}：报文写的是 {stated}，按内容是 {ours}")

    def _contact(self, path: str, who: Who) -> None:
        self.text(f"{path}/name", who.contact)
        self.code(f"{path}/phone", who.phone)
        if len(who.email.text) <= 254:
            self.text(f"{path}/email", who.email)

    def _number(self, path: str, word: Word, largest: Decimal) -> Decimal | None:
        if not word:
            return None
        value = number(word.text)
        if value is None or abs(value) >= largest:
            self.ask(path, None, word.text, f"数字看不明白，请核对（{word.at}）")
            return None
        return value


DIFFERENCES: dict[str, str] = {
    "line_amount": "行金额与数量 × 单价不符",
    "goods": "货款合计与各行之和不符",
    "payable": "应付金额与各项之和不符",
    "line_count": "行数不符",
    "quantity_total": "数量合计不符",
    "segment_count": "报文段数不符",
    "message_count": "报文份数不符",
    "control_number": "报文首尾编号不符",
}
"""Code → what it means; the codes are the values that rules compare with."""
