"""Voice work orders: a transcript of the warehouse → what is to be done to which order (NL-02).

Only understood, never done: the desk finds the order, a person confirms. Numbers are taken as people say them: 幺二三,
PO 杠 1, 订单 1-2-3. Two different wishes in one breath are asked, not guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from intake.values.script import simplified

MAX_SPOKEN_CHARS = 500
_DIGITS = str.maketrans("零〇一幺二两三四五六七八九", "0011223456789")
_DIGIT_WORDS = re.compile(r"[零〇一幺二两三四五六七八九\d](?:[ ,，]*[零〇一幺二两三四五六七八九\d])+")
_DASH = re.compile(r"\s*(?:横杠|中杠|短杠|杠|减号|横线|dash)\s*", re.IGNORECASE)
_LETTERS = re.compile(r"(?<![A-Za-z])[A-Za-z](?: [A-Za-z])+(?![A-Za-z])")
_PREFIX = re.compile(r"(?<![A-Za-z])(po|so|dd)\s+(?=\d)", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z0-9-]*\d)[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_NAMED = re.compile(r"(?:订单号?|单号|单子|order(?: (?:no\.?|number))?)[\s:：#是为]*", re.IGNORECASE)
_FIRST = re.compile(r"(?:order\s+)?([A-Za-z0-9-]*\d[A-Za-z0-9-]*)\s+(?:to|到|至)\s+(.+)", re.IGNORECASE)
_NOT = r"(?:不要|不用|不必|别|甭|无需|don't |do not )"
_ADDRESS = re.compile(
    r"(?:改[发送寄派配](?:到|至|给|往)?|转[寄发送](?:到|至|给)?|改地址(?:到|为|成)?|地址改(?:到|为|成)"
    r"|(?:reroute|redirect)(?: it)?(?: to)?)"
    r"[\s:：，,]*(?P<to>[^。；;\n]*)",
    re.IGNORECASE,
)
_CANCEL = re.compile(r"取消|作废|撤单|撤销|cancel", re.IGNORECASE)
_HOLD = re.compile(
    r"拦截|拦下|拦住|截住|截下|扣住|扣下|暂停|先停|先(?:别|不要|不)发|(?:不要|别)(?:再)?发(?:货|走|出)?|别出库|hold|intercept|stop",
    re.IGNORECASE,
)
_UNDO = re.compile(rf"{_NOT}(?:再)?(?:{_CANCEL.pattern}|{_HOLD.pattern.split('|先停')[0]}|改[发送寄])", re.IGNORECASE)


class Wish(StrEnum):
    """What is to be done to an order. ``reroute``: stop it, its goods go somewhere else."""

    INTERCEPT = "intercept"
    CANCEL = "cancel"
    REROUTE = "reroute"


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was understood: the wishes (one, if all is well), the orders' numbers as said, the new address if any."""

    text: str
    wishes: tuple[Wish, ...]
    numbers: tuple[str, ...]
    address: str = ""


def understood(text: str) -> Spoken:
    """Return what a transcript asks for. Nothing is looked up; a wish that is taken back is none."""
    text = " ".join(simplified(text).split())
    plain = _UNDO.sub(" ", text)
    to = _ADDRESS.search(plain)
    address = to["to"].strip(" ，,。.吧啊") if to else ""
    rest = plain if to is None else f"{plain[: to.start()]} {plain[to.end() :]}"
    numbers = _numbers(rest)
    if to is not None and not numbers:
        numbers, address = _apart(address)
    wishes = [Wish.REROUTE] if to is not None else []
    wishes += [Wish.CANCEL] if _CANCEL.search(rest) else []
    wishes += [Wish.INTERCEPT] if _HOLD.search(rest) and to is None else []  # 拦下来改发 is one wish
    return Spoken(text, tuple(wishes), numbers, address)


def _apart(said: str) -> tuple[tuple[str, ...], str]:
    """Part number and address where both were said after the wish: order 123 to …; …，订单 123."""
    if first := _FIRST.match(said):
        return _numbers(first[1]), first[2]
    named = _NAMED.search(said)
    numbers = _numbers(said[named.start() :]) if named else ()
    return (numbers, said[: named.start()].strip(" ，,")) if named and numbers else ((), said)


def _numbers(text: str) -> tuple[str, ...]:
    """Return the order numbers in some words, digits that were spelled put together."""
    text = _DASH.sub("-", text)
    text = _DIGIT_WORDS.sub(lambda said: re.sub(r"[ ,，]", "", said.group()).translate(_DIGITS), text)
    text = _LETTERS.sub(lambda said: said.group().replace(" ", ""), text)
    text = _PREFIX.sub(r"\1", text)
    return tuple(dict.fromkeys(found.group().upper() for found in _NUMBER.finditer(text)))
