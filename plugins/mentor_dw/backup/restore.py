"""A house made from a backup, in an empty home: looked through, made, compared, brought up to date.

Nothing is written before both files were read to their end and found whole. Until all is done a note in the home keeps
`mentor-dw up` away, so that nobody works in half a house.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from psycopg.sql import SQL, Identifier

from mentor_dw.backup import again, content
from mentor_dw.backup.check import Checked, check_data, check_keys, keys_file_of, read_through
from mentor_dw.backup.databases import Identities, compare, put_databases
from mentor_dw.backup.journal import FOLDER, read_journal
from mentor_dw.backup.sealed import OpenPart, opened_blocks
from mentor_dw.config import SCOPED, Settings, get_settings
from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.keys import load_keys
from mentor_dw.ledger import backups as ledger
from mentor_dw.local.databases import ensure_logins, ensure_schema, ensure_source_tables, owner_connection
from mentor_dw.local.folders import ensure_folders
from mentor_dw.local.installation import UNFINISHED
from mentor_dw.local.logins import (
    ensure_role,
    keep_login,
    mark_of,
    set_password,
    settings_of,
)
from mentor_dw.local.postgres import EmbeddedPostgres
from mentor_dw.local.scopes import SESSIONS
from mentor_dw.secret_files import write_private

Say = Callable[[str], None]


@dataclass(frozen=True)
class Source:
    """What a restore is made from. `journal` None: without one, on purpose."""

    data: Path
    keys: Path
    journal: Path | None
    identities: Identities = field(repr=False)


@dataclass
class Found:
    """What was found before anything is written."""

    data: Checked
    keys: Checked
    decisions: dict[str, Any] | None
    entries: list[dict[str, Any]]


def source_of(
    data: Path, keys: Path | None, journal: Path | None, without_journal: bool, identities: Identities
) -> Source:
    """Where a backup's parts are: those that are not named are looked for beside the data.

    Raises MentorDwError when there is no journal, unless it is to be done without.
    """
    beside = data.parent / FOLDER
    found = None if without_journal else journal or (beside if beside.is_dir() else None)
    if found is None and not without_journal:
        raise MentorDwError(
            "There is no journal of what was decided after the backup: persons erased since would be back, and numbers "
            "of delivered versions would be used twice.",
            f"Name its folder (--journal; beside the backups it is called {FOLDER}), or say --without-journal.",
        )
    return Source(data, keys or keys_file_of(data), found, identities)


def look(source: Source, say: Say) -> Found:
    """Read everything to its end. Raises NotABackup or MentorDwError for what is wrong; nothing is written."""
    data = check_data(source.data, source.identities, say)
    keys = check_keys(source.keys, source.identities, data)
    decisions, entries = read_journal(source.journal, source.identities) if source.journal else (None, [])
    return Found(data, keys, decisions, entries)


def restore(source: Source, *, by: str, say: Say, dry_run: bool = False) -> dict[str, Any]:
    """Make this home from the backup; what was done. With `dry_run` the backup is looked through only.

    PostgreSQL runs afterwards, Airflow does not: `mentor-dw up` goes on. Raises MentorDwError when the home, or the
    given server's database, is not empty, when the backup is of a house with other database names or a newer server,
    and when what was made is not what was backed up.
    """
    settings = get_settings()
    _must_be_empty(settings)
    found = look(source, say)
    _must_fit(settings, found.data)
    told = {
        "file": source.data.name,
        "taken_at": found.data.taken_at.isoformat(),
        "rows": sum(found.data.manifest["tables"].values()),
        "files": sum(name.startswith(f"{content.FILES_PART}/") for name in found.data.manifest["parts"]),
        "journal_until": found.decisions["at"] if found.decisions else None,
        "settings_that_differ": _differing(settings, found.data),
    }
    if dry_run:
        return told | {"carried_out": False, "journal_entries": len(found.entries)}
    settings.home.mkdir(parents=True, exist_ok=True)
    note = settings.home / UNFINISHED
    write_private(note, f"{source.data.name}\n")
    ensure_folders(settings)
    read_through(source.keys, source.identities, "keys", lambda part: _put_secret(settings, part))
    owner = _server(settings, say)
    ensure_logins(settings, owner)
    put_databases(settings, owner, found.data, source.identities, say, files=_put_file)
    compare(settings, owner, found.data)
    say("Every table has the rows that were backed up, and whoever may see them is the same.")
    _scoped_logins(settings, owner, found.data.manifest["scoped_logins"])
    for name in ensure_schema(settings, owner):
        say(f"warehouse: {name} applied")
    ensure_source_tables()
    with connect("owner") as connection:
        # The next build begins by itself and makes everything: what it would go on from is not in a backup.
        connection.execute(
            "insert into ops.build (status, error)"
            " select 'failed', 'restored from a backup: everything is to be built' where exists (select from ops.build)"
        )
    done = again.bring_up_to_date(found.data.taken_at, found.decisions, found.entries, by, say)
    with connect("owner") as connection:
        ledger.restored(
            connection,
            by=by,
            file_name=source.data.name,
            size=found.data.bytes,
            sha256=found.data.sha256,
            taken_at=found.data.taken_at,
            counts={"tables": found.data.manifest["tables"]},
            journal_until=again.moment(found.decisions["at"]) if found.decisions else None,
            done_again={name: count for name, count in asdict(done).items() if isinstance(count, int)},
        )
    note.unlink()
    return told | asdict(done) | {"carried_out": True}


def _server(settings: Settings, say: Say) -> str:
    if settings.dsn is not None:
        return settings.dsn.get_secret_value()
    postgres = EmbeddedPostgres(settings)
    say(f"PostgreSQL: started on port {postgres.start()}")
    return postgres.url()


def _put_secret(settings: Settings, part: OpenPart) -> None:
    _write(_below(settings.secrets, part.name.removeprefix("secrets/")), part.blocks, part.mtime)


def _put_file(settings: Settings, part: OpenPart) -> None:
    name, blocks = part.name.removeprefix(f"{content.FILES_PART}/"), part.blocks
    if name.endswith(content.INNER):
        name = name.removesuffix(content.INNER)
        blocks = opened_blocks(blocks, load_keys(settings.secrets).archive_identities)
    _write(_below(settings.home, name), blocks, part.mtime)


def _below(folder: Path, name: str) -> Path:
    path = Path(os.path.normpath(folder / name))
    if not path.is_relative_to(folder) or path == folder or "\0" in name:
        raise MentorDwError("The backup holds a name that leads out of the home.", "It was not made by this program.")
    return path


def _write(path: Path, blocks: Iterable[bytes], mtime: float) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for block in blocks:
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    os.utime(path, (mtime, mtime))


def _scoped_logins(settings: Settings, owner: str, names: list[str]) -> None:
    """Make the scoped logins anew, with passwords of their own; their areas are in the ledger."""
    with owner_connection(owner, settings.database) as connection:
        for name in names:
            ensure_role(connection, name, mark_of(settings, name), settings_of(settings), SESSIONS)
            connection.execute(SQL("grant {} to {}").format(Identifier(SCOPED), Identifier(name)))
            keep_login(settings, name, set_password(connection, name))


def _must_be_empty(settings: Settings) -> None:
    if settings.home.exists() and any(settings.home.iterdir()):
        raise MentorDwError(
            f"{settings.home} is not empty. A backup is restored into an empty home only.",
            "Set MENTOR_DW_HOME to a new folder; nothing that is there is written over.",
        )
    if settings.dsn is None:
        return
    with owner_connection(settings.dsn.get_secret_value()) as connection:
        found = connection.execute(
            "select datname from pg_database where datname = any(%s) order by 1",
            ([settings.database, settings.airflow_database],),
        ).fetchone()
    if found:
        raise MentorDwError(
            f"The given server has a database {found[0]} already.",
            "Restore onto a server without it, or rename it there; nothing is written over.",
        )


def _must_fit(settings: Settings, data: Checked) -> None:
    told = data.manifest
    for name in ("database", "airflow_database"):
        if told[name] != getattr(settings, name):
            raise MentorDwError(
                f"The backup is of a house whose {name} is called {told[name]}.",
                f"Set MENTOR_DW_{name.upper()}={told[name]}.",
            )


def _differing(settings: Settings, data: Checked) -> dict[str, list[Any]]:
    now = settings.model_dump(mode="json")
    return {
        name: [then, now[name]] for name, then in data.manifest["settings"].items() if name in now and now[name] != then
    }
