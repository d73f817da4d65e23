"""Every shipped policy proves itself: schema, examples, and a test of its row that turns red when a rule is paused."""

import importlib
import json
import re
from itertools import product
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from rules.bundle import POLICIES, load_bundle, policy_files
from rules.examples import check, test
from rules.mutants import examine
from tests.unit.rules import cases

SCHEMA = json.loads((POLICIES.parent / "schema" / "policy.schema.json").read_text("utf-8"))
MODULES = ("validate", "fraud", "credit", "route", "more")
RULES = [rule.id for rule in cases.shipped().book.rules]


@pytest.mark.parametrize("path", sorted(POLICIES.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_policy_file_fits_the_schema_that_editors_use(path: Path):
    written = YAML(typ="safe").load(path.read_text("utf-8"))
    assert list(jsonschema.Draft202012Validator(SCHEMA).iter_errors(written)) == []


def test_the_schema_refuses_what_the_reader_refuses():
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"policy": "p", "owner": "risk", "rulez": []}, SCHEMA)


def test_every_example_of_every_file_comes_out_as_written():
    assert [str(failure) for failure in test(cases.shipped())] == []
    assert check([POLICIES]) == []


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_is_named_by_an_example(rule):
    named = set()
    for policy in cases.shipped().book.policies:
        for example in policy.examples:
            named |= set(example.expect.get("fires", ()))
    assert rule in named


@pytest.mark.parametrize("file", sorted(policy_files()))
def test_U1_every_mutant_of_the_shipped_policies_is_noticed_by_an_example(file):
    found = examine(policy_files(), only=[file])
    assert [str(mutant) for mutant in found.survivors] == []
    assert len(found.mutants) >= 10


def _tests_of(row: str) -> list:
    """Return the calls of every test of a row, parameters filled in."""
    calls = []
    for name in MODULES:
        module = importlib.import_module(f"tests.unit.rules.test_rows_{name}")
        for title, function in vars(module).items():
            if title.startswith(f"test_{row.replace('-', '_')}_"):
                calls += [(function, arguments) for arguments in _arguments(function)]
    return calls


def _arguments(function) -> list[dict]:
    marks = [mark for mark in getattr(function, "pytestmark", []) if mark.name == "parametrize"]
    axes = []
    for mark in marks:
        names, values = mark.args[0], mark.args[1]
        names = [names] if isinstance(names, str) else list(names)
        axes.append([dict(zip(names, value if len(names) > 1 else [value], strict=True)) for value in values])
    return [{key: value for part in chosen for key, value in part.items()} for chosen in product(*axes)]


def _red(calls: list) -> int:
    found = 0
    for function, arguments in calls:
        try:
            function(**arguments)
        except (AssertionError, StopIteration, IndexError):
            found += 1
    return found


@pytest.mark.parametrize("rule", RULES)
def test_pausing_a_rule_turns_a_test_of_its_row_red(rule, monkeypatch):
    calls = _tests_of(re.match(r"[A-Z]+-\d+", rule)[0])
    assert calls
    paused = {}
    for name, text in policy_files().items():
        paused[name] = text.replace(f"- id: {rule}\n", f"- id: {rule}\n    enabled: false\n")
    monkeypatch.setattr(cases, "policy_files", lambda: dict(paused))
    for cached in (cases.shipped, cases.without, cases.with_param):
        cached.cache_clear()
    try:
        assert rule not in {found.id for found in cases.shipped().program.rules}
        assert _red(calls) > 0
    finally:
        for cached in (cases.shipped, cases.without, cases.with_param):
            cached.cache_clear()


def test_a_file_that_is_taken_away_is_noticed():
    files = policy_files()
    del files["credit.yaml"]
    with pytest.raises(Exception, match="green_lane"):
        load_bundle(files)
