"""The folder door over real parts: taken once it stops growing, answered beside it, once over any crash."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from orders.actor import SYSTEM
from server.db import tables as t
from server.db.doors import channels
from server.desk.doors import drop
from server.desk.doors.drop import Folders
from server.desk.doors.hooks import take_delivery
from server.desk.inbox import TAKE_JOB
from server.desk.papers.documents import READ_JOB, read_document
from tests.integration.api.conftest import order

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.api.conftest import Api

EDI = (
    "UNB+UNOC:3+BUYER+US+261122:1015+1'UNH+1+ORDERS:D:96A:UN'BGM+220+E-1+9'DTM+137:20261122:102'CUX+2:CNY:9'"
    "LIN+1'PIA+5+A-1001:SA'QTY+21:2:PCE'UNS+S'UNT+9+1'UNZ+1+1'"
)


class Shop:
    """A channel's folder, the watch on it, and the jobs that it orders."""

    def __init__(self, api: Api, root: Path) -> None:
        self.api, self.deps, self.home = api, api.deps, root / "edi-shop"
        self.root = root
        (self.home / "in").mkdir(parents=True)
        with self.deps.store.db.write() as conn:
            wanted = channels.Wanted("EDI", account="EDI-1")
            channels.put(conn, self.deps.store, "edi-shop", wanted, actor=SYSTEM, now=api.clock())
        self.folders = Folders(self.deps, root)

    def put(self, name: str, data: bytes | str) -> Path:
        path = self.home / "in" / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def look(self, seconds: float = 4) -> int:
        self.api.clock.forward(seconds=seconds)
        return self.folders.look()

    def work(self) -> None:
        """Do the jobs that wait, as the worker would."""
        with self.deps.store.db.read() as conn:
            found = conn.execute(select(t.jobs.c.kind, t.jobs.c.args).order_by(t.jobs.c.id)).all()
        for kind, args in found:
            told = json.loads(args) if isinstance(args, str) else args
            if kind == TAKE_JOB:
                take_delivery(self.deps, told["document_id"], told["channel"])
            elif kind == READ_JOB:
                read_document(self.deps, told["document_id"], SYSTEM)

    def through(self) -> None:
        for _ in range(2):
            self.look()
        self.work()
        self.look()

    def lies(self, place: str) -> list[str]:
        folder = self.home / place
        return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []

    def report(self, place: str, name: str) -> dict[str, Any]:
        return dict(json.loads((self.home / place / f"{name}.report.json").read_text("utf-8")))

    def count(self, table: Any) -> int:
        with self.deps.store.db.read() as conn:
            return conn.execute(select(func.count()).select_from(table)).scalar() or 0


@pytest.fixture
def shop(lite: Api, tmp_path: Path) -> Shop:
    return Shop(lite, tmp_path / "drop")


def test_a_file_becomes_its_order_and_lies_in_done_with_a_report(shop: Shop) -> None:
    shop.put("E-1.edi", EDI)
    shop.through()
    assert [shop.lies(place) for place in ("in", "working", "done", "rejected")] == [
        [],
        [],
        ["E-1.edi", "E-1.edi.report.json"],
        [],
    ]
    report = shop.report("done", "E-1.edi")
    assert (report["state"], report["reason"], [one["number"] for one in report["orders"]]) == ("ready", None, ["E-1"])
    with shop.deps.store.db.read() as conn:
        row = conn.execute(select(t.orders)).one()
    assert (row.door, row.channel, row.account) == ("drop", "edi-shop", "EDI-1/BUYER")


def test_a_dropped_order_is_answered_in_its_standard_and_again_when_a_person_has_decided(shop: Shop) -> None:
    shop.put("E-1.edi", EDI)
    shop.through()
    order_id = shop.report("done", "E-1.edi")["orders"][0]["id"]
    first = f"E-1.{order_id}-1.ORDRSP.edi"
    assert shop.lies("out") == [first]
    assert "BGM+231+" in (shop.home / "out" / first).read_text()
    assert len(shop.lies(".open")) == 1  # it is held: the last word is to come
    for _ in range(2):
        shop.look(11)
    assert shop.lies("out") == [first]
    assert shop.api.post(f"/v1/orders/{order_id}/cancel", {"reason": "不要了"}).status_code == 200
    shop.look(9)
    assert shop.lies("out") == [first]  # looked at every ten seconds
    shop.look(2)
    assert shop.lies("out") == [first, f"E-1.{order_id}-2.ORDRSP.edi"]
    assert shop.lies(".open") == []


