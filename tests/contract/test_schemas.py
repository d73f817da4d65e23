"""The frozen schemas, the golden examples, the wire form and the parser say the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from intake.canonical import parse_order
from orders.decision import decision_to_json, engine_failed_body
from orders.draft import draft_from_json, draft_to_json
from orders.errors import InvalidOrder
from orders.wire import content_hash, order_from_json, order_to_json
from tests.contract.order_strategy import inputs, orders

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "schema"
KINDS = ("order", "decision", "read")


def schema(kind: str) -> dict[str, Any]:
    return json.loads((ROOT / "orders" / "schema" / f"{kind}.schema.json").read_text())


VALIDATORS = {kind: Draft202012Validator(schema(kind)) for kind in KINDS}


def load(path: Path) -> Any:
    return json.loads(path.read_text())


def cases(verdict: str) -> list[Any]:
    paths = sorted(path for kind in KINDS for path in (GOLDEN / kind / verdict).glob("*.json"))
    return [pytest.param(path.parts[-3], path, id=f"{path.parts[-3]}-{path.stem}") for path in paths]


def places(error: Any) -> set[str]:
    """Return the pointers an error speaks of, the missing or unknown key included."""
    here = "".join(f"/{part}" for part in error.absolute_path)
    if error.validator == "required":
        return {f"{here}/{key}" for key in error.validator_value if key not in error.instance}
    if error.validator == "additionalProperties":
        return {f"{here}/{key}" for key in error.instance if key not in error.schema["properties"]}
    if error.validator == "anyOf":  # a line that names no product
        return {f"{here}/sku"}
    return {here}


SPOILT = (1, 12.5, "1e3", "-1", "1,5", "", [], {}, True, "NaN", "12345678901234567")


def spoil(data: st.DataObject, value: dict[str, Any]) -> None:
    """Make one place of a sound input wrong: a decimal that is none, a key nobody knows, a required one gone."""
    line = data.draw(st.sampled_from(value["lines"]))
    match data.draw(st.sampled_from(["decimal", "unknown", "missing", "enum"])):
        case "decimal":
            line[data.draw(st.sampled_from(["quantity", "unit_price"]))] = data.draw(st.sampled_from(SPOILT))
        case "unknown":
            data.draw(st.sampled_from([value, line]))["surprise"] = None
        case "missing":
            del line["quantity"]
        case "enum":
            value["type"] = "STOCK"


@pytest.mark.parametrize("kind", KINDS)
def test_schema_is_valid_2020_12(kind: str) -> None:
    Draft202012Validator.check_schema(schema(kind))


@pytest.mark.parametrize(("kind", "path"), cases("valid"))
def test_golden_valid_example_is_accepted(kind: str, path: Path) -> None:
    assert list(VALIDATORS[kind].iter_errors(load(path))) == []


@pytest.mark.parametrize(("kind", "path"), cases("invalid"))
def test_golden_invalid_example_is_refused_at_its_pointer(kind: str, path: Path) -> None:
    case = load(path)
    errors = list(VALIDATORS[kind].iter_errors(case["value"]))
    assert [error.validator for error in errors] == [case["rule"]]
    assert case["pointer"] in places(errors[0])


@pytest.mark.parametrize("path", sorted((GOLDEN / "order" / "valid").glob("*.json")), ids=lambda path: path.stem)
def test_golden_valid_order_is_accepted_by_the_parser(path: Path) -> None:
    value = load(path)
    taken = parse_order(value)
    assert (taken.currency, len(taken.lines)) == (value["currency"], len(value["lines"]))


@pytest.mark.parametrize("path", sorted((GOLDEN / "order" / "invalid").glob("*.json")), ids=lambda path: path.stem)
def test_golden_invalid_order_is_refused_by_the_parser_at_its_pointer(path: Path) -> None:
    case = load(path)
    with pytest.raises(InvalidOrder) as caught:
        parse_order(case["value"])
    assert [problem.pointer for problem in caught.value.problems] == [case["pointer"]]


@given(orders)
def test_wire_output_satisfies_the_schema_and_comes_back(order: Any) -> None:
    value = json.loads(json.dumps(order_to_json(order)))
    VALIDATORS["order"].validate(value)
    assert order_from_json(value) == order
    assert content_hash(order_from_json(value)) == content_hash(order)


@given(orders)
def test_every_key_of_the_output_is_in_the_schema_and_the_other_way(order: Any) -> None:
    value = order_to_json(order)
    assert set(value) == set(schema("order")["properties"])
    assert set(value["lines"][0]) == set(schema("order")["$defs"]["line"]["properties"])
    assert set(value["ship_to"]["address"]) == set(schema("order")["$defs"]["address"]["properties"])


@given(inputs())
def test_what_the_schema_allows_the_parser_accepts(value: dict[str, Any]) -> None:
    assert list(VALIDATORS["order"].iter_errors(value)) == []
    taken = parse_order(value)
    assert (taken.currency, len(taken.lines)) == (value["currency"], len(value["lines"]))


@given(inputs(), st.data())
def test_a_spoiled_input_is_refused_by_schema_and_parser_alike(value: dict[str, Any], data: st.DataObject) -> None:
    spoil(data, value)
    assert not VALIDATORS["order"].is_valid(value)
    with pytest.raises(InvalidOrder):
        parse_order(value)


def test_decision_output_satisfies_the_schema() -> None:
    from datetime import UTC, datetime

    from orders.decision import Decision

    at = datetime(2026, 11, 22, 2, 15, tzinfo=UTC)
    decision = Decision(
        "dec_1", at, "durable_rules", engine_failed_body("超时", "timed out"), "a" * 64, "b" * 64, "c" * 64
    )
    assert list(VALIDATORS["decision"].iter_errors(decision_to_json(decision))) == []


def test_draft_comes_back_as_the_schema_says() -> None:
    draft = load(GOLDEN / "read" / "valid" / "scan.json")["orders"][0]
    assert draft_to_json(draft_from_json(draft)) == draft
