"""Making a backup while the house works: a snapshot of both databases, then the files that the snapshot's ledger names.

A delivery or a build may go on meanwhile: what comes after the snapshot is not in the backup. A rotation of keys and an
erasure change rows and files together, so they wait for the backup, and it for them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from mentor_dw.backup import content
from mentor_dw.backup.dumping import acting_for, dumped, must_be_able_to_dump
from mentor_dw.backup.recipients import recipient, recipients
from mentor_dw.backup.sealed import BLOCK_BYTES, Part, Sealer, sealed_blocks, sealing
from mentor_dw.config import ROLES, Settings, get_settings
from mentor_dw.database import address, connect, safe_errors
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.keys import Keys, load_keys
from mentor_dw.ledger import backups as ledger
from mentor_dw.local.logins import login_name, scoped_logins
from mentor_dw.privacy.erasure import alone
from mentor_dw.privacy.progress import unfinished as unfinished_erasures
from mentor_dw.rotation.record import rotating
from mentor_dw.rotation.record import unfinished as unfinished_rotations
from mentor_dw.warehouse.build import code_version
from mentor_dw.warehouse.dbt_run import PROJECT
from mentor_dw.warehouse.lock import build_lock

Say = Callable[[str], None]

#: Changes when a program cannot read any more what an earlier one wrote.
FORMAT = 1
DATA, KEYS = ".data.age", ".keys.age"
HEADER, MANIFEST = "backup.json", "manifest.json"
_ONE_AT_A_TIME = "hashtextextended('mentor_dw backup', 0)"
#: Settings that say what is kept and shown; told after a restore where they differ.
_NOT_TOLD = frozenset({"home", "dsn", "backup_to", "backup_keys_to"})


def make_backup(to: Path, keys_to: Path | None = None, *, by: str, say: Say, dry_run: bool = False) -> dict[str, Any]:
    """Back the house up into the folder `to`, its keys into `keys_to` (beside, when not said); what was written.

    Returns file, keys_file, bytes, sha256, taken_at, counts (tables, files by folder, bytes by part) and missing: names
    that the ledger has and no file. With `dry_run` nothing is written, and sizes are those before compression. Raises
    MentorDwError when no key is chosen, while another backup is under way, when a rotation or an erasure was cut off,
    and when something cannot be read or written.
    """
    settings = get_settings()
    _must_be_outside(settings, to, keys_to or to)
    if dry_run:
        return _foreseen(settings)
    data_key, keys_key = recipient(settings, "data"), recipient(settings, "keys")
    with connect("owner") as connection:
        must_be_able_to_dump(connection)
    for folder in {to, keys_to or to}:
        _ensure_folder(folder)
    with _alone(say):
        with connect("owner") as connection:
            backup_id = ledger.begin(connection, by, recipients(settings)["data"]["public"])
        stem = f"{settings.database}-{datetime.now(UTC).strftime('%Y-%m-%dT%H%M%SZ')}"
        try:
            _forget_cut_off(settings, to, keys_to or to)
            keys = _close_keys(settings, (keys_to or to) / f"{stem}{KEYS}", keys_key)
            made = _close_data(settings, to / f"{stem}{DATA}", data_key, keys, say)
            with connect("owner") as connection:
                ledger.finish(
                    connection, backup_id, file_name=made["file"], size=made["bytes"], sha256=made["sha256"],
                    counts=made["counts"],
                )  # fmt: skip
        except BaseException as error:
            # Keys of data that are not there open nothing, and would be one copy more to watch.
            ((keys_to or to) / f"{stem}{KEYS}").unlink(missing_ok=True)
            text = str(error) if isinstance(error, MentorDwError) else type(error).__name__
            with connect("owner") as connection:
                ledger.failed(connection, backup_id, text)
            raise
    return made


@contextmanager
def _alone(say: Say) -> Iterator[None]:
    """No other backup, no rotation and no erasure in the block; waits for those two. Raises MentorDwError."""
    with connect("owner", autocommit=True) as connection:
        row = connection.execute(f"select pg_try_advisory_lock({_ONE_AT_A_TIME}) as got").fetchone()
        if not (row and row["got"]):
            raise MentorDwError("Another backup is under way.", "`mentor-dw backups` shows it.")
        with rotating(say) as rotations, alone(wait=True):
            with connect("loader") as loader:
                erasures = unfinished_erasures(loader)
            left = [f"the rotation of the {one.kind} key" for one in unfinished_rotations(rotations)]
            left += [f"erasure {erasure_id}" for erasure_id in erasures]
            if left:
                raise MentorDwError(
                    f"Not finished, and so not backed up: {', '.join(left)}. Rows and files would not fit together.",
                    "Run `mentor-dw up`, which finishes them, and back up again.",
                )
            yield
        connection.execute(f"select pg_advisory_unlock({_ONE_AT_A_TIME})")


def _close_keys(settings: Settings, target: Path, key: Any) -> dict[str, Any]:
    """Write the backup of the keys: its name, SHA-256 and which keys are in it."""
    ids = content.key_ids(settings)
    parts = {}
    with sealing(target, key) as sealer:
        sealer.add(HEADER, [_json({"format": FORMAT, "kind": "keys", "database": settings.database})])
        for name, text, mtime in content.secret_files(settings):
            parts[f"secrets/{name}"] = asdict(sealer.add(f"secrets/{name}", [text], mtime))
        sealer.add(MANIFEST, [_json({"parts": parts, "key_ids": ids})])
    return {"file": target.name, "sha256": sealer.sha256, "key_ids": ids}


def _close_data(settings: Settings, target: Path, key: Any, keys: dict[str, Any], say: Say) -> dict[str, Any]:
    manifest: dict[str, Any] = {"keys": keys, "missing": []}
    parts: dict[str, Part] = {}
    with ExitStack() as stack, sealing(target, key) as sealer:
        house = _Snapshots(settings, stack, say)
        header = {
            "format": FORMAT,
            "kind": "data",
            "database": settings.database,
            "airflow_database": settings.airflow_database,
            "taken_at": house.taken_at.isoformat(),
            "server": house.warehouse.info.server_version // 10000,
            "code_version": code_version(PROJECT),
        }
        sealer.add(HEADER, [_json(header)])
        say(f"The state of {house.taken_at:%Y-%m-%d %H:%M:%S} is backed up; whatever comes later is not in it.")
        for name, blocks in house.dumps():
            parts[name] = sealer.add(name, blocks)
            say(f"{name}: {parts[name].bytes:,} bytes")
        manifest["tables"] = content.count_rows(house.warehouse)
        manifest["airflow_tables"] = content.count_rows(house.airflow)
        manifest["rights"] = content.rights(house.warehouse)
        manifest["owners"] = content.owners(house.warehouse)
        manifest["scoped_logins"] = scoped_logins(settings)
        manifest["settings"] = settings.model_dump(mode="json", exclude=set(_NOT_TOLD))
        files = _add_files(sealer, house.warehouse, settings, manifest["missing"])
        parts |= files
        manifest["parts"] = {name: asdict(part) for name, part in parts.items()}
        sealer.add(MANIFEST, [_json(header | manifest)])
    for name in manifest["missing"]:
        say(f"{name} went away before it was read.")
    counts = {
        "tables": manifest["tables"],
        "files": dict(Counter(name.split("/")[1] for name in files)),
        "bytes": {name: part.bytes for name, part in parts.items() if name not in files}
        | {"files": sum(part.bytes for part in files.values())},
    }
    return {
        "file": target.name,
        "keys_file": keys["file"],
        "bytes": sealer.size,
        "sha256": sealer.sha256,
        "taken_at": house.taken_at.isoformat(),
        "counts": counts,
        "missing": manifest["missing"],
    }


class _Snapshots:
    """Both databases as they are at one moment, for as long as `stack` is open.

    No build runs until pg_dump holds the tables that it reads, so that none that it sees is dropped before.
    """

    def __init__(self, settings: Settings, stack: ExitStack, say: Say) -> None:
        url = address("owner").url()
        self._url = make_conninfo(url, dbname=settings.database)
        self._airflow_url = make_conninfo(url, dbname=settings.airflow_database)
        stack.enter_context(safe_errors())
        stack.enter_context(acting_for(url, [login_name(settings, role) for role in (*ROLES, "airflow")]))
        with build_lock(say):
            self.warehouse, self._snapshot = _look(stack, self._url)
            self.airflow, airflow_snapshot = _look(stack, self._airflow_url)
            row = self.warehouse.execute("select clock_timestamp() as now").fetchone()
            assert row is not None
            self.taken_at: datetime = row["now"]
            left_out = [f"--exclude-table={schema}.*" for schema in content.schemas_left_out(self.warehouse)]
            self._rest = stack.enter_context(closing(dumped(self._url, self._snapshot, left_out)))
            self._first = next(self._rest, b"")
        self._airflow_snapshot = airflow_snapshot

    def dumps(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Name and blocks of each dump."""
        yield content.WAREHOUSE, chain((self._first,), self._rest)
        landing = [f"--table=landing.{table}" for table in content.LANDING_TABLES]
        yield content.LANDING, dumped(self._url, self._snapshot, ["--schema-only", *landing])
        yield content.AIRFLOW, dumped(self._airflow_url, self._airflow_snapshot)


