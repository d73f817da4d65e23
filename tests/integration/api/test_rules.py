"""The rules' life through the API: two keys of two people, proofs as problems, never a 500 for what is sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from orders.actor import Role
from rules.process.prover import proven
from server.db import people
from server.db.rulework import bundles
from server.desk.rulework import rules_draft, rules_publish

if TYPE_CHECKING:
    from tests.integration.api.conftest import Api

DRAFTS = "/v1/rules/drafts"
LIMIT = {"title": "代收点上限 800", "params": {"fraud.yaml": {"pickup_limit": "800.00元"}}}


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prove in this process: the same code in a child of its own costs seconds, and has its tests elsewhere."""
    monkeypatch.setattr(rules_publish, "prove", proven)
    monkeypatch.setattr(rules_draft, "prove", lambda asked: proven(rules_draft.Asked(asked.files, mutants=False)))


@pytest.fixture
def api(lite: Api) -> Api:
    """The API with a second risk key, and the same live rules whatever the files are today."""
    with lite.deps.store.db.write() as conn:
        key = {"name": "second", "scopes": [Role.RISK], "created_by": "test"}
        lite.keys["second"] = people.add_api_key(conn, key, lite.clock())[1]
        live = lite.deps.engine.bundle
        bundles.put(conn, live.hash, live.files, actor="test", now=lite.clock())
        if bundles.live(conn) != live.hash:
            bundles.publish(conn, live.hash, actor="test", now=lite.clock(), reason="test")
    return lite


def begun(api: Api, body: dict[str, Any] = LIMIT) -> str:
    made = api.post(DRAFTS, body, role="risk")
    assert made.status_code == 201, made.text
    return str(made.headers["Location"])


def test_RSK_10_a_threshold_goes_live_by_two_keys_and_back(api: Api) -> None:
    before = api.deps.engine.bundle.hash
    path = begun(api)
    shown = api.get(path, role="risk")
    assert [item["after"] for item in shown.json["differences"] if item["what"] == "param"] == ["800.00元"]
    assert shown.headers["ETag"] == '"1"'
    assert api.post(f"{path}/check", role="risk").json["state"] == "checked"
    assert api.post(f"{path}/test", role="risk").json["report"]["passed"]
    asked = api.post(f"{path}/publish", {"reason": "投诉太多"}, role="risk")
    assert (asked.status_code, asked.json["state"]) == (200, "proposed")
    own = api.post(f"{path}/approve", role="risk")
    assert (own.status_code, own.json["code"]) == (403, "same_person")
    done = api.post(f"{path}/approve", {"reason": "同意"}, role="second")
    assert (done.status_code, done.json["state"]) == (200, "live")
    assert api.get("/v1/rules", role="auditor").json["bundle"] == done.json["bundle"]
    newest = api.get("/v1/rules/history", role="auditor").json["data"][0]
    assert (newest["kind"], newest["previous"], newest["reason"]) == ("published", before, "投诉太多")
    assert newest["actor"]["id"] != newest["second"]["id"]
    back = api.post("/v1/rules/rollback", {"bundle": before, "reason": "误伤"}, role="second")
    assert (back.status_code, back.json["state"]) == (200, "live")
    assert api.get("/v1/rules").json["bundle"] == before


def test_PEK_04_a_rule_is_paused_and_resumed_in_one_call_each(api: Api) -> None:
    before = api.deps.engine.bundle.hash
    paused = api.post("/v1/rules/pause", {"rule": "RSK-02", "reason": "误拦", "hours": 1}, role="risk")
    assert (paused.status_code, paused.json["rule"]) == (200, "RSK-02")
    assert [row["rule"] for row in api.get("/v1/rules/pauses").json["data"]] == ["RSK-02"]
    assert api.get("/v1/rules").json["bundle"] != before
    assert api.post("/v1/rules/pause", {"rule": "RSK-02", "reason": "x"}, role="risk").status_code == 409
    assert api.post("/v1/rules/pause", {"rule": "no-such", "reason": "x"}, role="risk").status_code == 404
    assert api.post("/v1/rules/pause", {"rule": "RSK-05", "reason": "x"}, role="sales").status_code == 403
    resumed = api.post("/v1/rules/resume", {"rule": "RSK-02", "reason": "已修正"}, role="second")
    assert (resumed.status_code, resumed.json["data"]) == (200, [])
    assert api.get("/v1/rules").json["bundle"] == before


def test_U1_publish_with_a_failing_example_is_422_and_names_it(api: Api) -> None:
    path = begun(api, {**LIMIT, "follow": False})
    answer = api.post(f"{path}/publish", {"reason": "投诉太多"}, role="risk")
    problem = answer.json
    assert (answer.status_code, problem["code"]) == (422, "rules_unproven")
    assert problem["errors"][0]["code"] == "example_fails"
    assert problem["errors"][0]["pointer"].startswith("fraud.yaml:")
    assert problem["report"]["failures"]
    assert api.post(f"{path}/approve", role="second").status_code == 409


