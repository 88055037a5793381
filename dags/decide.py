"""Airflow dag: carry out what somebody decided about a delivery on the page: accept, withdraw or rejudge it.

Kind: now. Started by the page Deliveries, under the name of whoever is logged in there. Failed? The message says why
the decision cannot be carried out; the delivery is as it was. docs/runbooks/refused_delivery.md
"""

from __future__ import annotations

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import dag, task

from mentor_dw.orchestration import DEFAULT_ARGS, START


@dag(
    schedule=None,
    start_date=START,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    tags=["kind:now", "layer:door"],
    doc_md=__doc__,
)
def decide() -> None:
    # What a person decided is tried once; she sees what came of it. Refused again: nothing to build.
    @task.short_circuit(retries=0)
    def carry_out(dag_run=None) -> bool:
        from mentor_dw.ingest.decide import decide

        conf = dag_run.conf
        outcome = decide(conf["decision"], conf["delivery"], conf["reason"], dag_run.triggering_user_name, print)
        print(outcome.line())
        return outcome.status != "refused"

    carry_out() >> TriggerDagRunOperator(task_id="build", trigger_dag_id="build_warehouse")


decide()
