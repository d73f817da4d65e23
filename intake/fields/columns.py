"""What the titles of order tables mean, and how well a text fits under each."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from intake.fields import values
from intake.fields.labels import PRODUCT_KINDS, kind_of, known
from intake.fields.morphemes import english_title, title_meaning
from intake.fields.values import half
from intake.fields.vocabulary import vocabulary
from intake.known.match import key
from intake.values.clean import clean_code
from intake.values.script import simplified
from intake.values.unit import WORDS
from ocr.layout.tables import Column, Grammar

if TYPE_CHECKING:
    from orders.catalogue import Catalogue

_KIND_OF = vocabulary("titles.txt")
_HAN_TITLES = sorted((word for word in _KIND_OF if not word.isascii()), key=len, reverse=True)
_HAN_TITLE = re.compile("|".join(map(re.escape, _HAN_TITLES)))
_ASIDE = re.compile(r"[(（【\[][^)）】\]]*[)）】\]]?")
_CODE = re.compile(r"[A-Za-z]{0,6}[-_./]?[A-Za-z0-9]+(?:[-_./][A-Za-z0-9]+)*\Z")
_SUMS = frozenset({"total", "capitals", "goods_total", "part_total", "tax", "shipping"})
_OF_ORDER = frozenset({"number", "issued", "requested", "terms", "buyer", "seller", "ship_address", "ship_contact"})
_OF_ORDER |= {"ship_phone", "buyer_contact", "buyer_phone", "contact", "phone", "address"}
_END = re.compile(
    r"^\s*(?:合\s*计|总\s*计|小\s*计|总金额|合计金额|金额合计|应付|价税合计|大写|total|sub\s*-?total|grand\s*total|备\s*注|说明|以下空白|税额)",
    re.IGNORECASE,
)
_AND = frozenset("及和与/、&+")
_LATIN_WORD = re.compile(r"[A-Za-z]+")
_LETTERS = str.maketrans("015", "ols")
_HAN = re.compile(r"[\u4e00-\u9fff]")
MOST_GLUED = 80
"""Characters of two titles in a row: whatever is longer is no pair of titles."""


@lru_cache(maxsize=2048)
def titles(text: str) -> list[tuple[str, int, int]]:
    """Return the kinds that a title names with their places; more than one when cells were read as one.

    ``aside`` is a column that is known and not wanted (a remark, a tax rate).
    """
    return [("aside" if kind == "other" else kind, start, end) for kind, start, end in _titles(text)]


def _titles(text: str, *, glued: bool = True) -> list[tuple[str, int, int]]:
    plain = simplified(half(text))
    bare = re.sub(r"[\s.:：*]", "", _ASIDE.sub("", plain)).lower()
    if kind := _KIND_OF.get(bare) or title_meaning(bare):
        return [(kind, 0, len(text))]
    if parts := _glued(plain) if glued and len(plain) == len(text) <= MOST_GLUED else []:
        return parts
    if kind := (english_title(_ASIDE.sub("", plain)) if plain.isascii() else None) or known(bare, _KIND_OF):
        return [(kind, 0, len(text))]
    found = [(_KIND_OF[match[0]], match.start(), match.end()) for match in _HAN_TITLE.finditer(plain.lower())]
    covered = sum(end - start for _, start, end in found)
    han = len(_HAN.findall(_ASIDE.sub("", plain)))
    if not found or len(plain) != len(text):
        return []
    if any(plain[before[2] : after[1]].strip() in _AND for before, after in pairwise(found)):
        return [(found[0][0], 0, len(text))]
    if covered < 0.85 * han:
        return []
    return found if len(found) > 1 else [(found[0][0], 0, len(text))]


def _glued(plain: str) -> list[tuple[str, int, int]]:
    """Return two Latin titles that were read as one, told by a word that comes twice: Unit Unit Price."""
    said = [match[0].lower() for match in _LATIN_WORD.finditer(plain)]
    if not plain.isascii() or len(set(said)) == len(said):
        return []
    for blank in re.finditer(r" ", plain):
        left, right = (_titles(part, glued=False) for part in (plain[: blank.start()], plain[blank.end() :]))
        if len(left) == 1 and len(right) == 1 and left[0][0] != right[0][0]:
            return [(left[0][0], 0, blank.start()), (right[0][0], blank.end(), len(plain))]
    return []


def ends(text: str) -> bool:
    """Say whether a row ends the table: a sum, a note, or a label that belongs to the order and not to a product."""
    plain = simplified(half(text))
    if _END.search(plain) is not None or _END.search(plain.split(" ")[0].translate(_LETTERS)) is not None:
        return True
    label, colon, _ = plain.partition(":")
    first, *others = plain.split(" ")
    if kind_of(first) in _OF_ORDER or any(_names_sum(token) for token in others):
        return True
    if kind_of(first) in _SUMS or kind_of(re.split(r"[\d¥$]", plain, maxsplit=1)[0]) in _SUMS:
        return True
    kind = kind_of(label) if colon else None
    return kind is not None and kind not in PRODUCT_KINDS


def grammar(catalogue: Catalogue) -> Grammar:
    """Return what `ocr.layout.tables` must know to read order tables."""
    ours = frozenset(key(code) for code in catalogue.skus)
    theirs = frozenset(key(code) for customer in catalogue.customers.values() for code in customer.buyer_skus)

    def code_fits(text: str) -> float:
        if key(text) in ours or key(text) in theirs:
            return 1.0
        bare = clean_code(text) or ""
        if not _CODE.match(bare) or _HAN.search(bare):
            return -0.6
        return 0.6 if any(char.isdigit() for char in bare) and any(char.isalpha() for char in bare) else 0.1

    columns = (
        Column("no", _running, numeric=True),
        Column("sku", code_fits, single=True),
        Column("buyer_sku", code_fits, single=True),
        Column("name", _named),
        Column("spec", _specified),
        Column("unit", _unit),
        Column("quantity", _counted, numeric=True),
        Column("unit_price", _priced, numeric=True),
        Column("amount", _sum, numeric=True),
        Column("date", lambda text: 1.0 if values.day(text, 2000) else -0.6),
        Column("aside", lambda text: 0.0),  # noqa: ARG005
        Column("other", lambda text: 0.0),  # noqa: ARG005
    )
    return Grammar(
        columns={column.kind: column for column in columns},
        titles=titles,
        ends=ends,
        anchors=frozenset({"quantity", "amount", "unit_price"}),
    )


def _names_sum(token: str) -> bool:
    """Say whether a word inside a row names the order's sum: 共8条 合计金额:181,237.76."""
    label, _, said = token.partition(":")
    return len(label) > 1 and kind_of(label) in {"total", "capitals"} and (not said or values.number(said) is not None)


def _running(text: str) -> float:
    bare = half(text)
    return 0.7 if bare.isdigit() and len(bare) <= 3 else -1.0


def _named(text: str) -> float:
    if values.number(text) is not None:
        return -0.7
    return 0.6 if _HAN.search(text) else 0.2


def _specified(text: str) -> float:
    return -0.1 if values.number(text) is not None else 0.3


def _unit(text: str) -> float:
    return 1.0 if half(text).lower() in WORDS else -0.7


def _counted(text: str) -> float:
    read = values.quantity(text)
    if read is None:
        return -1.0
    return 0.8 if "." not in half(text) else 0.2


def _priced(text: str) -> float:
    if values.price(text) is None:
        return -1.0
    return 0.8 if "." in text else 0.3


def _sum(text: str) -> float:
    if values.money(text) is None:
        return -1.0
    return 0.8 if "." in text else 0.3
