"""Address text → province, city, district, detail and code (normalize, the third step of an order's way).

Reads from the left: province, city, district, each optional, each in its official, short or old form; the reading that
explains most wins. What fits two places is left empty, with the candidates: nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.known.division import Divisions, Name, Table, divisions
from orders.party import Address

if TYPE_CHECKING:
    from collections.abc import Iterator


_LEAD = re.compile(r"^(?:中国|中华人民共和国|邮编[:：]?\d{6}|[(（]?\d{6}[)）]?|[\s,，、:：/|·_-])+")
_GAP = re.compile(r"[\s,，、/|·_-]*")
# A short name in front of these is the name of a street, a town or a larger place: 苏州路, 芙蓉中路, 长安镇, 朝阳区.
_OTHER_THING = re.compile(
    r"[东南西北中前后上下内外一二三四五六七八九十]{0,2}(?:路|街|大道|大街|道|巷|胡同|弄|桥|里\d)|镇|乡|村|街道|[省市区县州盟旗]"
)
_ALSO_A_WORD = frozenset({"中山", "东方"})
_TOWN = re.compile(r"[\u4e00-\u9fa5]{1,6}?(?:镇|街道|乡|区)(?!路|街|大道)")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says. ``candidates`` are the places it may mean when it does not say enough."""

    province: str | None = None
    city: str | None = None
    district: str | None = None
    detail: str | None = None
    adcode: str | None = None
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    """One way to read the head of a text: up to which character, which divisions, how many of the words were full."""

    end: int
    province: str | None = None
    city: str | None = None
    areas: tuple[str, ...] = ()
    levels: int = 0
    full: int = 0

    @property
    def rank(self) -> tuple[int, int, int]:
        return self.levels, self.full, self.end


def parse(text: str, index: Divisions | None = None) -> Reading:
    """Read one address. Unknown parts are None; ``adcode`` is that of the deepest known division, six digits."""
    index = index or divisions()
    start = lead.end() if (lead := _LEAD.match(text)) else 0
    best = max(_readings(text, start, index), key=lambda found: found.rank)
    rest = text[_GAP.match(text, best.end).end() :].strip()  # type: ignore[union-attr]
    areas = _narrow(best, index)
    if len(areas) > 1:
        return _ambiguous(best, areas, rest, index)
    return _reading(best, areas, rest, index)


def complete(stated: Address, index: Divisions | None = None) -> Address:
    """Return the address with what its text and code tell beside what was stated; stated parts win.

    A code wins over the text. An address that came in parts gets its text from them, because rules read the text.
    """
    index = index or divisions()
    parts = (stated.province, stated.city, stated.district, stated.detail)
    text = stated.text or "".join(part for part in parts if part) or None
    if stated.adcode is not None:
        read = _of_code(stated.adcode, text, index)
    else:
        read = parse(_with_stated(stated, text), index) if text else Reading()
    return Address(
        text=text,
        province=stated.province or read.province,
        city=stated.city or read.city,
        district=stated.district or read.district,
        detail=stated.detail or read.detail,
        adcode=stated.adcode or read.adcode,
    )


def _with_stated(stated: Address, text: str) -> str:
    """Put the stated parts in front of a text that does not say them itself."""
    parts = (stated.province, stated.city, stated.district)
    return "".join(part for part in parts if part and part not in text) + text


def _of_code(code: str, text: str | None, index: Divisions) -> Reading:
    read = parse(text, index) if text else Reading()
    if code in index.areas:
        found = _Found(0, code[:2], code[:4], (code,))
        return _reading(found, (code,), read.detail or "", index)
    city = index.cities.get(code[:4]) if code.endswith("00") else None
    return Reading(index.provinces.get(code[:2]), city, read.district, read.detail, code)


def _readings(text: str, start: int, index: Divisions) -> Iterator[_Found]:
    """Yield every way to read the head of ``text``, the one that reads nothing included."""
    for province in _options(text, start, index.province_names, ""):
        for city in _options(text, province.end, index.city_names, province.code):
            known = city.code or province.code
            for area in _options(text, city.end, index.area_names, known, together=True):
                if _sound(province, city, area, index):
                    yield _found(province, city, area)


@dataclass(frozen=True, slots=True)
class _Word:
    """One division read at one place; an empty ``code`` stands for "not written"."""

    end: int
    code: str = ""
    codes: tuple[str, ...] = ()
    written: str = ""
    full: bool = False


