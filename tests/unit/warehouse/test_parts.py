"""A build does again what depends on what changed and nothing else, and a publish touches only that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg.types.json import Jsonb

from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.ledger.deliveries import rows_came_later
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.publish import publish

pytestmark = pytest.mark.postgres

Built = Callable[..., dict]


def silent(_: str) -> None:
    """Nobody listens."""


def line_of(number: int) -> dict:
    with connect("operator") as connection:
        row = connection.execute("select * from ops.build where build_id = %s", (number,)).fetchone()
    assert row is not None
    return row


@pytest.fixture
def project(small_project: Path) -> Path:
    """The small project with a second source, of which one view and one table of `bi` are made."""
    models = small_project / "models"
    (models / "more.yml").write_text(
        "sources:\n  - {name: other, schema: raw, tables: [{name: vejr, identifier: other__vejr}]}\n"
        "models:\n"
        "  - name: stg_vejr\n    config: {materialized: view}\n"
        "  - name: fct_vejr\n    description: One row per day.\n"
        "    config: {materialized: table, tags: [bi], contract: {enforced: true}}\n"
        "    constraints: [{type: primary_key, columns: [dag]}]\n"
        "    columns: [{name: dag, data_type: date, description: Day.}]\n"
    )
    (models / "stg_vejr.sql").write_text(
        "select dag from {{ source('other', 'vejr') }}"
        " where delivery_id = (select delivery_id from {{ ref('effective') }})"
    )
    (models / "fct_vejr.sql").write_text("select dag from {{ ref('stg_vejr') }}")
    return small_project


@pytest.fixture(scope="module")
def weather(deliver) -> None:
    """The raw table of the second source, and a first delivery of the first."""
    with connect("loader") as connection:
        connection.execute("create table raw.other__vejr (delivery_id bigint, dag date)")
    deliver("2026-01-31", [(1, "kok", 10), (2, "smed", 20)])


def test_what_did_not_change_is_not_built_again(deliver, weather, project: Path) -> None:
    first = build(silent, project, full=True)
    publish(first)
    assert line_of(first)["rebuilt"] is None

    deliver("2026-02-28", [(1, "kok", 11)])
    number = build(silent, project)
    line = line_of(number)
    assert line["rebuilt"] == ["effective", "fct_svend", "figure"]
    assert line["left_as_they_were"] == 4
    assert "what depends on small is built" in line["scope"]
    assert line["models"] == 3 and line["tests"] == 1
    # A view of another source reads a model that was filled anew, and is still there.
    with connect("transformer") as connection:
        connection.execute("select * from work.stg_vejr")
    assert publish(number)["changes"].keys() == {"fct_svend", "figure"}
    assert publish(build(silent, project, full=True))["changes"] == {}

    # Nothing changed at all.
    assert "fct_svend" not in line_of(build(silent, project))["rebuilt"]


def test_rows_that_moved_after_the_verdict_are_built(deliver, weather, project: Path) -> None:
    number = deliver("2026-03-31", [(1, "kok", 11), (2, "kok", 1)])
    publish(build(silent, project))
    with connect("loader") as connection:
        connection.execute("delete from raw.small__svend where delivery_id = %s and svend_id = 2", (number,))
        members = Jsonb({"svende": {"rows_accepted": 2, "rows_withheld": 0}})
        connection.execute("update ops.delivery set members = %s where delivery_id = %s", (members, number))
        rows_came_later(connection, number, -1)
    assert publish(build(silent, project))["changes"]["fct_svend"] == {"inserted": 0, "updated": 0, "deleted": 1}


def test_a_build_that_was_not_published_is_published_by_the_next_one(deliver, weather, project: Path) -> None:
    publish(build(silent, project))
    deliver("2026-04-30", [(1, "smed", 1)])
    build(silent, project)
    later = build(silent, project)
    assert "fct_svend" not in line_of(later)["rebuilt"]
    assert publish(later)["changes"].keys() == {"fct_svend", "figure"}


def test_after_a_failure_everything_is_built(deliver, weather, project: Path) -> None:
    publish(build(silent, project))
    with connect("transformer") as connection:
        connection.execute("drop table work.fct_svend cascade")
        connection.execute("create view work.fct_svend as select 1 as svend_id")
        connection.execute("create view work.in_the_way as select * from work.fct_svend")
        connection.execute("alter table work.figure rename to figure__dbt_backup")
        connection.execute("create table work.figure (measure text)")
        connection.execute("insert into ops.build (status, made_of) values ('failed', '{}')")
    number = build(silent, project)
    assert line_of(number)["rebuilt"] is None
    assert publish(number)["changes"] == {}


def test_a_changed_project_is_built_as_a_whole(deliver, weather, project: Path) -> None:
    publish(build(silent, project))
    before = line_of(build(silent, project))
    # A list with a column more: the table of the old one would not take it.
    seed = project / "seeds" / "fag.csv"
    seed.write_text("\n".join(f"{line},x" for line in seed.read_text().splitlines()) + "\n")
    number = build(silent, project)
    assert line_of(number)["rebuilt"] is None
    assert line_of(number)["code_version"] != before["code_version"]
    assert publish(number)["changes"] == {}


def test_a_table_that_is_missing_is_built_again(deliver, weather, project: Path) -> None:
    publish(build(silent, project))
    with connect("transformer") as connection:
        connection.execute("drop table work.dim_fag, bi.figure")
    number = build(silent, project)
    assert "dim_fag" in line_of(number)["rebuilt"]
    assert publish(number)["changes"].keys() == {"figure"}


def test_a_failing_test_of_a_built_model_is_found_in_a_part_too(deliver, weather, project: Path) -> None:
    publish(build(silent, project))
    deliver("2026-05-31", [(1, "kok", 1), (1, "kok", 2)])
    with pytest.raises(MentorDwError):
        build(silent, project)
