"""Robots answer HTTP 200 whatever happened, some of them 400: the truth is a code in the body.

Place in the order's way: under the robots.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.http import json_object, refusal
from adapters.message import Receipt
from orders.errors import TransportError

if TYPE_CHECKING:
    from collections.abc import Collection

    import httpx


JUDGED = frozenset({400})
"""Answers that are judged by their code like a 200: 飞书 gives "too fast" with this status where its open API does."""
TOO_FAST = ("too many request", "too fast", "frequency limit", "out of limit")
"""How the makers say it in words: one code may stand for that and for a fault of ours, such as 飞书 9499."""


def judge(answer: httpx.Response, code_name: str, text_name: str, busy: Collection[int]) -> Receipt:
    """Return the receipt of a call that went well.

    Raises: TransportError; not permanent for the codes ``busy`` (too fast, system busy) and for an answer that holds
    no code, permanent for all others (keyword missing, signature wrong, robot stopped).
    """
    value = json_object(answer)
    code = value.get(code_name)
    if code == 0 and answer.is_success:
        return Receipt(status=answer.status_code)
    told = str(value.get(text_name, ""))[:200]
    if not isinstance(code, int) and not answer.is_success:
        raise refusal(answer)
    if not isinstance(code, int):
        raise TransportError(
            f"the answer holds no {code_name}", f"对方应答里没有 {code_name}", permanent=False, code="not_understood"
        )
    permanent = code not in busy and not any(words in told.lower() for words in TOO_FAST)
    raise TransportError(
        f"refused with {code_name} {code}: {told}",
        f"对方拒绝（{code_name} {code}）：{told}",
        permanent=permanent,
        code=f"code_{code}" if permanent else "too_fast",
    )
