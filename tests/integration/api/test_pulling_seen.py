"""Pulling as operators see it: set up, hurried and paused over the API; how it stands, in words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from server.desk.doors.pull import pull
from tests.conftest import START
from tests.integration.api.stage import CODE, Stage
from tests.integration.api.test_channels import set_up

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.api.conftest import Api


@pytest.fixture
def stage(lite: Api) -> Iterator[Stage]:
    made = Stage(lite, "taobao")
    yield made
    made.close()


def test_IN_01_pulling_is_set_up_hurried_paused_and_resumed_over_the_api(stage: Stage) -> None:
    api, path = stage.api, f"/v1/channels/{CODE}/pull"
    assert api.put(path, {"url": "http://127.0.0.1:9"}).status_code == 422, "a private address"
    told = api.put(path, {"state": "paused", "every_s": 30}).json
    assert (told["state"], told["health"], told["every_s"]) == ("paused", "paused", 30)
    assert not pull(stage.deps, CODE)
    assert api.put(path, {"state": "on"}).json["health"] == "well"
    stage.clock.forward(seconds=40)
    assert api.get(path).json["health"] == "late"
    assert api.post(f"{path}/now").json["next_at"] == api.get(path).json["next_at"]
    assert api.put(path, {}, role="sales").status_code == 403
    assert [api.put(path, {"since": since}).status_code for since in (1795320900, "soon", "2026-11-22T10:15:00")] == [
        422
    ] * 3
    assert api.post(f"{path}/now", role="sales_supervisor").status_code == 403


def test_IN_01_health_says_how_late_what_is_wrong_and_what_to_do(stage: Stage) -> None:
    stage.sell(2)
    stage.clock.forward(seconds=4)
    stage.pull()
    told = stage.api.get(f"/v1/channels/{CODE}/pull").json
    assert (told["health"], told["lag_s"], told["outcomes"]) == ("well", 0, {"order": 2})
    assert told["delay_s"] == {"orders": 2, "p50": 6.0, "p99": 6.0, "wanted": 30}
    stage.shop.may_renew = False
    stage.shop.expire()
    stage.clock.forward(seconds=10)
    stage.pull()
    told = stage.api.get(f"/v1/channels/{CODE}/pull").json
    assert (told["health"], told["error"]["code"]) == ("failing", "token_refused")
    assert "重新授权" in told["error"]["do_zh"]
    assert stage.shop.secret not in str(told)


def test_what_is_not_pulled_says_so(lite: Api) -> None:
    lite.put("/v1/channels/edi", {"name": "EDI"})
    assert lite.get("/v1/channels/edi/pull").status_code == 404
    assert lite.post("/v1/channels/edi/pull/now").status_code == 404
    refused = lite.put("/v1/channels/edi/pull", {})
    assert (refused.status_code, refused.json["code"]) == (409, "not_pulled")
    assert lite.put("/v1/channels/nobody/pull", {}).status_code == 404


@pytest.mark.parametrize(("days", "reached"), [(29, 29), (31, 30)])
def test_a_channel_begins_where_it_is_told_at_most_thirty_days_ago(lite: Api, days: int, reached: int) -> None:
    set_up(lite, CODE, preset="taobao", platform="taobao")
    since = (START - timedelta(days=days)).isoformat()
    told = lite.put(f"/v1/channels/{CODE}/pull", {"since": since}).json
    assert told["lag_s"] == reached * 86400
    assert lite.put(f"/v1/channels/{CODE}/pull", {"since": START.isoformat()}).json["lag_s"] == reached * 86400
