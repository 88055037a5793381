"""How Celery works here; named by [celery] celery_config_options, so every worker imports it before it forks.

A worker is one process that imports what tasks need and then forks a pool of processes, each of which runs one task
after the other in a fork of its own. No task pays for the imports, as with the executor of one machine (executor.py).
"""

from __future__ import annotations

from typing import Any

from airflow.providers.celery.executors.default_celery import DEFAULT_CELERY_CONFIG
from celery.signals import worker_init

from mentor_dw.local.executor import import_what_tasks_need

CONFIG: dict[str, Any] = DEFAULT_CELERY_CONFIG | {
    # A Redis that is away comes back; a worker that gave up would have to be started by somebody.
    "broker_connection_max_retries": None,
    "broker_connection_retry": True,
    # What a task gave back and said is in Airflow's database; Celery keeps whether it ended well, and for how long.
    "result_extended": False,
}


@worker_init.connect
def _import_before_the_pool_is_forked(**_: Any) -> None:
    import_what_tasks_need()
