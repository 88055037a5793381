"""Folders, settings and make: what can be judged without starting anything."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from mentor_dw.config import PROJECT_ROOT, Settings
from mentor_dw.errors import MentorDwError
from mentor_dw.local.airflow_services import (
    EXECUTOR,
    FIXED_SETTINGS,
    airflow_environment,
    expected_dags,
    process_environment,
)
from mentor_dw.local.folders import ensure_folders, write_private

AIRFLOW_CONFIG = Path(find_spec("airflow").submodule_search_locations[0]) / "config_templates" / "config.yml"


def test_folders_that_may_hold_cpr_numbers_are_private(tmp_path):
    settings = Settings(home=tmp_path / "home")
    ensure_folders(settings)
    ensure_folders(settings)
    for folder in ("inbox", "inbox/webreg", "archive", "refused", "outbox", "reports", "data_docs", "secrets", "logs"):
        assert stat.S_IMODE((settings.home / folder).stat().st_mode) == 0o700, folder


def test_a_home_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(MentorDwError, match="cannot be written") as caught:
        ensure_folders(Settings(home=tmp_path / "file" / "home"))
    assert "MENTOR_DW_HOME" in caught.value.next_step


def test_a_secret_is_private_from_its_first_moment(tmp_path):
    old = os.umask(0)
    try:
        write_private(tmp_path / "secret", "x")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


@pytest.fixture
def environment(warehouse):
    """Airflow's environment on an installed warehouse."""
    return airflow_environment(warehouse)


@pytest.mark.postgres
def test_airflow_knows_every_setting_we_make(environment):
    known = yaml.safe_load(AIRFLOW_CONFIG.read_text())
    for name in environment:
        if match := re.fullmatch(r"AIRFLOW__([A-Z_]+?)__([A-Z_]+)", name):
            section, option = match[1].lower(), match[2].lower()
            assert option in known[section]["options"], name


@pytest.mark.postgres
def test_airflow_stays_in_its_home_and_keeps_quiet(environment, warehouse):
    for name in ("AIRFLOW_HOME", "AIRFLOW__LOGGING__BASE_LOG_FOLDER"):
        assert Path(environment[name]).is_relative_to(warehouse.home)
    assert environment["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"
    assert environment["GX_ANALYTICS_ENABLED"] == "False"
    assert environment["AIRFLOW__CORE__PARALLELISM"] == str(warehouse.parallelism)


@pytest.mark.postgres
def test_settings_that_were_made_reach_the_tasks(warehouse, monkeypatch):
    monkeypatch.setenv("MENTOR_DW_SETTLE_SECONDS", "3")
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "another")
    told = process_environment(Settings())
    assert told["MENTOR_DW_SETTLE_SECONDS"] == "3"
    assert told["MENTOR_DW_HOME"] == str(warehouse.home)
    assert told["AIRFLOW__CORE__EXECUTOR"] == EXECUTOR


@pytest.mark.postgres
def test_secrets_of_two_homes_differ_and_stay(environment, warehouse, tmp_path):
    assert airflow_environment(warehouse) == environment
    kept = sorted(path.name for path in warehouse.secrets.iterdir() if path.name.startswith("airflow_"))
    assert {"airflow_jwt_secret", "airflow_secret_key"} <= set(kept)
    assert len({(warehouse.secrets / name).read_text() for name in kept}) == len(kept)


def test_every_source_has_its_dag():
    assert {"ingest_webreg", "build_warehouse"} <= expected_dags()


def test_the_example_environment_names_settings_that_exist():
    names = re.findall(r"^#?(MENTOR_DW_[A-Z_]+)=(.*)$", (PROJECT_ROOT / ".env.example").read_text(), re.MULTILINE)
    defaults = {f"MENTOR_DW_{name.upper()}": field.default for name, field in Settings.model_fields.items()}
    assert set(dict(names)) == set(defaults)
    for name, value in names:
        assert value == "" or value == str(defaults[name]), name


def test_make_explains_itself():
    done = subprocess.run(["make", "-C", str(PROJECT_ROOT)], capture_output=True, text=True, check=True)
    for target in ("setup", "lint", "test", "test-all", "demo", "up", "down", "bench", "docs", "clean"):
        assert f"make {target} " in done.stdout


def test_no_telemetry():
    assert FIXED_SETTINGS["DO_NOT_TRACK"] == "1"
