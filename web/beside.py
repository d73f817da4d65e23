"""What stands beside the rule editor: the examples and mutants of the text that is being typed, as JSON in words.

Place in the order's way: beside decide, before a change is published.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from web.i18n import say, translate

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.process.prover import Report

Json = dict[str, Any]


def beside(report: Report, worded: Callable[[str], str]) -> Json:
    """Return the panel's data: how many examples and mutants, and each finding with its line and what would mend it."""
    if report.error:
        return {"error": say(report.error)}
    anew = {item["replaces"]: item["text"] for item in report.repairs}
    wanted = {item["mutant"]: item["text"] for item in reversed(report.proposals)}
    failures = [
        {"line": item["line"], "title": item["example"], "text": say(item), "replace": anew.get(item["example"])}
        for item in report.failures
    ]
    survivors = [
        {"line": item["line"], "title": item["rule"], "text": worded(say(item)), "add": wanted.get(item["id"])}
        for item in report.survivors
    ]
    good = report.examples - len({item["example"] for item in report.failures})
    noticed = report.mutants - len(report.survivors)
    return {
        "examples": translate("例子 {n} / {m} 通过", n=good, m=report.examples),
        "mutants": translate("改动 {n} / {m} 被发现", n=noticed, m=report.mutants) if report.mutants else "",
        "good": not failures and not survivors,
        "findings": failures + survivors,
    }
