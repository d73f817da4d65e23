"""An engine child that explains: near misses, the conditions of a rule, what would release holds.

Place in the order's way: after it. Explanations run the engine hundreds of times, so they run where a crash or a hang
takes nobody along. A question is JSON: ``{"ask", "facts", …}``; the answer is JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from rules.engine import EngineError
from rules.explain import Case, Gap, NearMiss, Option, Release, Verdict, conditions, near_misses, release_options
from rules.process import child
from rules.process.child import DECIDED, FAILED

if TYPE_CHECKING:
    from collections.abc import Callable

    from orders.hold import Message
    from rules.bundle import Bundle

Json = dict[str, Any]


def answer(question: bytes, bundle: Bundle, _check: bool) -> tuple[bytes, bytes]:
    """Answer one question; what the engine cannot judge is a refusal with its reason."""
    asked = orjson.loads(question)
    try:
        told = _ASKS[asked["ask"]](asked["facts"].encode(), bundle, asked)
    except EngineError as error:
        return FAILED, str(error).encode()
    return DECIDED, orjson.dumps(told)


def _near(facts: bytes, bundle: Bundle, asked: Json) -> Any:
    return [_miss(miss) for miss in near_misses(facts, bundle, limit=asked["limit"])]


def _why(facts: bytes, bundle: Bundle, asked: Json) -> Any:
    found = {rule: conditions(facts, bundle, rule) for rule in asked["rules"]}
    return {rule: None if verdict is None else _verdict(verdict) for rule, verdict in found.items()}


def _release(facts: bytes, bundle: Bundle, asked: Json) -> Any:
    found = [release_options(facts, bundle, rule, code, line_no) for rule, code, line_no in asked["holds"]]
    return [None if release is None else _way(release) for release in found]


_ASKS: dict[str, Callable[[bytes, Bundle, Json], Any]] = {"near": _near, "why": _why, "release": _release}


def _words(message: Message) -> Json:
    return {"zh": message.zh, "en": message.en}


def _gap(gap: Gap) -> Json:
    return {
        "condition": gap.condition,
        "message": _words(gap.message),
        "value": gap.value,
        "distance": gap.distance,
    }


def _miss(miss: NearMiss) -> Json:
    gaps = [_gap(gap) for gap in miss.gaps]
    return {
        "rule": miss.rule,
        "title": _words(miss.title),
        "line_no": miss.line_no,
        "message": _words(miss.message),
        "gaps": gaps,
    }


def _verdict(verdict: Verdict) -> Json:
    return {
        "rule": verdict.rule,
        "title": _words(verdict.title),
        "fired": verdict.fired,
        "enabled": verdict.enabled,
        "cases": [_case(case) for case in verdict.cases],
    }


def _case(case: Case) -> Json:
    checks = [
        {"condition": item.condition, "holds": item.holds, "message": _words(item.message), "depth": item.depth}
        for item in case.checks
    ]
    return {"facts": case.facts, "line_no": case.line_no, "holds": case.holds, "checks": checks}


def _way(release: Release) -> Json:
    return {
        "by_data": release.by_data,
        "needs_human": release.needs_human,
        "who": list(release.who),
        "message": _words(release.message),
        "ways": [_option(option) for option in release.options],
    }


def _option(option: Option) -> Json:
    changes = [{"path": item.path, "line_no": item.line_no, "was": item.was, "to": item.to} for item in option.changes]
    return {"group": option.group, "message": _words(option.message), "changes": changes}


def main() -> None:
    """Serve the pipe like `rules.process.child`, with explanations for answers."""
    child.main(answer)
