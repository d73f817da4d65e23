"""The policy files' own examples: every file proves itself before it goes live.

`check` reads and compiles (nothing runs); `test` judges every example with the whole bundle.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orders.errors import RuleAuthorError
from rules.bundle import Bundle, authored, with_params
from rules.decide import decide_facts

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from orders.decision import DecisionBody
    from rules.policy import Example
    from rules.text.raw import Operand


@dataclass(frozen=True, slots=True)
class Failure:
    """An example that did not come out as written; ``line`` is where it stands."""

    file: str
    line: int
    example: str
    expected: str
    got: str
    zh: str = ""
    en: str = ""

    def __str__(self) -> str:
        """Say it in one line."""
        return f"{self.file}:{self.line}: 示例“{self.example}”：{self.zh or f'应为 {self.expected}，实为 {self.got}'}"


def check(paths: Iterable[Path]) -> list[RuleAuthorError]:
    """Read and compile files, or all ``*.yaml`` of directories, as one bundle; return what is wrong (empty: fine)."""
    files: dict[str, str] = {}
    for path in paths:
        for file in sorted(path.glob("*.yaml")) if path.is_dir() else (path,):
            files[file.name] = Path(file).read_text("utf-8")
    try:
        authored(files)
    except RuleAuthorError as error:
        return [error]
    return []


def test(bundle: Bundle, only: Collection[str] | None = None) -> list[Failure]:  # noqa: PT028 - not pytest's
    """Judge every example of every file (``only`` of these) with the whole bundle; return those that failed."""
    found: list[Failure] = []
    for policy in bundle.book.policies:
        if only and policy.file not in only:
            continue
        settings: dict[tuple[tuple[str, Operand], ...], Bundle] = {(): bundle}
        for example in policy.examples:
            setting = tuple(sorted(example.params.items()))
            if setting not in settings:
                settings[setting] = with_params(bundle, policy.file, example.params)
            found += _judged(example, settings[setting], policy.file)
    return found


test.__test__ = False  # type: ignore[attr-defined]


def run_example(example: Example, bundle: Bundle, file: str) -> list[Failure]:
    """Judge one example."""
    return _judged(example, with_params(bundle, file, example.params) if example.params else bundle, file)


def _judged(example: Example, bundle: Bundle, file: str) -> list[Failure]:
    body = decide_facts(example.facts, bundle)
    line = example.place.line
    return [
        Failure(file, line, example.name, f"{name}: {wanted}", str(got), *_said(name, wanted, got))
        for name, wanted, got in wrong(example, body)
    ]


SAID = {
    "holds": ("挂起", "holds"), "flags": ("标记", "flags"), "requires": ("要求", "required steps"),
    "notify": ("通知", "notified"), "degraded": ("没做成的检查", "checks not made"), "workflow": ("流程", "workflow"),
    "outcome": ("结果", "outcome"), "site": ("仓库", "site"), "carrier": ("承运商", "carrier"),
    "service": ("服务", "service"), "approval": ("审批", "approval"),
}  # fmt: skip
"""What an example may expect, in both languages."""


def _said(name: str, wanted: Any, got: Any) -> tuple[str, str]:
    """Say an unmet expectation in 中文 and English."""
    if name == "fires":
        missing = _listed([rule for rule in wanted if rule not in got])
        return f"应触发 {missing[0]}，实际没有触发", f"{missing[1]} should fire, and does not"
    if name == "silent":
        fired = _listed([rule for rule in wanted if rule in got])
        return f"不应触发 {fired[0]}，实际触发了", f"{fired[1]} should stay silent, and fires"
    (zh, en), (want_zh, want_en), (got_zh, got_en) = SAID[name], _listed(wanted), _listed(got)
    return f"{zh}应有 {want_zh}，实为 {got_zh}", f"{en}: {want_en} expected, {got_en} found"


def _listed(value: Any) -> tuple[str, str]:
    if isinstance(value, list):
        return "、".join(map(str, value)) or "无", ", ".join(map(str, value)) or "none"
    return ("无", "none") if value is None else (str(value), str(value))


def wrong(example: Example, body: DecisionBody) -> Iterator[tuple[str, Any, Any]]:
    """Yield each expectation that the decision does not meet: its name, what was wanted, what came out."""
    for name, wanted in example.expect.items():
        got, right = _compare(name, wanted, body)
        if not right:
            yield name, wanted, got


def _compare(name: str, wanted: Any, body: DecisionBody) -> tuple[Any, bool]:
    """Return what came out and whether it is as wanted: lists name at least these, ``silent`` none of them."""
    if name in ("fires", "silent"):
        fired = sorted({step.rule for step in body.trace})
        right = set(wanted) <= set(fired) if name == "fires" else not set(wanted) & set(fired)
        return fired, right
    if name == "approval":
        steps = [step.step for step in body.approval]
        return steps, steps == wanted
    got = _seen(name, body)
    if isinstance(wanted, list):
        return got, set(wanted) <= set(got)
    return got, got == wanted


def _seen(name: str, body: DecisionBody) -> Any:
    plan = body.fulfilments[0] if body.fulfilments else None
    seen: dict[str, Any] = {
        "holds": [hold.code for hold in body.holds],
        "flags": [flag.code for flag in body.flags],
        "requires": [requirement.code for requirement in body.requires],
        "notify": [notice.to for notice in body.notify],
        "degraded": list(body.degraded),
        "workflow": body.workflow,
        "outcome": body.outcome.value,
        "site": plan and plan.site,
        "carrier": plan and plan.carrier,
        "service": plan and plan.service,
    }
    return seen[name]
