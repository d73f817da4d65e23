"""A change of the rules over HTTP: what its JSON Schema allows is what is taken, value by value."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from server.api.rulework.rule_drafts import Draft, NewDraft
from server.api.rulework.rulebook import CheckedFiles

BODIES: list[tuple[type[Draft | CheckedFiles], Any, bool]] = [
    (NewDraft, {"title": "x"}, True),
    (NewDraft, {}, False),
    (NewDraft, {"title": None}, False),
    (NewDraft, {"title": " "}, False),
    (NewDraft, {"title": "x" * 201}, False),
    (NewDraft, {"title": "x", "other": 1}, False),
    (NewDraft, {"title": "x", "follow": 1}, False),
    (NewDraft, {"title": "x", "files": {"a.yaml": None}}, True),
    (NewDraft, {"title": "x", "files": {"a.yaml": 5}}, False),
    (NewDraft, {"title": "x", "files": {"a/b.yaml": "p"}}, False),
    (NewDraft, {"title": "x", "files": {"": {}}}, False),
    (NewDraft, {"title": "x", "files": None}, False),
    (NewDraft, {"title": "x", "params": {"a.yaml": {"limit": "5", "words": ["驿站"]}}}, True),
    (NewDraft, {"title": "x", "params": {"a.yaml": {"limit": 5}}}, False),
    (NewDraft, {"title": "x", "params": {"a.yaml": {"words": [None]}}}, False),
    (NewDraft, {"title": "x", "params": {"规则": {}}}, False),
    (NewDraft, {"title": "x", "tables": {"a.yaml": {"region": [["湖北", None]]}}}, True),
    (NewDraft, {"title": "x", "tables": {"a.yaml": {"region": ["湖北"]}}}, False),
    (NewDraft, {"title": "x", "tables": {"a.yaml": [["湖北"]]}}, False),
    (Draft, {}, True),
    (Draft, {"title": None}, True),
    (Draft, {"title": ""}, False),
    (CheckedFiles, {"files": {"a.yaml": "p"}}, True),
    (CheckedFiles, {"files": {}}, False),
    (CheckedFiles, {"files": {"a b": "p"}}, False),
    (CheckedFiles, {"files": {"a.yaml": "p" * 500_000}}, True),
    (CheckedFiles, {"files": {"a.yaml": "p" * 500_001}}, False),
    (CheckedFiles, {"files": {f"{number}.yaml": "p" for number in range(201)}}, False),
]


@pytest.mark.parametrize(("model", "body", "right"), BODIES)
def test_RSK_10_the_schema_of_a_change_allows_what_is_taken(model: type[Draft], body: Any, right: bool) -> None:
    allowed = Draft202012Validator(model.model_json_schema()).is_valid(body)
    try:
        model.model_validate(body)
        taken = True
    except ValidationError:
        taken = False
    assert (allowed, taken) == (right, right)
