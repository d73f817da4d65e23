"""The short way of mapping and the whole one: whatever comes, both give the same order and name the same faults."""

from __future__ import annotations

import copy
import json
import re
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.mapping.engine import Plan, compile_template, records, run, whole_way
from intake.mapping.moment import _steady, _time, time_of
from intake.mapping.number import Unfit
from intake.mapping.preset import presets
from intake.mapping.template import Template, load_template
from intake.readers.payload import load_strict
from tests.unit.intake.cast import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

VALUES: Any = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(
        [
            "",
            " ",
            "0",
            "null",
            "A-1001",
            " x ",
            "12.50",
            "12.5",
            "012",
            "1,200.5",
            "-3",
            "1.2345678",
            "5%",
            "王*",
            "##xxxx#1##",
            "$$ab$1$$",
            "~abcdef~1~",
            "2026-11-22 10:15:00",
            "2026-11-22T10:15:00+08:00",
            "2026-11-22T10:15:00-00:00",
            "2026-11-22",
            "2026-11-2  10:15:00",
            "2026-02-30 10:15:00",
            "1999-12-31 23:59:59",
            "2040-01-01",
            "0000-00-00 00:00:00",
            "2026-W12-3 10:10:10",
            "20170913231708000-0700",
            "20170913231708000+0899",
            "２０２６-11-22 10:15:00",
            "1e5",
            "1.",
            ".5",
            "³",
            "9" * 20,
            "1",
            "true",
        ]
    ),
    st.integers(-3, 3),
    st.integers(10**29, 10**30),
    st.integers(978_000_000, 2_200_000_000),
    st.integers(-(10**13), 10**13),
    st.decimals(-20, 2000, places=3),
    st.sampled_from([Decimal("1E+30"), Decimal("1E-30"), Decimal("0.00"), Decimal("7")]),
    st.just([]),
    st.just({}),
    st.just(["x"]),
    st.just({"a": "x"}),
    st.just('{"a":"7"}'),
    st.just([{"a": "12"}]),
    st.just('{"a":'),
)
ODD = {
    **{
        f"attributes.f{place}": {"from": "v", **form}
        for place, form in enumerate(
            [
                {"as": "text"},
                {"as": "id_text"},
                {"as": "money", "unit": "yuan"},
                {"as": "money", "unit": "fen"},
                {"as": "quantity"},
                {"as": "time", "format": "iso"},
                {"as": "enum", "map": {"1": "one", "true": "yes", "": "no"}},
                {"as": "decrypt_ref"},
                {"as": "split", "on": " "},
                {"as": "enum", "map": {"1": "one"}, "otherwise": "other"},
            ]
        )
    },
    **{
        f"attributes.g{place}": {"from": path, "as": "id_text"}
        for place, path in enumerate(["v.a", "v{}.a", "v.0.a", "w.v"])
    },
    "issued_at": {"from": "v", "as": "time", "format": "%Y-%m-%d %H:%M:%S"},
    "payment.paid_at": {"from": ["w", "v"], "as": "time", "format": "epoch_s"},
    "requested_date": {"from": "v", "as": "time", "format": "%Y-%m-%d", "zone": "Europe/Berlin"},
    "number": {"from": "v", "as": "id_text", "required": True},
    "note": {"from": "v", "required": True},
    "ship_to.contact.name": {"from": "v", "as": "decrypt_ref"},
    "ship_to.address.text": {"from": ["v", "w"], "as": "join"},
    "buyer.ids.platform": {"from": ["w", "v"], "as": "id_text"},
    "totals.payable": {"from": ["v", "w"], "as": "money", "unit": "yuan", "sum": True},
    "lines.sku": {"from": "v", "required": True},
    "lines.quantity": {"from": ["v", "w"], "as": "quantity", "required": True},
    "lines.unit_price": {"from": "v", "as": "money", "unit": "yuan"},
    "lines.list_price": {"from": "v", "as": "money", "unit": "fen"},
    "lines.requested_date": {"from": "v", "as": "time", "format": "iso"},
    "lines.tax_rate": {"from": "^v", "as": "percent"},
    "lines.attributes.when": {"from": "v", "as": "time", "format": "alibaba"},
}


GOLDEN = ROOT / "tests" / "golden" / "channels"
ODDS = load_template({"lines": "items", "empty": ["null"], "fields": ODD})
"""Every form at every kind of place."""


def both(template: Template, zone: str = "Asia/Shanghai") -> tuple[Plan, Plan]:
    plan = compile_template(template, zone)
    return plan, whole_way(plan)


@cache
def odd(zone: str) -> tuple[Plan, Plan]:
    return both(ODDS, zone)


@cache
def preset(platform: str) -> tuple[Plan, Plan]:
    return both(presets()[platform])


def told(plan: Plan, record: Any) -> tuple[str, Any]:
    """An order to the letter: 1, true and "1" are three things."""
    mapped = run(plan, record)
    return json.dumps(mapped.order, sort_keys=True), mapped.needs


