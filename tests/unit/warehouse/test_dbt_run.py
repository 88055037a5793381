"""The runner believes results, not exit codes: whatever did not succeed raises, and says nothing of the rows."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.dbt_run import DbtProject

pytestmark = pytest.mark.postgres
NOW = datetime(2026, 3, 1, tzinfo=UTC)


def silent(_: str) -> None:
    """Nobody listens."""


def append(project: Path, name: str, text: str) -> None:
    path = project / "models" / name
    path.write_text((path.read_text() if path.exists() else "") + text)


def statuses() -> list[tuple[str, str | None]]:
    with connect("operator") as connection:
        rows = connection.execute("select status, error from ops.build order by build_id").fetchall()
    return [(row["status"], row["error"]) for row in rows]


@pytest.fixture(scope="module", autouse=True)
def one_delivery(deliver) -> None:
    deliver("2026-01-31", [(1, "kok", 10), (2, "smed", 20)])


def test_a_failing_test_fails_the_build_and_is_named(small_project: Path, capfd) -> None:
    append(
        small_project,
        "more.yml",
        "seeds:\n  - name: fag\n    columns:\n      - name: kode\n"
        "        data_tests: [{accepted_values: {arguments: {values: [kok]}}}]\n",
    )
    with pytest.raises(MentorDwError, match=r"accepted_values_fag_kode__kok: Got 1 result"):
        build(silent, small_project)
    status, error = statuses()[-1]
    assert status == "failed"
    assert "accepted_values_fag_kode" in error
    assert capfd.readouterr() == ("", "")


def test_a_failing_model_fails_the_build_without_the_value_that_broke_it(small_project: Path, warehouse, capfd) -> None:
    append(small_project, "broken.sql", "{{ config(materialized='table') }} select ('se' || 'cret')::int as x")
    with pytest.raises(MentorDwError, match="broken: database error, its text is withheld") as caught:
        build(silent, small_project)
    assert "secret" not in str(caught.value)
    assert statuses()[-1][0] == "failed"
    assert capfd.readouterr() == ("", "")
    written = [path for path in (warehouse.home / "dbt").rglob("*") if path.is_file()]
    assert written, "dbt writes into the home"
    assert not [path for path in written if b"secret" in path.read_bytes()]


def test_a_missing_column_is_told(small_project: Path) -> None:
    append(small_project, "broken.sql", "select nowhere from {{ ref('fct_svend') }}")
    with pytest.raises(MentorDwError, match='column "nowhere" does not exist'):
        build(silent, small_project)


def test_a_failed_parent_is_named_and_its_children_are_counted(small_project: Path) -> None:
    (small_project / "models" / "dim_fag.sql").write_text("select 1 / 0 as kode, 'x' as label_da")
    with pytest.raises(MentorDwError, match=r"(?s)skipped because of it.*dim_fag: ") as caught:
        build(silent, small_project)
    assert "figure" not in str(caught.value)


def test_a_broken_contract_is_told_by_its_columns(small_project: Path) -> None:
    (small_project / "models" / "dim_fag.sql").write_text("select kode, 1 as label_da from {{ ref('fag') }}")
    with pytest.raises(MentorDwError, match="label_da"):
        build(silent, small_project)


def test_a_project_that_cannot_be_parsed_raises(small_project: Path) -> None:
    append(small_project, "models.yml", "  - {name: [")
    with pytest.raises(MentorDwError, match="dbt could not run"):
        build(silent, small_project)
    assert statuses()[-1][0] == "failed"


def test_an_empty_selection_raises(small_project: Path, warehouse) -> None:
    project = DbtProject(warehouse.home / "dbt" / "empty", project=small_project)
    with pytest.raises(MentorDwError, match="nothing to do"):
        project.build(as_known_at=NOW, say=silent, select="no_such_model")


def test_a_good_run_counts_what_it_did_and_says_how_far_it_is(small_project: Path, warehouse) -> None:
    said: list[str] = []
    run = DbtProject(warehouse.home / "dbt" / "good", project=small_project).build(as_known_at=NOW, say=said.append)
    assert (run.models, run.seeds, run.tests) == (4, 1, 1)
    assert run.slowest
    assert said[-1] == "dbt: 6 of 6"
    assert not (small_project / "target").exists()
    assert not (small_project / "logs").exists()


def test_a_build_whose_process_died_is_failed_by_the_next_one(small_project: Path) -> None:
    with connect("transformer") as connection:
        connection.execute("insert into ops.build (status) values ('running')")
    before = len(statuses())
    build(silent, small_project)
    after = statuses()
    assert after[before - 1] == ("failed", "The process of this build ended before it did.")
    assert after[-1] == ("built", None)


def test_without_published_models_nothing_is_built(small_project: Path) -> None:
    yml = small_project / "models" / "models.yml"
    yml.write_text(yml.read_text().replace("tags: [bi]", "tags: [other]"))
    with pytest.raises(MentorDwError, match="No model of the dbt project has the tag bi"):
        build(silent, small_project)
