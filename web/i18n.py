"""Chinese first, English by switch: one catalogue from the Chinese sentence to the English one.

Place in the order's way: none; the screens ask here for every word they show. A sentence without a translation is
shown in Chinese, and a test names it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from flask import current_app, g, has_request_context, request

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGES = ("zh", "en")
COOKIE = "sluice_lang"


class Said(Protocol):
    """A sentence in both languages, such as `orders.hold.Message`."""

    @property
    def zh(self) -> str: ...  # noqa: D102

    @property
    def en(self) -> str: ...  # noqa: D102


@cache
def english() -> dict[str, str]:
    """Return the catalogue, read once."""
    path = Path(__file__).parent / "translations" / "en.json"
    catalogue: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return catalogue


def language() -> str:
    """Return the reader's language: the cookie, else the installation's."""
    if not has_request_context():
        return "zh"
    if "lang" not in g:
        chosen = request.cookies.get(COOKIE, "")
        g.lang = chosen if chosen in LANGUAGES else str(current_app.config.get("SLUICE_LOCALE", "zh"))
    return str(g.lang)


def translate(text: str, **values: object) -> str:
    """Return ``text`` (a Chinese sentence of ours) in the reader's language with ``{name}`` values filled in.

    What stands after ``|`` tells apart what one Chinese word says in two places; nobody sees it.
    """
    told = english().get(text) if language() == "en" else None
    text = told or text.partition("|")[0]
    return text.format(**values) if values else text


def say(message: Said | Mapping[str, Any] | None) -> str:
    """Return a two-language message in the reader's language, the other one where it is empty."""
    if message is None:
        return ""
    if hasattr(message, "get"):
        zh, en = str(message.get("zh") or ""), str(message.get("en") or "")
    else:
        zh, en = message.zh, message.en
    first, second = (en, zh) if language() == "en" else (zh, en)
    return first or second
