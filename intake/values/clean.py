"""Cleansing on entry (MAP-12): full-width characters, white space, control characters, phones, e-mail addresses.

The original bytes are kept where the order was received; here a value only gets one way to be written.
"""

from __future__ import annotations

import re
import unicodedata

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SPACES = dict.fromkeys([0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F, 0x205F, 0x3000], 0x20)
_DASHES = dict.fromkeys([0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212, 0xFE63], 0x2D)
_UNSEEN = (
    (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
    (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0), (0xFFF0, 0xFFFB), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF),
)  # fmt: skip
"""What shows nothing, or turns the text around it: a word with one inside would be another word to every rule.
Source: Unicode, Default_Ignorable_Code_Point."""
_INVISIBLE = dict.fromkeys(code for first, last in _UNSEEN for code in range(first, last + 1))
# Letters, digits and spaces only: the wide punctuation of a Chinese sentence stays as it is written.
_WIDE_WORDS = {code: to for code, to in _WIDE.items() if chr(to).isalnum()} | _SPACES | _INVISIBLE
_WIDE_CODE = _WIDE | _SPACES | _DASHES | _INVISIBLE

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]+")
_CONTROL_BUT_LINES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]+")
_BLANKS = re.compile(r" {2,}")
_PHONE = re.compile(r"\+?[\d()\-. /]{5,32}(?:(?:转|ext\.?|x|#)\s*\d{1,6})?\Z", re.IGNORECASE)
_EXTENSION = re.compile(r"(?:转|ext\.?|x|#)\s*(\d{1,6})\Z", re.IGNORECASE)
_BEHIND_MOBILE = re.compile(r"(?:\+?86[- ]?)?(1[3-9]\d{9})[-_,](\d{3,6})\Z")
"""A platform's private number with its extension: ``18400001111-2233``, ``13412345678_1234``."""
_MOBILE = re.compile(r"(?:\+|00)?86(1[3-9]\d{9})\Z")
_LANDLINE = re.compile(r"(?:\+|00)?86(0?\d{9,11})\Z")


def seen(text: str) -> str:
    """Return a text without the signs that show nothing, and otherwise as it is."""
    return text if text.isascii() else text.translate(_INVISIBLE)


def clean(text: str | None) -> str | None:
    """Return a one-line text: half-width letters and digits, single spaces, nothing unprintable; None if empty."""
    if text is None:
        return None
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip() or None
    plain = _CONTROL.sub(" ", unicodedata.normalize("NFC", text).translate(_WIDE_WORDS))
    return _BLANKS.sub(" ", plain).strip() or None


def clean_note(text: str) -> str:
    """Return a text of several lines without unprintable characters."""
    return _CONTROL_BUT_LINES.sub(" ", text.replace("\r\n", "\n").translate(_WIDE_WORDS)).strip()


def clean_code(text: str | None) -> str | None:
    """Return a code as typed on a half-width keyboard: no inner white space, plain hyphens; None if empty."""
    if text is None:
        return None
    if text.isascii() and text.isprintable() and " " not in text:
        return text or None
    return "".join(_CONTROL.sub("", text.translate(_WIDE_CODE)).split()) or None


def clean_phone(text: str | None) -> str | None:
    """Return digits: 11 for a Chinese mobile, ``+49…`` abroad, ``051266668888-801`` with an extension.

    What is no phone number (masked by a platform, two numbers in one field) stays as written, cleaned.
    """
    code = clean(text)
    if code is None:
        return None
    spoken = code.translate(_WIDE_CODE)
    if private := _BEHIND_MOBILE.match(spoken):
        return f"{private[1]}-{private[2]}"
    if not _PHONE.match(spoken):
        return code
    extension = _EXTENSION.search(spoken)
    number = re.sub(r"[^\d+]", "", spoken[: extension.start()] if extension else spoken)
    number = _national(number)
    return f"{number}-{extension.group(1)}" if extension else number


def _national(number: str) -> str:
    if mobile := _MOBILE.match(number):
        return mobile.group(1)
    if number.startswith(("+86", "0086")) and (landline := _LANDLINE.match(number)):
        digits = landline.group(1)
        return digits if digits.startswith("0") else "0" + digits
    return "+" + number[2:] if number.startswith("00") else number


def clean_email(text: str | None) -> str | None:
    """Return the address in small letters without white space."""
    code = clean_code(text)
    return code.lower() if code else None
