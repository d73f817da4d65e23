"""How a text on paper becomes a value: numbers, money, quantities, days, phones, terms (MAP-12).

Each function returns the canonical text or None; the raw text stays in the draft field beside it.
"""

from __future__ import annotations

import re
from datetime import date

from intake.values.clean import clean, clean_phone
from intake.values.script import simplified
from intake.values.unit import WORDS
from orders.money import fen_text, parse_fen, parse_micro, price_text, quantity_text

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xFFE5: 0xA5}
_CURRENCY = re.compile(r"(?:人民币|RMB|CNY|US\$|USD|[¥$€]|元|圆|整)", re.IGNORECASE)
_ASIDE = re.compile(r"[(\[][^()\[\]]*[)\]]\s*\Z")
_BLURRED_YUAN = re.compile(r"^[VY](?=\d)")
_LEADERS = re.compile(r"^[.·…\s]+(?=\d)")
_PLAIN = re.compile(r"-?\d+(?:\.\d+)?\Z")
_GROUPED = re.compile(r"-?(?!0)\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?\Z")
_DOTTED = re.compile(r"\d{1,3}(?:\.\d{3})+\.\d{2}\Z")
_COMMA_CENTS = re.compile(r"\d+,\d{2}\Z")
_SAME_DIGIT = str.maketrans("OoＯlI|", "000111")
_UNIT = "|".join(sorted((re.escape(word) for word in WORDS), key=len, reverse=True))
_QUANTITY = re.compile(rf"(?P<number>[\d,，.\s]+?)\s*(?P<unit>{_UNIT})?\s*(?:整)?\Z", re.IGNORECASE)


def half(text: str) -> str:
    """Return the text with half-width letters, digits and punctuation and single blanks."""
    return re.sub(r"\s+", " ", text.translate(_WIDE)).strip()


def number(text: str) -> str | None:
    """Read a number as written on paper: with a currency sign, thousands separators, blanks inside."""
    text = _ASIDE.sub("", half(text))
    text = _LEADERS.sub("", text)
    bare = _BLURRED_YUAN.sub("", _CURRENCY.sub("", half(text)).strip(" :/([。;").rstrip("-,，")).replace(" ", "")
    if _PLAIN.match(bare):
        return bare
    if _GROUPED.match(bare):
        return re.sub(r"[,，]", "", bare)
    if _COMMA_CENTS.match(bare):  # 42,30 is how a blurred 42.30 looks; three digits would be thousands
        return bare.replace(",", ".")
    if _DOTTED.match(bare):  # 3.435.60 is how a scan shows 3,435.60
        whole, cents = bare.rsplit(".", 1)
        return whole.replace(".", "") + "." + cents
    return None


def mended(text: str) -> str | None:
    """Read a number in which letters stand for the digits that they look like: 1O0O → 1000."""
    return number(text.translate(_SAME_DIGIT)) if any(char.isdigit() for char in text) else None


def money(text: str) -> str | None:
    """Return an amount such as ``12500.00``; None if it is none or has fractions of a fen."""
    plain = number(text)
    try:
        return None if plain is None else fen_text(parse_fen(plain))
    except ValueError:
        return None


def price(text: str) -> str | None:
    """Return a unit price of two to six places. ``12.50元/个`` is understood."""
    plain = number(half(text).split("/")[0])
    try:
        return None if plain is None or plain.startswith("-") else price_text(parse_micro(plain))
    except ValueError:
        return None


def quantity(text: str) -> tuple[str, str | None] | None:
    """Return quantity and the unit that stands behind it, if any: ``1,000个`` → (``1000``, ``个``)."""
    match = _QUANTITY.match(half(text))
    plain = number(match["number"]) if match else None
    if match is None or plain is None or plain.startswith("-"):
        return None
    try:
        counted = parse_micro(plain)
    except ValueError:
        return None
    return (quantity_text(counted), match["unit"]) if counted > 0 else None


