"""The metrics: their names, what they say, and where each number comes from. Counts and moments only, nobody's values.

Every name begins with `mentor_dw_`. Moments are seconds since 1970, so that their age grows while nobody counts.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from mentor_dw.alerting.kinds import KINDS
from mentor_dw.config import COPENHAGEN, Settings
from mentor_dw.database import connect
from mentor_dw.delivery.flow_calendar import calendar
from mentor_dw.feeds import load_feed, sources
from mentor_dw.freshness import freshness
from mentor_dw.ledger import alerts, extracts
from mentor_dw.ledger.alerts import Connection
from mentor_dw.local.postgres import EmbeddedPostgres
from mentor_dw.reading.inbox import waiting

#: Every state of a delivery and of an extract, so that a number that is nought is said.
DELIVERY_STATES = ("received", "accepted", "superseded", "refused", "duplicate", "withdrawn")
BUILD_STATES = ("running", "built", "published", "failed")
EXTRACT_STATES = ("planned", "built", "released", "sent", "confirmed", "refused", "discarded", "overdue")
RECEIPTS = ("accepted", "refused", "unreadable", "not_ours")

_COUNTS = """
    select source, status, count(*) as n, sum(rows_read) as rows_read, sum(bytes) as bytes
    from ops.delivery
    group by source, status
"""
_EFFECTIVE = """
    select
        source,
        rows_read,
        rows_accepted,
        rows_quarantined,
        rows_withheld
    from ops.delivery
    where status = 'accepted'
"""
_TAKEN = """
    select distinct on (source)
        source,
        extract(epoch from decided_at - received_at) as seconds
    from ops.delivery
    where decided_at is not null and rejudged_from is null
    order by source, delivery_id desc
"""
_PUBLISHED = """
    select dbt_seconds, publish_seconds, published_at, figures
    from ops.build
    where status = 'published'
    order by build_id desc
    limit 1
