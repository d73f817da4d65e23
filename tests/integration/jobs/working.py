"""Shared words of the tests of jobs."""

from __future__ import annotations

from datetime import timedelta

from server.backoff import Backoff
from server.db import jobs
from server.jobs import Terms

STEADY = Backoff((10.0, 100.0), jitter=0.0)


def add(deps, kind="work", args=None, **wish):
    with deps.store.db.write() as conn:
        return jobs.enqueue(conn, kind, args or {}, now=deps.clock(), **wish)


def row(deps, job_id):
    with deps.store.db.read() as conn:
        return jobs.get(conn, job_id)


def due(deps, limit=10):
    with deps.store.db.read() as conn:
        return jobs.due(conn, deps.clock(), limit)


def terms(**handlers):
    return Terms(handlers=handlers, backoff=STEADY)


def raising(error):
    def work(_deps, _args):
        raise error

    return work


def giving(result):
    def work(_deps, _args):
        return result

    return work


def claimed(deps, job_id, owner, seconds=15):
    with deps.store.db.write() as conn:
        now = deps.clock()
        return jobs.claim(conn, job_id, owner, now=now, until=now + timedelta(seconds=seconds))