_HAN_DIGITS = {char: digit for digit, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "○": 0}
_YMD = re.compile(r"(\d{4})\s*[年./\-—–]\s*(\d{1,2})\s*[月./\-—–]\s*(\d{1,2})\s*日?")
_COMPACT = re.compile(r"(?<![\dA-Za-z_/-])(20\d{2})(\d{2})(\d{2})(?!\d)")
_MD = re.compile(r"(?<!\d)(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]")
_DMY_WORD = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[ \-.]*([A-Za-z]{3,9})[ \-.,]*(\d{4})")
_MDY_WORD = re.compile(r"([A-Za-z]{3,9})[ .]*(\d{1,2})(?:st|nd|rd|th)?[ ,.]+(\d{4})")
_MONTHS = {
    name: index
    for index, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_YEARS = range(2000, 2100)


def day(text: str, year: int | None = None) -> str | None:
    """Return an ISO day. ``year`` stands in where the text has only month and day. Ambiguous forms give None."""
    plain = _arabic(half(text))
    if match := _YMD.search(plain) or _COMPACT.search(plain):
        return _iso(int(match[1]), int(match[2]), int(match[3]))
    if (match := _DMY_WORD.search(plain)) and (month := _MONTHS.get(match[2][:3].lower())):
        return _iso(int(match[3]), month, int(match[1]))
    if (match := _MDY_WORD.search(plain)) and (month := _MONTHS.get(match[1][:3].lower())):
        return _iso(int(match[3]), month, int(match[2]))
    if (match := _MD.search(plain)) and year is not None:
        return _iso(year, int(match[1]), int(match[2]))
    return None


def _arabic(text: str) -> str:
    """Write 二〇二六年十一月二十二日 with Arabic digits."""
    tens = re.sub(r"([一二三四五六七八九])?十([一二三四五六七八九])?", _ten, text)
    return "".join(str(_HAN_DIGITS[char]) if char in _HAN_DIGITS else char for char in tens)


def _ten(match: re.Match[str]) -> str:
    tens = _HAN_DIGITS[match[1]] if match[1] else 1
    ones = _HAN_DIGITS[match[2]] if match[2] else 0
    return str(tens * 10 + ones)


def _iso(year: int, month: int, day_of_month: int) -> str | None:
    try:
        return date(year, month, day_of_month).isoformat() if year in _YEARS else None
    except ValueError:
        return None


_PHONE = re.compile(r"(?:\+?86[- ]?)?1[3-9]\d(?:[ -]?\d{4}){2}(?!\d)|\+?\(?0\d{2,3}\)?[- ]?\d{7,8}(?:[-转]\d{1,6})?")
_EXTENSION = re.compile(r"(\d{7,8})-(\d{1,6})\Z")


def phone(text: str) -> str | None:
    """Return the first phone number of the text as digits."""
    match = _PHONE.search(half(text))
    return clean_phone(_EXTENSION.sub(r"\1转\2", match[0])) if match else None


def without_phone(text: str) -> str:
    """Return the text that remains beside a phone number: 王建国 13057566828 → 王建国."""
    return re.sub(r"(?:电话|手机|Tel)?[:：.]?\s*$", "", _PHONE.sub("", half(text)).strip(" ,，、()/-;；")).strip()


_TERMS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?:月结|账期|货到|票到|收货后|验收后)?\s*(\d{1,3})\s*(?:天|日|days?)", re.IGNORECASE), "net"),
    (re.compile(r"net\s*(\d{1,3})", re.IGNORECASE), "net"),
    (re.compile(r"货到付款|到付|现结|c\.?o\.?d|cash on delivery", re.IGNORECASE), "cod"),
    (re.compile(r"款到发货|预付|先款后货|全款|prepaid|in advance|advance payment", re.IGNORECASE), "prepaid"),
    (re.compile(r"月结|monthly", re.IGNORECASE), "net30"),
)


_TAX = re.compile(r"\d+(?:\.\d+)?\s*%\s*(?:的)?(?:增值税|专用发票|专票|税率|税)")


def terms(text: str) -> str | None:
    """Return payment terms as a word: net30, cod, prepaid. Mixed terms (30 % 预付, 余款…) give None."""
    plain = _TAX.sub("", simplified(half(text)))
    if "%" in plain:
        return None
    for pattern, word in _TERMS:
        if match := pattern.search(plain):
            return f"net{int(match[1])}" if word == "net" else word
    return None


_CAPITAL = {char: digit for digit, char in enumerate("零壹贰叁肆伍陆柒捌玖")} | {"貳": 2, "陸": 6, "两": 2, "參": 3}
_SIZE = {"拾": 10, "佰": 100, "仟": 1000}
CAPITALS = re.compile(
    r"[零壹贰貳叁參肆伍陆陸柒捌玖拾佰仟万萬亿億]+[元圆](?:零?[壹贰貳叁參肆伍陆陸柒捌玖零][角分])*[整正]?"
)


_BEFORE_CAPITALS = re.compile(r"(?:^|[^\u4e00-\u9fff]|[写币计额])$")
"""What may stand before an amount in words; another character is one of its own, misread, and its head is lost."""


def capitals(text: str) -> str | None:
    """Read an amount in Chinese capitals: 壹万贰仟伍佰元整 → ``12500.00``; None if its beginning is not legible."""
    joined = re.sub(r"\s", "", text)
    match = CAPITALS.search(joined)
    if match is None or not _BEFORE_CAPITALS.search(joined[: match.start()]):
        return None
    whole, _, rest = match[0].replace("圆", "元").replace("萬", "万").replace("億", "亿").partition("元")
    units = _whole(whole)
    if units is None:
        return None
    cents = 0
    for char, sign in re.findall(r"([零壹贰貳叁參肆伍陆陸柒捌玖])([角分])", rest):
        cents += _CAPITAL[char] * (10 if sign == "角" else 1)
    return fen_text(units * 100 + cents)


_IN_CAPITALS = frozenset("零壹贰貳叁參肆伍陆陸柒捌玖拾佰仟万萬亿億")


def amount_goes_on(text: str, following: str) -> bool:
    """Say whether an amount in capitals that ``text`` leaves unfinished goes on in the ``following`` word."""
    return text[-1:] in _IN_CAPITALS and following[:1] in _IN_CAPITALS | frozenset("元圆")


def _whole(text: str) -> int | None:
    for sign, size in (("亿", 10**8), ("万", 10**4)):
        if sign in text:
            head, _, tail = text.partition(sign)
            upper, lower = _whole(head), _whole(tail) if tail else 0
            return None if upper is None or lower is None else upper * size + lower
    total, digit = 0, 0
    for char in text:
        if char in _CAPITAL:
            digit = _CAPITAL[char]
        elif char in _SIZE:
            total += (digit or 1) * _SIZE[char]
            digit = 0
        else:
            return None
    return total + digit


def name(text: str) -> str | None:
    """Return a name or a text of one line, cleaned; None if nothing is left."""
    return clean(text.strip(" :：;；,，、。-_/|").lstrip(".·…"))
