"""Destinations on the screen over real parts: set up, mistakes named, secrets never shown, tried and switched."""

from __future__ import annotations

import io
import re

import pytest

from adapters.registry import KINDS
from server.db import audit
from server.db.outlets import destinations, outbox, webhooks
from server.db.outlets.outbox import Event
from server.desk.outlets import destinations as desk
from server.dispatch import Dispatcher
from tests.integration.web.test_guard import House, house  # noqa: F401, TC001 - a fixture and what it gives

URL = "https://oapi.dingtalk.com/robot/send?access_token=t0ken-0123456789"
NEW = {
    "kind": "robot.dingtalk",
    "name": "风控群",
    "url": URL,
    "secret": "SEC-do-not-tell",
    "keyword": "Sluice",
    "conditions": "order.held PICKUP_POINT_HIGH_VALUE\norder.cancelled\nparcel.moved",
}


def saved(house: House, own: str, **more: str):  # noqa: F811
    client = house.client("admin")
    page = "/destinations/new?kind=robot.dingtalk"
    return client, house.post(client, "/destinations/new", {**NEW, "code": own, **more}, page=page)


def test_INT_16_destination_is_set_up_in_the_browser_and_its_secrets_are_never_shown(house: House) -> None:  # noqa: F811
    client, answer = saved(house, "risk-1")
    assert answer.status_code == 302
    with house.deps.store.db.read() as conn:
        live = destinations.live(conn, house.deps.store, "risk-1")
        row = destinations.get(conn, "risk-1")
    assert (live.url, live.secrets) == (URL, ("SEC-do-not-tell",))
    assert row["conditions"] == [
        {"event": "order.held", "rule": "PICKUP_POINT_HIGH_VALUE"},
        {"event": "order.cancelled", "rule": "any"},
        {"event": "parcel.moved", "rule": "any"},
    ]
    for page in ("/destinations", "/destinations/risk-1"):
        text = client.get(page).get_data(as_text=True)
        assert "风控群" in text
        assert "t0ken" not in text
        assert "SEC-do-not-tell" not in text


def test_an_empty_secret_or_address_stays_as_it_was(house: House) -> None:  # noqa: F811
    client, _ = saved(house, "risk-2")
    form = {**NEW, "name": "新名", "url": "", "secret": ""}
    assert house.post(client, "/destinations/risk-2", form, page="/destinations/risk-2").status_code == 302
    with house.deps.store.db.read() as conn:
        live = destinations.live(conn, house.deps.store, "risk-2")
        assert destinations.get(conn, "risk-2")["name"] == "新名"
    assert (live.url, live.secrets) == (URL, ("SEC-do-not-tell",))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"conditions": "order held"}, "看不懂条件"),
        ({"url": "ftp://x"}, "地址形如"),
        ({"name": ""}, "请填名称"),
        ({"code": "A B"}, "编码用小写字母"),
        ({"kind": "mail.smtp", "url": "smtp://x"}, "请填发件人"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_kept(house: House, wrong: dict, said: str) -> None:  # noqa: F811
    _, answer = saved(house, "risk-3", **wrong)
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
    with house.deps.store.db.read() as conn:
        assert destinations.kind_of(conn, "risk-3") is None


def test_a_destination_is_not_made_twice_and_keeps_its_kind(house: House) -> None:  # noqa: F811
    saved(house, "risk-4")
    client, again = saved(house, "risk-4")
    assert again.status_code == 422
    other = {**NEW, "kind": "robot.wecom"}
    assert house.post(client, "/destinations/risk-4", other, page="/destinations/risk-4").status_code == 422


def test_dead_letters_are_told_in_words_and_all_sent_again(house: House, httpserver) -> None:  # noqa: F811
    httpserver.expect_request("/robot").respond_with_json({"errcode": 310000, "errmsg": "keywords not in content"})
    client, _ = saved(house, "risk-5", url=httpserver.url_for("/robot"))
    tried = house.post(client, "/destinations/risk-5/test", {}, page="/destinations/risk-5")
    assert tried.status_code == 302
    worker = Dispatcher(house.deps)
    worker.round("to:risk-5")
    text = client.get("/destinations").get_data(as_text=True)
    assert "1 条失败，等人处理" in text
    assert "keywords not in content" in text
    assert house.post(client, "/destinations/to:risk-5/replay", {}, page="/destinations").status_code == 302
    [health] = [item for item in desk.health(house.deps) if item.name == "to:risk-5"]
    assert (health.mood, health.waiting, health.dead) == ("bad", 1, 0)


def test_switched_off_it_says_so_and_why(house: House) -> None:  # noqa: F811
    client, _ = saved(house, "risk-6")
    off = {"on": "0", "reason": "群解散了"}
    house.post(client, "/destinations/risk-6/switch", off, page="/destinations/risk-6")
    [health] = [item for item in desk.health(house.deps) if item.name == "to:risk-6"]
    assert health.mood == "off"
    assert "群解散了" in client.get("/destinations").get_data(as_text=True)
    house.post(client, "/destinations/risk-6/switch", {"on": "1"}, page="/destinations/risk-6")
    [health] = [item for item in desk.health(house.deps) if item.name == "to:risk-6"]
    assert health.mood == "good"


def test_test_message_never_enters_an_erp(house: House) -> None:  # noqa: F811
    client, _ = saved(house, "erp-9", kind="erp.generic", url="http://127.0.0.1:9")
    answer = house.post(client, "/destinations/erp-9/test", {}, page="/destinations/erp-9")
    assert answer.status_code == 409
    with house.deps.store.db.read() as conn:
        assert outbox.list_page(conn, destination="to:erp-9") == []


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.tested and kind.url.startswith("https")])
def test_INT_11_the_test_message_has_all_that_a_kind_asks_for(house: House, httpserver, kind: str) -> None:  # noqa: F811
    httpserver.expect_request(re.compile("/test.*")).respond_with_json({"errcode": 0, "code": 0, "reference": "T-1"})
    own = f"try-{kind.replace('.', '-')}"
    client, _ = saved(house, own, kind=kind, url=httpserver.url_for("/test"), shop="GZ-01", secret="")
    house.post(client, f"/destinations/{own}/test", {}, page=f"/destinations/{own}")
    Dispatcher(house.deps).round(f"to:{own}")
    with house.deps.store.db.read() as conn:
        (row,) = outbox.list_page(conn, destination=f"to:{own}")
    assert (row["state"], row["last_error"]) == ("sent", None)
    (sent, _) = httpserver.log[-1]
    assert "TEST" in sent.get_data(as_text=True) or "测试消息" in sent.get_data(as_text=True)
    assert sent.path != "/test/entries" or sent.get_json()["state"] == "gone", "a timetable keeps no test"


