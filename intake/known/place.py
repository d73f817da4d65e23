"""Where it goes and who takes it, from a clause of plain speech: 送到苏州工厂 · 发南京市…29号，王工收 · 自提 (NL-01).

Finds the words and where they stand; which address of the customer file they mean is weighed in `intake/known/who.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from intake.known.address import parse
from intake.known.site import site_key

if TYPE_CHECKING:
    from intake.known.match import Index

_POLITE = r"(?:谢谢|谢了|多谢|感谢|拜托|麻烦|辛苦|可以吗|行吗|好吗|能到|就行|即可|吧|哈|啊|哦|呢|了|哟|，|,)"
_END = rf"(?=[，,。；;！!？?\n]|{_POLITE}|\Z)"
_FAR = r"(?:送货|配送|发货|派送|运送|邮寄|快递)?(?:送|发|寄|运|拉|交货?|送货|配送)"
_TO = re.compile(
    rf"(?:{_FAR}(?:到|至|往|去|给|过去)|送货地址是?|地址是?|到货地点?)\s*[:：]?\s*([^\n，,。；;！!？?]{{2,80}}?){_END}"
)
_BARE = re.compile(rf"(?:送|发|寄|运|去|到)\s*([^\n，,。；;！!？?到]{{2,80}}?){_END}")
_ENGLISH = re.compile(
    r"\b(?:ship(?:ped)?|deliver(?:ed)?|send|sent)\s+(?:it\s+|them\s+)?to\s*:?\s*([^\n,;!?]{2,80}?)(?=\s*(?:[,.;!?\n]|\bby\b|\bbefore\b|\Z))",
    re.IGNORECASE,
)
_SAME_PLACE = re.compile(r"老地[方址]|原来?的?地址|上次的?(?:地址|地方)|同上次|老位置|以前的?地址|常用地址|一样的地址")
_OURS = re.compile(r"^(?:我们|我司|我厂|咱们|你们)的?(?=[\u4e00-\u9fff]{2})")
_PICKUP = re.compile(
    r"自提|自取|上门(?:取|提)|自己(?:来|去)?(?:拉|提|取|拿)|来(?:仓库|你们?)[^，。]{0,6}(?:拉|提|取)|pick\s?up",
    re.IGNORECASE,
)
_TITLE = r"总|工|姐|哥|经理|先生|女士|小姐|师傅|主任|厂长|老师|主管|店长|老板|部长"
_PERSON = rf"(?:[\u4e00-\u9fff]{{1,2}}(?:{_TITLE})|[\u4e00-\u9fff]{{2,4}})"
_RECEIVERS = (
    re.compile(
        rf"(?:收货人|收件人|收货|签收人|接收人|接货人?|收货联系人)\s*(?:是|找|为|[:：])?\s*({_PERSON}?)(?=\s*(?:[\d+,，。；;(（]|电话|手机|\Z))"
    ),
    re.compile(rf"(?:^|[，,。；;\s])(?:给|由|交给|找|让)?\s*({_PERSON})\s*(?:签?收|接收|收货)(?![到款入集])"),
    re.compile(rf"(?:联系|找|交给)\s*({_PERSON})(?=\s*(?:[\d+,，。；;]|电话|手机|\Z))"),
)


@dataclass(frozen=True, slots=True)
class Where:
    """What a text says about the place. ``same``: the usual one; ``spans``: what was used up of the text."""

    written: str | None = None
    same: str | None = None
    pickup: str | None = None
    receiver: str | None = None
    spans: tuple[tuple[int, int], ...] = ()


def find_place(text: str, index: Index) -> Where:
    """Return where the goods go as far as ``text`` says it."""
    spans: list[tuple[int, int]] = []
    receiver = _receiver(text, spans)
    pickup = _PICKUP.search(text)
    same = _SAME_PLACE.search(text)
    written = None if same else _written(text, index, spans)
    spans += [found.span() for found in (pickup, same) if found]
    return Where(
        written=written,
        same=same.group() if same else None,
        pickup=pickup.group() if pickup else None,
        receiver=receiver,
        spans=tuple(spans),
    )


def _receiver(text: str, spans: list[tuple[int, int]]) -> str | None:
    for pattern in _RECEIVERS:
        match = pattern.search(text)
        if match and match[1]:
            spans.append(match.span())
            return match[1]
    return None


def _written(text: str, index: Index, spans: list[tuple[int, int]]) -> str | None:
    """Return the words behind 送到, else a known site's name anywhere, else 发 in front of what is an address."""
    for pattern in (_ENGLISH, _TO):
        for match in pattern.finditer(text):
            place = _OURS.sub("", match[1].strip(" ：:的"))
            if len(place) >= 2 and (pattern is _ENGLISH or _is_place(place, index)):
                spans.append(match.span(1))
                return place
    known = _known_site(text, index)
    if known:
        spans.append(known)
        return text[known[0] : known[1]]
    for match in _BARE.finditer(text):
        place = match[1].strip(" ：:的")
        reading = parse(place)
        listed = any(word.startswith(place) for word in index.sites)
        if listed or reading.city or reading.province or reading.district or reading.candidates:
            spans.append(match.span(1))
            return place
    return None


def _is_place(words: str, index: Index) -> bool:
    """Say whether the words behind 送到 name a place at all, not a day or goods."""
    reading = parse(words)
    return bool(
        reading.province or reading.city or reading.district or reading.candidates or site_key(words) in index.sites
    ) or bool(re.search(r"厂|仓|库|部|路|街|号|店|园|楼|工地|公司|区|镇|村|办|站|港|院", words))


def _known_site(text: str, index: Index) -> tuple[int, int] | None:
    """Return where a site of the customer file is named, by its label in any of the usual forms."""
    if not index.site_heads:
        return None
    for start in range(len(text) - 1):
        if text[start : start + 2] not in index.site_heads:
            continue
        for end in range(min(len(text), start + 14), start + 1, -1):
            if site_key(text[start:end]) in index.sites:
                return start, end
    return None
