"""Rule files that the prover wrote itself, read without the YAML reader, which takes three quarters of the time."""

from __future__ import annotations

import json
from typing import Any

from ruamel.yaml.error import StringMark
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from rules.text.source import Place, Value


def read_generated(file: str, text: str) -> Value:
    """Read a JSON file as `rules.text.source.read_yaml` would; its rules stand on line 2 and following."""
    return Value(_node(json.loads(text), 0), Place(file, 1, 1), file)


def _node(value: Any, line: int) -> Any:
    mark = StringMark("generated", 0, line, 0, "", 0)
    if isinstance(value, dict):
        pairs = [
            (_node(key, line), _rules(each) if key == "rules" else _node(each, line)) for key, each in value.items()
        ]
        return MappingNode("map", pairs, mark, mark)
    if isinstance(value, list):
        return SequenceNode("seq", [_node(each, line) for each in value], mark, mark)
    if isinstance(value, str):
        return ScalarNode("str", value, mark, mark, style='"')
    return ScalarNode("plain", json.dumps(value), mark, mark)


def _rules(rules: list[Any]) -> Any:
    mark = StringMark("generated", 0, 1, 0, "", 0)
    return SequenceNode("seq", [_node(rule, at) for at, rule in enumerate(rules, start=1)], mark, mark)
