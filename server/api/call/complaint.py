"""What is wrong with a parameter or a command, in both languages: pydantic's error types as sentences.

Orders have their own words in `intake/complaint.py`, with candidates; these are for everything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_INSTANT = (
    "时间要带时区，写成 2026-11-22T02:15:00Z 的样子（地址里的 + 写成 %2B）",
    "A time carries its offset and is written like 2026-11-22T02:15:00Z (in an address, + is written %2B)",
)
_WORDS: dict[str, tuple[str, str, str]] = {
    "missing": ("required", "缺少必填项", "This field is required"),
    "extra_forbidden": ("unknown_key", "没有这个字段", "There is no such field"),
    "string_type": ("must_be_text", "必须是文本", "Must be text"),
    "string_too_long": ("too_long", "太长，最多 {max_length} 个字符", "Too long; at most {max_length} characters"),
    "string_too_short": ("too_short", "至少要 {min_length} 个字符", "At least {min_length} characters"),
    "string_pattern_mismatch": ("format", "格式不对，应符合 {pattern}", "Not in the form {pattern}"),
    "int_type": ("must_be_integer", "必须是整数", "Must be an integer"),
    "int_parsing": ("must_be_integer", "必须是整数", "Must be an integer"),
    "bool_type": ("must_be_true_or_false", "必须是 true 或 false", "Must be true or false"),
    "greater_than_equal": ("too_small", "不能小于 {ge}", "Must be at least {ge}"),
    "less_than_equal": ("too_large", "不能大于 {le}", "Must be at most {le}"),
    "enum": ("one_of", "只能是：{expected}", "Must be one of: {expected}"),
    "literal_error": ("one_of", "只能是：{expected}", "Must be one of: {expected}"),
    "list_type": ("must_be_list", "必须是数组", "Must be a list"),
    "too_long": ("too_long", "最多 {max_length} 个", "At most {max_length}"),
    "too_short": ("too_short", "至少 {min_length} 个", "At least {min_length}"),
    "model_type": ("must_be_object", "必须是对象", "Must be an object"),
    "dict_type": ("must_be_object", "必须是对象", "Must be an object"),
    "timezone_aware": ("instant", *_INSTANT),
    "datetime_from_date_parsing": ("instant", *_INSTANT),
    "datetime_parsing": ("instant", *_INSTANT),
    "value_error": ("format", "{error}", "{error}"),
}


def sentence(detail: ErrorDetails) -> tuple[str, str, str]:
    """Return code, Chinese and English sentence for one error of pydantic."""
    code, zh, en = _WORDS.get(detail["type"], ("format", "格式不对", "Not in the right form"))
    values = {name: str(value) for name, value in detail.get("ctx", {}).items()}
    if "expected" in values:
        values["expected"] = values["expected"].replace("'", "").replace(" or ", ", ")
    return code, zh.format_map(_Silent(values)), en.format_map(_Silent(values))


class _Silent(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"
