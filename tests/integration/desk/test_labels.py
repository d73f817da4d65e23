"""CAR-02, INT-07, VAL-11, RSK-03: labels over a fake TOP gateway that checks signatures as the platform does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug import Response

from adapters.carriers import cainiao
from adapters.channels.taobao import sign
from adapters.message import Message, Target
from orders.actor import SYSTEM, Role
from orders.errors import Refused, TransportError
from server.db import audit
from server.db.order import orders as stored_orders
from server.db.outlets import destinations
from server.db.outlets.destinations import Wanted
from server.desk import labels
from server.desk import orders as desk
from server.desk.orders import Label
from server.desk.outlets import warehouse
from tests.integration.desk.conftest import actor, order, send

if TYPE_CHECKING:
    from server.db.store import Store
    from server.deps import Deps

KEEPER = actor(Role.PRODUCTION)
KEY, SECRET, SESSION = "12345", "top-secret-0123456789", "session-0123456789"
SENDERS = "GZ=李工/13800000000/广东省/广州市/天河区/中山大道1号; CD=赵工/13900000000/四川省/成都市/武侯区/天府大道1号"


@pytest.fixture
def store(sqlite_store: Store) -> Store:
    return sqlite_store


class Gateway:
    """Gives a number for each parcel, the same however often it is asked; takes numbers back once."""

    def __init__(self, httpserver: Any) -> None:
        self.calls: list[dict[str, str]] = []
        self.numbers: dict[str, str] = {}
        self.back: list[str] = []
        self.lose = False
        self.wrong: dict[str, Any] | None = None
        self.form = "73{:012}"
        self.of, self.takes_back = "", True
        httpserver.expect_request("/router/rest", method="POST").respond_with_handler(self.answer)

    def answer(self, request: Any) -> Response:
        told = request.form.to_dict()
        if told.pop("sign") != sign(told, SECRET) or told["session"] != SESSION:
            return self._json({"error_response": {"code": 25, "msg": "Invalid signature"}})
        if self.wrong is not None:
            return self._json({"error_response": self.wrong})
        self.calls.append(told)
        if told["method"] == "cainiao.waybill.ii.cancel":
            self.back.append(told["waybill_code"])
            return self._json({"cainiao_waybill_ii_cancel_response": {"cancel_result": self.takes_back}})
        [wanted] = self.wanted()["trade_order_info_dtos"]
        parcel = wanted["package_info"]["id"]
        number = self.numbers.setdefault(parcel, self.form.format(len(self.numbers) + 1))
        if self.lose:
            self.lose = False
            return Response(status=504)
        told_back = {"object_id": self.of or wanted["object_id"], "waybill_code": number, "print_data": '{"data":"x"}'}
        modules = {"waybill_cloud_print_response": [told_back]}
        return self._json({"cainiao_waybill_ii_get_response": {"modules": modules}})

    def wanted(self) -> dict[str, Any]:
        return json.loads(self.calls[-1]["param_waybill_cloud_print_apply_new_request"])

    @staticmethod
    def _json(value: Any) -> Response:
        return Response(json.dumps(value), content_type="application/json")


@pytest.fixture
def gateway(deps: Deps, httpserver: Any) -> Gateway:
    found = Gateway(httpserver)
    settings = {item.name: item.default for item in cainiao.KIND.settings}
    settings |= {"app_key": KEY, "user_id": "1", "template_url": "https://t/1", "senders": SENDERS}
    settings["signature_service"] = "SVC-SIGN"
    found.settings, found.url = settings, httpserver.url_for("")
    _set_up(deps, found)
    return found


def _set_up(deps: Deps, gateway: Any, **changed: str) -> None:
    settings = {**gateway.settings, **changed}
    wanted = Wanted("面单", cainiao.KIND.name, "http://…", settings, [], url=gateway.url, secrets=(SECRET, SESSION))
    with deps.store.db.write() as conn:
        destinations.put(conn, deps.store, "mian", wanted, actor=SYSTEM, now=deps.clock())


def placed(deps: Deps, number: str, *lines: tuple[str, str]) -> str:
    made = send(deps, order(number, *(lines or [("A-1001", "60")])))
    assert made.state == "routing", made.holds
    return str(made.order_id)


def plans(deps: Deps, order_id: str) -> list[dict[str, Any]]:
    with deps.store.db.read() as conn:
        return stored_orders.fulfilments(conn, order_id)


def test_CAR_02_label_gives_number_and_print_data(deps: Deps, gateway: Gateway) -> None:
    order_id = placed(deps, "L-1")
    [label] = labels.ask(deps, KEEPER, order_id)
    assert (label["carrier"], label["waybill"], label["state"]) == ("ZTO", "73000000000001", "active")
    [plan] = plans(deps, order_id)
    assert plan["waybill"] == "73000000000001"
    assert labels.shown(deps, KEEPER, order_id, printing=True)[0]["print_data"] == '{"data":"x"}'
    asked = gateway.wanted()
    assert asked["cp_code"] == "ZTO"
    assert asked["sender"]["address"]["detail"] == "中山大道1号"
    [told] = asked["trade_order_info_dtos"]
    assert told["recipient"]["mobile"] == "13800138000"
    assert told["package_info"]["items"] == [{"name": "A-1001", "count": 60}]
    assert "logistics_services" not in told


def test_CAR_02_lost_answer_gives_the_same_number_and_no_second_one(deps: Deps, gateway: Gateway) -> None:
    order_id = placed(deps, "L-1")
    gateway.lose = True
    with pytest.raises(TransportError):
        labels.ask(deps, KEEPER, order_id)
    assert plans(deps, order_id)[0]["waybill"] is None
    [label] = labels.ask(deps, KEEPER, order_id)
    [again] = labels.ask(deps, KEEPER, order_id)
    assert label == again
    assert list(gateway.numbers.values()) == [label["waybill"]]
    assert len(gateway.calls) == 2


def test_CAR_02_number_is_given_back_and_asked_for_anew(deps: Deps, gateway: Gateway) -> None:
    order_id = placed(deps, "L-1")
    [label] = labels.ask(deps, KEEPER, order_id)
    [back] = labels.give_back(deps, KEEPER, order_id)
    assert (back["state"], gateway.back, plans(deps, order_id)[0]["waybill"]) == ("cancelled", [label["waybill"]], None)
    states = [item["state"] for item in labels.ask(deps, KEEPER, order_id)]
    assert sorted(states) == ["active", "cancelled"]
    with deps.store.db.read() as conn:
        actions = [row["action"] for row in audit.of(conn, order_id)]
    assert actions.count("label_asked") == 2
    assert actions.count("label_given_back") == 1


def test_CAR_02_number_of_another_parcel_is_not_taken(deps: Deps, gateway: Gateway) -> None:
    order_id = placed(deps, "L-1")
    gateway.of = "somebody-else"
    with pytest.raises(TransportError) as failed:
        labels.ask(deps, KEEPER, order_id)
    assert failed.value.code == "no_waybill"
    assert plans(deps, order_id)[0]["waybill"] is None


def test_CAR_02_number_that_is_not_taken_back_stays(deps: Deps, gateway: Gateway) -> None:
    order_id = placed(deps, "L-1")
    labels.ask(deps, KEEPER, order_id)
    gateway.takes_back = False
    with pytest.raises(TransportError) as failed:
        labels.give_back(deps, KEEPER, order_id)
    assert failed.value.code == "not_cancelled"
    assert plans(deps, order_id)[0]["waybill"] is not None


def test_CAR_02_what_was_shipped_keeps_its_number(deps: Deps, gateway: Gateway) -> None:
    order_id = placed(deps, "L-1")
    labels.ask(deps, KEEPER, order_id)
    desk.command(deps, KEEPER, order_id, "print")
    desk.command(deps, KEEPER, order_id, "ship")
    with pytest.raises(Refused):
        labels.give_back(deps, KEEPER, order_id)
    with pytest.raises(Refused, match="routed"):
        labels.ask(deps, KEEPER, order_id)
    assert gateway.back == []


def test_CAR_02_cancelled_order_gives_its_numbers_back(deps: Deps, gateway: Gateway) -> None:
    deliver = cainiao.KIND.make(deps.clock)
    body = {
        "event": "order.cancelled",
        "fulfilments": [{"carrier": "ZTO", "waybill": "73000000000001"}, {"carrier": "ZTO"}],
    }
    message = Message("out_1", "order.cancelled", "ord_1", "key", deps.clock(), json.dumps(body).encode())
    deliver(message, Target(gateway.url, settings=gateway.settings), (SECRET, SESSION))
    assert gateway.back == ["73000000000001"]


@pytest.mark.parametrize(
    ("error", "permanent"),
    [
        ({"code": 15, "sub_code": "isv.waybill-balance", "sub_msg": "余额不足"}, True),
        ({"code": 15, "sub_code": "isp.top-remote-timeout", "sub_msg": "超时"}, False),
        ({"code": 7, "msg": "App Call Limited"}, False),
    ],
)
def test_INT_07_refusal_says_whether_to_try_again(deps: Deps, gateway: Gateway, error: Any, permanent: bool) -> None:
    gateway.wrong = error
    with pytest.raises(TransportError) as refused:
        labels.ask(deps, KEEPER, placed(deps, "L-1"))
    assert refused.value.permanent is permanent
    assert SECRET not in refused.value.message_en


def test_RSK_03_what_needs_a_signature_is_labelled_with_one(deps: Deps, gateway: Gateway) -> None:
    order_id = placed(deps, "L-1", ("A-1007", "2"))  # 235.00 a piece
    with pytest.raises(Refused, match="signature"):
        desk.command(deps, KEEPER, order_id, "print")
    [label] = labels.ask(deps, KEEPER, order_id)
    assert label["signature"] is True
    [told] = gateway.wanted()["trade_order_info_dtos"]
    assert json.loads(told["logistics_services"]) == {"SVC-SIGN": {}}
    assert plans(deps, order_id)[0]["service"] == "signature"
    assert desk.command(deps, KEEPER, order_id, "print")["state"] == "printed"


def test_RSK_03_without_a_named_service_there_is_no_label(deps: Deps, gateway: Gateway) -> None:
    order_id = placed(deps, "L-1", ("A-1007", "2"))
    _set_up(deps, gateway, signature_service="")
    with pytest.raises(TransportError) as refused:
        labels.ask(deps, KEEPER, order_id)
    assert refused.value.code == "no_signature_service"
    assert gateway.calls == []


def test_VAL_11_platforms_number_of_another_form_is_refused(deps: Deps, gateway: Gateway) -> None:
    gateway.form = "YT{:013}"
    order_id = placed(deps, "L-1")
    with pytest.raises(Refused) as refused:
        labels.ask(deps, KEEPER, order_id)
    assert refused.value.code == "waybill_form"
    assert plans(deps, order_id)[0]["waybill"] is None


def test_VAL_11_person_who_mistypes_is_stopped_and_the_rate_of_each_carrier_is_kept(deps: Deps) -> None:
    order_id = placed(deps, "L-1")
    desk.command(deps, KEEPER, order_id, "print")
    for waybill in ("7361055558288", "SF1385628716739"):
        with pytest.raises(Refused) as refused:
            desk.command(deps, KEEPER, order_id, "ship", label=Label(waybill=waybill))
        assert refused.value.code == "waybill_form"
    with pytest.raises(Refused) as refused:
        desk.command(deps, KEEPER, order_id, "ship", label=Label(waybill="EA473124820CN", carrier="EMS"))
    assert refused.value.code == "waybill_check_digit"
    view = desk.command(deps, KEEPER, order_id, "ship", label=Label(waybill="73610555582883"))
    assert view["state"] == "shipped"
    told = [(row["carrier"], row["checked"], row["refused"]) for row in labels.rates(deps)]
    assert told == [("EMS", 1, 1), ("ZTO", 3, 2)]


def test_VAL_11_rates_are_of_the_last_thirty_days(deps: Deps, clock: Any) -> None:
    labels.check(deps, "SF", "SF1385628716739")
    clock.forward(days=30)
    assert [row["checked"] for row in labels.rates(deps)] == [1]
    clock.forward(days=1)
    assert labels.rates(deps) == []


def test_VAL_11_row_of_a_view_that_stays_wrong_is_counted_once(deps: Deps) -> None:
    row = {"reference": "V-1", "order_id": placed(deps, "L-1"), "site": "GZ", "carrier": "SF", "waybill": "YT1"}
    row |= {"shipped_at": "2026-11-22T07:30:00+08:00", "lines": [{"sku": "A-1001", "quantity": "60", "lot": None}]}
    assert [warehouse._take(deps, "old", row) for _ in range(3)] == [False] * 3
    assert [(item["checked"], item["refused"]) for item in labels.rates(deps)] == [(1, 1)]
