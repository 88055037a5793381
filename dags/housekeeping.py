"""Airflow dag: every five minutes send what is released, read kvitteringer, tell what is wrong; at night tidy, back up.

Kind: now. Failed? A red `tell` names what is wrong, once (docs/alerts.md). Night work is made good by the next night.
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
    @task.branch(retries=0)
    def look(ti=None, dag_run=None) -> list[str]:
        from mentor_dw.housekeeping import look_after, night_work_is_due

        alerts = look_after(print)
        ti.xcom_push(key="alerts", value=alerts)
        night = bool((dag_run.conf or {}).get("night")) or night_work_is_due()
        return [*(["tell"] if alerts else []), *(["let_go"] if night else [])]

    @task(retries=0)
    def tell(ti=None) -> None:
        from mentor_dw.housekeeping import tell_alerts

        tell_alerts(ti.xcom_pull(task_ids="look", key="alerts"))

    @task
    def let_go() -> dict:
        from mentor_dw.housekeeping import let_go

        return let_go(print)

    @task
    def back_up(_let_go: dict) -> str | None:
        from mentor_dw.backup.state import back_up_at_night

        return back_up_at_night(print)

    @task(retries=0)
    def late_deliveries(_let_go: dict) -> list[str]:
        from mentor_dw.housekeeping import tell_late_deliveries

        return tell_late_deliveries()

    done = let_go()
    look() >> [tell(), done]
    [late_deliveries(done), back_up(done)]


housekeeping()
