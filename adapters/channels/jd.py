"""JD: calls signed with MD5 over the sorted parameters, ``360buy_param_json`` among them. Source: JOS, signing."""

from __future__ import annotations

from adapters.channels.taobao import sign

__all__ = ["sign"]
