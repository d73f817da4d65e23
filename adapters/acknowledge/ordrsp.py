"""UN/EDIFACT ORDRSP D.96A: our answer to an ORDERS. Source: UN/EDIFACT D.96A, code lists 1001, 1225, 1229."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from adapters.acknowledge.answer import Answer, Verdict
from orders.money import price_text, quantity_text

if TYPE_CHECKING:
    from orders.order import Line

_AGENCIES = {"gln": "9", "duns": "16", "odette": "10", "customer_code": "91", "buyer_code": "92"}
"""3055 of the schemes that a party's number may be of."""
Segment: TypeAlias = list[str | list[str]]
_FUNCTIONS = {Verdict.ACCEPTED: "29", Verdict.PENDING: "12", Verdict.REJECTED: "27"}
"""1225: accepted without amendment, not processed, not accepted."""
_ACTIONS = {Verdict.ACCEPTED: "5", Verdict.PENDING: "", Verdict.REJECTED: "7"}
"""1229: accepted without amendment, not accepted."""


def ordrsp(answer: Answer) -> bytes:
    """Write one interchange with one ORDRSP, in UTF-8 (UNOW)."""
    order, stamp = answer.order, answer.at.strftime("%Y%m%d%H%M")
    segments: list[Segment] = [
        ["BGM", "231", answer.our_id[:35], _FUNCTIONS[answer.verdict]],
        ["DTM", ["137", stamp, "203"]],
        ["RFF", ["ON", order.number or ""]],
        ["DTM", ["171", order.issued_at.strftime("%Y%m%d"), "102"]],
        *_party("BY", *((one.value, one.scheme) for one in order.buyer.ids[:1])),
        *_party("SU", (answer.attribute("seller_id"), answer.attribute("seller_scheme"))),
        ["CUX", ["2", order.currency, "9"]],
    ]
    if answer.note:
        segments.insert(2, ["FTX", "AAI", "", "", _pieces(answer.note)])
    for index, line in enumerate(order.lines):
        segments += _line(answer, index, line)
    segments += [["UNS", "S"], ["CNT", ["2", str(len(order.lines))]]]
    body: list[Segment] = [["UNH", "1", ["ORDRSP", "D", "96A", "UN"]], *segments]
    reference = answer.id[-14:]
    sender = [answer.attribute("receiver_id") or answer.seller_id(), answer.attribute("receiver_qualifier")]
    receiver = [answer.attribute("sender_id") or answer.buyer_id(), answer.attribute("sender_qualifier")]
    test = ["", "", "", "", "", "1"] if answer.attribute("test_indicator") else []
    date = [answer.at.strftime("%Y%m%d"), answer.at.strftime("%H%M")]  # syntax version 4: eight digits
    whole: list[Segment] = [
        ["UNB", ["UNOW", "4"], sender, receiver, date, reference, *test],
        *body,
        ["UNT", str(len(body) + 1), "1"],
        ["UNZ", "1", reference],
    ]
    return ("UNA:+.? '" + "".join(_segment(part) for part in whole)).encode()


def _party(role: str, *ids: tuple[str, str]) -> list[Segment]:
    """Write a NAD for a party with a number, under the agency that the number is of; 13 digits alone are a GLN."""
    told: list[Segment] = []
    for number, scheme in ids:
        gln = len(number) == 13 and number.isdigit()
        if number:
            told.append(["NAD", role, [number, "", _AGENCIES.get(scheme, "9" if gln else "92")]])
    return told


def _line(answer: Answer, index: int, line: Line) -> list[Segment]:
    segments: list[Segment] = [
        ["LIN", answer.line_id(index), _ACTIONS[answer.verdict], [line.gtin or "", "EN" if line.gtin else ""]],
        ["PIA", "5", [line.sku, "SA"], *([[line.buyer_sku, "IN"]] if line.buyer_sku else [])],
        ["QTY", ["21", quantity_text(line.quantity), *([line.unit] if line.unit and line.unit.isascii() else [])]],
    ]
    if line.unit_price is not None:
        segments.append(["PRI", ["AAA", price_text(line.unit_price)]])
    return segments


def _pieces(text: str) -> list[str]:
    return [text[start : start + 70] for start in range(0, min(len(text), 350), 70)]


def _segment(parts: Segment) -> str:
    told = [_joined([_escaped(one) for one in ([part] if isinstance(part, str) else part)], ":") for part in parts]
    return _joined(told, "+") + "'"


def _joined(parts: list[str], mark: str) -> str:
    """Join without the empty parts at the end; a mark that stands in the last part itself stays."""
    while parts and not parts[-1]:
        parts = parts[:-1]
    return mark.join(parts)


def _escaped(text: str) -> str:
    for mark in "?+:'":
        text = text.replace(mark, f"?{mark}")
    return text
