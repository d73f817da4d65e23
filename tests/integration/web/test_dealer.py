"""A dealer's screens: its own orders, drafts, documents and contract, and nobody else's name anywhere (IN-16)."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tests.integration.web.test_guard import TOKEN, House, house, views  # noqa: F401 - a fixture and what it gives

if TYPE_CHECKING:
    from flask.testing import FlaskClient

OTHERS = ("苏州恒力", "成都华川", "武汉楚天", "杭州西溪", "东莞长安")
OPEN = {
    "/", "/orders", "/orders/x_1", "/orders/x_1/original", "/orders/x_1/changes/x_1",
    "/orders/live", "/orders/x_1/live", "/orders-sheet", "/documents", "/documents/x_1/row",
    "/documents/x_1/pages/1", "/drafts", "/drafts/x_1", "/sku-options", "/entry", "/entry/customers",
    "/entry/customers/x_1", "/entry/products", "/entry/products/<path:sku>",
}  # fmt: skip


def test_IN_16_a_dealers_pages_name_no_other_customer_and_the_others_are_closed(house: House) -> None:  # noqa: F811
    client = house.client("dealer")
    opened = set()
    for method, path in views(house):
        if method != "GET":
            continue
        answer = client.get(path)
        assert answer.status_code != 500, path
        if answer.status_code != 403:
            opened.add(path)
        assert not any(name in answer.get_data(as_text=True) for name in OTHERS), path
    assert opened <= OPEN, opened - OPEN


def entered(client: FlaskClient, source: str, name: str) -> str:
    page = client.get("/entry").get_data(as_text=True)
    values = {"/buyer/name": name, "/requested_date": "2026-12-24", "/payment_terms": "net30", "/currency": "CNY"}
    told = {
        "token": re.search(r'data-token="([0-9a-f]+)"', page).group(1),  # type: ignore[union-attr]
        "source": source,
        "values": values,
        "lines": [{"sku": "A-1002", "quantity": "1", "unit": "个", "unit_price": "1.00"}],
    }
    headers = {"X-CSRFToken": TOKEN.search(page).group(1)}  # type: ignore[union-attr]
    answer = client.post("/entry", data=json.dumps(told), content_type="application/json", headers=headers)
    assert "to" in answer.json, answer.text
    return str(answer.json["to"])


def test_IN_16_a_dealer_enters_for_itself_and_sees_that_order_alone(house: House) -> None:  # noqa: F811
    client, sales = house.client("dealer"), house.client("sales")
    assert [one["code"] for one in client.get("/entry/customers?q=C-0").json["found"]] == ["C-003"]
    assert client.get("/entry/products/A-1001?customer=C-003").json["found"]["agreed"] == "contract"
    mine = entered(client, "phone", "上海联创贸易有限公司")
    ours = entered(sales, "qq", "苏州恒力机电有限公司")
    listed = client.get("/orders").get_data(as_text=True)
    assert (mine in listed, ours in listed) == (True, False)
    assert client.get(ours).status_code == 404
    shown = client.get(mine).get_data(as_text=True)
    assert ("判定与理由" in shown, "时间线" in shown) == (False, False)
    assert client.get(f"{mine}/why").status_code == 403
