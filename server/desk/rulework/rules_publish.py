"""Publishing rules: the author proposes a proven change, a second person approves, it decides all orders or a share.

Place in the order's way: before decide. Nothing becomes live that was not compiled, tested, mutated and measured as the
very bytes that will decide; a refusal leaves the live rules alone and says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from orders.actor import SYSTEM
from orders.errors import Conflict, Forbidden, InvalidOrder, Problem, Refused, SluiceError
from rules.change.edit import without
from rules.process.prover import Asked, Report, prove
from server.db import audit, jobs, people
from server.db.rulework import bundles, rule_changes
from server.db.rulework.rule_changes import EDITABLE, ChangeState
from server.desk.holds import required_reason
from server.desk.rulework import rules_draft
from server.desk.rulework.rules_draft import WORKERS, Unproven, chain, closed
from server.desk.rulework.rules_lane import Scene, Why, go_canary, go_live, lane, retried, scene, unchanged
from server.desk.rulework.rules_notice import tell
from server.desk.rulework.rules_waived import noted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from orders.actor import Actor
    from server.db.rulework.rule_changes import Json
    from server.deps import Deps

PUBLISH_JOB = "publish_rules"
UNDO_WITHIN = timedelta(hours=24)
"""For so long one person may take back the last publication: two people approved what was live before it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Where to: all orders, or ``percent`` of them as a canary; at once, or ``at`` a time to come."""

    percent: int = 100
    at: datetime | None = None

    def to_json(self) -> Json:
        """Return it as stored."""
        return {"percent": self.percent, "at": self.at and self.at.isoformat()}

    @classmethod
    def of(cls, value: Json | None) -> Plan:
        """Read what `to_json` gave."""
        at = (value or {}).get("at")
        return cls((value or {}).get("percent", 100), datetime.fromisoformat(at) if at else None)


@dataclass(frozen=True, slots=True)
class Waiver:
    """A mutant that no example catches and that is right all the same, with the reason."""

    mutant: str
    reason: str


def propose(
    deps: Deps, actor: Actor, change_id: str, reason: str, plan: Plan = Plan(), waivers: Sequence[Waiver] = ()
) -> Json:
    """Send a change to the second person; tests it first where that is not done.

    Raises Unproven (422, the failing examples and surviving mutants with the proposed examples), Conflict when other
    rules became live meanwhile, Refused, Forbidden, InvalidOrder (no reason).
    """
    reason = required_reason(reason)
    _sound(deps, plan)
    canary = _of_canary(deps, actor, change_id)
    found = canary or rules_draft.test(deps, actor, change_id)
    _current(deps, found)
    if found["bundle"] == found["base"]:
        raise Refused("nothing changed against the live rules", "与线上规则没有差别", code="nothing_changed")
    report = Report.of(found["report"])
    asked = {waiver.mutant: waiver.reason for waiver in waivers if waiver.reason.strip()}
    _proven(report, asked)
    rule_of = {mutant["id"]: mutant["rule"] for mutant in report.survivors}
    waived = [{"mutant": name, "reason": why, "rule": rule_of[name]} for name, why in asked.items() if name in rule_of]
    with deps.store.db.read() as conn:
        wanted = noted(rule_changes.files_of(conn, change_id), waived)
    values = {"state": "proposed", "reason": reason, "plan": plan.to_json(), "waivers": wanted, "failure": None}
    with deps.store.db.write() as conn:
        now = deps.clock()
        saved = rule_changes.save(conn, found, {**values, "decided_by": None, "decision_reason": None}, now)
        detail = {"bundle": saved["bundle"], "reason": reason, "plan": plan.to_json(), "waivers": wanted}
        audit.record(conn, chain(change_id), audit.Entry("rules_proposed", actor.id, detail), now)
        title = saved["title"]
        said = (f"待复核的规则变更：{title}", f"A change of the rules waits for a second person: {title}")
        tell(conn, f"proposed:{change_id}:{saved['version']}", "rules_proposed", *said, now)
    return saved


def approve(deps: Deps, actor: Actor, change_id: str, reason: str = "", waived: Sequence[str] = ()) -> Json:
    """Approve as the second person; it decides at once, or at its time.

    ``waived`` names every mutant that the author asks to let live. Raises Forbidden (the author), Refused (does not
    wait, or the rules failed the last proof), Conflict (other rules became live), InvalidOrder (a waiver not named).
    """
    found = _decidable(deps, actor, change_id)
    _current(deps, found)
    open_waivers = [item["mutant"] for item in found["waivers"] if item["mutant"] not in waived]
    if open_waivers:
        said = (f"请逐条确认豁免：{'、'.join(open_waivers)}", f"confirm each waiver: {', '.join(open_waivers)}")
        problems = tuple(Problem("/waive", "waiver_open", *said, (name,)) for name in open_waivers)
        raise InvalidOrder(said[1], said[0], code="waiver_open", problems=problems)
    decided = {"decided_by": actor.id, "decision_reason": reason.strip(), "decided_at": deps.clock()}
    plan = Plan.of(found["plan"])
    if plan.at is not None and plan.at > deps.clock():
        return _scheduled(deps, actor, found, plan.at, decided)
    return _published(deps, found, decided, actor.id)


def reject(deps: Deps, actor: Actor, change_id: str, reason: str) -> Json:
    """Send a proposal back to its author, with the reason."""
    reason = required_reason(reason)
    found = _decidable(deps, actor, change_id)
    values = {"state": "rejected", "decided_by": actor.id, "decision_reason": reason, "decided_at": deps.clock()}
    with deps.store.db.write() as conn:
        now = deps.clock()
        saved = rule_changes.save(conn, found, values, now)
        audit.record(conn, chain(change_id), audit.Entry("rules_rejected", actor.id, {"reason": reason}), now)
    return saved


def end_canary(deps: Deps, actor: Actor, change_id: str, reason: str) -> Json:
    """Let the live rules decide every order again: one person, one step."""
    _require_worker(actor)
    reason = required_reason(reason)

    def work() -> Json:
        with deps.store.db.read() as conn:
            found, before = rule_changes.get(conn, change_id), scene(conn)
        if found["bundle"] is None or before.clean_canary != found["bundle"]:
            raise Refused("this change is no canary now", "这份变更没有在灰度", code="no_canary")
        values: Json = {"state": "tested", "plan": None} if found["state"] == ChangeState.CANARY else {}
        with deps.store.db.write() as conn:
            unchanged(conn, before)
            now = deps.clock()
            bundles.set_canary(conn, None)
            saved = rule_changes.save(conn, found, values, now)
            entry = audit.Entry("rules_canary_ended", actor.id, {"bundle": found["bundle"], "reason": reason})
            audit.record(conn, bundles.CHAIN, entry, now)
            audit.record(conn, chain(change_id), entry, now)
        return saved

    saved = retried(deps, work)
    deps.reload_rules()
    return saved


def rollback(deps: Deps, actor: Actor, bundle_hash: str, reason: str) -> Json:
    """Return to a bundle that was live before.

    The last publication one person may take back within a day; further back a second person approves. Raises NotFound,
    Refused when it is live already.
    """
    _require_worker(actor)
    reason = required_reason(reason)
    with deps.store.db.read() as conn:
        target = bundles.source(conn, bundle_hash)
        files = bundles.files(conn, target)
        if not bundles.was_live(conn, target):
            raise Refused("this bundle never was live", "该规则包从未生效过", code="never_live")
        base = bundles.live_source(conn)
        changed = rule_changes.changed(bundles.files(conn, base), files)
        last = _last_publication(conn)
    if target == base:
        raise Refused("this bundle is live", "该规则包正在生效", code="nothing_changed")
    undone = last is not None and last["previous"] == target
    title = f"撤回：{last['title']}"[:200] if last and undone and last["title"] else f"回退到 {target[:12]}"
    found = rules_draft.begin(deps, actor, title, rules_draft.Edits(files=changed))
    report = Report(bundle=target).to_json()
    with deps.store.db.write() as conn:
        now = deps.clock()
        values: Json = {
            "state": "proposed",
            "bundle": target,
            "report": report,
            "reason": reason,
            "plan": Plan().to_json(),
        }
        found = rule_changes.save(conn, found, values, now)
        detail = {"bundle": target, "reason": reason}
        audit.record(conn, chain(found["id"]), audit.Entry("rollback_proposed", actor.id, detail), now)
        said = (f"回退规则：{reason}", f"Rules go back: {reason}")
        tell(conn, f"rollback:{found['id']}", "rules_rollback", *said, now)
    if last is None or not undone or deps.clock() - last["at"] > UNDO_WITHIN:
        return found
    return _published(deps, found, {"decided_by": None}, actor.id)


def publish_due(deps: Deps, change_id: str) -> str:
    """Do a scheduled publication; return the state that the change has then. A recalled one is left alone."""
    with deps.store.db.read() as conn:
        found = rule_changes.get(conn, change_id)
    plan = Plan.of(found["plan"])
    if found["state"] != ChangeState.SCHEDULED or plan.at is None or plan.at > deps.clock():
        return str(found["state"])
    try:
        _current(deps, found)
        return str(_published(deps, found, {}, SYSTEM.id)["state"])
    except SluiceError as error:
        _failed(deps, change_id, error.message_zh)
        return ChangeState.FAILED


def _published(deps: Deps, found: Json, decided: Json, actor: str) -> Json:
    """Prove the very bytes once more, then let them decide. Raises Refused: nothing changed, and why."""

    def work() -> Json:
        with deps.store.db.read() as conn:
            before = scene(conn)
            files = rule_changes.whole(bundles.files(conn, found["base"]), found["files"])
        _last_proof(deps, found, files, before)
        ready = lane(files, before.paused)
        with deps.store.db.write() as conn:
            unchanged(conn, before)
            now = deps.clock()
            return _turned(conn, found, decided, Why(actor, found["reason"], _who(found, decided)), (ready, now))

    saved = retried(deps, work)
    deps.reload_rules()
    return saved


def _turned(conn: Connection, found: Json, decided: Json, why: Why, ready: Any) -> Json:
    """Write that the change decides now, inside the caller's transaction."""
    ready_lane, now = ready
    percent = Plan.of(found["plan"]).percent
    live = percent >= 100
    others = rule_changes.in_state(conn, (ChangeState.LIVE, ChangeState.CANARY) if live else (ChangeState.CANARY,))
    for other in others:
        if other["id"] != found["id"]:
            state = ChangeState.RETIRED if other["state"] == ChangeState.LIVE else ChangeState.TESTED
            rule_changes.save(conn, other, {"state": state.value}, now)
    if live:
        go_live(conn, ready_lane, why, now)
    else:
        go_canary(conn, ready_lane, percent, why.actor, now)
        detail = {"bundle": ready_lane.bundle.hash, "percent": percent, "reason": why.reason, **why.more}
        audit.record(conn, bundles.CHAIN, audit.Entry("rules_canary_begun", why.actor, detail), now)
    state = ChangeState.LIVE if live else ChangeState.CANARY
    saved = rule_changes.save(conn, found, {**decided, "state": state.value, "shadow": 0, "failure": None}, now)
    detail = {"bundle": ready_lane.bundle.hash, "percent": percent, **why.more}
    audit.record(conn, chain(found["id"]), audit.Entry("rules_published", why.actor, detail), now)
    return saved


