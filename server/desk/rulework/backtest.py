"""Backtests: what a change of the rules would have done to every stored order.

Place in the order's way: beside it; for the rules team, before anything is published. `server/desk/rulework/rejudge.py`
does the work. Orders are judged over the facts that were frozen when they came.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from orders.actor import Role
from orders.errors import Forbidden, InvalidOrder, Problem, Refused, RuleAuthorError
from orders.money import fen_text
from rules.change.edit import param_values, set_params
from rules.change.flips import KINDS
from server.db import audit, jobs
from server.db.rulework import backtests, bundles
from server.desk.rulework import rules_draft
from server.sheet import guarded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from orders.actor import Actor
    from server.deps import Deps

Json = dict[str, Any]
JOB = "backtest"
READERS = (Role.RISK, Role.FINANCE, Role.AUDITOR)
"""Roles that see every order, so that a list of orders tells them nothing new."""
AUTHORS = (Role.RISK,)
MOST_OPEN = 3
NOTES = (
    {
        "zh": "每张订单按它到达时冻结的事实重新判定；因翻转而释放或占用的库存、额度不再传导给其他订单。",
        "en": "Each order is judged over the facts frozen when it came; stock or credit that a flip frees or takes "
        "is not simulated for the other orders.",
    },
    {
        "zh": "个人信息已删除、而规则又问到未留存内容的订单无法再判定，只计数。",
        "en": "Orders whose person was erased cannot be judged by rules that ask what nobody knows any more: counted.",
    },
    {
        "zh": "真值：人工判定或驳回为“该拦”，人工放行或已签收为“不该拦”，其余未知。",
        "en": "Truth: a person's verdict or refusal means rightly stopped; a release by a person or a delivery means "
        "wrongly stopped; all else is unknown.",
    },
)


def start(deps: Deps, actor: Actor, files: Mapping[str, str], *, name: str = "", draft_id: str | None = None) -> str:
    """Begin to compare a whole bundle's files with the live rules on all stored orders; return the backtest's id.

    Raises RuleAuthorError when the files do not compile or name an unknown site, Refused when too many run already.
    """
    _require(actor, *AUTHORS)
    now = deps.clock()
    live = deps.engine.bundle
    candidate = rules_draft.sound(deps, live.files, files)
    with deps.store.db.write() as conn:
        bundles.put(conn, live.hash, live.files, actor=actor.id, now=now)
        if backtests.open_ones(conn) >= MOST_OPEN:
            raise Refused(
                f"{MOST_OPEN} backtests run already: cancel one or wait",
                f"已有 {MOST_OPEN} 个回测在运行：请先取消一个或稍等",
                code="too_many_backtests",
            )
        plan = backtests.Plan(name.strip()[:200], candidate.hash, live.hash, candidate.files, draft_id)
        backtest_id = backtests.add(conn, plan, actor=actor.id, now=now)
        jobs.enqueue(conn, JOB, {"backtest_id": backtest_id}, now=now, priority=2)
        _record(conn, actor, "backtest_started", backtest_id, now)
    deps.wake()
    return backtest_id


def again(deps: Deps, actor: Actor, backtest_id: str) -> str:
    """Begin a backtest once more, from the first order, with the files and the name that it had; return the new id."""
    _require(actor, *AUTHORS)
    with deps.store.db.read() as conn:
        row = backtests.get(conn, backtest_id)
    return start(deps, actor, row["files"], name=row["name"], draft_id=row["draft_id"])


def with_params(files: Mapping[str, str], changes: Mapping[str, str | list[str]]) -> dict[str, str]:
    """Return a bundle's files with some parameters' values replaced. Raises RuleAuthorError for an unknown name."""
    changed, left = dict(files), dict(changes)
    for file, text in files.items():
        here = {name: left.pop(name) for name in param_values(file, text) if name in left}
        if here:
            changed[file] = set_params(file, text, here)
    if left:
        name = next(iter(left))
        raise RuleAuthorError(f"there is no parameter {name}", f"没有参数 {name}", file="params")
    return changed


def cancel(deps: Deps, actor: Actor, backtest_id: str) -> Json:
    """Stop a backtest; what was found so far stays. One that is over stays as it is."""
    _require(actor, *AUTHORS)
    now = deps.clock()
    with deps.store.db.write() as conn:
        backtests.get(conn, backtest_id)
        if backtests.end(conn, backtest_id, backtests.CANCELLED, now):
            _record(conn, actor, "backtest_cancelled", backtest_id, now)
    return state(deps, actor, backtest_id)


def state(deps: Deps, actor: Actor, backtest_id: str) -> Json:
    """Return how far a backtest is and what it has found."""
    _require(actor, *READERS)
    with deps.store.db.read() as conn:
        return _shown(backtests.get(conn, backtest_id))


def listed(
    deps: Deps, actor: Actor, *, limit: int = 50, after: str | None = None, draft_id: str | None = None
) -> tuple[list[Json], str | None]:
    """Return backtests, newest first, and where the next ones start."""
    _require(actor, *READERS)
    with deps.store.db.read() as conn:
        found = backtests.list_page(conn, limit=limit, after=after, draft_id=draft_id)
    return [_shown(row) for row in found.rows], found.next_cursor


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which flips: of one of `KINDS` or all, how many, after which cursor."""

    kind: str | None = None
    limit: int = 50
    after: str | None = None


