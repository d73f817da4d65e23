"""Intercept an order: a hold that a person puts in, and what was said of it in the warehouse (NL-02).

Place in the order's way: after the commit, before the goods leave. An interception is a hold like any other: the order
is decided again with it, it closes the way to the warehouse, and a person with a role it names releases it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz, process

from intake.known.address import parse
from intake.speech.spoken import MAX_SPOKEN_CHARS, Spoken, Wish, understood
from orders.actor import Role
from orders.errors import Forbidden, Refused, UnreadableDocument
from orders.hold import INTERCEPTED, HoldState, intercepted
from orders.state import STATE_ZH, OrderState
from server.commit import Change
from server.db.facts import standing
from server.db.order import holds, orders
from server.db.order.orders import Filter
from server.desk.holds import required_reason
from server.desk.judge import judge_again
from server.desk.orders import next_states
from server.desk.view import order_view

if TYPE_CHECKING:
    from orders.actor import Actor
    from server.deps import Deps

Json = dict[str, Any]
HOLDERS = (Role.SALES, Role.SALES_SUPERVISOR, Role.PRODUCTION, Role.RISK)
TOO_LATE = frozenset({OrderState.SHIPPED, OrderState.LOGISTICS_EXCEPTION, OrderState.DELIVERED, OrderState.COMPLETED})
OVER = frozenset({OrderState.REJECTED, OrderState.CANCELLED, OrderState.AFTER_SALE})
LOOKED_AMONG = 500
MOST_CHOICES = 5
_NEAR = 60


def intercept(deps: Deps, actor: Actor, order_id: str, reason: str, *, version: int | None = None) -> Json:
    """Stop an order before its goods leave; return it. Doing it twice changes nothing.

    Raises Forbidden, NotFound, InvalidOrder (no reason), Conflict (stale version), Refused (gone or over).
    """
    _require_role(actor)
    reason = required_reason(reason)
    with deps.store.db.read() as conn:
        stored = orders.get(conn, deps.store, order_id, actor)
        active = holds.of_order(conn, order_id, HoldState.ACTIVE)
    if any(hold["code"] == INTERCEPTED for hold in active):
        return order_view(deps, actor, order_id)
    if version is not None and version != stored.version:
        raise standing.stale(order_id)
    if refusal := _why_not(stored.state):
        raise Refused(refusal["en"], refusal["zh"], code="too_late_to_intercept")
    hold = intercepted(reason)
    change = Change(cause="intercept", actor=actor, version=stored.version, reason=reason, hold=hold)
    judge_again(deps, order_id, stored.order, change)
    return order_view(deps, actor, order_id)


def _require_role(actor: Actor) -> None:
    if not actor.has(*HOLDERS):
        raise Forbidden("your role may not intercept orders", "您的角色不能拦截订单")


def _why_not(state: OrderState) -> dict[str, str] | None:
    if state in TOO_LATE:
        return {
            "zh": f"订单{STATE_ZH[state]}，货已离开仓库：请联系承运商拦截",
            "en": f"the order is {state.value}: its goods have left, ask the carrier to stop them",
        }
    if state in OVER:
        return {"zh": f"订单{STATE_ZH[state]}，不用拦截", "en": f"the order is {state.value}: there is nothing to stop"}
    return None


def proposed(deps: Deps, actor: Actor, text: str) -> Json:
    """Return what a transcript asks for as proposals that a person confirms; nothing is done.

    ``proposals``: order, command (`hold` or `cancel`), reason, whether it is allowed and why not. ``question``: what is
    unclear, with ``choices`` of order numbers. Raises Forbidden, UnreadableDocument (too long).
    """
    _require_role(actor)
    if len(text) > MAX_SPOKEN_CHARS:
        raise UnreadableDocument(
            f"more than {MAX_SPOKEN_CHARS} characters: say one thing at a time",
            f"超过 {MAX_SPOKEN_CHARS} 字：请一次只说一件事",
            code="text_too_long",
        )
    spoken = understood(text)
    told: Json = {"text": spoken.text, "proposals": [], "questions": []}
    if len(spoken.wishes) != 1:
        told["questions"].append(_unclear_wish(spoken))
        return told
    if spoken.wishes == (Wish.REROUTE,) and not spoken.address:
        told["questions"].append(_question("no_address", "改发到哪里？请说出新地址", "Where to? Say the new address"))
    elif not spoken.numbers:
        told["questions"].append(_question("no_number", "哪一张订单？请说出订单号", "Which order? Say its number"))
    else:
        for number in spoken.numbers:
            _find(deps, actor, spoken, number, told)
    return told


def _question(code: str, zh: str, en: str, choices: list[str] | None = None) -> Json:
    return {"code": code, "message": {"zh": zh, "en": en}, "choices": choices or []}


def _unclear_wish(spoken: Spoken) -> Json:
    if spoken.wishes:
        return _question(
            "several_wishes", "说了几件不同的事，请一次说一件", "That is several things: say one at a time"
        )
    return _question(
        "no_wish",
        "没有听出要做什么：请说“拦截”“取消”或“改发到 …”加订单号",
        "Nothing to do was heard: say “intercept”, “cancel” or “reroute to …” with the order's number",
    )


def _find(deps: Deps, actor: Actor, spoken: Spoken, number: str, told: Json) -> None:
    rows = _orders(deps, actor, number)
    wanted = _plain(number)
    exact = [row for row in rows if _plain(row["number"]) == wanted]
    ending = [row for row in rows if _plain(row["number"]).endswith(wanted)]
    found = exact or ending
    if len(found) == 1:
        told["proposals"].append(_proposal(deps, actor, spoken, found[0]))
        return
    if found:
        choices = [row["number"] for row in found[:MOST_CHOICES]]
        zh, en = f"有 {len(found)} 张订单像 {number}，是哪一张？", f"{len(found)} orders are like {number}: which one?"
        told["questions"].append(_question("several_orders", zh, en, choices))
        return
    known = [row["number"] for row in rows]
    near = process.extract(number, known, scorer=fuzz.ratio, processor=_plain, limit=MOST_CHOICES, score_cutoff=_NEAR)
    choices = list(dict.fromkeys(name for name, _, _ in near))
    zh, en = f"没有订单 {number}", f"There is no order {number}"
    told["questions"].append(_question("no_such_order", zh, en, choices))


def _orders(deps: Deps, actor: Actor, number: str) -> list[Json]:
    """Return orders that may be meant: those whose number holds the last figures, and the newest ones."""
    tail = number.rpartition("-")[2][-6:]
    with deps.store.db.read() as conn:
        named = orders.list_page(conn, actor, Filter(q=tail), limit=LOOKED_AMONG).rows
        newest = orders.list_page(conn, actor, Filter(), limit=LOOKED_AMONG).rows
    return list({row["id"]: dict(row) for row in (*named, *newest) if row["number"]}.values())


def _plain(number: str) -> str:
    return "".join(char for char in number.upper() if char.isalnum())


def _proposal(deps: Deps, actor: Actor, spoken: Spoken, row: Json) -> Json:
    wish = spoken.wishes[0]
    reason = f"语音：{spoken.text}"
    if wish is Wish.REROUTE:
        reason = f"改发到 {spoken.address}。{reason}"
    why_not = _cancel_why_not(deps, actor, row["id"]) if wish is Wish.CANCEL else _why_not(OrderState(row["state"]))
    return {
        "order_id": row["id"],
        "number": row["number"],
        "buyer": row["buyer_masked"],
        "state": row["state"],
        "wish": wish.value,
        "command": "cancel" if wish is Wish.CANCEL else "hold",
        "reason": reason[:500],
        "address": _address(spoken.address) if wish is Wish.REROUTE else None,
        "allowed": why_not is None,
        "why_not": why_not,
    }


def _address(text: str) -> Json:
    read = parse(text)
    return {"text": text, "province": read.province, "city": read.city, "district": read.district}


def _cancel_why_not(deps: Deps, actor: Actor, order_id: str) -> dict[str, str] | None:
    option = next((one for one in next_states(deps, actor, order_id) if one["command"] == "cancel"), None)
    if option is None:
        return {"zh": "这个状态的订单不能取消", "en": "an order in this state cannot be cancelled"}
    told = {language: "；".join(option["why_not"][language]) for language in ("zh", "en")}
    return None if option["allowed"] else told
