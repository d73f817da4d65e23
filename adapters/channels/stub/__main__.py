"""Serve a platform's stub with a new order every few seconds."""

from __future__ import annotations

import argparse
import sys
import threading

from adapters.channels.stub.server import DIALECTS, Server


def main() -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m adapters.channels.stub", description="示例平台 · a stub platform")
    parser.add_argument("--platform", choices=sorted(DIALECTS), default="taobao")
    parser.add_argument("--port", type=int, default=8098)
    parser.add_argument("--every-s", type=float, default=5.0, help="seconds between two orders")
    options = parser.parse_args()
    server = Server(options.platform, port=options.port)
    shop, ended = server.shop, threading.Event()

    def sell() -> None:
        while not ended.wait(options.every_s):
            now = shop.clock()
            server.order(str(int(now.timestamp() * 1000)), now)

    threading.Thread(target=sell, daemon=True).start()
    keys = f"app_key={shop.key} app_secret={shop.secret} access_token={shop.token} refresh_token={shop.renewal}"
    sys.stdout.write(f"{options.platform}: {server.url} {keys}\n")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        ended.set()
        server.server_close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
