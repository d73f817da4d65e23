"""Provinces: one short name each, whatever the sender wrote, so that the region tables can stay short.

Source: GB/T 2260 (the first two digits of the code name the province).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orders.party import Address

PROVINCES: dict[str, str] = {
    "11": "北京", "12": "天津", "13": "河北", "14": "山西", "15": "内蒙古", "21": "辽宁", "22": "吉林", "23": "黑龙江",
    "31": "上海", "32": "江苏", "33": "浙江", "34": "安徽", "35": "福建", "36": "江西", "37": "山东", "41": "河南",
    "42": "湖北", "43": "湖南", "44": "广东", "45": "广西", "46": "海南", "50": "重庆", "51": "四川", "52": "贵州",
    "53": "云南", "54": "西藏", "61": "陕西", "62": "甘肃", "63": "青海", "64": "宁夏", "65": "新疆", "71": "台湾",
    "81": "香港", "82": "澳门",
}  # fmt: skip
MUNICIPALITIES = ("北京", "天津", "上海", "重庆")


def province_short(address: Address) -> str | None:
    """Return the province's short name: from its name, else from the code; an unknown name stays as it is."""
    name = (address.province or "").strip()
    for short in PROVINCES.values():
        if name.startswith(short):
            return short
    return name or PROVINCES.get((address.adcode or "")[:2])


def text_province(address: Address) -> str | None:
    """Return the province that the address as written begins with."""
    text = (address.text or "").strip()
    return next((short for short in PROVINCES.values() if text.startswith(short)), None)


def address_facts(address: Address) -> dict[str, str | None]:
    """Return the impersonal parts of an address as facts."""
    province = province_short(address)
    city = address.city or (f"{province}市" if province in MUNICIPALITIES else None)
    return {
        "order.ship_to.province": province,
        "order.ship_to.city": city,
        "order.ship_to.district": address.district,
        "order.ship_to.adcode": address.adcode,
        "order.ship_to.code_province": PROVINCES.get((address.adcode or "")[:2]),
        "order.ship_to.text_province": text_province(address),
    }