def _who(found: Json, decided: Json) -> Json:
    return {
        "change": found["id"],
        "title": found["title"],
        "author": found["author"],
        "second": decided.get("decided_by", found["decided_by"]),
    }


def _last_proof(deps: Deps, found: Json, files: dict[str, str], before: Scene) -> None:
    """Compile, examples, speed of what will decide, in a child. Raises Refused."""
    running = without(files, before.paused)
    report = prove(Asked(files, running=running, mutants=False))
    if report.passed and report.bundle == found["bundle"]:
        return
    problem = Unproven(report.to_json()) if not report.passed else None
    zh = problem.message_zh if problem else "变更的内容与测试过的不一致"
    en = problem.message_en if problem else "the change is not what was tested"
    _failed(deps, found["id"], zh, state=None)
    raise Refused(f"the live rules stay: {en}", f"线上规则不变：{zh}", code="bundle_refused")


def _failed(deps: Deps, change_id: str, why: str, state: ChangeState | None = ChangeState.FAILED) -> None:
    with deps.store.db.write() as conn:
        now = deps.clock()
        found = rule_changes.get(conn, change_id)
        values: Json = {"failure": why, **({"state": state.value} if state else {})}
        rule_changes.save(conn, found, values, now)
        audit.record(conn, chain(change_id), audit.Entry("rules_refused", SYSTEM.id, {"why": why}), now)
        said = (f"规则没有生效：{why}", f"Rules did not become live: {why}")
        tell(conn, f"refused:{change_id}:{found['version']}", "rules_refused", *said, now)


