"""Changes of the rules while their author works on them: begin, edit, check, test, bring up to date.

Place in the order's way: before it. Nothing here decides an order;
`server/desk/rulework/rules_publish.py` makes a change live.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from orders.actor import Role
from orders.errors import Conflict, Forbidden, InvalidOrder, Problem, Refused, RuleAuthorError, SenderError
from rules.bundle import authored, bundle_hash
from rules.change import edit
from rules.change.follow import follow
from rules.change.merge import merged
from rules.change.rows import set_rows
from rules.mutants import Repair, mend
from rules.process.prover import Asked, Report, prove
from rules.sites import named_sites
from server.db import audit
from server.db.rulework import bundles, rule_changes
from server.db.rulework.rule_changes import EDITABLE, Author, ChangeState
from server.desk import own_fields
from server.desk.rulework.rules_waived import standing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orders.actor import Actor
    from rules.bundle import Bundle
    from rules.change.edit import ListedOrText
    from rules.change.rows import Row
    from server.db.rulework.rule_changes import Files
    from server.deps import Deps

Json = dict[str, Any]
WORKERS = (Role.RISK,)
"""Who writes rules, proposes and approves; administrators may, too."""
MAX_TITLE = 200
BESIDE_S = 20.0
_BESIDE = threading.BoundedSemaphore(2)
"""Proofs beside an editor: people type, and each proof takes a core for a second."""


@dataclass(frozen=True, slots=True)
class Edits:
    """What an author changes: whole files (None takes one out), parameters and rows of tables by file, the title."""

    files: Files = field(default_factory=dict)
    params: Mapping[str, Mapping[str, ListedOrText]] = field(default_factory=dict)
    tables: Mapping[str, Mapping[str, Sequence[Row]]] = field(default_factory=dict)
    title: str | None = None
    follow: bool = True


def begin(deps: Deps, actor: Actor, title: str, edits: Edits | None = None) -> Json:
    """Begin a change on top of the live rules; return it. Raises RuleAuthorError, InvalidOrder."""
    _require_worker(actor)
    with deps.store.db.read() as conn:
        base = bundles.live_source(conn)
        before = bundles.files(conn, base)
    files = _with_words(deps, before, _edited(before, {}, edits or Edits()))
    with deps.store.db.write() as conn:
        now = deps.clock()
        change_id = rule_changes.add(conn, Author(actor.id, _title(title)), base, files, now)
        entry = audit.Entry("rule_change_begun", actor.id, {"change": change_id, "title": title, "base": base})
        audit.record(conn, chain(change_id), entry, now)
        return rule_changes.get(conn, change_id)


def change(deps: Deps, actor: Actor, change_id: str, edits: Edits, *, version: int | None = None) -> Json:
    """Edit a change of one's own; what was checked or tested before counts no more.

    Raises Forbidden, Refused, Conflict (a stale version), RuleAuthorError (a parameter that is not there).
    """
    found, before = _open(deps, actor, change_id, version)
    files = _with_words(deps, before, _edited(before, found["files"], edits))
    title = found["title"] if edits.title is None else _title(edits.title)
    if files == found["files"] and title == found["title"]:
        return found
    values: Json = {"files": files, "title": title}
    if files != found["files"]:
        values |= {"state": ChangeState.DRAFT.value, "bundle": None, "report": None, "failure": None, "shadow": 0}
    return _saved(deps, actor, found, values, "rule_change_edited", {"files": sorted(files)})


def check(deps: Deps, actor: Actor, change_id: str) -> Json:
    """Compile the whole candidate. Raises RuleAuthorError with file, line, column and the nearest right name."""
    found, before = _open(deps, actor, change_id)
    bundle = sound(deps, before, rule_changes.whole(before, found["files"]))
    if found["bundle"] == bundle.hash:
        return found
    values = {"bundle": bundle.hash, "state": ChangeState.CHECKED.value}
    return _saved(deps, actor, found, values, "rule_change_checked", {"bundle": bundle.hash})


def test(deps: Deps, actor: Actor, change_id: str) -> Json:
    """Judge every example, every mutant of the changed files, and the speed; keep the report with the change.

    Raises RuleAuthorError when the candidate does not compile. What the tests found is in ``report``.
    """
    check(deps, actor, change_id)
    found, before = _open(deps, actor, change_id)
    if found["report"] is not None and found["report"]["bundle"] == found["bundle"]:
        return found
    files = rule_changes.whole(before, found["files"])
    report = prove(Asked(files, only=touched(found), waived=standing(deps, files))).to_json()
    state = ChangeState.CHECKED if report["error"] or report["failures"] else ChangeState.TESTED
    values = {"report": report, "state": state.value}
    found_out = {"bundle": found["bundle"], "failures": len(report["failures"]), "survivors": len(report["survivors"])}
    return _saved(deps, actor, found, values, "rule_change_tested", found_out)


test.__test__ = False  # type: ignore[attr-defined]


def test_files(deps: Deps, files: Mapping[str, str]) -> Report:
    """Prove changed files beside the live ones; stores nothing."""
    with deps.store.db.read() as conn:
        before = bundles.files(conn, bundles.live_source(conn))
    whole = rule_changes.whole(before, _with_words(deps, before, files))
    return prove(Asked(whole, only=tuple(sorted(files)), waived=_waived(deps, whole)))


test_files.__test__ = False  # type: ignore[attr-defined]


def proof_beside(deps: Deps, actor: Actor, files: Mapping[str, str], name: str) -> Report | None:
    """Judge one file's examples and mutants among all files; None while enough of such proofs run already."""
    _require_worker(actor)
    if not _BESIDE.acquire(blocking=False):
        return None
    try:
        return prove(Asked(files, only=(name,), quick=True, waived=_waived(deps, files)), BESIDE_S)
    finally:
        _BESIDE.release()


