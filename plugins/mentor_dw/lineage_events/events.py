"""The events of each ledger: a delivery that was judged, a build, a publish, a step of an extract."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from openlineage.client import facet_v2 as facets
from openlineage.client.event_v2 import RunEvent, RunState

from mentor_dw.feeds import load_feed, table_name
from mentor_dw.landing.wide_tables import WIDE_TABLES
from mentor_dw.ledger import extracts
from mentor_dw.lineage_events import parts
from mentor_dw.lineage_events.parts import INBOX, OUTBOX, RECEIVERS, WAREHOUSE, House, event, read, written
from mentor_dw.warehouse.lineage import Node, read_lineage

_RULES = """
    select field, rule, rule_id, severity, member, rows_judged, sql_count
    from ops.validation
    where delivery_id = %s
    order by rule_id
"""
_CHANGES = """
    select relation, rows_inserted + rows_updated as rows
    from ops.change
    where build_id = %s
    order by relation
"""
#: The steps of an extract that are runs of a job, and how they end.
_ENDS = {
    "built": ("extract", RunState.COMPLETE),
    "build_failed": ("extract", RunState.FAIL),
    "refused_by_disclosure": ("extract", RunState.FAIL),
    "sent": ("send", RunState.COMPLETE),
    "sending_failed": ("send", RunState.FAIL),
}


def of_delivery(house: House, row: dict[str, Any]) -> Iterator[RunEvent]:
    """A delivery that was judged: the file with its checksum and what the rules counted, the tables of `raw`."""
    job, run_id = f"take.{row['source']}", house.run_id("delivery", row["delivery_id"])
    refused = row["status"] == "refused"
    entered = row["status"] in ("accepted", "superseded", "withdrawn")
    file = read(
        INBOX,
        f"{row['source']}/{row['file_name']}",
        parts.of_version(row["sha256"]),
        inputStatistics=facets.input_statistics_input_dataset.InputStatisticsInputDatasetFacet(
            rowCount=row["rows_read"], size=row["bytes"], fileCount=1
        ),
        dataQualityMetrics=facets.data_quality_metrics_input_dataset.DataQualityMetricsInputDatasetFacet(
            rowCount=row["rows_read"], bytes=row["bytes"], columnMetrics={}
        ),
        dataQualityAssertions=_assertions(house, row["delivery_id"]),
    )
    yield event(RunState.START, row["received_at"], job, run_id, inputs=[file])
    yield event(
        RunState.FAIL if refused else RunState.COMPLETE,
        row["decided_at"],
        job,
        run_id,
        inputs=[file],
        outputs=_raw_tables(house, row) if entered else [],
        error=f"{row['reason_code']}: {row['reason']}" if refused else None,
    )


def _assertions(
    house: House, delivery_id: int
) -> facets.data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet:
    """What each rule counted; it holds when it counted nothing."""
    rules = house.connection.execute(_RULES, (delivery_id,)).fetchall()
    return facets.data_quality_assertions_dataset.DataQualityAssertionsDatasetFacet(
        [
            facets.data_quality_assertions_dataset.Assertion(
                assertion=rule["rule"],
                success=rule["sql_count"] == 0,
                column=rule["field"],
                severity="error" if rule["severity"] == "critical" else "warn",
                name=rule["rule_id"],
                actual=str(rule["sql_count"]),
                expected="0",
            )
            for rule in rules
        ]
    )


def _raw_tables(house: House, row: dict[str, Any]) -> list[Any]:
    """The tables that rows went to; a wide delivery's are filled from the one file."""
    version = parts.of_version(f"{row['covers']} version {row['version']}")
    feed = load_feed(row["source"])
    if feed.wide is not None:
        names = [(f"raw.{row['source']}__{table}", None) for table in WIDE_TABLES]
    else:
        names = [
            (f"raw.{table_name(row['source'], member)}", count["rows_accepted"])
            for member, count in row["members"].items()
            if member in feed.members
        ]
    return [written(WAREHOUSE, name, version | house.schema(name), rows) for name, rows in names]


