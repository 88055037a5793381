"""An installed warehouse for tests: one PostgreSQL server per test session, one fresh database per test module."""

from __future__ import annotations

import fcntl
import importlib
import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from mentor_dw.config import Settings, get_settings
from mentor_dw.database import CONNECTION_FILE
from mentor_dw.ingest import wide_verdict
from mentor_dw.local.databases import ensure_logins, ensure_schema, ensure_source_tables, grant_databases
from mentor_dw.local.folders import ensure_folders, write_private
from mentor_dw.local.postgres import LOCATION_NOTE, EmbeddedPostgres
from mentor_dw.validation.gx_suite import GxOutcome
from mentor_dw.validation.reconcile import record_counts
from mentor_dw.validation.verdict import Verdict
from mentor_dw.warehouse.build import build_folder
from mentor_dw.warehouse.dbt_run import DATA_TESTS, DbtProject, lend_cache, parse

#: The module; the package's `settle` is its function.
settle_module = importlib.import_module("mentor_dw.ingest.settle")

#: Made anew at every session, so nothing has to survive a power cut or a thief with years to guess a random password.
PASSING = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "scram_iterations": "1"}
_numbers = itertools.count(1)
#: Where the dbt project is parsed for all test processes of a run: it takes seconds, and every home would do it again.
PARSED = Path(tempfile.gettempdir()) / f"mentor_dw_parsed_{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole houses first: they take longest, and wait for their scheduler more than they compute."""
    items.sort(key=lambda item: item.get_closest_marker("house") is None)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        shutil.rmtree(PARSED, ignore_errors=True)


def _spare_dbt_the_stack() -> None:
    """Have dbt not look for who asks, at each of its dozen flags in each of its runs.

    It searches all modules for every frame of the stack, which costs nothing in a task, and up to three seconds of
    processor below pytest, whose frames belong to no module.
    """
    from dbt_common.behavior_flags import BehaviorFlagRendered

    BehaviorFlagRendered._default_source = staticmethod(lambda: "tests")


@pytest.fixture(scope="session")
def parsed() -> Path:
    """The folder in which the dbt project is parsed, by this process or another one of the run."""
    _spare_dbt_the_stack()
    PARSED.mkdir(exist_ok=True)
    with (PARSED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (PARSED / "target").exists():
            parse(PARSED)
    return PARSED


@dataclass(frozen=True)
class Server:
    """The session's PostgreSQL: an installed warehouse `settings.database` that nobody enters, to be copied."""

    settings: Settings
    owner_url: str


@contextmanager
def home_of(settings: Settings) -> Iterator[None]:
    """`get_settings` and `connect(role)` lead to the installation of `settings` inside the block."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MENTOR_DW_")]:
            patch.delenv(name)
        patch.setenv("MENTOR_DW_HOME", str(settings.home))
        patch.setenv("MENTOR_DW_DATABASE", settings.database)
        patch.setenv("MENTOR_DW_AIRFLOW_DATABASE", settings.airflow_database)
        get_settings.cache_clear()
        yield
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def without_data_tests() -> Iterator[None]:
    """Builds in this module leave the data tests of the dbt project out, which take longer than its models.

    For modules that look at every row themselves, or at something else than what the tests judge.
    """
    whole = DbtProject.build

    def without(self: DbtProject, *, leave_out: Sequence[str] = (), **how: Any) -> Any:
        return whole(self, leave_out=[*leave_out, DATA_TESTS], **how)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DbtProject, "build", without)
        yield


@pytest.fixture(scope="module")
def with_one_judge() -> Iterator[None]:
    """Deliveries in this module are judged by our SQL alone: Great Expectations takes most of a small delivery's time.

    For modules that look at something else than the judges, which have to agree in every other one.
    """

    def as_ours(connection: Any, delivery_id: int, verdict: Verdict, outcome: GxOutcome) -> None:
        record_counts(connection, delivery_id, verdict, GxOutcome(dict(verdict.counts), {}))

    with pytest.MonkeyPatch.context() as patch:
        for module, judge in ((settle_module, "judge_with_gx"), (wide_verdict, "judge_profile_with_gx")):
            patch.setattr(module, judge, lambda *_: GxOutcome({}, {}))
            patch.setattr(module, "record_counts", as_ours)
            patch.setattr(module, "write_page", lambda *_: "")
        yield


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One embedded server with roles and an empty, installed warehouse."""
    with tempfile.TemporaryDirectory(prefix="mentor_dw_test_") as folder:
        # A service user has to enter the folder when root runs the tests; what lies below is private.
        Path(folder).chmod(0o711)
        settings = Settings(
            home=Path(folder) / "home", dsn=None, database="template", airflow_database="template_airflow"
        )
        ensure_folders(settings)
        postgres = EmbeddedPostgres(settings, extra=PASSING)
        postgres.start()
        try:
            ensure_logins(settings, postgres.url())
            ensure_schema(settings, postgres.url())
            with home_of(settings):
                ensure_source_tables()
            yield Server(settings, postgres.url())
        finally:
            postgres.remove()


@pytest.fixture(scope="module")
def warehouse(postgres_server: Server, parsed: Path) -> Iterator[Settings]:
    """The settings of a fresh installed warehouse, which `get_settings` and `connect(role)` lead to in this module.

    `MENTOR_DW_HOME` is a temporary home with all its folders. Airflow is not part of it.
    """
    name = f"warehouse_{next(_numbers)}"
    template = postgres_server.settings
    facts = json.loads((template.secrets / CONNECTION_FILE).read_text())
    with tempfile.TemporaryDirectory(prefix="mentor_dw_home_") as folder:
        chosen = template.model_copy(update={"home": Path(folder), "database": name})
        with psycopg.connect(postgres_server.owner_url, autocommit=True) as owner:
            owner.execute(sql.SQL("create database {} template template").format(sql.Identifier(name)))
            grant_databases(owner, chosen)
        with home_of(chosen):
            settings = get_settings()
            ensure_folders(settings)
            lend_cache(parsed, build_folder())
            write_private(settings.home / LOCATION_NOTE, str(EmbeddedPostgres(template).folder))
            write_private(settings.secrets / CONNECTION_FILE, json.dumps(facts | {"database": name}))
            yield settings
    with psycopg.connect(postgres_server.owner_url, autocommit=True) as owner:
        owner.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
