"""States that the ledgers tell of: deliveries, builds, backups."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import timedelta
from statistics import median

from mentor_dw.backup.state import state
from mentor_dw.config import Settings
from mentor_dw.feeds import load_feed, sources
from mentor_dw.ledger.alerts import Connection, Found

#: Set aside is unusual above this share of the limit at which a member has the whole delivery refused, ...
UNUSUAL_SHARE_OF_LIMIT = 0.5
#: ... or when it is so many times what it was in the deliveries before, and more than a handful.
UNUSUAL_TIMES, HANDFUL = 3, 20
#: A build that nothing published for so long was forgotten.
_FORGOTTEN = "1 hour"

_REFUSED = """
    select delivery_id, source, file_name, reason_code, reason
    from ops.delivery as d
    where
        status = 'refused'
        and not exists (
            select from ops.delivery as later
            where
                later.source = d.source
                and later.covers >= d.covers
                and later.status in ('accepted', 'superseded', 'duplicate')
                and later.decided_at > d.decided_at
        )
    order by delivery_id
"""
_ACCEPTED = """
    select delivery_id, file_name, covers, rows_read, rows_quarantined, members, drift
    from ops.delivery
    where source = %s and status = 'accepted'
"""
_BEFORE = """
    select rows_read, rows_quarantined
    from ops.delivery
    where source = %s and status = 'superseded' and rows_read > 0 and delivery_id < %s
    order by delivery_id desc
    limit 5
"""
_NEWEST_BUILD = f"""
    select
        build_id,
        status,
        error,
        built_at < clock_timestamp() - interval '{_FORGOTTEN}' as is_old
    from ops.build
    where status <> 'running'
    order by build_id desc
    limit 1
"""


def refused_deliveries(connection: Connection, settings: Settings) -> Iterator[Found]:
    """A refused delivery stands in the way until one of the same or a later day is in."""
    for row in connection.execute(_REFUSED).fetchall():
        yield Found(
            "refused_delivery",
            f"delivery {row['delivery_id']}",
            f"{row['source']}: {row['file_name']} was refused ({row['reason_code']}): {row['reason']}",
        )


def high_quarantine(connection: Connection, settings: Settings) -> Iterator[Found]:
    """Of the deliveries that count: a member too near to the feed's limit, or far above what is usual for the source.

    Judged again, a delivery stays the same alert.
    """
    for source in sources():
        limit = UNUSUAL_SHARE_OF_LIMIT * load_feed(source).limits.refuse_above_bad_pct
        for row in connection.execute(_ACCEPTED, (source,)).fetchall():
            aside, read = row["rows_quarantined"], row["rows_read"]
            if not aside:
                continue
            before = connection.execute(_BEFORE, (source, row["delivery_id"])).fetchall()
            usual = median(one["rows_quarantined"] / one["rows_read"] for one in before) if before else None
            near = sorted(
                name or "the file"
                for name, count in row["members"].items()
                if 100 * count["rows_quarantined"] > limit * count["rows_read"]
            )
            far = usual is not None and aside >= HANDFUL and aside / read > UNUSUAL_TIMES * usual
            if near or far:
                where = f", near the limit in {', '.join(near)}" if near else ""
                compared = f"; usual are {100 * usual:.2f} pct" if usual is not None else ""
                yield Found(
                    "high_quarantine",
                    f"{source} {row['covers']}",
                    f"{source}: of {row['file_name']} (delivery {row['delivery_id']}) {aside} of {read} rows"
                    f" ({100 * aside / read:.2f} pct) were set aside{where}{compared}",
                )


def schema_drift(connection: Connection, settings: Settings) -> Iterator[Found]:
    """Of the deliveries that count. The same unknown columns in the next delivery are the same alert."""
    for source in sources():
        for row in connection.execute(_ACCEPTED, (source,)).fetchall():
            unknown = sorted({f"{one['member']} {one['column'] or '(the whole file)'}" for one in row["drift"]})
            if unknown:
                digest = hashlib.sha256(json.dumps(unknown).encode()).hexdigest()[:6]
                shown = ", ".join(unknown[:5]) + (f" and {len(unknown) - 5} more" if len(unknown) > 5 else "")
                yield Found(
                    "schema_drift",
                    f"{source} {digest}",
                    f"{source}: {row['file_name']} (delivery {row['delivery_id']}) has what is unknown: {shown}",
                )


def builds(connection: Connection, settings: Settings) -> Iterator[Found]:
    """The newest build that came to an end: it failed, or it was built and is not published."""
    row = connection.execute(_NEWEST_BUILD).fetchone()
    if row is None:
        return
    if row["status"] == "failed":
        yield Found("failed_build", "warehouse", f"Build {row['build_id']} failed: {row['error']}")
    elif row["status"] == "built" and (row["error"] or row["is_old"]):
        why = row["error"] or "nothing has tried to"
        yield Found("failed_publish", "warehouse", f"Build {row['build_id']} is built and not published: {why}")


def backups(connection: Connection, settings: Settings) -> Iterator[Found]:
    """Backups are expected where MENTOR_DW_BACKUP_TO says where to. One by hand that failed is told all the same."""
    known = state()
    if known.error is not None:
        yield Found("failed_backup", "backup", f"The newest backup failed: {known.error}")
    if known.overdue:
        age = "There is no backup yet." if known.age is None else f"The newest backup is {_hours(known.age)} hours old."
        yield Found("old_backup", "backup", age)


def _hours(age: timedelta) -> int:
    return int(age.total_seconds() // 3600)
