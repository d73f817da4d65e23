"""`rules check|test|backtest|publish`: what a rule author does at a terminal."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

from orders.actor import SYSTEM
from orders.errors import Forbidden, Refused
from rules.bundle import bundle_from_dir
from rules.examples import test as run_examples
from rules.mutants import examine
from server.clock import utc_now
from server.db import people
from server.db.database import Database
from server.db.rulework import bundles, rule_changes
from server.db.store import open_store
from server.deps import CatalogueCache
from server.desk.rulework import backtest, rejudge, rules_draft, rules_publish
from server.keys import load_keys

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from orders.actor import Actor
    from rules.bundle import Bundle
    from server.config import Settings
    from server.db.store import Store
    from server.deps import Deps

DEFAULT_TITLE = "命令行发布 / from the command line"


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command and its verbs."""
    parser = commands.add_parser(
        "rules", help="检查、测试、回测、发布规则 / check, test, backtest and publish rule files"
    )
    parser.add_argument("verb", choices=("check", "test", "backtest", "publish"))
    parser.add_argument("--dir", type=Path, default=None, help="directory of rule files (default: RULES_DIR)")
    parser.add_argument("--reason", default="", help="why, for the audit trail (publish)")
    parser.add_argument("--author", default="", help="login of the author; asks for the password (publish)")
    parser.add_argument("--second", default="", help="login of the second person; without: it waits for one (publish)")
    parser.set_defaults(run=run)


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Check always, then what the verb says. Exit code 1 with the reason when anything is wrong."""
    directory: Path = options.dir or settings.rules_dir
    bundle = bundle_from_dir(directory)
    print(f"{len(bundle.files)} 个规则文件有效 / rule files are valid; bundle {bundle.hash[:12]}")
    match options.verb:
        case "test":
            _examples(bundle)
            _prove(bundle.files)
        case "backtest":
            _backtest(settings, bundle)
        case "publish":
            _examples(bundle)
            _publish(settings, bundle, options)
        case _:
            pass
    return 0


def _examples(bundle: Bundle) -> None:
    failures = run_examples(bundle)
    for failure in failures:
        print(f"  {failure}")
    if failures:
        raise Refused(f"{len(failures)} examples fail", f"{len(failures)} 个示例未通过", code="examples_fail")
    print("全部示例通过 / all examples pass")


def _prove(files: Mapping[str, str]) -> None:
    """Mutate every rule; name each mutant that no example notices, and the example that would."""
    found = examine(files)
    caught = len(found.mutants) - len(found.survivors)
    print(f"变异 {len(found.mutants)} 处，示例发现 {caught} 处 / {caught} of {len(found.mutants)} mutants are caught")
    for mutant in found.survivors:
        print(f"  {mutant}")
    for proposal in found.proposals:
        print(f"  建议加入 / add to {proposal.file}: - {proposal.text}")
    if not found.passed:
        count = len(found.survivors)
        raise Refused(f"{count} mutants survive", f"{count} 处变异没有示例发现", code="mutants_survive")


def _backtest(settings: Settings, bundle: Bundle) -> None:
    """Compare the files with the live rules on every stored order; print what would flip."""
    from server.deps import build_deps

    deps = build_deps(settings)
    try:
        made = backtest.start(deps, SYSTEM, bundle.files, name=DEFAULT_TITLE)
        rejudge.run(deps, made)
        found = backtest.state(deps, SYSTEM, made)
    finally:
        deps.close()
    flips = found["counts"].get("flips", 0)
    print(f"{found['done']} 张订单，{flips} 张会翻转 / {found['done']} orders, {flips} would flip: {made}")


def _publish(settings: Settings, bundle: Bundle, options: argparse.Namespace) -> None:
    """Publish into an empty installation at once; else propose, and approve when the second person is here."""
    if not options.reason:
        raise Refused("say why with --reason", "请用 --reason 说明原因", code="reason_missing")
    db = Database(settings.url)
    try:
        keys = load_keys(settings)
        store = open_store(db, keys.data_keys, data_dir=settings.data_dir, timezone=settings.timezone, now=utc_now())
        with db.write() as conn:
            if bundles.live(conn) is None:
                bundles.put(conn, bundle.hash, bundle.files, actor="cli", now=utc_now())
                bundles.publish(conn, bundle.hash, actor="cli", now=utc_now(), reason=options.reason)
                print(f"已生效 / live: {bundle.hash[:12]}")
                return
        _by_two(cast("Deps", _Desk(settings, store)), bundle, options)
    finally:
        db.close()


def _by_two(deps: Deps, bundle: Bundle, options: argparse.Namespace) -> None:
    author = _person(deps, options.author, "--author")
    with deps.store.db.read() as conn:
        changed = rule_changes.changed(bundles.files(conn, bundles.live_source(conn)), bundle.files)
    made = rules_draft.begin(deps, author, DEFAULT_TITLE, rules_draft.Edits(files=changed))
    rules_publish.propose(deps, author, made["id"], options.reason)
    if not options.second:
        print(f"等另一人复核 / waits for a second person: {made['id']}")
        return
    second = _person(deps, options.second, "--second")
    rules_publish.approve(deps, second, made["id"])
    print(f"已生效 / live: {bundle.hash[:12]}")


def _person(deps: Deps, login: str, option: str) -> Actor:
    """Ask for the password of a login. Raises Forbidden, Refused (no login)."""
    if not login:
        said = f"publishing takes two people: name the logins with --author and --second ({option} is missing)"
        raise Refused(
            said, f"发布需要两个人：请用 --author 与 --second 给出登录名（缺少 {option}）", code="login_missing"
        )
    asked = f"{login} 的密码 / password: "
    password = getpass.getpass(asked) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    with deps.store.db.write() as conn:
        found = people.verify_password(conn, login, password, deps.clock())
    if found is None:
        raise Forbidden(f"wrong login or password: {login}", f"登录名或密码不对：{login}")
    return found


class _Desk:
    """What publishing needs of the deps, without an engine: so that rules which do not load can be replaced."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self.clock = utc_now
        self.catalogue = CatalogueCache(store)

    def wake(self) -> None:
        """Nobody works here."""

    def reload_rules(self) -> bool:
        """Leave it to the running processes: they look once a second."""
        return False
