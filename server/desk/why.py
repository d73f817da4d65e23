"""Why, why not, and what would help: explanations of an order's decision from its frozen facts and rules (U4, U5).

Place in the order's way: after it. Each answer is of the decision that stands; the rules are those that made it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from orders.errors import NotFound, Refused
from orders.hold import HoldState
from rules.bundle import load_bundle
from rules.process.explainers import ask
from server.db.order import decisions, holds, orders
from server.db.rulework import bundles
from server.db.vault import Erased
from server.desk.orders import explain as sentences

if TYPE_CHECKING:
    from orders.actor import Actor
    from rules.bundle import Bundle
    from server.deps import Deps

Json = dict[str, Any]
MOST_NEAR = 10


def near_misses(deps: Deps, actor: Actor, order_id: str, limit: int = MOST_NEAR) -> list[Json]:
    """Return the rules that almost fired, nearest first. Raises NotFound, Refused (erased)."""
    facts, bundle = _grounds(deps, actor, order_id)
    found: list[Json] = ask(bundle, {"ask": "near", "limit": limit}, facts)
    return found


def why_not(deps: Deps, actor: Actor, order_id: str, rule: str) -> Json:
    """Return of one rule whether it fired and, case by case, each condition with the value that it met."""
    facts, bundle = _grounds(deps, actor, order_id)
    found: Json | None = ask(bundle, {"ask": "why", "rules": [rule]}, facts)[rule]
    if found is None:
        raise NotFound(f"There was no rule {rule} in this decision's rules", f"该判定的规则包里没有规则 {rule}")
    return found


def rules_of(deps: Deps, actor: Actor, order_id: str) -> list[Json]:
    """Return the rules of the order's decision with their titles, for a choice."""
    _, bundle = _grounds(deps, actor, order_id)
    return [{"rule": rule.id, "title": {"zh": rule.title.zh, "en": rule.title.en}} for rule in bundle.book.rules]


def explain(deps: Deps, actor: Actor, order_id: str) -> Json:
    """Return the decision in sentences and, rule by rule in the order of the trace, the values that made it true."""
    told = sentences(deps, actor, order_id)
    trace = told["decision"]["body"]["trace"]
    fired = list(dict.fromkeys(step["rule"] for step in trace))
    try:
        facts, bundle = _grounds(deps, actor, order_id)
        verdicts = ask(bundle, {"ask": "why", "rules": fired}, facts)
    except Refused:
        verdicts = {}
    words = {item["rule"]: {"zh": item["zh"], "en": item["en"]} for item in told["sentences"]}
    return {**told, "chain": [_step(step, verdicts.get(step["rule"]), words) for step in trace]}


def _step(step: Json, verdict: Json | None, words: Json) -> Json:
    title = verdict["title"] if verdict else {"zh": step["rule"], "en": step["rule"]}
    cases = [case for case in verdict["cases"] if case["holds"]] if verdict else []
    return {
        "rule": step["rule"],
        "version": step["version"],
        "title": title,
        "message": words.get(step["rule"], title),
        "because": step["because"],
        "derived": step["derived"],
        "checks": [check for case in cases[:1] for check in case["checks"] if check["holds"]],
    }


def release_options(deps: Deps, actor: Actor, order_id: str) -> list[Json]:
    """Return for each active hold what would end it: words of its rule, and changes that the engine has verified."""
    with deps.store.db.read() as conn:
        orders.require(conn, order_id, actor)
        active = holds.of_order(conn, order_id, HoldState.ACTIVE)
    if not active:
        return []
    found: list[Json | None] = [None] * len(active)
    try:
        facts, bundle = _grounds(deps, actor, order_id)
        asked = [[hold["rule"], hold["code"], hold["line_no"]] for hold in active]
        found = ask(bundle, {"ask": "release", "holds": asked}, facts)
    except Refused:
        pass  # the person was erased: the rule's own words remain
    return [_option(hold, verified) for hold, verified in zip(active, found, strict=True)]


def _option(hold: Json, verified: Json | None) -> Json:
    kept = {name: hold[name] for name in ("code", "gate", "rule", "line_no", "who", "needs_human", "message")}
    return {
        "hold_id": hold["id"],
        **kept,
        "options": hold["release_options"],
        "by_data": bool(verified and verified["by_data"]),
        "summary": verified["message"] if verified else None,
        "ways": verified["ways"] if verified else [],
    }


def _grounds(deps: Deps, actor: Actor, order_id: str) -> tuple[bytes, Bundle]:
    """Return the frozen facts of the decision that stands, and its rules. Raises NotFound, Refused (erased)."""
    with deps.store.db.read() as conn:
        orders.require(conn, order_id, actor)
        row = decisions.newest_of(conn, order_id)
        try:
            facts = decisions.facts(conn, deps.store, row["id"])
        except Erased as error:
            raise Refused(
                "the person's data was erased: what remains is the decision's own trace",
                "个人信息已删除：只剩判定自身的轨迹",
                code="erased",
            ) from error
        files = None if row["bundle"] == deps.engine.bundle.hash else bundles.files(conn, row["bundle"])
    return facts, deps.engine.bundle if files is None else _compiled(tuple(sorted(files.items())))


@lru_cache(maxsize=4)
def _compiled(files: tuple[tuple[str, str], ...]) -> Bundle:
    return load_bundle(dict(files))
