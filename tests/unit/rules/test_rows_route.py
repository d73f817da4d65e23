"""RTE-01, RTE-02, RTE-05, CAR-01 at their boundaries, decided by the shipped policies."""

import pytest

from orders.decision import Outcome
from orders.money import Micro
from orders.order import Fulfilment, OrderType
from orders.party import Address, Contact, ShipTo
from orders.stock import StockLevel
from rules.bundle import load_bundle, policy_files
from tests.unit.rules.cases import CHENGDU, M, context, fired, flags, holds, judge, line, order


def _to(province: str) -> ShipTo:
    return ShipTo(Contact("王工", "139"), Address(None, province, f"{province}某市", "某区", "某路1号"))


@pytest.mark.parametrize(
    ("province", "site"),
    [(name, "CD") for name in ("湖北省", "湖南省", "河南省", "四川省", "重庆市", "贵州省", "云南", "西藏自治区")]
    + [(name, "GZ") for name in ("上海市", "北京市", "广东省", "江苏省", "陕西省", "江西省", "广西壮族自治区")],
)
def test_RTE_01_province_chooses_the_site(province, site):
    body = judge(order(ship_to=_to(province)))
    assert [plan.site for plan in body.fulfilments] == [site]
    assert any(site in message.zh for message in body.fulfilments[0].why)


def test_RTE_01_unknown_province_goes_to_the_default_site():
    assert judge(order(ship_to=ShipTo())).fulfilments[0].site == "GZ"


def _pickup(**attributes: str):
    return judge(order(fulfilment=Fulfilment.PICKUP, ship_to=_to("四川省"), attributes=attributes))


@pytest.mark.parametrize("shop", ["GZ", "CD"])
def test_IN_14_a_pickup_takes_its_shops_stock_wherever_the_buyer_lives_and_no_carrier(shop):
    body = _pickup(shop=shop)
    assert [(plan.site, plan.carrier) for plan in body.fulfilments] == [(shop, None)]
    assert fired(body) & {"RTE-01.region", "RTE-01.default", "CAR-01.default"} == set()
    assert body.outcome is Outcome.PASS


def test_IN_14_a_pickup_in_an_unknown_shop_is_held_before_stock_and_says_which():
    body = _pickup(shop="SH-09")
    assert [(hold.code, hold.gate.value, "SH-09" in hold.message.zh) for hold in body.holds] == [
        ("PICKUP_SHOP", "allocate", True)
    ]


def test_IN_14_a_pickup_that_names_no_shop_goes_on_from_the_default_site_and_sales_are_told():
    body = _pickup()
    assert ([plan.site for plan in body.fulfilments], flags(body), holds(body)) == (["GZ"], ["PICKUP_SHOP_UNNAMED"], [])
    assert [notice.to for notice in body.notify] == ["sales"]


def test_IN_14_a_delivery_that_carries_a_shop_goes_by_its_province():
    body = judge(order(ship_to=_to("四川省"), attributes={"shop": "GZ"}))
    assert [plan.site for plan in body.fulfilments] == ["CD"]


def _stock(gz: int, cd: int | None, sku: str = "A-1001") -> tuple[StockLevel, ...]:
    levels = (StockLevel(sku, "GZ", Micro(gz * M), Micro(0)),)
    return levels if cd is None else (*levels, StockLevel(sku, "CD", Micro(cd * M), Micro(0)))


def _sichuan(stock: tuple[StockLevel, ...], **changes: object):
    return judge(order(line(**changes), ship_to=ShipTo(Contact("王工", "139"), CHENGDU)), context(stock=stock))


@pytest.mark.parametrize(("cd", "short"), [(10, False), (9, True)])
def test_RTE_02_short_at_the_target_asks_for_a_transfer_and_keeps_the_order(cd, short):
    body = _sichuan(_stock(100, cd))
    assert (flags(body) == ["TRANSFER_NEEDED"]) is short
    assert ([notice.to for notice in body.notify] == ["stock_planner"]) is short
    assert [plan.site for plan in body.fulfilments] == ["CD"]
    assert body.outcome is (Outcome.FLAG if short else Outcome.PASS)


def test_RTE_02_target_that_never_held_the_sku_asks_for_a_transfer():
    body = _sichuan(_stock(100, None))
    assert flags(body) == ["TRANSFER_NEEDED"]
    assert fired(body) & {"RTE-02", "RTE-02.nothing"} == {"RTE-02.nothing"}


def test_RTE_02_no_transfer_when_all_sites_together_are_short_or_the_line_is_made_to_order():
    assert "TRANSFER_NEEDED" not in flags(_sichuan(_stock(5, 4)))
    assert "TRANSFER_NEEDED" not in flags(_sichuan(_stock(100, 0), type=OrderType.CUSTOM))
    assert "TRANSFER_NEEDED" not in flags(_sichuan(_stock(4, None)))


def _splitting() -> dict[str, str]:
    rule = """policy: split_test
owner: production
stage: route
rules:
  - id: TST-split
    when: line.quantity > 0 and line.sku is A-1002
    then: [{route: CD}]
    message: {zh: 拆, en: split}
"""
    return policy_files() | {"split.yaml": rule.replace("A-1002", '"A-1002"')}


def test_RTE_05_one_site_that_fills_all_gives_one_fulfilment():
    body = judge(order(line(1), line(2), line(3)))
    assert len(body.fulfilments) == 1
    assert [part.line_no for part in body.fulfilments[0].lines] == [1, 2, 3]
    assert any("不拆单" in message.zh for message in body.fulfilments[0].why)


def test_RTE_05_keeps_together_what_another_rule_would_split():
    bundle = load_bundle(_splitting())
    together = judge(order(line(1), line(2)), None, bundle)
    assert [plan.site for plan in together.fulfilments] == ["GZ"]
    poor = tuple(level for level in context().stock if (level.sku, level.site) != ("A-1002", "GZ"))
    apart = judge(order(line(1), line(2)), context(stock=poor), bundle)
    assert [(plan.site, [part.line_no for part in plan.lines]) for plan in apart.fulfilments] == [
        ("GZ", [1]),
        ("CD", [2]),
    ]


@pytest.mark.parametrize(
    ("province", "carrier"),
    [("江苏省", "ZTO"), ("浙江省", "ZTO"), ("上海市", "ZTO"), ("安徽省", "YUNDA"), ("四川省", "YUNDA")],
)
def test_CAR_01_province_chooses_the_carrier(province, carrier):
    plan = judge(order(ship_to=_to(province))).fulfilments[0]
    assert (plan.carrier, plan.service) == (carrier, "standard")


@pytest.mark.parametrize("province", ["江苏省", "安徽省"])
def test_CAR_01_pickup_has_no_carrier(province):
    assert judge(order(ship_to=_to(province), fulfilment=Fulfilment.PICKUP)).fulfilments[0].carrier is None


def test_small_stock_order_to_jiangsu_passes_from_guangzhou_by_zto_without_approval():
    body = judge()
    assert body.outcome is Outcome.PASS
    assert (body.fulfilments[0].site, body.fulfilments[0].carrier, body.approval) == ("GZ", "ZTO", ())


def test_order_to_sichuan_goes_from_chengdu_by_yunda():
    plan = judge(order(ship_to=ShipTo(Contact("王工", "139"), CHENGDU))).fulfilments[0]
    assert (plan.site, plan.carrier) == ("CD", "YUNDA")
