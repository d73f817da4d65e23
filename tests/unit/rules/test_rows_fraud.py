"""RSK-01 … RSK-05, DUP-01 … DUP-03 at their boundaries, decided by the shipped policies."""

from dataclasses import replace

import pytest

from orders.context import DuplicateCandidate, History
from orders.decision import Outcome
from orders.money import Fen, Micro
from orders.party import Address, Contact, ShipTo
from tests.unit.rules.cases import SUZHOU, M, context, fired, flags, holds, judge, line, order, payable, with_param

PICKUP = replace(SUZHOU, text="江苏省苏州市虎丘区星湖街328号菜鸟驿站")


@pytest.mark.parametrize(("count", "held"), [(3, False), (4, True)])
def test_RSK_01_fourth_order_of_one_person_today_is_held(count, held):
    body = judge(None, context(history=History(same_id_orders_today=count, id_basis="id_card")))
    assert (holds(body) == ["BRUSHING_SUSPECT"]) is held
    assert held is False or (body.holds[0].gate == "approve" and body.holds[0].needs_human)


def test_RSK_01_cancelled_orders_count_only_when_the_parameter_says_so():
    history = History(same_id_orders_today=3, same_id_cancelled_today=1)
    assert holds(judge(None, context(history=history))) == []
    assert holds(judge(None, context(history=history), with_param("count_cancelled", "true"))) == ["BRUSHING_SUSPECT"]


@pytest.mark.parametrize(("yuan", "held"), [("500.00", False), ("500.01", True)])
def test_RSK_02_pickup_point_above_500_yuan_is_held(yuan, held):
    body = judge(payable(yuan, ship_to=ShipTo(Contact("王工", "139"), PICKUP)))
    assert (holds(body) == ["PICKUP_POINT_HIGH_VALUE"]) is held
    assert held is False or (body.holds[0].gate == "approve" and body.holds[0].needs_human)


def test_RSK_02_600_yuan_without_the_words_passes():
    assert holds(judge(payable("600.00"))) == []


def test_RSK_02_second_word_and_detail_count_too():
    point = Address(None, "江苏省", "苏州市", "虎丘区", "村口代收点")
    assert holds(judge(payable("600.00", ship_to=ShipTo(Contact("王工", "139"), point)))) == ["PICKUP_POINT_HIGH_VALUE"]


@pytest.mark.parametrize(
    ("address", "held"),
    [
        (Address("江苏省苏州市虎丘区星湖街328号菜鸟驿 站"), True),
        (Address(None, "江苏省", "苏州市", "虎丘区", "村口 代 收 点"), True),
        (Address("江苏省苏州市虎丘区驿马路，站前街8号"), False),
    ],
)
def test_RSK_02_words_written_with_spaces_between_their_letters_count_too(address, held):
    held_by = holds(judge(payable("600.00", ship_to=ShipTo(Contact("王工", "139"), address))))
    assert ("PICKUP_POINT_HIGH_VALUE" in held_by) is held


def test_RSK_02_trace_shows_that_the_address_matched_but_never_the_address():
    body = judge(payable("600.00", ship_to=ShipTo(Contact("王工", "139"), PICKUP)))
    step = next(step for step in body.trace if step.rule == "RSK-02")
    assert step.because["order.ship_to.address contains $pickup_words"] is True
    assert step.because["$pickup_words"] == "驿站、代收点"
    assert step.because["order.payable"] == "600.00"
    assert "星湖街" not in str(body)


@pytest.mark.parametrize(("price", "required"), [(200_000_000, False), (200_010_000, True)])
def test_RSK_03_item_above_200_yuan_requires_a_signature(price, required):
    body = judge(order(line(quantity=Micro(1 * M), unit_price=Micro(price))))
    assert ([item.code for item in body.requires] == ["signature"]) is required
    assert (flags(body) == ["HIGH_VALUE_SIGNATURE"]) is required
    assert holds(body) == []


def _at_price(price: int, bundle=None, **changes: object):
    skus = (replace(context().skus[0], cost=Micro(100 * M)),)
    item = line(quantity=Micro(1 * M), unit_price=Micro(price), **changes)
    return judge(order(item), context(skus=skus), bundle)


@pytest.mark.parametrize(("price", "held"), [(85_000_000, False), (84_990_000, True), (84_999_999, True)])
def test_RSK_04_price_more_than_15_percent_under_cost_pauses_shipping(price, held):
    body = _at_price(price)
    assert ("PROMO_PRICE_DEVIATION" in holds(body)) is held
    if held:
        assert body.holds[0].gate == "ship"
        assert [notice.to for notice in body.notify] == ["operations"]


