"""A template as Python source: a function that fills an order, one that makes its lines, one that says which are out.

Place in the order's way: written once for each template, below `engine.py`. A function follows every path
(`reading.py`) and takes ordinary values by their forms (`short.py`); each other value it hands to `whole.py`, field by
field. What a template says stands in the source as a literal or under a name of ours, never as code.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

from intake.mapping.form import encrypted
from intake.mapping.paths import first_said, getter_of, steps_of
from intake.mapping.reading import HERE, ORDER, Names, Reading, indented, is_no_word, literal, words_of
from intake.mapping.rule import each_of_all
from intake.mapping.short import Spot, branches, is_number, plain_sum, withheld
from intake.mapping.whole import HEAD, Told, fill, rest, value_of

if TYPE_CHECKING:
    from intake.mapping import template
    from intake.mapping.rule import Rule

FillHead: TypeAlias = Callable[[dict[str, Any], Any, Told], None]
"""(order, its attributes standing in it; record; what is told): fills the order."""
FillLines: TypeAlias = Callable[[list[Any], int, Any, Told], list[dict[str, Any]]]
"""(rows, how many of them are bought and no gifts, record, what is told) → the order's lines."""
LeftOut: TypeAlias = Callable[[list[Any], Any], list[int]]
"""(rows, record) → the places, from 1, of those that are no lines of the order any more."""
_MOST_JOINED = 6
_BUILT_IN = {one.__name__: one for one in (type, str, int, bool, list, dict, len, enumerate)}
_FAST = "type=type, str=str, int=int"


def head_of(rules: tuple[Rule, ...]) -> FillHead:
    """Return what fills an order by these rules."""
    fields = _Fields(ORDER, {(): "order", ("attributes",): "attributes"}, "HEAD")
    fields.write(rules)
    body = ["attributes = told[1]", *fields.reading.body]
    written: FillHead = _compiled("order, record, told", body, fields.names)
    return written


def lines_of(rules: tuple[Rule, ...], *, with_rest: bool) -> FillLines:
    """Return what makes an order's lines by these rules; a row that is no object goes the whole way."""
    fields = _Fields(HERE, {(): "own"}, "at")
    fields.write(rules)
    end = ["rest(own)"] if with_rest else []
    whole = f"fill(own, {fields.names.bind(rules)}, (here, record), told, at)"
    loop = [
        "own = {} if at < bought else {'is_gift': True}",
        "made.append(own)",
        "if type(here) is not dict:",
        *indented([whole, "continue"]),
        *fields.reading.body,
        *end,
    ]
    body = ["made = []", *fields.reading.before, "for at, here in enumerate(rows):", *indented(loop), "return made"]
    written: FillLines = _compiled("rows, bought, record, told", body, fields.names)
    return written


def left_out_of(one: template.LeftOut | None, empty: frozenset[Any]) -> LeftOut:
    """Return what finds the rows that a template leaves out."""
    if one is None:
        return _nothing_left_out
    names = Names({"whole": _is_left_out(one, empty)})
    reading = Reading(HERE, names)
    words = frozenset({*one.values, *(int(word) for word in one.values if is_number(word))} - empty)
    said = reading.first_said([(steps_of(path), False) for path in one.source], empty)
    loop = [
        "if type(here) is not dict:",
        "    out = whole(here, record)",
        "else:",
        *indented(reading.body),
        f"    if type({said}) is str or type({said}) is int or {said} is None:",
        f"        out = {said} in {names.bind(words)}",
        "    else:",
        "        out = whole(here, record)",
        "if out:",
        "    left.append(at)",
    ]
    body = ["left = []", "for at, here in enumerate(rows, 1):", *indented(loop), "return left"]
    written: LeftOut = _compiled("rows, record", body, names)
    return written


def whole_left_out(one: template.LeftOut | None, empty: frozenset[Any]) -> LeftOut:
    """Return the same, row by row the whole way."""
    if one is None:
        return _nothing_left_out
    is_out = _is_left_out(one, empty)
    return lambda rows, record: [at for at, row in enumerate(rows, 1) if is_out(row, record)]


def _is_left_out(one: template.LeftOut, empty: frozenset[Any]) -> Callable[[Any, Any], bool]:
    said = partial(first_said, tuple(getter_of(steps_of(path)) for path in one.source), empty)
    return lambda row, record: _label(said(row, record)) in one.values


def _label(value: Any) -> str | None:
    if type(value) is bool:
        return "true" if value else "false"
    return value if value is None else str(value)


def _nothing_left_out(_rows: list[Any], _record: Any) -> list[int]:
    return []


def _compiled(parameters: str, body: list[str], names: Names) -> Any:
    """Return the function with this body: it reaches the names bound for it and a handful of built-in ones, no more."""
    source = [f"def written({parameters}, {_FAST}):", *indented(body)]
    space = {**names.space, "HEAD": HEAD, "fill": fill, "rest": rest, "value_of": value_of, "__builtins__": _BUILT_IN}
    code = compile("\n".join(source), "<template>", "exec")
    exec(code, space)  # noqa: S102 - written here from a closed list; a template's words stand in it as literals
    return space["written"]


