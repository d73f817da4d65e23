"""YAML with places: every value knows its file, line and column, so that every refusal can name them.

Scalars stay text (``500.00`` never becomes a float). Anchors, aliases, tags and duplicate keys are refused:
a rule file is plain data.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from orders.errors import RuleAuthorError
from rules.text.mistakes import of_yaml
from rules.text.nodes import MAX_DEPTH, TooDeep, Unusual, compose

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file; lines and columns count from 1."""

    file: str
    line: int = 0
    column: int = 0

    def refuse(self, en: str, zh: str, suggestion: str = "") -> NoReturn:
        """Raise the author's error at this place."""
        if suggestion:
            en, zh = f"{en}; did you mean {suggestion}?", f"{zh}；是否想写 {suggestion}？"
        raise RuleAuthorError(en, zh, file=self.file, line=self.line, column=self.column, suggestion=suggestion)

    def shifted(self, columns: int) -> Place:
        """Return the place that many columns to the right."""
        return Place(self.file, self.line, self.column + columns)


def nearest(name: str, known: Collection[str]) -> str:
    """Return the known name most like ``name``, or nothing."""
    found = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return found[0] if found else ""


class Value:
    """One YAML value with its place and checked readers. ``label`` says what it is, in refusals."""

    __slots__ = ("label", "node", "place")

    def __init__(self, node: Any, place: Place, label: str) -> None:
        if node.anchor:  # an alias can only point at an anchor, so this refuses both
            place.refuse("anchors and aliases are not used", "不支持锚点与别名")
        self.node = node
        self.place = place
        self.label = label

    @property
    def is_text(self) -> bool:
        """Say whether this is a scalar."""
        return bool(self.node.id == "scalar")

    @property
    def is_list(self) -> bool:
        """Say whether this is a sequence."""
        return bool(self.node.id == "sequence")

    @property
    def is_map(self) -> bool:
        """Say whether this is a mapping."""
        return bool(self.node.id == "mapping")

    @property
    def quoted(self) -> bool:
        """Say whether the author put quotes around the scalar."""
        return self.is_text and self.node.style is not None

    def text(self) -> str:
        """Return the scalar's text as written."""
        if not self.is_text:
            self.place.refuse(f"{self.label} must be text", f"{self.label} 应为文本")
        return str(self.node.value)

    def is_null(self) -> bool:
        """Say whether the scalar is empty, ``null`` or ``~``."""
        return self.is_text and not self.quoted and self.text() in ("", "null", "~")

    def boolean(self) -> bool:
        """Return true or false."""
        text = self.text()
        if text not in ("true", "false"):
            self.place.refuse(f"{self.label} must be true or false, not {text}", f"{self.label} 应为 true 或 false")
        return text == "true"

    def integer(self, low: int, high: int) -> int:
        """Return a whole number within bounds."""
        text = self.text()
        if not text.lstrip("-").isdecimal() or not text.isascii() or not low <= int(text) <= high:
            self.place.refuse(
                f"{self.label} must be a whole number from {low} to {high}", f"{self.label} 应为 {low} 到 {high} 的整数"
            )
        return int(text)

    def items(self) -> list[Value]:
        """Return the sequence's values."""
        if not self.is_list:
            self.place.refuse(f"{self.label} must be a list", f"{self.label} 应为列表")
        return [self._child(node, self.label) for node in self.node.value]

    def pairs(self) -> Iterator[tuple[Value, Value]]:
        """Yield the mapping's keys and values. Duplicate keys are refused."""
        if not self.is_map:
            self.place.refuse(f"{self.label} must be a mapping", f"{self.label} 应为键值结构")
        seen: set[str] = set()
        for key_node, value_node in self.node.value:
            key = self._child(key_node, "key")
            name = key.text()
            if name in seen:
                key.place.refuse(f"{name} is written twice", f"{name} 重复")
            seen.add(name)
            yield key, self._child(value_node, name)

    def fields(self, known: Collection[str], required: Collection[str] = ()) -> dict[str, Value]:
        """Return the mapping by key, refusing unknown keys and missing required ones."""
        found: dict[str, Value] = {}
        for key, value in self.pairs():
            name = key.text()
            if name[:1].isdigit() and name not in known:
                key.place.refuse(
                    f"{name} stands alone: write an amount without commas, such as 5000.00元",
                    f"{name} 单独成了一项：金额里不要写千位逗号，例如 5000.00元",
                )
            if name not in known:
                key.place.refuse(
                    f"{self.label} knows no {name}", f"{self.label} 中没有 {name} 这一项", nearest(name, known)
                )
            found[name] = value
        for name in required:
            if name not in found:
                self.place.refuse(f"{self.label} needs {name}", f"{self.label} 缺少 {name}")
        return found

    def choice(self, known: Collection[str]) -> str:
        """Return one of the known words."""
        text = self.text()
        if text not in known:
            self.place.refuse(
                f"{self.label} must be one of {', '.join(known)}, not {text}",
                f"{self.label} 应为 {'、'.join(known)} 之一，而不是 {text}",
                nearest(text, known),
            )
        return text

    def plain(self) -> Any:
        """Return the value as nested text, for hashing."""
        if self.is_map:
            return {key.text(): value.plain() for key, value in self.pairs()}
        return [item.plain() for item in self.items()] if self.is_list else self.text()

    @property
    def text_place(self) -> Place:
        """Where the scalar's first letter stands (behind the quote, if there is one)."""
        return self.place.shifted(1) if self.quoted else self.place

    def _child(self, node: Any, label: str) -> Value:
        mark = node.start_mark
        return Value(node, Place(self.place.file, mark.line + 1, mark.column + 1), label)


@lru_cache(maxsize=64)
def read_yaml(file: str, text: str) -> Value:
    """Parse one file (once: the values never change). Raises RuleAuthorError with the place of the first fault."""
    top = Place(file, 1, 1)
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        top.refuse("a rule file may have at most 1 MB", "规则文件不得超过 1 MB")
    try:
        node = compose(text)
    except TooDeep as deep:
        _too_deep(Place(file, deep.line + 1, deep.column + 1))
    except Unusual:
        node = _carefully(top, text)
    if node.id != "mapping":
        top.refuse("the file must hold a mapping", "文件应为键值结构")
    return Value(node, top, file)


def _too_deep(place: Place) -> NoReturn:
    place.refuse(f"nested too deep, at most {MAX_DEPTH} levels", f"套得太深，最多 {MAX_DEPTH} 层")


def _carefully(top: Place, text: str) -> Any:
    """Parse what the fast reader does not take. Raises RuleAuthorError with the place of the first fault."""
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(top.file, mark.line + 1, mark.column + 1) if mark else top
        place.refuse(*of_yaml(text, place.line - 1, str(error.problem)))
    except ReaderError as error:
        before = text[: error.position]
        place = Place(top.file, before.count("\n") + 1, error.position - before.rfind("\n"))
        code = f"U+{ord(text[error.position]):04X}"
        place.refuse(f"a letter that no text has ({code}): take it out", f"有看不见的控制字符（{code}），请删去")
    except RecursionError:
        _too_deep(top)
    except (YAMLError, ValueError) as error:
        top.refuse(f"not valid YAML: {error}", f"YAML 格式错误：{error}")
    if node is None:
        top.refuse("the file must hold a mapping", "文件应为键值结构")
    return node