def test_RSK_04_default_mode_lets_a_healthy_margin_pass():
    assert holds(_at_price(130_000_000, promotion="双11")) == []


def test_RSK_04_line_discount_counts():
    skus = (replace(context().skus[0], cost=Micro(100 * M)),)
    item = line(quantity=Micro(1 * M), unit_price=Micro(100 * M), discount=Fen(1501))
    assert "RSK-04.thin" in fired(judge(order(item), context(skus=skus)))
    item = line(quantity=Micro(1 * M), unit_price=Micro(100 * M), discount=Fen(1500))
    assert "RSK-04.thin" not in fired(judge(order(item), context(skus=skus)))


def test_RSK_04_gift_is_not_compared_with_its_cost():
    assert holds(_at_price(0, is_gift=True)) == []


@pytest.mark.parametrize(
    ("price", "held"), [(115_000_000, False), (115_010_000, True), (85_000_000, False), (84_990_000, True)]
)
def test_RSK_04_literal_mode_holds_deviation_in_both_directions(price, held):
    body = _at_price(price, with_param("promo_mode", "abs"), promotion="双11")
    assert (holds(body) == ["PROMO_PRICE_DEVIATION"]) is held
    assert ("RSK-04.abs" in fired(body)) is held


def test_RSK_04_literal_mode_looks_at_promotions_alone_and_not_at_gifts():
    bundle = with_param("promo_mode", "abs")
    assert holds(_at_price(130_000_000, bundle)) == []
    assert holds(_at_price(0, bundle, promotion="双11", is_gift=True)) == []


@pytest.mark.parametrize(("yuan", "held"), [("49999.99", False), ("50000.00", True)])
def test_RSK_05_large_order_goes_to_risk(yuan, held):
    body = judge(payable(yuan))
    assert ("LARGE_ORDER" in holds(body)) is held
    assert ([notice.to for notice in body.notify] == ["risk"]) is held


def _twin(**changes: object) -> DuplicateCandidate:
    base = DuplicateCandidate("ord_twin", "PO-0", "api", True, True, ("A-1001",), 300)
    return replace(base, **changes)


def _with_twin(*twins: DuplicateCandidate, **changes: object):
    return judge(order(**changes), context(history=History(duplicates=twins)))


@pytest.mark.parametrize(("seconds", "held"), [(300, True), (301, False), (0, True)])
def test_DUP_01_same_phone_and_sku_within_five_minutes_is_suspected(seconds, held):
    body = _with_twin(_twin(seconds_apart=seconds))
    assert (holds(body) == ["DUPLICATE_SUSPECT"]) is held
    assert ("DUP-01" in fired(body)) is held


def test_DUP_01_other_phone_or_other_sku_is_not_suspected():
    assert holds(_with_twin(_twin(same_phone=False))) == []
    assert holds(_with_twin(_twin(shared_skus=()))) == []


def test_DUP_02_the_suspect_is_kept_for_a_person_with_a_link_to_its_twin():
    body = _with_twin(_twin())
    hold = body.holds[0]
    assert (hold.rule, hold.gate, hold.needs_human) == ("DUP-02", "approve", True)
    assert hold.message.zh.startswith("疑似与 api 渠道的订单 PO-0（ord_twin）重复")
    assert "PO-0 (ord_twin)" in hold.release[0].en
    assert body.outcome is Outcome.HOLD


def test_DUP_02_a_twin_without_a_number_is_named_by_its_id():
    hold = _with_twin(_twin(number=None)).holds[0]
    assert "未知（ord_twin）" in hold.message.zh


def test_DUP_02_two_twins_are_two_holds():
    body = _with_twin(_twin(), _twin(order_id="ord_other"))
    assert holds(body) == ["DUPLICATE_SUSPECT", "DUPLICATE_SUSPECT"]


@pytest.mark.parametrize(("seconds", "held"), [(86_400, True), (86_401, False)])
def test_DUP_03_same_content_through_another_channel_is_suspected(seconds, held):
    twin = _twin(same_phone=False, same_content=True, seconds_apart=seconds)
    body = _with_twin(twin, channel="photo")
    assert (holds(body) == ["DUPLICATE_SUSPECT"]) is held
    assert ("DUP-03" in fired(body)) is held


def test_DUP_03_same_channel_or_other_content_is_not_suspected():
    assert holds(_with_twin(_twin(same_phone=False, same_content=True), channel="api")) == []
    assert holds(_with_twin(_twin(same_phone=False), channel="photo")) == []
