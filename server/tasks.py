"""What each kind of job does: the handlers that `server/jobs` runs, wherever it runs them.

Place in the order's way: the steps that nobody waits for. Imported once by `server/background.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orders.actor import SYSTEM
from server import imports
from server.db.order.recheck import JOB as RECHECK_JOB
from server.db.rulework import backtests
from server.desk import daily
from server.desk.doors.hooks import take_delivery
from server.desk.inbox import TAKE_JOB
from server.desk.outlets import reconcile
from server.desk.papers.documents import READ_JOB, read_document, refuse_unread
from server.desk.papers.learning import LEARN_JOB, TRY_JOB, learn, try_lesson
from server.desk.recheck import recheck_orders
from server.desk.rulework import backtest, nightly, rejudge
from server.desk.rulework.rules_pause import END_JOB, end_over
from server.desk.rulework.rules_publish import PUBLISH_JOB, publish_due
from server.desk.rulework.rules_shadow import SHADOW_JOB, follow
from server.jobs import handler

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from server.deps import Deps


def reading_given_up(deps: Deps, conn: Connection, args: dict[str, Any]) -> None:
    """Tell the sender: the document could not be read, whatever was tried."""
    refuse_unread(conn, str(args["document_id"]), deps.clock())


def backtest_given_up(deps: Deps, conn: Connection, args: dict[str, Any]) -> None:
    """Say that the backtest will not end by itself."""
    backtests.end(conn, str(args["backtest_id"]), backtests.FAILED, deps.clock(), error="its worker died every time")


@handler(backtest.JOB, given_up=backtest_given_up)
def perform_backtest(deps: Deps, args: dict[str, Any]) -> dict[str, Any]:
    """Judge every stored order by the candidate rules."""
    return {"state": rejudge.run(deps, str(args["backtest_id"]))}


@handler(nightly.JOB)
def perform_nightly(deps: Deps, _args: dict[str, Any]) -> dict[str, Any]:
    """Decide a sample again."""
    return nightly.perform(deps)


@handler(reconcile.JOB)
def perform_reconciliation(deps: Deps, _args: dict[str, Any]) -> dict[str, Any]:
    """Compare the books of the month that ended."""
    return reconcile.perform(deps)


def import_given_up(_deps: Deps, conn: Connection, args: dict[str, Any]) -> None:
    """Say that the import broke off."""
    imports.given_up(conn, str(args["import_id"]))


@handler(imports.JOB, given_up=import_given_up)
def perform_import(deps: Deps, args: dict[str, Any]) -> dict[str, Any]:
    """Write the rows of a large sheet."""
    return {"state": imports.perform(deps, str(args["import_id"]))}


@handler(daily.JOB)
def perform_report(deps: Deps, _args: dict[str, Any]) -> dict[str, Any]:
    """Tell what the day, the week, the month brought."""
    return daily.perform(deps)


@handler(READ_JOB, given_up=reading_given_up)
def perform_reading(deps: Deps, args: dict[str, Any]) -> dict[str, Any]:
    """Read a document into drafts."""
    return {"state": read_document(deps, str(args["document_id"]), SYSTEM, insist="insisted_by" in args)}


@handler(TAKE_JOB, given_up=reading_given_up)
def perform_delivery(deps: Deps, args: dict[str, Any]) -> dict[str, Any]:
    """Take the orders of what a platform sent."""
    return {"state": take_delivery(deps, str(args["document_id"]), str(args["channel"]))}


@handler(LEARN_JOB)
def perform_learning(deps: Deps, args: dict[str, Any]) -> dict[str, Any]:
    """See what a submitted draft teaches."""
    return {"lessons": learn(deps, str(args["draft_id"]))}


@handler(TRY_JOB)
def perform_trial(deps: Deps, args: dict[str, Any]) -> dict[str, Any]:
    """Read a customer's past documents with a proposed lesson."""
    return {"state": try_lesson(deps, str(args["lesson_id"]))}


@handler(PUBLISH_JOB)
def perform_publishing(deps: Deps, args: dict[str, Any]) -> dict[str, Any]:
    """Make a scheduled change of the rules live."""
    return {"state": publish_due(deps, str(args["change_id"]))}


@handler(END_JOB)
def perform_resuming(deps: Deps, _args: dict[str, Any]) -> dict[str, Any]:
    """Switch rules on again whose pause is over."""
    return {"resumed": end_over(deps)}


@handler(SHADOW_JOB)
def perform_shadow(deps: Deps, args: dict[str, Any]) -> dict[str, Any]:
    """Judge what was decided meanwhile with a candidate's rules, beside the live ones."""
    return {"judged": follow(deps, str(args["change_id"]))}


@handler(RECHECK_JOB)
def perform_recheck(deps: Deps, args: dict[str, Any]) -> dict[str, Any]:
    """Decide the waiting orders again that a change of stock, price, customer or credit concerns."""
    return dict(recheck_orders(deps, str(args["subject"]), str(args["code"])))