def _waived(deps: Deps, files: Mapping[str, str]) -> tuple[str, ...]:
    """Return the standing waivers; none while the files do not compile."""
    try:
        return standing(deps, files)
    except RuleAuthorError:
        return ()


def accept_examples(
    deps: Deps, actor: Actor, change_id: str, mutants: list[str] | None = None, repaired: list[str] | None = None
) -> Json:
    """Put the proposed examples of some mutants, and some failing examples as proposed anew, into their files.

    ``repaired`` names failing examples. Without a word all of both are taken. Raises Refused when none is proposed.
    """
    found, before = _open(deps, actor, change_id)
    report, everything = found["report"] or {}, mutants is None and repaired is None
    added = [item for item in report.get("proposals", ()) if everything or item["mutant"] in (mutants or ())]
    mended = [item for item in report.get("repairs", ()) if everything or item["replaces"] in (repaired or ())]
    if not added and not mended:
        raise Refused(
            "no such example is proposed; test the change first", "没有这样的建议示例，请先测试", code="no_proposal"
        )
    files = rule_changes.whole(before, found["files"])
    for name in sorted({item["file"] for item in (*added, *mended)}):
        text = mend(name, files[name], [Repair(**item) for item in mended])
        files[name] = edit.add_examples(name, text, [item["text"] for item in added if item["file"] == name])
    return change(deps, actor, change_id, Edits(files=dict(files)))


def refresh(deps: Deps, actor: Actor, change_id: str) -> Json:
    """Put a change on top of what is live now. Raises Conflict naming the file that both changed in the same place."""
    found, before = _open(deps, actor, change_id)
    with deps.store.db.read() as conn:
        base = bundles.live_source(conn)
        live = bundles.files(conn, base)
    if base == found["base"]:
        return found
    files = {name: _rebased(name, before, live, text) for name, text in found["files"].items()}
    kept = rule_changes.changed(live, rule_changes.whole(live, files))
    values: Json = {"base": base, "files": kept, "state": ChangeState.DRAFT.value, "bundle": None, "report": None}
    return _saved(deps, actor, found, {**values, "failure": None}, "rule_change_refreshed", {"base": base})


