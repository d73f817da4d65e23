"""The channels' screens over real parts: added from a preset, previewed, a mistake named, published; no code."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from server.db import originals
from server.db.doors import channels
from server.db.originals import Arrived
from server.db.papers import documents
from server.desk.doors.hooks import actor_of
from tests.integration.web.test_guard import House, house  # noqa: F401, TC001 - a fixture and what it gives
from tests.unit.intake.cast import ROOT
from web.mapping import MOST_ROWS, body_of, rows_of

if TYPE_CHECKING:
    from flask.testing import FlaskClient

RECORD = (ROOT / "tests" / "golden" / "channels" / "pos" / "input.json").read_text(encoding="utf-8")
INPUT = re.compile(r'name="((?:target|from|more)-\d+)" value="([^"]*)"')
CHOSEN = re.compile(r'name="(as-\d+)".*?<option selected>([a-z_]+)', re.DOTALL)
NEW = {"code": "shop-web", "name": "天河门店", "platform": "pos", "account": "GZ"}


def added(house: House, code: str) -> FlaskClient:  # noqa: F811
    client = house.client("admin")
    answer = house.post(client, "/channels", {**NEW, "code": code}, page="/channels")
    assert answer.status_code == 200
    assert "whsec_" in answer.get_data(as_text=True)
    return client


def came(house: House, code: str, data: bytes) -> None:  # noqa: F811
    """Keep what a platform sent to a channel."""
    with house.deps.store.db.write() as conn:
        channel = channels.live(conn, house.deps.store, code)
        assert channel is not None
        arrived = Arrived(data, "application/json", None, house.clock())
        original = originals.keep(conn, house.deps.store, arrived, owner_id=channel.owner_id, org_id=channel.org_id)
        source = documents.Source("webhook", code, channel.account)
        documents.add(conn, original, source, actor=actor_of(channel), now=house.clock())


def form_of(client: FlaskClient, path: str) -> dict[str, str]:
    """Return the form as the browser would send it back."""
    import html

    page = client.get(path).get_data(as_text=True)
    told = {name: html.unescape(value) for name, value in INPUT.findall(page)}
    return told | dict(CHOSEN.findall(page))


def test_MAP_02_a_channel_is_added_from_a_preset_and_previewed_without_code(house: House) -> None:  # noqa: F811
    client, page = added(house, "web-1"), "/channels/web-1"
    shown = house.post(client, page, {**form_of(client, page), "sample": RECORD, "do": "preview"}, page=page)
    text = shown.get_data(as_text=True)
    assert "data-preview" in text
    assert "GZ01-000123" in text
    assert "whsec_" not in client.get("/channels").get_data(as_text=True)


def test_a_changed_template_is_published_and_a_mistake_is_named(house: House) -> None:  # noqa: F811
    client, page = added(house, "web-2"), "/channels/web-2"
    form = form_of(client, page)
    spare = max(int(name.partition("-")[2]) for name in form)
    wrong = {**form, f"target-{spare}": "notte", f"from-{spare}": "remark", f"as-{spare}": "text", "do": "publish"}
    refused = house.post(client, page, wrong, page=page)
    assert refused.status_code == 422
    assert "/fields/notte" in refused.get_data(as_text=True)
    right = {**wrong, f"target-{spare}": "note"}
    assert house.post(client, page, right, page=page).status_code == 302
    assert "门店POS-标准版 web-2 v2" in client.get(page).get_data(as_text=True)


def test_MAP_03_a_channel_without_a_preset_starts_from_a_record_and_is_previewed_on_it(house: House) -> None:  # noqa: F811
    client = house.client("admin")
    line = {"product_code": "A-1001", "qty": 2, "price": 1250}
    record = json.dumps({"order_no": "W-1", "created_at": "2026-11-22 10:15:00", "goods": [line]})
    new = {**NEW, "code": "web-5", "platform": "", "sample": record, "unit": "fen"}
    assert "whsec_" in house.post(client, "/channels", new, page="/channels").get_data(as_text=True)
    page = "/channels/web-5"
    shown = house.post(client, page, {**form_of(client, page), "sample": record, "do": "preview"}, page=page)
    told = re.sub(r"<[^>]+>", " ", shown.get_data(as_text=True).split("data-preview")[1])
    assert all(value in told for value in ("W-1", "2026-11-22T10:15:00+08:00", "A-1001", "12.50"))
    for wrong in ("{", '{"hello": 1}'):
        bad = house.post(client, "/channels", {**new, "code": "web-6", "sample": wrong}, page="/channels")
        assert bad.status_code == 422
    assert "web-6" not in client.get("/channels").get_data(as_text=True)


def test_MAP_01_a_preview_shows_what_would_change_in_what_really_came(house: House) -> None:  # noqa: F811
    client, page = added(house, "web-4"), "/channels/web-4"
    form = form_of(client, page)
    spare = max(int(name.partition("-")[2]) for name in form)
    more = {**form, f"target-{spare}": "note", f"from-{spare}": "ticket_no", f"as-{spare}": "text", "do": "preview"}
    assert "data-difference" not in house.post(client, page, more, page=page).get_data(as_text=True)  # nothing came yet
    came(house, "web-4", RECORD.encode())
    same = house.post(client, page, {**form, "do": "preview"}, page=page).get_data(as_text=True)
    assert "最近收到的原件按新版本读出来都一样" in same
    told = house.post(client, page, more, page=page).get_data(as_text=True)
    shown = told[told.index("data-difference") :].partition("</section>")[0]
    assert re.findall(r"<td>(?:<code>)?([^<]+)", shown) == ["/0/note", "—", "GZ01-000123"]


def test_a_channel_code_that_is_no_word_is_refused(house: House) -> None:  # noqa: F811
    client = house.client("admin")
    assert house.post(client, "/channels", {**NEW, "code": "A B"}, page="/channels").status_code == 422


def test_a_channel_is_not_added_twice(house: House) -> None:  # noqa: F811
    client = added(house, "web-3")
    assert house.post(client, "/channels", {**NEW, "code": "web-3"}, page="/channels").status_code == 422


def test_sales_see_channels_but_cannot_change_them(house: House) -> None:  # noqa: F811
    client = house.client("sales")
    page = client.get("/channels")
    assert page.status_code == 200
    assert "c-code" not in page.get_data(as_text=True)
    assert house.post(client, "/channels", NEW).status_code == 403


def test_a_template_survives_its_form() -> None:
    from intake.mapping.preset import presets
    from intake.mapping.template import load_template, template_json

    for preset in presets().values():
        body = template_json(preset)
        form: dict[str, Any] = {}
        for number, row in enumerate(rows_of(body)):
            form |= {f"target-{number}": row.target, f"from-{number}": row.source, f"as-{number}": row.form}
            form |= {f"more-{number}": row.more} | ({f"required-{number}": "1"} if row.required else {})
        assert len(form) < 5 * MOST_ROWS
        assert load_template(body_of(form, body)) == preset


def test_IN_01_pulling_is_set_up_paused_and_resumed_on_the_screen(house: House) -> None:  # noqa: F811
    client, page = house.client("admin"), "/channels/web-pull"
    told = {**NEW, "code": "web-pull", "platform": "taobao"}
    assert house.post(client, "/channels", told, page="/channels").status_code == 200
    keys = {"app_key": "K-shop", "app_secret": "S-shop", "access_token": "T-shop", "every_s": "15"}
    assert house.post(client, f"{page}/pull", keys, page=page).status_code == 302
    shown = client.get(page).get_data(as_text=True)
    assert "已填写，留空不变" in shown
    assert not any(secret in shown for secret in ("K-shop", "S-shop", "T-shop"))
    assert "马上拉取" in shown
    assert house.post(client, f"{page}/pull/pause", {}, page=page).status_code == 302
    assert "恢复" in client.get(page).get_data(as_text=True)
    assert "已暂停" in client.get("/channels").get_data(as_text=True)
    assert house.post(client, f"{page}/pull/resume", {}, page=page).status_code == 302
    assert house.post(client, f"{page}/pull/now", {}, page=page).status_code == 302
    sales = house.client("sales").get(page).get_data(as_text=True)
    assert "马上拉取" not in sales
    assert "app_secret" not in sales


def test_an_address_inside_the_house_is_refused_on_the_screen(house: House) -> None:  # noqa: F811
    client = added(house, "web-pull-2")
    assert "密钥与地址" not in client.get("/channels/web-pull-2").get_data(as_text=True), "a till is not pulled"
    told = {**NEW, "code": "web-pull-3", "platform": "shopify"}
    house.post(client, "/channels", told, page="/channels")
    page = "/channels/web-pull-3"
    house.post(client, f"{page}/pull", {"url": "http://127.0.0.1:1", "access_token": "t"}, page=page)
    assert "上次拉取" not in client.get(page).get_data(as_text=True)


def test_the_currency_of_what_names_none_is_settled_on_the_channels_page(house: House) -> None:  # noqa: F811
    client, page = added(house, "web-cur"), "/channels/web-cur"
    house.post(client, page, {**form_of(client, page), "currency": "usd", "do": "publish"}, page=page)
    with house.deps.store.db.read() as conn:
        name = channels.get(conn, "web-cur")["template"]
        assert channels.template(conn, name)["body"]["currency"] == "USD"
    refused = house.post(client, page, {**form_of(client, page), "currency": "RMB", "do": "publish"}, page=page)
    assert "/currency" in refused.get_data(as_text=True)


def test_a_channel_of_standards_has_its_currency_settled(house: House) -> None:  # noqa: F811
    client, page = house.client("admin"), "/channels/web-edi"
    house.post(client, "/channels", {**NEW, "code": "web-edi", "platform": "", "currency": "eur"}, page="/channels")
    for said, kept in (("usd", "USD"), ("RMB", "USD"), ("", None)):
        house.post(client, f"{page}/currency", {"currency": said}, page=page)
        with house.deps.store.db.read() as conn:
            assert channels.get(conn, "web-edi")["settings"].get("currency") == kept
