"""Senders that behave: each order has its key, and is sent again under it until somebody acknowledges it."""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx

from bench.served import KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

SKUS = ("A-1001", "A-1002", "A-1003", "A-1004", "A-1005")
AGAIN = frozenset({409, 429, 500, 502, 503, 504})
"""Answers after which a sender sends the same again; 409: the first attempt is still under way."""


def order(number: str, phone: str) -> dict[str, object]:
    """Return an order that nothing holds: a buyer of its own, an ordinary address, a small sum."""
    sku = SKUS[int(phone) % len(SKUS)]
    return {
        "number": number,
        "currency": "CNY",
        "payment_terms": "net30",
        "buyer": {"name": f"苏州{phone}机电有限公司", "contact": {"name": "张总", "phone": phone}},
        "ship_to": {
            "contact": {"name": "王工", "phone": phone},
            "address": {"text": f"江苏省苏州市虎丘区星湖街{phone[-6:]}号"},
        },
        "lines": [{"line_no": 1, "sku": sku, "quantity": "2"}, {"line_no": 2, "sku": "A-1004", "quantity": "3"}],
    }


@dataclass
class Load:
    """Sends from several threads until told to stop. ``acknowledged``: order number → id that we answered with."""

    urls: list[str]
    senders: int = 4
    pause_s: float = 0.01
    acknowledged: dict[str, str] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)
    answers_lost: int = 0
    documents: bool = False
    uploaded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the threads."""
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._send, args=(n,), daemon=True) for n in range(self.senders)]
        if self.documents:
            self._threads.append(threading.Thread(target=self._upload, daemon=True))

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Send while the block runs, then let every sender finish what it has begun."""
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stopping.set()
            for thread in self._threads:
                thread.join(timeout=120)

    def _send(self, sender: int) -> None:
        chance = random.Random(sender)
        count = 0
        with httpx.Client(headers={"Authorization": f"Bearer {KEY}"}, timeout=20) as client:
            while not self._stopping.is_set():
                number = f"PO-KILL-{sender}-{count:06}"
                body = json.dumps(order(number, f"13{sender}{count:08}"), ensure_ascii=False).encode()
                self._until_acknowledged(client, number, body, chance)
                count += 1
                time.sleep(self.pause_s)

    def _upload(self) -> None:
        """Upload a small sheet now and then; what is answered with 202 must be read in the end."""
        chance = random.Random(99)
        with httpx.Client(headers={"Authorization": f"Bearer {KEY}"}, timeout=20) as client:
            while not self._stopping.is_set():
                sheet = ("order.csv", f"SKU,数量,单价\nA-1001,{len(self.uploaded) + 1},12.50\n".encode(), "text/csv")
                with contextlib.suppress(httpx.TransportError):
                    answer = client.post(f"{chance.choice(self.urls)}/v1/documents", files={"file": sheet})
                    if answer.status_code == httpx.codes.ACCEPTED:
                        self.uploaded.append(answer.json()["id"])
                    elif answer.status_code not in AGAIN:
                        self.unexpected.append(f"{answer.status_code} {answer.text[:300]}")
                self._stopping.wait(0.3)

    def _until_acknowledged(self, client: httpx.Client, number: str, body: bytes, chance: random.Random) -> None:
        headers = {"Content-Type": "application/json", "Idempotency-Key": number}
        for _ in range(2000):
            try:
                answer = client.post(f"{chance.choice(self.urls)}/v1/orders", content=body, headers=headers)
            except httpx.TransportError:
                with self._lock:
                    self.answers_lost += 1
                time.sleep(0.05)
                continue
            if answer.status_code in (200, 201):
                with self._lock:
                    self.acknowledged[number] = answer.json()["id"]
                return
            if answer.status_code not in AGAIN:
                self.unexpected.append(f"{answer.status_code} {answer.text[:300]}")
                return
            time.sleep(0.05)
        self.unexpected.append(f"{number} was never acknowledged")
