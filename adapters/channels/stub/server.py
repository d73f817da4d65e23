"""The stub's HTTP server: one shop of one platform on a port."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import parse_qsl, urlsplit

from adapters.channels.stub import md5_signed, own_signed, plain
from adapters.channels.stub.dialect import Listed, Reply, Request
from adapters.channels.stub.shop import Shop

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.channels.stub.dialect import Dialect, Wish

DIALECTS: dict[str, Dialect] = {
    "alibaba": own_signed.ALIBABA,
    "douyin": own_signed.DOUYIN,
    "jd": md5_signed.JD,
    "meituan": own_signed.MEITUAN,
    "pinduoduo": md5_signed.PINDUODUO,
    "shopify": plain.SHOPIFY,
    "taobao": md5_signed.TAOBAO,
    "wechat": plain.WECHAT,
    "woocommerce": plain.WOOCOMMERCE,
    "youzan": plain.YOUZAN,
}


def answer(dialect: Dialect, shop: Shop, request: Request) -> Reply:
    """Answer a call as the platform would."""
    wish = dialect.read(request, shop)
    with shop.lock:
        shop.calls.append(wish.kind)
    if not wish.signed:
        return dialect.refused("signature", shop)
    if wish.kind == "renew":
        tokens = shop.renew(wish.renewal)
        return dialect.renewed(tokens) if tokens else dialect.refused("token", shop)
    if wish.token is not None and wish.token != shop.token:
        return dialect.refused("token", shop)
    if wish.kind == "list":
        return dialect.listing(_page(shop, wish, request))
    order = shop.get(wish.number)
    return dialect.detail(order) if order else dialect.refused("missing", shop)


def _page(shop: Shop, wish: Wish, request: Request) -> Listed:
    if wish.since is None or wish.until is None:
        raise ValueError("a list needs a span")
    found, size = shop.between(wish.since, wish.until), shop.page or wish.size
    total = -(-len(found) // size) * wish.size if shop.page else len(found)  # the caller counts in his own pages
    first = (wish.page - 1) * size
    return Listed(found[first : first + size], total, wish.page, first + size < len(found), request)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    shop: ClassVar[Shop]
    dialect: ClassVar[Dialect]

    def do_GET(self) -> None:
        """Answer a call."""
        self._serve()

    def do_POST(self) -> None:
        """Answer a call."""
        self._serve()

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        trouble = self.shop.misbehave()
        if trouble == "drop":
            self.close_connection = True
        elif trouble == "fail":
            self._send(Reply({"error": "told to fail"}, 503))
        elif trouble == "limit":
            self._send(self.dialect.refused("limit", self.shop))
        else:
            reply = answer(self.dialect, self.shop, Request(self.command, parts.path, query, headers, body))
            self._send(reply, half=trouble == "half")

    def _send(self, reply: Reply, *, half: bool = False) -> None:
        data = json.dumps(reply.value, ensure_ascii=False).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if half else data)
        self.close_connection = self.close_connection or half

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: orders do not belong into a terminal."""


class Server(ThreadingHTTPServer):
    """One platform's shop on a port; one thread a connection."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, platform: str, shop: Shop | None = None, *, host: str = "127.0.0.1", port: int = 0) -> None:
        self.shop, self.dialect = shop or Shop(), DIALECTS[platform]
        super().__init__((host, port), type("BoundHandler", (Handler,), {"shop": self.shop, "dialect": self.dialect}))

    @property
    def url(self) -> str:
        """Return the address to put into the channel."""
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"

    def order(self, number: str, at: datetime, *, late_s: float = 0) -> None:
        """Put a sample order of two connectors into the shop, paid at ``at``."""
        self.shop.add(number, at, self.dialect.sample(number, at), late_s=late_s)
