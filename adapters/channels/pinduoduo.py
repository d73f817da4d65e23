"""Pinduoduo: calls signed with MD5 over the sorted parameters; a clock ten minutes off is refused. Source: PDD."""

from __future__ import annotations

from adapters.channels.taobao import sign

CLOCK_TOLERANCE_S = 600

__all__ = ["CLOCK_TOLERANCE_S", "sign"]
