"""ANSI X12 855: our answer to an 850. Source: ASC X12 004010, data elements 587, 668."""

from __future__ import annotations

from adapters.acknowledge.answer import Answer, Verdict
from orders.money import price_text, quantity_text

_TYPES = {Verdict.ACCEPTED: "AD", Verdict.PENDING: "AK", Verdict.REJECTED: "RD"}
_LINES = {Verdict.ACCEPTED: "IA", Verdict.PENDING: "IH", Verdict.REJECTED: "IR"}
"""668: item accepted, on hold, rejected."""
_ELEMENT, _TERMINATOR = "*", "~"
_RESERVED = str.maketrans({"*": " ", "~": " ", ">": " ", "\r": " ", "\n": " "})


def x855(answer: Answer) -> bytes:
    """Write one interchange with one 855."""
    order, day = answer.order, answer.at.strftime("%Y%m%d")
    control = f"{int.from_bytes(answer.id.encode()[-4:], 'big') % 10**9:09d}"
    body = [
        ["ST", "855", "0001"],
        ["BAK", "00", _TYPES[answer.verdict], order.number or "", order.issued_at.strftime("%Y%m%d"), "", "", "", answer.our_id[:30], day],  # noqa: E501
        ["CUR", "SE", order.currency],
        *([["N9", "ZZ", "NOTE"], ["MSG", answer.note[:264]]] if answer.note else []),
    ]  # fmt: skip
    for index, line in enumerate(order.lines):
        price = "" if line.unit_price is None else price_text(line.unit_price)
        unit = line.unit if line.unit and line.unit.isascii() else "EA"
        count = quantity_text(line.quantity)
        body.append(
            [
                "PO1",
                answer.line_id(index),
                count,
                unit,
                price,
                "",
                "VN",
                line.sku,
                *(["BP", line.buyer_sku] if line.buyer_sku else []),
            ]
        )
        body.append(["ACK", _LINES[answer.verdict], count, unit])
    body.append(["CTT", str(len(order.lines))])
    body.append(["SE", str(len(body) + 1), "0001"])
    said = answer.attribute
    sender = _clean(said("receiver_id") or answer.seller_id())
    receiver = _clean(said("sender_id") or answer.buyer_id())
    ours, theirs = _clean(said("receiver_qualifier")) or "ZZ", _clean(said("sender_qualifier")) or "ZZ"
    group = (said("group_receiver") or sender, said("group_sender") or receiver)
    usage = "T" if said("test_indicator") else "P"
    date, clock = answer.at.strftime("%y%m%d"), answer.at.strftime("%H%M")
    whole = [
        ["ISA", "00", " " * 10, "00", " " * 10, f"{ours[:2]:2}", f"{sender[:15]:15}", f"{theirs[:2]:2}", f"{receiver[:15]:15}", date, clock, "U", "00401", control, "0", usage, ">"],  # noqa: E501
        ["GS", "PR", group[0][:15], group[1][:15], day, clock, str(int(control)), "X", "004010"],
        *body,
        ["GE", "1", str(int(control))],
        ["IEA", "1", control],
    ]  # fmt: skip
    return "".join(_segment(parts) for parts in whole).encode()


def _clean(text: str) -> str:
    return text.translate(_RESERVED)


def _segment(parts: list[str]) -> str:
    if parts[0] == "ISA":
        return _ELEMENT.join(parts) + _TERMINATOR
    return _ELEMENT.join(part.translate(_RESERVED) for part in parts).rstrip(_ELEMENT) + _TERMINATOR