def test_finance_sees_destinations_but_cannot_change_them(house: House) -> None:  # noqa: F811
    client = house.client("finance")
    assert client.get("/destinations").status_code == 200
    assert house.post(client, "/destinations/new", {**NEW, "code": "risk-7"}).status_code == 403


def test_waiting_messages_are_counted(house: House) -> None:  # noqa: F811
    saved(house, "risk-8")
    with house.deps.store.db.write() as conn:
        outbox.add(conn, Event("order.held", None, "k-risk-8", {}), house.clock(), ("to:risk-8",))
    [health] = [item for item in desk.health(house.deps) if item.name == "to:risk-8"]
    assert (health.mood, health.waiting) == ("waiting", 1)


def test_FIN_01_finance_imports_payments_and_reads_what_differs(house: House) -> None:  # noqa: F811
    client = house.client("finance")
    sheet = b"reference,number,amount,paid_at\nB-1,PO-nobody,5.00,2026-11-22\n"
    form = {"source": "bank", "file": (io.BytesIO(sheet), "bank.csv")}
    sent = house.post(client, "/books/payments", form, page="/books", content_type="multipart/form-data")
    assert sent.status_code == 302
    page = client.get("/books?since=2026-11-01&until=2026-11-30").get_data(as_text=True)
    assert "收到 1 条新的收款记录" in page
    assert "payment_unknown" in page
    told = client.get("/books.csv?since=2026-11-01&until=2026-11-30").get_data(as_text=True)
    assert "PO-nobody,,payment_unknown,,5.00,CNY" in told


def test_FIN_01_sheet_with_a_wrong_cell_is_named(house: House) -> None:  # noqa: F811
    client = house.client("finance")
    sheet = b"reference,number,amount,paid_at\nB-2,PO-1,much,2026-11-22\n"
    form = {"file": (io.BytesIO(sheet), "bank.csv")}
    house.post(client, "/books/payments", form, page="/books", content_type="multipart/form-data")
    assert "C2" in client.get("/books").get_data(as_text=True)


def test_FIN_01_sales_see_no_books(house: House) -> None:  # noqa: F811
    client = house.client("sales")
    assert client.get("/books").status_code == 403
    assert client.get("/books.csv").status_code == 403


def test_INT_09_webhooks_are_added_rotated_tried_and_switched_on_the_screen(house: House) -> None:  # noqa: F811
    client, url = house.client("admin"), "https://93.184.216.34/hook"
    for wrong in ({"url": url, "events": "order.*, Order"}, {"url": "https://127.0.0.1/hook", "events": "*"}):
        answer = house.post(client, "/webhooks", wrong, page="/webhooks")
        assert (answer.status_code, wrong["url"] in answer.get_data(as_text=True)) == (422, True)
    made = house.post(client, "/webhooks", {"url": url, "events": "order.*"}, page="/webhooks")
    [key] = re.findall(r"whsec_[A-Za-z0-9+/=]+", made.get_data(as_text=True))
    with house.deps.store.db.read() as conn:
        [row] = webhooks.list_page(conn)
    page = f"/webhooks/{row['id']}"
    again = house.post(client, f"{page}/rotate", {}, page="/webhooks")
    [newer] = re.findall(r"whsec_[A-Za-z0-9+/=]+", again.get_data(as_text=True))
    assert "whsec_" not in client.get("/webhooks").get_data(as_text=True)
    assert house.post(client, f"{page}/test", {}, page="/webhooks").status_code == 302
    with house.deps.store.db.read() as conn:
        assert webhooks.enabled(conn, house.deps.store, row["id"]).secrets == (newer, key)
        [message] = outbox.list_page(conn, destination=f"webhook:{row['id']}")
    assert message["event"] == "webhook.test"
    assert "93.184.216.34" in client.get("/deliveries").get_data(as_text=True), "told by its host"
    house.post(client, f"{page}/switch", {"on": "0"}, page="/webhooks")
    assert house.post(client, f"{page}/test", {}, page="/webhooks").status_code == 409
    with house.deps.store.db.read() as conn:
        trail = [entry["action"] for entry in audit.of(conn, "outlets")]
    assert trail[-3:] == ["endpoint_added", "endpoint_key_rotated", "endpoint_switched"]


def test_INT_09_finance_sees_webhooks_but_makes_no_keys(house: House) -> None:  # noqa: F811
    finance = house.client("finance")
    assert "新增回调地址" not in finance.get("/webhooks").get_data(as_text=True)
    assert house.post(finance, "/webhooks", {"url": "https://93.184.216.34/x"}).status_code == 403
    assert house.post(finance, "/webhooks/whk_1/rotate", {}).status_code == 403
