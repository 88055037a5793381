"""The ledger of alerts: one row per state that somebody had to know of, from its beginning to its end; who was told.

Raising and clearing is comparing: what holds now against what is open. Everything is done as the role `loader`, inside
the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import psycopg

from mentor_dw.errors import MentorDwError
from mentor_dw.masking import mask_cpr

Connection = psycopg.Connection[dict[str, Any]]
Row = dict[str, Any]
News = Literal["raised", "cleared"]

#: A line is read in a mail's subject or on a telephone.
LONGEST = 500

_ALONE = "select pg_advisory_xact_lock(hashtextextended('mentor_dw alerts', 0))"
_NEXT = """
    select
        t.alert_id, t.news, t.channel, t.tries, a.kind, a.subject, a.line, a.severity, a.runbook, a.raised_at,
        a.cleared_at, a.seen_at, a.seen_by, a.seen_note
    from ops.alert_told as t
    inner join ops.alert as a on t.alert_id = a.alert_id
    where
        t.told_at is null
        and t.channel = any(%(channels)s)
        and (t.tried_at is null or t.tried_at < clock_timestamp() - least(t.tries * interval '5 minutes', '1 hour'))
        and not exists (
            select from ops.alert_told as before
            where
                before.alert_id = t.alert_id and before.channel = t.channel and before.told_at is null
                and before.news > t.news
        )
    order by t.alert_id, t.news desc
    limit 1
    for update of t skip locked
"""
_LISTED = """
    select
        a.*,
        a.cleared_at is null and a.seen_at is null as is_open,
        coalesce(
            (
                select
                    jsonb_agg(
                        jsonb_build_object(
                            'channel', t.channel, 'news', t.news, 'told_at', t.told_at, 'tries', t.tries,
                            'error', t.error
                        )
                        order by t.news desc, t.channel
                    )
                from ops.alert_told as t
                where t.alert_id = a.alert_id
            ),
            '[]'
        ) as told
    from ops.alert as a
    where %(every)s or (a.cleared_at is null and a.seen_at is null)
    order by a.alert_id
