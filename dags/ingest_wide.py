"""Airflow dag per wide source: take deliveries from its inbox; a large plain file is landed in parts side by side.

Kind: now. Failed? Mend what the message names and start a new run; nothing is lost by waiting for the next minute.
A red `tell` means a delivery was refused; its one-line reason is in the task's log, in `mentor-dw status` and beside
the file in `refused/`. docs/runbooks/refused_delivery.md
"""

from __future__ import annotations

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import TriggerRule, dag, task

from mentor_dw.feeds import load_feed, sources
from mentor_dw.orchestration import EVERY_MINUTE, accepted_alias, skip_unless, tell_if_build_is_due


def ingest_dag(source: str) -> None:
    """Wire the ingest of one wide source."""

    @dag(f"ingest_{source}", tags=["kind:now", f"source:{source}"], doc_md=__doc__, **EVERY_MINUTE)
    def ingest() -> None:
        @task(outlets=[accepted_alias(source)])
        def take(ti=None, dag_run=None, *, outlet_events: dict) -> list[dict]:
            from mentor_dw.ingest.wide_flow import something_to_do, take_until_parts

            skip_unless(something_to_do(source, wait=bool((dag_run.conf or {}).get("wait"))), "Nothing lies ready.")
            taken = take_until_parts(source)
            ti.xcom_push(key="outcomes", value=taken["outcomes"])
            tell_if_build_is_due(source, outlet_events)
            return taken["parts"]

        @task
        def land(part: dict) -> dict:
            from mentor_dw.ingest import wide_flow

            return wide_flow.land(source, part)

        @task(outlets=[accepted_alias(source)], multiple_outputs=True)
        def decide(parts: list[dict], *, outlet_events: dict) -> dict:
            from mentor_dw.ingest.wide_flow import decide_landed

            decided = decide_landed(source, parts)
            tell_if_build_is_due(source, outlet_events)
            return decided

        @task(retries=0, trigger_rule=TriggerRule.NONE_FAILED_MIN_ONE_SUCCESS)
        def tell(taken: list[dict], decided: list[dict] | None) -> str:
            from mentor_dw.ingest.wide_flow import tell_outcomes

            return tell_outcomes([*taken, *(decided or [])])

        parts = take()
        decided = decide(land.expand(part=parts))
        tell(parts["outcomes"], decided["outcomes"])
        go_on = TriggerDagRunOperator(task_id="go_on", trigger_dag_id=f"ingest_{source}")
        task.short_circuit(lambda more: more, task_id="more_waits")(decided["more"]) >> go_on

    ingest()


for _source in (source for source in sources() if load_feed(source).wide is not None):
    ingest_dag(_source)
