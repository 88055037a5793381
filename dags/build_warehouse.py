"""Airflow dag: build the stars in `work`, test them there, publish the differences to `bi` in one transaction.

Kind: now. Starts when the deliveries that count change. Failed? `bi` still shows the last good state; mend what the
message names and start a new run. docs/runbooks/failed_build.md
"""

from __future__ import annotations

from airflow.sdk import AssetAny, dag, task

from mentor_dw.feeds import sources
from mentor_dw.orchestration import DEFAULT_ARGS, START, accepted_asset


@dag(
    schedule=AssetAny(*[accepted_asset(source) for source in sources()]),
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["kind:now", "layer:warehouse"],
    doc_md=__doc__,
)
def build_warehouse() -> None:
    @task
    def build(ti=None, dag_run=None) -> int:
        from airflow.sdk.exceptions import AirflowSkipException

        from mentor_dw.warehouse.attempt import attempt_build

        build_id = attempt_build(
            print,
            try_number=ti.try_number,
            only_if_wanted=dag_run.run_type == "asset_triggered",
            full=bool((dag_run.conf or {}).get("full")),
        )
        if build_id is None:
            raise AirflowSkipException("An earlier build is made of the same deliveries.")
        return build_id

    @task
    def publish(build_id: int) -> dict:
        from mentor_dw.warehouse.publish import publish

        return publish(build_id)

    publish(build())


build_warehouse()
