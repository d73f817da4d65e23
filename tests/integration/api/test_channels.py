"""Channels set up, mapped and called: signed deliveries become orders, what is not mapped waits and is named."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from adapters.channels.incoming import sha256_base64
from adapters.channels.standard import sign
from server.db import tables as t
from server.desk import inbox
from server.desk.doors.hooks import take_delivery
from tests.conftest import START
from tests.integration.api.conftest import order
from tests.unit.intake.cast import ROOT

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

STAMP = str(int(START.timestamp()))
POS = json.loads((ROOT / "tests" / "golden" / "channels" / "pos" / "input.json").read_text(encoding="utf-8"))


def set_up(api: Api, code: str = "shop-gz", *, preset: str = "pos", **more: Any) -> str:
    """Take a preset over, publish it, make a channel with it; return its signing key."""
    name = f"{code}-模板"
    version = api.post(f"/v1/channel-templates/{name}", {"preset": preset}).json["version"]
    api.post(f"/v1/channel-templates/{name}/versions/{version}/publish")
    made = api.put(
        f"/v1/channels/{code}", {"name": "广州门店", "platform": "pos", "template": name, "account": "GZ", **more}
    )
    assert made.status_code == 201, made.text
    return str(api.post(f"/v1/channels/{code}/rotate").json["secret"])


def call(api: Api, key: str, value: Any, *, code: str = "shop-gz", delivery: str = "d1", stamp: str = STAMP) -> Any:
    body = json.dumps(value, ensure_ascii=False).encode()
    headers = {
        "webhook-id": delivery,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{sign(key, delivery, stamp, body)}",
    }
    return api.call("POST", f"/v1/hooks/{code}", role=None, data=body, content_type="application/json", headers=headers)


def taken(api: Api, answer: Any, code: str = "shop-gz") -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    document = answer.json["document"]
    inbox.empty(api.deps)
    take_delivery(api.deps, document, code)
    return dict(api.get(f"/v1/documents/{document}").json)


def orders(api: Api) -> int:
    with api.deps.store.db.read() as conn:
        return conn.execute(select(func.count()).select_from(t.orders)).scalar() or 0


def test_IN_02_a_signed_delivery_gives_202_and_one_order_and_its_replay_the_same(api: Api) -> None:
    key = set_up(api)
    first, again = (call(api, key, POS) for _ in range(2))
    assert first.json == again.json
    document = taken(api, first)
    assert (document["state"], document["drafts"]) == ("ready", [])
    view = api.get(f"/v1/orders/{document['quality']['orders'][0]}").json
    assert (view["order"]["channel"], view["order"]["fulfilment"], view["door"]) == ("shop-gz", "pickup", "webhook")
    other = taken(api, call(api, key, POS, delivery="d2"))
    assert other["quality"]["orders"] == document["quality"]["orders"]
    assert orders(api) == 1


def test_IN_02_deliveries_of_one_moment_are_kept_together_and_each_once(api: Api) -> None:
    key, together = set_up(api), Barrier(8)

    def send(number: int) -> Any:
        together.wait()
        return call(api, key, POS, delivery=f"d{number % 4}")  # each of four deliveries twice

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert [answer.status_code for answer in answers] == [202] * 8
    told = [answer.json["document"] for answer in answers]
    assert told[:4] == told[4:]
    assert inbox.empty(api.deps) == 4
    with api.deps.store.db.read() as conn:
        kept = [conn.execute(select(func.count()).select_from(table)).scalar() for table in (t.documents, t.originals)]
        waiting = conn.execute(select(t.jobs.c.dedupe).where(t.jobs.c.kind == inbox.TAKE_JOB)).scalars().all()
    assert kept == [4, 4]
    assert sorted(waiting) == sorted(set(told))
    assert {taken(api, answer)["state"] for answer in answers} == {"ready"}


def test_IN_02_unsigned_wrongly_signed_old_and_unknown_calls_store_nothing(lite: Api) -> None:
    key = set_up(lite)
    assert lite.call("POST", "/v1/hooks/shop-gz", role=None, data=b"{}").status_code == 401
    assert call(lite, "whsec_bm8=", POS).status_code == 401
    assert call(lite, key, POS, stamp=str(int(STAMP) - 301)).status_code == 401
    assert call(lite, key, POS, code="nobody").status_code == 404
    with lite.deps.store.db.read() as conn:
        assert conn.execute(select(func.count()).select_from(t.inbox)).scalar() == 0


def test_a_channel_without_a_key_lets_nothing_in(lite: Api) -> None:
    lite.put("/v1/channels/open", {"name": "x", "platform": "shopify"})
    answer = lite.call(
        "POST", "/v1/hooks/open", role=None, data=b"{}", headers={"X-Shopify-Hmac-Sha256": sha256_base64("", b"{}")}
    )
    assert answer.status_code == 401


def test_a_switched_off_channel_takes_nothing(lite: Api) -> None:
    key = set_up(lite, state="disabled")
    assert call(lite, key, POS).status_code == 409
    assert lite.post("/v1/intake/shop-gz", json.dumps(POS).encode()).json["code"] == "channel_disabled"


def test_IN_02_what_a_process_knows_of_a_channel_ends_with_the_channels_row(lite: Api) -> None:
    key = set_up(lite)
    assert call(lite, key, POS).status_code == 202
    lite.put("/v1/channels/shop-gz", {"name": "广州门店", "platform": "pos", "state": "disabled"})
    assert call(lite, key, POS, delivery="d2").status_code == 409
    lite.put("/v1/channels/shop-gz", {"name": "广州门店", "platform": "pos", "account": "GZ-2"})
    answer = call(lite, key, POS, delivery="d3")
    inbox.empty(lite.deps)
    with lite.deps.store.db.read() as conn:
        accounts = {row.id: row.account for row in conn.execute(select(t.documents.c.id, t.documents.c.account))}
    assert accounts[answer.json["document"]] == "GZ-2"
    lite.put("/v1/channels/shop-gz", {"name": "广州门店", "platform": "shopify"})
    assert call(lite, key, POS, delivery="d4").status_code == 401


def test_IN_02_a_call_with_parameters_in_its_address_is_the_same_call(lite: Api) -> None:
    key = set_up(lite)
    plain = call(lite, key, POS)
    longer = call(lite, key, POS, code="shop-gz?timestamp=1")
    assert (longer.status_code, longer.json) == (202, plain.json)
    assert dict(longer.headers).keys() == dict(plain.headers).keys()


def test_IN_02_a_signed_call_larger_than_a_megabyte_is_refused(lite: Api) -> None:
    key = set_up(lite)
    assert call(lite, key, "x" * (1024 * 1024)).status_code == 413


def test_the_key_before_a_rotation_is_valid_until_the_next_one(lite: Api) -> None:
    old = set_up(lite)
    new = lite.post("/v1/channels/shop-gz/rotate").json["secret"]
    assert [call(lite, key, POS).status_code for key in (old, new)] == [202, 202]
    lite.post("/v1/channels/shop-gz/rotate")
    assert call(lite, old, POS, delivery="d9").status_code == 401


def test_secrets_are_never_shown_and_lie_sealed(lite: Api) -> None:
    key = set_up(lite, secrets={"app_secret": "s3cret-of-the-shop"})
    shown = lite.get("/v1/channels/shop-gz").text + lite.get("/v1/channels").text
    assert key not in shown
    assert "s3cret" not in shown
    with lite.deps.store.db.read() as conn:
        sealed = conn.execute(select(t.channels.c.secrets)).scalar()
    assert b"s3cret" not in sealed


def test_MAP_04_what_is_not_mapped_is_named_on_the_list_and_the_order_waits_as_a_draft(lite: Api) -> None:
    key = set_up(lite, preset="mini_program")
    value = json.loads((ROOT / "tests/golden/channels/mini_program/input.json").read_text(encoding="utf-8"))
    value["order"]["delivery_type"] = "drone"
    document = taken(lite, call(lite, key, value))
    assert (document["state"], orders(lite)) == ("ready", 0)
    (need,) = lite.get("/v1/channel-needs?channel=shop-gz").json["data"]
    assert (need["target"], need["reason"], need["value"], need["count"]) == ("fulfilment", "unknown_label", "drone", 1)
    draft = lite.get(f"/v1/drafts/{document['drafts'][0]['id']}").json
    assert "/fulfilment" in {item["path"] for item in draft["fields"] if item["status"] == "confirm"}
    assert draft["order"]["number"] == "MP202611220001"
    assert lite.post(f"/v1/channel-needs/{need['id']}/resolve").status_code == 204
    assert lite.get("/v1/channel-needs").json["data"] == []


def test_MAP_01_a_missing_required_field_is_refused_by_name_where_a_machine_waits(lite: Api) -> None:
    set_up(lite)
    value = {"ticket": {name: part for name, part in POS["ticket"].items() if name != "ticket_no"}}
    answer = lite.post("/v1/intake/shop-gz", json.dumps(value).encode())
    assert (answer.status_code, answer.json["errors"][0]["code"]) == (422, "needs_mapping")
    assert answer.json["errors"][0]["pointer"] == "/number"


def test_IN_05_an_ERPs_own_shape_with_its_number_is_taken_once(lite: Api) -> None:
    set_up(lite, "u8", preset="yonyou_u8")
    value = (ROOT / "tests/golden/channels/yonyou_u8/input.json").read_bytes()
    first, again = (lite.post("/v1/intake/u8", value) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200), first.text
    assert first.json["results"][0]["order"]["order"]["number"] == "0000000121"


def test_the_same_number_of_another_shop_is_another_order(lite: Api) -> None:
    set_up(lite)
    set_up(lite, "shop-cd", account="CD")
    for code in ("shop-gz", "shop-cd"):
        assert lite.post(f"/v1/intake/{code}", json.dumps(POS).encode()).status_code == 201
    assert orders(lite) == 2


def test_MAP_02_a_published_version_never_changes_and_the_next_one_moves_the_channels(lite: Api) -> None:
    set_up(lite)
    name = "shop-gz-模板"
    body = lite.get(f"/v1/channel-templates/{name}").json["body"]
    assert lite.post(f"/v1/channel-templates/{name}/versions/1/publish").status_code == 409
    body["fields"]["note"] = {"from": ["remark"]}
    made = lite.post(f"/v1/channel-templates/{name}", {"body": body}).json
    assert made["version"] == 2
    assert lite.get("/v1/channels/shop-gz").json["template_version"] == 1
    moved = lite.post(f"/v1/channel-templates/{name}/versions/2/publish").json
    assert moved["channels"] == 1
    assert lite.get("/v1/channels/shop-gz").json["template_version"] == 2


def test_MAP_02_two_versions_are_compared_on_what_really_came(lite: Api) -> None:
    key = set_up(lite)
    taken(lite, call(lite, key, POS))
    body = lite.get("/v1/channel-templates/shop-gz-模板").json["body"]
    body["fields"]["number"] = {"from": ["shop_code"], "as": "id_text", "required": True}
    lite.post("/v1/channel-templates/shop-gz-模板", {"body": body})
    (change,) = lite.get("/v1/channels/shop-gz/difference?version=2").json["data"]
    assert (change["path"], change["old"], change["new"]) == ("/0/number", "GZ01-000123", "GZ")
    assert lite.get("/v1/channels/shop-gz/difference?version=1").json["data"] == []


def test_preview_says_where_each_field_came_from(lite: Api) -> None:
    lite.post("/v1/channel-templates/t", {"preset": "pos"})
    data = lite.post("/v1/channel-templates/t/versions/1/preview", POS).json["data"]
    told = {item["target"]: item for item in data[0]["fields"]}
    assert (told["number"]["source"], told["number"]["raw"]) == ("ticket_no", "GZ01-000123")
    assert lite.post("/v1/channel-templates/t/versions/1/preview", b"{").status_code == 422


def test_MAP_03_suggestions_have_a_score_and_only_propose(lite: Api) -> None:
    rows = "订单编号,下单时间,商品编码,数量,收货人\n1,2026-11-22 10:15:00,A-1001,2,王工\n".encode()
    found = {item["target"]: item for item in lite.post("/v1/channel-templates:suggest", rows).json["data"]}
    assert found["number"]["path"] == "订单编号"
    assert found["lines.sku"]["path"] == "商品编码"
    assert found["lines.quantity"]["path"] == "数量"
    assert found["ship_to.contact.name"]["score"] == 100
    assert found["issued_at"]["format"] == "%Y-%m-%d %H:%M:%S"
    assert orders(lite) == 0


@pytest.mark.parametrize("platform", ["douyin", "taobao", "jd", "pinduoduo", "alibaba", "wechat", "youzan"])
def test_MAP_03_most_fields_of_a_platform_are_found_from_one_record(lite: Api, platform: str) -> None:
    value = json.loads((ROOT / f"tests/golden/channels/{platform}/input.json").read_text(encoding="utf-8"))
    found = {item["target"] for item in lite.post("/v1/channel-templates:suggest", value).json["data"]}
    assert {"number", "lines.quantity"} <= found


def test_a_template_at_fault_is_refused_at_its_place(lite: Api) -> None:
    answer = lite.post("/v1/channel-templates/t", {"body": {"fields": {"lines.skuu": {"from": "x"}}}})
    assert (answer.status_code, answer.json["code"]) == (422, "invalid_template")
    assert "lines.sku" in answer.json["errors"][0]["candidates"]
    assert lite.put("/v1/channels/x", {"name": "x", "template": "no such"}).status_code == 404


def test_IN_03_seventeen_channels_are_registered_at_once(lite: Api) -> None:
    for index in range(17):
        assert (
            lite.put(f"/v1/channels/c{index:02}", {"name": f"渠道 {index}", "platform": "generic"}).status_code == 201
        )
    assert len(lite.get("/v1/channels").json["data"]) == 17


def test_channels_are_set_up_by_administrators_only(lite: Api) -> None:
    assert lite.put("/v1/channels/x", {"name": "x"}, role="sales").status_code == 403
    assert lite.post("/v1/channels/x/rotate", role="sales_supervisor").status_code == 403


def test_MAP_02_an_order_says_which_version_of_which_template_mapped_it(lite: Api) -> None:
    key = set_up(lite)
    order_id = taken(lite, call(lite, key, POS))["quality"]["orders"][0]
    told = lite.get(f"/v1/orders/{order_id}/template").json
    version = lite.get("/v1/channel-templates/shop-gz-模板").json
    assert (told["template"], told["version"], told["hash"]) == ("shop-gz-模板", 1, version["hash"])
    (currency,) = lite.get(f"/v1/orders/{order_id}/provenance?path=/currency").json["data"]
    assert currency["normalized"] == "template", "no field of the record says it"
    lite.post("/v1/channel-templates/shop-gz-模板", {"body": version["body"]})
    lite.post("/v1/channel-templates/shop-gz-模板/versions/2/publish")
    assert taken(lite, call(lite, key, POS, delivery="d2"))["quality"]["orders"] == [order_id]
    assert lite.get(f"/v1/orders/{order_id}/template").json == told, "it stays the one that mapped it"
    posted = lite.post("/v1/intake/shop-gz", json.dumps(POS).replace("000123", "000124").encode())
    own = lite.get(f"/v1/orders/{posted.json['results'][0]['order']['id']}/template").json
    assert own["version"] == 2


def test_an_order_that_no_template_mapped_says_so(lite: Api) -> None:
    order_id = lite.post("/v1/orders", order()).json["id"]
    told = lite.get(f"/v1/orders/{order_id}/template").json
    assert (told["template"], told["version"], told["hash"]) == (None, None, None)
    assert lite.get("/v1/orders/ord_none/template").status_code == 404
