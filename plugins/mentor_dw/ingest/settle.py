"""Land one file, judge it twice, and write the verdict in one transaction.

Landing is a transaction of its own, because Great Expectations sees only what is committed. A run that is killed
between landing and verdict leaves landed rows of an undecided delivery; `tidy` removes them before the next one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from mentor_dw.config import Settings
from mentor_dw.database import address, connect
from mentor_dw.errors import DeliveryRefused, MentorDwError
from mentor_dw.feeds import Feed, table_name
from mentor_dw.identity.keys import Keys, load_keys
from mentor_dw.ingest.lock import SourceLock
from mentor_dw.landing.candidates import note_candidates
from mentor_dw.landing.load import land
from mentor_dw.landing.tables import clear_landing, ensure_tables, insert_accepted_sql, refresh_statistics
from mentor_dw.landing.tombstones import read_tombstones
from mentor_dw.landing.vault import forget_unused
from mentor_dw.landing.withheld import withheld_lines
from mentor_dw.ledger import deliveries
from mentor_dw.reading.archive import OpenDelivery, open_delivery
from mentor_dw.reading.inbox import mark_of
from mentor_dw.validation.data_docs import write_page
from mentor_dw.validation.findings import FINDINGS_KEPT_OF_A_REFUSED, keep_findings
from mentor_dw.validation.gx_suite import GxOutcome, judge_with_gx
from mentor_dw.validation.judge import judge
from mentor_dw.validation.reconcile import record_counts
from mentor_dw.validation.rules import rules_for
from mentor_dw.validation.verdict import MemberCount, Verdict

Say = Callable[[str], object]
Connection = psycopg.Connection[dict[str, Any]]


@dataclass(frozen=True)
class Landed:
    """What was read of a file: rows by member, what the feed does not know, and rows of erased persons by member."""

    rows: dict[str, int]
    drift: list[dict[str, str | None]]
    withheld: dict[str, int] = field(default_factory=dict)


def feed_hash(feed: Feed) -> str:
    """What a delivery was judged by: changes when the feed, a code list or the suite's rules change."""
    rules = "\n".join(f"{rule.rule_id} {rule.severity} {rule.bad}" for rule in rules_for(feed))
    return hashlib.sha256(f"{feed.model_dump_json()}\n{rules}".encode()).hexdigest()


def tidy(feed: Feed) -> None:
    """Empty landing of what a killed run left there, persons only it knew included; makes the tables when new."""
    with connect("loader") as connection:
        ensure_tables(connection, feed)
        left: set[int] = set()
        for name in feed.members:
            table = table_name(feed.source, name)
            left |= {
                row["delivery_id"] for row in connection.execute(f"select distinct delivery_id from landing.{table}")
            }
        for delivery_id in left:
            forget_unused(connection, feed, delivery_id)
        if left:
            clear_landing(connection, feed)


def settle(
    settings: Settings,
    feed: Feed,
    delivery_id: int,
    path: Path,
    lock: SourceLock,
    say: Say,
    override: tuple[str, str] | None = None,
    mark: str | None = None,
) -> None:
    """Land, judge and decide delivery `delivery_id`, whose bytes are in `path`; the ledger has the verdict after it.

    `override` is (reason, by): a person takes it in, so the limits of OVERRIDABLE do not stop it. `mark` is that of
    the file (mark_of) that the ledger knows. Raises DeliveryRefused when the file cannot be read as a whole: then
    nothing is landed, and the caller records it.
    """
    tidy(feed)
    landed = land_file(settings, feed, delivery_id, path, mark)
    say(f"{path.name}: {sum(landed.rows.values())} rows read")
    if override is None and _refused_for_size(feed, delivery_id, landed):
        return
    say(f"{path.name}: judging; Great Expectations takes its time")
    outcome = judge_with_gx(feed, address("loader").url("postgresql+psycopg2"))
    say(f"{path.name}: judged by {len(outcome.counts)} rules")
    _decide(settings, feed, delivery_id, landed, outcome, lock, override)


