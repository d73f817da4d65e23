"""Webhook endpoints, the outbox and the rulebook through the API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from orders.actor import Role
from server.db import tables as t
from tests.integration.api.conftest import order

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

HOOK = {"url": "https://93.184.215.14/hook", "events": ["order.*"]}


def test_webhook_key_is_shown_once(api: Api) -> None:
    made = api.post("/v1/webhook-endpoints", HOOK)
    assert made.status_code == 201
    assert made.json["secret"].startswith("whsec_")
    path = made.headers["Location"]
    shown = api.get(path).json
    assert (shown["url"], shown["events"], shown["state"]) == (HOOK["url"], ["order.*"], "enabled")
    assert "whsec_" not in api.get(path).text + api.get("/v1/webhook-endpoints").text
    rotated = api.post(f"{path}/rotate").json
    assert rotated["secret"] not in ("", made.json["secret"])


def test_webhook_endpoint_is_made_once_for_its_idempotency_key(api: Api) -> None:
    key = {"Idempotency-Key": "hook-1"}
    first, again = (api.post("/v1/webhook-endpoints", HOOK, headers=key) for _ in range(2))
    assert first.data == again.data
    assert len(api.get("/v1/webhook-endpoints").json["data"]) == 1


@pytest.mark.parametrize(
    "url",
    ["http://93.184.215.14/x", "https://127.0.0.1/x", "https://10.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest",
     "ftp://example.com/", "https://user:pw@93.184.215.14/", "https://", "x", "https://93.184.215.14:99999/"],
)  # fmt: skip
def test_webhook_to_our_own_network_is_refused(lite: Api, url: str) -> None:
    answer = lite.post("/v1/webhook-endpoints", {"url": url})
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (422, "/url")


def test_webhook_endpoint_is_disabled_and_enabled(lite: Api) -> None:
    path = lite.post("/v1/webhook-endpoints", HOOK).headers["Location"]
    assert lite.patch(path, {"state": "disabled", "reason": "维护"}).json["disabled_reason"] == "维护"
    assert lite.patch(path, {"state": "enabled"}).json["state"] == "enabled"
    assert lite.patch(path, {"state": "gone"}).status_code == 422
    assert lite.patch("/v1/webhook-endpoints/whk_none", {"state": "enabled"}).status_code == 404


def test_dead_letters_are_listed_and_sent_again(api: Api) -> None:
    view = api.post("/v1/orders", order()).json
    with api.deps.store.db.write() as conn:
        conn.execute(update(t.outbox).where(t.outbox.c.order_id == view["id"]).values(state="dead", last_error="500"))
    dead = api.get("/v1/outbox?state=dead&limit=1").json
    assert dead["data"][0]["last_error"] == "500"
    letter = dead["data"][0]["id"]
    again = api.post(f"/v1/outbox/{letter}/replay")
    assert (again.status_code, again.json["state"]) == (200, "waiting")
    twice = api.post(f"/v1/outbox/{letter}/replay")
    assert (twice.status_code, twice.json["code"]) == (409, "message_under_way")
    assert api.post("/v1/outbox/out_none/replay").status_code == 404


def test_only_administrators_see_and_mend_dead_letters_and_production_may_send_them_again(lite: Api) -> None:
    mended = {"body": {}, "reason": "x"}
    seen = {role: lite.get("/v1/outbox/out_none/content", role=role).status_code for role in Role}
    written = {role: lite.put("/v1/outbox/out_none/content", mended, role=role).status_code for role in Role}
    again = {role: lite.post("/v1/outbox/out_none/replay", role=role).status_code for role in Role}
    assert {role for role, status in seen.items() if status == 404} == {Role.ADMIN}
    assert {role for role, status in written.items() if status == 404} == {Role.ADMIN}
    assert {role for role, status in again.items() if status == 404} == {Role.ADMIN, Role.PRODUCTION}
    assert {*seen.values(), *written.values(), *again.values()} == {403, 404}


def test_outbox_pages_give_every_message_once(api: Api) -> None:
    for number in range(3):
        api.post("/v1/orders", order(number=f"O-{number}"))
    whole = [row["id"] for row in api.get("/v1/outbox?limit=100").json["data"]]
    seen, path = [], "/v1/outbox?limit=2"
    while path:
        answer = api.get(path)
        seen += [row["id"] for row in answer.json["data"]]
        path = answer.headers["Link"].split(">")[0][1:] if answer.json["has_more"] else ""
    assert seen == whole
    assert len(whole) >= 3


def test_live_rule_files_are_shown_with_their_bundle(lite: Api) -> None:
    listed = lite.get("/v1/rules", role="risk").json
    assert listed["bundle"] == lite.deps.engine.bundle.hash
    name = listed["files"][0]["name"]
    assert lite.get(f"/v1/rules/{name}", role="risk").json["text"] == lite.deps.engine.bundle.files[name]


def test_changed_rule_file_is_checked_beside_the_live_ones_and_changes_nothing(lite: Api) -> None:
    name = sorted(lite.deps.engine.bundle.files)[0]
    text = lite.deps.engine.bundle.files[name]
    same = lite.post("/v1/rules/check", {"files": {name: text}}, role="risk")
    assert (same.status_code, same.json["bundle"]) == (200, lite.deps.engine.bundle.hash)
    broken = lite.post("/v1/rules/check", {"files": {name: text.replace("rules:", "ruels:", 1)}}, role="risk")
    problem = broken.json
    assert (broken.status_code, problem["code"]) == (422, "rule_file")
    assert problem["errors"][0]["pointer"].startswith(name)
    assert lite.get("/v1/rules").json["bundle"] == same.json["bundle"]
    for files in ({}, {"../x.yaml": "a"}, {name: "\t- : :"}, {name: ""}):
        assert lite.post("/v1/rules/check", {"files": files}).status_code == 422