"""


@dataclass(frozen=True)
class Found:
    """A state that somebody must know of. `subject` tells it from others of its kind; neither holds a number of a
    person, for both are masked here."""

    kind: str
    subject: str
    line: str

    def __post_init__(self) -> None:
        for name in ("subject", "line"):
            text = " ".join("".join(c if c.isprintable() else " " for c in mask_cpr(getattr(self, name))).split())
            object.__setattr__(self, name, text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…")

    @property
    def key(self) -> tuple[str, str]:
        """What it is one alert at a time of."""
        return self.kind, self.subject


@dataclass(frozen=True)
class Changes:
    """What a look changed: the rows of alerts that were raised and of those that are over."""

    raised: list[Row]
    cleared: list[Row]


def compare(
    connection: Connection,
    found: Iterable[Found],
    looked_at: Collection[str],
    severities: Mapping[str, str],
    channels: Collection[str],
) -> Changes:
    """Raise what was found and is not open, clear what is open and was not found, of the kinds that were looked at.

    `severities` by kind. Whoever is to be told by `channels` is written down with it. One look at a time.
    """
    connection.execute(_ALONE)
    now = {one.key: one for one in found}
    there = {
        (row["kind"], row["subject"]): row
        for row in connection.execute("select * from ops.alert where cleared_at is null").fetchall()
    }
    raised = [_raise(connection, one, severities[one.kind], channels) for one in now.values() if one.key not in there]
    over = [row["alert_id"] for key, row in there.items() if key not in now and row["kind"] in looked_at]
    cleared = connection.execute(
        "update ops.alert set cleared_at = clock_timestamp() where alert_id = any(%s) returning *", (over,)
    ).fetchall()
    for row in cleared:
        if row["seen_at"] is None:
            _to_tell(connection, row["alert_id"], "cleared", channels)
    for key, one in now.items():
        if key in there and there[key]["line"] != one.line:
            connection.execute("update ops.alert set line = %s where alert_id = %s", (one.line, there[key]["alert_id"]))
    return Changes(raised, cleared)


def enter(
    connection: Connection, found: Found, severity: str, raised_at: datetime, told: Mapping[str, str | None]
) -> None:
    """Enter an alert that was raised while nothing could be entered. `told` by channel: None, or why it failed."""
    connection.execute(_ALONE)
    row = connection.execute(
        "insert into ops.alert (kind, subject, line, severity, runbook, raised_at) values (%s, %s, %s, %s, %s, %s)"
        " on conflict (kind, subject) where cleared_at is null do nothing returning alert_id",
        (found.kind, found.subject, found.line, severity, _runbook(found.kind), raised_at),
    ).fetchone()
    for channel, error in told.items() if row else ():
        connection.execute(
            "insert into ops.alert_told (alert_id, news, channel, told_at, tries, tried_at, error)"
            " values (%s, 'raised', %s, case when %s::text is null then %s end, 1, %s, %s)",
            (row["alert_id"], channel, error, raised_at, raised_at, error),
        )


def next_to_tell(connection: Connection, channels: Collection[str]) -> Row | None:
    """An alert that one of `channels` is to tell now, kept from others until the transaction ends; None: no more."""
    return connection.execute(_NEXT, {"channels": list(channels)}).fetchone()


def told(connection: Connection, row: Row, error: str | None) -> None:
    """Note that a row of `next_to_tell` was told, or why it was not."""
    connection.execute(
        "update ops.alert_told set tries = tries + 1, tried_at = clock_timestamp(), error = %(error)s,"
        " told_at = case when %(error)s::text is null then clock_timestamp() end"
        " where alert_id = %(alert_id)s and news = %(news)s and channel = %(channel)s",
        row | {"error": error},
    )


def try_again(connection: Connection, channels: Collection[str]) -> None:
    """Let what waits for these channels wait no longer."""
    connection.execute(
        "update ops.alert_told set tried_at = null where told_at is null and channel = any(%s)", (list(channels),)
    )


def seen(connection: Connection, alert_id: int, by: str, note: str, channels: Collection[str]) -> Row:
    """Note that somebody has seen to it. Raises MentorDwError when there is no such open alert."""
    row = connection.execute(
        "update ops.alert set seen_at = clock_timestamp(), seen_by = %s, seen_note = %s"
        " where alert_id = %s and cleared_at is null and seen_at is null returning *",
        (by, note, alert_id),
    ).fetchone()
    if row is None:
        raise MentorDwError(f"There is no open alert {alert_id}.", "`mentor-dw alerts` lists them.")
    _to_tell(connection, alert_id, "cleared", channels)
    return row


def looked(connection: Connection, looker: str) -> None:
    """Note that the house was looked over now."""
    connection.execute(
        "insert into ops.house_look (looker, looked_at) values (%s, clock_timestamp())"
        " on conflict (looker) do update set looked_at = excluded.looked_at",
        (looker,),
    )


def listing(connection: Connection, *, every: bool = False) -> list[Row]:
    """The alerts that are open, or all, the oldest first; `told` says by which channel and when. For any reader."""
    return connection.execute(_LISTED, {"every": every}).fetchall()


def _raise(connection: Connection, found: Found, severity: str, channels: Collection[str]) -> Row:
    row = connection.execute(
        "insert into ops.alert (kind, subject, line, severity, runbook) values (%s, %s, %s, %s, %s) returning *",
        (found.kind, found.subject, found.line, severity, _runbook(found.kind)),
    ).fetchone()
    assert row is not None
    _to_tell(connection, row["alert_id"], "raised", channels)
    return row


def _runbook(kind: str) -> str:
    return f"docs/runbooks/{kind}.md"


def _to_tell(connection: Connection, alert_id: int, news: News, channels: Collection[str]) -> None:
    for channel in channels:
        connection.execute(
            "insert into ops.alert_told (alert_id, news, channel) values (%s, %s, %s)", (alert_id, news, channel)
        )
