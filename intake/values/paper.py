"""Papers of trade that are no orders: invoices, delivery notes, statements, quotations … (read, the second step).

Told by what they say: a title of their own at the top, and the fields that only such a paper has. An order that merely
speaks of them (发票类型, 送货地址) has another title, or names them behind a label. In doubt the paper is read as an
order and says so: a person tells at a glance, and a refused order is lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from intake.values.script import simplified
from orders.errors import UnreadableDocument

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orders.draft import DraftOrder, ReadResult

NOT_AN_ORDER = "not_an_order"
LOOKS_LIKE = "这份单据看起来是"
_TOP_ROWS, _MOST_ROWS, _LONGEST_TITLE = 8, 400, 30
"""Where titles stand, how many rows are looked at, how many letters a title has at most."""


@dataclass(frozen=True, slots=True)
class Words:
    """How a paper is called and what to do with it."""

    zh: str
    en: str
    do_zh: str
    do_en: str


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of paper: its titles, its own fields, how many of them prove it, and what makes it only likely."""

    code: str
    words: Words
    titles: re.Pattern[str]
    fields: tuple[re.Pattern[str], ...]
    enough: int
    untitled: int | None
    unless: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What else a paper is. ``sure``: title and fields agree and nothing speaks for an order."""

    kind: Kind
    sure: bool

    def refusal(self) -> UnreadableDocument:
        """Say what it is, what to do with it, and that a person may say otherwise."""
        said = self.kind.words
        return UnreadableDocument(
            f"This is {said.en}, not an order: {said.do_en}. "
            "It is kept; if it is an order after all, have it read as one",
            f"这是{said.zh}，不是订单：{said.do_zh}。原件已保留；如果确实是订单，请选“按订单读取”",
            code=NOT_AN_ORDER,
        )

    def doubted(self, draft: DraftOrder) -> DraftOrder:
        """Return what was read as an order with the warning that it may be none."""
        return replace(draft, warnings=(self.warning(), *draft.warnings))

    def warning(self) -> str:
        """Say of what was read as an order that it may be none."""
        said = self.kind.words
        english = f"this looks like {said.en}: withdraw it if it is no order"
        return f"{LOOKS_LIKE}{said.zh}，如果不是订单请撤回 / {english}"


def _any(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


def _kind(block: str) -> Kind:
    code, *lines = block.strip().splitlines()
    told: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        told.setdefault(name, []).append(value.strip())
    (zh, en), (do_zh, do_en) = (told[name][0].split(" / ", 1) for name in ("is", "do"))
    untitled = told.get("untitled")
    return Kind(
        code.strip(),
        Words(zh, en, do_zh, do_en),
        titles=_any(rf"(?:{'|'.join(told['title'])})\Z"),
        fields=tuple(_any(one) for one in told["field"]),
        enough=int(told["enough"][0]),
        untitled=int(untitled[0]) if untitled else None,
        unless=_any("|".join(told.get("unless", [r"(?!)"]))),
    )


@cache
def kinds() -> tuple[Kind, ...]:
    """Return the kinds of `papers.txt`."""
    text = (Path(__file__).parent / "papers.txt").read_text(encoding="utf-8")
    return tuple(_kind(block) for block in text.split("\n=== ")[1:])


_ORDER_TITLE = _any(
    r"(?:订单|订购单|订货单|采购单|要货单|补货单|订餐单|请购单|申购单|申请单|申请|合同|协议|协议书|下达单|备货清单|备货单|采购计划"
    r"|(?<!your )(?<!our )\border(?: ?form| ?confirmation| ?request| ?sheet)?|order ?confirmation ?request"
    r"|pro-?forma ?invoice)\Z"
)
_AGREED = _any(
    r"同意.{0,16}(?:报价|下单|订|安排)|请?按此.{0,6}(?:下单|订货|安排|生产|发货|执行)|确认(?:下单|订货)"
    r"|accepted by|please proceed"
)
_BRACKETS = re.compile(r"[（(【\[].*?[）)】\]]")
_ITS_NUMBER = _any(r"[\s:：]*(?:no\.?|number|编号|单号|#)?[\s:：]*[a-z0-9-]*\d\s*\Z")
_LABEL_END = re.compile(r"[:：]\s*\Z")
_LABELLED = re.compile(r"类型|要求|方式|说明|备注|附件|单据|种类|type|required|ref", re.IGNORECASE)
_VERB = re.compile(r"请|附|凭|按|见|开具|提供|[，。；,;]")


def other_paper(pages: Sequence[Sequence[str]]) -> Verdict | None:
    """Say what else a document is, None for an order or what cannot be told. ``pages``: rows, cells parted by tabs."""
    rows = [simplified(row) for page in pages for row in page][:_MOST_ROWS]
    tops = [title for page in pages for title in _titles([simplified(row) for row in page[:_TOP_ROWS]])]
    if any(_is_order(title) for title in tops):
        return None
    said = re.sub(r"[\s*]+", "", "\n".join(rows))
    first = _titles(rows[:_TOP_ROWS])
    agreed = _AGREED.search("\n".join(rows)) is not None
    found = [verdict for kind in kinds() if (verdict := _judged(kind, first, said, agreed=agreed))]
    return max(found, key=lambda verdict: verdict.sure, default=None)


def checked(result: ReadResult, rows: Sequence[str], *, insist: bool = False) -> ReadResult:
    """Return what was read of one sheet or text, with a warning if need be. Raises UnreadableDocument: no order."""
    other = None if insist else other_paper([rows])
    if other is None:
        return result
    if other.sure or not result.orders:
        raise other.refusal()
    return replace(result, orders=tuple(other.doubted(draft) for draft in result.orders))


def _judged(kind: Kind, titles: list[str], said: str, *, agreed: bool) -> Verdict | None:
    proofs = sum(pattern.search(said) is not None for pattern in kind.fields)
    if any(kind.titles.search(_BRACKETS.sub("", title).strip() or title) for title in titles):
        allowed = not agreed and kind.unless.search(said) is None
        return Verdict(kind, proofs >= kind.enough and allowed) if proofs else None
    if kind.untitled is None or proofs < kind.untitled or kind.unless.search(said):
        return None
    return Verdict(kind, sure=not agreed)


def _titles(rows: Sequence[str]) -> list[str]:
    """Return what may be a title among the top rows: short, alone or first, not the value of a label."""
    found: list[str] = []
    for row in rows:
        cells = [cell.strip() for cell in row.split("\t") if cell.strip()]
        if len(cells) > 4:  # the titles of a table's columns: the top is over
            break
        joined = "".join(cells)
        if len(cells) > 1 and all(len(cell) <= 2 for cell in cells):  # 送 | 货 | 单
            found.append(joined)
        found += [cell for place, cell in enumerate(cells) if _stands_free(cells[:place], cell)]
    return [one for title in found for one in {title, re.sub(r"(?<=[\u4e00-\u9fff]) +(?=[\u4e00-\u9fff])", "", title)}]


def _stands_free(before: list[str], cell: str) -> bool:
    if len(cell) > _LONGEST_TITLE or _VERB.search(_BRACKETS.sub("", cell)):
        return False
    return not (before and (_LABEL_END.search(before[-1]) or _LABELLED.search(before[-1])))


def _is_order(title: str) -> bool:
    inner = _BRACKETS.findall(title)
    bare = _ITS_NUMBER.sub("", _BRACKETS.sub("", title)).strip()
    return any(_ORDER_TITLE.search(part.strip("（）()【】[] ")) for part in (bare, *inner))
