"""A wide delivery from file to verdict: begun, landed part by part, decided.

In one process the three steps follow each other; on a scheduler the parts of a plain file are landed side by side, each
in a task of its own. Between the steps `landing.wide_part` is the state: whoever begins a delivery anew drops the parts
of the one before, and a part that is not named there any more is not landed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.errors import DeliveryRefused, MentorDwError
from mentor_dw.feeds import Feed
from mentor_dw.identity.keys import Keys, load_keys
from mentor_dw.ingest.late import fold_known_of
from mentor_dw.ingest.lock import SourceLock
from mentor_dw.ingest.settle import Say
from mentor_dw.ingest.wide_verdict import clear_wide, decide_wide
from mentor_dw.landing.tombstones import read_tombstones
from mentor_dw.landing.vault import hold_keys
from mentor_dw.landing.vault_sets import PersonLookup, hold_vault
from mentor_dw.landing.wide_counts import PartCounts, rule_names
from mentor_dw.landing.wide_load import PartLander, Place, fold_in_batches
from mentor_dw.landing.wide_tables import (
    create_landed,
    drop_part,
    ensure_wide_tables,
    index_landed,
    landed_table,
)
from mentor_dw.ledger.purpose import known_by, known_persons, legal_basis, mentor_deliveries, note_lookup
from mentor_dw.reading.inbox import mark_of
from mentor_dw.reading.wide.layout import Layout, read_layout
from mentor_dw.reading.wide.stream import WHOLE, Part, blocks, read_header, scan

Connection = psycopg.Connection[dict[str, Any]]


def settle_wide(
    settings: Settings,
    feed: Feed,
    delivery_id: int,
    path: Path,
    lock: SourceLock,
    say: Say,
    override: tuple[str, str] | None = None,
    parts: list[Part] | None = None,
    mark: str | None = None,
) -> None:
    """Land, judge and decide delivery `delivery_id`, whose bytes are in `path`, in this process.

    As `settle` does for other deliveries. Raises DeliveryRefused when the file cannot be read as a whole: then nothing
    is landed, and the caller records it.
    """
    mark = mark or mark_of(path)
    parts = parts or scan(path, WHOLE).parts
    numbers = begin(settings, feed, delivery_id, path, parts, lock, say, mark)
    for number in numbers:
        land_part(settings, feed, delivery_id, number, path)
    decide_wide(settings, feed, delivery_id, path, lock, say, override)


def begin(
    settings: Settings,
    feed: Feed,
    delivery_id: int,
    path: Path,
    parts: list[Part],
    lock: SourceLock,
    say: Say,
    mark: str | None = None,
) -> list[int]:
    """Prepare landing for the delivery; the numbers of its parts, which may then be landed in any order.

    `mark` is that of the file (mark_of) when its `parts` were found; without it, that of now.

    Who became known since the last build is first looked for in the delivery that this one may overtake: afterwards
    nobody is, and what was known must not depend on when builds ran. What another delivery that was begun and never
    decided left is dropped. Raises DeliveryRefused for what the header tells, and MentorDwError when everybody is to be
    kept without a legal basis.
    """
    basis, mark = legal_basis(settings), mark or mark_of(path)
    layout = read_layout(read_header(path), feed)
    if not parts:
        raise DeliveryRefused("empty_file", "the file is empty")
    fold_known_of(settings, feed, lock, say)
    with connect("loader") as connection:
        ensure_wide_tables(connection, feed)
        clear_wide(connection, feed)
        connection.execute("update ops.delivery set legal_basis = %s where delivery_id = %s", (basis, delivery_id))
        _look_for(connection, feed, delivery_id)
        _cover(connection, feed, delivery_id, layout)
        for number, part in enumerate(parts, 1):
            following = parts[number].first_line if number < len(parts) else None
            connection.execute(
                "insert into landing.wide_part (delivery_id, part, start_byte, end_byte, first_line, next_line,"
                " file_mark, keeps_everybody) values (%s, %s, %s, %s, %s, %s, %s, %s)",
                (delivery_id, number, part.start, part.end, part.first_line, following, mark, basis is not None),
            )
    return list(range(1, len(parts) + 1))


def land_part(settings: Settings, feed: Feed, delivery_id: int, number: int, path: Path) -> None:
    """Land one part, in one transaction; a part that is landed already is left alone.

    A file that turns out not to be readable is noted, for `decide_wide` to refuse. Raises MentorDwError when the
    delivery is not being taken any more, or the file changed.
    """
    try:
        with connect("loader") as connection, connect("loader", autocommit=True) as vault:
            row = connection.execute(
                "select * from landing.wide_part where delivery_id = %s and part = %s for update",
                (delivery_id, number),
            ).fetchone()
            if row is None:
                raise MentorDwError(
                    f"Delivery {delivery_id} is not being taken any more.", "Nothing is lost; the next run takes it."
                )
            if row["counts"] is None and row["refusal"] is None:
                keys = hold_keys(connection, load_keys(settings.secrets))
                counts = _land(keys, connection, vault, feed, row, path)
                connection.execute(
                    "update landing.wide_part set counts = %s, key_id = %s where delivery_id = %s and part = %s",
                    (Jsonb(counts.as_json()), keys.key_id, delivery_id, number),
                )
    except DeliveryRefused as refusal:
        with connect("loader") as connection:
            connection.execute(
                "update landing.wide_part set refusal = %s where delivery_id = %s and part = %s",
                (Jsonb({"code": refusal.code, "message": refusal.message}), delivery_id, number),
            )


def land_under_one_key(settings: Settings, feed: Feed, delivery_id: int, path: Path) -> None:
    """Land again what was landed before the look-up key was rotated, if the other parts were landed after it.

    A line's person is compared with those of all other parts by look-up value. Raises as `land_part`.
    """
    while stale := _drop_parts_of_former_key(settings, feed, delivery_id):
        for number in stale:
            land_part(settings, feed, delivery_id, number, path)


def _drop_parts_of_former_key(settings: Settings, feed: Feed, delivery_id: int) -> list[int]:
    with connect("loader") as connection:
        landed = {
            row["part"]: row["key_id"]
            for row in connection.execute(
                "select part, key_id from landing.wide_part where delivery_id = %s and counts is not null",
                (delivery_id,),
            )
        }
        if len(set(landed.values())) < 2:
            return []
        current = hold_keys(connection, load_keys(settings.secrets)).key_id
        stale = sorted(part for part, key_id in landed.items() if key_id != current)
        for part in stale:
            with connection.cursor() as cursor:
                drop_part(cursor, feed.source, delivery_id, part)
            connection.execute(
                "delete from landing.wide_finding where delivery_id = %s and part = %s", (delivery_id, part)
            )
            connection.execute(
                "update landing.wide_part set counts = null where delivery_id = %s and part = %s", (delivery_id, part)
            )
    return stale


def in_parts(connection: Connection, feed: Feed) -> dict[str, Any] | None:
    """The delivery of the source that is being taken in several parts: file_name, parts, and how many are landed.

    One that is taken in one part is taken under the lock of the source from beginning to end.
    """
    return connection.execute(
        """
        select d.file_name, count(*) as parts, count(p.counts) as landed
        from landing.wide_part as p
        inner join ops.delivery as d on p.delivery_id = d.delivery_id
        where d.source = %s and d.status = 'received'
        group by d.file_name
        having count(*) > 1
        """,
        (feed.source,),
    ).fetchone()


def _land(
    keys: Keys, connection: Connection, vault: Connection, feed: Feed, row: dict[str, Any], path: Path
) -> PartCounts:
    counts, everybody = PartCounts(), row["keeps_everybody"]
    _must_be_unchanged(path, row)
    layout = read_layout(read_header(path), feed)
    tombstones = read_tombstones(connection, keys)
    among = None if everybody else landed_table(feed.source, "opslag", row["delivery_id"])
    if everybody:
        hold_vault(connection)
    lander = PartLander(
        connection,
        Place(feed.source, row["delivery_id"], row["part"], (row["first_line"], row["next_line"])),
        keys,
        PersonLookup(vault, keys, feed.source, among),
        rule_names(layout),
        counts,
        keeps_everybody=everybody,
        tombstones=tombstones,
    )
    part = Part(row["start_byte"], row["end_byte"], row["first_line"])
    fold_in_batches(blocks(path, part), layout, rule_names(layout), counts, lander, tombstones)
    lander.finish()
    _must_be_unchanged(path, row)
    return counts


def _look_for(connection: Connection, feed: Feed, delivery_id: int) -> None:
    """Write down whom the delivery is searched for, and by which mentor deliveries they are known."""
    by = known_by(connection)
    opslag = landed_table(feed.source, "opslag", delivery_id)
    with connection.cursor() as cursor:
        create_landed(cursor, feed.source, "opslag", delivery_id)
        cursor.execute(
            sql.SQL("insert into {} (person_key, fundet) select k.person_key, false from ({}) as k").format(
                opslag, known_persons()
            ),
            {"mentor_deliveries": mentor_deliveries(connection)},
        )
        index_landed(cursor, feed.source, "opslag", delivery_id, None)
        cursor.execute(sql.SQL("analyze {}").format(opslag))
    note_lookup(connection, delivery_id, by)


def _cover(connection: Connection, feed: Feed, delivery_id: int, layout: Layout) -> None:
    with connection.cursor() as cursor:
        create_landed(cursor, feed.source, "daekning", delivery_id)
        cursor.executemany(
            sql.SQL("insert into {} (serie, fra_dato, til_dato) values (%s, %s, %s)").format(
                landed_table(feed.source, "daekning", delivery_id)
            ),
            [(one.serie, one.fra, one.til) for one in layout.coverage],
        )


def _must_be_unchanged(path: Path, row: dict[str, Any]) -> None:
    if not path.is_file() or mark_of(path) != row["file_mark"]:
        raise MentorDwError(f"{path.name} changed while it was read.", "It is taken again when it has settled.")
