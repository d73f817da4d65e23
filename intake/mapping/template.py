"""A channel template: which field of the order comes from where in the platform's record, and in which form.

Data, never code: targets, source paths, one loop over lines, and a closed list of forms. No expressions, no conditions;
what depends on something belongs to the rules. `engine.py` runs it; its JSON Schema is `template_schema()`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from rapidfuzz import process

from intake.values.currency import CURRENCIES, nearest_currency
from intake.values.pointer import pointer
from orders.errors import InvalidOrder, Problem

MAX_FIELDS = 120
_PATH = r"^[^\s.][^.]{0,80}(\.[^.]{1,80}){0,12}$"
_OWN = re.compile(r"(?:lines\.)?(?:attributes|customs)\.[a-z][a-z0-9_]{0,63}\Z")
_ID = re.compile(r"(?:buyer|bill_to)\.ids\.[a-z][a-z0-9_]{0,31}\Z")

Kind = Literal["text", "amount", "price", "quantity", "time", "day", "rate", "flag", "word", "number", "own"]
Form = Literal[
    "text",
    "id_text",
    "money",
    "quantity",
    "time",
    "percent",
    "enum",
    "join",
    "split",
    "strip",
    "const",
    "decrypt_ref",
    "rest",
]

TARGETS: dict[str, Kind] = {
    **dict.fromkeys(["number", "seller_entity", "payment_terms", "note", "currency"], "text"),
    **dict.fromkeys(["doc_type", "type", "fulfilment", "payment.status"], "word"),
    **dict.fromkeys(["issued_at", "payment.paid_at"], "time"),
    **dict.fromkeys(["requested_date", "lines.requested_date"], "day"),
    **dict.fromkeys(["urgent", "lines.is_gift"], "flag"),
    **dict.fromkeys(["buyer.name", "bill_to.name"], "text"),
    **dict.fromkeys([f"buyer.contact.{part}" for part in ("name", "phone", "email")], "text"),
    **dict.fromkeys([f"ship_to.contact.{part}" for part in ("name", "phone", "email")], "text"),
    **dict.fromkeys(
        [f"ship_to.address.{part}" for part in ("text", "province", "city", "district", "detail", "adcode")], "text"
    ),
    **dict.fromkeys([f"totals.{part}" for part in ("goods", "discount", "shipping", "tax", "payable")], "amount"),
    **dict.fromkeys([f"lines.{part}" for part in ("sku", "buyer_sku", "gtin", "name", "spec")], "text"),
    **dict.fromkeys(["lines.unit", "lines.promotion"], "text"),
    **dict.fromkeys(["lines.unit_price", "lines.list_price"], "price"),
    **dict.fromkeys(["lines.discount", "lines.amount"], "amount"),
    "lines.quantity": "quantity",
    "lines.tax_rate": "rate",
    "lines.type": "word",
    "lines.line_no": "number",
}  # fmt: skip
"""Every field of the order that a template may fill, and what it holds."""

WORDS: dict[str, tuple[str, ...]] = {
    "doc_type": ("order", "change", "cancel"),
    "type": ("stock", "presale", "custom"),
    "lines.type": ("stock", "presale", "custom"),
    "fulfilment": ("delivery", "pickup"),
    "payment.status": ("unpaid", "partial", "paid", "refunded"),
}

FORMS: dict[str, frozenset[str]] = {
    "text": frozenset({"text", "number", "day", "own"}),
    "id_text": frozenset({"text", "own"}),
    "money": frozenset({"amount", "price", "own"}),
    "quantity": frozenset({"quantity", "number", "own"}),
    "time": frozenset({"time", "day", "own"}),
    "percent": frozenset({"rate"}),
    "enum": frozenset({"word", "text", "flag", "own"}),
    "join": frozenset({"text", "own"}),
    "split": frozenset({"text", "own"}),
    "strip": frozenset({"text", "own"}),
    "const": frozenset({"text", "word", "flag", "own"}),
    "decrypt_ref": frozenset({"text", "own"}),
    "rest": frozenset({"amount"}),
}
"""The closed list of forms, and which kinds of field each may fill."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


Path = Annotated[str, Field(pattern=_PATH)]