def _look(stack: ExitStack, url: str) -> tuple[psycopg.Connection[dict[str, Any]], str]:
    """A connection that keeps seeing this moment, and what others see it by."""
    connection = stack.enter_context(
        psycopg.connect(url, row_factory=dict_row, application_name="mentor_dw backup", connect_timeout=30)
    )
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    row = connection.execute("select pg_export_snapshot() as name").fetchone()
    assert row is not None
    return connection, row["name"]


def _add_files(
    sealer: Sealer, connection: content.Connection, settings: Settings, missing: list[str]
) -> dict[str, Part]:
    """Add every file; `missing` gets the names of those that the ledger has and that are not there."""
    keys, parts = load_keys(settings.secrets), {}
    for kept in content.files_of(connection, settings):
        name = f"{content.FILES_PART}/{kept.name}{content.INNER if kept.inner else ''}"
        try:
            file = kept.path.open("rb")
        except FileNotFoundError:
            missing.append(kept.name)
            continue
        with file:
            mtime = kept.path.stat().st_mtime if kept.path.exists() else 0
            blocks: Iterator[bytes] = iter(lambda file=file: file.read(BLOCK_BYTES), b"")
            parts[name] = sealer.add(name, _inner(blocks, keys) if kept.inner else blocks, mtime)
    return parts


