"""An installed warehouse for tests: one PostgreSQL server per test session, one fresh database per test module."""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from mentor_dw.config import Settings, get_settings
from mentor_dw.database import CONNECTION_FILE
from mentor_dw.local.databases import ensure_logins, ensure_schema, grant_databases
from mentor_dw.local.folders import ensure_folders, write_private
from mentor_dw.local.postgres import EmbeddedPostgres
from psycopg import sql

#: Made anew at every session, so nothing has to survive a power cut.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Server:
    """The session's PostgreSQL: an installed warehouse `settings.database` that nobody enters, to be copied."""

    settings: Settings
    owner_url: str


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One embedded server with roles and an empty, installed warehouse."""
    with tempfile.TemporaryDirectory(prefix="mentor_dw_test_") as folder:
        # A service user has to enter the folder when root runs the tests; what lies below is private.
        Path(folder).chmod(0o711)
        settings = Settings(home=Path(folder) / "home", database="template", airflow_database="template_airflow")
        ensure_folders(settings)
        postgres = EmbeddedPostgres(settings, extra=NOT_DURABLE)
        postgres.start()
        try:
            ensure_logins(settings, postgres.url())
            ensure_schema(settings, postgres.url())
            yield Server(settings, postgres.url())
        finally:
            postgres.remove()


@pytest.fixture(scope="module")
def warehouse(postgres_server: Server) -> Iterator[Settings]:
    """The settings of a fresh installed warehouse, which `get_settings` and `connect(role)` lead to in this module.

    `MENTOR_DW_HOME` is a temporary home with all its folders. Airflow is not part of it.
    """
    name = f"warehouse_{next(_numbers)}"
    with psycopg.connect(postgres_server.owner_url, autocommit=True) as owner:
        owner.execute(sql.SQL("create database {} template template").format(sql.Identifier(name)))
        grant_databases(owner, postgres_server.settings.model_copy(update={"database": name}))
    facts = json.loads((postgres_server.settings.secrets / CONNECTION_FILE).read_text())
    with tempfile.TemporaryDirectory(prefix="mentor_dw_home_") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("MENTOR_DW_HOME", folder)
        patch.setenv("MENTOR_DW_DATABASE", name)
        patch.delenv("MENTOR_DW_DSN", raising=False)
        get_settings.cache_clear()
        settings = get_settings()
        ensure_folders(settings)
        write_private(settings.secrets / CONNECTION_FILE, json.dumps(facts | {"database": name}))
        yield settings
    get_settings.cache_clear()
    with psycopg.connect(postgres_server.owner_url, autocommit=True) as owner:
        owner.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
