"""Levers: what a person can change about an order, as consistent facts. Quantities move demand, totals and stock along.

A lever is pulled towards a value that a condition asks for; the engine then says whether the hold is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orders.hold import Message
from orders.money import line_amount_fen
from rules.probe import Edit
from rules.show import value_text
from rules.vocabulary import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rules.probe import Facts
    from rules.vocabulary import Vocabulary, Word

UNIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Change:
    """One value that somebody changes, as people write it; personal text is never shown."""

    path: str
    line_no: int | None
    was: str | None
    to: str | None


@dataclass(frozen=True, slots=True)
class Pull:
    """A lever pulled: the facts then, who can do it, what changed and in words."""

    facts: Facts
    group: str
    change: Change
    message: Message


_TOTALS = {"order.goods": "货款合计", "order.payable": "应付", "order.shipping": "运费", "order.tax": "税额"}
_FILLED = ("order.buyer.name", "order.requested_date", "order.payment_terms", "order.ship_to.name",
           "order.ship_to.phone", "order.ship_to.province", "order.ship_to.city", "order.ship_to.district",
           "order.ship_to.detail", "order.ship_to.adcode")  # fmt: skip
_CHANGED = ("order.requested_date", "order.payment_terms")
_COMPUTED = {"order.goods": ("order.lines_total", "order.lines_gross"),
             "order.payable": ("order.expected_payable", "order.expected_payable_taxed")}  # fmt: skip
_TAKEN_AWAY = ("promotion", "requested_date")
_OF_LINE = {"is_gift": "sales", "promotion": "sales", "amount": "sales",
            "approved_promo_price": "sales", "requested_date": "customer", "supplier_delayed": "stock"}  # fmt: skip


class Levers:
    """Pulls levers on one order's facts."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def pulls(self, facts: Facts, edit: Edit) -> Iterator[Pull]:
        """Yield what people can do so that a fact comes to a value, the rest of the facts following."""
        for reach in (_order_lever, _buyer_lever, _credit_lever, _line_lever, _stock_lever, _twin_lever):
            yield from reach(self, facts, edit)

    def plain(self, facts: Facts, edit: Edit, group: str) -> Pull:
        """Change one fact as it stands."""
        fact, name = (edit.group, edit.name) if edit.row >= 0 else edit.name.split(".", 1)
        word = self.vocabulary[fact].words[name]
        row = facts[edit.group] if edit.row < 0 else facts[edit.group][edit.row]
        was, line_no = row.get(edit.name), row.get("line_no") if edit.row >= 0 else None
        zh, en = (_shown(word, was, edit.value, zh) for zh in (True, False))
        change = Change(word.full, line_no, *zh)
        words = Message(zh=_plain_zh(word, change, was), en=_plain_en(word, change, was, en))
        return Pull(edit.apply(facts), group, change, words)


def _shown(word: Word, was: Any, to: Any, zh: bool) -> tuple[str | None, str | None]:
    """Write both values; personal text is never written."""
    if word.personal:
        return None, None
    one, other = (None if value is None else value_text(value, word.kind, zh) for value in (was, to))
    return one, other


def _plain_zh(word: Word, change: Change, was: Any) -> str:
    where = f"第 {change.line_no} 行" if change.line_no is not None else ""
    if was is None:
        return f"{where}填写{word.zh}"
    if change.to is None:
        return f"{where}去掉{word.zh}"
    unit = f" {word.unit}" if word.unit and word.kind is not Kind.DURATION else ""
    return f"{where}{word.zh}由 {change.was}{unit} 改为 {change.to}{unit}"


def _plain_en(word: Word, change: Change, was: Any, shown: tuple[str | None, str | None]) -> str:
    where = f"line {change.line_no}: " if change.line_no is not None else ""
    if was is None:
        return f"{where}give {word.english}"
    if shown[1] is None:
        return f"{where}take {word.english} away"
    return f"{where}change {word.english} from {shown[0]} to {shown[1]}"


def _order_lever(levers: Levers, facts: Facts, edit: Edit) -> Iterator[Pull]:
    if edit.row >= 0 or edit.value is None:
        return
    if edit.name == "order.payable":
        yield from _payable(levers, facts, edit)
    elif edit.name in _TOTALS:
        yield from _stated(levers, facts, edit)
    elif edit.name == "order.payment.status" and edit.value == "paid":
        pull = levers.plain(facts, edit, "customer")
        yield Pull(pull.facts, "customer", pull.change, Message(zh="先付款", en="pay the order first"))
    elif edit.name.startswith("order.attributes."):
        yield levers.plain(facts, edit, "sales")


