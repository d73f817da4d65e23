"""U18: a customer's own label or column title becomes a layout hint; lessons live on both databases."""

from __future__ import annotations

from typing import Any

from server.desk.papers import learning as desk
from tests.integration.desk.test_documents import SALES, draft_of, read
from tests.integration.desk.test_learning import HEAD, submitted, taught

SLIP = HEAD + "流转码：HL-{}\nA-1005 300个 单价8.60\n"
SHEET = "订单号,HL-{}\n客户,苏州恒力机电有限公司\n\n名称,规格,投产,单价\n弯头,A-1005,{},8.60\n"


def hint_of(deps: Any) -> dict[str, Any]:
    return next(lesson for lesson in taught(deps) if lesson["kind"] == "label")


def value(draft: dict[str, Any], path: str) -> dict[str, Any]:
    return next(item for item in draft["fields"] if item["path"] == path)


def test_U18_customers_own_label_is_tried_switched_on_and_revoked_on_both_databases(deps):
    submitted(deps, SLIP.format(1).encode(), ("/number", "HL-1"))
    hint = hint_of(deps)
    assert (hint["said"], hint["meant"], hint["path"], hint["state"]) == ("流转码", "订单编号", "/number", "ready")
    assert draft_of(deps, read(deps, SLIP.format(2).encode(), "o.txt"))["order"]["number"] is None
    desk.switch_on(deps, SALES, hint["id"])
    found = value(draft_of(deps, read(deps, SLIP.format(3).encode(), "o.txt")), "/number")
    assert (found["value"], found["why"][0]) == ("HL-3", "按以前确认过的写法")
    stranger = (
        SLIP.format(4)
        .replace("苏州恒力机电有限公司", "武汉楚天机械有限公司")
        .replace("张总 13800138000", "刘工 13500135004")
    )
    assert draft_of(deps, read(deps, stranger.encode(), "o.txt"))["order"]["number"] is None
    desk.revoke(deps, SALES, hint["id"])
    assert draft_of(deps, read(deps, SLIP.format(5).encode(), "o.txt"))["order"]["number"] is None
