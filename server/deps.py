"""Composition: everything that the steps need, built once from the settings and handed down.

Place in the order's way: beside `server/pipeline.py`. The only place that knows which real part stands behind a name.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from adapters.credit.bureau import Subject, merged
from adapters.credit.http import HttpBureau
from ocr.sandbox import Sandbox
from orders.errors import InternalError, RuleAuthorError
from rules.bundle import bundle_from_dir, load_bundle
from rules.lanes import Lanes
from rules.process.worker import ChildFailed
from server.call_log import CallLog
from server.clock import utc_now
from server.db.database import Database
from server.db.facts import catalogue, context
from server.db.rulework import bundles
from server.db.store import open_store
from server.keys import load_keys
from server.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from adapters.credit.bureau import CreditBureau
    from orders.catalogue import Catalogue
    from orders.context import Context
    from orders.order import Order
    from rules.bundle import Bundle
    from rules.process.children import EnginePool
    from server.config import Settings
    from server.db.doors.doorstep import Caller
    from server.db.rulework.bundles import Standing
    from server.db.store import Store

log = logging.getLogger(__name__)

SPARE = 4
"""Pooled connections beyond one a request thread."""


class CatalogueCache:
    """Master data as a frozen view, loaded again when its version moves. Usable from many threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._version = ""
        self._catalogue: Catalogue | None = None

    def __call__(self) -> Catalogue:
        """Return the current view."""
        version = catalogue.version(self._store.db.look())
        with self._lock:
            if self._catalogue is None or version != self._version:
                with self._store.db.read() as conn:
                    self._catalogue = catalogue.load_catalogue(conn, self._store)
                self._version = version
            return self._catalogue


@dataclass(frozen=True)
class Deps:
    """What the pipeline, the desk, the jobs and the API are given."""

    settings: Settings
    store: Store
    clock: Callable[[], datetime]
    engine: EnginePool
    catalogue: Callable[[], Catalogue]
    recognizer: Sandbox
    secret_key: str
    bureau: CreditBureau | None = None
    wakers: list[Callable[[], None]] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    calls: CallLog = field(default_factory=CallLog)
    callers: dict[str, Caller] = field(default_factory=dict)
    openers: list[Callable[[], None]] = field(default_factory=list)
    turns: Turns = field(default_factory=Turns)

    def context(self, order: Order, *, exclude_order_id: str | None = None, source_type: str = "") -> Context:
        """Read once, then freeze, everything the rules may look at beside the order."""
        look = self.store.db.look()
        found = context.read_context(look, self.store, order, now=self.clock(), exclude_order_id=exclude_order_id)
        settings = {"credit_unavailable": self.settings.credit_unavailable}
        found = replace(found, settings={**found.settings, **settings}, source_type=source_type or found.source_type)
        if self.bureau is None or found.customer is None:
            return found
        who = Subject(found.customer.code, found.customer.name, order.buyer.id_value("uscc"))
        return replace(found, credit=merged(found.credit, self.bureau.view(who)))

    def wake(self) -> None:
        """Tell the background that there is work, so that nobody waits for the next poll."""
        for waker in self.wakers:
            waker()

    def reload_rules(self) -> bool:
        """Take over the bundles that decide when they are other ones; say whether they were.

        A bundle that does not load here (another version of the program) is refused once: the old one goes on.
        """
        with self.store.db.read() as conn:
            standing = bundles.standing(conn)
            wanted = {
                name: None if name is None else bundles.files(conn, name) for name in _fresh(self.engine, standing)
            }
        moved = [self._take(name, files, standing) for name, files in wanted.items() if name not in self.refused]
        return any(moved)

    def _take(self, name: str | None, files: dict[str, str] | None, standing: Standing) -> bool:
        try:
            bundle = load_bundle(files) if files else None
            if bundle is not None and name == standing.live:
                self.engine.swap(bundle)
            elif isinstance(self.engine, Lanes):
                self.engine.set_canary(bundle, standing.percent)
        except (RuleAuthorError, ChildFailed) as error:
            self.refused.add(str(name))
            log.critical("Rules %s do not load here: %s", name, error, extra={"action": "rules_refused"})
            return False
        log.info("Rules %s decide", (name or "without canary")[:16], extra={"action": "rules_loaded"})
        return True

    def close(self) -> None:
        """End the children and the connections."""
        self.engine.close()
        self.recognizer.close()
        self.store.db.close()


def _fresh(engine: EnginePool, standing: Standing) -> list[str | None]:
    """Return the bundles to take over: the live one first, then the canary (None: it ended)."""
    found: list[str | None] = []
    if standing.live is not None and standing.live != engine.bundle.hash:
        found.append(standing.live)
    if isinstance(engine, Lanes) and engine.canary != (standing.canary and (standing.canary, standing.percent)):
        found.append(standing.canary)
    return found


def build_deps(settings: Settings, *, clock: Callable[[], datetime] = utc_now) -> Deps:
    """Build the real parts. The database must be migrated (`python -m server migrate`)."""
    keys = load_keys(settings)
    store = open_store(
        Database(settings.url, pool_size=settings.threads + SPARE),
        keys.data_keys,
        data_dir=settings.data_dir,
        timezone=settings.timezone,
        now=clock(),
    )
    return Deps(
        settings=settings,
        store=store,
        clock=clock,
        engine=Lanes(_live_bundle(store, settings, clock), size=settings.engine_children),
        catalogue=CatalogueCache(store),
        recognizer=Sandbox(engine=settings.ocr_engine),
        secret_key=keys.secret_key,
        bureau=HttpBureau(settings.credit_url, timeout_s=settings.credit_timeout_s) if settings.credit_url else None,
    )


def _live_bundle(store: Store, settings: Settings, clock: Callable[[], datetime]) -> Bundle:
    """Return the live bundle; RULES_DIR seeds a database that has none."""
    with store.db.read() as conn:
        live = bundles.live(conn)
        if live is not None:
            return _compiled(bundles.files(conn, live))
    seeded = bundle_from_dir(settings.rules_dir)
    with store.db.write() as conn:
        now = clock()
        bundles.put(conn, seeded.hash, seeded.files, actor="system", now=now)
        bundles.publish(conn, seeded.hash, actor="system", now=now, reason="first start: RULES_DIR")
    return seeded


def _compiled(files: Mapping[str, str]) -> Bundle:
    try:
        return load_bundle(files)
    except RuleAuthorError as error:
        raise InternalError(
            f"the live rules do not compile with this version ({error.message_en}): mend the files and publish them "
            "with `python -m server rules publish --dir DIR --reason WHY --author LOGIN --second LOGIN`",
            f"线上规则无法用当前版本编译（{error.message_zh}）：请修改规则文件，"
            "再用 `python -m server rules publish --dir 目录 --reason 原因 --author 作者 --second 复核人` 发布",
            code="rules_not_compiled",
        ) from error
