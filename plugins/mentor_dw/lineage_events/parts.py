"""What events are made of: names of jobs, runs and datasets, and facets. Names and counts only, no value of a row."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from openlineage.client import facet_v2 as facets
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState, set_producer

from mentor_dw.config import COPENHAGEN
from mentor_dw.ledger.alerts import Connection
from mentor_dw.masking import mask_cpr

JOBS = "mentor-dw"
#: Namespaces of datasets: tables of the warehouse, files at the door, packages, receivers.
WAREHOUSE, INBOX, OUTBOX, RECEIVERS = (
    "mentor-dw://warehouse",
    "mentor-dw://inbox",
    "mentor-dw://outbox",
    "mentor-dw://receivers",
)
#: Numbers in ledgers begin at 1 in every house; the day the house was made tells its runs from another's.
_HOUSE = "select min(applied_at)::text as made from ops.schema_version"
#: From the catalogue, which tells the names of columns to whoever may not read the rows.
_COLUMNS = """
    select
        a.attname as name,
        format_type(a.atttypid, a.atttypmod) as type
    from pg_attribute as a
    inner join pg_class as c on a.attrelid = c.oid
    inner join pg_namespace as n on c.relnamespace = n.oid
    where n.nspname || '.' || c.relname = %s and a.attnum > 0 and not a.attisdropped
    order by a.attnum
"""

set_producer(f"https://pypi.org/project/mentor-dw/{version('mentor-dw')}")


@dataclass(frozen=True)
class House:
    """What all events of a house have in common."""

    connection: Connection
    made: str

    def run_id(self, what: str, number: object) -> str:
        """The id of a run, the same whenever it is told."""
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"mentor-dw {self.made} {what} {number}"))

    def schema(self, relation: str) -> dict[str, Any]:
        """The columns of a table, as facets of a dataset; none for one that is not there."""
        rows = self.connection.execute(_COLUMNS, (relation,)).fetchall()
        fields = [facets.schema_dataset.SchemaDatasetFacetFields(name=row["name"], type=row["type"]) for row in rows]
        return {"schema": facets.schema_dataset.SchemaDatasetFacet(fields=fields)} if fields else {}


def this_house(connection: Connection) -> House:
    """The house that `connection`, of the role operator, leads to."""
    row = connection.execute(_HOUSE).fetchone()
    assert row is not None
    return House(connection, row["made"])


def event(
    state: RunState,
    at: datetime,
    job: str,
    run_id: str,
    *,
    inputs: Iterable[InputDataset] = (),
    outputs: Iterable[OutputDataset] = (),
    error: str | None = None,
    parent: tuple[str, str] | None = None,
) -> RunEvent:
    """One event. `parent`: job and run id of what it is a part of; `error` is masked."""
    run_facets: dict[str, Any] = {}
    if error is not None:
        run_facets["errorMessage"] = facets.error_message_run.ErrorMessageRunFacet(mask_cpr(error), "PYTHON")
    if parent is not None:
        run_facets["parent"] = facets.parent_run.ParentRunFacet(
            run=facets.parent_run.Run(parent[1]), job=facets.parent_run.Job(JOBS, parent[0])
        )
    return RunEvent(
        eventTime=at.astimezone(COPENHAGEN).isoformat(),
        eventType=state,
        job=Job(JOBS, job),
        run=Run(run_id, run_facets),
        inputs=list(inputs),
        outputs=list(outputs),
    )


def read(namespace: str, name: str, of: dict[str, Any] | None = None, **input_facets: Any) -> InputDataset:
    """A dataset that a run read."""
    return InputDataset(namespace, mask_cpr(name), facets=of or {}, inputFacets=input_facets)


def written(
    namespace: str, name: str, of: dict[str, Any] | None = None, rows: int | None = None, size: int | None = None
) -> OutputDataset:
    """A dataset that a run wrote, with how many rows and bytes."""
    counts: dict[str, Any] = {}
    if rows is not None or size is not None:
        counts["outputStatistics"] = facets.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
            rowCount=rows, size=size
        )
    return OutputDataset(namespace, mask_cpr(name), facets=of or {}, outputFacets=counts)


def of_version(text: str) -> dict[str, Any]:
    """Which version of a dataset it is."""
    return {"version": facets.dataset_version_dataset.DatasetVersionDatasetFacet(text)}
