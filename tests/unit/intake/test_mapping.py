"""Channel templates: each platform's own record becomes the one order, and what is not mapped is named, never null."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from intake.canonical import parse_order
from intake.mapping.engine import compile_template, records, run
from intake.mapping.explain import explain
from intake.mapping.form import form_of
from intake.mapping.number import Unfit
from intake.mapping.preset import presets
from intake.mapping.template import FieldMap, Template, load_template, template_json, template_schema
from intake.readers.payload import load_strict
from orders.errors import InvalidOrder, UnreadableDocument
from tests.unit.intake.cast import ROOT

GOLDEN = ROOT / "tests" / "golden" / "channels"
PLATFORMS = sorted(path.name for path in GOLDEN.iterdir())

BASE: dict[str, Any] = {
    "name": "试",
    "lines": "items",
    "fields": {
        "number": {"from": "no", "as": "id_text", "required": True},
        "payment.status": {"from": "state", "as": "enum", "map": {"1": "paid"}},
        "totals.payable": {"from": "pay", "as": "money", "unit": "fen"},
        "lines.sku": {"from": ["code", "alt.code"], "required": True},
        "lines.quantity": {"from": "n", "as": "quantity", "required": True},
    },
}


def template(**fields: Any) -> Template:
    return load_template({**BASE, "fields": {**BASE["fields"], **fields}})


def mapped(record: dict[str, Any], **fields: Any) -> Any:
    plan = compile_template(template(**fields))
    return run(plan, records(plan, record)[0])


def record(**changes: Any) -> dict[str, Any]:
    return {"no": "1", "state": 1, "pay": 2500, "items": [{"code": "A-1001", "n": 2}], **changes}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_IN_03_a_platforms_native_record_becomes_the_one_order(platform: str) -> None:
    plan = compile_template(presets()[platform])
    value = load_strict((GOLDEN / platform / "input.json").read_bytes())
    found = [run(plan, one) for one in records(plan, value)]
    assert [one.needs for one in found] == [()] * len(found)
    for one in found:
        parse_order(one.order)
    told = [one.order for one in found]
    expected = GOLDEN / platform / "order.json"
    if not expected.exists():
        expected.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert told == json.loads(expected.read_text(encoding="utf-8"))


def test_IN_03_there_is_a_preset_for_every_platform_named_and_each_has_its_golden_record() -> None:
    named = {"taobao", "jd", "pinduoduo", "douyin", "alibaba", "meituan", "youzan", "wechat", "shopify", "woocommerce"}
    assert named | {"mini_program", "pos", "dealer", "yonyou_u8", "kingdee"} == set(presets()) == set(PLATFORMS)


def test_IN_14_a_tills_order_is_picked_up_in_the_shop() -> None:
    order = json.loads((GOLDEN / "pos" / "order.json").read_text(encoding="utf-8"))[0]
    assert (order["fulfilment"], order["attributes"]["shop"]) == ("pickup", "GZ")


def test_MAP_13_a_gift_line_survives_mapping() -> None:
    order = json.loads((GOLDEN / "douyin" / "order.json").read_text(encoding="utf-8"))[0]
    assert [line.get("is_gift") for line in order["lines"]] == [None, True]


def test_encrypted_personal_data_is_left_out_and_named() -> None:
    order = json.loads((GOLDEN / "douyin" / "order.json").read_text(encoding="utf-8"))[0]
    assert "contact" not in order["ship_to"]
    assert order["attributes"]["encrypted_fields"].split() == [
        "ship_to.contact.name", "ship_to.contact.phone", "ship_to.address.detail",
    ]  # fmt: skip


@pytest.mark.parametrize(("field", "without"), [("number", "no"), ("lines.sku", "code"), ("lines.quantity", "n")])
def test_MAP_01_a_required_field_without_a_value_is_a_named_error(field: str, without: str) -> None:
    value = record()
    (value if without in value else value["items"][0]).pop(without)
    ((place, need),) = mapped(value).needs
    assert (need.target, need.reason) == (field, "missing")
    assert need.problem(place).code == "needs_mapping"


def test_MAP_01_an_optional_field_without_a_value_is_left_out() -> None:
    assert mapped(record(pay=None)).needs == ()


def test_MAP_04_an_unknown_label_is_named_and_never_null() -> None:
    ((place, need),) = mapped(record(state=77)).needs
    assert (place, need.reason, need.value) == ("/payment/status", "unknown_label", "77")
    assert "77" in need.problem(place).message_zh


def test_MAP_06_a_cross_border_channel_needs_its_customs_block() -> None:
    with pytest.raises(InvalidOrder, match=r"customs"):
        load_template({**BASE, "cross_border": True})
    plan = compile_template(
        load_template({**BASE, "cross_border": True, "fields": {**BASE["fields"], "customs.hs_code": {"from": "hs"}}})
    )
    assert run(plan, record(hs="8481")).order["customs"] == {"hs_code": "8481"}
    assert [place for place, _ in run(plan, record()).needs] == ["/customs"]


def test_IN_18_a_new_channel_with_customs_fields_is_one_template_and_no_code() -> None:
    new = {
        **BASE,
        "name": "跨境-试",
        "cross_border": True,
        "fields": {**BASE["fields"], "customs.id_no": {"from": "card"}},
    }
    assert run(compile_template(load_template(new)), record(card="x")).order["customs"] == {"id_no": "x"}


def test_MAP_02_a_template_survives_being_stored_and_cloned() -> None:
    for preset in presets().values():
        stored = json.loads(json.dumps(template_json(preset)))
        assert load_template(stored) == preset
        assert load_template({**stored, "name": "另一家店"}).fields == preset.fields
        Draft202012Validator(template_schema()).validate(stored)


FAULTS = {
    "/fields/lines.quantity": {"lines.quantity": None},
    "/fields/lines.skus": {"lines.skus": {"from": "x"}},
    "/fields/totals.payable/unit": {"totals.payable": {"from": "x", "as": "money"}},
    "/fields/issued_at/format": {"issued_at": {"from": "x", "as": "time"}},
    "/fields/type/map": {"type": {"from": "x", "as": "enum"}},
    "/fields/type/map/a": {"type": {"from": "x", "as": "enum", "map": {"a": "sold"}}},
    "/fields/number/as": {"number": {"from": "x", "as": "quantity"}},
    "/fields/note/from": {"note": {"as": "text"}},
    "/fields/note/frm": {"note": {"frm": "x"}},
    "/fields/note/as": {"note": {"from": "x", "as": "eval"}},
}


@pytest.mark.parametrize("pointer", FAULTS)
def test_a_broken_template_is_refused_at_its_place(pointer: str) -> None:
    fields = {name: one for name, one in {**BASE["fields"], **FAULTS[pointer]}.items() if one is not None}
    with pytest.raises(InvalidOrder) as refused:
        load_template({**BASE, "fields": fields})
    assert pointer in {problem.pointer for problem in refused.value.problems}


def test_a_misspelt_field_has_the_nearest_right_ones() -> None:
    with pytest.raises(InvalidOrder) as refused:
        template(**{"lines.skuu": {"from": "x"}})
    assert "lines.sku" in refused.value.problems[0].candidates


def shaped(kind: Any, value: Any, **one: Any) -> Any:
    return form_of(FieldMap.model_validate({"from": ["x"], **one}), kind, "Asia/Shanghai")(value)


@pytest.mark.parametrize(
    ("value", "unit", "amount"),
    [(1250, "fen", "12.50"), ("5", "fen", "0.05"), (-50, "fen", "-0.50"), ("0", "fen", "0.00"), ("12.5", "yuan", "12.50"), (Decimal("12.345"), "yuan", "12.35"), ("1,234.5", "yuan", "1234.50")],  # noqa: E501
)  # fmt: skip
def test_money_in_the_declared_unit(value: Any, unit: str, amount: str) -> None:
    assert shaped("amount", value, **{"as": "money", "unit": unit}) == amount


@pytest.mark.parametrize(
    ("value", "unit"),
    [("12.5", "fen"), (Decimal("0.5"), "fen"), ("abc", "yuan"), (True, "fen"), ([], "yuan"), ("1e5", "yuan")],
)
def test_money_that_does_not_fit_its_unit_is_refused(value: Any, unit: str) -> None:
    with pytest.raises(Unfit):
        shaped("amount", value, **{"as": "money", "unit": unit})


@pytest.mark.parametrize(
    ("value", "text"), [("58218860983545941", "58218860983545941"), (58218860983545941, "58218860983545941"), (Decimal("13800138000.0"), "13800138000")]  # noqa: E501
)  # fmt: skip
def test_ids_are_text(value: Any, text: str) -> None:
    assert shaped("text", value, **{"as": "id_text"}) == text


@pytest.mark.parametrize("value", [Decimal("5.8218860983545941E+16"), Decimal("9007199254740992.0"), Decimal("1.5")])
def test_an_id_that_a_program_has_damaged_is_refused(value: Decimal) -> None:
    with pytest.raises(Unfit):
        shaped("text", value, **{"as": "id_text"})


@pytest.mark.parametrize(
    ("value", "form", "zone", "time"),
    [
        (1795320900, "epoch_s", None, "2026-11-22T12:15:00+08:00"),
        ("1795320900000", "epoch_ms", None, "2026-11-22T12:15:00+08:00"),
        ("2026-11-22 10:15:00", "%Y-%m-%d %H:%M:%S", None, "2026-11-22T10:15:00+08:00"),
        ("2026-11-22T02:15:00", "iso", "UTC", "2026-11-22T02:15:00+00:00"),
        ("2026-11-22T02:15:00.5Z", "iso", None, "2026-11-22T02:15:00+00:00"),
        ("20170913231708000-0700", "alibaba", None, "2017-09-13T23:17:08-07:00"),
    ],
)
def test_times_in_their_declared_format(value: Any, form: str, zone: str | None, time: str) -> None:
    assert shaped("time", value, **{"as": "time", "format": form, "zone": zone}) == time


@pytest.mark.parametrize(
    ("value", "form"),
    [("soon", "iso"), ("2026-13-01", "%Y-%m-%d"), (10**20, "epoch_s"), ("x", "alibaba")],
)
def test_times_that_are_none_are_refused(value: Any, form: str) -> None:
    with pytest.raises(Unfit):
        shaped("time", value, **{"as": "time", "format": form})


def test_paths_lead_through_lists_json_in_text_and_to_the_order() -> None:
    order = mapped(
        record(extra='{"a":[{"b":"x"}]}', tags=["t0", "t1"]),
        note={"from": "extra{}.a.0.b"},
        **{"attributes.tag": {"from": "tags.1"}, "lines.attributes.order": {"from": "^no", "as": "id_text"}},
    ).order
    assert (order["note"], order["attributes"]["tag"], order["lines"][0]["attributes"]["order"]) == ("x", "t1", "1")


def test_hostile_json_in_text_and_wrong_shapes_say_nothing_and_break_nothing() -> None:
    for extra in ("{", "[" * 100_000, 5, None, {"a": 1}):
        assert "note" not in mapped(record(extra=extra), note={"from": "extra{}.a.0.b"}).order
    assert mapped(record(items="x")).needs
    assert mapped(record(items=[1])).needs


def test_no_order_at_the_templates_path_is_refused() -> None:
    plan = compile_template(load_template({**BASE, "orders": "a.b"}))
    for value in ({}, {"a": {"b": []}}, [], 5, None):
        with pytest.raises(UnreadableDocument):
            records(plan, value)


def test_rows_of_one_order_number_are_one_order() -> None:
    told = json.loads((GOLDEN / "dealer" / "order.json").read_text(encoding="utf-8"))
    assert [(order["number"], len(order["lines"])) for order in told] == [("D-1", 2), ("D-2", 1)]


def test_preview_says_path_raw_result_and_error_of_each_field() -> None:
    value = record(state=9)
    value["items"][0] = {"alt": {"code": "A-1004"}, "n": 0}
    told = {item.target: item for item in explain(compile_template(template()), value)}
    assert (told["number"].source, told["number"].raw, told["number"].result) == ("no", "1", "1")
    assert (told["lines.0.sku"].source, told["lines.0.sku"].result) == ("alt.code", "A-1004")
    assert told["totals.payable"].result == "25.00"
    assert "9" in told["payment.status"].error
    assert told["lines.0.quantity"].error


def test_running_a_template_leaves_the_record_alone() -> None:
    value = record()
    before = copy.deepcopy(value)
    mapped(value)
    assert value == before


@pytest.mark.parametrize(
    ("value", "amount", "price"),
    [
        ("12.50", "12.50", "12.50"),
        (Decimal("12.50"), "12.50", "12.50"),
        ("0.00", "0.00", "0.00"),
        ("12.5", "12.50", "12.50"),
        ("012.50", "12.50", "12.50"),
        ("12.505", "12.51", "12.505"),
        ("1234567890123.00", "1234567890123.00", "1234567890123.00"),
        ("1,234.50", "1234.50", "1234.50"),
        (12, "12.00", "12.00"),
    ],
)
def test_an_amount_in_cents_goes_the_short_way_and_says_the_same(value: Any, amount: str, price: str) -> None:
    yuan = FieldMap.model_validate({"from": "x", "as": "money", "unit": "yuan"})
    assert form_of(yuan, "amount", "Asia/Shanghai")(value) == amount
    assert form_of(yuan, "price", "Asia/Shanghai")(value) == price


@pytest.mark.parametrize(
    ("value", "form", "read"),
    [
        ("2026-11-22 10:15:00", "%Y-%m-%d %H:%M:%S", "2026-11-22T10:15:00+08:00"),
        ("2026-11-22 9:5:00", "%Y-%m-%d %H:%M:%S", "2026-11-22T09:05:00+08:00"),
        ("2026-11-22", "%Y-%m-%d", "2026-11-22T00:00:00+08:00"),
        ("20261122101500000-0700", "alibaba", "2026-11-22T10:15:00-07:00"),
    ],
)
def test_a_time_goes_the_short_way_and_says_the_same(value: str, form: str, read: str) -> None:
    told = FieldMap.model_validate({"from": "x", "as": "time", "format": form})
    assert form_of(told, "time", "Asia/Shanghai")(value) == read


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("2026-13-22 10:15:00", "%Y-%m-%d %H:%M:%S"),
        ("2026-11-22T10:15:00", "%Y-%m-%d %H:%M:%S"),
        ("2026-11-22 10:15:00+02:00", "%Y-%m-%d %H:%M:%S"),
        ("2026-02-30", "%Y-%m-%d"),
        ("20261322101500000-0700", "alibaba"),
    ],
)
def test_a_time_that_is_none_is_named_whichever_way(value: str, form: str) -> None:
    told = FieldMap.model_validate({"from": "x", "as": "time", "format": form})
    with pytest.raises(Unfit):
        form_of(told, "time", "Asia/Shanghai")(value)