def _options(text: str, start: int, table: Table, within: str, *, together: bool = False) -> Iterator[_Word]:
    """Yield "nothing", then every name of ``table`` at ``start`` that lies inside the division ``within``.

    ``together``: one word for all the divisions of the same name, instead of one for each.
    """
    yield _Word(start)
    begin = _GAP.match(text, start).end()  # type: ignore[union-attr]
    for end in (begin + length for length in table.lengths.get(text[begin : begin + 2], ())):
        names = [name for name in table.names.get(text[begin:end], ()) if name.code.startswith(within)]
        names = [name for name in names if name.full or not _OTHER_THING.match(text, end)]
        if names and together:
            yield _Word(end, names[0].code, tuple(name.code for name in names), text[begin:end], _all_full(names))
        elif names:
            yield from (_Word(end, name.code, (name.code,), text[begin:end], name.full) for name in names)


def _all_full(names: list[Name]) -> bool:
    return any(name.full for name in names)


def _sound(province: _Word, city: _Word, area: _Word, index: Divisions) -> bool:
    """Refuse readings that rest on a short name alone: 朝阳 may be a city or a district of three others."""
    if area.code and not area.full and not (province.code or city.code):
        return area.codes == tuple(code for code in area.codes if index.areas[code].endswith("市"))
    if city.code and not (city.full or province.code or area.code):
        others = index.area_names.names.get(city.written, ())
        return city.written not in _ALSO_A_WORD and all(name.code.startswith(city.code) for name in others)
    return True


def _found(province: _Word, city: _Word, area: _Word) -> _Found:
    words = [word for word in (province, city, area) if word.code]
    return _Found(
        end=area.end,
        province=province.code or city.code[:2] or None,
        city=city.code or None,
        areas=area.codes,
        levels=len(words),
        full=sum(word.full for word in words),
    )


def _narrow(found: _Found, index: Divisions) -> tuple[str, ...]:
    """Prefer, among divisions of one name, those that bear it officially today."""
    official = tuple(code for code in found.areas if index.areas[code].endswith(("区", "县", "市", "旗")))
    return found.areas if len(found.areas) < 2 or not official else official


def _ambiguous(found: _Found, areas: tuple[str, ...], rest: str, index: Divisions) -> Reading:
    cities = {code[:4] for code in areas}
    provinces = {code[:2] for code in areas}
    city = found.city or (cities.pop() if len(cities) == 1 else None)
    province = found.province or (provinces.pop() if len(provinces) == 1 else None)
    return Reading(
        province=index.provinces[province] if province else None,
        city=index.city_shown(city) if city else None,
        detail=rest or None,
        adcode=f"{city or province}".ljust(6, "0") if city or province else None,
        candidates=tuple(_shown(code, index) for code in areas),
    )


def _shown(area: str, index: Divisions) -> str:
    city = index.city_shown(area[:4])
    parts = [index.provinces[area[:2]], city, index.areas[area]]
    return "".join(dict.fromkeys(part for part in parts if part))


def _reading(found: _Found, areas: tuple[str, ...], rest: str, index: Divisions) -> Reading:
    area = areas[0] if areas else None
    city = found.city or (area[:4] if area else None)
    province = found.province or (city[:2] if city else None)
    if city and not area and not index.has_districts(city):
        area = index.districts_of[city][0]
    city_name = index.city_shown(city) if city else None
    district = index.areas[area] if area else None
    if area and (city_name is None or district == city_name):
        city_name, district, rest = _without_districts(index.areas[area], rest)
    return Reading(
        province=index.provinces[province] if province else None,
        city=city_name,
        district=district,
        detail=rest or None,
        adcode=_adcode(area or city or province, index),
    )


def _without_districts(name: str, rest: str) -> tuple[str, str, str]:
    """Let the town stand for the district where there is none: 东莞市 长安镇; without a town, the city itself."""
    town = _TOWN.match(rest)
    return (name, town.group(), rest[town.end() :].strip()) if town else (name, name, rest)


def _adcode(code: str | None, index: Divisions) -> str | None:
    if code is None:
        return None
    if code[:2] in {"71", "81", "82"}:
        return code[:2] + "0000"
    plain = code if len(code) != 4 or index.city_shown(code) != index.provinces[code[:2]] else code[:2]
    return plain.ljust(6, "0")
