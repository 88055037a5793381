"""What the DAG files share: assets, defaults and the retry rule. The only module besides `local` that knows Airflow.

Importing it must stay cheap: the dag-processor does so at every parse.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Asset, AssetAlias, ExceptionRetryPolicy, RetryAction, RetryRule

#: The first day any schedule counts from; nothing is ever caught up, so it only has to lie in the past.
START = pendulum.datetime(2026, 1, 1, tz="Europe/Copenhagen")

#: A check that failed fails again; a database that did not answer may answer in a moment.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule("mentor_dw.errors.DatabaseTrouble", RetryAction.RETRY, timedelta(seconds=10), "database trouble"),
        RetryRule("mentor_dw.errors.MentorDwError", RetryAction.FAIL, reason="a person must act"),
    ],
    default=RetryAction.DEFAULT,
)

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "mentor-dw",
    "retries": 2,
    "retry_delay": timedelta(seconds=10),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=2),
    "retry_policy": RETRY_POLICY,
}


def accepted_asset(source: str) -> Asset:
    """The asset that changes when the deliveries of `source` that count change."""
    return Asset(f"accepted_{source}", uri=f"mentor-dw://raw/{source}")


def accepted_alias(source: str) -> AssetAlias:
    """Lets the ingest task change the asset only when there is something to build from."""
    return AssetAlias(f"accepted_{source}")