def land_file(settings: Settings, feed: Feed, delivery_id: int, path: Path, mark: str | None = None) -> Landed:
    """Read `path` into landing, committed. Raises DeliveryRefused, or MentorDwError when the file changes meanwhile or
    is another one than that of `mark`."""
    before = mark or mark_of(path)
    if mark_of(path) != before:
        raise _changed(path)
    keys = load_keys(settings.secrets)
    with open_delivery(path, feed) as opened, connect("loader") as connection:
        landed = read_and_land(connection, delivery_id, feed, opened, keys)
        if mark_of(path) != before:
            raise _changed(path)
        return landed


def read_and_land(connection: Connection, delivery_id: int, feed: Feed, opened: OpenDelivery, keys: Keys) -> Landed:
    """Land an opened delivery without the rows of erased persons, in the caller's transaction."""
    tombstones = read_tombstones(connection, keys)
    withheld = withheld_lines(opened, tombstones)
    rows = land(connection, delivery_id, feed, opened, keys, tombstones, withheld)
    return Landed(rows, opened.drift, {name: len(lines) for name, lines in withheld.items()})


def too_small(connection: Connection, feed: Feed, covers: str, landed: Landed) -> DeliveryRefused | None:
    """The refusal when there are fewer rows than half of the delivery before (source-files, 'Common to all')."""
    before = deliveries.delivery_before(connection, feed.source, covers)
    read = sum(landed.rows.values())
    share = feed.limits.refuse_below_share_of_previous
    if before is None or read >= share * before.rows_read:
        return None
    return DeliveryRefused(
        "too_few_rows",
        f"{read} rows, against {before.rows_read} in {before.file_name} before it: less than {100 * share:g} pct",
    )


def _refused_for_size(feed: Feed, delivery_id: int, landed: Landed) -> bool:
    with connect("loader") as connection:
        refusal = too_small(connection, feed, deliveries.delivery(connection, delivery_id)["covers"], landed)
        if refusal is None:
            return False
        seen = {name: MemberCount(rows, 0, landed.withheld.get(name, 0)) for name, rows in landed.rows.items()}
        deliveries.refuse(connection, delivery_id, refusal, seen, landed.drift)
        forget_unused(connection, feed, delivery_id)
        clear_landing(connection, feed)
        return True


def _decide(
    settings: Settings,
    feed: Feed,
    delivery_id: int,
    landed: Landed,
    outcome: GxOutcome,
    lock: SourceLock,
    override: tuple[str, str] | None,
) -> None:
    with connect("loader") as connection:
        verdict = judge(connection, delivery_id, feed, landed.withheld)
        record_counts(connection, delivery_id, verdict, outcome)
        write_page(settings, feed, deliveries.delivery(connection, delivery_id), outcome)
        connection.execute(
            "delete from ops.quarantined_row where delivery_id = %(delivery_id)s", {"delivery_id": delivery_id}
        )
        refused = verdict.refusal is not None and override is None
        if refused:
            keep_findings(connection, delivery_id, verdict, FINDINGS_KEPT_OF_A_REFUSED)
            deliveries.refuse(connection, delivery_id, verdict.refusal, verdict.members, landed.drift)
        else:
            keep_findings(connection, delivery_id, verdict)
            _copy_to_raw(connection, delivery_id, feed, verdict)
            refresh_statistics(connection, feed.source)
            deliveries.accept(connection, delivery_id, verdict, landed.drift, override)
            note_candidates(connection, feed, delivery_id)
        forget_unused(connection, feed, delivery_id)
        clear_landing(connection, feed)
        # Without the lock somebody else may be at work on the same landing tables: then nothing is decided.
        lock.confirm()


def _copy_to_raw(connection: Connection, delivery_id: int, feed: Feed, verdict: Verdict) -> None:
    for name, count in verdict.members.items():
        copied = connection.execute(insert_accepted_sql(feed, name), {"delivery_id": delivery_id}).rowcount
        if copied != count.rows_accepted:
            raise MentorDwError(
                f"{name}: {copied} rows reached raw, but {count.rows_read} were read, {count.rows_quarantined} set "
                f"aside and {count.rows_withheld} withheld.",
                "Nothing was accepted. Compare the rules of the feed with the copy into raw.",
            )


def _changed(path: Path) -> MentorDwError:
    return MentorDwError(f"{path.name} changed while it was read.", "It is taken again when it has settled.")