def _inner(blocks: Iterator[bytes], keys: Keys) -> Iterator[bytes]:
    return sealed_blocks(blocks, keys.archive_recipient)


def _foreseen(settings: Settings) -> dict[str, Any]:
    """What a backup would hold now: rows by table, files and bytes by folder."""
    with connect("owner") as connection:
        sizes = connection.execute(
            "select datname as name, pg_database_size(datname) as bytes from pg_database where datname = any(%s)",
            ([settings.database, settings.airflow_database],),
        ).fetchall()
        files: Counter[str] = Counter()
        held: Counter[str] = Counter()
        missing = []
        for kept in content.files_of(connection, settings):
            folder = kept.name.split("/")[0]
            if kept.path.is_file():
                files[folder] += 1
                held[folder] += kept.path.stat().st_size
            else:
                missing.append(kept.name)
        tables = content.count_rows(connection)
    return {
        "counts": {
            "tables": tables,
            "files": dict(files),
            "bytes": {one["name"]: one["bytes"] for one in sizes} | held,
        },
        "missing": missing,
        "keys": sorted(name for name, _, _ in content.secret_files(settings)),
        "closed_to": {kind: one["public"] for kind, one in recipients(settings).items()},
    }


def _must_be_outside(settings: Settings, *folders: Path) -> None:
    for folder in folders:
        if folder.expanduser().resolve().is_relative_to(settings.home):
            raise MentorDwError(
                "A backup inside the home is lost with it.", "Name a folder on another disk or machine."
            )


def _ensure_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise MentorDwError(f"{folder} cannot be written ({error.strerror}).", "See that it is mounted.") from None


def _forget_cut_off(settings: Settings, *folders: Path) -> None:
    """Remove what a backup that was killed left; this one runs alone."""
    for folder in set(folders):
        for path in folder.glob(f".{settings.database}-*.age.part"):
            path.unlink(missing_ok=True)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str).encode()
