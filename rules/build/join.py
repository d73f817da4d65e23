"""The source of joins: per joining variant, a generated function that finds the facts whose partners exist.

It covers variants whose links are each one equality of plain columns, by far the most; `rules/judge/session.py` does
the others fact by fact. Columns are filled last pattern first, each only with facts that have a partner in those after
it; a second pass back leaves the facts that take part in some match. What is left is told to the engine, which joins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rules.build.need import Need, Spot

FREE = (1 << 24) - 1
"""What both sides of a link without any condition say: above every number that a value gets."""


def is_plain(need: Need) -> bool:
    """Say whether every link of a joining variant is one equality of plain columns, or has no condition at all."""
    ties = [tie for spot in need.spots for tie in (*spot.given, *([spot.own] if spot.own is not None else []))]
    return not need.single and all(tie.column or not (tie.equal or tie.more) for tie in ties)


class JoinSource:
    """Writes ``join_N(M, told, first, facts, mine)`` of one variant; it says whether the variant can fire.

    ``M``: the match; ``told``: what the engine knows by number; ``first`` and ``facts``: texts to tell, negated ones
    first; ``mine``: what stands beside a fact in ``told``. Facts stand in columns: key, row, then ``v``, the own side
    of the spot's link, and ``gN``, its side of the link of spot N; a free link has no sides.
    """

    def __init__(self, need: Need) -> None:
        self.need = need
        self.anchors = {number: anchor for number, anchor, _ in need.links}
        self.names = [self._names(spot) for spot in need.spots]

    def write(self) -> str:
        """Return the source."""
        need = self.need
        lines: list[str] = []
        for spot in reversed([spot for spot in need.spots if not spot.negated]):
            lines += self._column(spot)
        for spot in need.spots[1:]:
            if spot.negated:
                lines += self._barred(spot)
            elif "v" in self.names[spot.number]:
                lines += [
                    f"h = {self._given(spot.number)}",
                    f"if len(h) < len(w{spot.number}):",
                    f"    c{spot.number} = [t for t in c{spot.number} if t[2] in h]",
                ]
        lines += ["ids = M.numbers", "n = len(told)"]
        for spot in need.spots:
            lines += self._texts(spot)
        return "\n    ".join([f"def join_{need.number}(M, told, first, facts, mine):", *lines, "return True\n"])

    @staticmethod
    def _names(spot: Spot) -> list[str]:
        own = ["v"] if spot.own is not None and spot.own.column else []
        return ["k", "r", *own, *(f"g{tie.at}" for tie in spot.given if tie.column)]

    def _given(self, number: int) -> str:
        """Return the values that a later spot's link finds in its anchor's column."""
        anchor = self.anchors[number]
        return f"{{t[{self.names[anchor].index(f'g{number}')}] for t in c{anchor}}}"

    @staticmethod
    def _source(spot: Spot) -> tuple[str, str, str]:
        """Return where a spot's facts are found, and what a fact's key and row are called."""
        if spot.register is not None:
            return f"for k, r in M.registers[{spot.register}]", "k", "r"
        return f"for m in M.made if m.masks.get({spot.slot}, 0) & {spot.bit}", "m.key", "m.row"

    def _column(self, spot: Spot) -> list[str]:
        """Return the lines that fill a column with the facts that have partners in all later ones."""
        loop, key, row = self._source(spot)
        values, asked = [key, row], []
        if spot.own is not None and spot.own.column:
            values.append("v")
            asked.append(f"(v := {row}.get({spot.own.column!r})) is not None")
        for tie in spot.given:
            fetch = f"{row}.get({tie.column!r})"
            if tie.column and tie.negated:  # a missing value equals nothing, so nothing bars it
                values.append(fetch)
            elif tie.column:
                values.append(f"g{tie.at}")
                asked.append(f"(g{tie.at} := {fetch}) in w{tie.at}")
        word = "and" if " if " in loop else "if"
        condition = f" {word} {' and '.join(asked)}" if asked else ""
        name = f"c{spot.number}"
        whole = spot.register is not None and not asked and len(values) == 2
        column = f"M.registers[{spot.register}]" if whole else f"[({', '.join(values)}) {loop}{condition}]"
        lines = [f"{name} = {column}", f"if not {name}:", "    return False"]
        return [*lines, f"w{spot.number} = {{t[2] for t in {name}}}"] if "v" in values else lines

    def _barred(self, spot: Spot) -> list[str]:
        """Return the lines that fill a column under ``none``; where it bars every fact, the variant cannot fire."""
        loop, key, row = self._source(spot)
        word = "and" if " if " in loop else "if"
        assert spot.own is not None  # noqa: S101 - a pattern under ``none`` is joined
        fetch = f"(v := {row}.get({spot.own.column!r})) is not None and v in h"
        return [
            f"h = {self._given(spot.number)}",
            f"c{spot.number} = [({key}, {row}, v) {loop} {word} {fetch}]",
            f"if h <= {{t[2] for t in c{spot.number}}}:",
            "    return False",
        ]

    def _texts(self, spot: Spot) -> list[str]:
        """Return the lines that write a column's facts; values are numbered, so that no text reaches the engine."""
        base, text = self.need.base, ""
        if spot.own is not None:
            text += f',"e{spot.number}":{_number(base, "v" if spot.own.column else None)}'
        for tie in spot.given:
            text += f',"f{tie.at}":{_number(base, f"g{tie.at}" if tie.column else None)}'
        return [
            f"for {', '.join(self.names[spot.number])} in c{spot.number}:",
            f'    {"first" if spot.negated else "facts"}.append(f\'{{{{"id":"{{n}}{spot.head}{text}}}}}\')',
            "    told.append((mine, k, r))",
            "    n += 1",
        ]


def _number(base: int, name: str | None) -> str:
    return f"{{{base} + ids.setdefault({name}, len(ids))}}" if name else str(base + FREE)
