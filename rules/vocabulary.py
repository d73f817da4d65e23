"""The words that a rule may use: name, type, unit, 中文 label, meaning and source of every field of every fact.

Nothing outside this list can be asked about. *Heads* are the facts that every order has exactly once (order, customer,
credit, system); *rows* come in any number (line, stock, site, duplicate). Derived facts (flag, hold, route and
what rules themselves derive) exist once a rule has fired. `rules/facts.py` fills the base facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.words import BASE, UNITS, Row


class Kind(StrEnum):
    """The type of a value, and so what may be compared with what."""

    MONEY = "money"
    PRICE = "price"
    QUANTITY = "quantity"
    COUNT = "count"
    TEXT = "text"
    CODE = "code"
    BOOL = "bool"
    DATE = "date"
    DURATION = "duration"


NUMERIC = (Kind.MONEY, Kind.PRICE, Kind.QUANTITY, Kind.COUNT, Kind.DATE, Kind.DURATION)
SCALE: dict[Kind, int] = {Kind.MONEY: 100, Kind.PRICE: 10**6, Kind.QUANTITY: 10**6, Kind.COUNT: 1}
"""What one written unit is in the integers of the facts. Source: orders/money.py."""
UNIT_ZH: dict[Kind, str] = {Kind.MONEY: "元", Kind.PRICE: "元", Kind.DURATION: "秒"}


@dataclass(frozen=True, slots=True)
class Word:
    """One field of a fact. ``personal`` text never leaves the frozen facts: traces say only whether it matched.

    ``zh`` and ``en`` are what people call it; a file's own fields may leave ``en`` out, then their name stands for it.
    """

    fact: str
    name: str
    kind: Kind
    zh: str
    doc: str
    source: str
    choices: tuple[str, ...] = ()
    personal: bool = False
    en: str = ""

    @property
    def english(self) -> str:
        """The English label, with the fact's own words where there is none: ``line.attributes.colour``."""
        return self.en or self.full

    @property
    def full(self) -> str:
        """The name as authors write it, such as ``order.ship_to.address``."""
        return f"{self.fact}.{self.name}"

    @property
    def unit(self) -> str:
        """The unit in which people read it."""
        return UNITS.get(self.full) or UNIT_ZH.get(self.kind, "")


@dataclass(frozen=True, slots=True)
class FactType:
    """One kind of fact and its words. ``head``: once per order. ``derived``: made by rules, not frozen."""

    name: str
    zh: str
    words: dict[str, Word]
    head: bool = False
    derived: bool = False
    table: bool = False
    en: str = ""


Vocabulary = dict[str, FactType]


def word_from(fact: str, name: str, row: Row) -> Word:
    """Build a word from its compact row: type with choices, labels, meaning, source."""
    shape, zh, en, doc, source = row
    personal = shape.endswith("!")
    kind, _, written = shape.rstrip("!").partition(":")
    choices = tuple(written.split("|")) if written else ()
    return Word(fact, name, Kind(kind), zh, doc, source, choices, personal, en)


def base_vocabulary() -> Vocabulary:
    """Return a fresh copy of the shipped vocabulary; a bundle adds its tables and derived facts to it."""
    found: Vocabulary = {}
    for name, (zh, en, nature, rows) in BASE.items():
        words = {word: word_from(name, word, row) for word, row in rows.items()}
        found[name] = FactType(name, zh, words, head=nature == "head", derived=nature == "derived", en=en)
    return found
