"""Airflow dag: every five minutes send what is released, read kvitteringer, and tell what began to be wrong.

Kind: now. Failed? A red `tell` names what is wrong, once (docs/alerts.md); a red `look` is made good by the next run.
"""

from __future__ import annotations

from airflow.sdk import dag, task

from mentor_dw.orchestration import DEFAULT_ARGS, START


@dag(
    schedule="*/5 * * * *",
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["kind:now", "layer:housekeeping"],
    doc_md=__doc__,
)
def housekeeping() -> None:
    # Mostly there is nothing to tell; then the task after it is spared.
    @task.short_circuit(retries=0)
    def look() -> list[str]:
        from mentor_dw.housekeeping import look_after

        return look_after(print)

    @task(retries=0)
    def tell(alerts: list[str]) -> None:
        from mentor_dw.housekeeping import tell_alerts

        tell_alerts(alerts)

    tell(look())


housekeeping()
