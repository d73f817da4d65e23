"""Small edits of a policy file's text that keep its comments and layout: a parameter's value, a rule switched off.

Place in the order's way: before it; what the workbench's forms do to a file. Knows places, not meanings.
"""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML

from orders.errors import RuleAuthorError
from rules.text.source import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rules.text.source import Value

Edit = tuple[int, int, str]
"""From where to where (characters), and what stands there then."""
ListedOrText = str | list[str]


def section(file: str, text: str, name: str) -> Value | None:
    """Return one top-level value of a file. Raises RuleAuthorError when the text is no YAML of ours."""
    return next((value for key, value in read_yaml(file, text).pairs() if key.text() == name), None)


def param_values(file: str, text: str) -> dict[str, ListedOrText]:
    """Return each parameter as written: text, or a list of texts."""
    params = section(file, text, "params")
    return {} if params is None else {key.text(): _inner(value).plain() for key, value in params.pairs()}


def set_params(file: str, text: str, changes: dict[str, ListedOrText]) -> str:
    """Return the file with some parameters' values replaced. Raises RuleAuthorError for a name it does not have."""
    params = section(file, text, "params")
    values = {} if params is None else {key.text(): _inner(value) for key, value in params.pairs()}
    edits = []
    for name, wanted in changes.items():
        if name not in values:
            raise RuleAuthorError(f"there is no parameter {name}", f"没有参数 {name}", file=file)
        edits.append((*span(values[name]), _written(wanted, _quoted(values[name]))))
    return applied(text, edits)


def set_enabled(file: str, text: str, rule: str, enabled: bool) -> str:
    """Return the file with a rule switched on or off; the same text when it is so already, or has no such rule."""
    found = rule_value(file, text, rule)
    if found is None:
        return text
    keys = {key.text(): value for key, value in found.pairs()}
    word = "true" if enabled else "false"
    if "enabled" in keys:
        return text if keys["enabled"].text() == word else applied(text, [(*span(keys["enabled"]), word)])
    if enabled:
        return text
    end = span(keys["id"])[1]
    if found.node.flow_style:
        return applied(text, [(end, end, f", enabled: {word}")])
    line_end = text.find("\n", end)
    place = len(text) if line_end < 0 else line_end
    return applied(text, [(place, place, f"\n{' ' * (found.place.column - 1)}enabled: {word}")])


def without(files: dict[str, str], rules: Iterable[str]) -> dict[str, str]:
    """Return all files with these rules switched off, wherever they stand."""
    found = dict(files)
    for rule in rules:
        found = {name: set_enabled(name, text, rule, enabled=False) for name, text in found.items()}
    return found


def add_examples(file: str, text: str, lines: Iterable[str]) -> str:
    """Return the file with examples appended, each one YAML flow mapping on a line. Raises RuleAuthorError."""
    examples = section(file, text, "examples")
    if examples is None:
        new = f"{text.rstrip()}\n\nexamples:\n" + _listed(lines, 2)
    elif examples.is_list and not examples.node.flow_style and examples.items():
        start, end = span(examples.items()[-1])
        dash = text.rindex("-", 0, start)
        place = text.find("\n", end - 1) + 1 or len(text)
        head = text[:place] if text[:place].endswith("\n") else text[:place] + "\n"
        new = head + _listed(lines, dash - text.rfind("\n", 0, dash) - 1) + text[place:]
    else:
        examples.place.refuse("write the examples as a list, one below the other", "请把示例写成逐行的列表")
    read_yaml(file, new)
    return new


def _listed(lines: Iterable[str], indent: int) -> str:
    return "".join(f"{' ' * indent}- {line.strip().removeprefix('- ')}\n" for line in lines)


