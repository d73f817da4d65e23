"""VAL-01 … VAL-04, VAL-07, VAL-10, FIN-06 at their boundaries, decided by the shipped policies."""

from dataclasses import replace

import pytest

from orders.decision import Outcome
from orders.money import Fen, Micro
from orders.order import Fulfilment, OrderType, Totals
from orders.party import Address, Contact, Party, ShipTo
from orders.stock import StockLevel
from tests.unit.rules.cases import SUZHOU, M, context, fired, flags, holds, judge, line, order


def test_VAL_01_complete_entry_form_passes():
    assert judge(order(channel="form")).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"buyer": Party(None)}, "客户名称"),
        ({"requested_date": None}, "期望交期"),
        ({"payment_terms": None}, "付款方式"),
    ],
)
def test_VAL_01_entry_form_without_a_required_field_is_held_naming_it(change, named):
    body = judge(order(channel="form", **change))
    hold = next(hold for hold in body.holds if hold.rule == "VAL-01.entry")
    assert hold.gate == "submit"
    assert named in hold.message.zh
    assert judge(order(channel="api", **change)).outcome is Outcome.PASS


def test_VAL_01_line_without_price_is_held_but_a_gift_is_not():
    no_price = order(line(unit_price=None, amount=Fen(0)), totals=Totals(Fen(0), Fen(0), Fen(0), Fen(0), Fen(0)))
    assert "INCOMPLETE_ENTRY" in holds(judge(no_price))
    gift = order(line(), line(2, unit_price=None, amount=Fen(0), is_gift=True))
    assert judge(gift).outcome is Outcome.PASS


def _stocked(quantity: int):
    levels = (StockLevel("A-1001", "GZ", Micro(7 * M), Micro(0)), StockLevel("A-1001", "CD", Micro(3 * M), Micro(0)))
    return judge(order(line(quantity=Micro(quantity * M))), context(stock=levels))


def test_VAL_02_quantity_equal_to_available_passes():
    assert holds(_stocked(10)) == []


def test_VAL_02_one_more_than_available_is_to_be_confirmed():
    body = _stocked(11)
    assert holds(body) == ["STOCK_SHORT"]
    assert body.holds[0].line_no == 1
    assert body.outcome is Outcome.HOLD
    assert "11" in body.holds[0].message.zh
    assert "10" in body.holds[0].message.zh


def test_VAL_02_two_lines_of_one_sku_count_together():
    levels = (StockLevel("A-1001", "GZ", Micro(10 * M), Micro(0)),)
    lines = (line(quantity=Micro(5 * M)), line(2, sku="A-1001", quantity=Micro(6 * M)))
    assert [hold.line_no for hold in judge(order(*lines), context(stock=levels)).holds] == [1, 2]


def test_VAL_02_a_sku_without_any_stock_record_is_short():
    assert holds(judge(order(), context(stock=()))) == ["STOCK_SHORT"]


def test_VAL_03_complete_address_passes():
    assert "INCORRECT_ADDRESS" not in holds(judge())


@pytest.mark.parametrize("part", ["province", "city", "district", "detail"])
def test_VAL_03_address_without_a_part_is_held_and_customer_service_told(part):
    address = replace(SUZHOU, **{part: None}, text=None)
    body = judge(order(ship_to=ShipTo(Contact("王工", "13900139000"), address)))
    assert holds(body) == ["INCORRECT_ADDRESS"]
    assert body.holds[0].gate == "allocate"
    assert [notice.to for notice in body.notify] == ["customer_service"]


@pytest.mark.parametrize(("contact", "named"), [(Contact(None, "139"), "收货人"), (Contact("王工", None), "电话")])
def test_VAL_03_receiver_without_name_or_phone_is_held(contact, named):
    body = judge(order(ship_to=ShipTo(contact, SUZHOU)))
    assert holds(body) == ["INCORRECT_ADDRESS"]
    assert named in body.holds[0].message.zh


