"""Airflow dag: once a night let go of what is past its days, then back up.

Kind: now. Looks every quarter of an hour whether it is time; a run that a person starts does the work at once. Failed?
The next night makes it good; docs/runbooks/failed_task.md
"""

from __future__ import annotations

from airflow.sdk import dag, task

from mentor_dw.orchestration import DEFAULT_ARGS, START


@dag(
    schedule="*/15 * * * *",
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["kind:now", "layer:housekeeping"],
    doc_md=__doc__,
)
def night() -> None:
    @task.short_circuit(retries=0)
    def look(dag_run=None) -> bool:
        from mentor_dw.housekeeping import night_work_is_due

        return dag_run.run_type == "manual" or night_work_is_due()

    @task
    def let_go() -> dict:
        from mentor_dw.housekeeping import let_go

        return let_go(print)

    @task
    def back_up(_let_go: dict) -> str | None:
        from mentor_dw.backup.state import back_up_at_night

        return back_up_at_night(print)

    done = let_go()
    look() >> done
    back_up(done)


night()
