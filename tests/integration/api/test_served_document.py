"""What `/openapi.json` says is what is served: schemathesis calls every operation with sound and unsound data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from jsonschema import Draft202012Validator
from schemathesis.checks import load_all_checks, negative_data_rejection
from schemathesis.config import GenerationConfig
from schemathesis.core.control import SkipTest
from schemathesis.core.failures import FailureGroup
from schemathesis.generation import GenerationMode

from server.api.call.door import door_of
from tests.integration.api.conftest import order

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

EXAMPLES = {GenerationMode.POSITIVE: 4, GenerationMode.NEGATIVE: 2}
"""Calls of each operation; of the sound ones every second names something that is there."""
ACCEPTED = ["2xx", "304", "404", "409", "412", "422"]
"""Sound in shape may still name an unknown SKU (422), a stale version (412), a state that forbids it (409)."""


def spec(api: Api) -> dict[str, Any]:
    return api.get("/openapi.json", role=None).json


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in ("get", "put", "post", "patch", "delete")
    ]


def test_document_is_openapi_3_1_and_holds_the_frozen_schemas(lite: Api) -> None:
    document = spec(lite)
    assert document["openapi"].startswith("3.1")
    for name, schema in document["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema), name
    assert set(document["components"]["schemas"]) >= {"Order", "Decision", "ReadResult", "Problem"}


def test_every_address_is_described_and_every_description_is_served(lite: Api) -> None:
    served = {
        (method.lower(), re.sub(r"<(?:[a-z]+:)?([^>]+)>", r"{\1}", rule.rule))
        for rule in lite.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if door_of(lite.app.view_functions[rule.endpoint]) is not None
    }
    assert {(method, path) for method, path, _ in operations(spec(lite))} == served


def test_every_reference_leads_somewhere_and_every_operation_has_its_own_name(lite: Api) -> None:
    document = spec(lite)
    names = set(document["components"]["schemas"])
    found = set(re.findall(r'"\$ref": ?"#/components/schemas/([^"]+)"', lite.get("/openapi.json").text))
    assert found <= names
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(ids) == len(set(ids))
    assert all(operation.get("summary") for _, _, operation in operations(document))


def filled(api: Api) -> dict[str, list[str]]:
    """Put one of everything in; return what names in paths may be."""
    view = api.post("/v1/orders", order()).json
    held = order(number="H-1")
    held["ship_to"]["address"]["text"] = "江苏省苏州市虎丘区星湖街328号菜鸟驿站"
    hold = api.post("/v1/orders", held).json["holds"][0]
    document = api.upload("/v1/documents", "order.csv", "SKU,数量\nA-1001,5\n".encode()).json
    endpoint = api.post("/v1/webhook-endpoints", {"url": "https://93.184.215.14/hook"}).json
    report = api.post("/v1/sites:batch", {"items": [{"code": "S-1", "name": "x"}]}).json
    message = api.get("/v1/outbox").json["data"][0]
    return {
        "order_id": [view["id"]],
        "hold_id": [hold["id"]],
        "decision_id": [view["decision"]["id"]],
        "document_id": [document["id"]],
        "endpoint_id": [endpoint["id"]],
        "import_id": [report["id"]],
        "message_id": [message["id"]],
        "code": ["A-1001", "GZ", "A-1001@GZ", "not_found", *api.deps.engine.bundle.files],
    }


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["sound", "unsound"])
def test_every_operation_answers_as_described(lite: Api, mode: GenerationMode) -> None:
    load_all_checks()
    known = filled(lite)
    document = schemathesis.openapi.from_wsgi("/openapi.json", app=lite.app)
    # NUL: test_hostile. A wrong key is test_doors': here each call has the right one, whatever was generated for it.
    document.config.generation = GenerationConfig(modes=[mode], allow_x00=False, with_security_parameters=False)
    document.config.checks.positive_data_acceptance.expected_statuses = ACCEPTED
    headers = {"Authorization": f"Bearer {lite.keys['admin']}"}
    failed: dict[str, str] = {}
    for found in document.get_all_operations():
        operation = found.ok()
        try:
            _exercise(operation, mode, known, headers)
        except SkipTest:
            assert mode is GenerationMode.NEGATIVE  # nothing can be said wrongly where nothing is said
        except FailureGroup as group:
            failed[operation.label] = "\n".join(str(error)[:1500] for error in group.exceptions)
    assert not failed, "\n\n".join(f"{label}\n{text}" for label, text in failed.items())


def _exercise(operation: Any, mode: GenerationMode, known: dict[str, list[str]], headers: dict[str, str]) -> None:
    turn = iter(range(10_000))
    # An item of a batch that is wrong is named in its own result; the others are taken, and the answer is 200.
    each_for_itself = [negative_data_rejection] if operation.path.endswith(":batch") else []

    @settings(
        max_examples=EXAMPLES[mode],
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def call(case: Any) -> None:
        number = next(turn)
        for name in case.path_parameters or {}:
            if name in known and number % 2 == 0 and mode is GenerationMode.POSITIVE:
                case.path_parameters[name] = known[name][number // 2 % len(known[name])]
        case.call_and_validate(headers=headers, excluded_checks=each_for_itself)

    call()
