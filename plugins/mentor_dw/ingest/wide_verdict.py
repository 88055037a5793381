"""The verdict on a wide delivery whose parts are landed: judged twice, decided in one transaction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from mentor_dw.config import Settings
from mentor_dw.database import address, connect
from mentor_dw.errors import DeliveryRefused, MentorDwError
from mentor_dw.feeds import Feed
from mentor_dw.ingest.lock import SourceLock
from mentor_dw.ingest.settle import Landed, Say, too_small
from mentor_dw.landing.tables import refresh_statistics
from mentor_dw.landing.vault import forget_unreferenced
from mentor_dw.landing.wide_counts import PartCounts
from mentor_dw.landing.wide_tables import WIDE_TABLES, drop_landed, join_raw, landed_table, raw_table
from mentor_dw.ledger import deliveries
from mentor_dw.reading.wide.layout import Layout, read_layout
from mentor_dw.reading.wide.stream import read_header
from mentor_dw.validation.data_docs import write_page
from mentor_dw.validation.findings import FINDINGS_KEPT_OF_A_REFUSED
from mentor_dw.validation.reconcile import record_counts
from mentor_dw.validation.verdict import MemberCount
from mentor_dw.validation.wide_gx import judge_profile_with_gx
from mentor_dw.validation.wide_judge import (
    FILE,
    drop_later_lines,
    find_keys_twice,
    judge_wide,
    keep_profile,
    keep_wide_findings,
    profile_before,
    write_profile,
)
from mentor_dw.validation.wide_rules import Check, profile_of, unknown_codes

Connection = psycopg.Connection[dict[str, Any]]

_DRIFT_LIMIT = 200


def decide_wide(
    settings: Settings,
    feed: Feed,
    delivery_id: int,
    path: Path,
    lock: SourceLock,
    say: Say,
    override: tuple[str, str] | None = None,
) -> PartCounts:
    """Judge and decide a delivery all parts of which are landed; the ledger has the verdict after it.

    Raises DeliveryRefused when a part could not be read: then nothing is left in landing.
    """
    layout = read_layout(read_header(path), feed)
    with connect("loader") as connection:
        parts = connection.execute(
            "select * from landing.wide_part where delivery_id = %s order by part", (delivery_id,)
        ).fetchall()
        refusal = next((row["refusal"] for row in parts if row["refusal"] is not None), None)
        if refusal is not None:
            clear_wide(connection, feed)
    if refusal is not None:
        raise DeliveryRefused(refusal["code"], refusal["message"])
    if not parts or any(row["counts"] is None for row in parts):
        raise MentorDwError(f"Not every part of delivery {delivery_id} is landed.", "The next run takes it again.")
    counts = PartCounts()
    for row in parts:
        counts.add(PartCounts.from_json(row["counts"]))
    say(f"{path.name}: {counts.rows_read} rows read")
    drift = [*layout.drift, *code_drift(feed, counts)]
    landed = Landed({FILE: counts.rows_read}, drift)
    if override is None and _refused_for_size(feed, delivery_id, landed):
        return counts
    with counts.timed("judge"):
        checks = _put_together(feed, delivery_id, parts, layout, counts)
        say(f"{path.name}: judging; Great Expectations takes its time")
        outcome = judge_profile_with_gx(feed, checks, address("loader").url("postgresql+psycopg2"))
    say(f"{path.name}: judged by {len(outcome.counts)} rules")
    with counts.timed("verdict"), connect("loader") as connection:
        kept = counts.kept - drop_later_lines(connection, feed, delivery_id, [row["part"] for row in parts])
        row = deliveries.delivery(connection, delivery_id)
        verdict = judge_wide(connection, feed, row, counts, checks, kept)
        record_counts(connection, delivery_id, verdict, outcome)
        write_page(settings, feed, row, outcome)
        accepted = verdict.refusal is None or override is not None
        if not accepted:
            keep_wide_findings(connection, delivery_id, FINDINGS_KEPT_OF_A_REFUSED)
            deliveries.refuse(connection, delivery_id, verdict.refusal, verdict.members, drift)
        else:
            keep_wide_findings(connection, delivery_id)
            keep_profile(connection, delivery_id)
            _join(connection, feed, delivery_id, parts)
            refresh_statistics(connection, feed.source)
            deliveries.accept(connection, delivery_id, verdict, drift, override)
        clear_wide(connection, feed, accepted=accepted)
        # Without the lock somebody else may have decided, or begun another delivery: then nothing is decided here.
        lock.confirm()
    if accepted:
        with counts.timed("analyze"), connect("loader", autocommit=True) as connection:
            for table in WIDE_TABLES:
                # Queries are planned by numbers about the whole table, and those nobody else gathers.
                connection.execute(sql.SQL("analyze {}").format(raw_table(feed.source, table)))
    return counts


def clear_wide(connection: Connection, feed: Feed, *, accepted: bool = False) -> None:
    """Drop what is landed of deliveries of the source and has not joined raw.

    Unless it was `accepted`, so are persons whom only it brought into the vault.
    """
    found = connection.execute(
        """
        select p.delivery_id, array_agg(p.part order by p.part) as parts, bool_or(p.keeps_everybody) as everybody
        from landing.wide_part as p
        inner join ops.delivery as d on p.delivery_id = d.delivery_id
        where d.source = %s
        group by p.delivery_id
        """,
        (feed.source,),
    ).fetchall()
    for row in found:
        # Waits for a part that is being landed, and keeps it from being landed afterwards.
        for table in ("wide_part", "wide_finding", "wide_profile"):
            connection.execute(
                sql.SQL("delete from {} where delivery_id = %s").format(sql.Identifier("landing", table)),
                (row["delivery_id"],),
            )
        with connection.cursor() as cursor:
            drop_landed(cursor, feed.source, row["delivery_id"], row["parts"])
    if not accepted and any(row["everybody"] for row in found):
        forget_unreferenced(connection, feed.source)


def _put_together(
    feed: Feed, delivery_id: int, parts: list[dict[str, Any]], layout: Layout, counts: PartCounts
) -> list[Check]:
    """Find the keys that stand there twice and write the profile, committed for Great Expectations to see."""
    with connect("loader") as connection:
        row = deliveries.delivery(connection, delivery_id)
        before = profile_before(connection, deliveries.delivery_before(connection, feed.source, row["covers"]))
        shared = find_keys_twice(
            connection,
            feed,
            delivery_id,
            [part["part"] for part in parts],
            keeps_everybody=parts[0]["keeps_everybody"],
        )
        checks = profile_of(feed, layout, row["covers"], counts, shared, before)
        write_profile(connection, delivery_id, checks)
    return checks


def _join(connection: Connection, feed: Feed, delivery_id: int, parts: list[dict[str, Any]]) -> None:
    found = sql.SQL(" union all ").join(
        sql.SQL("select person_key from {}").format(landed_table(feed.source, "person", delivery_id, part["part"]))
        for part in parts
    )
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            sql.SQL("update {} as o set fundet = true from ({}) as p where o.person_key = p.person_key").format(
                landed_table(feed.source, "opslag", delivery_id), found
            )
        )
        join_raw(
            cursor,
            feed.source,
            delivery_id,
            [(part["part"], part["first_line"], part["next_line"]) for part in parts],
        )


def _refused_for_size(feed: Feed, delivery_id: int, landed: Landed) -> bool:
    with connect("loader") as connection:
        refusal = too_small(connection, feed, deliveries.delivery(connection, delivery_id)["covers"], landed)
        if refusal is None:
            return False
        seen = {FILE: MemberCount(landed.rows[FILE], 0)}
        deliveries.refuse(connection, delivery_id, refusal, seen, landed.drift)
        clear_wide(connection, feed)
        return True


def code_drift(feed: Feed, counts: PartCounts) -> list[dict[str, str | None]]:
    """Codes that the code list does not know, as drift."""
    return [{"member": FILE, **one} for one in unknown_codes(feed, counts)[:_DRIFT_LIMIT]]
