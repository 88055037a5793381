"""The ledger of builds as `mentor-dw status` and the portal show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from psycopg import Connection

from mentor_dw.ledger.listing import local_time


@dataclass(frozen=True)
class PublishedBuild:
    """The build that `bi` shows, and how long ago it was published."""

    build_id: int
    published_at: datetime
    age: timedelta


def builds_as_json(connection: Connection[dict]) -> list[dict[str, Any]]:
    """Every build in the order of their start, with the columns of ops.build and `changes`.

    `changes` is a list of relation, rows_inserted, rows_updated, rows_deleted. Times are ISO 8601 in Copenhagen.
    """
    rows = connection.execute(
        """
        select
            b.*,
            coalesce(
                (
                    select
                        jsonb_agg(
                            jsonb_build_object(
                                'relation', c.relation,
                                'rows_inserted', c.rows_inserted,
                                'rows_updated', c.rows_updated,
                                'rows_deleted', c.rows_deleted
                            )
                            order by c.relation
                        )
                    from ops.change as c
                    where c.build_id = b.build_id
                ),
                '[]'
            ) as changes
        from ops.build as b
        order by b.build_id
        """
    ).fetchall()
    return [{name: _plain(value) for name, value in row.items()} for row in rows]


def last_published(connection: Connection[dict]) -> PublishedBuild | None:
    """The build that readers see; None before the first one."""
    row = connection.execute(
        "select build_id, published_at, clock_timestamp() - published_at as age from ops.build"
        " where status = 'published' order by build_id desc limit 1"
    ).fetchone()
    return PublishedBuild(**row) if row else None


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return local_time(value)
    return float(value) if isinstance(value, Decimal) else value
