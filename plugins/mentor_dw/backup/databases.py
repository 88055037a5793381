"""Both databases made from a backup, and compared with what was counted; also in a server that passes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pyrage
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from psycopg.sql import Identifier

from mentor_dw.backup import content
from mentor_dw.backup.check import Checked, read_through
from mentor_dw.backup.dumping import acting_for, is_superuser, restore_into
from mentor_dw.backup.sealed import OpenPart
from mentor_dw.config import ROLES, Settings
from mentor_dw.database import safe_errors
from mentor_dw.errors import MentorDwError
from mentor_dw.local.databases import ensure_logins, owner_connection
from mentor_dw.local.folders import ensure_folders
from mentor_dw.local.logins import login_name, role_conninfo
from mentor_dw.local.postgres import EmbeddedPostgres

Say = Callable[[str], None]
Identities = list[pyrage.x25519.Identity]


def put_databases(
    settings: Settings,
    owner: str,
    data: Checked,
    identities: Identities,
    say: Say,
    files: Callable[[Settings, OpenPart], None] | None = None,
) -> None:
    """Make both databases from the file, and hand every file in it to `files`. The databases are there and empty."""
    warehouse = make_conninfo(owner, dbname=settings.database)
    with owner_connection(owner) as connection:
        superuser = is_superuser(connection)
    airflow = make_conninfo(owner, dbname=settings.airflow_database)
    targets = {
        content.WAREHOUSE: warehouse,
        content.LANDING: warehouse,
        content.AIRFLOW: airflow if superuser else role_conninfo(settings, "airflow"),
    }

    def take(part: OpenPart) -> None:
        if part.name in targets:
            say(f"Restoring {part.name} ...")
            restore_into(targets[part.name], part.blocks, everything_is_mine=not superuser)
        elif files is not None:
            files(settings, part)

    with acting_for(owner, [login_name(settings, role) for role in (*ROLES, "airflow")]):
        read_through(data.path, identities, "data", take)
        if not superuser:
            _give_away(warehouse, data.manifest["owners"])
    for database in (settings.database, settings.airflow_database):
        with owner_connection(owner, database) as connection:
            connection.execute("analyze")


def _give_away(warehouse: str, owners: dict[str, str]) -> None:
    with owner_connection(warehouse) as connection:
        for relation, role in owners.items():
            # The name is as PostgreSQL quotes it.
            connection.execute(f"alter table {relation} owner to {Identifier(role).as_string()}")


def compare(settings: Settings, owner: str, data: Checked) -> None:
    """Raises MentorDwError when a table has other rows, or somebody other rights, than the backup says."""
    with (
        safe_errors(),
        acting_for(owner, [login_name(settings, role) for role in (*ROLES, "airflow")]),
        psycopg.connect(make_conninfo(owner, dbname=settings.database), row_factory=dict_row) as connection,
        psycopg.connect(make_conninfo(owner, dbname=settings.airflow_database), row_factory=dict_row) as airflow,
    ):
        for what, now, then in (
            ("another number of rows in", content.count_rows(connection), data.manifest["tables"]),
            ("another number of rows in", content.count_rows(airflow), data.manifest["airflow_tables"]),
            ("other rights on", content.rights(connection), data.manifest["rights"]),
        ):
            wrong = sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))
            if wrong:
                raise MentorDwError(
                    f"What was restored is not what was backed up: {what} {wrong[0]} ({len(wrong)} in all).",
                    "Leave this home, and restore into another one; docs/runbooks/restore.md says whom to tell.",
                )


@contextmanager
def throw_away_server(data: Checked, folder: Path) -> Iterator[tuple[Settings, str]]:
    """Settings and owner's address of a server in `folder` that goes after the block."""
    place = Path(tempfile.mkdtemp(dir=folder, prefix="mentor_dw_check_"))
    place.chmod(0o711)
    settings = Settings(
        home=place, dsn=None, postgres_port=None,
        database=data.manifest["database"], airflow_database=data.manifest["airflow_database"],
    )  # fmt: skip
    postgres = EmbeddedPostgres(settings)
    try:
        ensure_folders(settings)
        postgres.start()
        ensure_logins(settings, postgres.url())
        yield settings, postgres.url()
    finally:
        postgres.remove()
        shutil.rmtree(place, ignore_errors=True)
