"""The states of a delivery in ops.delivery, and the only place that changes them.

received -> accepted | refused | duplicate; accepted <-> superseded; accepted | superseded -> withdrawn;
refused -> accepted (on the record). All functions work inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from mentor_dw.errors import DeliveryRefused, MentorDwError
from mentor_dw.ledger.counting import Counting, counting
from mentor_dw.validation.verdict import MemberCount, Verdict

Connection = psycopg.Connection[dict[str, Any]]

#: kept_as of a delivery whose file is not kept: a duplicate, or an accepted one where archive_days is 0.
NOT_KEPT = "not kept"


@dataclass(frozen=True)
class Arrival:
    """A file as it is entered into the ledger."""

    source: str
    file_name: str
    sha256: str
    bytes: int
    covers: str
    feed_hash: str
    rejudged_from: int | None = None


def receive(connection: Connection, arrival: Arrival) -> int:
    """Enter `arrival` as received; returns its delivery_id.

    A source has one delivery in progress. A row that is still `received` belongs to a run that was killed: nothing was
    decided about it, and its file, if it still lies in the inbox, comes again. So the row is taken over.
    """
    values = {**vars(arrival)}
    row = connection.execute(
        """
        update ops.delivery
        set
            file_name = %(file_name)s,
            sha256 = %(sha256)s,
            bytes = %(bytes)s,
            covers = %(covers)s,
            feed_hash = %(feed_hash)s,
            rejudged_from = %(rejudged_from)s,
            received_at = clock_timestamp()
        where source = %(source)s and status = 'received'
        returning delivery_id
        """,
        values,
    ).fetchone()
    row = (
        row
        or connection.execute(
            """
            insert into ops.delivery (source, file_name, sha256, bytes, covers, feed_hash, rejudged_from, status)
            values (
                %(source)s, %(file_name)s, %(sha256)s, %(bytes)s, %(covers)s, %(feed_hash)s, %(rejudged_from)s,
                'received'
            )
            returning delivery_id
            """,
            values,
        ).fetchone()
    )
    assert row is not None
    return row["delivery_id"]


def delivery(connection: Connection, delivery_id: int) -> dict[str, Any]:
    """The ledger row. Raises MentorDwError when there is none."""
    row = connection.execute(
        "select * from ops.delivery where delivery_id = %(delivery_id)s", {"delivery_id": delivery_id}
    ).fetchone()
    if row is None:
        raise MentorDwError(f"No delivery {delivery_id}.", "`mentor-dw status` lists the deliveries.")
    return row


def accepted_with_content(connection: Connection, source: str, sha256: str) -> dict[str, Any] | None:
    """The delivery of `source` with these bytes that was accepted and not withdrawn, the latest one."""
    return connection.execute(
        """
        select delivery_id, file_name from ops.delivery
        where source = %(source)s and sha256 = %(sha256)s and status in ('accepted', 'superseded')
        order by delivery_id desc
        limit 1
        """,
        {"source": source, "sha256": sha256},
    ).fetchone()


def withdrawn_with_content(connection: Connection, source: str, sha256: str) -> dict[str, Any] | None:
    """The withdrawn delivery of `source` with these bytes, the latest one."""
    return connection.execute(
        """
        select delivery_id, file_name, withdrawn_at from ops.delivery
        where source = %(source)s and sha256 = %(sha256)s and status = 'withdrawn'
        order by delivery_id desc
        limit 1
        """,
        {"source": source, "sha256": sha256},
    ).fetchone()


def delivery_before(connection: Connection, source: str, covers: str) -> Counting | None:
    """The counting delivery of the nearest earlier or equal covered date, latest version (source-files, 'Common')."""
    earlier = [one for one in counting(connection, source=source) if one.covers <= covers]
    return earlier[-1] if earlier else None


def refuse(
    connection: Connection,
    delivery_id: int,
    refusal: DeliveryRefused,
    members: Mapping[str, MemberCount] | None = None,
    drift: list[dict[str, str | None]] | None = None,
) -> None:
    """Record a refusal. The row counts stay zero, for nothing of it entered; `members` says what was seen."""
    cursor = connection.execute(
        """
        update ops.delivery
        set
            status = 'refused',
            reason_code = %(code)s,
            reason = %(reason)s,
            members = %(members)s,
            drift = %(drift)s,
            kept_as = null,
            decided_at = clock_timestamp()
        where delivery_id = %(delivery_id)s and status = 'received'
        """,
        {
            "delivery_id": delivery_id,
            "code": refusal.code,
            "reason": refusal.message,
            "members": Jsonb({name: vars(count) for name, count in (members or {}).items()}),
            "drift": Jsonb(drift or []),
        },
    )
    _must_have_waited(cursor, delivery_id)


def duplicate(connection: Connection, delivery_id: int, of: dict[str, Any]) -> None:
    """Record that these bytes are in already, as delivery `of`."""
    connection.execute(
        """
        update ops.delivery
        set
            status = 'duplicate',
            reason_code = 'duplicate',
            reason = %(reason)s,
            duplicate_of = %(of)s,
            decided_at = clock_timestamp()
        where delivery_id = %(delivery_id)s
        """,
        {
            "delivery_id": delivery_id,
            "of": of["delivery_id"],
            "reason": f"The same content as {of['file_name']} (delivery {of['delivery_id']}), which is in already.",
        },
    )


def accept(
    connection: Connection,
    delivery_id: int,
    verdict: Verdict,
    drift: list[dict[str, str | None]],
    override: tuple[str, str] | None = None,
) -> int:
    """Record the acceptance; returns the version. `override` is (reason, by) when a person decided it.

    Versions are numbered by covered date; which delivery counts is decided anew (`relabel`).
    """
    row = delivery(connection, delivery_id)
    cursor = connection.execute(
        """
        update ops.delivery
        set
            status = 'accepted',
            version = 1 + coalesce(
                (select max(d.version) from ops.delivery as d
                where d.source = %(source)s and d.covers = %(covers)s),
                0
            ),
            reason_code = null,
            reason = null,
            rows_read = %(rows_read)s,
            rows_accepted = %(rows_accepted)s,
            rows_quarantined = %(rows_quarantined)s,
            rows_withheld = %(rows_withheld)s,
            members = %(members)s,
            drift = %(drift)s,
            warnings = %(warnings)s,
            unknown_values = %(unknown_values)s,
            override_reason = %(override_reason)s,
            override_by = %(override_by)s,
            kept_as = null,
            decided_at = clock_timestamp(),
            accepted_at = clock_timestamp()
        where delivery_id = %(delivery_id)s and status in ('received', 'refused')
        """,
        {
            "delivery_id": delivery_id,
            "source": row["source"],
            "covers": row["covers"],
            "rows_read": verdict.rows_read,
            "rows_quarantined": verdict.rows_quarantined,
            "rows_withheld": verdict.rows_withheld,
            "rows_accepted": verdict.rows_read - verdict.rows_quarantined - verdict.rows_withheld,
            "members": Jsonb(
                {
                    name: {
                        "rows_read": count.rows_read,
                        "rows_accepted": count.rows_accepted,
                        "rows_quarantined": count.rows_quarantined,
                        "rows_withheld": count.rows_withheld,
                    }
                    for name, count in verdict.members.items()
                }
            ),
            "drift": Jsonb(drift),
            "warnings": Jsonb(verdict.warnings),
            "unknown_values": Jsonb(verdict.unknown_values),
            "override_reason": override[0] if override else None,
            "override_by": override[1] if override else None,
        },
    )
    _must_have_waited(cursor, delivery_id)
    relabel(connection, row["source"])
    return delivery(connection, delivery_id)["version"]


def withdraw(connection: Connection, delivery_id: int, reason: str, by: str) -> None:
    """Take an accepted delivery out; the one before it counts again. Raises MentorDwError when it is not in."""
    row = delivery(connection, delivery_id)
    if row["status"] not in ("accepted", "superseded"):
        raise MentorDwError(
            f"Delivery {delivery_id} is {row['status']}; only an accepted one can be withdrawn.",
            "`mentor-dw status` lists the deliveries.",
        )
    connection.execute(
        """
        update ops.delivery
        set
            status = 'withdrawn',
            reason_code = 'withdrawn',
            reason = %(reason)s,
            withdrawn_at = clock_timestamp()
        where delivery_id = %(delivery_id)s
        """,
        {"delivery_id": delivery_id, "reason": f"{reason} ({by})"},
    )
    relabel(connection, row["source"])


def rows_came_later(connection: Connection, delivery_id: int, rows: int) -> None:
    """Count `rows` of an accepted delivery, withheld until now, as accepted; a negative number the other way round."""
    connection.execute(
        """
        update ops.delivery
        set
            rows_accepted = rows_accepted + %(rows)s,
            rows_withheld = rows_withheld - %(rows)s,
            row_changes = row_changes + 1,
            members = (
                select jsonb_object_agg(
                    m.key,
                    m.value || jsonb_build_object(
                        'rows_accepted', (m.value ->> 'rows_accepted')::bigint + %(rows)s,
                        'rows_withheld', (m.value ->> 'rows_withheld')::bigint - %(rows)s
                    )
                )
                from jsonb_each(members) as m
            )
        where delivery_id = %(delivery_id)s
        """,
        {"delivery_id": delivery_id, "rows": rows},
    )


def _must_have_waited(cursor: psycopg.Cursor[dict[str, Any]], delivery_id: int) -> None:
    if cursor.rowcount != 1:
        raise MentorDwError(f"Delivery {delivery_id} was decided by somebody else meanwhile.", "Look at its status.")


def relabel(connection: Connection, source: str) -> None:
    """Call the delivery that counts `accepted` and every other accepted one `superseded`.

    The greatest (covers, version) counts, so a delivery that comes late is superseded at once (source-files, 'Ledger').
    """
    ids = [one.delivery_id for one in counting(connection, source=source)]
    connection.execute(
        """
        update ops.delivery as d
        set
            status = labels.status,
            superseded_at = case when labels.status = 'superseded' then clock_timestamp() end
        from (
            select
                delivery_id,
                case when delivery_id = %(effective)s then 'accepted' else 'superseded' end as status
            from unnest(%(counting)s::bigint[]) as ids (delivery_id)
        ) as labels
        where d.delivery_id = labels.delivery_id and d.status <> labels.status
        """,
        {"counting": ids, "effective": ids[-1] if ids else None},
    )


def moved(connection: Connection, delivery_id: int, kept_as: str, kept_sha256: str | None = None) -> None:
    """Record where the file is kept (a path below the home, or NOT_KEPT): the last step of a delivery.

    `kept_sha256` is given when what is kept is not what was delivered: rows of erased persons were left out.
    """
    connection.execute(
        "update ops.delivery set kept_as = %(kept_as)s, kept_sha256 = %(kept_sha256)s"
        " where delivery_id = %(delivery_id)s",
        {"delivery_id": delivery_id, "kept_as": kept_as, "kept_sha256": kept_sha256},
    )


def rows_erased(
    connection: Connection, delivery_id: int, accepted: Mapping[str, int], quarantined: Mapping[str, int] | None = None
) -> None:
    """Count rows of an accepted delivery as withheld that were accepted or quarantined, by member: they are erased.

    `row_changes` grows with rows that left `raw`.
    """
    row = delivery(connection, delivery_id)
    members, quarantined = row["members"], quarantined or {}
    for name in accepted.keys() | quarantined.keys():
        was = members[name]
        members[name] = was | {
            "rows_accepted": was["rows_accepted"] - accepted.get(name, 0),
            "rows_quarantined": was["rows_quarantined"] - quarantined.get(name, 0),
            "rows_withheld": was["rows_withheld"] + accepted.get(name, 0) + quarantined.get(name, 0),
        }
    connection.execute(
        """
        update ops.delivery
        set
            rows_accepted = rows_accepted - %(accepted)s,
            rows_quarantined = rows_quarantined - %(quarantined)s,
            rows_withheld = rows_withheld + %(accepted)s + %(quarantined)s,
            row_changes = row_changes + %(changes)s,
            members = %(members)s
        where delivery_id = %(delivery_id)s
        """,
        {
            "delivery_id": delivery_id,
            "accepted": sum(accepted.values()),
            "quarantined": sum(quarantined.values()),
            "changes": int(any(accepted.values())),
            "members": Jsonb(members),
        },
    )


def not_moved(connection: Connection, source: str) -> list[dict[str, Any]]:
    """Decided deliveries whose file has not been put away: a run was killed after its verdict."""
    return connection.execute(
        """
        select * from ops.delivery
        where source = %(source)s and status <> 'received' and kept_as is null
        order by delivery_id
        """,
        {"source": source},
    ).fetchall()
