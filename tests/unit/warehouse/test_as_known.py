"""A corrected delivery changes today's figures; those of the day before stay what they were."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.figures import current_figures
from mentor_dw.ledger.builds import builds_as_json, last_published
from mentor_dw.warehouse.as_known import (
    drop_past,
    expire_past,
    figures_as_known_at,
    parse_moment,
    rebuild_as_known_at,
)
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.publish import publish

MARCH = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def silent(_: str) -> None:
    """Nobody listens."""


def hours(figures: list[dict]) -> float:
    return next(row["value"] for row in figures if row["measure"] == "timer")


def scratch_schemas() -> list[str]:
    with connect("transformer") as connection:
        rows = connection.execute("select nspname from pg_namespace where nspname like 'scratch%'").fetchall()
    return [row["nspname"] for row in rows]


@pytest.mark.postgres
def test_yesterdays_figures_stay_after_a_correction(deliver, small_project, warehouse) -> None:
    deliver("2026-02-28", [(1, "kok", 10.5), (2, "smed", 20)], accepted_at=MARCH)
    corrected = deliver("2026-02-28", [(1, "kok", 11)], version=2, accepted_at=MARCH + timedelta(days=1))
    publish(build(silent, small_project))
    assert hours(current_figures()) == 11

    # The ledger shows milliseconds; the delivery counts at the moment it shows.
    shown = MARCH.replace(microsecond=123000)
    assert hours(figures_as_known_at(shown, small_project)) == 30.5
    assert hours(figures_as_known_at(MARCH - timedelta(seconds=1), small_project)) == 0

    with connect("loader") as connection:
        connection.execute(
            "update ops.delivery set withdrawn_at = %s, status = 'withdrawn' where delivery_id = %s",
            (MARCH + timedelta(days=2), corrected),
        )
    assert hours(figures_as_known_at(MARCH + timedelta(days=1, hours=1), small_project)) == 11
    assert hours(figures_as_known_at(MARCH + timedelta(days=2), small_project)) == 30.5
    publish(build(silent, small_project))
    assert hours(current_figures()) == 30.5
    assert scratch_schemas() == []

    with connect("operator") as connection:
        builds = builds_as_json(connection)
        latest = last_published(connection)
    assert [line["status"] for line in builds] == ["published", "published"]
    assert builds[-1]["changes"][0]["relation"] == "fct_svend"
    assert latest is not None
    assert latest.build_id == builds[-1]["build_id"]
    assert latest.age < timedelta(minutes=1)


@pytest.mark.postgres
def test_leftovers_of_a_crash_and_of_a_failure_are_dropped(deliver, small_project, warehouse) -> None:
    with connect("transformer") as connection:
        connection.execute("create schema scratch_crashed")
    left = warehouse.home / "dbt" / "past" / "scratch_crashed"
    left.mkdir(parents=True)
    (small_project / "models" / "fct_svend.sql").write_text("select nowhere")
    with pytest.raises(MentorDwError, match="fct_svend"):
        figures_as_known_at(MARCH, small_project)
    assert scratch_schemas() == []
    assert not left.exists()


@pytest.mark.postgres
def test_a_whole_past_warehouse_can_be_inspected_by_the_analyst(deliver, small_project) -> None:
    past = rebuild_as_known_at(MARCH, "marts_i_marts", silent, project=small_project)
    assert past.tables == ("dim_fag", "fct_svend", "figure")
    assert [one.file_name for one in past.effective.values()] == ["small_2026-02-28.zip"]
    with connect("bi_reader") as connection:
        rows = connection.execute("select svend_id from marts_i_marts.fct_svend order by 1").fetchall()
        others = connection.execute(
            "select relname from pg_class where relnamespace = 'marts_i_marts'::regnamespace and relkind in ('r', 'v')"
        ).fetchall()
    assert [row["svend_id"] for row in rows] == [1, 2]
    assert {row["relname"] for row in others} == set(past.tables), "what the tables are made from is not shown"
    assert scratch_schemas() == []
    with pytest.raises(MentorDwError, match="schema marts_i_marts already"):
        rebuild_as_known_at(MARCH, "marts_i_marts", silent, project=small_project)
    with pytest.raises(MentorDwError, match="already"):
        rebuild_as_known_at(MARCH, "work", silent, project=small_project)
    with pytest.raises(MentorDwError, match="cannot be called"):
        rebuild_as_known_at(MARCH, "scratch_1", silent, project=small_project)


@pytest.mark.postgres
def test_only_what_was_asked_for_is_built_and_nothing_in_a_dry_run(deliver, small_project) -> None:
    wished = {"select": ["fct_svend"], "project": small_project}
    assert rebuild_as_known_at(MARCH, "en_tabel", silent, **wished, dry_run=True).tables == ("fct_svend",)
    with pytest.raises(MentorDwError, match="no schema of a past state"):
        drop_past("en_tabel")
    # What is not needed for it may be broken.
    (small_project / "models" / "figure.sql").write_text("select nowhere from {{ ref('dim_fag') }}")
    rebuild_as_known_at(MARCH, "en_tabel", silent, **wished)
    with pytest.raises(MentorDwError, match="no table effective in bi"):
        rebuild_as_known_at(MARCH, "to_tabeller", silent, select=["effective"], project=small_project)
    assert drop_past("en_tabel", dry_run=True) == MARCH
    assert drop_past("en_tabel") == MARCH
    with pytest.raises(MentorDwError, match="no schema of a past state"):
        drop_past("en_tabel")
    for schema in ("work", "bi", "raw"):
        with pytest.raises(MentorDwError, match="no schema of a past state"):
            drop_past(schema)


@pytest.mark.postgres
def test_a_schema_of_the_past_goes_after_its_days(deliver, small_project) -> None:
    rebuild_as_known_at(MARCH, "glemt", silent, select=["dim_fag"], project=small_project)
    assert expire_past(datetime.now(UTC) + timedelta(days=29)) == 0
    assert expire_past(datetime.now(UTC) + timedelta(days=31)) >= 1
    rebuild_as_known_at(MARCH, "glemt", silent, select=["dim_fag"], dry_run=True, project=small_project)


def test_a_moment_without_offset_is_danish_time() -> None:
    assert parse_moment("2026-01-15T12:00") == datetime(2026, 1, 15, 11, 0, tzinfo=UTC)
    assert parse_moment("2026-07-15T12:00") == datetime(2026, 7, 15, 10, 0, tzinfo=UTC)
    assert parse_moment("2026-07-15T12:00:00Z") == datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
    assert parse_moment("2026-07-15T12:00:00-03:00") == datetime(2026, 7, 15, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["yesterday", "", "2026-13-01", "15-07-2026"])
def test_anything_else_is_not_a_moment(text: str) -> None:
    with pytest.raises(MentorDwError, match="not a moment"):
        parse_moment(text)
