"""The folder door: a file put into a channel's folder is taken once it stops growing, and answered beside it.

Place in the order's way: received, at a door where nobody waits. Below the watched folder each channel has its own:
``<code>/in`` is the sender's, ``working``, ``done``, ``rejected`` and ``out`` (our answers) are ours. A file is stored
before it is moved; it is known by channel, name, time of change and content, so that a crash anywhere repeats and finds
what is there.
Over SFTP the sender's chroot is the channel's folder. Knows nothing of formats.
"""

from __future__ import annotations

import json
import logging
import os
import re
import stat
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from intake.media import Media, media
from orders.actor import SYSTEM
from orders.decision import sha256_hex
from orders.errors import NotFound, SluiceError
from server.db import jobs, originals
from server.db.order import orders
from server.db.originals import Arrived, printable
from server.db.papers import documents
from server.db.papers.documents import Source
from server.desk.doors.drop_answers import LOOK_EVERY, answer, follow, refusal
from server.desk.doors.hooks import actor_of
from server.desk.inbox import TAKE_JOB
from server.desk.intake import live_channel
from server.desk.papers.documents import MAX_BYTES, order_reading

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy import Connection

    from server.db.doors.channels import Channel
    from server.deps import Deps

log = logging.getLogger(__name__)

Json = dict[str, Any]
DOOR = "drop"
IN, WORKING, DONE, REJECTED = "in", "working", "done", "rejected"
SETTLED = timedelta(seconds=3)
EMPTY_SETTLED = timedelta(seconds=60)
"""So long must a file stay as it is before it is taken; an empty one is probably still to be written."""
UNFINISHED = re.compile(r"\.|.*\.(?:part|tmp|temp|filepart|partial|crdownload|swp)\Z", re.IGNORECASE)
BY_MACHINES = frozenset({Media.PAYLOAD, Media.STANDARD, Media.SHEET})
"""What becomes an order by itself; the other kinds are read into drafts that a person confirms."""
_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}\Z")
_TAKEN = re.compile(r"(doc_[0-9a-f]+)__(.+)\Z", re.DOTALL)
_ENDED = {"ready": DONE, "refused": REJECTED, "withdrawn": REJECTED}
_TOO_LARGE = ("too_large", f"文件超过 {MAX_BYTES // 2**20} MB", f"The file has more than {MAX_BYTES // 2**20} MB")
_EMPTY = ("empty_file", "文件是空的", "The file is empty")
_NO_FILE = ("no_plain_file", "不是普通文件", "This is no plain file")


@dataclass(frozen=True, slots=True)
class _Look:
    """A file as it was when it was last seen to have changed."""

    mark: tuple[int, int, int]
    since: datetime


class Folders:
    """The watched folder and what was seen in it. One per process; several processes may watch the same one."""

    def __init__(self, deps: Deps, root: Path) -> None:
        self._deps, self._root = deps, root
        self._seen: dict[Path, _Look] = {}
        self._told: set[str] = set()
        self._followed = deps.clock() - LOOK_EVERY

    def look(self) -> int:
        """Take what has stopped growing and answer what was read; return how many files were moved."""
        moved, here = 0, set()
        again = self._deps.clock() - self._followed >= LOOK_EVERY
        for folder in sorted(self._root.iterdir()) if self._root.is_dir() else ():
            if not (folder.is_dir() and _CODE.match(folder.name)):
                continue
            channel = self._channel(folder.name)
            if channel is not None:
                for path in _files(folder / IN):
                    here.add(path)
                    moved += self._settled(path) and self._take(channel, path)
            moved += sum(self._answer(path) for path in _files(folder / WORKING))
            if again:
                follow(self._deps, folder)
        self._followed = self._deps.clock() if again else self._followed
        self._seen = {path: look for path, look in self._seen.items() if path in here}
        return moved

    def _channel(self, code: str) -> Channel | None:
        try:
            channel = live_channel(self._deps, code)
        except SluiceError:
            return None  # switched off: its files wait
        if channel is None and code not in self._told:
            self._told.add(code)
            log.warning("Folder %s belongs to no channel: its files wait", code, extra={"action": "folder_unknown"})
        return channel

    def _settled(self, path: Path) -> bool:
        try:
            now, found = self._deps.clock(), path.lstat()
        except OSError:
            return False  # another process was faster
        mark = (found.st_size, found.st_mtime_ns, found.st_ino)
        known = self._seen.get(path)
        if known is None or known.mark != mark:
            self._seen[path] = _Look(mark, now)
            return False
        return now - known.since >= (SETTLED if found.st_size else EMPTY_SETTLED)

    def _take(self, channel: Channel, path: Path) -> int:
        """Store a file and order its reading, then move it; 0 when it changed meanwhile or is gone."""
        try:
            data, changed_ns = _read(path)
        except _NotTaken as not_taken:
            return _reject(path, not_taken.reason) if not_taken.reason else 0
        message_id = f"{channel.code}:{DOOR}:{sha256_hex(data)}:{changed_ns}:{sha256_hex(path.name.encode())[:16]}"
        now, actor = self._deps.clock(), actor_of(channel)
        with self._deps.store.db.write() as conn:
            document_id = documents.of_message(conn, message_id)
            if document_id is None:
                arrived = Arrived(data, "", printable(path.name), now)
                original_id = originals.keep(conn, self._deps.store, arrived, owner_id=actor.id, org_id=actor.org_id)
                source = Source(DOOR, channel.code, actor.account, message_id)
                document_id = str(documents.add(conn, original_id, source, actor=actor, now=now))
                _order_reading(conn, document_id, channel.code, media(data, path.name), now)
        _move(path, path.parent.parent / WORKING / f"{document_id}__{path.name}")
        self._seen.pop(path, None)
        log.info("File %s taken from a folder", document_id, extra={"action": "file_taken", "channel": channel.code})
        self._deps.wake()
        return 1

    def _answer(self, path: Path) -> int:
        """Move a file whose reading has ended to its place, the report beside it first."""
        named = _TAKEN.match(path.name)
        if named is None:
            return 0
        document_id, name = named.groups()
        try:
            with self._deps.store.db.read() as conn:
                row = documents.get(conn, document_id, SYSTEM)
                place = _ENDED.get(row["state"])
                report = None if place is None else _report(conn, self._deps, row)
        except NotFound:
            return _reject(path, ("unknown_document", "没有这份文件的记录", "Nothing is known of this file"), name)
        if place is None or report is None:
            return 0
        if place == DONE:
            answer(self._deps, path.parent.parent, document_id)
        return _end(path, place, name, report)


