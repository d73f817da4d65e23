"""Celery on RabbitMQ: carries the ids of due jobs to workers on several machines.

Place in the order's way: after the commit. Its one task calls the same `perform` as the thread pool; a message that is
lost, doubled or late changes nothing, because the job's row is the truth. ETA and countdown are never used: a timer is
a row with a due time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from celery import Celery

from server.jobs.perform import perform

if TYPE_CHECKING:
    from server.jobs.perform import Terms
    from server.needs import Needs

TASK = "sluice.perform"
QUEUE = "sluice.jobs"


def make_app(deps: Needs, terms: Terms | None = None) -> Celery:
    """Return the app of this process; its task works with ``deps``."""
    app = Celery("sluice", broker=deps.settings.broker_url, set_as_current=False)
    app.conf.update(
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        task_ignore_result=True,
        task_default_queue=QUEUE,
        task_queue_max_priority=10,
        task_publish_retry=False,
        broker_transport_options={"confirm_publish": True},
        broker_connection_timeout=4,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
    )

    def task(job_id: str) -> None:
        perform(deps, job_id, terms)

    app.task(task, name=TASK)
    return app


def publish(app: Celery, job_id: str, priority: int) -> None:
    """Hand one id to the broker and wait until it has it."""
    app.send_task(TASK, (job_id,), queue=QUEUE, priority=priority)