"""


def gauge(name: str, says: str, *labels: str) -> GaugeMetricFamily:
    """A number that goes up and down, without values yet."""
    return GaugeMetricFamily(f"mentor_dw_{name}", says, labels=labels)


def of_deliveries(connection: Connection, settings: Settings) -> Iterator[Metric]:
    """What came, and what became of it."""
    rows = {(row["source"], row["status"]): row for row in connection.execute(_COUNTS).fetchall()}
    count = gauge("deliveries", "Deliveries in the ledger, by the state they are in now.", "source", "status")
    read = CounterMetricFamily(
        "mentor_dw_delivered_rows_total", "Rows read in all deliveries that were judged.", labels=["source"]
    )
    size = CounterMetricFamily(
        "mentor_dw_delivered_bytes_total", "Bytes of all files that were taken.", labels=["source"]
    )
    for source in sources():
        found = {state: rows.get((source, state)) for state in DELIVERY_STATES}
        for state, row in found.items():
            count.add_metric([source, state], row["n"] if row else 0)
        read.add_metric([source], sum(int(row["rows_read"]) for row in found.values() if row))
        size.add_metric([source], sum(int(row["bytes"]) for row in found.values() if row))
    yield from (count, read, size)
    part = gauge("effective_delivery_rows", "Rows of the delivery that counts, by outcome.", "source", "outcome")
    share = gauge("quarantine_ratio", "Share of the rows of the delivery that counts that was set aside.", "source")
    for row in connection.execute(_EFFECTIVE).fetchall():
        for outcome in ("read", "accepted", "quarantined", "withheld"):
            part.add_metric([row["source"], outcome], row[f"rows_{outcome}"])
        share.add_metric([row["source"]], row["rows_quarantined"] / row["rows_read"] if row["rows_read"] else 0)
    taken = gauge("last_take_seconds", "How long the newest delivery took from arrival to verdict.", "source")
    for row in connection.execute(_TAKEN).fetchall():
        taken.add_metric([row["source"]], float(row["seconds"]))
    files = gauge("inbox_files", "Files in the inbox, by whether they will be taken.", "source", "state")
    for source in sources():
        seen = waiting(load_feed(source), settings.inbox / source, settings.settle_seconds)
        for state in ("ready", "unsettled", "unrecognised"):
            files.add_metric([source, state], len(getattr(seen, state)))
    yield from (part, share, taken, files)


def of_freshness(connection: Connection, settings: Settings) -> Iterator[Metric]:
    """How fresh each source is, against what its feed expects."""
    newest = gauge("newest_delivery_timestamp_seconds", "When the newest accepted delivery was accepted.", "source")
    due = gauge("delivery_expected_timestamp_seconds", "End of the day the next delivery is expected.", "source")
    late = gauge("delivery_late", "1 when a delivery is later than its feed allows.", "source")
    for one in freshness(connection):
        late.add_metric([one.source], int(one.late_since is not None))
        if one.newest_accepted_at is not None and one.expected_next is not None:
            newest.add_metric([one.source], one.newest_accepted_at.timestamp())
            due.add_metric([one.source], _end_of(one.expected_next))
    yield from (newest, due, late)


def of_builds(connection: Connection, settings: Settings) -> Iterator[Metric]:
    """What was built and published, and whether the figures are those that were published."""
    counts = {
        row["status"]: row["n"]
        for row in connection.execute("select status, count(*) as n from ops.build group by status").fetchall()
    }
    builds = gauge("builds", "Builds in the ledger, by state.", "status")
    for state in BUILD_STATES:
        builds.add_metric([state], counts.get(state, 0))
    yield builds
    row = connection.execute(_PUBLISHED).fetchone()
    if row is None:
        return
    for name, says, value in (
        ("last_build_seconds", "How long dbt took for the build that is published.", row["dbt_seconds"]),
        ("last_publish_seconds", "How long its differences took to be applied.", row["publish_seconds"]),
        ("last_publish_timestamp_seconds", "When it was published.", row["published_at"].timestamp()),
        ("figures", "Figures that are published.", row["figures"] or 0),
    ):
        one = gauge(name, says)
        one.add_metric([], float(value or 0))
        yield one
    yield from _agreement()


def _agreement() -> Iterator[Metric]:
    """Read as whoever reads `bi`: the ledgers do not hold it."""
    with connect("bi_reader") as reader:
        there = reader.execute("select to_regclass('bi.figure_agreement') is not null as found").fetchone()
        if not (there and there["found"]):
            return
        row = reader.execute(
            "select coalesce(sum(targets), 0) as targets, coalesce(sum(targets - agreeing), 0) as differing"
            " from bi.figure_agreement where loaded"
        ).fetchone()
    assert row is not None
    compared = gauge("figures_compared", "Published numbers that a figure has to reproduce, with what is loaded.")
    compared.add_metric([], int(row["targets"]))
    differing = gauge("figures_differing", "Of those, the ones whose figure differs.")
    differing.add_metric([], int(row["differing"]))
    yield from (compared, differing)


def of_extracts(connection: Connection, settings: Settings) -> Iterator[Metric]:
    """What goes to receivers, what is due, what they answered."""
    today = datetime.now(COPENHAGEN).date()
    rows = [row for row in extracts.listing(connection, today) if row["kind"] == "delivery"]
    days = calendar(today)
    count = gauge(
        "extracts", "Versions of extracts, by state; overdue is one whose promise is broken.", "name", "status"
    )
    due = gauge("extract_deadline_timestamp_seconds", "End of the day the next one is due.", "name")
    for one in days:
        mine = [row for row in rows if row["name"] == one["name"]]
        for state in EXTRACT_STATES:
            count.add_metric([one["name"], state], sum(row["status"] == state for row in mine))
        waits = [row["deadline"] for row in mine if row["step"] in ("planned", "built", "released") and row["deadline"]]
        due.add_metric([one["name"]], _end_of(min(waits, default=date.fromisoformat(one["next_deadline"]))))
    receipts = gauge("receipts", "Kvitteringer that were read, by outcome.", "receiver", "outcome")
    found: dict[tuple[str, str], int] = {
        (row["receiver"], row["outcome"]): row["n"]
        for row in connection.execute(
            "select receiver, outcome, count(*) as n from ops.receipt group by receiver, outcome"
        ).fetchall()
    }
    for receiver in sorted({one["receiver"] for one in days}):
        for outcome in RECEIPTS:
            receipts.add_metric([receiver, outcome], found.get((receiver, outcome), 0))
    yield from (count, due, receipts)


def of_the_house(connection: Connection, settings: Settings) -> Iterator[Metric]:
    """Alerts, housekeeping, backups, the database."""
    open_now = [row["kind"] for row in alerts.listing(connection)]
    kinds = gauge("open_alerts", "Alerts that are open, by kind.", "kind", "severity")
    for kind in KINDS.values():
        kinds.add_metric([kind.code, kind.severity], open_now.count(kind.code))
    waiting_news = gauge("alerts_untold", "Pieces of news about alerts that a channel has not taken yet.", "channel")
    for row in connection.execute(
        "select channel, count(*) filter (where told_at is null) as n from ops.alert_told group by channel"
    ).fetchall():
        waiting_news.add_metric([row["channel"]], row["n"])
    yield from (kinds, waiting_news)
    for name, says, query in (
        (
            "housekeeping_last_run_timestamp_seconds",
            "When the housekeeping last looked the house over; an old one is the dead man's switch.",
            "select max(looked_at) as moment from ops.house_look where looker = 'housekeeping'",
        ),
        (
            "night_work_last_done_timestamp_seconds",
            "When what is past its days was last let go.",
            "select max(done_at) as moment from ops.night_work",
        ),
        (
            "last_backup_timestamp_seconds",
            "When the newest backup was finished.",
            "select max(finished_at) as moment from ops.backup",
        ),
    ):
        row = connection.execute(query).fetchone()
        if row and row["moment"]:
            one = gauge(name, says)
            one.add_metric([], row["moment"].timestamp())
            yield one
    size = gauge("database_size_bytes", "Size of the warehouse's database.")
    row = connection.execute("select pg_database_size(current_database()) as bytes").fetchone()
    size.add_metric([], row["bytes"] if row else 0)
    yield size


def of_disks(settings: Settings) -> Iterator[Metric]:
    """The disks that home and database lie on; needs no database."""
    free = gauge("disk_free_bytes", "Free space of the disk.", "place")
    size = gauge("disk_size_bytes", "Size of the disk.", "place")
    for name, place in _places(settings):
        usage = shutil.disk_usage(place)
        free.add_metric([name], usage.free)
        size.add_metric([name], usage.total)
    yield from (free, size)


def _places(settings: Settings) -> Iterator[tuple[str, Path]]:
    yield "home", settings.home
    if settings.dsn is None and (data := EmbeddedPostgres(settings).folder).is_dir():
        yield "postgres", data


def _end_of(day: date) -> float:
    """The end of a day in Copenhagen, as seconds since 1970."""
    return datetime.combine(day + timedelta(days=1), time(), COPENHAGEN).timestamp()
