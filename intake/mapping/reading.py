"""Following a template's paths as Python source: each step is written once, whatever number of fields begin with it.

Place in the order's way: below `source.py`. Gives what `paths.py` gives; knows nothing of orders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from intake.mapping.paths import inner_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from intake.mapping.paths import Step

HERE, ORDER = "here", "record"
"""What the line (or the order, where there are no lines) and the order are called in the source: both are objects."""
_Known: TypeAlias = "dict[tuple[Step, ...], str]"


def literal(text: str) -> str:
    """Return a text as Python source: nothing in it can end the quotes."""
    return str.__repr__(text)


def words_of(nothing: Iterable[Any]) -> list[str]:
    """Return the texts that say nothing, but for the empty one."""
    return sorted(word for word in nothing if type(word) is str and word)


def is_no_word(name: str, nothing: Iterable[Any]) -> str:
    """Return what else holds of a value that is none of the words for nothing: `` and … != …`` for each."""
    return "".join(f" and {name} != {literal(word)}" for word in words_of(nothing))


def indented(lines: list[str]) -> list[str]:
    """Return statements as they stand below an ``if``."""
    return [f"    {line}" for line in lines]


class Names:
    """The names of one piece of source, and what those are that it does not make itself."""

    def __init__(self, space: dict[str, Any]) -> None:
        self.space = {**space, "walk": walk, "inner_of": inner_of, "NONE": {}}
        self._count = 0

    def new(self, kind: str) -> str:
        """Return a name that nothing has yet."""
        self._count += 1
        return f"{kind}{self._count}"

    def bind(self, value: Any) -> str:
        """Give a value a name."""
        self.space[name := self.new("k")] = value
        return name


class Reading:
    """Writes the reading of paths into ``body``; from a line's order into ``before``, ahead of all lines."""

    def __init__(self, here: str, names: Names) -> None:
        self.here = here
        self.names = names
        self.before: list[str] = []
        self.body: list[str] = []
        self._known: dict[str, _Known] = {here: {}, ORDER: {}}

    def path(self, path: tuple[Step, ...], *, of_order: bool = False) -> str:
        """Read a path; return the name of what it leads to."""
        if of_order and self.here != ORDER:
            return self._follow(ORDER, path, self._known[ORDER], self.before)
        return self._follow(self.here, path, self._known[self.here], self.body)

    def first_said(self, paths: list[tuple[tuple[Step, ...], bool]], nothing: frozenset[Any]) -> str:
        """Read the first path that says something (path, whether it begins at the order); return the value's name."""
        name = self.path(paths[0][0], of_order=paths[0][1])
        if len(paths) == 1:
            return name
        silent = "not v" if 0 in nothing else "v is None or v == ''"
        silent += "".join(f" or v == {literal(word)}" for word in words_of(nothing))
        self.body.append(f"v = {name}")
        body, known = self.body, self._known[self.here]
        self._known[self.here] = dict(known)  # what is read below an ``if`` is not known outside
        for depth, (path, of_order) in enumerate(paths[1:]):
            self.body = []
            read = self.path(path, of_order=of_order)
            body += ["    " * depth + line for line in (f"if {silent}:", *indented([*self.body, f"v = {read}"]))]
        self.body, self._known[self.here] = body, known
        return "v"

    def _follow(self, name: str, path: tuple[Step, ...], known: _Known, lines: list[str]) -> str:
        """Write each step that is not known yet."""
        for place, step in enumerate(path):
            own = path[: place + 1]
            if own not in known:
                known[own] = self._step(name, (path[:place], step), known, lines)
            name = known[own]
        return name

    def _step(self, name: str, step: tuple[tuple[Step, ...], Step], known: _Known, lines: list[str]) -> str:
        before, last = step
        new = self.names.new("v")
        if type(last) is int and before:
            lines.append(f"{new} = {_member(name, last)}")
            return new
        holder = self._object(name, before, known, lines) if before else name
        lines.append(f"{new} = {holder}.get({literal(str(last).removesuffix('{}'))})")
        if type(last) is str and last.endswith("{}"):
            lines += [f"if {new} is not None:", f"    {new} = inner_of({new})"]
        return new

    def _object(self, name: str, path: tuple[Step, ...], known: _Known, lines: list[str]) -> str:
        """Make an empty one of a value that is no object; return its name, known under a step that no path has."""
        own = (*path, "")
        if own not in known:
            known[own] = self.names.new("d")
            lines.append(f"{known[own]} = {name} if type({name}) is dict else NONE")
        return known[own]


def _member(name: str, place: int) -> str:
    """Return the expression for a member of a list."""
    found = f"{name}[{place}] if type({name}) is list and len({name}) > {place}"
    return f"{found} else None if {name} is None else walk({name}, ({place},))"
