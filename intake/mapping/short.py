"""The short way of a field by its form: Python source that takes an ordinary value, and what is ordinary (read).

Place in the order's way: `source.py` puts these parts together, once for each template. Only the closed list of forms
is written; what a template says (names, labels, words) goes in as a literal or under a name of ours. A part takes only
values of which it is certain that the whole way (`whole.py`) gives the same; a test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

from intake.mapping.form import encrypted
from intake.mapping.number import LARGEST_SAFE, LONGEST, percent, plain, plain_count
from intake.mapping.reading import indented, is_no_word, literal
from intake.mapping.whole import withhold

if TYPE_CHECKING:
    from collections.abc import Callable

    from intake.mapping.paths import Each
    from intake.mapping.rule import Rule

Branch: TypeAlias = tuple[str, list[str]]
"""A condition under which a value is ordinary, and the statements that write it."""
_CENTS = tuple(f".{fen:02d}" for fen in range(100))
_ENDS = ("", ".0", ".00", "%")
_COUNTS = tuple(map(str, range(1000)))


def _rates() -> dict[str | int, str]:
    """Return the rates that are whole, as they are written."""
    ways: list[str | int] = [*range(101), *(f"{rate}{end}" for rate in range(101) for end in _ENDS)]
    return {way: percent(way) for way in ways}


_RATES = _rates()


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a field's short way stands: its rule, what its value is called there, how it is written, how it is named.

    ``store``: an expression → the statement that writes it. ``bind``: a value → the name it has in the source.
    """

    rule: Rule
    value: str
    store: Callable[[str], str]
    bind: Callable[[Any], str]

    def says(self, name: str = "") -> str:
        """Return what else holds of a text that says something: it is none of the template's words for nothing."""
        return is_no_word(name or self.value, self.rule.nothing)


def branches(spot: Spot) -> list[Branch]:
    """Return the ordinary values of a field that reads one value, the most ordinary first; [] where none is short."""
    if spot.rule.withheld:
        return _person(spot)
    return _WAYS.get(spot.rule.one.form, _none)(spot)


def _none(_spot: Spot) -> list[Branch]:
    return []


def _text(spot: Spot) -> list[Branch]:
    v = spot.value
    return [
        (f"type({v}) is str and (t := {v}.strip()){spot.says()}", [spot.store("t")]),
        (f"type({v}) is int", [spot.store(f"str({v})")]),
    ]


def _id(spot: Spot) -> list[Branch]:
    first, (asked, lines) = _text(spot)
    return [first, (f"{asked} and {spot.value}", lines)]


def _person(spot: Spot) -> list[Branch]:
    v = spot.value
    plainly = f"type({v}) is str and '*' not in {v} and '#' not in {v} and (t := {v}.strip()) and {v}[0] not in '$~'"
    return [
        (plainly + spot.says(), [spot.store("t")]),
        (f"type({v}) is str and {v}{spot.says()} and {spot.bind(encrypted)}({v})", [withheld(spot)]),
        (f"type({v}) is int", [spot.store(f"str({v})")]),
    ]


def withheld(spot: Spot) -> str:
    """Return the statement that notes a field as encrypted."""
    return f"{spot.bind(withhold)}(told, {literal(spot.rule.target)})"


def _money(spot: Spot) -> list[Branch]:
    v = spot.value
    if spot.rule.one.unit == "fen":
        digits = f"type({v}) is str and {v}.isdigit() and {v}.isascii() and len({v}) <= {LONGEST}"
        cents = spot.bind(_CENTS)
        return [
            (f"type({v}) is int and {v} >= 0", [spot.store(f"f'{{{v} // 100}}{{{cents}[{v} % 100]}}'")]),
            (digits + spot.says(), [f"t = int({v})", spot.store(f"f'{{t // 100}}{{{cents}[t % 100]}}'")]),
        ]
    two_places = f"type({v}) is str and len(b := (s := {v}.partition('.'))[2]) == 2 and b.isdigit() and {v}.isascii()"
    no_nought_first = f"(a := s[0]).isdigit() and (a[0] != '0' or a == '0') and len(a) <= {LONGEST}"
    places = 6 if spot.rule.kind == "price" else 2
    return [
        (f"{two_places} and {no_nought_first}{spot.says()}", [spot.store(v)]),
        (f"type({v}) is int and 0 <= {v} < {LARGEST_SAFE}", [spot.store(f"f'{{{v}}}.00'")]),
        (f"{_number(spot)} and (t := {spot.bind(plain)}({v}, {places})) is not None", [spot.store("t")]),
    ]


