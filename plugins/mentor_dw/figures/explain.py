"""What stands behind one figure: how it was counted, from how many rows, by which model, out of which deliveries.

Counts only; no person, no key and no row of a fact is read out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.sql import SQL, Identifier
from psycopg.types.json import Jsonb

from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.figures import as_number
from mentor_dw.figures.choose import choose
from mentor_dw.figures.period import days_of
from mentor_dw.ledger.counting import effective
from mentor_dw.ledger.listing import local_time
from mentor_dw.warehouse.as_known import past_warehouse
from mentor_dw.warehouse.lineage import Lineage, read_lineage

#: What an explanation reads beside the facts.
_TABLES = ("figure", "figure_basis", "figure_definition", "figure_published", "dim_reform")
_SHA_SHOWN = 12


@dataclass(frozen=True)
class _Shown:
    """A state of the warehouse: where its tables are, how they were made, and from which deliveries."""

    schema: str
    lineage: Lineage
    deliveries: list[int]
    effective: set[int]


def explain(figure: str, where: Mapping[str, str]) -> dict[str, Any]:
    """What stands behind the figure that is published, as an object for JSON.

    `figure` is the id of a published number or a measure, `where` some of its dimensions. The keys are: figure
    (measure, dimensions, value, unit), published (a list: id, value as printed, agrees ...), definition, basis
    (numerator, denominator, kind: counted, ratio, stated), period, reforms, facts (table, rows, and how many of them
    count and it was divided by, None where the model does not say), citizens (the same of persons, or None), model,
    made_from, deliveries, build and last_changed; known_at is None. A figure that is not computed has no value and
    `why_not`.

    Raises SeveralFigures, or MentorDwError for an unknown figure and when nothing has been published.
    """
    while True:
        with connect("operator") as connection:
            build = _published_build(connection)
            lineage = read_lineage(connection, build["code_version"] or "")
        if lineage is None:
            raise MentorDwError(
                "The published build was made before builds kept what their figures are made from.",
                "`mentor-dw build` makes a new one.",
            )
        shown = _Shown("bi", lineage, build["deliveries"], set(build["effective"].values()))
        with connect("bi_reader") as connection:
            found = _explained(connection, shown, figure, where)
        with connect("operator") as connection:
            # A publish in between would put the numbers of one build beside the name of another.
            if _published_build(connection)["build_id"] != build["build_id"]:
                continue
            return found | {
                "deliveries": _deliveries(connection, shown, found.pop("sources")),
                "build": {
                    "build_id": build["build_id"],
                    "published_at": local_time(build["published_at"]),
                    "code_version": build["code_version"],
                },
                "last_changed": last_changed(connection, found["figure"]),
                "known_at": None,
            }


def explain_as_known_at(moment: datetime, figure: str, where: Mapping[str, str]) -> dict[str, Any]:
    """The same as known at `moment`: computed again from the deliveries decided by then. It has no build."""
    with past_warehouse(moment, _TABLES) as past:
        shown = _Shown(
            past.schema,
            Lineage.from_manifest(past.manifest),
            [one.delivery_id for one in past.deliveries],
            {one.delivery_id for one in effective(past.deliveries).values()},
        )
        with connect("transformer") as connection:
            found = _explained(connection, shown, figure, where)
            return found | {
                "deliveries": _deliveries(connection, shown, found.pop("sources")),
                "build": None,
                "last_changed": None,
                "known_at": local_time(moment),
            }


def _published_build(connection: Connection[dict]) -> dict[str, Any]:
    row = connection.execute(
        "select build_id, published_at, code_version, deliveries, effective from ops.build"
        " where status = 'published' order by build_id desc limit 1"
    ).fetchone()
    if row is None:
        raise MentorDwError(
            "Nothing has been published yet, so there are no figures.",
            "Put a delivery into the inbox and run `mentor-dw load --wait`; `mentor-dw status` shows how far it is.",
        )
    return row


def _explained(connection: Connection[dict], shown: _Shown, figure: str, where: Mapping[str, str]) -> dict[str, Any]:
    def rows(query: str, *values: object) -> list[dict[str, Any]]:
        return connection.execute(SQL(query).format(*map(_in(shown), _TABLES)), values).fetchall()

    connection.execute("set transaction isolation level repeatable read")
    published = rows("select id, measure, dimensions from {3} order by id")
    measure, dimensions = choose(figure, where, rows("select * from {0} order by measure, dimensions::text"), published)
    this = (measure, Jsonb(dimensions))
    value = next(iter(rows("select value, unit from {0} where measure = %s and dimensions = %s", *this)), None)
    basis = next(iter(rows("select * from {1} where measure = %s and dimensions = %s", *this)), None)
    printed = rows("select * from {3} where measure = %s and dimensions = %s order by id", *this)
    days = days_of(dimensions)
    return {
        "figure": {
            "measure": measure,
            "dimensions": dimensions,
            "value": as_number(value["value"]) if value else None,
            "unit": value["unit"] if value else printed[0]["unit"],
        },
        "why_not": None if value else _why_not(printed[0]),
        "published": [_printed(row) for row in printed],
        "definition": next(iter(rows("select * from {2} where measure = %s", measure)), None),
        "basis": _basis(basis),
        "period": [day.isoformat() for day in days] if days else None,
        "reforms": rows("select dato, navn_da, navn_en from {4} where dato between %s and %s order by dato", *days)
        if days
        else [],
        **_made_from(connection, shown, basis),
    }


def _in(shown: _Shown) -> Any:
    return lambda table: Identifier(shown.schema, table)


def _why_not(printed: Mapping[str, Any]) -> str:
    if printed["reason"]:
        return "no_target"
    return "not_loaded" if not printed["loaded"] else "not_computed"


def _printed(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "published_value", "unit", "kildedokument", "place", "reproduce", "agrees", "note", "reason")
    return {name: row[name] for name in names}


def _basis(row: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if row is None:
        return None
    kind = "stated" if row["taeller"] is None else "counted" if row["naevner"] is None else "ratio"
    return {"kind": kind, "numerator": as_number(row["taeller"]), "denominator": as_number(row["naevner"])}


def _made_from(connection: Connection[dict], shown: _Shown, basis: Mapping[str, Any] | None) -> dict[str, Any]:
    """The facts, models and sources that lead to the figure; nothing for one that is not computed."""
    if basis is None:
        return {"facts": [], "citizens": None, "model": None, "made_from": [], "sources": []}
    model, counted, divided = basis["model_navn"], basis["grundlag"] or {}, basis["naevner_grundlag"] or {}
    facts = []
    for table in sorted({*shown.lineage.facts(model), *counted}):
        row = connection.execute(
            SQL("select count(*) as rows from {}").format(Identifier(shown.schema, table))
        ).fetchone()
        facts.append(
            {
                "table": table,
                "rows": row["rows"] if row else 0,
                "rows_that_count": counted.get(table),
                "rows_divided_by": divided.get(table),
            }
        )
    citizens = {"that_count": basis["antal_borgere"], "divided_by": basis["naevner_antal_borgere"]}
    return {
        "facts": facts,
        "citizens": None if citizens["that_count"] is None else citizens,
        "model": model,
        "made_from": [
            {"name": node.name, "layer": node.layer, "reads": list(node.reads)} for node in shown.lineage.behind(model)
        ],
        "sources": basis["kilder"].split("|") if basis["kilder"] else shown.lineage.sources(model),
    }


def _deliveries(connection: Connection[dict], shown: _Shown, sources: Sequence[str]) -> list[dict[str, Any]]:
    """The deliveries of `sources` that the state holds, by source, the effective one last."""
    rows = connection.execute(
        "select delivery_id, source, file_name, covers, version, sha256, accepted_at, rows_accepted from ops.delivery"
        " where delivery_id = any(%s) and source = any(%s) order by source, covers, version",
        (shown.deliveries, list(sources)),
    ).fetchall()
    return [
        row
        | {
            "sha256": row["sha256"][:_SHA_SHOWN],
            "accepted_at": local_time(row["accepted_at"]),
            "effective": row["delivery_id"] in shown.effective,
        }
        for row in rows
    ]


def last_changed(connection: Connection[dict], figure: Mapping[str, Any]) -> dict[str, Any] | None:
    """The newest build that gave the figure another value than the build before it had, or gave it first."""
    row = connection.execute(
        """
        select build_id, published_at, value_before, is_first
        from (
            select
                f.build_id,
                b.published_at,
                f.value,
                lag(f.value) over by_build as value_before,
                lag(f.build_id) over by_build is null as is_first
            from ops.build_figure as f
            inner join ops.build as b on f.build_id = b.build_id
            where f.measure = %s and f.dimensions = %s
            window by_build as (order by f.build_id)
        ) as history
        where is_first or value is distinct from value_before
        order by build_id desc
        limit 1
        """,
        (figure["measure"], Jsonb(figure["dimensions"])),
    ).fetchone()
    if row is None:
        return None
    return row | {"published_at": local_time(row["published_at"]), "value_before": as_number(row["value_before"])}
