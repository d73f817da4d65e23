"""Exemptions: a customer on the allowlist, or a rule snoozed for a customer. What would have stopped the order is told.

Place in the order's way: the end of decide. Only holds and refusals are lifted: flags, requirements and routes stay.
Each lifted hold stands in the trace and as a flag, so that nobody overlooks what was let through.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orders.decision import Outcome
from rules.effects import HoldEffect
from rules.policy import STAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rules.policy import Rule

Json = dict[str, Any]
Exempt = tuple[str, str, str]
"""A scope (a rule's id, or ``stage:fraud``), the local day until which it holds (included), the exemption's id."""
FLAG = "EXEMPTED"
LANE = "stage:"


def exempted(body: Json, rules: Sequence[Rule], exempt: Sequence[Sequence[str]]) -> Json:
    """Return the body without the holds of exempt rules; changes ``body``'s lists in place."""
    covered = {rule.id: found for rule in rules if (found := _covering(rule, exempt)) is not None}
    lifted = [hold for hold in body["holds"] if hold["rule"] in covered]
    if not lifted:
        return body
    holds = [hold for hold in body["holds"] if hold["rule"] not in covered]
    body["flags"] += [_flag(hold, covered[hold["rule"]]) for hold in lifted]
    for step in body["trace"]:
        codes = sorted({hold["code"] for hold in lifted if hold["rule"] == step["rule"]})
        if codes:
            scope, until, name = covered[step["rule"]]
            told = {"codes": codes, "id": name, "scope": scope, "until": until}
            step["derived"] = {**step["derived"], "exempt": told}
    return {**body, "holds": holds, "outcome": _outcome(body, holds, rules)}


_ALLOWED = ("客户在允许名单", "the customer is on the allowlist")
_SNOOZED = ("规则对该客户暂缓", "the rule is snoozed for this customer")


def _covering(rule: Rule, exempt: Sequence[Sequence[str]]) -> Sequence[str] | None:
    lane = LANE + STAGES[rule.stage]
    return next((item for item in exempt if item[0] in (rule.id, lane)), None)


def _flag(hold: Json, found: Sequence[str]) -> Json:
    scope, until, _ = found
    why = _ALLOWED if scope.startswith(LANE) else _SNOOZED
    message = {
        "zh": f"{why[0]}（至 {until}），未拦：{hold['message']['zh']}",
        "en": f"Let through, {why[1]} until {until}: {hold['message']['en']}",
    }
    return {"code": FLAG, "line_no": hold["line_no"], "message": message, "rule": hold["rule"]}


def _outcome(body: Json, holds: list[Json], rules: Sequence[Rule]) -> str:
    """Resolve again: what still refuses, what still holds; at least a flag, for what was let through."""
    effects = [(rule.id, effect) for rule in rules for effect in rule.effects if isinstance(effect, HoldEffect)]
    refusing = {(name, effect.code) for name, effect in effects if effect.reject}
    if body["outcome"] == Outcome.REJECT and any((hold["rule"], hold["code"]) in refusing for hold in holds):
        return Outcome.REJECT.value
    blocking = any(hold["severity"] == "blocking" for hold in holds)
    return Outcome.HOLD.value if blocking else Outcome.FLAG.value