def withdraw(deps: Deps, actor: Actor, change_id: str) -> Json:
    """Take a change back, whatever it waits for. Raises Refused once it decides orders."""
    with deps.store.db.read() as conn:
        found = rule_changes.get(conn, change_id)
    _require_author(actor, found)
    if found["state"] not in (*EDITABLE, ChangeState.PROPOSED, ChangeState.SCHEDULED):
        raise closed(found)
    return _saved(deps, actor, found, {"state": "withdrawn", "shadow": 0}, "rule_change_withdrawn", {})


def recall(deps: Deps, actor: Actor, change_id: str) -> Json:
    """Take a proposal back to work on it again."""
    with deps.store.db.read() as conn:
        found = rule_changes.get(conn, change_id)
    _require_author(actor, found)
    if found["state"] not in (ChangeState.PROPOSED, ChangeState.SCHEDULED):
        raise closed(found)
    return _saved(deps, actor, found, {"state": "tested", "plan": None}, "rule_change_recalled", {})


def chain(change_id: str) -> str:
    """Return the audit chain of a change."""
    return f"rules:{change_id}"


def touched(found: Json) -> tuple[str, ...]:
    """Return the names of the files that a change has, without those it takes out."""
    return tuple(sorted(name for name, text in found["files"].items() if text is not None))


def closed(found: Json) -> Refused:
    """Return the refusal of a step that the change's state does not allow."""
    return Refused(
        f"the change is {found['state']}: this cannot be done now", f"变更当前状态为 {found['state']}，不能这样做",
        code="change_closed",
    )  # fmt: skip


def _open(deps: Deps, actor: Actor, change_id: str, version: int | None = None) -> tuple[Json, dict[str, str]]:
    """Return a change that its author may work on, and the files it started from."""
    with deps.store.db.read() as conn:
        found = rule_changes.get(conn, change_id)
        before = bundles.files(conn, found["base"])
    _require_author(actor, found)
    if found["state"] not in EDITABLE:
        raise closed(found)
    if version is not None and version != found["version"]:
        raise rule_changes.stale(change_id)
    return found, before


def _require_worker(actor: Actor) -> None:
    if not actor.has(*WORKERS):
        raise Forbidden("only risk may change rules", "只有风控可以修改规则")


def _require_author(actor: Actor, found: Json) -> None:
    _require_worker(actor)
    if actor.id != found["author"]:
        raise Forbidden(
            "only its author may work on a change; begin one of your own", "只有作者可以修改这份变更，请另起一份",
            code="not_the_author",
        )  # fmt: skip


def _title(title: str) -> str:
    title = title.strip()
    if title and len(title) <= MAX_TITLE:
        return title
    said = (f"请写明标题（1–{MAX_TITLE} 字）", f"give it a title, 1 to {MAX_TITLE} characters")
    problems = (Problem("/title", "title_missing", *said),)
    raise InvalidOrder(said[1], said[0], code="title_missing", problems=problems)


def sound(deps: Deps, before: Mapping[str, str], files: Mapping[str, str]) -> Bundle:
    """Compile what somebody is writing; a site that ``before`` does not name must be in the master data.

    Raises RuleAuthorError.
    """
    there = deps.catalogue().sites
    return authored(files, {*there, *(site for site, _ in named_sites(before))} if there else ())


def with_edits(live: Mapping[str, str], edits: Edits) -> dict[str, str]:
    """Return all files as some edits make them; stores nothing. Raises RuleAuthorError."""
    return rule_changes.whole(live, _edited(live, {}, edits))