class FieldMap(_Strict):
    """One field: where it comes from, in which form, whether it must be there.

    Several paths: the first that says something wins (``join`` takes them all). ``^`` before a path of a line's field
    leads to the order. A part that ends in ``{}`` is JSON inside a text. ``sum`` adds up what all the paths say, ``*``
    in them being each of a list. ``otherwise`` is what labels become that the map does not name.
    """

    source: Annotated[tuple[Path, ...], Field(alias="from", max_length=12, strict=False)] = ()
    form: Annotated[Form, Field(alias="as")] = "text"
    required: bool = False
    unit: Literal["yuan", "fen"] | None = None
    format: Annotated[str, Field(max_length=40)] | None = None
    zone: Annotated[str, Field(max_length=40)] | None = None
    labels: Annotated[dict[str, str | bool], Field(alias="map", max_length=200)] = {}
    otherwise: str | bool | None = None
    sum: bool = False
    joiner: Annotated[str, Field(alias="with", max_length=5)] = ""
    on: Annotated[str, Field(max_length=5)] | None = None
    take: Annotated[int, Field(ge=0, le=20)] = 0
    prefix: Annotated[str, Field(max_length=60)] = ""
    suffix: Annotated[str, Field(max_length=60)] = ""
    value: str | bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _one_path(cls, value: Any) -> Any:
        """Let a single path stand without a list."""
        return _listed(value, "from")


class LeftOut(_Strict):
    """Which lines of a record are no lines of the order any more: those where a path says one of the values."""

    source: Annotated[tuple[Path, ...], Field(alias="from", max_length=4, strict=False)]
    values: Annotated[tuple[str, ...], Field(min_length=1, max_length=40, strict=False)]

    @model_validator(mode="before")
    @classmethod
    def _one_path(cls, value: Any) -> Any:
        return _listed(value, "from")


class Template(_Strict):
    """A whole template. ``orders`` leads to the order or the list of them, ``lines`` from an order to its lines.

    Several paths under ``orders``: the first that leads anywhere; none: the record itself is the order.

    ``empty`` are words that a platform writes where nothing is. ``group_by``: the record is a sheet's rows, and rows
    with the same value in this column are one order, whose lines they are.
    """

    name: Annotated[str, Field(min_length=1, max_length=60)] = "模板"
    platform: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")] = "generic"
    orders: Annotated[tuple[Path, ...], Field(max_length=4, strict=False)] = ()
    lines: Annotated[str, Field(pattern=_PATH)] | None = None
    gifts: Annotated[str, Field(pattern=_PATH)] | None = None
    left_out: LeftOut | None = None
    group_by: Annotated[str, Field(max_length=80)] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "CNY"
    empty: Annotated[tuple[str, ...], Field(max_length=10, strict=False)] = ()
    cross_border: bool = False
    fields: Annotated[dict[str, FieldMap], Field(min_length=1, max_length=MAX_FIELDS)]

    @model_validator(mode="before")
    @classmethod
    def _one_path(cls, value: Any) -> Any:
        return _listed(value, "orders")


def _listed(value: Any, name: str) -> Any:
    """Let a single path stand without a list."""
    if isinstance(value, dict) and isinstance(value.get(name), str):
        return {**value, name: [value[name]]}
    return value


def kind_of(target: str) -> Kind | None:
    """Return what a target holds; None if there is no such target."""
    if _OWN.match(target):
        return "own"
    if _ID.match(target):
        return "text"
    return TARGETS.get(target)


def load_template(value: Any) -> Template:
    """Check a template. Raises InvalidOrder with a `Problem` for each place at fault, with the nearest right names."""
    try:
        template = Template.model_validate(value)
    except ValidationError as error:
        raise _invalid(tuple(_problem(detail) for detail in error.errors(include_url=False)[:50])) from None
    problems = tuple(_faults(template))
    if problems:
        raise _invalid(problems)
    return template


def template_schema() -> dict[str, Any]:
    """Return the JSON Schema of templates."""
    return Template.model_json_schema(by_alias=True)


def template_json(template: Template) -> dict[str, Any]:
    """Return a template as it is stored: defaults left out."""
    return template.model_dump(by_alias=True, exclude_defaults=True, mode="json")


def _faults(template: Template) -> list[Problem]:
    found = [problem for target, one in template.fields.items() for problem in _field_faults(target, one)]
    if "lines.quantity" not in template.fields:
        found.append(_fault("/fields/lines.quantity", "必须说明数量从哪里来", "Say where the quantity comes from"))
    if not {"lines.sku", "lines.buyer_sku", "lines.gtin"} & set(template.fields):
        found.append(_fault("/fields/lines.sku", "必须说明商品编码从哪里来", "Say where the product's code comes from"))
    if template.currency not in CURRENCIES:
        near = nearest_currency(template.currency)
        found.append(_fault("/currency", "不是 ISO 4217 币种", "Not an ISO 4217 currency", (near,) if near else ()))
    if template.cross_border and not any(target.startswith("customs.") for target in template.fields):
        found.append(
            _fault("/fields", "跨境渠道必须有 customs.* 字段", "A cross-border channel needs customs.* fields")
        )
    return found