def of_build(house: House, row: dict[str, Any]) -> Iterator[RunEvent]:
    """A build, and below it one run for each model that was made anew, with what the model reads."""
    job, run_id = "build_warehouse", house.run_id("build", row["build_id"])
    lineage = read_lineage(house.connection, row["code_version"]) if row["code_version"] else None
    nodes = {node.name: node for node in lineage.nodes()} if lineage else {}
    yield event(RunState.START, row["started_at"], job, run_id)
    if row["status"] == "failed":
        yield event(RunState.FAIL, row["ended_at"], job, run_id, error=row["error"])
        return
    made = row["rebuilt"] if row["rebuilt"] is not None else list(nodes)
    for node in (nodes[name] for name in made if name in nodes and nodes[name].layer != "sources"):
        yield event(
            RunState.COMPLETE,
            row["ended_at"],
            f"build.{node.name}",
            house.run_id("model", f"{row['build_id']} {node.name}"),
            inputs=[read(WAREHOUSE, _table(nodes[name])) for name in node.reads if name in nodes],
            outputs=[written(WAREHOUSE, _table(node), house.schema(_table(node)))],
            parent=(job, run_id),
        )
    yield event(RunState.COMPLETE, row["ended_at"], job, run_id)


def _table(node: Node) -> str:
    """The table of a node: sources have their schema in their name, `webreg.borgere` is `raw.webreg__borgere`."""
    if node.layer != "sources":
        return f"{'extracts' if node.layer == 'extracts' else 'work'}.{node.name}"
    source, table = node.name.split(".", 1)
    return node.name if source == "ops" else f"raw.{source}__{table}"


def of_publish(house: House, row: dict[str, Any]) -> Iterator[RunEvent]:
    """A publish: the tables of `bi` that changed, and how many rows of each."""
    job, run_id = "publish", house.run_id("publish", row["build_id"])
    changes = house.connection.execute(_CHANGES, (row["build_id"],)).fetchall()
    parent = ("build_warehouse", house.run_id("build", row["build_id"]))
    yield event(RunState.START, row["built_at"], job, run_id, parent=parent)
    yield event(
        RunState.COMPLETE,
        row["published_at"],
        job,
        run_id,
        inputs=[read(WAREHOUSE, f"work.{one['relation']}") for one in changes],
        outputs=[
            written(
                WAREHOUSE,
                f"bi.{one['relation']}",
                parts.of_version(f"build {row['build_id']}") | house.schema(f"bi.{one['relation']}"),
                one["rows"],
            )
            for one in changes
        ],
        parent=parent,
    )


def of_extract(house: House, row: dict[str, Any]) -> Iterator[RunEvent]:
    """A step of an extract: from the tables it is told from to its package, or from the package to the receiver."""
    what, state = _ENDS[row["event"]]
    job, run_id = f"{what}.{row['name']}", house.run_id("extract", row["event_id"])
    package = f"{row['name']}/{row['stem'] or extracts.in_words(row)}"
    failed = state is RunState.FAIL
    if what == "send":
        inputs = [read(OUTBOX, package)]
        outputs = [written(RECEIVERS, f"{row['receiver']}/{row['stem']}", size=row["envelope_bytes"])]
    else:
        models = sorted({one["model"] for one in (row["specification"] or {}).get("tables", []) if "model" in one})
        inputs = [read(WAREHOUSE, f"extracts.{model}") for model in models]
        version = parts.of_version(f"{row['period']} no. {row['version']}")
        outputs = [written(OUTBOX, package, version, row["rows"], row["envelope_bytes"])]
    yield event(RunState.START, row["at"], job, run_id, inputs=inputs)
    yield event(
        state,
        row["at"],
        job,
        run_id,
        inputs=inputs,
        outputs=[] if failed else outputs,
        error=row["error"] if failed else None,
    )
