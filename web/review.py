"""A draft as the review screen shows it: groups of fields, the line table, what is doubtful and why.

Place in the order's way: between `server.desk.papers.drafts` and the page. Pure: a draft's JSON in, a view model out.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from orders.edit import CONFIRMED, CORRECTED
from orders.money import Fen, fen_text, line_amount_fen, parse_fen, parse_micro
from orders.required import LINE_FIELDS, ORDER_FIELDS
from web.i18n import language, translate
from web.reasons import in_english
from web.wording import TERMS_ZH

if TYPE_CHECKING:
    from collections.abc import Iterator

REQUIRED = frozenset(ORDER_FIELDS)
LINE_REQUIRED = frozenset(LINE_FIELDS)


@dataclass(frozen=True, slots=True)
class Spot:
    """One field on the screen. ``mark``: "" fine, "doubt" to be looked at, "bad" missing or wrong,
    "seen" by a person. ``hint``: what comes out where nothing is stated.
    """

    path: str
    label: str
    value: str
    kind: str = "text"
    options: tuple[tuple[str, str], ...] = ()
    required: bool = False
    wide: bool = False
    mark: str = ""
    note: str = ""
    why: tuple[str, ...] = ()
    alternatives: tuple[str, ...] = ()
    page: int | None = None
    box: str = ""
    raw: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one heading."""

    title: str
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One order line."""

    index: int
    cells: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The whole draft."""

    groups: tuple[Group, ...]
    rows: tuple[Row, ...]
    totals: tuple[Spot, ...]
    others: tuple[Spot, ...] = ()
    warnings: tuple[str, ...] = ()

    def spots(self) -> list[Spot]:
        """Return every field in the order of the screen."""
        cells = [cell for row in self.rows for cell in row.cells]
        before = [spot for group in self.groups for spot in group.spots]
        return [*before, *cells, *self.totals, *self.others]

    @property
    def left(self) -> int:
        """How many fields a person must still look at."""
        return sum(1 for spot in self.spots() if spot.mark in ("doubt", "bad"))

    def missing(self) -> list[Spot]:
        """Return the required fields that have no value: each blocks submission (VAL-01)."""
        empty = [spot for spot in self.spots() if spot.required and not spot.value]
        if self.rows:
            return empty
        return [*empty, Spot("/lines", translate("明细"), "", note=translate("至少要有一行明细"))]


@dataclass(frozen=True, slots=True)
class Shape:
    """How a field is shown, whatever its value."""

    label: str
    kind: str = "text"
    wide: bool = False
    options: tuple[tuple[str, str], ...] = ()
    tags: frozenset[str] = field(default_factory=frozenset)


_YES_NO = (("", "—"), ("true", "是"), ("false", "否"))
_TERMS = (("", "—"), *TERMS_ZH.items())
_GROUPS: tuple[tuple[str, dict[str, Shape]], ...] = (
    (
        "客户",
        {
            "/buyer/name": Shape("客户名称", wide=True),
            "/buyer/contact/name": Shape("联系人"),
            "/buyer/contact/phone": Shape("电话", "tel"),
        },
    ),
    (
        "收货",
        {
            "/ship_to/contact/name": Shape("收货人"),
            "/ship_to/contact/phone": Shape("收货电话", "tel"),
            "/ship_to/address/text": Shape("收货地址", wide=True),
        },
    ),
    (
        "订单",
        {
            "/number": Shape("订单号"),
            "/issued_at": Shape("下单时间", "moment"),
            "/requested_date": Shape("期望交期", "date"),
            "/payment_terms": Shape("付款方式", "choice", options=_TERMS),
            "/currency": Shape("币种"),
            "/fulfilment": Shape("交付方式", "choice", options=(("", "—"), ("delivery", "送货"), ("pickup", "自提"))),
            "/urgent": Shape("加急", "choice", options=_YES_NO),
            "/note": Shape("备注", wide=True),
        },
    ),
)
_CELLS: dict[str, Shape] = {
    "sku": Shape("产品型号", "sku"),
    "name": Shape("品名"),
    "spec": Shape("规格"),
    "quantity": Shape("数量", "number"),
    "unit": Shape("单位"),
    "unit_price": Shape("单价", "number"),
    "amount": Shape("金额", "number"),
}
_TOTALS: dict[str, Shape] = {
    "/totals/goods": Shape("货款", "number"),
    "/totals/discount": Shape("优惠", "number"),
    "/totals/shipping": Shape("运费", "number"),
    "/totals/tax": Shape("税额", "number"),
    "/totals/payable": Shape("应付", "number"),
}


