"""Waybill numbers: whether one can be its carrier's, by the patterns and check digits of `waybills.yaml` (VAL-11).

Place in the order's way: shipping, before a number is taken from a person, a warehouse or a platform. A carrier that
the table does not name is not judged: a missing row must stop no parcel.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from orders.errors import Refused

TABLE = Path(__file__).with_name("waybills.yaml")
_WEIGHTS = (8, 6, 4, 2, 3, 5, 9, 7)


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a carrier's numbers; ``check``: s10 where it ends with a check digit."""

    pattern: re.Pattern[str]
    check: str | None = None


@dataclass(frozen=True, slots=True)
class Carrier:
    """A carrier by our code, with the forms that its numbers have."""

    code: str
    forms: tuple[Form, ...]


@cache
def table() -> dict[str, Carrier]:
    """Return the carriers by code and by every other name, in small letters."""
    found: dict[str, Carrier] = {}
    for code, told in YAML(typ="safe", pure=True).load(TABLE.read_text(encoding="utf-8")).items():
        carrier = Carrier(code, tuple(_form(item) for item in told["patterns"]))
        found |= {name.lower(): carrier for name in (code, *told["names"])}
    return found


def _form(told: str | dict[str, str]) -> Form:
    text, check = (told, None) if isinstance(told, str) else (told["form"], told["check"])
    return Form(re.compile(text, re.ASCII | re.IGNORECASE), check)


def known(carrier: str) -> bool:
    """Say whether the table names a carrier."""
    return carrier.strip().lower() in table()


def code_of(carrier: str) -> str:
    """Return our code of a carrier, however it is called; its own name where the table does not know it."""
    found = table().get(carrier.strip().lower())
    return found.code if found else carrier.strip()


def require(carrier: str, waybill: str) -> None:
    """Let a number pass that can be the carrier's. Raises Refused: ``waybill_form`` or ``waybill_check_digit``."""
    found = table().get(carrier.strip().lower())
    if found is None:
        return
    forms = [form for form in found.forms if form.pattern.fullmatch(waybill)]
    if not forms:
        raise Refused(
            f"{waybill} is no waybill number of {found.code}: check the number and the carrier",
            f"{waybill} 不是 {found.code} 的运单号，请核对单号与承运商",
            code="waybill_form",
        )
    if all(form.check == "s10" and not s10_holds(waybill) for form in forms):
        raise Refused(
            f"The check digit of {waybill} is wrong: a digit was misread",
            f"运单号 {waybill} 校验位不对，可能抄错一位",
            code="waybill_check_digit",
        )


def s10_holds(waybill: str) -> bool:
    """Say whether the ninth digit of ``AA123456789CN`` is the check digit of the eight before. Source: UPU S10."""
    digits = [int(letter) for letter in waybill if letter.isdigit()]
    rest = 11 - sum(digit * weight for digit, weight in zip(digits, _WEIGHTS, strict=False)) % 11
    return digits[8] == {10: 0, 11: 5}.get(rest, rest)
