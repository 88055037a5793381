"""The project itself, unit tests included, in a warehouse that has not seen a delivery yet."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.database import connect
from mentor_dw.feeds import load_feed, sources
from mentor_dw.figures import current_figures, figure_summary
from mentor_dw.landing.tables import ensure_tables
from mentor_dw.privacy.inventory import person_relations, unknown_relations
from mentor_dw.privacy.keeping import rule_of
from mentor_dw.warehouse.build import build, build_folder
from mentor_dw.warehouse.dbt_run import DATA_TESTS, DbtProject
from mentor_dw.warehouse.publish import publish

pytestmark = pytest.mark.postgres


def silent(_: str) -> None:
    """Nobody listens."""


@pytest.fixture(scope="module")
def published(warehouse) -> dict:
    """The first build of an empty warehouse, published."""
    with connect("loader") as connection:
        for source in sources():
            ensure_tables(connection, load_feed(source))
    return publish(build(silent))


def read(query: str) -> list[tuple]:
    with connect("transformer") as connection:
        return [tuple(row.values()) for row in connection.execute(query).fetchall()]


def test_every_published_table_is_explained_keyed_and_readable(published: dict) -> None:
    tables = [
        name
        for (name,) in read("select relname from pg_class where relnamespace = 'bi'::regnamespace and relkind = 'r'")
    ]
    assert {"dim_borger", "fct_mentorforloeb", "figure", "figure_published"} <= set(tables) == set(published["changes"])
    for name in tables:
        read(f"select * from bi.{name} limit 1")
        assert read(f"select obj_description('bi.{name}'::regclass, 'pg_class')")[0][0], f"{name} has no comment"
        assert read(f"select 1 from pg_constraint where conrelid = 'bi.{name}'::regclass and contype = 'p'"), name
    assert (
        read(
            "select attrelid::regclass::text, attname from pg_attribute inner join pg_class on attrelid = pg_class.oid"
            " where relnamespace = 'bi'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped"
            " and coalesce(col_description(attrelid, attnum), '') = ''"
        )
        == []
    )


def test_every_fact_points_to_its_dimensions(published: dict) -> None:
    keys = read(
        "select conrelid::regclass::text, confrelid::regclass::text, condeferrable and condeferred"
        " from pg_constraint where contype = 'f' and connamespace = 'bi'::regnamespace"
    )
    assert all(deferred for _, _, deferred in keys)
    pairs = {(re.sub(r"^bi\.", "", table), re.sub(r"^bi\.", "", to)) for table, to, _ in keys}
    assert {
        ("fct_mentorforloeb", "dim_borger"),
        ("fct_tidsforbrug", "fct_mentorforloeb"),
        ("fct_opgave", "dim_jobcenter"),
    } <= pairs


def test_an_empty_warehouse_answers(published: dict) -> None:
    assert isinstance(current_figures(), list)
    good, total, mismatches = figure_summary()
    assert (good, total, mismatches) == (0, 0, [])
    for table in (
        *("dim_borger", "dim_jobcenter", "fct_mentorforloeb"),
        *("fct_belaegning_maaned", "fct_registreringskomplethed"),
    ):
        assert read(f"select count(*) from bi.{table}") == [(0,)], table


def test_every_relation_with_persons_is_known_to_erasure_retention_and_access(published: dict) -> None:
    with connect("owner") as owner:
        assert {"bi.dim_borger", "raw.webreg__borgere", "vault.cpr", "ops.person_restriction"} <= {
            relation.full_name for relation in person_relations(owner)
        }
        assert unknown_relations(owner) == []
        assert [one.full_name for one in person_relations(owner) if rule_of(one.full_name) is None] == []
        # Whatever it is called and wherever it stands, a new one is noticed.
        for name, column in (
            ("ops.new_list", "person_key"),
            ("extracts.new_list", "former_person_key"),
            ("raw.new__list", "person_keys"),
        ):
            owner.execute(f"create table {name} ({column} bigint)")
            assert [(one.full_name, one.columns) for one in unknown_relations(owner)] == [(name, (column,))]
            owner.execute(f"drop table {name}")
        owner.rollback()


def test_the_unit_tests_of_the_project_pass(published: dict, warehouse) -> None:
    project = DbtProject(warehouse.home / "dbt" / "unit", parsed_in=build_folder())
    # dbt runs a unit test together with its model only.
    run = project.build(as_known_at=datetime.now(UTC), say=silent, leave_out=[DATA_TESTS])
    assert run.tests >= 15


def test_every_table_has_its_place_on_a_distributed_postgresql(published):
    page = (PROJECT_ROOT / "docs" / "machines_tables.md").read_text(encoding="utf-8")
    said = {
        name: (kind, column)
        for name, kind, column in re.findall(r"^\| `(\S+)` \| (\w+) \| (?:`(\w+)`)? ?\| .+ \|$", page, re.MULTILINE)
    }
    there = {
        row[0]: row[1]
        for row in read(
            "select n.nspname || '.' || c.relname as name, array_agg(a.attname::text) as columns"
            " from pg_class as c inner join pg_namespace as n on n.oid = c.relnamespace"
            " inner join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped"
            " where n.nspname in ('raw', 'vault', 'bi') and c.relkind in ('r', 'p') and not c.relispartition"
            " group by 1"
        )
    }
    assert set(said) == set(there)
    for name, (kind, column) in said.items():
        assert kind in ("distributed", "reference", "local")
        assert (kind == "distributed") == bool(column) and (not column or column in there[name]), name
