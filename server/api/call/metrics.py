"""Figures for Prometheus: requests, orders by outcome, what waits. One registry per process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

registry = CollectorRegistry()

_requests = Counter("sluice_requests", "Answered requests", ("method", "route", "status"), registry=registry)
_seconds = Histogram(
    "sluice_request_seconds",
    "Time to answer",
    ("method", "route"),
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
    registry=registry,
)
_orders = Counter("sluice_orders", "Orders taken at this door", ("door", "outcome"), registry=registry)
waiting = Gauge("sluice_waiting", "Rows that wait", ("queue",), registry=registry)


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request; ``route`` is the pattern, so that ids don't multiply the series."""
    _requests.labels(method, route, str(status)).inc()
    _seconds.labels(method, route).observe(seconds)


def count_order(door: str, outcome: str) -> None:
    """Count one committed order."""
    _orders.labels(door, outcome).inc()


def exposition() -> bytes:
    """Return the text that Prometheus reads."""
    return generate_latest(registry)