def test_an_answer_lies_in_out_whatever_the_senders_number_and_is_kept_in_mind_for_90_days(shop: Shop) -> None:
    shop.put("odd.edi", EDI.replace("E-1", "../../E/1"))
    (shop.root / "EDI SHOP" / "in").mkdir(parents=True)  # no channel has such a code
    shop.through()
    assert [name.partition(".ord_")[0] for name in shop.lies("out")] == ["E_1"]
    shop.look(90 * 86400 - 60)
    assert len(shop.lies(".open")) == 1
    shop.look(120)
    assert shop.lies(".open") == []


def test_a_draft_that_a_person_submits_is_answered_then(shop: Shop) -> None:
    shop.put("E-2.edi", EDI.replace("E-1", "E-2").replace("A-1001", "A-1O01"))
    shop.through()
    assert (shop.lies("out"), len(shop.lies(".open"))) == ([], 1)
    path = f"/v1/drafts/{shop.report('done', 'E-2.edi')['waiting'][0]['draft']}"
    edits = {"edits": [{"path": "/lines/0/sku", "value": "A-1001"}]}
    assert shop.api.patch(path, edits).status_code == 200
    assert shop.api.post(f"{path}/submit").status_code == 201
    shop.look(11)
    assert [name.startswith("E-2.ord_") for name in shop.lies("out")] == [True]


def test_DUP_05_what_a_person_submitted_for_a_machine_is_the_same_order_when_it_is_sent_again(shop: Shop) -> None:
    right = order(number="J-9", channel="elsewhere")
    shop.put("wrong.json", json.dumps({**right, "lines": [{**right["lines"][0], "sku": "A-1O01"}]}))
    shop.through()
    path = f"/v1/drafts/{shop.report('done', 'wrong.json')['waiting'][0]['draft']}"
    assert shop.api.patch(path, {"edits": [{"path": "/lines/0/sku", "value": "A-1001"}]}).status_code == 200
    made = shop.api.post(f"{path}/submit").json["id"]
    shop.put("right.json", json.dumps(right))
    shop.through()
    assert [one["id"] for one in shop.report("done", "right.json")["orders"]] == [made]
    assert shop.count(t.orders) == 1


def test_IN_20_a_cancellation_that_came_as_a_draft_is_closed_by_its_submit(shop: Shop) -> None:
    shop.put("E-1.edi", EDI)
    shop.through()
    order_id = shop.report("done", "E-1.edi")["orders"][0]["id"]
    shop.put("cancel.edi", EDI.replace("E-1+9'", "E-1+1'").replace("A-1001", "A-1O01"))
    shop.through()
    path = f"/v1/drafts/{shop.report('done', 'cancel.edi')['waiting'][0]['draft']}"
    assert shop.api.patch(path, {"edits": [{"path": "/lines/0/sku", "value": "A-1001"}]}).status_code == 200
    told = shop.api.post(f"{path}/submit")
    assert (told.status_code, told.json.get("id")) == (200, order_id), told.text
    assert "CHANNEL_CHANGE" in [hold["code"] for hold in told.json["holds"]]
    draft = shop.api.get(path).json
    assert (draft["state"], draft["order_id"]) == ("submitted", order_id)


def test_a_refused_file_has_its_reason_where_the_sender_looks(shop: Shop) -> None:
    shop.put("none.json", "[]")
    shop.through()
    assert shop.lies("out") == ["none.json.error"]
    told = (shop.home / "out" / "none.json.error").read_text("utf-8").splitlines()
    assert told[:2] == ["none.json", "no_order"]
    assert len(told) == 4


def test_an_order_in_no_standard_has_no_answer(shop: Shop) -> None:
    shop.put("one.json", json.dumps(order(number="J-1")))
    shop.through()
    assert (shop.lies("out"), shop.lies(".open")) == ([], [])


def test_every_kind_of_file_goes_the_way_of_its_kind(shop: Shop) -> None:
    shop.put("one.json", json.dumps(order(number="J-1")))
    shop.put("two.json", json.dumps({"orders": [order(number="J-2"), order(number="J-3")]}))
    shop.put("text.txt", "请发 A-1001 10个，单价12.50元，客户：苏州恒力机电有限公司")
    shop.put("no-order.json", "[]")
    shop.put("nothing.bin", b"\0\1\2\3" * 50)
    shop.through()
    assert [one["number"] for one in shop.report("done", "two.json")["orders"]] == ["J-2", "J-3"]
    assert shop.report("done", "one.json")["orders"][0]["number"] == "J-1"
    text = shop.report("done", "text.txt")
    assert (text["orders"], len(text["waiting"])) == ([], 1)  # a person confirms what was read
    assert shop.report("rejected", "no-order.json")["reason"]["code"] == "no_order"
    assert shop.report("rejected", "nothing.bin")["reason"]["zh"]


