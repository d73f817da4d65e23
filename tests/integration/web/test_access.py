"""API access on the screen over real parts: a key shown once, its failed call found, mended and sent again."""

from __future__ import annotations

import io
import json
import re

from sqlalchemy import select

from server.db import tables as t
from tests.integration.web.test_guard import House, house  # noqa: F401, TC001 - a fixture and what it gives

ORDER = {
    "number": "SCREEN-1",
    "currency": "CNY",
    "buyer": {"contact": {"name": "陈经理", "phone": "13600136003"}},
    "lines": [{"sku": "A-1O01", "quantity": "1"}],
}


def test_a_failed_call_is_found_mended_and_sent_again(house: House) -> None:  # noqa: F811
    client = house.client("admin")
    made = house.post(client, "/access", {"name": "U8-screen", "account": "U8", "mode": "live", "roles": "sales"})
    secret = re.search(r"slk_[\w-]+", made.get_data(as_text=True)).group()  # type: ignore[union-attr]
    assert secret not in client.get("/access").get_data(as_text=True)
    headers = {"Authorization": f"Bearer {secret}"}
    assert house.app.test_client().post("/v1/orders", json=ORDER, headers=headers).status_code == 422
    listed = client.get("/requests?failed=1").get_data(as_text=True)
    page = re.search(r"/requests/req_\w+", listed).group()  # type: ignore[union-attr]
    shown = client.get(page).get_data(as_text=True)
    assert "A-1001" in shown  # the nearest
    assert "13600136003" not in shown
    house.post(client, f"{page}/reveal", {"reason": ""})
    assert "13600136003" not in client.get(page).get_data(as_text=True)
    assert "13600136003" in house.post(client, f"{page}/reveal", {"reason": "联调"}).get_data(as_text=True)
    mended = json.dumps({**ORDER, "lines": [{"sku": "A-1001", "quantity": "1"}]})
    answer = house.post(client, f"{page}/replay", {"body": mended})
    assert answer.location.startswith("/orders/ord_")
    with house.deps.store.db.read() as conn:
        assert conn.execute(select(t.orders.c.account).where(t.orders.c.number == "SCREEN-1")).scalar() == "U8"
    assert "201" in client.get(page).get_data(as_text=True)
    key_page = client.get("/access").get_data(as_text=True)
    revoke = re.search(r'/access/key_\w+/revoke"[^$]{0,400}', key_page[key_page.index("U8-screen") :]).group()  # type: ignore[union-attr]
    house.post(client, revoke.partition('"')[0], {})
    assert "已吊销" in client.get("/access").get_data(as_text=True)


def test_MAP_14_the_configuration_is_taken_away_and_put_in_place_in_the_browser(house: House) -> None:  # noqa: F811
    client = house.client("admin")
    got = house.post(client, "/configuration/export", {}, page="/configuration")
    told = got.get_json()
    assert (told["format"], got.headers["Content-Disposition"][:10]) == ("sluice-configuration/1", "attachment")
    again = {**told, "rules": {}, "settings": {**told["settings"], "peak_mode": False}}
    for file, said in ((json.dumps(again).encode(), "已导入"), (b"{}", "不是配置文件")):
        form = {"file": (io.BytesIO(file), "c.json")}
        house.post(client, "/configuration", form, page="/configuration", content_type="multipart/form-data")
        assert said in client.get("/configuration").get_data(as_text=True)
    assert house.post(house.client("auditor"), "/configuration/export", {}).status_code == 403


def test_only_auditors_see_the_log_and_only_administrators_the_whole_of_it(house: House) -> None:  # noqa: F811
    assert house.client("sales").get("/requests").status_code == 403
    auditor = house.client("auditor")
    assert auditor.get("/requests").status_code == 200
    assert house.post(auditor, "/access", {"name": "x", "roles": "admin"}).status_code == 403
