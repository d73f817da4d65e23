"""Titles of problems in both languages, by stable code; `/v1/problems/{code}` serves them."""

from __future__ import annotations

TITLES: dict[str, tuple[str, str]] = {
    "bad_request": ("请求有误", "The request is wrong"),
    "invalid_request": ("参数或请求体不符合要求", "A parameter or the body is not as described"),
    "invalid_order": ("内容不能成为订单", "The content cannot be an order"),
    "unreadable_document": ("文件无法读取", "The document cannot be read"),
    "unauthenticated": ("需要有效的密钥", "A valid key is needed"),
    "forbidden": ("没有权限", "Not allowed"),
    "not_found": ("找不到", "Not found"),
    "method_not_allowed": ("此地址不支持该方法", "The address does not take this method"),
    "not_acceptable": ("无法按要求的格式答复", "Not available in the format asked for"),
    "conflict": ("与已有数据冲突", "In conflict with what is stored"),
    "in_flight": ("相同的请求正在处理", "The same request is being worked on"),
    "idempotency_mismatch": ("同一个幂等键用于不同的内容", "The idempotency key was used for other content"),
    "refused": ("当前状态不允许", "Not allowed in the present state"),
    "stale_version": ("数据已被更新，请重新读取", "Changed since it was read; read it again"),
    "precondition_required": ("需要 If-Match", "If-Match is needed"),
    "too_large": ("请求体太大", "The body is too large"),
    "unsupported_media_type": ("不支持此内容类型", "The content type is not supported"),
    "rate_limited": ("请求过于频繁", "Too many calls"),
    "erased": ("个人信息已删除", "The person's data was erased"),
    "bad_cursor": ("游标无效", "Not a cursor of ours"),
    "invalid_sheet": ("表格的列不对", "The sheet's columns are wrong"),
    "invalid_item": ("主数据有误", "The item of master data is wrong"),
    "rule_file": ("规则文件有误", "A rule file is wrong"),
    "transport": ("外部系统没有正常答复", "An outside system did not answer"),
    "unavailable": ("服务暂不可用", "Not available now"),
    "internal": ("系统内部错误", "Internal error"),
}