def _scheduled(deps: Deps, actor: Actor, found: Json, at: datetime, decided: Json) -> Json:
    with deps.store.db.write() as conn:
        now = deps.clock()
        saved = rule_changes.save(conn, found, {**decided, "state": "scheduled"}, now)
        jobs.enqueue(conn, PUBLISH_JOB, {"change_id": found["id"]}, now=now, due_at=at, dedupe=f"publish:{found['id']}")
        detail = {"at": at.isoformat(), "bundle": found["bundle"]}
        audit.record(conn, chain(found["id"]), audit.Entry("rules_scheduled", actor.id, detail), now)
    deps.wake()
    return saved


def _proven(report: Report, asked: Json) -> None:
    """Raise Unproven unless all is proven, surviving mutants with an asked waiver aside."""
    left = [mutant for mutant in report.survivors if mutant["id"] not in asked]
    if report.error or report.failures or report.slow or left:
        raise Unproven({**report.to_json(), "survivors": left})


def _current(deps: Deps, found: Json) -> None:
    with deps.store.db.read() as conn:
        base = bundles.live_source(conn)
    if base != found["base"]:
        raise Conflict(
            "other rules became live since this change began: refresh it and test again",
            "这份变更之后已有其他规则生效：请先更新到最新规则再测试",
            code="base_moved",
        )