def value_at(order: dict[str, Any], path: str) -> Any:
    """Return the value at a JSON pointer, None where there is none."""
    found: Any = order
    for part in path.strip("/").split("/"):
        if isinstance(found, list):
            found = found[int(part)] if part.isdigit() and int(part) < len(found) else None
        elif isinstance(found, dict):
            found = found.get(part)
        else:
            return None
    return found


def in_one_language(reason: str) -> str:
    """Return the reader's half of ``中文 / English``, or the English that the list has."""
    zh, mark, en = reason.partition(" / ")
    if language() != "en":
        return zh
    return en if mark else in_english(zh) or zh


def as_text(value: Any) -> str:
    """Return a value as an input shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class _Maker:
    """Makes spots of one draft."""

    def __init__(self, draft: dict[str, Any]) -> None:
        self.order: dict[str, Any] = draft["order"]
        self.evidence: dict[str, dict[str, Any]] = {item["path"]: item for item in draft["fields"]}
        self.problems: dict[str, str] = {item["pointer"]: item["message"] for item in draft.get("problems", ())}
        self.used: set[str] = set()

    def spot(self, path: str, shape: Shape, *, required: bool) -> Spot:
        """Return the field at ``path``."""
        self.used.add(path)
        seen = self.evidence.get(path, {})
        value = as_text(value_at(self.order, path))
        mark, note = self._mark(path, value, seen, required=required)
        box = seen.get("box")
        options = shape.options
        if options and value and value not in dict(options):
            options = (*options, (value, value))
        return Spot(
            path=path,
            label=translate(shape.label),
            value=value[:16].replace("T", " ") if shape.kind == "moment" else value,
            kind=shape.kind,
            options=tuple((key, translate(text)) for key, text in options),
            required=required,
            wide=shape.wide,
            mark=mark,
            note=note,
            why=() if mark == "seen" else tuple(in_one_language(reason) for reason in seen.get("why", ())),
            alternatives=tuple(as_text(item) for item in seen.get("alternatives", ()))[:9],
            page=seen.get("page"),
            box=",".join(f"{edge:.5f}" for edge in box) if box else "",
            raw=str(seen.get("raw", "")),
        )

    def _mark(self, path: str, value: str, seen: dict[str, Any], *, required: bool) -> tuple[str, str]:
        if path in self.problems:
            return "bad", self.problems[path]
        if required and not value:
            return "bad", translate("必填，请补上")
        if seen.get("status") == "confirm":
            return "doubt", translate("请核对")
        if {CONFIRMED, CORRECTED} & set(seen.get("why", ())):
            return "seen", translate("已看过")
        return "", ""


def sheet_of(draft: dict[str, Any]) -> Sheet:
    """Arrange a draft's JSON (`order`, `fields`, `warnings`, `problems`) for the screen."""
    maker = _Maker(draft)
    groups = tuple(
        Group(
            translate(title),
            tuple(maker.spot(path, shape, required=path in REQUIRED) for path, shape in shapes.items()),
        )
        for title, shapes in _GROUPS
    )
    rows = tuple(_row(maker, index) for index in range(len(maker.order.get("lines") or ())))
    goods = _sum(row.cells[-1] for row in rows)
    totals = tuple(
        replace(maker.spot(path, shape, required=False), hint=goods if path == "/totals/goods" else "")
        for path, shape in _TOTALS.items()
    )
    others = tuple(
        maker.spot(path, Shape(_other_label(path)), required=False)
        for path, item in maker.evidence.items()
        if path not in maker.used
        and item.get("status") == "confirm"
        and not isinstance(value_at(maker.order, path), dict | list)
    )
    warnings = tuple(in_one_language(warning) for warning in draft.get("warnings", ()))
    return Sheet(groups, rows, totals, others, warnings)


