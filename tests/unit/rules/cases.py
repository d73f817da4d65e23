"""The cast of the rules' tests: one normal order that every shipped rule lets pass, and small changes to it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache

from orders.context import Context, CustomerView, History, SkuView
from orders.credit import CreditStatus, CreditView
from orders.decision import DecisionBody
from orders.money import Fen, Micro, line_amount_fen
from orders.order import Line, Order, OrderType, Totals
from orders.party import Address, Contact, Party, ShipTo
from orders.stock import StockLevel
from rules.bundle import Bundle, load_bundle, policy_files
from rules.decide import decide
from rules.facts import freeze

M = 1_000_000
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SUZHOU = Address("江苏省苏州市虎丘区星湖街328号", "江苏省", "苏州市", "虎丘区", "星湖街328号")
CHENGDU = Address("四川省成都市武侯区天府大道1号", "四川省", "成都市", "武侯区", "天府大道1号")


@cache
def shipped() -> Bundle:
    return load_bundle(policy_files())


@cache
def without(*rules: str) -> Bundle:
    """The shipped policies with some rules paused."""
    files = policy_files()
    for rule in rules:
        found = [name for name, text in files.items() if f"- id: {rule}\n" in text]
        assert len(found) == 1, rule
        files[found[0]] = files[found[0]].replace(f"- id: {rule}\n", f"- id: {rule}\n    enabled: false\n")
    return load_bundle(files)


@cache
def with_param(name: str, value: str) -> Bundle:
    """The shipped policies with one parameter changed."""
    files = policy_files()
    for file, text in files.items():
        lines = text.split("\n")
        for number, line in enumerate(lines):
            if line.startswith(f"  {name}:") and "value:" in line:
                lines[number] = f"  {name}: {{value: {value}}}"
            elif line == f"  {name}:":
                lines[number + 1] = f"    value: {value}"
            else:
                continue
            files[file] = "\n".join(lines)
            return load_bundle(files)
    raise AssertionError(name)


def line(number: int = 1, **changes: object) -> Line:
    values: dict[str, object] = {
        "line_no": number,
        "sku": f"A-100{number}",
        "quantity": Micro(10 * M),
        "unit": "个",
        "unit_price": Micro(12_500_000),
        "type": OrderType.STOCK,
    } | changes
    if "amount" not in values and values["unit_price"] is not None:
        values["amount"] = line_amount_fen(values["quantity"], values["unit_price"], values.get("discount", 0))  # type: ignore[arg-type]
    return Line(**values)  # type: ignore[arg-type]


def order(*lines: Line, **changes: object) -> Order:
    """A 125-yuan delivery of stock goods to 苏州, or the lines and fields given."""
    lines = lines or (line(),)
    goods = sum(item.amount or 0 for item in lines)
    base = Order(
        channel="api",
        currency="CNY",
        lines=lines,
        totals=Totals(Fen(goods), Fen(0), Fen(0), Fen(0), Fen(goods)),
        issued_at=NOW,
        number="PO-1",
        buyer=Party("苏州恒力机电有限公司", (), Contact("张总", "13800138000")),
        ship_to=ShipTo(Contact("王工", "13900139000"), SUZHOU),
        requested_date=date(2026, 11, 30),
        payment_terms="net30",
    )
    return replace(base, **changes)


def payable(yuan: str, **changes: object) -> Order:
    """One custom-priced line that comes to exactly this amount."""
    fen = round(float(yuan) * 100)
    item = line(quantity=Micro(1 * M), unit_price=Micro(fen * 10_000), amount=Fen(fen))
    return order(item, **changes)


def context(**changes: object) -> Context:
    """A known customer in good standing; plenty of every SKU at both sites."""
    skus = tuple(f"A-100{number}" for number in range(1, 10))
    base = Context(
        decided_at=NOW,
        customer=CustomerView("cus_1", "C-1", "苏州恒力机电有限公司"),
        credit=CreditView(CreditStatus.OK, Fen(100_000_000), Fen(0), 0, 800),
        skus=tuple(SkuView(sku, "接头", "个", cost=Micro(9_800_000)) for sku in skus),
        stock=tuple(StockLevel(sku, site, Micro(1000 * M), Micro(0)) for sku in skus for site in ("GZ", "CD")),
        history=History(),
    )
    return replace(base, **changes)


def judge(
    an_order: Order | None = None, a_context: Context | None = None, bundle: Bundle | None = None
) -> DecisionBody:
    facts = freeze(an_order or order(), a_context or context())
    return decide(facts, bundle or shipped())


def holds(body: DecisionBody) -> list[str]:
    return [hold.code for hold in body.holds]


def flags(body: DecisionBody) -> list[str]:
    return [flag.code for flag in body.flags]


def fired(body: DecisionBody) -> set[str]:
    return {step.rule for step in body.trace}
