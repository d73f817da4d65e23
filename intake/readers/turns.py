"""A copied chat → who said what, on which day (read). 张总 10:23 · 2026-11-22 09:12:33 刘工 · 陈经理: … (IN-10, IN-13).

What our own people say is left out, unless nobody else says anything: they repeat the order and ask about it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from intake.fields.labels import kind_of
from intake.known.find import find_products
from intake.known.who import customers_named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intake.known.match import Index

_DATE = r"(?:(?P<y>20\d\d)\s*[-/年.]\s*(?P<m>\d{1,2})\s*[-/月.]\s*(?P<d>\d{1,2})\s*日?)"
_CLOCK = r"(?:(?:上午|下午|晚上|早上|中午|凌晨|昨天|星期.)\s*)?\d{1,2}:\d{2}(?::\d{2})?(?:\s*[AaPp][Mm])?"
_WHO = r"(?P<who>[^\s:：\t][^:：\t]{0,23}?)"
_HEADS = (
    re.compile(rf"^{_WHO}\s+\(?{_DATE}?\s*{_CLOCK}\)?\s*[:：]?\s*$"),
    re.compile(rf"^[\[(]?{_DATE}?\s*{_CLOCK}[\])]?\s+{_WHO}\s*[:：]?\s*$"),
    re.compile(rf"^[\[(]?{_DATE}?,?\s*{_CLOCK}[\])]?\s*[-–]?\s*{_WHO}\s*[:：]\s*(?P<text>.+)$"),
    re.compile(rf"^{_WHO}\s*[\[(]{_DATE}?\s*{_CLOCK}[\])]\s*[:：]?\s*(?P<text>.*)$"),
)
_SAYS = re.compile(r"^(?P<who>[^\s:：,，。]{1,12})\s*[:：]\s*(?P<text>\S.*)$")
_RULER = re.compile(rf"^[—\-–=_*·\s]*{_DATE}(?:\s*(?:星期|周)[一二三四五六日天])?(?:\s*{_CLOCK})?[—\-–=_*·\s]*$")
_OURS = re.compile(r"^我$|^我方$|客服|销售|业务|小秘|助理|商务|跟单|内勤|sluice|service|sales", re.IGNORECASE)
_PERSON = re.compile(
    r"^[\u4e00-\u9fff]{1,3}(?:总|工|姐|哥|经理|先生|女士|师傅|主任|厂长|主管|店长|老板|部长)$|^[老小][\u4e00-\u9fff]$"
)
_NOTICE = re.compile(r"撤回了一条消息|拍了拍|加入了?群聊|^\[(?:图片|表情|动画表情|文件|视频)\]$|^以上是|^\[?语音通话")


@dataclass
class Speech:
    """All that one person says. ``day``: when the first of it was said, if the chat tells."""

    who: str
    lines: list[str] = field(default_factory=list)
    day: date | None = None


@dataclass(frozen=True)
class _Head:
    who: str
    text: str
    day: date | None
    timed: bool


def speeches(lines: Sequence[str], index: Index) -> list[Speech]:
    """Return what each customer says in a copied chat; empty if the lines are no chat."""
    heads = [_head(line, index) for line in lines]
    if not any(head and head.timed for head in heads) and not _dialogue(heads):
        return []
    found = _collected(lines, heads)
    known = [speech for speech in found if customers_named(speech.who, index) and not _OURS.search(speech.who)]
    others = known or [speech for speech in found if not _OURS.search(speech.who)]
    return others or found


def _dialogue(heads: list[_Head | None]) -> bool:
    spoken = [head for head in heads if head]
    return bool(spoken) and (len(spoken) >= 2 or len(heads) == 1)


def _head(line: str, index: Index) -> _Head | None:
    for pattern in _HEADS:
        match = pattern.match(line)
        if match and not match["who"].strip().isdigit():
            return _Head(
                match["who"].strip(" -[]"), (match.groupdict().get("text") or "").strip(), _day(match), timed=True
            )
    match = _SAYS.match(line)
    if match and kind_of(match["who"]) is None and not find_products(match["who"], index):
        who = match["who"]
        if _OURS.search(who) or _PERSON.match(who) or _is_contact(who, index):
            return _Head(who, match["text"].strip(), None, timed=False)
    return None


def _is_contact(who: str, index: Index) -> bool:
    return any(who in entry.contacts for entry in index.catalogue.customers.values())


def _collected(lines: Sequence[str], heads: list[_Head | None]) -> list[Speech]:
    """Put each line to its speaker; a dated ruler holds for what follows."""
    found: dict[str, Speech] = {}
    day: date | None = None
    current: Speech | None = None
    for line, head in zip(lines, heads, strict=True):
        ruler = _RULER.match(line)
        if ruler and head is None:
            day = _day(ruler)
            continue
        if head:
            day = head.day or day
            current = found.setdefault(head.who, Speech(head.who, [], day))
        text = head.text if head else line
        if current is not None and text and not _NOTICE.search(text):
            current.lines.append(text)
    return [replace(speech, lines=[speech.who, *speech.lines]) for speech in found.values() if speech.lines]


def _day(match: re.Match[str]) -> date | None:
    if not match["y"]:
        return None
    try:
        return date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return None
