"""What a data engineer decides: check a file, take a refused one in, take an accepted one out, judge one again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mentor_dw.config import Settings, get_settings
from mentor_dw.database import connect
from mentor_dw.errors import DeliveryRefused, MentorDwError
from mentor_dw.feeds import Feed, load_feed, sources
from mentor_dw.identity.keys import load_keys
from mentor_dw.ingest.keep import plain_copy
from mentor_dw.ingest.lock import SourceLock, source_lock
from mentor_dw.ingest.settle import Landed, Say, feed_hash, read_and_land, settle, tidy, too_small
from mentor_dw.ingest.take import Outcome, finish, outcome
from mentor_dw.ingest.wide import in_parts, settle_wide
from mentor_dw.ingest.wide_check import judge_wide_file
from mentor_dw.ledger import deliveries
from mentor_dw.ledger.decisions import OVERRIDABLE, must_say
from mentor_dw.ledger.listing import quarantine_as_json
from mentor_dw.ledger.purpose import legal_basis
from mentor_dw.reading.archive import check_sha256, open_delivery, sha256_of
from mentor_dw.reading.inbox import covers_of, sidecar_of
from mentor_dw.reporting.report import mark_report, write_report
from mentor_dw.reporting.words import rule_words
from mentor_dw.validation.judge import judge
from mentor_dw.validation.verdict import Verdict


@dataclass(frozen=True)
class Check:
    """What would become of a file. Counts and words only."""

    source: str
    file_name: str
    status: str
    reason_code: str | None
    reason: str | None
    rows_read: int
    members: dict[str, dict[str, int]]
    #: rows set aside per rule_id, by the rule shown first
    quarantined: dict[str, int]
    warnings: dict[str, dict[str, int]]
    drift: list[dict[str, str | None]]


class _Undo(Exception):
    """Ends a transaction that must leave nothing."""


def check(path: Path) -> Check:
    """Judge `path` without loading it: by our SQL alone, in a transaction that is rolled back, vault included.

    The source is recognised by the file's name. Raises MentorDwError when no feed knows it.
    """
    settings = get_settings()
    feed = _feed_of(path)
    with source_lock(feed.source):
        if feed.wide is None:
            tidy(feed)
        sha256 = sha256_of(path)
        with connect("loader") as connection:
            same = deliveries.accepted_with_content(connection, feed.source, sha256)
            withdrawn = deliveries.withdrawn_with_content(connection, feed.source, sha256)
        try:
            check_sha256(path, sha256, sidecar_of(path))
            if same is not None:
                reason = (
                    f"The same content as {same['file_name']} (delivery {same['delivery_id']}), which is in already."
                )
                return Check(feed.source, path.name, "duplicate", "duplicate", reason, 0, {}, {}, {}, [])
            if withdrawn is not None:
                reason = f"The same content as {withdrawn['file_name']}, which was withdrawn."
                raise DeliveryRefused("withdrawn_before", reason)
            landed, verdict, refusal = _judge_and_undo(settings, feed, path)
        except DeliveryRefused as refusal_of_file:
            return Check(
                feed.source, path.name, "refused", refusal_of_file.code, refusal_of_file.message, 0, {}, {}, {}, []
            )
    return Check(
        source=feed.source,
        file_name=path.name,
        status="refused" if refusal else "accepted",
        reason_code=refusal.code if refusal else None,
        reason=refusal.message if refusal else None,
        rows_read=verdict.rows_read,
        members={name: dict(vars(count)) for name, count in verdict.members.items()},
        quarantined=verdict.quarantined,
        warnings=verdict.warnings,
        drift=landed.drift,
    )


def _judge_and_undo(settings: Settings, feed: Feed, path: Path) -> tuple[Landed, Verdict, DeliveryRefused | None]:
    found: list[tuple[Landed, Verdict, DeliveryRefused | None]] = []
    if feed.wide is not None:
        landed, verdict = judge_wide_file(settings, feed, path)
        with connect("loader") as connection:
            small = too_small(connection, feed, covers_of(feed, path.name) or "", landed)
        return landed, verdict, small or verdict.refusal
    keys = load_keys(settings.secrets)
    try:
        with open_delivery(path, feed) as opened, connect("loader") as connection:
            landed = read_and_land(connection, 0, feed, opened, keys)
            verdict = judge(connection, 0, feed, landed.withheld)
            small = too_small(connection, feed, covers_of(feed, path.name) or "", landed)
            found.append((landed, verdict, small or verdict.refusal))
            raise _Undo
    except _Undo:
        return found[0]


def decide(decision: str, delivery_id: int, reason: str, by: str, say: Say = print) -> Outcome:
    """Carry out the decision of that name. Raises MentorDwError for another name, and as the three do."""
    if decision == "accept":
        return accept(delivery_id, reason, by, say)
    if decision == "withdraw":
        return withdraw(delivery_id, reason, by)
    if decision == "rejudge":
        return rejudge(delivery_id, say)
    raise MentorDwError(f"There is no decision {decision}.", "There are accept, withdraw and rejudge.")


def accept(delivery_id: int, reason: str, by: str, say: Say = print) -> Outcome:
    """Take a refused delivery in, on the record, from the file kept aside.

    Only refusals that a person can know better than the rule (OVERRIDABLE); raises MentorDwError for others, saying
    why, and leaves the delivery refused when the file cannot be read as a whole.
    """
    settings, started = get_settings(), time.monotonic()
    must_say(reason, by)
    feed = _feed_of_delivery(delivery_id)
    with source_lock(feed.source) as lock:
        finish(settings, feed)
        with connect("loader") as connection:
            row = deliveries.delivery(connection, delivery_id)
            same = deliveries.accepted_with_content(connection, feed.source, row["sha256"])
        if row["status"] != "refused":
            raise MentorDwError(f"Delivery {delivery_id} is {row['status']}; only a refused one can be accepted.")
        if row["reason_code"] not in OVERRIDABLE:
            raise MentorDwError(
                f"Delivery {delivery_id} cannot be accepted: {row['reason']}",
                "It cannot be read as what was agreed, so there is nothing to take in. Have it sent again.",
            )
        if same is not None:
            raise MentorDwError(f"The same content is in already, as delivery {same['delivery_id']}.")
        _must_not_be_under_way(feed)
        with plain_copy(settings, row, load_keys(settings.secrets)) as path:
            try:
                _settle(settings, feed, delivery_id, path, lock, say, (reason, by))
            except DeliveryRefused as refusal:
                raise MentorDwError(
                    f"Delivery {delivery_id} cannot be accepted: {refusal.message}", "Have it sent again."
                ) from None
        finish(settings, feed)
    return outcome(delivery_id, started)


def withdraw(delivery_id: int, reason: str, by: str) -> Outcome:
    """Take an accepted delivery out; the one before it counts again. Its rows stay for 'as known at'."""
    settings, started = get_settings(), time.monotonic()
    must_say(reason, by)
    feed = _feed_of_delivery(delivery_id)
    with source_lock(feed.source):
        finish(settings, feed)
        with connect("loader") as connection:
            deliveries.withdraw(connection, delivery_id, reason, by)
            mark_report(settings, feed, delivery_id)
        write_report(settings, feed, delivery_id)
    return outcome(delivery_id, started)


def rejudge(delivery_id: int, say: Say = print) -> Outcome:
    """Judge a kept delivery by today's feed and limits: a new ledger row, one version up when it is accepted.

    This is how quarantined rows are released once a rule or a code list has been mended. Raises MentorDwError when
    its file is not kept any more, or when it was withdrawn or is a duplicate.
    """
    settings, started = get_settings(), time.monotonic()
    feed = _feed_of_delivery(delivery_id)
    with source_lock(feed.source) as lock:
        finish(settings, feed)
        with connect("loader") as connection:
            row = deliveries.delivery(connection, delivery_id)
            same = deliveries.accepted_with_content(connection, feed.source, row["sha256"])
        if row["status"] not in ("accepted", "superseded", "refused"):
            raise MentorDwError(f"Delivery {delivery_id} is {row['status']}; there is nothing to judge again.")
        if row["status"] == "refused" and same is not None:
            raise MentorDwError(f"The same content is in already, as delivery {same['delivery_id']}.")
        _must_not_be_under_way(feed)
        with plain_copy(settings, row, load_keys(settings.secrets)) as path:
            arrival = deliveries.Arrival(
                feed.source, row["file_name"], row["sha256"], row["bytes"], row["covers"], feed_hash(feed), delivery_id
            )
            with connect("loader") as connection:
                new_id = deliveries.receive(connection, arrival)
            try:
                _settle(settings, feed, new_id, path, lock, say)
            except DeliveryRefused as refusal:
                with connect("loader") as connection:
                    deliveries.refuse(connection, new_id, refusal)
        finish(settings, feed)
    return outcome(new_id, started)


def _settle(
    settings: Settings,
    feed: Feed,
    delivery_id: int,
    path: Path,
    lock: SourceLock,
    say: Say,
    override: tuple[str, str] | None = None,
) -> None:
    (settle if feed.wide is None else settle_wide)(settings, feed, delivery_id, path, lock, say, override)


def _must_not_be_under_way(feed: Feed) -> None:
    """A wide delivery taken in parts holds no lock between them; deciding another one now would undo its parts."""
    settings = get_settings()
    if feed.wide is None:
        return
    legal_basis(settings)
    with connect("loader") as connection:
        row = in_parts(connection, feed)
    if row is not None and (settings.inbox / feed.source / row["file_name"]).is_file():
        raise MentorDwError(
            f"{row['file_name']} is being taken just now: {row['landed']} of {row['parts']} parts are landed.",
            "Decide when it has its verdict (mentor-dw status). A run that died is taken over by the next one.",
        )


def quarantine(delivery_id: int | None = None) -> list[dict[str, Any]]:
    """Rows set aside, as `quarantine_as_json`, each with its rule explained in Danish and English."""
    with connect("loader") as connection:
        rows = quarantine_as_json(connection, delivery_id)
    return [
        row | {"forklaring": rule_words(row["rule"]).danish, "explanation": rule_words(row["rule"]).english}
        for row in rows
    ]


def _feed_of(path: Path) -> Feed:
    for source in sources():
        feed = load_feed(source)
        if covers_of(feed, path.name) is not None:
            if not path.is_file():
                raise MentorDwError(f"There is no file {path.name}.")
            return feed
    raise MentorDwError(
        "No source delivers files of this name.",
        f"Names are: {', '.join(load_feed(source).file.shown for source in sources())}.",
    )


def _feed_of_delivery(delivery_id: int) -> Feed:
    with connect("loader") as connection:
        return load_feed(deliveries.delivery(connection, delivery_id)["source"])
