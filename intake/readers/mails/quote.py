"""What is new in a mail, and what it only quotes: the cut lines of Chinese and English mail programs."""

from __future__ import annotations

import re

_FORWARD = re.compile(r"^\s*(?:fwd?|转发|轉寄|转寄)\s*[:：]", re.IGNORECASE)
_FORWARD_LINE = re.compile(r"-{2,}\s*(?:转发邮件|转发的邮件|Forwarded message|Begin forwarded message)", re.IGNORECASE)
_DATE = r"(?:\d{4}\s*[-/年.]\s*\d{1,2}\s*[-/月.]\s*\d{1,2}|\d{1,2}\s*月\s*\d{1,2}\s*日)"
_CUTS = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        r"^[> \t]*[-—_=]{2,}[ \t]*(?:原始邮件|原邮件|原始郵件|回复的原邮件|Original Message|转发邮件信息|转发邮件"
        r"|转发的邮件|Forwarded message|邮件原件)[ \t]*[-—_=]{2,}[^\n]*$",
        r"^[> \t]*(?:Begin forwarded message|开始转发邮件|下面是转发邮件)\s*[:：]\s*$",
        rf"^[> \t]*(?:在|于|於)\s*{_DATE}[^\n]{{0,120}}(?:\n[^\n]{{0,120}})?(?:写道|寫道|写到)\s*[:：]?\s*$",
        rf"^[> \t]*{_DATE}[^\n]{{0,120}}(?:\n[^\n]{{0,120}})?(?:写道|寫道|写到)\s*[:：]?\s*$",
        rf"^[> \t]*[^\n]{{1,120}}(?:于|在|於)\s*{_DATE}[^\n]{{0,60}}(?:写道|寫道|写到)\s*[:：]?\s*$",
        r"^[> \t]*On\s[^\n]{5,160}(?:\n[^\n]{0,120})?wrote:\s*$",
        r"^[> \t]*(?:发件人|寄件者|寄件人)\s*[:：][^\n]*\n(?:[^\n]*\n){0,2}?[> \t]*"
        r"(?:发送时间|发送日期|日期|时间|收件人|寄件日期)\s*[:：]",
        r"^[> \t]*\*?From:\*?\s[^\n]*\n(?:[^\n]*\n){0,2}?[> \t]*\*?(?:Sent|Date|To):\*?\s",
    )
)
_QUOTE_MARK = re.compile(r"^(?:>\s?)+", re.MULTILINE)
_HEADER_LINE = re.compile(
    r"^[> \t]*\*?(?:发件人|发送时间|发送日期|收件人|抄送|主题|日期|From|Sent|To|Cc|Subject|Date)\*?\s*[:：][^\n]*\n?",
    re.IGNORECASE,
)
_INNER_HEADER = re.compile(
    r"(?:^[ \t]*[-—_=]{2,}[^\n]{0,40}[-—_=]{2,}[ \t]*\n\s*)?^[ \t]*\*?(?:发件人|寄件者|From)\*?\s*[:：][^\n]*\n"
    r"(?:[ \t]*\*?(?:发送时间|发送日期|收件人|抄送|主题|日期|时间|Sent|To|Cc|Subject|Date)\*?\s*[:：]"
    r"[^\n]*(?:\n|\Z)){1,5}",
    re.IGNORECASE | re.MULTILINE,
)
"""The head of a mail that was forwarded inside the one that is forwarded."""
_SIGNATURE = re.compile(r"^-- ?$|^(?:发自我的|来自我的|Sent from my)[^\n]{0,40}$", re.MULTILINE | re.IGNORECASE)


def new_text(text: str, subject: str = "") -> tuple[str, str]:
    """Return (what is new, what is quoted). Of a forwarded mail, and of one that says nothing new, all is new."""
    starts = [found.start() for cut in _CUTS if (found := cut.search(text))]
    if not starts:
        own = "\n".join(line for line in text.split("\n") if not line.startswith(">"))
        quoted = _QUOTE_MARK.sub("", "\n".join(line for line in text.split("\n") if line.startswith(">")))
        return (_unsigned(own), quoted) if own.strip() else (_unsigned(quoted), "")
    head, tail = text[: min(starts)], text[min(starts) :]
    if _unsigned(head) and not (_FORWARD.match(subject) or _FORWARD_LINE.search(tail[:200])):
        return _unsigned(head), tail.strip()
    forwarded = _without_header(tail)
    return _unsigned(f"{_unsigned(head)}\n\n{forwarded}".strip()), ""


def _without_header(tail: str) -> str:
    """Drop the cut line and the header lines below it, and the quote marks."""
    plain = _QUOTE_MARK.sub("", tail)
    for cut in _CUTS[:6]:
        plain = cut.sub("", plain, count=1) if cut.match(plain) else plain
    plain = plain.lstrip("\n")
    while found := _HEADER_LINE.match(plain):
        plain = plain[found.end() :].lstrip("\n")
    return _INNER_HEADER.sub("\n", plain)


def _unsigned(text: str) -> str:
    found = _SIGNATURE.search(text)
    return (text[: found.start()] if found else text).strip()
