"""What the DAG files share: assets, defaults and the retry rule. The only module besides `local` that knows Airflow.

Importing it must stay cheap: the dag-processor does so at every parse.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, AssetAlias, ExceptionRetryPolicy, RetryAction, RetryDecision, RetryRule
from airflow.sdk.exceptions import AirflowSkipException

#: The first day any schedule counts from; nothing is ever caught up, so it only has to lie in the past.
START = pendulum.datetime(2026, 1, 1, tz="Europe/Copenhagen")

#: The longest pause between two tries.
LONGEST_DELAY = timedelta(minutes=10)


class BackOff(ExceptionRetryPolicy):
    """An ExceptionRetryPolicy whose delays double from try to try, up to LONGEST_DELAY.

    Airflow takes the delay of a rule as it is, in place of the exponential one of the task.
    """

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Any | None = None
    ) -> RetryDecision:
        """The decision about `exception` in try `try_number` (the first is 1)."""
        decision = super().evaluate(exception, try_number, max_tries, context)
        if decision.retry_delay is None:
            return decision
        return replace(decision, retry_delay=min(decision.retry_delay * 2 ** (try_number - 1), LONGEST_DELAY))


#: A check that failed fails again; a database that did not answer may answer in a moment, and a disk may have room in
#: some. The first rule that fits counts. tests/dags/test_retries.py has the decision about every class of errors.
RETRY_POLICY = BackOff(
    rules=[
        RetryRule("mentor_dw.errors.DatabaseTrouble", RetryAction.RETRY, timedelta(seconds=10), "database trouble"),
        RetryRule("mentor_dw.errors.TryAgain", RetryAction.RETRY, timedelta(minutes=1), "it passes by itself"),
        RetryRule(
            "mentor_dw.delivery.transport.errors.TransportTrouble", RetryAction.RETRY, timedelta(minutes=1), "the line"
        ),
        RetryRule("mentor_dw.errors.MentorDwError", RetryAction.FAIL, reason="a person must act"),
    ],
    default=RetryAction.DEFAULT,
)


def tell_failure(context: Any) -> None:
    """Tell at once that a task failed for good; called by Airflow after the last try."""
    from mentor_dw.alerting.tell import after_failure

    failed = context["ti"]
    after_failure(failed.dag_id, failed.task_id)


DEFAULT_ARGS: dict[str, Any] = {
    "owner": "mentor-dw",
    "retries": 2,
    "retry_delay": timedelta(seconds=10),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=2),
    # What the policy does not know, and a task whose process was killed: the delays above.
    "retry_policy": RETRY_POLICY,
    "on_failure_callback": tell_failure,
}

#: How a DAG of one extract runs: on the days its packages are made.
PER_PERIOD: dict[str, Any] = {"start_date": START, "catchup": False, "max_active_runs": 1, "default_args": DEFAULT_ARGS}

#: How an ingest DAG runs: one run at a time, asked every minute whether something lies ready.
EVERY_MINUTE: dict[str, Any] = {
    "schedule": "* * * * *",
    "start_date": START,
    "catchup": False,
    "max_active_runs": 1,
    "default_args": DEFAULT_ARGS,
}


def accepted_asset(source: str) -> Asset:
    """The asset that changes when the deliveries of `source` that count change."""
    return Asset(f"accepted_{source}", uri=f"mentor-dw://raw/{source}")


def accepted_alias(source: str) -> AssetAlias:
    """Lets the ingest task change the asset only when there is something to build from."""
    return AssetAlias(f"accepted_{source}")


def tell_if_build_is_due(source: str, outlet_events: Any) -> None:
    """Change the asset of `source`, by the `outlet_events` of a task with its alias, when a build is due."""
    from mentor_dw.warehouse.wanted import build_is_due

    if build_is_due():
        outlet_events[accepted_alias(source)].add(accepted_asset(source))


def skip_unless(there_is: bool, otherwise: str) -> None:
    """End the task as skipped, saying `otherwise`, unless `there_is` something to do."""
    if not there_is:
        raise AirflowSkipException(otherwise)