def flips(deps: Deps, actor: Actor, backtest_id: str, wanted: Wanted = Wanted()) -> tuple[list[Json], str | None]:
    """Return the orders that flip, oldest first, and where the next ones start. Raises InvalidOrder, NotFound."""
    _require(actor, *READERS)
    if wanted.kind and wanted.kind not in KINDS:
        said = (f"没有名为 {wanted.kind} 的类别", f"there is no kind {wanted.kind}")
        problem = Problem("?/kind", "unknown_kind", *said, candidates=KINDS)
        raise InvalidOrder(said[1], said[0], code="unknown_kind", problems=(problem,))
    with deps.store.db.read() as conn:
        backtests.get(conn, backtest_id)
        found = backtests.flips_page(conn, backtest_id, kind=wanted.kind, limit=wanted.limit, after=wanted.after)
    return [_flip(row) for row in found.rows], found.next_cursor


CSV_HEAD = ("order_id", "number", "currency", "payable", "kinds", "truth", "before", "after", "old", "new")


def every_flip(deps: Deps, actor: Actor, backtest_id: str, *, kind: str | None = None) -> Iterator[Json]:
    """Give the orders that flip one by one, read page by page. Raises like `flips`."""
    rows, after = flips(deps, actor, backtest_id, Wanted(kind, 500))
    while True:
        yield from rows
        if after is None:
            return
        rows, after = flips(deps, actor, backtest_id, Wanted(kind, 500, after))


def csv_rows(deps: Deps, actor: Actor, backtest_id: str, *, kind: str | None = None) -> Iterator[str]:
    """Give the flips as lines of CSV with a head, for programs; the byte order mark lets Excel read 中文."""
    yield "\ufeff" + csv_line(CSV_HEAD)
    for row in every_flip(deps, actor, backtest_id, kind=kind):
        yield csv_line(_csv_cell(row, name) for name in CSV_HEAD)


def _csv_cell(row: Json, name: str) -> str:
    match name:
        case "kinds":
            return " ".join(row["kinds"])
        case "before" | "after":
            return str(row["old" if name == "before" else "new"]["outcome"])
        case "old" | "new":
            return "; ".join(f"{kind}={told(row[name][kind])}" for kind in row["kinds"])
        case _:
            return str(row[name] or "")


def told(value: Any) -> str:
    """Write one side of a flip on one line."""
    if not isinstance(value, list):
        return str(value)
    return "+".join("/".join(told(part) for part in item) if isinstance(item, list) else str(item) for item in value)


def csv_line(cells: Iterable[str]) -> str:
    """Write one line; a cell that a spreadsheet would take for a formula gets an apostrophe."""
    out = io.StringIO()
    csv.writer(out).writerow([guarded(cell) for cell in cells])
    return out.getvalue()


def _flip(row: Json) -> Json:
    return {
        "order_id": row["order_id"],
        "number": row["number"],
        "kinds": row["kinds"].strip(",").split(","),
        "truth": row["truth"],
        "currency": row["currency"],
        "payable": fen_text(row["payable_fen"]),
        "old": row["old"],
        "new": row["new"],
    }


def _shown(row: Json) -> Json:
    plain = ("id", "name", "state", "bundle", "baseline", "draft_id", "total", "done", "error", "created_by")
    times = {name: _at(row[name]) for name in ("created_at", "started_at", "finished_at")}
    return {**{name: row[name] for name in plain}, **times, "counts": row["counts"] or {}, "notes": list(NOTES)}


def _at(moment: Any) -> str | None:
    return None if moment is None else str(moment.isoformat())


def _record(conn: Any, actor: Actor, action: str, backtest_id: str, now: Any) -> None:
    audit.record(conn, bundles.CHAIN, audit.Entry(action, actor.id, {"backtest_id": backtest_id}), now)


def _require(actor: Actor, *roles: Role) -> None:
    if not actor.has(*roles):
        raise Forbidden("Your role may not do this with backtests", "您的角色无权操作回测")
