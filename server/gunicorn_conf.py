"""How gunicorn serves us: one process with threads on SQLite (one writer), several processes on PostgreSQL."""

from __future__ import annotations

from typing import Any

from server import log
from server.background import Background, start_web
from server.config import load_settings

_settings = load_settings()
_running: dict[int, Background] = {}

bind = f"{_settings.host}:{_settings.port}"
workers = 1 if _settings.is_sqlite else _settings.web_workers
threads = _settings.threads
forwarded_allow_ips = ",".join(_settings.trusted_proxies)
worker_class = "server.gthread.FairWorker"
timeout = 60
graceful_timeout = 20
keepalive = 5
accesslog = None
errorlog = "-"
loglevel = "warning"


def post_fork(_server: Any, _worker: Any) -> None:
    """Log as JSON in every web process."""
    log.configure()


def post_worker_init(worker: Any) -> None:
    """Start what runs beside the requests of this process."""
    _running[worker.pid] = start_web(worker.wsgi.extensions["sluice"])


def worker_exit(_server: Any, worker: Any) -> None:
    """Stop it, and end the children."""
    background = _running.pop(worker.pid, None)
    if background is not None:
        background.stop()