def test_what_is_not_certain_waits_as_a_draft_and_the_report_says_so(shop: Shop) -> None:
    shop.put("wrong.json", json.dumps(order(lines=[{"sku": "A-1O01", "quantity": "1"}])))
    shop.through()
    report = shop.report("done", "wrong.json")
    assert report["orders"] == []
    assert [one["to_confirm"] > 0 for one in report["waiting"]] == [True]


def test_a_file_that_grows_or_is_half_an_upload_is_left_alone(shop: Shop) -> None:
    path = shop.put("E-1.edi", EDI[:40])
    for name in (".E-2.edi", "E-3.edi.part", "E-4.edi.filepart", "E-5.TMP"):
        shop.put(name, EDI)
    shop.look()
    path.write_text(EDI)
    assert shop.look() == 0  # it has changed since the last look
    assert shop.look(drop.SETTLED.total_seconds() - 0.001) == 0
    assert shop.look(0.001) == 1
    assert shop.lies("in") == [".E-2.edi", "E-3.edi.part", "E-4.edi.filepart", "E-5.TMP"]


def test_an_empty_file_waits_a_minute_and_a_large_one_is_refused_unread(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drop, "MAX_BYTES", 100)
    shop.put("empty.json", b"")
    shop.put("exact.json", b"x" * 100)
    shop.put("large.json", b"x" * 101)
    shop.look()
    assert shop.look(drop.EMPTY_SETTLED.total_seconds() - 0.001) == 2
    assert shop.lies("in") == ["empty.json"]
    shop.look(0.001)
    assert [shop.report("rejected", name)["reason"]["code"] for name in ("empty.json", "large.json")] == [
        "empty_file",
        "too_large",
    ]
    assert [name.partition("__")[2] for name in shop.lies("working")] == ["exact.json"]


def test_a_link_out_of_the_folder_is_not_followed(shop: Shop, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps(order()))
    (shop.home / "in" / "link.json").symlink_to(secret)
    os.mkfifo(shop.home / "in" / "pipe.json")
    shop.through()
    shop.look(drop.EMPTY_SETTLED.total_seconds())
    assert shop.report("rejected", "link.json")["reason"]["code"] == "no_plain_file"
    assert shop.count(t.documents) == 0


@pytest.mark.parametrize("crash", ["stored", "moved", "reported"])
def test_a_crash_anywhere_neither_loses_nor_doubles_a_file(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, crash: str
) -> None:
    class Killed(BaseException):
        pass

    at, moved = {"stored": (1, False), "moved": (1, True), "reported": (2, False)}[crash]
    calls, move = [], drop._move

    def dying(path: Path, target: Path) -> int:
        calls.append(target)
        if len(calls) != at:
            return move(path, target)
        if moved:
            move(path, target)
        raise Killed

    shop.put("E-1.edi", EDI)
    monkeypatch.setattr(drop, "_move", dying)
    with pytest.raises(Killed):
        shop.through()
    monkeypatch.setattr(drop, "_move", move)
    shop.folders = Folders(shop.deps, shop.root)  # the process that comes after
    shop.through()
    shop.through()
    assert shop.lies("done") == ["E-1.edi", "E-1.edi.report.json"]
    assert (shop.count(t.orders), shop.count(t.documents), shop.lies("in"), shop.lies("working")) == (1, 1, [], [])


def test_the_same_file_again_is_the_same_order_and_overwrites_nothing(shop: Shop) -> None:
    for _ in range(2):
        path = shop.put("E-1.edi", EDI)
        os.utime(path, ns=(0, path.stat().st_mtime_ns + 10**9 * (1 + shop.count(t.documents))))
        shop.through()
    assert shop.lies("done") == ["E-1.2.edi", "E-1.2.edi.report.json", "E-1.edi", "E-1.edi.report.json"]
    first, second = (shop.report("done", name)["orders"] for name in ("E-1.edi", "E-1.2.edi"))
    assert (first[0]["id"], shop.count(t.orders)) == (second[0]["id"], 1)


def test_files_of_no_channel_or_of_one_that_is_off_wait(shop: Shop) -> None:
    (shop.root / "nobody" / "in").mkdir(parents=True)
    (shop.root / "nobody" / "in" / "E-1.edi").write_text(EDI)
    with shop.deps.store.db.write() as conn:
        off = channels.Wanted("EDI", state="disabled")
        channels.put(conn, shop.deps.store, "edi-shop", off, actor=SYSTEM, now=shop.api.clock())
    shop.put("E-1.edi", EDI)
    shop.through()
    assert (shop.lies("in"), (shop.root / "nobody" / "in" / "E-1.edi").exists()) == (["E-1.edi"], True)
    with shop.deps.store.db.write() as conn:
        on = channels.Wanted("EDI")
        channels.put(conn, shop.deps.store, "edi-shop", on, actor=SYSTEM, now=shop.api.clock())
    shop.through()
    assert shop.lies("in") == []
