"""What is kept past its days goes: by the rules of keeping.py, counted first, and only then deleted.

Counting rows of the ledger and published figures stay, so what was shown can be explained. Rows of a delivery that
counts never go: the newest accepted one of each source is the state of today.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.delivery.flow_forget import expire_packages
from mentor_dw.feeds import load_feed, sources, table_name
from mentor_dw.ingest.expire import expire_kept_files
from mentor_dw.ingest.lock import source_lock
from mentor_dw.ingest.unknown import forget_unknown_persons
from mentor_dw.landing.vault import forget_without_rows
from mentor_dw.landing.wide_tables import WIDE_TABLES
from mentor_dw.ledger.access import forget_old_reads
from mentor_dw.privacy.keeping import rule_of
from mentor_dw.warehouse.as_known import expire_past

Connection = psycopg.Connection[dict[str, Any]]

_OVERTAKEN = """
    select delivery_id, coalesce(withdrawn_at, superseded_at) as since
    from ops.delivery
    where
        source = %(source)s
        and status in ('superseded', 'withdrawn')
        and accepted_at is not null
        and raw_gone_at is null
        and coalesce(withdrawn_at, superseded_at) < now() - make_interval(days => %(days)s)
    order by delivery_id
"""
#: Tables of findings, by the days of their own rule.
_FINDINGS = ("ops.quarantined_row", "ops.validation")
_OLD_FINDINGS = (
    "from {} as t using ops.delivery as d"
    " where t.delivery_id = d.delivery_id and d.decided_at < now() - make_interval(days => %s)"
)


@dataclass(frozen=True)
class Due:
    """What goes of one place: `items` of `unit`; `oldest` is what its days are counted from, where it is known."""

    place: str
    rule: str
    days: int | None
    items: int
    unit: str
    oldest: datetime | None = None


def carry_out(settings: Settings, *, dry_run: bool) -> list[Due]:
    """Delete what is past its days, or with `dry_run` count it; what goes of each place, also where nothing does."""
    return [
        *_raw(settings, dry_run),
        _unknown_persons(settings, dry_run),
        _vault(settings, dry_run),
        *(_findings(settings, table, dry_run) for table in _FINDINGS),
        _reads(settings, dry_run),
        _due("schemas of past states", settings, expire_past(dry_run=dry_run), "schemas"),
        _due("/outbox", settings, expire_packages(dry_run=dry_run), "files and folders"),
        _due("/archive", settings, _kept(dry_run), "files (with /refused)"),
        *(_files(settings, place, dry_run) for place in ("/subject_reports", "/reports", "/data_docs", "/logs")),
    ]


def _due(place: str, settings: Settings, items: int, unit: str, oldest: datetime | None = None) -> Due:
    rule = rule_of(place)
    assert rule is not None, place
    return Due(place, rule.english, rule.days(settings), items, unit, oldest)


def _raw(settings: Settings, dry_run: bool) -> Iterator[Due]:
    for source in sources():
        rows, oldest = 0, None
        with source_lock(source), connect("loader") as connection:
            found = connection.execute(_OVERTAKEN, {"source": source, "days": settings.raw_days}).fetchall()
            for delivery in found:
                oldest = min(oldest or delivery["since"], delivery["since"])
                rows += _delete_raw(connection, source, delivery["delivery_id"])
            if dry_run:
                connection.rollback()
        due = _due("raw", settings, rows, f"rows of {len(found)} deliveries", oldest)
        yield Due(f"raw {source}", due.rule, due.days, due.items, due.unit, due.oldest)


def _delete_raw(connection: Connection, source: str, delivery_id: int) -> int:
    feed = load_feed(source)
    tables = [table_name(source, name) for name in feed.members] or [f"{source}__{table}" for table in WIDE_TABLES]
    rows = sum(
        connection.execute(
            sql.SQL("delete from {} where delivery_id = %s").format(sql.Identifier("raw", table)), (delivery_id,)
        ).rowcount
        for table in tables
    )
    connection.execute(
        "update ops.delivery set raw_gone_at = clock_timestamp(), row_changes = row_changes + 1 where delivery_id = %s",
        (delivery_id,),
    )
    return rows


def _unknown_persons(settings: Settings, dry_run: bool) -> Due:
    rows = sum(forget_unknown_persons(source, dry_run=dry_run) for source in sources())
    return _due("raw of unknown persons", settings, rows, "rows")


def _vault(settings: Settings, dry_run: bool) -> Due:
    """Persons without a row; of a dry run those who have none already."""
    with connect("loader") as connection:
        persons = forget_without_rows(connection)
        if dry_run:
            connection.rollback()
    return _due("vault", settings, persons, "persons")


def _findings(settings: Settings, table: str, dry_run: bool) -> Due:
    rule = rule_of(table)
    assert rule is not None
    days = rule.days(settings)
    with connect("loader") as connection:
        oldest = connection.execute(
            sql.SQL(
                "select min(d.decided_at) as moment from {} as t inner join ops.delivery as d"
                " on t.delivery_id = d.delivery_id"
            ).format(sql.Identifier(*table.split(".")))
        ).fetchone()
        rows = connection.execute(
            sql.SQL("delete " + _OLD_FINDINGS).format(sql.Identifier(*table.split("."))), (days,)
        ).rowcount
        if dry_run:
            connection.rollback()
    return _due(table, settings, rows, "rows", oldest["moment"] if oldest else None)


def _reads(settings: Settings, dry_run: bool) -> Due:
    with connect("loader") as connection:
        first = connection.execute("select min(at) as moment from ops.access_log").fetchone()
    rows = forget_old_reads(settings.access_days, dry_run=dry_run)
    return _due("ops.access_log", settings, rows, "entries", first["moment"] if first else None)


def _kept(dry_run: bool) -> int:
    return sum(expire_kept_files(source, dry_run=dry_run) for source in sources())


def _files(settings: Settings, place: str, dry_run: bool) -> Due:
    rule = rule_of(place)
    assert rule is not None
    days = rule.days(settings)
    assert days is not None
    folder = settings.home / place.removeprefix("/")
    until = (datetime.now(UTC) - timedelta(days=days)).timestamp()
    written = {path: path.lstat().st_mtime for path in folder.rglob("*") if path.is_file() and path.lstat().st_size}
    old = [path for path, moment in written.items() if moment < until and path.name != "index.html"]
    for path in [] if dry_run else old:
        _remove(path, folder)
    oldest = datetime.fromtimestamp(min(written.values()), UTC) if written else None
    return _due(place, settings, len(old), "files", oldest)


def _remove(path: Path, folder: Path) -> None:
    """Delete a file and the folders it leaves empty. A log of ours is emptied: whoever writes it has it open."""
    if path.parent == folder and path.suffix == ".log":
        os.truncate(path, 0)
        return
    path.unlink()
    for above in path.parents:
        if above == folder or any(above.iterdir()):
            return
        above.rmdir()


def tell(due: list[Due], say: Callable[[str], None]) -> None:
    """One line for each place of which something went."""
    for one in due:
        if one.items:
            say(f"{one.place}: {one.items} {one.unit} deleted")
