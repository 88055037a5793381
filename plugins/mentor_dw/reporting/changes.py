"""What differs between two accepted deliveries of a source, by key, from raw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from mentor_dw.feeds import Feed, table_name
from mentor_dw.landing.tables import raw_columns
from mentor_dw.validation.rules import key_column


@dataclass(frozen=True)
class Change:
    """Rows of a member that came, went, or say something else now."""

    added: int
    removed: int
    changed: int


def changes(
    connection: psycopg.Connection[dict[str, Any]], feed: Feed, delivery_id: int, before_id: int
) -> dict[str, Change]:
    """Member to what changed in `delivery_id` against `before_id`; both are accepted, so keys are unique and filled."""
    found = {}
    for name, member in feed.members.items():
        keys = [key_column(member, part) for part in member.key]
        rest = [column for column in raw_columns(member) if column not in keys]
        differs = (
            f"({', '.join(f'n.{column}' for column in rest)}) is distinct from ({', '.join(f'o.{c}' for c in rest)})"
            if rest
            else "false"
        )
        table = f"raw.{table_name(feed.source, name)}"
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
