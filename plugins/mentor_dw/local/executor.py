"""Airflow's LocalExecutor, with what tasks import at hand.

Every task runs in a fork of a worker, and every worker is a fork of the scheduler. Great Expectations and dbt take
about ten seconds of processor time to import; done once before the workers are forked, no task pays for it and all
share the memory. Imports only: nothing of a delivery or a build is kept between tasks.
"""

from __future__ import annotations

import gc

from airflow.executors.local_executor import LocalExecutor


class PreparedLocalExecutor(LocalExecutor):
    """LocalExecutor whose workers have imported what the tasks of this house need."""

    def start(self) -> None:
        """Import, then fork the workers; without `fork` every task imports for itself, as it would anyway."""
        if self.is_mp_using_fork:
            import_what_tasks_need()
        super().start()


def import_what_tasks_need() -> None:
    """Import Great Expectations, dbt and the compiled reader of wide files.

    Starts no thread, so that forks inherit no lock that nobody releases.
    """
    import dbt.adapters.postgres
    import dbt.cli.main  # noqa: F401

    import mentor_dw.ingest.flow
    import mentor_dw.warehouse.build
    import mentor_dw.warehouse.publish  # noqa: F401
    from mentor_dw.reading.wide import kernel
    from mentor_dw.validation.gx_suite import import_gx

    import_gx()
    kernel.load()
    gc.collect()