def test_VAL_03_city_without_districts_and_municipality_pass():
    dongguan = Address(None, "广东省", "东莞市", None, "松山湖大道1号")
    shanghai = Address(None, "上海市", None, "浦东新区", "世纪大道1号")
    for address in (dongguan, shanghai):
        assert holds(judge(order(ship_to=ShipTo(Contact("王工", "139"), address)))) == []


def test_VAL_03_pickup_needs_no_address():
    assert holds(judge(order(fulfilment=Fulfilment.PICKUP, ship_to=ShipTo()))) == []


def test_VAL_04_remote_area_is_flagged_with_an_alternative():
    lhasa = Address(None, "西藏自治区", "拉萨市", "城关区", "北京东路1号")
    body = judge(order(ship_to=ShipTo(Contact("王工", "139"), lhasa)))
    assert flags(body) == ["REMOTE_AREA"]
    assert "EMS" in body.flags[0].message.zh
    assert {notice.to for notice in body.notify} == {"customer_service"}
    assert body.outcome is Outcome.FLAG


def test_VAL_04_other_area_is_not_flagged():
    assert flags(judge()) == []


@pytest.mark.parametrize("order_type", list(OrderType))
def test_VAL_07_each_order_type_takes_its_own_workflow(order_type):
    body = judge(order(type=order_type))
    assert body.workflow == order_type.value
    assert "VAL-07" in fired(body)


@pytest.mark.parametrize(("amount", "held"), [(12_500, False), (12_501, True), (12_499, True)])
def test_VAL_10_line_amount_must_agree_to_the_fen(amount, held):
    body = judge(order(line(amount=Fen(amount))))
    assert ("VAL-10.amount" in fired(body)) is held
    assert (holds(body) == ["PRICE_MISMATCH"]) is held


def test_VAL_10_promotion_price_must_be_the_approved_one():
    sku = replace(context().skus[0], approved_promo_price=Micro(12_000_000))
    for price, held in ((12_000_000, False), (12_010_000, True), (11_990_000, True)):
        body = judge(order(line(promotion="双11", unit_price=Micro(price))), context(skus=(sku,)))
        assert ("VAL-10.promotion" in fired(body)) is held
    assert "VAL-10.promotion" not in fired(judge(order(line()), context(skus=(sku,))))


@pytest.mark.parametrize(("goods", "held"), [(12_500, False), (12_501, True), (12_499, True)])
def test_FIN_06_goods_must_be_the_sum_of_the_lines(goods, held):
    totals = Totals(Fen(goods), Fen(0), Fen(0), Fen(0), Fen(goods))
    body = judge(order(totals=totals))
    assert ("FIN-06.goods" in fired(body)) is held
    assert (holds(body) == ["PRICE_MISMATCH"]) is held


def test_FIN_06_goods_may_be_stated_before_line_discounts():
    totals = Totals(Fen(12_500), Fen(500), Fen(0), Fen(0), Fen(12_000))
    assert judge(order(line(discount=Fen(500)), totals=totals)).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("payable", "held"), [(14_425, False), (12_800, False), (14_426, True), (12_799, True), (12_801, True)]
)
def test_FIN_06_payable_must_follow_from_the_totals(payable, held):
    totals = Totals(Fen(12_500), Fen(100), Fen(400), Fen(1_625), Fen(payable))
    assert ("FIN-06.payable" in fired(judge(order(totals=totals)))) is held


def test_IN_03_a_line_under_refund_at_its_platform_does_not_ship_before_sales_have_looked():
    body = judge(order(line(1, attributes={"refunding": "refunding"}), line(2)))
    assert [(hold.code, hold.gate.value, hold.line_no) for hold in body.holds] == [
        ("PLATFORM_REFUND", "release_to_warehouse", 1)
    ]
    assert holds(judge(order(line(1), line(2)))) == []


@pytest.mark.parametrize("attribute", ["ship_to", "split_delivery"])
def test_VAL_03_lines_for_several_places_are_held_before_stock_is_taken(attribute):
    body = judge(order(line(1), line(2, attributes={attribute: "DC8"})))
    assert [(hold.code, hold.gate.value, hold.line_no) for hold in body.holds] == [("SEVERAL_SHIP_TO", "allocate", 2)]
