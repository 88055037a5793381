"""What differs between two accepted deliveries of a source, by key, from raw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg

from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import Feed, load_feed, table_name
from mentor_dw.landing.tables import raw_columns
from mentor_dw.landing.wide_tables import WIDE_TABLES
from mentor_dw.ledger.deliveries import delivery
from mentor_dw.validation.rules import key_column

Connection = psycopg.Connection[dict[str, Any]]


@dataclass(frozen=True)
class Version:
    """An accepted delivery, as it is named."""

    delivery_id: int
    source: str
    file_name: str
    version: int


@dataclass(frozen=True)
class Change:
    """Rows of a member that came, went, or say something else now."""

    added: int
    removed: int
    changed: int


@dataclass(frozen=True)
class Comparison:
    """A delivery against the one before it; `before` is None, and `members` empty, when it is the first."""

    after: Version
    before: Version | None
    members: dict[str, Change]


def compared_with_previous(delivery_id: int) -> Comparison:
    """What delivery `delivery_id` changed, by member, in the feed's order.

    Raises MentorDwError when there is no such delivery, or nothing of it was taken in.
    """
    with connect("loader") as connection:
        row = delivery(connection, delivery_id)
        if row["version"] is None:
            raise MentorDwError(
                f"Delivery {delivery_id} is {row['status']}; nothing of it was taken in to compare.",
                "`mentor-dw status` lists the deliveries.",
            )
        return compare(connection, load_feed(row["source"]), row)


def compare(connection: Connection, feed: Feed, row: dict[str, Any]) -> Comparison:
    """The delivery `row`, which has a version, against the accepted one before it by covered date and version."""
    before = connection.execute(
        """
        select delivery_id, source, file_name, version from ops.delivery
        where
            source = %(source)s
            and status in ('accepted', 'superseded')
            and (covers, version) < (%(covers)s, %(version)s)
        order by covers desc, version desc
        limit 1
        """,
        row,
    ).fetchone()
    after = Version(row["delivery_id"], row["source"], row["file_name"], row["version"])
    if before is None:
        return Comparison(after, None, {})
    return Comparison(after, Version(**before), changes(connection, feed, after.delivery_id, before["delivery_id"]))


def changes(connection: Connection, feed: Feed, delivery_id: int, before_id: int) -> dict[str, Change]:
    """Member to what changed in `delivery_id` against `before_id`; both are accepted, so keys are unique and filled.

    Of a wide delivery its persons are compared, those who are kept, and not every spell of theirs.
    """
    found = {}
    for name, table, keys, rest in _tables(feed):
        differs = (
            f"({', '.join(f'n.{column}' for column in rest)}) is distinct from ({', '.join(f'o.{c}' for c in rest)})"
            if rest
            else "false"
        )
        row = connection.execute(
            f"""
            select
                count(*) filter (where o.delivery_id is null) as added,
                count(*) filter (where n.delivery_id is null) as removed,
                count(*) filter (
                    where n.delivery_id is not null and o.delivery_id is not null and {differs}
                ) as changed
            from (select * from {table} where delivery_id = %(after)s) as n
            full outer join (select * from {table} where delivery_id = %(before)s) as o
                on {" and ".join(f"n.{key} = o.{key}" for key in keys)}
            """,
            {"after": delivery_id, "before": before_id},
        ).fetchone()
        assert row is not None
        found[name] = Change(**row)
    return found


def _tables(feed: Feed) -> Iterator[tuple[str, str, list[str], list[str]]]:
    """(member, raw table, key columns, other columns) of what is compared."""
    for name, member in feed.members.items():
        keys = [key_column(member, part) for part in member.key]
        rest = [column for column in raw_columns(member) if column not in keys]
        yield name, f"raw.{table_name(feed.source, name)}", keys, rest
    if feed.wide is not None:
        columns = WIDE_TABLES["person"][1].keys() - {"delivery_id", "person_key", "line_number"}
        yield "", f"raw.{feed.source}__person", ["person_key"], sorted(columns)
