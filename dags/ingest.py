"""Airflow dag per source: take deliveries from its inbox folder, judge them, accept or refuse each one whole.

Kind: now. Failed? Mend what the message names and start a new run; nothing is lost by waiting for the next minute.
A red `tell` means a delivery was refused; its one-line reason is in the task's log, in `mentor-dw status` and beside
the file in `refused/`. docs/runbooks/refused_delivery.md
"""

from __future__ import annotations

from airflow.sdk import dag, task

from mentor_dw.feeds import load_feed, sources
from mentor_dw.orchestration import EVERY_MINUTE, accepted_alias, skip_unless, tell_if_build_is_due


def ingest_dag(source: str) -> None:
    """Wire the ingest of one source."""

    @dag(
        dag_id=f"ingest_{source}",
        tags=["kind:now", f"source:{source}"],
        doc_md=__doc__,
        **EVERY_MINUTE,
    )
    def ingest() -> None:
        @task(outlets=[accepted_alias(source)])
        def take(dag_run=None, *, outlet_events: dict) -> list[dict]:
            from mentor_dw.ingest.flow import something_to_do, take_all

            skip_unless(something_to_do(source, wait=bool((dag_run.conf or {}).get("wait"))), "Nothing lies ready.")
            outcomes = take_all(source)
            tell_if_build_is_due(source, outlet_events)
            return outcomes

        @task(retries=0)
        def tell(outcomes: list[dict]) -> str:
            from mentor_dw.ingest.flow import tell_outcomes

            return tell_outcomes(outcomes)

        tell(take())

    ingest()


for _source in sources():
    if load_feed(_source).wide is None:
        ingest_dag(_source)