class _Fields:
    """Writes the fields of an order or a line. ``nodes``: where a field may lie → what that is called."""

    def __init__(self, here: str, nodes: dict[tuple[str, ...], str], at: str) -> None:
        self.here, self.at = here, at
        self.names = Names({})
        self.reading = Reading(here, self.names)
        self.nodes = dict(nodes)

    def write(self, rules: tuple[Rule, ...]) -> None:
        """Write all fields; what lies below the top is made ahead and put in where something came into it."""
        body = self.reading.body
        parents = {rule.parent[:depth] for rule in rules for depth in range(1, len(rule.parent) + 1)} - set(self.nodes)
        for parent in sorted(parents):
            self.nodes[parent] = self.names.new("n")
            body.append(f"{self.nodes[parent]} = {{}}")
        for rule in rules:
            self._field(rule)
        for parent in sorted(parents, key=len, reverse=True):
            node, outer = self.nodes[parent], self.nodes[parent[:-1]]
            body += [f"if {node}:", f"    {outer}[{literal(parent[-1])}] = {node}"]

    def _field(self, rule: Rule) -> None:
        node, key = self.nodes[rule.parent], literal(rule.key)

        def store(value: str) -> str:
            if rule.scheme:
                one = f"{{'scheme': {literal(rule.scheme)}, 'value': {value}}}"
                return f"{node}.setdefault({key}, []).append({one})"
            return f"{node}[{key}] = {value}"

        call = f"t = value_of({self.names.bind(rule)}, ({self.here}, record), told, {self.at})"
        whole = [call, "if t != '':", f"    {store('t')}"]
        spot = Spot(rule, "v", store, self.names.bind)
        if rule.one.form == "const":
            said = rule.one.value is not None and rule.one.value not in rule.nothing
            self.reading.body += [store(self.names.bind(rule.one.value))] if said else whole
        elif rule.one.form == "join" and len(rule.paths) <= _MOST_JOINED:
            self._joined(spot, whole)
        elif rule.one.form == "join":
            self.reading.body += whole
        elif rule.one.sum:
            self._summed(spot, whole)
        else:
            self._single(spot, whole)

    def _single(self, spot: Spot, whole: list[str]) -> None:
        """Write a field of which one path, the first that says something, gives the value."""
        rule = spot.rule
        value = self.reading.first_said(list(zip(rule.paths, rule.from_order, strict=True)), rule.nothing)
        found = branches(Spot(rule, value, spot.store, spot.bind))
        said = "True"
        if not rule.one.required:
            said = value if 0 in rule.nothing else f"{value} is not None and {value} != ''"
            said += is_no_word(value, rule.nothing)
        for place, (asked, lines) in enumerate((*found, (said, whole))):
            self.reading.body += [f"{'elif' if place else 'if'} {asked}:", *indented(lines)]

    def _joined(self, spot: Spot, whole: list[str]) -> None:
        """Write a field whose paths all speak, one behind the other."""
        rule = spot.rule
        names = self._all(rule)
        texts = " and ".join(f"({name} is None or type({name}) is str)" for name in names)
        between = f"+ {literal(rule.one.joiner)} +" if rule.one.joiner else "+"
        made = [f"t = {names[0]}.strip() if {names[0]}{spot.says(names[0])} else ''"]
        for name in names[1:]:
            made += [f"if {name}{spot.says(name)} and (s := {name}.strip()):", f"    t = t {between} s if t else s"]
        said = f"t{spot.says('t')}"
        if rule.withheld:
            marked = f"('*' in t or '#' in t or t[0] in '$~') and {self.names.bind(encrypted)}(t)"
            made += [f"if {said} and {marked}:", f"    {withheld(spot)}", f"elif {said}:"]
        else:
            made.append(f"if {said}:")
        made.append(f"    {spot.store('t')}")
        if rule.one.required:
            made += ["else:", *indented(whole)]
        self.reading.body += [f"if {texts}:", *indented(made), "else:", *indented(whole)]

    def _summed(self, spot: Spot, whole: list[str]) -> None:
        """Write a field whose paths are added up: plain amounts of yuan; else only that there is nothing to add."""
        rule, body = spot.rule, self.reading.body
        if rule.one.unit == "yuan" and not words_of(rule.nothing):
            each = self.names.bind(each_of_all(tuple(zip(rule.paths, rule.from_order, strict=True))))
            body += [
                f"t = {self.names.bind(plain_sum)}({each}, {self.here}, record)",
                "if t:",
                f"    {spot.store('t')}",
            ]
            body += ["else:" if rule.one.required else "elif t is None:", *indented(whole)]
        elif rule.one.form == "quantity" and not rule.one.required and not any("*" in path for path in rule.paths):
            body += [f"if {' or '.join(self._all(rule))}:", *indented(whole)]
        else:
            body += whole

    def _all(self, rule: Rule) -> list[str]:
        paths = zip(rule.paths, rule.from_order, strict=True)
        return [self.reading.path(path, of_order=of_order) for path, of_order in paths]