_OTHER_ZH = {
    "buyer_sku": "客户料号",
    "gtin": "条码",
    "discount": "优惠",
    "tax_rate": "税率",
    "list_price": "目录价",
    "promotion": "活动",
    "requested_date": "期望交期",
    "value": "证照号",
    "email": "邮箱",
    "province": "省",
    "city": "市",
    "district": "区县",
    "detail": "详细地址",
    "fulfilment": "交付方式",
    "line_no": "行号",
    "is_gift": "赠品",
    "type": "类型",
    "doc_type": "单据类型",
    "adcode": "行政区划代码",
    "status": "付款状态",
}
"""Fields that the form has no place of its own for, by the last part of their path."""


def _other_label(path: str) -> str:
    parts = path.strip("/").split("/")
    called = translate(_OTHER_ZH[parts[-1]]) if parts[-1] in _OTHER_ZH else parts[-1]
    if parts[0] == "lines" and len(parts) > 2:
        return f"{translate('第 {n} 行', n=int(parts[1]) + 1)} {called}"
    return called


def path_name(path: str) -> str:
    """Name a field of an order by its pointer, as the form does: ``/lines/0/sku`` → 第 1 行 产品型号."""
    shapes = {**dict(pair for _, group in _GROUPS for pair in group.items()), **_TOTALS}
    if path in shapes:
        return translate(shapes[path].label)
    head, _, leaf = path.rpartition("/")
    if leaf in _CELLS and head.startswith("/lines/"):
        row = translate("第 {n} 行", n=int(head.rpartition("/")[2]) + 1)
        return f"{row} {translate(_CELLS[leaf].label)}"
    return translate("明细") if path == "/lines" else _other_label(path)


def _row(maker: _Maker, index: int) -> Row:
    cells = tuple(
        maker.spot(f"/lines/{index}/{name}", shape, required=name in LINE_REQUIRED) for name, shape in _CELLS.items()
    )
    return Row(index, (*cells[:-1], replace(cells[-1], hint=_product(maker.order["lines"][index]))))


def _product(line: dict[str, Any]) -> str:
    """Return quantity × unit price − discount of a line, "" where one is open."""
    try:
        quantity, price = parse_micro(str(line.get("quantity"))), parse_micro(str(line.get("unit_price")))
        discount = parse_fen(str(line.get("discount") or "0"))
    except ValueError:
        return ""
    return fen_text(line_amount_fen(quantity, price, discount))


def _sum(amounts: Iterator[Spot]) -> str:
    """Return the sum of the lines' amounts, stated or computed; "" where one is open."""
    try:
        found = [parse_fen(spot.value or spot.hint) for spot in amounts]
    except ValueError:
        return ""
    return fen_text(Fen(sum(found))) if found else ""


def differing(draft: dict[str, Any]) -> list[str]:
    """Return what differs from the contract, the price list or the least quantity, a sentence each."""
    return [
        f"{translate('第 {n} 行', n=int(one['path'].split('/')[2]) + 1)}：{one['message'][language()]}"
        for one in draft.get("differences", ())
    ]


def answer_of(sheet: Sheet) -> dict[str, dict[str, Any]]:
    """Return the values and what is still doubtful, by path, for the script after an edit."""
    return {
        spot.path: {"value": spot.value, "doubt": spot.mark in ("doubt", "bad"), "hint": spot.hint}
        for spot in sheet.spots()
    }
