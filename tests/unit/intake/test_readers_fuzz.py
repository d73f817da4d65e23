"""Every reader on damaged documents: a result that the schema allows, or the one clear refusal; nothing else escapes.

Bounded and repeatable: fixed seeds, a fixed number of mutants of each real document. Pictures and workbooks are opened
in children of their own, which tests/integration/ocr/test_hostile.py and test_workbook.py attack.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from intake.read import read
from intake.readers.text import MAX_TALK_CHARS
from ocr.page import PageSet, Unreadable
from orders.draft import read_result_to_json
from orders.errors import SenderError, UnreadableDocument
from tests.unit.intake.cast import ROOT, catalogue
from tests.unit.intake.test_tnef import SHEET, mail_with
from tests.unit.intake.winmail import winmail

if TYPE_CHECKING:
    from collections.abc import Callable

MUTANTS = 12
GOLDEN = Path(__file__).parents[2] / "golden"
SCHEMA = Draft202012Validator(json.loads((ROOT / "orders" / "schema" / "read.schema.json").read_text()))
TOKENS = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"<", b">", b"&x;", b"]]>", b"{", b"}", b"[" * 80, b'"', b"'", b"+", b":",
    b"\t", b"\r\n\r\n", b"-1", b"0", b"1e999", b"NaN", b"9" * 60, "९".encode(), "壹".encode(), b"\xed\xa0\x80",
    b"2026-02-30", b"0000-00-00", b"=?gb2312?B?!!!!?=", b"Content-Type: multipart/mixed\r\n", b"UNH+1", b"ST*850*",
    b"<!DOCTYPE a [<!ENTITY x 'y'>]>",
)  # fmt: skip


class Blind:
    """Recognises nothing: what a mutant turns into a picture is refused as a broken one."""

    def read(self, data: bytes) -> PageSet:
        raise Unreadable("broken_image", "图片打不开", "the picture does not open")


def seeds() -> list[tuple[str, bytes]]:
    """Return one real document of each kind: every format that a reader exists for."""
    files = [path for room in ("intake", "standards") for path in (GOLDEN / room).rglob("input.*")]
    found = {f"{path.parent.name}{path.suffix}": path.read_bytes() for path in files}
    found["winmail.eml"] = mail_with(winmail(("采购单.csv", SHEET), body="要300个A-1001"))
    found["page.xls"] = "<html><table><tr><td>产品型号<td>数量<td>单价<tr><td>A-1001<td>3<td>12.5</table>".encode()
    return sorted(found.items())


def flipped(data: bytearray, dice: random.Random) -> None:
    data[dice.randrange(len(data))] = dice.randrange(256)


def put_in(data: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(data))
    data[at:at] = dice.choice(TOKENS)


def cut_out(data: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(data))
    del data[at : at + dice.randint(1, max(1, len(data) // 4))]


def doubled(data: bytearray, dice: random.Random) -> None:
    at = dice.randrange(len(data))
    data[at:at] = data[at : at + dice.randint(1, 400)] * dice.randint(1, 12)


def swapped(data: bytearray, dice: random.Random) -> None:
    lines = bytes(data).split(b"\n")
    dice.shuffle(lines)
    data[:] = b"\n".join(lines)


HARMS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    flipped,
    flipped,
    put_in,
    put_in,
    cut_out,
    doubled,
    swapped,
)


def mutant(data: bytes, dice: random.Random) -> bytes:
    found = bytearray(data)
    for _ in range(dice.randint(1, 6)):
        if found:
            dice.choice(HARMS)(found, dice)
    return bytes(found)


def fault(data: bytes, name: str) -> str:
    """Read; return what is wrong with the answer, empty for a valid result or a refusal that says all it must."""
    try:
        result = read(data, name, "", catalogue(), Blind())
    except SenderError as refused:
        return (
            "" if refused.code and refused.message_zh and refused.message_en else f"refused without words: {refused!r}"
        )
    if result.kind == "payload":  # the sender's own JSON, checked by its own schema
        return ""
    found = next(SCHEMA.iter_errors(read_result_to_json(result)), None)
    return "" if found is None else f"{found.json_path}: {found.message[:200]}"


@pytest.mark.parametrize(("name", "data"), seeds(), ids=[name for name, _ in seeds()])
def test_IN_09_damaged_document_gives_a_valid_result_or_a_clear_refusal(name: str, data: bytes) -> None:
    dice = random.Random(name)
    faults = [(number, found) for number in range(MUTANTS) if (found := fault(mutant(data, dice), name))]
    assert faults == []


@pytest.mark.parametrize(("more", "code"), [(0, "no_order"), (1, "text_too_long")])
def test_NL_01_text_above_the_limit_is_refused_before_it_is_read(more: int, code: str) -> None:
    with pytest.raises(UnreadableDocument) as refused:
        read(("\n" * (MAX_TALK_CHARS + more)).encode(), "chat.txt", "text/plain", catalogue(), Blind())
    assert refused.value.code == code


def test_there_is_a_seed_of_every_format() -> None:
    endings = {name.rpartition(".")[2] for name, _ in seeds()}
    assert {"eml", "csv", "json", "txt", "xml", "edi", "xls"} <= endings