def _buyer_lever(levers: Levers, facts: Facts, edit: Edit) -> Iterator[Pull]:
    name = edit.name
    if edit.row >= 0 or edit.value is None:
        return
    if name == "order.ship_to.address":
        pull = levers.plain(facts, Edit("personal", -1, name, "另一收货地址"), "customer")
        words = Message(zh="改送其他收货地址", en="deliver to another address")
        yield Pull(pull.facts, "customer", Change(name, None, None, None), words)
    elif name in _CHANGED or (name in _FILLED and facts[edit.group].get(name) is None):
        yield levers.plain(facts, edit, "customer")


def _payable(levers: Levers, facts: Facts, edit: Edit) -> Iterator[Pull]:
    """Bring the amount to a value: stated otherwise, by a discount, or by a smaller quantity."""
    yield from _stated(levers, facts, edit)
    was = facts["head"].get("order.payable")
    if was is None or not 0 <= edit.value < was:
        return
    less = was - edit.value
    discount = facts["head"].get("order.discount", 0)
    head = {**facts["head"], "order.discount": discount + less}
    given = settle({**facts, "head": head})
    if given["head"]["order.payable"] != edit.value:  # the stated amount was not as computed: it is stated anew
        given = {**given, "head": {**given["head"], "order.payable": edit.value}}
    change = Change("order.discount", None, value_text(discount, Kind.MONEY), value_text(discount + less, Kind.MONEY))
    amount = value_text(less, Kind.MONEY)
    yield Pull(given, "sales", change, Message(zh=f"再优惠 {amount} 元", en=f"give {amount} more discount"))
    for at, row in enumerate(facts["line"]):
        price, quantity = row.get("unit_price"), row.get("quantity", 0)
        if price and not row.get("is_gift"):
            pieces = -(-less * 10**10 // (price * UNIT)) * UNIT  # rounded up to whole pieces
            if 0 < pieces < quantity:
                yield from _quantity(facts, at, quantity - pieces)


def _stated(levers: Levers, facts: Facts, edit: Edit) -> Iterator[Pull]:
    """Correct a stated total to what was computed; the payable amount follows."""
    computed = _COMPUTED.get(edit.name)
    if computed is not None and edit.value not in [facts["head"].get(name) for name in computed]:
        return
    pull = levers.plain(facts, edit, "sales")
    yield Pull(settle(pull.facts, follow=False), "sales", pull.change, pull.message)
    followed = settle(pull.facts, follow=False)
    expected = followed["head"].get("order.expected_payable")
    if edit.name != "order.payable" and expected is not None:
        head = {**followed["head"], "order.payable": expected}
        words = Message(zh=f"{pull.message.zh}，应付随之改为 {value_text(expected, Kind.MONEY)} 元",
                        en=f"{pull.message.en}, payable to {value_text(expected, Kind.MONEY)}")  # fmt: skip
        yield Pull({**followed, "head": head}, "sales", pull.change, words)


def _credit_lever(levers: Levers, facts: Facts, edit: Edit) -> Iterator[Pull]:
    name = edit.name
    if edit.row >= 0 or not name.startswith("credit.") or edit.value is None:
        return
    was = facts["head"].get(name)
    if name in ("credit.exposure", "credit.available") and was is not None:
        paid = was - edit.value if name == "credit.exposure" else edit.value - was
        if paid > 0:
            amount = value_text(paid, Kind.MONEY)
            pull = levers.plain(facts, edit, "customer")
            yield Pull(
                settle(pull.facts), "customer", pull.change, Message(zh=f"回款 {amount} 元", en=f"pay back {amount}")
            )
    elif name == "credit.limit":
        pull = levers.plain(facts, edit, "finance")
        yield Pull(settle(pull.facts), "finance", pull.change, pull.message)
    elif name == "credit.status" and edit.value == "ok":
        pull = levers.plain(facts, edit, "finance")
        words = Message(zh="征信恢复后重新判定", en="decide again when the credit source answers")
        yield Pull(pull.facts, "finance", pull.change, words)
    elif name == "credit.overdue_days" and was is not None and edit.value < was:
        pull = levers.plain(facts, edit, "customer")
        words = Message(
            zh=f"结清逾期超过 {edit.value} 天的账款", en=f"pay the bills that are more than {edit.value} days overdue"
        )
        yield Pull(pull.facts, "customer", pull.change, words)


def _line_lever(levers: Levers, facts: Facts, edit: Edit) -> Iterator[Pull]:
    if edit.group != "line":
        return
    if edit.name in ("quantity", "pool_demand"):
        less = facts["line"][edit.row].get(edit.name, 0) - (edit.value or 0)
        quantity = facts["line"][edit.row].get("quantity", 0) - less
        if less > 0 and quantity > 0:
            yield from _quantity(facts, edit.row, quantity)
    elif edit.name == "net_price" and edit.value is not None:
        pull = levers.plain(facts, Edit("line", edit.row, "unit_price", edit.value), "sales")
        yield Pull(_repriced(facts, pull.facts, edit.row), "sales", pull.change, pull.message)
    elif edit.name == "unit_price" and edit.value is not None:
        pull = levers.plain(facts, edit, "sales")
        yield Pull(_repriced(facts, pull.facts, edit.row), "sales", pull.change, pull.message)
    elif edit.name == "pool_available" and edit.value is not None:
        yield from _arrival(facts, facts["line"][edit.row], edit.value - facts["line"][edit.row].get(edit.name, 0))
    elif edit.name in _OF_LINE and (edit.value is not None or edit.name in _TAKEN_AWAY):
        pull = levers.plain(facts, edit, _OF_LINE[edit.name])
        yield Pull(settle(pull.facts), pull.group, pull.change, pull.message)


def _quantity(facts: Facts, at: int, quantity: int) -> Iterator[Pull]:
    row = facts["line"][at]
    before = {name: row.get(name) for name in ("quantity", "line_no")}
    rows = [dict(one) for one in facts["line"]]
    rows[at]["quantity"] = quantity
    moved = _repriced(facts, {**facts, "line": rows}, at)
    was, to = (value_text(value, Kind.QUANTITY) for value in (before["quantity"], quantity))
    unit = row.get("unit", "")
    change = Change("line.quantity", before["line_no"], was, to)
    words = Message(zh=f"第 {before['line_no']} 行数量由 {was} {unit}减少到 {to} {unit}".rstrip(),
                    en=f"reduce line {before['line_no']} from {was} to {to}")  # fmt: skip
    yield Pull(moved, "customer", change, words)


def _repriced(before: Facts, after: Facts, at: int) -> Facts:
    """Let the line's amount and the order's totals follow a price or quantity, where they were right before."""
    row, old = dict(after["line"][at]), before["line"][at]
    if row.get("unit_price") is not None:
        expected = line_amount_fen(row.get("quantity", 0), row["unit_price"], row.get("discount", 0))
        if old.get("amount") is None or old.get("amount") == old.get("expected_amount"):
            row["amount"] = expected
    rows = [row if number == at else one for number, one in enumerate(after["line"])]
    return settle({**after, "line": rows})


def _stock_lever(levers: Levers, facts: Facts, edit: Edit) -> Iterator[Pull]:
    del levers
    if edit.group == "stock" and edit.name == "available" and edit.value is not None:
        row = facts["stock"][edit.row]
        yield from _arrival(facts, row, edit.value - row.get("available", 0), row.get("site"))


def _arrival(facts: Facts, row: dict[str, Any], more: int, site: str | None = None) -> Iterator[Pull]:
    """Let stock of a SKU arrive, at a site or at the first that keeps it."""
    sku, stock = row.get("sku"), [dict(one) for one in facts["stock"]]
    places = [one for one in stock if one.get("sku") == sku and site in (None, one.get("site"))]
    if more <= 0:
        return
    for place in places[:1]:
        place["on_hand"] = place.get("on_hand", 0) + more
        place["available"] = place.get("available", 0) + more
    lines = [{**one, "pool_available": one.get("pool_available", 0) + more} if one.get("sku") == sku else one
             for one in facts["line"]]  # fmt: skip
    amount, where = value_text(more, Kind.QUANTITY), f"（{site} 仓）" if site else ""
    words = Message(zh=f"{sku} 到货 {amount}{where}", en=f"{amount} of {sku} arrive" + (f" at {site}" if site else ""))
    change = Change("stock.available", row.get("line_no"), None, f"+{amount}")
    yield Pull(settle({**facts, "stock": stock, "line": lines}), "stock", change, words)


def _twin_lever(levers: Levers, facts: Facts, edit: Edit) -> Iterator[Pull]:
    del levers
    if edit.group == "duplicate":
        row = facts["duplicate"][edit.row]
        rows = [one for number, one in enumerate(facts["duplicate"]) if number != edit.row]
        name = row.get("number") or row.get("order_id") or ""
        change = Change("duplicate.order_id", None, str(row.get("order_id", "")), None)
        words = Message(zh=f"取消另一张订单 {name}", en=f"cancel the other order {name}")
        yield Pull({**facts, "duplicate": rows}, "customer", change, words)


def settle(facts: Facts, follow: bool = True) -> Facts:
    """Compute again what follows from the rest. ``follow``: stated totals go along where they were right before."""
    head, lines = dict(facts["head"]), [dict(row) for row in facts["line"]]
    right = _right(head) if follow else {}
    demand: dict[str, int] = {}
    for row in lines:
        _settle_line(row)
        if row.get("type") == "stock" and "sku" in row:
            demand[row["sku"]] = demand.get(row["sku"], 0) + row.get("quantity", 0)
    for row in lines:
        if "pool_demand" in row:
            row["pool_demand"] = demand.get(row.get("sku", ""), 0)
    stock = [{**row, "demand": demand.get(row.get("sku", ""), 0)} if "demand" in row else row for row in facts["stock"]]
    _settle_head(head, lines, right)
    return {**facts, "head": head, "line": lines, "stock": stock, "site": _sites(facts["site"], stock, demand)}


def _settle_line(row: dict[str, Any]) -> None:
    price, quantity = row.get("unit_price"), row.get("quantity", 0)
    if price is None or quantity <= 0:
        return
    discount = row.get("discount", 0)
    if "expected_amount" in row:
        row["expected_amount"] = line_amount_fen(quantity, price, discount)
    if "net_price" in row:
        value = quantity * price - discount * 10**10
        row["net_price"] = (2 * value + quantity) // (2 * quantity) if discount else price


def _right(head: dict[str, Any]) -> dict[str, str]:
    """Say which stated totals were as computed."""
    pairs = [(stated, computed) for stated, both in _COMPUTED.items() for computed in both]
    found: dict[str, str] = {}
    for stated, computed in pairs:
        if head.get(stated) is not None and head.get(stated) == head.get(computed):
            found.setdefault(stated, computed)
    return found


def _settle_head(head: dict[str, Any], lines: list[dict[str, Any]], right: dict[str, str]) -> None:
    amounts = [row.get("amount") for row in lines]
    if "order.lines_total" in head and lines and None not in amounts:
        head["order.lines_total"] = sum(amount for amount in amounts if amount is not None)
        head["order.lines_gross"] = head["order.lines_total"] + sum(row.get("discount", 0) for row in lines)
    if "order.goods" in right:
        head["order.goods"] = head[right["order.goods"]]
    if "order.expected_payable" in head and "order.goods" in head:
        taxed = head["order.goods"] - head.get("order.discount", 0) + head.get("order.shipping", 0)
        head["order.expected_payable_taxed"] = taxed
        head["order.expected_payable"] = taxed + head.get("order.tax", 0)
    if "order.payable" in right:
        head["order.payable"] = head[right["order.payable"]]
    if "credit.available" in head and "credit.limit" in head:
        head["credit.available"] = head["credit.limit"] - head.get("credit.exposure", 0)


def _sites(sites: list[Any], stock: list[Any], demand: dict[str, int]) -> list[Any]:
    free = {(row.get("site"), row.get("sku")): row.get("available", 0) for row in stock}
    found = []
    for row in sites:
        if not any(site == row.get("code") for site, _ in free):
            found.append(row)
            continue
        short = sum(1 for sku, wanted in demand.items() if wanted > max(free.get((row.get("code"), sku), 0), 0))
        found.append({**row, "can_fill": short == 0, "short_skus": short})
    return found