def agree(ways: tuple[Plan, Plan], record: Any) -> None:
    short, whole = ways
    assert told(short, record) == told(whole, record)


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "Europe/Berlin"])
@given(value=VALUES, other=VALUES)
@settings(max_examples=60)
def test_the_short_way_of_mapping_gives_what_the_whole_way_gives(zone: str, value: Any, other: Any) -> None:
    line = {"v": value, "w": other}
    for record in ({**line, "items": [line, {"v": other}]}, {"items": [other, value]}):
        agree(odd(zone), record)


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in a record: what it lies in, and its name or number there."""
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        yield value, key
        if isinstance(inner, dict | list):
            yield from _spots(inner)


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | Decimal) else int(value) if str(value).isdecimal() else value


DAMAGE: Any = st.one_of(
    VALUES.map(lambda new: lambda _old: copy.deepcopy(new)),
    st.sampled_from([lambda old: f" {old} ", _number_as_text, lambda old: [old], lambda old: {"x": old}]),
    st.none(),
)
"""What becomes of a value in a record; None: it is taken away."""


@pytest.mark.parametrize("platform", sorted(presets()))
@given(data=st.data())
@settings(max_examples=40)
def test_a_damaged_record_is_mapped_alike_by_both_ways(platform: str, data: st.DataObject) -> None:
    payload = load_strict((GOLDEN / platform / "input.json").read_bytes())
    record = records(preset(platform)[0], payload)[0]
    for _ in range(data.draw(st.integers(0, 4))):
        spots = list(_spots(record))
        holder, key = spots[data.draw(st.integers(0, len(spots) - 1))]
        damage = data.draw(DAMAGE)
        if damage is None:
            del holder[key]
        else:
            holder[key] = damage(holder[key])
    agree(preset(platform), record)


HOSTILE = 'x\']; raise SystemExit(1) #"""\\\n{0/0}'


def test_what_a_template_says_is_never_code() -> None:
    fields = {
        "number": {"from": HOSTILE, "as": "id_text", "required": True},
        "note": {"from": [f"a.{HOSTILE}", HOSTILE], "as": "join", "with": "'+x+'"},
        "seller_entity": {"as": "const", "value": HOSTILE},
        "doc_type": {"from": "s", "as": "enum", "map": {HOSTILE: "order"}, "otherwise": "cancel"},
        "ship_to.contact.name": {"from": "c", "as": "decrypt_ref"},
        "lines.sku": {"from": [HOSTILE + "{}", HOSTILE], "required": True},
        "lines.quantity": {"from": "n", "as": "quantity"},
        "lines.name": {"from": "^" + HOSTILE, "as": "split", "on": "';'\\"},
        "lines.spec": {"from": HOSTILE, "as": "strip", "prefix": "x']", "suffix": "0}"},
    }
    template = load_template({
        "lines": HOSTILE + "s", "gifts": HOSTILE + "g", "empty": [HOSTILE + "!"], "fields": fields,
        "left_out": {"from": HOSTILE, "values": [HOSTILE + "?"]},
    })  # fmt: skip
    rows = [{HOSTILE: HOSTILE, "n": 1}, {HOSTILE: HOSTILE + "?", "n": 2}]
    record = {HOSTILE: "7", "s": HOSTILE, "c": "##hN0i+k/1x#1##", "a": {HOSTILE: HOSTILE}, HOSTILE + "s": rows}
    ways = both(template)
    order = run(ways[0], record).order
    assert (order["number"], order["note"], order["seller_entity"]) == ("7", f"{HOSTILE}'+x+'7", HOSTILE)
    assert (order["doc_type"], [line["sku"] for line in order["lines"]]) == ("order", [HOSTILE])
    assert order["attributes"] == {"encrypted_fields": "ship_to.contact.name", "left_out_lines": "2"}
    agree(ways, record)


def test_the_source_of_a_template_names_nothing_but_our_own() -> None:
    ours = {"value_of", "fill", "rest", "walk", "inner_of", "NONE", "HEAD", "whole"}
    ours |= {"enumerate", "len", "dict", "list", "bool"}
    methods = {"get", "strip", "partition", "isdigit", "isascii", "setdefault", "append"}
    for plan in (odd("Asia/Shanghai")[0], *(preset(platform)[0] for platform in presets())):
        for written in (plan.fill_head, plan.fill_lines, plan.left_out):
            named = {name for name in written.__code__.co_names if not re.fullmatch(r"k\d+", name)}
            assert named <= ours | methods


@given(value=VALUES)
def test_a_zone_that_never_changes_reads_times_as_every_zone_does(value: Any) -> None:
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d", "iso", "epoch_s", "alibaba"):
        for day in (False, True):
            short, whole = (
                _outcome(time, value)
                for time in (
                    time_of(form, "Asia/Shanghai", day=day),
                    partial(_time, form=form, zone="Asia/Shanghai", day=day),
                )
            )
            assert short == whole


def _outcome(read: Any, value: Any) -> str:
    try:
        return str(read(value))
    except Unfit:
        return "unfit"


@pytest.mark.parametrize(
    "zone", ["Asia/Shanghai", "Asia/Urumqi", "UTC", "America/New_York", "Africa/Casablanca", "Asia/Kolkata"]
)
def test_the_short_way_of_times_is_kept_for_zones_whose_offset_stays(zone: str) -> None:
    seen = {moment(zone, year, month).utcoffset() for year in range(2001, 2037) for month in range(1, 13)}
    assert (_steady(zone) is None) == (len(seen) > 1)


def moment(zone: str, year: int, month: int) -> datetime:
    return datetime(year, month, 8, tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize("value", [10**29, Decimal("1E+30")])
@pytest.mark.parametrize("form", ["money", "quantity"])
def test_a_number_that_nobody_orders_is_unfit_and_no_crash(form: str, value: Any) -> None:
    fields = {
        "lines.sku": {"from": "s"},
        "lines.quantity": {"from": "n", "as": "quantity"},
        "totals.payable": {"from": "p", "as": "money", "unit": "yuan"},
    }
    plan = compile_template(load_template({"lines": "items", "fields": fields}))
    wrong = {"money": "p", "quantity": "n"}[form]
    record = {"p": 1, "items": [{"s": "A", "n": 1}]}
    (record if wrong == "p" else record["items"][0])[wrong] = value  # type: ignore[index]
    ((_, need),) = run(plan, record).needs
    assert need.reason == "unfit"