def test_a_draft_is_edited_by_its_version_and_broken_text_is_named_by_place(api: Api) -> None:
    path = begun(api, {"title": "x"})
    text = api.deps.engine.bundle.files["fraud.yaml"].replace("order.payable >", "order.payabel >", 1)
    put = api.put(path, {"files": {"fraud.yaml": text}}, role="risk", headers={"If-Match": '"1"'})
    assert (put.status_code, put.json["version"]) == (200, 2)
    assert api.put(path, {"title": "y"}, role="risk", headers={"If-Match": '"1"'}).status_code == 412
    for step in ("check", "test"):
        answer = api.post(f"{path}/{step}", role="risk")
        assert (answer.status_code, answer.json["code"]) == (422, "rule_file")
        assert answer.json["errors"][0]["candidates"] == ["order.payable"]
    assert api.put(path, {"title": "y"}, role="second").status_code == 403
    assert api.post(f"{path}/withdraw", role="risk").json["state"] == "withdrawn"
    assert api.put(path, {"title": "y"}, role="risk").status_code == 409


def test_whatever_is_sent_is_refused_by_its_place(api: Api) -> None:
    path = begun(api)
    nowhere = api.deps.engine.bundle.files["route.yaml"].replace("default_site: {value: GZ", "default_site: {value: GX")
    wrong: list[tuple[str, Any, int]] = [
        (DRAFTS, {}, 422),
        (DRAFTS, {"title": " "}, 422),
        (DRAFTS, {"title": "x", "files": {"../x.yaml": "a"}}, 422),
        (DRAFTS, {"title": "x", "params": {"nope.yaml": {"a": "1"}}}, 422),
        (DRAFTS, {"title": "x", "params": {"fraud.yaml": {"nope": "1"}}}, 422),
        (DRAFTS, {"title": "x", "files": dict.fromkeys(api.deps.engine.bundle.files)}, 422),
        (DRAFTS, {"title": "x", "files": {"fraud.yaml": "\t: ["}, "params": {"fraud.yaml": {"a": "1"}}}, 422),
        (f"{path}/publish", {}, 422),
        (f"{path}/publish", {"reason": "r", "percent": 0}, 422),
        (f"{path}/publish", {"reason": "r", "at": "tomorrow"}, 422),
        (f"{path}/publish", {"reason": "r", "at": "2026-11-30T08:00:00"}, 422),
        (f"{path}/publish", {"reason": "r", "at": "0001-01-01T00:00:00+14:00"}, 422),
        (f"{path}/publish", {"reason": "r", "at": "2020-01-01T00:00:00Z"}, 422),
        (f"{path}/reject", {"reason": "r"}, 409),
        (f"{path}/end-canary", {"reason": "r"}, 409),
        (f"{path}/recall", None, 409),
        (f"{path}/examples", None, 409),
        (f"{DRAFTS}/chg_none/test", None, 404),
        (f"{DRAFTS}/chg_none/approve", None, 404),
        ("/v1/rules/rollback", {"bundle": "0" * 64, "reason": "r"}, 404),
        ("/v1/rules/rollback", {"bundle": api.deps.engine.bundle.hash, "reason": "r"}, 409),
        ("/v1/rules/pause", {"rule": "RSK-02", "reason": " "}, 422),
        ("/v1/rules/test", {"files": {"fraud.yaml": "rules: 1"}}, 200),
        ("/v1/rules/check", {"files": {"route.yaml": nowhere}}, 422),
    ]
    for where, body, status in wrong:
        answer = api.post(where, body, role="risk")
        assert answer.status_code == status, (where, body, answer.text)
    assert api.get(f"{DRAFTS}?state=nope").status_code == 422
    assert api.get(f"{DRAFTS}/chg_none").status_code == 404
    assert api.get(f"{path}/shadow").json == {"on": False, "judged": 0, "data": []}
    assert [row["id"] for row in api.get(DRAFTS).json["data"]] == [path.rsplit("/", 1)[1]]


def test_SEC_04_every_door_of_the_rules_is_closed_to_who_may_not(api: Api) -> None:
    """Who reads rules reads them all; only risk moves anything. Whatever is sent, the role is asked first."""
    doors = [
        (method, re.sub("<.*?>", "x", rule.rule))
        for rule in api.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/v1/rules")
    ]
    assert len(doors) > 20
    for method, path in doors:
        assert api.call(method, path, role="sales").status_code == 403, (method, path)
    assert api.get("/v1/rules/none.yaml", role="risk").status_code == 404