def _of_canary(deps: Deps, actor: Actor, change_id: str) -> Json | None:
    """Return a change that already decides a share: it may be proposed for more, untouched."""
    with deps.store.db.read() as conn:
        found = rule_changes.get(conn, change_id)
    if found["state"] in EDITABLE:
        return None
    if found["state"] != ChangeState.CANARY:
        raise closed(found)
    _require_worker(actor)
    if actor.id != found["author"]:
        raise Forbidden("only its author may propose a change", "只有作者可以提交这份变更", code="not_the_author")
    return found


def _decidable(deps: Deps, actor: Actor, change_id: str) -> Json:
    """Return a proposal that this person may decide. Raises Forbidden for its author."""
    _require_worker(actor)
    with deps.store.db.read() as conn:
        found = rule_changes.get(conn, change_id)
        same = bool(people.behind(conn, actor.id) & people.behind(conn, found["author"]))
    if found["state"] != ChangeState.PROPOSED:
        raise closed(found)
    if same:
        raise Forbidden(
            "the author cannot approve; a second person must",
            "作者不能批准自己的变更，需由另一人复核",
            code="same_person",
        )
    return found


def _require_worker(actor: Actor) -> None:
    if not actor.has(*WORKERS):
        raise Forbidden("only risk publishes rules", "只有风控可以发布规则")


def _sound(deps: Deps, plan: Plan) -> None:
    if not 1 <= plan.percent <= 100:
        raise out_of_range("/percent", "灰度比例应为 1 到 100", "the percentage must be 1 to 100")
    if plan.at is not None and plan.at <= deps.clock():
        raise out_of_range("/at", "定时发布的时间应在将来", "the time of publishing must be to come")


def out_of_range(pointer: str, zh: str, en: str) -> InvalidOrder:
    """Return the refusal of one value of a proposal."""
    return InvalidOrder(en, zh, code="invalid_request", problems=(Problem(pointer, "out_of_range", zh, en),))


def _last_publication(conn: Connection) -> Json | None:
    """Return the last time that other files became live: {previous, at, title}."""
    entries = [entry for entry in bundles.publications(conn) if entry["detail"].get("change")]
    if not entries:
        return None
    told = entries[-1]["detail"]
    return {"previous": told.get("previous"), "at": entries[-1]["at"], "title": told.get("title")}
