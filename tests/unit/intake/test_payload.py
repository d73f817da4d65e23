"""Strict JSON: everything doubtful is refused, and the place is named."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.readers.payload import load_strict
from orders.errors import InvalidOrder, Problem


def refusal(data: bytes) -> Problem:
    with pytest.raises(InvalidOrder) as caught:
        load_strict(data)
    (problem,) = caught.value.problems
    assert problem.message_zh
    assert problem.message_en
    return problem


@pytest.mark.parametrize(
    ("data", "code", "pointer"),
    [
        (b"", "empty", ""),
        (b" \r\n\t", "empty", ""),
        (b"\xef\xbb\xbf{}", "byte_order_mark", ""),
        (b"\xff\xfe{\x00}\x00", "byte_order_mark", ""),
        (b'{"a":1,"b":2,"a":1}', "duplicate_key", "/a"),
        (b'{"lines":[{},{"x/y~":1,"x/y~":2}]}', "duplicate_key", "/lines/1/x~1y~0"),
        (b'{"":1,"":2}', "duplicate_key", "/"),
        (b'{"a":{"b":1},"a":{"c":1,"c":2}}', "duplicate_key", "/a"),
        (b'{"l":[0,NaN]}', "not_a_number", "/l/1"),
        (b'{"l":[0,-Infinity]}', "not_a_number", "/l/1"),
        (b'{"q":1e400}', "number_out_of_range", "/q"),
        (b'{"q":1e309}', "number_out_of_range", "/q"),
        (b'{"q":1e-309}', "number_out_of_range", "/q"),
        (b'{"q":' + b"9" * 31 + b"}", "number_out_of_range", "/q"),
        (b'{"q":-' + b"9" * 31 + b"}", "number_out_of_range", "/q"),
        (b'{"q":0.' + b"9" * 63 + b"}", "number_out_of_range", "/q"),
        (b'{"n":"\\ud800"}', "lone_surrogate", "/n"),
        (b'{"n":"\\udc00\\ud800"}', "lone_surrogate", "/n"),
        (b'{"o":{"\\ud800":1}}', "lone_surrogate", "/o"),
        (b'{"n":["a\\u0000"]}', "nul_character", "/n/0"),
        (b'{"n":["a\x00"]}', "nul_character", "/n/0"),
        (b'{"note":"\xff"}', "not_utf8", "/note"),
        (b'{"note":"\xed\xa0\x80"}', "not_utf8", "/note"),
        (b'{"a":1} {"a":1}', "trailing_data", ""),
        (b'{"lines":[{"sku":"A"},{"sku":"B","quantity":01}]}', "malformed_json", "/lines/1/quantity"),
        (b'{"lines":[{"sku":"A"},{"sku":"B', "malformed_json", "/lines/1/sku"),
        (b"{'a':1}", "malformed_json", ""),
        (b'{"a\\x":{"b" 1}}', "malformed_json", ""),
    ],
)
def test_json_that_is_doubtful_is_refused_at_its_place(data: bytes, code: str, pointer: str) -> None:
    problem = refusal(data)
    assert (problem.code, problem.pointer) == (code, pointer)


def test_json_fault_of_syntax_says_line_and_column() -> None:
    problem = refusal('{\n  "名": 1,\n  "b": x\n}'.encode())
    assert "第 3 行第 8 列" in problem.message_zh
    assert "line 3, column 8" in problem.message_en
    assert problem.pointer == "/b"


@pytest.mark.parametrize("depth", [64])
def test_json_64_levels_deep_is_read(depth: int) -> None:
    assert load_strict(b"[" * depth + b"]" * depth) is not None


@pytest.mark.parametrize("opener", [b"[", b'{"a":'])
@pytest.mark.parametrize("depth", [65, 100_000])
def test_json_65_levels_deep_is_refused(opener: bytes, depth: int) -> None:
    closer = b"]" if opener == b"[" else b"}"
    problem = refusal(opener * depth + b"1" * (opener != b"[") + closer * depth)
    assert problem.code == "too_deep"
    assert problem.pointer.count("/") == 64


def test_json_wide_but_flat_is_read() -> None:
    assert len(load_strict(json.dumps([{"a": [1]}] * 100).encode())) == 100


def test_json_numbers_at_the_limits_are_kept_exactly() -> None:
    value = load_strict(b"[%s, -%s, 12.50, 1e308, 0.0]" % (b"9" * 30, b"9" * 30))
    assert value[:2] == [10**30 - 1, 1 - 10**30]
    assert isinstance(value[2], Decimal)
    assert str(value[2]) == "12.50"


def test_json_pair_of_surrogates_is_a_character() -> None:
    assert load_strict(b'"\\ud83d\\ude00"') == "\U0001f600"
    assert load_strict(b'"\\\\ud800"') == "\\ud800"


def test_json_pointer_with_a_surrogate_in_the_key_can_be_written_as_utf_8() -> None:
    refusal(b'{"\\ud800":{"a":1,"a":2}}').pointer.encode()
    assert refusal(b'{"a":{"\\ud83d":0},"\\u0041":"\\ud800"}').pointer == "/a"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner)
    ),
    max_leaves=30,
)


@given(JSON, st.booleans())
def test_json_that_is_sound_comes_back_the_same(value: Any, ascii_only: bool) -> None:
    assert load_strict(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary(max_size=60))
def test_json_of_any_bytes_is_read_or_refused_never_a_crash(data: bytes) -> None:
    pointers: list[str] | None = None
    try:
        load_strict(data)
    except InvalidOrder as error:
        pointers = [problem.pointer for problem in error.problems]
    assert pointers is None or json.dumps(pointers).encode() != b"[]"


@given(JSON.filter(bool), st.data())
def test_json_cut_anywhere_is_refused_with_a_place(value: Any, data: st.DataObject) -> None:
    text = json.dumps([value]).encode()
    cut = data.draw(st.integers(1, len(text) - 1))
    assert refusal(text[:cut]).code in {"malformed_json", "empty"}
