"""The guard of outgoing webhooks: an address that a customer typed in must not reach our own network.

Place in the order's way: before a webhook is sent. The host is resolved here, every address it has is judged, and the
connection goes to the judged address itself, so that a name which answers differently a moment later gains nothing.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from orders.errors import TransportError

if TYPE_CHECKING:
    from collections.abc import Callable

Resolve: TypeAlias = "Callable[[str, int], list[str]]"

_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
_UNICAST = IPv6Network("2000::/3")
"""All of IPv6 that is given out. What lies outside wraps or translates something, or was abolished: no subscriber."""
_NEVER = tuple(map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "3fff::/20")))
"""Counted as global, yet special: IETF protocols and a cloud's metadata, 6to4 relays, a cloud's host, documentation."""


@dataclass(frozen=True, slots=True)
class Checked:
    """An address that may be called: ``url`` holds the IP, ``host`` is what the Host header and TLS must name."""

    url: str
    host: str
    authority: str


def is_public(text: str) -> bool:
    """Say whether an IP address belongs to the public internet. An IPv4 address wrapped in IPv6 is judged itself."""
    address: IPv4Address | IPv6Address = ip_address(text)
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is None and address not in _UNICAST:
            return False
        address = inner or address
    return address.is_global and not address.is_multicast and not any(address in network for network in _NEVER)


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of ``host``. Raises TransportError (not permanent) when the name has none now."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TransportError(
            f"no address for host {host}", f"域名 {host} 解析不到地址", permanent=False, code="no_address"
        ) from error
    return [str(entry[4][0]) for entry in found]


def check(url: str, *, allow_private: bool, resolver: Resolve = resolve) -> Checked:
    """Return where to connect to.

    Raises: TransportError, permanent for an address that is never allowed: other schemes than https (http only
    with ``allow_private``), a user name in it, a private, loopback, link-local or otherwise non-public target.
    """
    scheme, host, port, path = _parts(url)
    if scheme != "https" and not (scheme == "http" and allow_private):
        raise _refused("the webhook address must begin with https://", "回调地址必须以 https:// 开头")
    addresses = resolver(host, port)
    if not allow_private and not all(is_public(address) for address in addresses):
        raise _refused(f"host {host} is not on the public internet", f"{host} 不是公网地址，已拒绝推送")
    address = addresses[0]
    wrapped = f"[{address}]" if ":" in address else address
    name = f"[{host}]" if ":" in host else host
    usual = port == {"https": 443, "http": 80}[scheme]
    return Checked(url=f"{scheme}://{wrapped}:{port}{path}", host=host, authority=name if usual else f"{name}:{port}")


def _parts(url: str) -> tuple[str, str, int, str]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise _refused("the webhook address cannot be read", "回调地址无法识别") from error
    if not host or parts.username is not None:
        raise _refused(
            "the webhook address needs a host and must not hold a password", "回调地址必须含域名且不得含密码"
        )
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return parts.scheme.lower(), host, port or (80 if parts.scheme.lower() == "http" else 443), path


def _refused(message_en: str, message_zh: str) -> TransportError:
    return TransportError(message_en, message_zh, permanent=True, code="address_refused")
