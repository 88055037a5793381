"""Airflow dag: let go of what need not be kept, and say which deliveries are late.

Kind: now. Runs every night. Failed? The next night makes it good; a late delivery is named until it comes.
docs/runbooks/late_delivery.md
"""

from __future__ import annotations

from airflow.sdk import dag, task
from mentor_dw.orchestration import DEFAULT_ARGS, START


@dag(
    schedule="30 2 * * *",
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["kind:now", "layer:housekeeping"],
    doc_md=__doc__,
)
def housekeeping() -> None:
    @task
    def let_go() -> dict:
        from mentor_dw.housekeeping import let_go

        return let_go(print)

    @task(retries=0)
    def late_deliveries(_let_go: dict) -> list[str]:
        from mentor_dw.housekeeping import tell_late_deliveries

        return tell_late_deliveries()

    late_deliveries(let_go())


housekeeping()
