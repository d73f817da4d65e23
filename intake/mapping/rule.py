"""One compiled field of a template: where it is read, in which form, where it is written (read, the second step).

Both ways of mapping begin here: the written one (`source.py`) and the whole one (`whole.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from intake.mapping.form import form_of, is_day
from intake.mapping.moment import short_time_of
from intake.mapping.paths import Each, Getter, Step, each_of, first_said, getter_of, joined, steps_of, summed
from intake.mapping.template import kind_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from intake.mapping.template import FieldMap, Kind

_NOUGHT = frozenset({"", "0", 0})
_PERSONAL = ("buyer.contact.", "ship_to.contact.", "ship_to.address.")


@dataclass(frozen=True, slots=True)
class Rule:
    """One compiled field. ``parent`` and ``key``: where it is written, ``scheme``: as an id of that scheme.

    ``read`` takes (the line or order, the order); what is in ``nothing`` says nothing. ``withheld``: a person's data,
    which platforms may have encrypted. ``short_time`` reads ordinary times.
    """

    target: str
    one: FieldMap
    kind: Kind
    paths: tuple[tuple[Step, ...], ...]
    from_order: tuple[bool, ...]
    parent: tuple[str, ...]
    key: str
    scheme: str
    withheld: bool
    nothing: frozenset[Any]
    read: Getter
    shape: Callable[[Any], Any]
    short_time: Callable[[Any], str | None] | None


def rule_of(target: str, one: FieldMap, empty: frozenset[Any], zone: str) -> Rule:
    """Compile a field of a checked template; ``empty`` are the template's words for nothing, "" among them."""
    parts = target.removeprefix("lines.").split(".")
    scheme = parts.pop() if parts[1:2] == ["ids"] else ""
    from_order = tuple(path.startswith("^") for path in one.source)
    paths = tuple(steps_of(path.removeprefix("^").removeprefix(".")) for path in one.source)
    kind = kind_of(target) or "text"
    nothing, timed = _nothing(one, empty), one.form == "time"
    return Rule(
        target=target,
        one=one,
        kind=kind,
        paths=paths,
        from_order=from_order,
        parent=tuple(parts[:-1]),
        key=parts[-1],
        scheme=scheme,
        withheld=one.form == "decrypt_ref" or (one.form == "join" and target.startswith(_PERSONAL)),
        nothing=nothing,
        read=_reader(one, tuple(zip(paths, from_order, strict=True)), empty, nothing),
        shape=form_of(one, kind, zone),
        short_time=short_time_of(one.format or "iso", one.zone or zone, day=is_day(kind)) if timed else None,
    )


def getters_of(rule: Rule) -> tuple[Getter, ...]:
    """Return what follows each path of a rule."""
    return _getters(tuple(zip(rule.paths, rule.from_order, strict=True)))


def each_of_all(paths: tuple[tuple[tuple[Step, ...], bool], ...]) -> tuple[Each, ...]:
    """Return what gives all that the paths (and whether they begin at the order) of a sum lead to."""
    return tuple(each_of(path, of_order=of_order) for path, of_order in paths)


def _getters(paths: tuple[tuple[tuple[Step, ...], bool], ...]) -> tuple[Getter, ...]:
    return tuple(getter_of(path, of_order=of_order) for path, of_order in paths)


def _nothing(one: FieldMap, empty: frozenset[Any]) -> frozenset[Any]:
    """Return what says nothing in a field: an id of nought does not, nor a quantity where another path may speak."""
    nought = one.form == "id_text" or (one.form == "quantity" and len(one.source) > 1)
    return empty | _NOUGHT if nought else empty


def _reader(
    one: FieldMap, paths: tuple[tuple[tuple[Step, ...], bool], ...], empty: frozenset[Any], nothing: frozenset[Any]
) -> Getter:
    if one.form == "const":
        value = one.value
        return lambda _here, _whole: value
    if one.form == "join":
        return partial(joined, _getters(paths), one.joiner, empty)
    if one.sum:
        added = partial(summed, each_of_all(paths), empty)
        return added if one.form == "money" else lambda here, whole: added(here, whole) or None
    return partial(first_said, _getters(paths), nothing)
