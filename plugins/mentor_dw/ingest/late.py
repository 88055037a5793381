"""Persons who become known after a wide delivery was accepted: their rows are folded from its kept file.

So the order in which registers arrive does not matter. The file is read as a stream, decrypted on the way; nothing of
it is written to disk.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from mentor_dw.config import Settings, get_settings
from mentor_dw.database import connect
from mentor_dw.errors import DeliveryRefused
from mentor_dw.feeds import Feed, load_feed
from mentor_dw.identity.keys import load_keys
from mentor_dw.ingest.keep import DoesNotOpen, opened_plain
from mentor_dw.ingest.lock import SourceLock, source_lock_if_free
from mentor_dw.ingest.settle import Say
from mentor_dw.landing.vault import hold_keys
from mentor_dw.landing.vault_sets import PersonLookup
from mentor_dw.landing.wide_counts import PartCounts, rule_names
from mentor_dw.landing.wide_load import PartLander, Place, fold_in_batches
from mentor_dw.landing.wide_tables import OF_LINES, WIDE_TABLES, landed_table, raw_table
from mentor_dw.ledger import deliveries
from mentor_dw.ledger.purpose import known_by, known_persons, mentor_deliveries, note_lookup, unlooked
from mentor_dw.reading.wide.layout import read_layout
from mentor_dw.reading.wide.stream import Lines, blocks_of, packing_of, unpacked

Connection = psycopg.Connection[dict[str, Any]]

#: The part that late rows are landed as, in the transaction that moves them to raw.
_LATE = 0
_WANTED = sql.Identifier("pg_temp", "wanted")


def fold_known_persons(say: Say = print) -> int:
    """Look for everybody who is known now in the effective wide deliveries; the number of rows that came to `raw`.

    A source that is being taken just now is left for the next build. A file that is not kept any more, or cannot be
    read, is no error: `mentor-dw status` then says how many persons lack its rows.
    """
    with connect("loader") as connection:
        waiting = [delivery.source for delivery in unlooked(connection)]
    rows = 0
    for source in waiting:
        with source_lock_if_free(source) as lock:
            if lock is None:
                say(f"{source} is being taken just now; persons who became known are looked for afterwards.")
            else:
                rows += fold_known_of(get_settings(), load_feed(source), lock, say)
    return rows


def fold_known_of(settings: Settings, feed: Feed, lock: SourceLock, say: Say) -> int:
    """As `fold_known_persons`, for one source whose lock the caller holds."""
    with connect("loader") as connection:
        found = [delivery for delivery in unlooked(connection) if delivery.source == feed.source]
        if not found:
            return 0
        row = deliveries.delivery(connection, found[0].delivery_id)
        by = known_by(connection)
        wanted = _list_wanted(connection, feed, row)
        kept = settings.home / (row["kept_as"] or "")
        rows: int | None = 0
        if wanted:
            say(f"{row['file_name']}: looking for {wanted} persons who became known.")
            rows = _fold_if_readable(settings, connection, feed, row, kept, say)
        note_lookup(connection, row["delivery_id"], by, wanted if rows is None else 0)
        lock.confirm()
    return rows or 0


def _fold_if_readable(
    settings: Settings, connection: Connection, feed: Feed, row: dict[str, Any], kept: Path, say: Say
) -> int | None:
    """The number of rows that came to raw; None when the kept file is gone, or cannot be read any more."""
    if not kept.is_file():
        say(f"{row['file_name']} is not kept any more.")
        return None
    try:
        with connection.transaction():
            rows = _fold_file(settings, connection, feed, row, kept)
    except (DeliveryRefused, DoesNotOpen) as problem:
        say(f"The kept file of {row['file_name']} cannot be read: {problem}")
        return None
    say(f"{row['file_name']}: {rows} of them have a row.")
    return rows


def _list_wanted(connection: Connection, feed: Feed, row: dict[str, Any]) -> int:
    """Fill the temporary table `wanted` with the persons to be looked for in the file; how many.

    Of a delivery of which everybody was kept, those who have a row need no file.
    """
    parameters = {"id": row["delivery_id"], "mentor_deliveries": mentor_deliveries(connection)}
    connection.execute("create temporary table wanted (person_key bigint primary key) on commit drop")
    connection.execute(
        sql.SQL(
            """
            insert into {wanted} (person_key)
            select k.person_key
            from ({known}) as k
            where not exists (
                select 1 from {opslag} as o where o.delivery_id = %(id)s and o.person_key = k.person_key
            )
            """
        ).format(wanted=_WANTED, known=known_persons(), opslag=raw_table(feed.source, "opslag")),
        parameters,
    )
    if row["legal_basis"] is not None:
        # Without rows withheld, who is not there is not in the file.
        connection.execute(
            sql.SQL(
                """
                with settled as (
                    select w.person_key, exists (
                        select 1 from {person} as p where p.delivery_id = %(id)s and p.person_key = w.person_key
                    ) as fundet
                    from {wanted} as w
                ),
                told as (
                    insert into {opslag} (delivery_id, person_key, fundet)
                    select %(id)s, person_key, fundet from settled where fundet or %(withheld)s = 0
                    returning person_key
                )
                delete from {wanted} as w using told as t where w.person_key = t.person_key
                """
            ).format(wanted=_WANTED, person=raw_table(feed.source, "person"), opslag=raw_table(feed.source, "opslag")),
            parameters | {"withheld": row["rows_withheld"]},
        )
    count = connection.execute(sql.SQL("select count(*) as persons from {}").format(_WANTED)).fetchone()
    connection.execute(sql.SQL("analyze {}").format(_WANTED))
    return count["persons"] if count else 0


def _fold_file(settings: Settings, connection: Connection, feed: Feed, row: dict[str, Any], kept: Path) -> int:
    keys, counts = hold_keys(connection, load_keys(settings.secrets)), PartCounts()
    lookup = PersonLookup(connection, keys, feed.source, _WANTED)
    with opened_plain(kept, keys) as handle:
        lines = unpacked(handle, packing_of(row["file_name"]))
        header = lines.readline()
        layout = read_layout(header, feed)
        lander = PartLander(
            connection,
            Place(feed.source, row["delivery_id"], _LATE, (1, None)),
            keys,
            lookup,
            rule_names(layout),
            counts,
            keeps_everybody=True,
            one_connection=True,
        )
        fold_in_batches(blocks_of(_Whole(header, lines)), layout, rule_names(layout), counts, lander)
    lookup.release()
    return _move_to_raw(connection, feed, row["delivery_id"])


def _move_to_raw(connection: Connection, feed: Feed, delivery_id: int) -> int:
    """What was landed as the part _LATE becomes rows of the accepted delivery; the number of persons."""
    landed = {table: landed_table(feed.source, table, delivery_id, _LATE) for table in OF_LINES}
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("delete from landing.wide_finding where delivery_id = %s", (delivery_id,))
        for table, name in landed.items():
            # A line that was set aside stays there, such as the second one of a person.
            cursor.execute(
                sql.SQL(
                    "delete from {} as l using ops.quarantined_row as q"
                    " where q.delivery_id = %s and q.line_number = l.line_number"
                ).format(name),
                (delivery_id,),
            )
            columns = sql.SQL(", ").join(map(sql.Identifier, WIDE_TABLES[table][1]))
            cursor.execute(
                sql.SQL("insert into {} ({}) select {} from {}").format(
                    raw_table(feed.source, table), columns, columns, name
                )
            )
        cursor.execute(sql.SQL("select count(*) from {}").format(landed["person"]))
        (persons,) = cursor.fetchone() or (0,)
        cursor.execute(
            sql.SQL(
                """
                insert into {opslag} (delivery_id, person_key, fundet)
                select %s, w.person_key, exists (select 1 from {person} as p where p.person_key = w.person_key)
                from {wanted} as w
                """
            ).format(opslag=raw_table(feed.source, "opslag"), person=landed["person"], wanted=_WANTED),
            (delivery_id,),
        )
        cursor.execute(sql.SQL("drop table {}").format(sql.SQL(", ").join(landed.values())))
    deliveries.rows_came_later(connection, delivery_id, persons)
    return persons


@dataclass
class _Whole:
    """A text whose header has been read: gives it once more, so that lines are counted from the first one."""

    header: bytes
    rest: Lines

    def read(self, size: int = -1, /) -> bytes:
        return self.rest.read(size)

    def readline(self, size: int | None = -1, /) -> bytes:
        if self.header:
            header, self.header = self.header, b""
            return header
        return self.rest.readline(size)
