"""Own fields in the browser: an administrator defines one; entry asks for it, the order shows it, the list finds it."""

from __future__ import annotations

import json
import re

from tests.integration.web.test_guard import TOKEN, House, house  # noqa: F401 - a fixture and what it gives


def test_MAP_10_a_field_defined_in_the_browser_is_entered_shown_found_and_renamed(house: House) -> None:  # noqa: F811
    admin, sales = house.client("admin"), house.client("sales")
    for name, of, zh in (("site_no", "order", "工地号"), ("colour", "line", "颜色")):
        form = {"name": name, "of": of, "kind": "text", "zh": zh, "en": "", "choices": ""}
        house.post(admin, "/order-fields", form)
    assert "工地号" in admin.get("/order-fields").get_data(as_text=True)
    page = sales.get("/entry").get_data(as_text=True)
    assert 'data-path="/attributes/site_no"' in page
    assert 'data-cell="attributes/colour"' in page
    told = {
        "token": re.search(r'data-token="([0-9a-f]+)"', page).group(1),  # type: ignore[union-attr]
        "source": "phone",
        "customer": None,
        "values": {
            "/buyer/name": "新客户", "/requested_date": "2026-12-24", "/payment_terms": "prepaid",
            "/currency": "CNY", "/attributes/site_no": "D-12",
        },
        "lines": [{"sku": "A-1001", "quantity": "1", "unit": "个", "unit_price": "12.50", "attributes/colour": "红"}],
    }  # fmt: skip
    csrf = TOKEN.search(page).group(1)  # type: ignore[union-attr]
    made = sales.post("/entry", data=json.dumps(told), content_type="application/json", headers={"X-CSRFToken": csrf})
    assert "to" in made.json, made.text
    shown = sales.get(made.json["to"]).get_data(as_text=True)
    assert "D-12" in shown
    assert "颜色：红" in shown
    found = sales.get("/orders?q=D-12")
    assert found.location == made.json["to"]
    house.post(admin, "/order-fields", {"name": "site_no", "of": "order", "kind": "text", "zh": "标段", "en": ""})
    assert "标段" in sales.get(made.json["to"]).get_data(as_text=True)
    assert "D-12" in admin.get("/orders-sheet?own=site_no:D-12").get_data(as_text=True)
    house.post(admin, "/order-fields/site_no/retire", {"retired": "1"}, page="/order-fields")
    assert "attributes/site_no" not in sales.get("/entry").get_data(as_text=True)
    assert house.post(sales, "/order-fields", {"name": "x"}, page="/orders").status_code == 403
