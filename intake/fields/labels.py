"""What the labels on orders mean: 订单编号, PO No., 收货地址 … → the kind of the value beside them."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from intake.fields.morphemes import english_label, label_meaning
from intake.fields.values import half
from intake.fields.vocabulary import vocabulary
from intake.values.script import simplified

_KIND_OF = vocabulary("labels.txt")
_OWNED = re.compile(
    r"(供方|供货方|供应商|供货商|供货单位|卖方|乙方|销售方|需方|采购方|买方|甲方|客户|订货方|购方|采购单位|收货|收货方|收件|送货|收货单位)(?:的)?"
    r"(联系人|联系电话|电话|手机|手机号|联系方式|地址)\Z"
)
_OWNED_KIND = {
    ("seller", "contact"): "seller_contact",
    ("seller", "phone"): "seller_phone",
    ("seller", "address"): "seller_address",
    ("buyer", "contact"): "buyer_contact",
    ("buyer", "phone"): "buyer_phone",
    ("buyer", "address"): "buyer_address",
    ("ship", "contact"): "ship_contact",
    ("ship", "phone"): "ship_phone",
    ("ship", "address"): "ship_address",
}
_WITH_COLON = dict.fromkeys(("采购", "经办", "经手", "编制", "制单", "开单"), "buyer_contact")
_WITH_COLON |= dict.fromkeys(("收货", "签收", "接收", "收件"), "ship_contact")
"""Words that are labels only before a colon: 采购：张伟, but not in 采 购 合 同."""
_LEAST_LETTERS = 6
"""One letter in so many may be misread."""
_LETTERS = str.maketrans("015", "ols")
_NUMBERING = re.compile(
    r"^(?:[(（]?(?:\d{1,2}|[一二三四五六七八九十]{1,3})[)）]?[、.．)）]|第[\d一二三四五六七八九十]{1,3}[条款项章][、:：]?)\s*"
)
_ASIDE = re.compile(r"[(（【\[][^)）】\]]*[)）】\]]")
_STATED = re.compile(r"[(（【\[]\s*(大写|小写)\s*[)）】\]]")
_WORDS_ONLY = re.compile(r"[A-Za-z .,#/&'\-]+\Z")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[A-Za-z][A-Za-z .#/\-]*")
PRODUCT_KINDS = frozenset({"sku", "name", "spec", "quantity", "unit", "unit_price", "amount"})


@lru_cache(maxsize=4096)
def kind_of(text: str) -> str | None:
    """Return what a label means, or None if it is none. Both halves of a bilingual label are understood.

    Some words are labels only where ``text`` ends with a colon.
    """
    plain = _NUMBERING.sub("", simplified(half(text))).strip(" :：.*·•-—")
    if not plain or len(plain) > 40:
        return None
    for variant in (_STATED.sub(r"\1", plain), _ASIDE.sub("", plain), plain):
        key = re.sub(r"[\s.:：_\-/'’*]", "", variant).lower()
        if found := known(key, _KIND_OF):
            return found
        if (match := _OWNED.match(key)) and (owned := _OWNED_KIND.get((_party(match[1]), _KIND_OF[match[2]]))):
            return owned
        if found := label_meaning(key):
            return found
    if half(text).endswith(":") and plain in _WITH_COLON:
        return _WITH_COLON[plain]
    aside = _ASIDE.sub("", plain)
    return _bilingual(aside) or (english_label(aside) if _WORDS_ONLY.match(aside) else None)


def known(key: str, kinds: dict[str, str]) -> str | None:
    """Look a word up; a Latin one also as OCR may have seen it: tota1, deacription. Chinese ones only as they are."""
    if key in kinds or not key.isascii() or not any(char.isalpha() for char in key):
        return kinds.get(key)
    letters = key.translate(_LETTERS)
    if letters in kinds or len(letters) < _LEAST_LETTERS:
        return kinds.get(letters)
    words = [word for word in kinds if word.isascii() and len(word) >= _LEAST_LETTERS]
    hit = process.extractOne(letters, words, scorer=Levenshtein.distance, score_cutoff=len(letters) // _LEAST_LETTERS)
    return kinds[hit[0]] if hit else None


def _party(word: str) -> str:
    return "seller" if word[0] in "供卖乙销" else "ship" if word[0] in "收送交" else "buyer"


def _bilingual(plain: str) -> str | None:
    """Read 订单号 PO No. or Buyer/买方: Chinese and Latin words that mean the same thing, or one of them alone."""
    han = "".join(_HAN.findall(plain))
    latin = re.sub(r"[\s.#/\-]", "", "".join(_LATIN.findall(plain))).lower()
    if not han or not latin or len(han) + len(latin) < 0.8 * len(re.sub(r"[\s.:/#\-]", "", plain)):
        return None
    first, second = _KIND_OF.get(han) or label_meaning(han), known(latin, _KIND_OF)
    return first if first is not None and (second is not None or len(latin) <= 4) else None