def _number(spot: Spot) -> str:
    return f"(type({spot.value}) is {spot.bind(Decimal)} or type({spot.value}) is str){spot.says()}"


def _quantity(spot: Spot) -> list[Branch]:
    v = spot.value
    if spot.rule.kind == "number":
        return [(f"type({v}) is int and 1 <= {v} <= 99999", [spot.store(v)])]
    digits = f"type({v}) is str and {v}.isdigit() and {v}.isascii() and {v}[0] != '0' and len({v}) <= {LONGEST}"
    return [
        (f"type({v}) is int and 0 < {v} < 1000", [spot.store(f"{spot.bind(_COUNTS)}[{v}]")]),
        (digits + spot.says(), [spot.store(v)]),
        (f"{_number(spot)} and (t := {spot.bind(plain_count)}({v}))", [spot.store("t")]),
    ]


def _time(spot: Spot) -> list[Branch]:
    v, short = spot.value, spot.rule.short_time
    if short is None:
        return []
    return [(f"{v} is not None and (t := {spot.bind(short)}({v})){spot.says()}", [spot.store("t")])]


def plain_sum(each: tuple[Each, ...], here: Any, whole: Any) -> str | None:
    """Add up amounts of yuan that are written plainly; "" where there is none, None where one is not plain."""
    fen = None
    for values in each:
        for value in values(here, whole):
            if value is None or value == "":
                continue
            written = plain(value, 2)
            if written is None:
                return None
            fen = (fen or 0) + int(written[:-3] + written[-2:])
    return "" if fen is None else f"{fen // 100}{_CENTS[fen % 100]}"


def _percent(spot: Spot) -> list[Branch]:
    v = spot.value
    kinds = f"(type({v}) is str or type({v}) is int)"
    rates = spot.bind(_RATES)
    return [
        (f"{kinds}{spot.says()} and (t := {rates}.get({v}))", [spot.store("t")]),
        (f"type({v}) is {spot.bind(Decimal)} and (t := {rates}.get(str({v})))", [spot.store("t")]),
    ]


def _part(spot: Spot) -> list[Branch]:
    v = spot.value
    return [(f"type({v}) is str{spot.says()} and (t := {spot.bind(spot.rule.shape)}({v}))", [spot.store("t")])]


def _enum(spot: Spot) -> list[Branch]:
    """Take a label by its word; "" says nothing, which a required field leaves to the whole way."""
    v, one = spot.value, spot.rule.one
    words: dict[str | int, str | bool] = {
        label: word for label, word in one.labels.items() if label not in spot.rule.nothing
    }
    words |= {int(label): word for label, word in one.labels.items() if is_number(label)}
    said = [*one.labels.values(), *([] if one.otherwise is None else [one.otherwise])]
    other = "" if one.otherwise is None else f", {spot.bind(one.otherwise)}"
    kinds = f"type({v}) is str and {v}{spot.says()} or type({v}) is int"
    found = f"({kinds}) and (t := {spot.bind(words)}.get({v}{other})) is not None"
    store = [spot.store("t")]
    if "" in said and spot.rule.one.required:
        found += " and t != ''"
    elif "" in said:
        store = ["if t != '':", *indented(store)]
    flags = tuple(one.labels.get(label, one.otherwise) for label in ("false", "true"))
    if flags == (None, None) or "" in flags:
        return [(found, store)]
    truth = f"type({v}) is bool and (t := {spot.bind(flags)}[{v}]) is not None"
    return [(found, store), (truth, [spot.store("t")])]


def is_number(label: str) -> bool:
    """Say whether a label is how a whole number is written."""
    return label.isascii() and label.removeprefix("-").isdigit() and len(label) < 20 and str(int(label)) == label


_WAYS: dict[str, Callable[[Spot], list[Branch]]] = {
    "text": _text,
    "id_text": _id,
    "money": _money,
    "quantity": _quantity,
    "time": _time,
    "percent": _percent,
    "enum": _enum,
    "split": _part,
    "strip": _part,
}
"""The forms that read one value. Nothing here raises."""
