"""Kept files have their days: accepted ones in `archive/`, refused ones in `refused/`."""

from __future__ import annotations

from mentor_dw.config import get_settings
from mentor_dw.database import connect
from mentor_dw.feeds import load_feed
from mentor_dw.ingest.keep import ENCRYPTED, REASON, REASON_JSON
from mentor_dw.ingest.lock import source_lock
from mentor_dw.ledger.deliveries import NOT_KEPT
from mentor_dw.reading.inbox import sidecar_of

_PAST_THEIR_DAYS = """
    select kept_as, array_agg(delivery_id) as delivery_ids
    from ops.delivery
    where source = %(source)s and kept_as is not null and kept_as <> %(not_kept)s
    group by kept_as
    having
        max(decided_at) < now() - make_interval(days => %(days)s)
        and not (%(effective_stays)s and bool_or(status = 'accepted'))
    order by kept_as
"""


def expire_kept_files(source: str, *, dry_run: bool = False) -> int:
    """Delete the kept files of `source` whose last verdict is older than their days; how many went.

    The one accepted file of a wide source that counts stays, for persons who become known are looked for in it. The
    ledger rows stay and say that the file is not kept any more. With `dry_run` nothing changes.
    """
    settings = get_settings()
    wide = load_feed(source).wide is not None
    gone = 0
    with source_lock(source):
        for days, archived in ((settings.archive_days, True), (settings.refused_days, False)):
            with connect("loader") as connection:
                found = connection.execute(
                    _PAST_THEIR_DAYS,
                    {"source": source, "not_kept": NOT_KEPT, "days": days, "effective_stays": wide},
                ).fetchall()
            for row in found:
                if row["kept_as"].endswith(ENCRYPTED) != archived:
                    continue
                gone += 1
                if dry_run:
                    continue
                path = settings.home / row["kept_as"]
                for beside in (
                    sidecar_of(path),
                    path.with_name(path.name + REASON),
                    path.with_name(path.name + REASON_JSON),
                    path,
                ):
                    beside.unlink(missing_ok=True)
                with connect("loader") as connection:
                    connection.execute(
                        "update ops.delivery set kept_as = %s where delivery_id = any(%s)",
                        (NOT_KEPT, row["delivery_ids"]),
                    )
    return gone