class _NotTaken(Exception):
    """The file is not taken: for a reason, or (None) not yet."""

    def __init__(self, reason: tuple[str, str, str] | None) -> None:
        super().__init__(reason)
        self.reason = reason


def _files(folder: Path) -> Iterator[Path]:
    """Give what lies in a folder and is no half of an upload, the oldest name first."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder) if not entry.is_dir(follow_symlinks=False))
    except OSError:
        return
    for name in names:
        if not UNFINISHED.match(name):
            yield folder / name


def _read(path: Path) -> tuple[bytes, int]:
    """Return the bytes of a plain file and when it was changed. Raises _NotTaken."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        raise _NotTaken(None) from None
    except OSError:
        raise _NotTaken(_NO_FILE) from None
    with os.fdopen(descriptor, "rb") as file:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise _NotTaken(_NO_FILE)
        if before.st_size > MAX_BYTES:
            raise _NotTaken(_TOO_LARGE)
        data = file.read(MAX_BYTES + 1)
        after = os.fstat(descriptor)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size:
        raise _NotTaken(None)
    if not data:
        raise _NotTaken(_EMPTY)
    return data, after.st_mtime_ns


def _order_reading(conn: Connection, document_id: str, code: str, kind: Media, now: datetime) -> None:
    if kind in BY_MACHINES:
        jobs.enqueue(conn, TAKE_JOB, {"document_id": document_id, "channel": code}, now=now, dedupe=document_id)
    else:
        order_reading(conn, document_id, now)


def _report(conn: Connection, deps: Deps, row: Json) -> Json:
    """Say what became of a file: its orders, the drafts that wait for a person, or why it was refused."""
    reason = None
    if row["reason_code"]:
        reason = {"code": row["reason_code"], "zh": row["reason_zh"], "en": row["reason_en"]}
    made = [orders.get(conn, deps.store, order_id, SYSTEM) for order_id in (row["quality"] or {}).get("orders") or ()]
    waiting = documents.drafts_of(conn, [row["id"]])[row["id"]]
    return {
        "file": row["filename"],
        "sha256": row["sha256"],
        "size": row["size"],
        "document": row["id"],
        "received_at": row["received_at"].isoformat(),
        "state": row["state"],
        "reason": reason,
        "orders": [{"id": one.id, "number": one.order.number, "state": one.state.value} for one in made],
        "waiting": [{"draft": one["id"], "state": one["state"], "to_confirm": one["to_confirm"]} for one in waiting],
    }


def _reject(path: Path, reason: tuple[str, str, str], name: str | None = None) -> int:
    """Move a file that was not even stored away, with the reason beside it."""
    code, zh, en = reason
    told = {"file": name or path.name, "state": "refused", "reason": {"code": code, "zh": zh, "en": en}}
    return _end(path, REJECTED, name or path.name, told)


def _end(path: Path, place: str, name: str, report: Json) -> int:
    target = _free(path.parent.parent / place / name)
    if place == REJECTED and report.get("reason"):
        refusal(path.parent.parent, target.name, report["reason"])
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f"{target.name}.report.json")
    part = beside.with_name(f".{beside.name}.part")
    part.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    part.replace(beside)
    return _move(path, target)


def _free(target: Path) -> Path:
    """Return a name under which no file lies yet: the same name may come again and again."""
    found, count = target, 1
    while os.path.lexists(found):
        count += 1
        found = target.with_name(f"{target.stem}.{count}{target.suffix}")
    return found


def _move(path: Path, target: Path) -> int:
    """Move a file so that it lies in one place or the other; 0 when another process was faster."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.rename(target)
    except FileNotFoundError:
        return 0
    return 1