def _field_faults(target: str, one: FieldMap) -> list[Problem]:
    at, kind = f"/fields/{target}", kind_of(target)
    if kind is None:
        near = tuple(name for name, _, _ in process.extract(target, TARGETS, limit=3, score_cutoff=55)) or tuple(
            name for name, *_ in process.extract(target, list(TARGETS), limit=3)
        )
        return [Problem(at, "unknown_field", f"订单没有字段 {target}", f"An order has no field {target}", near)]
    found = []
    if kind not in FORMS[one.form]:
        fits = tuple(form for form, kinds in FORMS.items() if kind in kinds)
        found.append(_fault(f"{at}/as", f"{target} 不能用 {one.form}", f"{target} cannot be {one.form}", fits))
    if one.form == "money" and one.unit is None:
        found.append(
            _fault(f"{at}/unit", "金额必须写明单位：yuan 或 fen", "Say the unit: yuan or fen", ("yuan", "fen"))
        )
    if one.form == "time" and one.format is None:
        found.append(_fault(f"{at}/format", "时间必须写明格式", "Say the format", ("epoch_s", "epoch_ms", "iso")))
    if one.form == "enum":
        found += _label_faults(target, one)
    found += _addition_faults(at, target, one)
    if one.form not in ("const", "rest") and not one.source:
        found.append(_fault(f"{at}/from", "缺少来源路径", "The source path is missing"))
    return found


def _addition_faults(at: str, target: str, one: FieldMap) -> list[Problem]:
    found = []
    if one.form == "rest" and target != "lines.discount":
        found.append(_fault(f"{at}/as", "rest 只用于 lines.discount", "rest is for lines.discount alone"))
    if one.sum and one.form not in ("money", "quantity"):
        found.append(_fault(f"{at}/sum", "只有金额和数量能相加", "Only money and quantities can be added up"))
    if not one.sum and any("*" in path.split(".") for path in one.source):
        found.append(_fault(f"{at}/from", "路径里的 * 只能与 sum 一起用", "A * in a path needs sum"))
    return found


def _label_faults(target: str, one: FieldMap) -> list[Problem]:
    allowed = WORDS.get(target)
    if not one.labels and one.otherwise is None:
        return [_fault(f"/fields/{target}/map", "缺少标签对照", "The map of labels is missing")]
    named = {**one.labels, **({} if one.otherwise is None else {"otherwise": one.otherwise})}
    wrong = [label for label, word in named.items() if allowed and word not in allowed]
    return [
        _fault(f"/fields/{target}/map/{label}", "对照的值不在可选范围内", "Not one of the words", allowed or ())
        for label in wrong
    ]


def _fault(at: str, zh: str, en: str, among: tuple[str, ...] = ()) -> Problem:
    return Problem(at, "invalid_template", zh, en, among)


def _problem(detail: Any) -> Problem:
    said = str(detail["msg"])
    return Problem(pointer(detail["loc"]), "invalid_template", f"模板有误：{said}", said)


def _invalid(problems: tuple[Problem, ...]) -> InvalidOrder:
    first = problems[0]
    return InvalidOrder(
        f"{first.pointer}: {first.message_en}",
        f"{first.pointer}：{first.message_zh}",
        code="invalid_template",
        problems=problems,
    )


@dataclass(frozen=True, slots=True)
class NeedsMapping:
    """Why a field could not be filled: no value where one must be, a label nobody mapped, a value that does not fit."""

    target: str
    reason: str
    source: str = ""
    value: str = ""

    def problem(self, at: str) -> Problem:
        """Return it as a problem of the order at ``at``."""
        said = {
            "missing": ("必填字段没有值", "A required field has no value"),
            "unknown_label": (f"标签「{self.value}」还没有对照", f"The label “{self.value}” is not mapped"),
            "unfit": (f"值「{self.value}」不合格式", f"The value “{self.value}” does not fit"),
        }[self.reason]
        where = f"（{self.source}）" if self.source else ""
        return Problem(
            at, "needs_mapping", f"{said[0]}{where}", f"{said[1]} ({self.source})" if self.source else said[1]
        )
