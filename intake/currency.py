"""ISO 4217: which three letters are a currency, and what people write instead. Source: ISO 4217:2015, active codes."""

from __future__ import annotations

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
}
"""What a person's document may say; a machine's order must use the code itself."""


def nearest_currency(text: str) -> str | None:
    """Return the code that ``text`` most likely means, to be offered, or taken where a person confirms."""
    cleaned = text.strip().upper()
    return cleaned if cleaned in CURRENCIES else WRITTEN_AS.get(cleaned)
