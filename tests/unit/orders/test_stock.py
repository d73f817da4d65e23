"""Available to promise, the pool, and what an order reserves where."""

from datetime import UTC, datetime

from orders.decision import DecisionBody, FulfilmentLine, FulfilmentPlan, Outcome
from orders.hold import Gate, Hold, Message
from orders.money import MICRO, Fen, Micro
from orders.order import Line, Order, Totals
from orders.stock import Reservation, StockLevel, pool_available, reservation_plan


def level(site="GZ", on_hand=0, reserved=0, in_transit=0, coefficient="1", sku="A-1001"):
    return StockLevel(
        sku=sku,
        site=site,
        on_hand=Micro(on_hand * MICRO),
        reserved=Micro(reserved * MICRO),
        in_transit=Micro(in_transit * MICRO),
        coefficient=Micro(round(float(coefficient) * MICRO)),
    )


def order(*quantities):
    lines = tuple(
        Line(line_no=number, sku="A-1001", quantity=Micro(quantity * MICRO))
        for number, quantity in enumerate(quantities, start=1)
    )
    zero = Fen(0)
    totals = Totals(zero, zero, zero, zero, zero)
    return Order(
        channel="erp", currency="CNY", lines=lines, totals=totals, issued_at=datetime(2026, 11, 22, tzinfo=UTC)
    )


def body(wanted, site="GZ", outcome=Outcome.PASS, holds=()):
    lines = tuple(FulfilmentLine(line.line_no, line.quantity) for line in wanted.lines)
    return DecisionBody(outcome=outcome, holds=holds, fulfilments=(FulfilmentPlan(site, "ZTO", None, lines),))


def test_INV_02_atp_of_100_minus_30_plus_20_times_0_8_is_86():
    assert level(on_hand=100, reserved=30, in_transit=20, coefficient="0.8").available == 86 * MICRO


def test_INV_02_the_inbound_part_is_rounded_down():
    one = StockLevel("A", "GZ", Micro(0), Micro(0), in_transit=Micro(1), coefficient=Micro(999_999))
    assert one.available == 0


def test_INV_01_the_pool_adds_the_sites_and_never_counts_a_negative_one():
    assert pool_available([level("GZ", 10), level("CD", 5, reserved=9)]) == {"A-1001": 10 * MICRO}


def test_INV_04_an_order_reserves_at_its_site():
    wanted = order(7)
    assert reservation_plan(wanted, body(wanted), [level("GZ", 10), level("CD", 10)]) == (
        Reservation("A-1001", "GZ", 1, Micro(7 * MICRO)),
    )


def test_RTE_02_what_the_site_lacks_is_reserved_elsewhere_for_the_transfer():
    wanted = order(7, 5)
    plan = reservation_plan(wanted, body(wanted, "CD"), [level("GZ", 10), level("CD", 8)])
    assert plan == (
        Reservation("A-1001", "CD", 1, Micro(7 * MICRO)),
        Reservation("A-1001", "CD", 2, Micro(1 * MICRO)),
        Reservation("A-1001", "GZ", 2, Micro(4 * MICRO)),
    )


def test_a_rejected_order_reserves_nothing():
    wanted = order(1)
    assert reservation_plan(wanted, body(wanted, outcome=Outcome.REJECT), [level("GZ", 10)]) == ()


def test_VAL_02_an_order_held_for_lack_of_stock_reserves_nothing():
    wanted = order(1)
    short = Hold("STOCK_SHORT", Gate.SUBMIT, "VAL-02", Message("", ""), ("sales",))
    held = body(wanted, outcome=Outcome.HOLD, holds=(short,))
    assert reservation_plan(wanted, held, [level("GZ", 10)]) == ()
