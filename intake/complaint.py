"""What is wrong with an order, in words: error types of the checks → Problems with pointer, sentences, candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz, process

from intake.values.currency import nearest_currency
from intake.values.pointer import pointer
from orders.errors import InvalidOrder, Problem

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

MAX_PROBLEMS = 50
_SHOWN_CHARS = 60

WORDS: dict[str, tuple[str, str]] = {
    "required": ("缺少必填项", "This field is required"),
    "unknown_key": ("没有这个字段", "There is no such field"),
    "must_be_text": ("必须是文本", "Must be text"),
    "must_be_true_or_false": ("必须是 true 或 false", "Must be true or false"),
    "must_be_integer": ("必须是整数", "Must be an integer"),
    "must_be_list": ("必须是数组", "Must be a list"),
    "must_be_object": ("必须是对象", "Must be an object"),
    "too_long": ("太长，最多 {max_length}", "Too long; at most {max_length}"),
    "too_short": ("至少要有 {min_length} 个", "Needs at least {min_length}"),
    "too_small": ("不能小于 {ge}", "Must be at least {ge}"),
    "too_large": ("不能大于 {le}", "Must be at most {le}"),
    "one_of": ("只能是列出的值之一", "Must be one of the listed values"),
    "format": ("格式不对", "Not in the right format"),
    "decimal_text": (
        '金额和数量必须写成十进制文本，例如 "12.50"，不能写成数字',
        'Money and quantity must be decimal text such as "12.50", not a number',
    ),
    "amount": (
        "金额必须是最多两位小数、13 位整数的十进制文本",
        "An amount is decimal text of at most 13 digits and two places",
    ),
    "price": (
        "单价必须是最多六位小数、九位整数的十进制文本",
        "A unit price is decimal text of at most nine digits and six places",
    ),
    "quantity": (
        "数量必须是最多六位小数、九位整数的十进制文本",
        "A quantity is decimal text of at most nine digits and six places",
    ),
    "zero_quantity": ("数量必须大于零", "The quantity must be above zero"),
    "negative": ("不能是负数", "Must not be negative"),
    "rate": ('税率必须写成小数：13% 写成 "0.13"', 'A tax rate is a fraction: 13 % is written "0.13"'),
    "day": (
        "日期必须写成 2026-11-30 的样子，年份在 2000 到 2199 之间",
        "A date is written like 2026-11-30, its year from 2000 to 2199",
    ),
    "instant": (
        "时间必须带时区，写成 2026-11-22T10:15:00+08:00 的样子，年份在 2000 到 2199 之间",
        "A time carries its offset and is written like 2026-11-22T10:15:00+08:00, its year from 2000 to 2199",
    ),
    "currency": ("不是 ISO 4217 货币代码", "Not an ISO 4217 currency code"),
    "attribute": (
        "自有字段的值必须是最多 2000 字的文本、true、false 或 null（数字写成文本）",
        "An own field holds text of at most 2,000 characters, true, false or null (write numbers as text)",
    ),
    "attribute_name": ("自有字段的名字不合规则", "An own field's name breaks the rule for names"),
    "unknown_sku": ("商品目录里没有「{value}」", "“{value}” is not in the catalogue"),
    "sku_conflict": (
        "这几个编码指的不是同一个商品",
        "These identifiers name different products",
    ),
    "unknown_unit": ("「{value}」不是这个商品的单位（{unit}）", "“{value}” is not this product's unit ({unit})"),
    "unit_price_not_exact": (
        "按 {unit} 换算后单价除不尽，请直接用 {unit} 下单",
        "The unit price does not divide exactly into {unit}; please order in {unit}",
    ),
    "quantity_not_exact": (
        "换算成 {unit} 后数量除不尽或太大",
        "The quantity does not come out even, or too large, in {unit}",
    ),
    "amount_too_large": ("金额太大", "The amount is too large"),
    "line_no_twice": ("行号重复", "This line number appears twice"),
}

_TYPE_CODES: dict[str, str] = {
    "missing": "required",
    "extra_forbidden": "unknown_key",
    "string_type": "must_be_text",
    "string_too_long": "too_long",
    "string_too_short": "required",
    "string_pattern_mismatch": "format",
    "bool_type": "must_be_true_or_false",
    "int_type": "must_be_integer",
    "greater_than_equal": "too_small",
    "less_than_equal": "too_large",
    "list_type": "must_be_list",
    "dict_type": "must_be_object",
    "model_type": "must_be_object",
    "model_attributes_type": "must_be_object",
    "enum": "one_of",
    "too_long": "too_long",
    "too_short": "too_short",
}


def named(at: str, code: str, /, candidates: tuple[str, ...] = (), **values: str) -> Problem:
    """Word one problem; ``values`` fill the sentence."""
    zh, en = WORDS[code]
    shown = {
        name: value if len(value) <= _SHOWN_CHARS else value[:_SHOWN_CHARS] + "…" for name, value in values.items()
    }
    return Problem(at, code, zh.format(**shown), en.format(**shown), candidates)


def invalid(found: tuple[Problem, ...]) -> InvalidOrder:
    """Return the exception for some problems; its message is the first one's."""
    first = found[0]
    place = f"{first.pointer}: " if first.pointer else ""
    return InvalidOrder(place + first.message_en, place + first.message_zh, problems=found[:MAX_PROBLEMS])


def problems(error: ValidationError, model: type[BaseModel]) -> tuple[Problem, ...]:
    """Turn a model's complaint into Problems, in document order, at most 50."""
    details = error.errors(include_url=False)
    return tuple(_problem(detail, model) for detail in details[:MAX_PROBLEMS])


def _problem(detail: ErrorDetails, model: type[BaseModel]) -> Problem:
    kind = detail["type"]
    code = _TYPE_CODES.get(kind, kind if kind in WORDS else "format")
    values = {name: str(value) for name, value in detail.get("ctx", {}).items()}
    return named(pointer(detail["loc"]), code, _candidates(code, detail, model), **values)


def _candidates(code: str, detail: ErrorDetails, model: type[BaseModel]) -> tuple[str, ...]:
    match code:
        case "unknown_key":
            known = _keys_beside(model, detail["loc"])
            return tuple(
                key
                for key, _, _ in process.extract(
                    str(detail["loc"][-1]), known, scorer=fuzz.ratio, limit=3, score_cutoff=50
                )
            )
        case "one_of":
            return tuple(
                str(detail.get("ctx", {}).get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")
            )
        case "currency":
            return _currencies(detail["input"])
        case _:
            return ()


def _currencies(written: Any) -> tuple[str, ...]:
    nearest = nearest_currency(written) if isinstance(written, str) else None
    return (nearest,) if nearest else ("CNY",)


def _keys_beside(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """Return the known keys of the object that holds the unknown one."""
    for step in loc[:-1]:
        if isinstance(step, str):
            model = _inner(model.model_fields[step].annotation) or model
    return list(model.model_fields)


def _inner(annotation: Any) -> type[BaseModel] | None:
    """Find the model inside ``X | None``, ``tuple[X, ...]`` and the like."""
    if hasattr(annotation, "model_fields"):
        return annotation  # type: ignore[no-any-return]
    return next((found for part in getattr(annotation, "__args__", ()) if (found := _inner(part))), None)
