"""ISO 4217: which three letters are a currency, and what people write instead. Source: ISO 4217:2015, active codes."""

from __future__ import annotations

import re

from intake.values.script import simplified

_ACTIVE = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
    "CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL "
    "HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD "
    "MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG "
    "QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD "
    "TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG "
)

CURRENCIES: frozenset[str] = frozenset(_ACTIVE.split())

WRITTEN_AS: dict[str, str] = {
    "RMB": "CNY",
    "CNH": "CNY",
    "人民币": "CNY",
    "元": "CNY",
    "￥": "CNY",
    "¥": "CNY",
    "$": "USD",
    "美元": "USD",
    "€": "EUR",
    "欧元": "EUR",
    "港币": "HKD",
    "HK$": "HKD",
    "NT$": "TWD",
    "日元": "JPY",
    "英镑": "GBP",
}
"""What a person's document may say; a machine's order must use the code itself."""


_NAMED: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (code, re.compile(pattern, re.IGNORECASE))
    for code, pattern in (
        ("USD", r"USD|US\s?\$|美元|美金"),
        ("EUR", r"(?<![A-Z])EUR(?![A-Z])|€|欧元"),
        ("HKD", r"HKD|HK\s?\$|港币|港元"),
        ("TWD", r"TWD|NTD|NT\s?\$|[新台]台?币"),
        ("JPY", r"JPY|日[元圆]|円"),
        ("GBP", r"(?<![A-Z])GBP|£|英镑"),
        ("KRW", r"(?<![A-Z])KRW|₩|韩元"),
        ("CNY", r"(?<![A-Z])(?:CNY|RMB)|人民币|(?<![日美欧港台韩单公])元(?![旦件器月素])"),
    )
)
_DOLLAR = re.compile(r"(?<![A-Za-z])\$")
_YEN = re.compile(r"[¥￥]")
_KANA = re.compile(r"[\u3041-\u30fa]")


def currencies_in(text: str) -> tuple[str, ...]:
    """Return the codes of the currencies that a document names by word or sign, the foreign ones first.

    A bare $ is the US one where nothing else is named; ¥ beside Japanese letters may be yen or yuan.
    """
    plain = simplified(text)
    named = [code for code, pattern in _NAMED if pattern.search(plain)]
    if _YEN.search(plain) and "JPY" not in named:
        named += (["JPY"] if _KANA.search(plain) else []) + ["CNY"]
    elif not named and _DOLLAR.search(plain):
        named.append("USD")
    return tuple(dict.fromkeys(named))


def nearest_currency(text: str) -> str | None:
    """Return the code that ``text`` most likely means, to be offered, or taken where a person confirms."""
    cleaned = text.strip().upper()
    return cleaned if cleaned in CURRENCIES else WRITTEN_AS.get(cleaned)
