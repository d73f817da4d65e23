"""Old, merged and popular names of Chinese divisions → the code of today (GB/T 2260).

The list of the National Bureau of Statistics knows only today's names; letters and old customer files don't. Names here
count only beside their own province or city, or alone where no other division bears them. Ours, kept by hand.
"""

from __future__ import annotations

AREA_ALIASES: dict[str, tuple[str, ...]] = {
    "110101": ("崇文区",),
    "110102": ("宣武区",),
    "120116": ("塘沽区", "汉沽区", "大港区"),
    "120119": ("蓟县",),
    "310101": ("卢湾区", "南市区"),
    "310106": ("闸北区",),
    "310115": ("南汇区",),
    "320104": ("白下区",),
    "320106": ("下关区",),
    "320213": ("崇安区", "南长区", "北塘区"),
    "320508": ("沧浪区", "平江区", "金阊区"),
    "330102": ("江干区",),
    "330105": ("下城区",),
    "340181": ("居巢区",),
    "370116": ("莱城区",),
    "370211": ("胶南市",),
    "440103": ("芳村区",),
    "440104": ("东山区",),
    "440112": ("萝岗区",),
    "510117": ("郫县",),
    "610118": ("户县",),
}
"""Official once."""

ZONES: dict[str, tuple[str, ...]] = {
    "110115": ("亦庄", "北京经济技术开发区"),
    "120116": ("塘沽",),
    "310115": ("浦东", "张江", "陆家嘴", "外高桥"),
    "320214": ("无锡新区", "新区"),
    "320505": ("苏州高新区", "苏州新区", "高新区", "新区"),
    "320576": ("工业园区", "园区", "苏州园区"),
    "370211": ("西海岸新区", "青岛西海岸新区"),
    "440305": ("前海",),
    "500112": ("两江新区",),
}
"""Popular, never official: count only beside their city."""

CITY_ALIASES: dict[str, tuple[str, ...]] = {
    "1306": ("雄安新区", "河北雄安新区"),
    "4206": ("襄樊市", "襄樊"),
    "5308": ("思茅市", "思茅地区"),
    "5206": ("铜仁地区",),
    "5205": ("毕节地区",),
}

# What people call a zone by, where the official name is longer: looked for inside the official name, within one city.
ZONE_SHORT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("高新", ("高新区", "高新技术开发区", "高新技术产业开发区", "高新开发区")),
    ("经济技术开发区", ("经开区", "经济技术开发区", "经济开发区", "开发区")),
    ("经济开发区", ("经开区", "经济开发区", "开发区")),
    ("工业园区", ("工业园区",)),
)

PROVINCE_ALIASES: dict[str, tuple[str, ...]] = {"15": ("内蒙",), "71": ("台湾",), "81": ("香港",), "82": ("澳门",)}