def _edited(before: Mapping[str, str], files: Files, edits: Edits) -> Files:
    """Return the files that differ from ``before`` after some edits. Raises RuleAuthorError."""
    whole = rule_changes.whole(before, {**files, **edits.files})
    if not whole:
        raise RuleAuthorError("at least one file must stay", "至少要留下一个规则文件", file="*")
    for name, values in edits.params.items():
        text = _there(name, whole)
        text = follow(name, text, dict(values))[0] if edits.follow else text
        whole[name] = edit.set_params(name, text, dict(values))
    for name, tables in edits.tables.items():
        whole[name] = set_rows(name, _there(name, whole), dict(tables))
    return rule_changes.changed(before, whole)


def _with_words(deps: Deps, before: Mapping[str, str], files: Mapping[str, str | None]) -> Files:
    """Let own fields that the files use come along: administrators define them, rules need their words."""
    return {**files, **own_fields.carried(deps.catalogue().fields, before, files)}


def _there(name: str, files: Mapping[str, str]) -> str:
    if name not in files:
        raise RuleAuthorError("there is no such file", "没有这个规则文件", file=name)
    return files[name]


def _rebased(name: str, before: Mapping[str, str], live: Mapping[str, str], mine: str | None) -> str | None:
    base, theirs = before.get(name), live.get(name)
    if base == theirs or mine == theirs:
        return mine
    joined = merged(base, mine, theirs) if base is not None and mine is not None and theirs is not None else None
    if joined is None:
        raise Conflict(
            f"{name} was changed in the same place by what became live meanwhile; begin again on the live rules",
            f"{name} 的同一处已被新生效的版本修改，请在最新规则上重新修改",
            code="base_moved",
        )
    return joined


def _saved(deps: Deps, actor: Actor, found: Json, values: Json, action: str, detail: Json) -> Json:
    with deps.store.db.write() as conn:
        now = deps.clock()
        saved = rule_changes.save(conn, found, values, now)
        audit.record(conn, chain(found["id"]), audit.Entry(action, actor.id, detail), now)
        return saved


def candidate_hash(before: Mapping[str, str], found: Json) -> str:
    """Return the hash that the change's bundle has."""
    return bundle_hash(rule_changes.whole(before, found["files"]))


class Unproven(SenderError):
    """The rules are not proven: examples fail, mutants survive, or they are too slow. ``report`` says all of it."""

    code = "rules_unproven"

    def __init__(self, report: Json) -> None:
        problems = tuple(_problems(report))
        first = problems[0]
        super().__init__(first.message_en, first.message_zh, problems=problems[:50])
        self.extensions = {"report": report}


def _problems(report: Json) -> list[Problem]:
    found = []
    if report["error"]:
        error = report["error"]
        found.append(Problem(f"{error['file']}:{error['line']}", error["code"], error["zh"], error["en"]))
    for item in report["failures"]:
        zh = f"示例“{item['example']}”：{item.get('zh') or '没有通过'}"
        en = f"the example “{item['example']}”: {item.get('en') or 'it fails'}"
        anew = tuple(one["text"] for one in report.get("repairs", ()) if one["replaces"] == item["example"])
        found.append(Problem(f"{item['file']}:{item['line']}", "example_fails", zh, en, anew))
    proposed: dict[str, list[str]] = {}
    for item in report["proposals"]:
        proposed.setdefault(item["mutant"], []).append(item["text"])
    for item in report["survivors"]:
        place = f"{item['file']}:{item['line']}:{item['column']}"
        zh = f"规则 {item['rule']} 没有示例能发现这处改动：{item['zh']}（{item['id']}）"
        en = f"no example of {item['rule']} notices this change: {item['en']} ({item['id']})"
        found.append(Problem(place, "mutant_survives", zh, en, tuple(proposed.get(item["id"], ()))))
    if report["slow"]:
        zh, en = f"最慢的订单用了 {report['slowest_ms']:g} 毫秒", f"the slowest order took {report['slowest_ms']:g} ms"
        found.append(Problem("", "too_slow", zh, en))
    return found
