"""Airflow dag per extract: on the days before its deadline plan and build its package; send what is released.

Kind: per-period. Failed? Mend what the message names and start a new run; conf {"period": "2016-03"} builds one.
Nothing goes out before a second person released it: `mentor-dw release`. docs/extracts.md
"""

from __future__ import annotations

from airflow.sdk import dag, task

from mentor_dw.delivery.specification.read import specifications
from mentor_dw.orchestration import PER_PERIOD
from mentor_dw.timetables import ReadyDays


def extract_dag(name: str) -> None:
    """Wire the delivery of one extract."""

    @dag(
        dag_id=f"extract_{name}",
        schedule=ReadyDays(name),
        tags=["kind:per-period", "layer:extracts"],
        doc_md=__doc__,
        **PER_PERIOD,
    )
    def extract() -> None:
        @task
        def plan(dag_run=None) -> list[str]:
            from mentor_dw.delivery import flow
            from mentor_dw.delivery.flow_places import AIRFLOW

            period = (dag_run.conf or {}).get("period")
            if period is None:
                return flow.plan(name)
            return [period] if flow.plan_period(name, period, by=AIRFLOW) else []

        @task
        def build(planned: list[str]) -> list[int]:
            from mentor_dw.delivery.flow import build_planned

            print(f"planned now: {', '.join(planned) or 'nothing new'}")
            return build_planned(name)

        @task
        def send(built: list[int]) -> list[int]:
            from mentor_dw.delivery.flow_send import send_released

            print(f"built now: {len(built)}")
            return send_released(name)

        send(build(plan()))

    extract()


for _name in specifications():
    extract_dag(_name)
