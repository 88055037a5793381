"""One PostgreSQL server of the matrix, and homes on it that are copied in a second: a database and a folder each."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from mentor_dw.config import Settings, get_settings
from mentor_dw.database import CONNECTION_FILE
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.local.databases import ensure_logins, ensure_schema, ensure_source_tables, grant_databases
from mentor_dw.local.folders import ensure_folders, write_private
from mentor_dw.local.postgres import LOCATION_NOTE, EmbeddedPostgres

#: What is killed here are processes: the machine's memory outlives them, so the disk need not be waited for. A commit
#: must have left its process, though.
FOR_KILLS = {"fsync": "off", "full_page_writes": "off", "scram_iterations": "1", "shared_buffers": "128MB"}
ANSWER_SECONDS = 60


@dataclass(frozen=True)
class Home:
    """A folder and its database. `environment` leads a process there."""

    folder: Path
    database: str

    @property
    def environment(self) -> dict[str, str]:
        return {
            "MENTOR_DW_HOME": str(self.folder),
            "MENTOR_DW_DATABASE": self.database,
            "MENTOR_DW_SETTLE_SECONDS": "0",
            "MENTOR_DW_PART_MEGABYTES": "1",
        }


class Server:
    """The server, with the installed and empty home `empty` that others are copied from."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mentor_dw_crash_"))
        # A service user has to enter the folder when root runs this; what lies below is private.
        self.folder.chmod(0o711)
        self._settings = Settings(
            home=self.folder / "empty", dsn=None, database="empty", airflow_database="empty_airflow"
        )
        ensure_folders(self._settings)
        self.postgres = EmbeddedPostgres(self._settings, extra=FOR_KILLS)
        self.postgres.start()
        ensure_logins(self._settings, self.postgres.url())
        ensure_schema(self._settings, self.postgres.url())
        ensure_keys(self._settings.secrets)
        write_private(self._settings.home / LOCATION_NOTE, str(self.postgres.folder))
        self.empty = Home(self._settings.home, "empty")
        before = {name: os.environ.get(name) for name in self.empty.environment}
        os.environ |= self.empty.environment
        get_settings.cache_clear()
        try:
            ensure_source_tables()
        finally:
            for name, value in before.items():
                os.environ.pop(name)
                if value is not None:
                    os.environ[name] = value
            get_settings.cache_clear()

    def copy(self, home: Home, name: str) -> Home:
        """A copy of `home` that nobody works in, called `name`."""
        made = Home(self.folder / name, name)
        shutil.copytree(
            home.folder, made.folder, symlinks=True, ignore=shutil.ignore_patterns("postgres", "*.pid.json")
        )
        with self.owner() as owner:
            self._end_sessions(owner, home.database)
            owner.execute(
                sql.SQL("create database {} template {} strategy file_copy").format(
                    sql.Identifier(name), sql.Identifier(home.database)
                )
            )
            grant_databases(owner, self._settings.model_copy(update={"database": name}))
        facts = json.loads((made.folder / "secrets" / CONNECTION_FILE).read_text())
        write_private(made.folder / "secrets" / CONNECTION_FILE, json.dumps(facts | {"database": name}))
        return made

    def drop(self, home: Home) -> None:
        """Remove a copy."""
        shutil.rmtree(home.folder)
        with self.owner() as owner:
            owner.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(home.database)))

    def owner(self, database: str = "postgres") -> psycopg.Connection:
        """A session of the superuser, in autocommit mode; the server is started when it does not run."""
        self.revive()
        return psycopg.connect(self.postgres.url(database), autocommit=True)

    def revive(self) -> float:
        """Wait until the server answers, starting it the way `up` does when it is gone; seconds that took."""
        began = time.monotonic()
        while True:
            with suppress(psycopg.OperationalError):
                self.postgres.start()
                # A server that restarts by itself after the death of a session's process refuses for a moment.
                psycopg.connect(self.postgres.url()).close()
                return time.monotonic() - began
            if time.monotonic() - began > ANSWER_SECONDS:
                raise AssertionError("the server does not come back")
            time.sleep(0.05)

    def wait_until_alone(self, database: str) -> list[str]:
        """Wait until the sessions of killed processes are gone; what is left after some seconds, in words."""
        deadline = time.monotonic() + 10
        left: list[str] = []
        with self.owner() as owner:
            while time.monotonic() < deadline:
                left = [
                    f"session of {user}: {state}"
                    for user, state in owner.execute(
                        "select usename, state from pg_stat_activity where datname = %s", (database,)
                    )
                ]
                if not left:
                    break
                time.sleep(0.05)
        return left

    def remove(self) -> None:
        """Stop the server and remove all homes."""
        self.postgres.remove()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end_sessions(self, owner: psycopg.Connection, database: str) -> None:
        owner.execute("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = %s", (database,))
