"""Which words name one site of a customer: 苏州工厂, 苏州厂里 and 苏州厂 are the same (NL-01)."""

from __future__ import annotations

_SITE_WORDS = (
    ("工厂", "厂"),
    ("厂区", "厂"),
    ("厂里", "厂"),
    ("厂房", "厂"),
    ("仓库", "仓"),
    ("库房", "仓"),
    ("总公司", "总部"),
)


def site_key(label: str) -> str:
    """Return what the ways to name one site share."""
    for long, short in _SITE_WORDS:
        label = label.replace(long, short)
    return label.replace("的", "").replace(" ", "").casefold()