def set_rule(file: str, text: str, rule: str, parts: Mapping[str, Any]) -> str:
    """Return the file with some keys of a rule written anew (``when``, ``then``, …); None takes a key out.

    A rule that the file does not have is added behind the last one, with all of ``parts``. Raises RuleAuthorError.
    """
    found = rule_value(file, text, rule)
    if found is None:
        return _with_rule(file, text, {"id": rule, **parts})
    if found.node.flow_style:
        own = {**found.plain(), **parts}
        kept = {key: value for key, value in own.items() if value is not None}
        return applied(text, [(*span(found), _flow(kept))])
    column, keys = found.place.column - 1, {key.text(): (key, value) for key, value in found.pairs()}
    edits, behind = [], _end(text, span(keys["id"][1])[1])
    for name, value in parts.items():
        if name in keys:
            start, end = span(keys[name][0])[0], _end(text, span(keys[name][1])[1])
            edits.append((start, end, "" if value is None else _block({name: value}, column)))
        elif value is not None:
            edits.append((behind, behind, "\n" + " " * column + _block({name: value}, column)))
    new = applied(text, edits)
    read_yaml(file, new)
    return new


def _with_rule(file: str, text: str, parts: Mapping[str, Any]) -> str:
    rules = section(file, text, "rules")
    if rules is None or rules.node.flow_style or not rules.items():
        raise RuleAuthorError("write the rules as a list, one below the other", "请把规则写成逐行的列表", file=file)
    start, end = span(rules.items()[-1])
    dash = text.rindex("-", 0, start)
    indent = dash - text.rfind("\n", 0, dash) - 1
    place = _end(text, end)
    added = f"\n\n{' ' * indent}- " + _block(parts, indent + 2)
    new = text[:place] + added + text[place:]
    read_yaml(file, new)
    return new


def _end(text: str, end: int) -> int:
    """Return where a value ends, without the blank and comment lines that YAML counts to it."""
    head = text[:end].rstrip()
    while head.rpartition("\n")[2].lstrip().startswith("#"):
        head = head.rpartition("\n")[0].rstrip()
    return len(head)


def _block(value: Mapping[str, Any], column: int) -> str:
    """Write keys as YAML below one another, the first one where the text stands already."""
    writer = YAML()
    writer.width = 110
    writer.indent(mapping=2, sequence=4, offset=2)
    out = StringIO()
    writer.dump(dict(value), out)
    return ("\n" + " " * column).join(out.getvalue().rstrip("\n").split("\n"))


def _flow(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False)


def rule_ids(file: str, text: str) -> list[str]:
    """Return the ids of a file's rules."""
    rules = section(file, text, "rules")
    return [] if rules is None else [_id(item) for item in rules.items()]


def rule_value(file: str, text: str, rule: str) -> Value | None:
    """Return one rule of a file."""
    rules = section(file, text, "rules")
    return None if rules is None else next((item for item in rules.items() if _id(item) == rule), None)


def span(value: Value) -> tuple[int, int]:
    """Return where a value stands in its text."""
    return value.node.start_mark.index, value.node.end_mark.index


def applied(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with all edits done; they do not overlap."""
    for start, end, wanted in sorted(edits, reverse=True):
        text = text[:start] + wanted + text[end:]
    return text


def _id(rule: Value) -> str:
    return next((value.text() for key, value in rule.pairs() if key.text() == "id"), "")


def _inner(value: Value) -> Value:
    if not value.is_map:
        return value
    return next((item for key, item in value.pairs() if key.text() == "value"), value)


def _quoted(value: Value) -> bool:
    """Say whether the author quotes: quoted digits are text, plain ones a number."""
    return any(item.quoted for item in value.items()) if value.is_list else value.quoted


def _written(wanted: ListedOrText, quoted: bool) -> str:
    if isinstance(wanted, list):
        return "[" + ", ".join(scalar(item, quoted) for item in wanted) + "]"
    return scalar(wanted, quoted)


def scalar(text: str, quoted: bool) -> str:
    """Write text plainly where the author does and YAML reads the same back, else in quotes."""
    return text if not quoted and _reads_back(text) else json.dumps(text, ensure_ascii=False)


def _reads_back(text: str) -> bool:
    try:
        found: Any = read_yaml("value", f"{{v: [{text}, x]}}").plain()
    except RuleAuthorError:
        return False
    return bool(text) and found == {"v": [text, "x"]}
