"""The DAG files are wiring and nothing else, and all of them are found."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DAGS = ROOT / "dags"
EXPECTED = {
    "ingest_webreg",
    "ingest_dream",
    "ingest_biflis",
    "build_warehouse",
    "decide",
    "housekeeping",
    "night",
    "extract_star_mentorforloeb",
    "extract_star_udfald",
    "extract_star_webregistrering",
    "extract_ministeriet_oekonomi",
    "extract_forskning_forloeb",
}
KINDS = {"kind:now", "kind:per-period"}


@pytest.fixture(scope="module")
def dag_bag(tmp_path_factory):
    os.environ["AIRFLOW_HOME"] = str(tmp_path_factory.mktemp("airflow"))
    os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
    os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"] = str(ROOT / "plugins")
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(str(DAGS))


def test_exactly_the_expected_dags_are_found_without_import_errors(dag_bag):
    assert dag_bag.import_errors == {}
    assert set(dag_bag.dag_ids) == EXPECTED


def test_a_broken_dag_file_is_seen_as_an_import_error(tmp_path):
    (tmp_path / "broken.py").write_text("from airflow.sdk import dag\nimport a_module_that_is_not_there\n")
    from airflow.dag_processing.dagbag import DagBag

    assert len(DagBag(str(tmp_path)).import_errors) == 1


def test_every_dag_has_owner_retries_kind_docs_and_copenhagen_time(dag_bag):
    for dag_id, dag in dag_bag.dags.items():
        assert dag.doc_md and "Failed?" in dag.doc_md, dag_id
        assert dag.doc_md.startswith("Airflow dag"), dag_id
        assert len(KINDS & set(dag.tags)) == 1, dag_id
        assert dag.max_active_runs == 1, dag_id
        assert not dag.catchup, dag_id
        assert str(dag.timezone.name) == "Europe/Copenhagen", dag_id
        for task in dag.tasks:
            assert task.owner == "mentor-dw", task.task_id
            assert task.retry_policy is not None, task.task_id
            called = task.on_failure_callback
            told_by = called if isinstance(called, list) else [called]
            assert [one.__name__ for one in told_by] == ["tell_failure"], task.task_id


def test_the_docs_named_in_dag_texts_exist(dag_bag):
    for dag in dag_bag.dags.values():
        for path in re.findall(r"docs/[\w/]+\.md", dag.doc_md):
            assert (ROOT / path).is_file(), path


def test_dag_files_are_wiring_of_at_most_sixty_lines_without_sql_or_heavy_imports():
    files = sorted(DAGS.glob("*.py"))
    assert {file.stem for file in files} == {
        "ingest",
        "ingest_wide",
        "build_warehouse",
        "decide",
        "housekeeping",
        "night",
        "extracts",
    }
    for file in files:
        text = file.read_text()
        assert text.count("\n") <= 62, file.name
        assert not re.search(r"(?i)\bselect\b.+\bfrom\b", text), file.name
        assert not re.search(r"(?m)^\s*(import|from)\s+(great_expectations|pandas|dbt|psycopg)\b", text), file.name
        assert "airflow" in text and "dag" in text, f"{file.name} would be skipped in silence"


def test_parsing_imports_nothing_heavy():
    code = (
        "import sys, runpy\n"
        f"[runpy.run_path(p) for p in {[str(p) for p in sorted(DAGS.glob('*.py'))]!r}]\n"
        "heavy = {'great_expectations', 'pandas', 'dbt', 'psycopg', 'httpx'} & set(sys.modules)\n"
        "print('HEAVY', sorted(heavy - set(ALREADY)))"
    )
    code = "import sys, airflow.sdk\nfrom airflow.sdk import dag\nALREADY = list(sys.modules)\n" + code
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "HEAVY []" in done.stdout


def test_the_plugin_folder_hides_the_package_from_the_plugin_loader():
    ignored = (ROOT / "plugins" / ".airflowignore").read_text()
    assert re.search(r"(?m)^mentor_dw/", ignored)
    assert {p.name for p in (ROOT / "plugins").iterdir() if p.suffix == ".py"} == {"mentor_dw_plugin.py"}
