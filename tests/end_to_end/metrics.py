"""The metrics of dbt_project/models/semantic asked as a tool would, and compared with `figure`.

MetricFlow says the SQL of a question; it runs on the published tables. A metric's `meta.figure` says which members of
which measure it is:

- `by`: a dimension of the figure and the column it is, or `{is: column, members: dimension of figure_member}`, or
  `{is: column, values: {code: member}}`; `const`: dimensions that are the same for all of them; `any`: dimensions that
  are not looked at;
- `where`, `where_not`: columns and the value they must or must not have; `from`, `to`: days of the metric's time;
- `part`: the metric has other members, and the figure too.
"""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from measures import Member, figures, is_same
from psycopg import Connection

from mentor_dw.config import PROJECT_ROOT

MEMBERS = PROJECT_ROOT / "dbt_project" / "seeds" / "figures" / "figure_member.csv"


@dataclass(frozen=True)
class Asked:
    """One question to one metric, and the members of a measure that the answer must be."""

    metric: str
    is_ratio: bool
    said: dict[str, Any]

    @property
    def by(self) -> dict[str, dict[str, Any]]:
        """The figure's dimensions and the columns they are."""
        return {name: how if isinstance(how, dict) else {"is": how} for name, how in self.said.get("by", {}).items()}

    @property
    def const(self) -> dict[str, str]:
        return self.said.get("const", {})

    @property
    def any(self) -> set[str]:
        return set(self.said.get("any", []))


class Metrics:
    """The metrics of a parsed dbt project, asked of schema `bi`."""

    def __init__(self, manifest: Any, folder: Path) -> None:
        from dbt.contracts.graph.semantic_manifest import SemanticManifest
        from metricflow.engine.metricflow_engine import MetricFlowEngine
        from metricflow_semantics.model.dbt_manifest_parser import parse_manifest_from_dbt_generated_manifest
        from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup

        file = folder / "semantic_manifest.json"
        SemanticManifest(manifest).write_json_to_file(str(file))
        told = json.loads(file.read_text(encoding="utf-8"))
        spines = told["project_configuration"]["time_spines"]
        for place in [model["node_relation"] for model in (*told["semantic_models"], *spines)]:
            place |= {"schema_name": "bi", "database": None, "relation_name": f"bi.{place['alias']}"}
        self.asked = [
            Asked(metric["name"], metric["type"] == "ratio", entry)
            for metric in told["metrics"]
            for entry in ((metric["config"] or {}).get("meta") or {}).get("figure", [])
        ]
        self.names = {metric["name"] for metric in told["metrics"]}
        lookup = SemanticManifestLookup(parse_manifest_from_dbt_generated_manifest(json.dumps(told)))
        self._engine = MetricFlowEngine(lookup, _NoClient())

    def sql(self, asked: Asked) -> str:
        """The query that MetricFlow makes of the question."""
        from metricflow.engine.metricflow_engine import MetricFlowQueryRequest

        said = asked.said
        request = MetricFlowQueryRequest.create(
            metric_names=[asked.metric],
            group_by_names=[how["is"] for how in asked.by.values()],
            time_constraint_start=_day(said.get("from")),
            time_constraint_end=_day(said.get("to")),
            where_constraints=[
                *(_condition(column, "=", value) for column, value in said.get("where", {}).items()),
                *(_condition(column, "<>", value) for column, value in said.get("where_not", {}).items()),
            ],
        )
        return self._engine.explain(request).sql_statement.sql

    def answers(self, connection: Connection[dict], asked: Asked, unit: str) -> dict[Member, Decimal]:
        """The answer, by the members that the figure has."""
        found: dict[Member, Decimal] = defaultdict(Decimal)
        times = 100 if asked.is_ratio and unit == "pct" else 1
        for row in connection.execute(self.sql(asked)).fetchall():
            value = times * Decimal(str(row[asked.metric] or 0))
            for member in _members(asked, row):
                found[member] += value
        return found


def differences(connection: Connection[dict], metrics: Metrics) -> list[str]:
    """Where a metric and `figure` say something else, or two metrics say the same member."""
    told = figures(connection)
    units = {r["measure"]: r["unit"] for r in connection.execute("select measure, unit from bi.figure").fetchall()}
    found, claimed = [], set()
    for asked in metrics.asked:
        measure, part = asked.said["measure"], asked.said.get("part", False)
        answers = metrics.answers(connection, asked, units[measure])
        names = {*asked.by, *asked.const} | asked.any
        printed = {
            frozenset((name, word) for name, word in member if name not in asked.any): value
            for member, value in told[measure].items()
            if {name for name, _ in member} == names and asked.const.items() <= dict(member).items()
        }
        listed = {member: value for member, value in printed.items() if _is_listed(asked, member)}
        if any(listed.values()) and not listed.keys() & answers.keys():
            found.append(f"{asked.metric}: no member of {measure}")
        for member in listed.keys() | answers.keys():
            if part and not (member in listed and member in answers):
                continue
            if member not in listed or not is_same(listed[member], answers.get(member)):
                found.append(f"{asked.metric} {measure} {dict(member)}: {answers.get(member)}, {printed.get(member)}")
        mine = {(measure, member) for member in answers.keys() & listed.keys()}
        found += [f"{asked.metric} {measure}: another metric has said it" for _ in mine & claimed]
        claimed |= mine
    return found


def _is_listed(asked: Asked, member: Member) -> bool:
    """Whether the question is about this member: a total is asked by itself, with its word as a constant."""
    totals = {"alle", "I alt"}
    return all(word not in totals or name in asked.const for name, word in member)


def _members(asked: Asked, row: dict[str, Any]) -> Iterator[Member]:
    """The members that a row of the answer belongs to; a code without one has none."""
    found: list[dict[str, str]] = [dict(asked.const)]
    for name, how in asked.by.items():
        code = row[how["is"]]
        if "members" in how:
            words = [word for of, kode, word in _figure_members() if (of, kode) == (how["members"], code)]
        else:
            words = [how.get("values", {}).get(code, str(code.date() if isinstance(code, datetime) else code))]
        found = [member | {name: word} for member in found for word in dict.fromkeys(words)]
    return map(lambda member: frozenset(member.items()), found)


@cache
def _figure_members() -> list[tuple[str, str, str]]:
    with MEMBERS.open(encoding="utf-8", newline="") as handle:
        return [(row["dimension"], row["kode"], row["medlem"]) for row in csv.DictReader(handle)]


def _condition(column: str, sign: str, value: Any) -> str:
    literal = f"'{value}'" if isinstance(value, str) else str(value).lower()
    return f"{{{{ Dimension('{column}') }}}} {sign} {literal}"


def _day(said: str | date | None) -> datetime | None:
    return None if said is None else datetime.fromisoformat(str(said))


class _NoClient:
    """What MetricFlow wants to know of a database that it only writes SQL for."""

    def __init__(self) -> None:
        from metricflow.protocols.sql_client import SqlEngine
        from metricflow.sql.render.postgres import PostgresSQLSqlPlanRenderer

        self.sql_engine_type = SqlEngine.POSTGRES
        self.sql_plan_renderer = PostgresSQLSqlPlanRenderer()
