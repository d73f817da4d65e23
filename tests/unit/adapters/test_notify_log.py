"""The notification file: one line per message, however often it is delivered."""

import json
from datetime import UTC, datetime

import pytest

from adapters.message import Message, Target
from adapters.notify.log import deliver
from orders.errors import TransportError


def message(key):
    return Message("out_1", "order.held", "ord_1", key, datetime(2026, 11, 22, tzinfo=UTC), '{"to":"风控"}'.encode())


def test_STM_03_message_delivered_twice_stands_once_in_the_file(tmp_path):
    target = Target(str(tmp_path / "notify" / "messages.jsonl"))
    for key in ("a", "a", "ab", "b"):
        deliver(message(key), target, ())
    lines = [json.loads(line) for line in (tmp_path / "notify" / "messages.jsonl").read_text("utf-8").splitlines()]
    assert [line["key"] for line in lines] == ["a", "ab", "b"]
    assert lines[0]["data"] == {"to": "风控"}


def test_STM_03_file_that_cannot_be_written_is_tried_again(tmp_path):
    (tmp_path / "blocked").write_text("a file, no folder")
    with pytest.raises(TransportError) as failed:
        deliver(message("a"), Target(str(tmp_path / "blocked" / "messages.jsonl")), ())
    assert not failed.value.permanent
