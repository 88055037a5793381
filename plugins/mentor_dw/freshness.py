"""How fresh each source is, against the rhythm that its feed expects."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import psycopg

from mentor_dw.config import COPENHAGEN
from mentor_dw.feeds import load_feed, sources

_NEWEST = """
    select
        max(accepted_at) as accepted_at,
        max(covers) as covers
    from ops.delivery
    where source = %s and accepted_at is not null and withdrawn_at is null
"""


@dataclass(frozen=True)
class Freshness:
    """One source. Without a delivery it owes none: `expected_next` and `late_since` are None then."""

    source: str
    every: str
    newest_accepted_at: datetime | None
    newest_covers: str | None
    expected_next: date | None
    late_since: date | None

    def as_json(self) -> dict[str, Any]:
        """With days and times as text."""
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in vars(self).items()}

    def line(self) -> str:
        """The state of a late source in words."""
        assert self.newest_accepted_at is not None
        newest = self.newest_accepted_at.astimezone(COPENHAGEN).date()
        return f"{self.source}: expected every {self.every}, the last accepted delivery came on {newest.isoformat()}"


def freshness(connection: psycopg.Connection[dict[str, Any]], today: date | None = None) -> list[Freshness]:
    """Every source that has a feed. `today` in Copenhagen, when not said."""
    today = today or datetime.now(COPENHAGEN).date()
    return [_of(connection, source, today) for source in sources()]


def _of(connection: psycopg.Connection[dict[str, Any]], source: str, today: date) -> Freshness:
    rhythm = load_feed(source).expected
    row = connection.execute(_NEWEST, (source,)).fetchone()
    if row is None or row["accepted_at"] is None:
        return Freshness(source, rhythm.every, None, None, None, None)
    came = row["accepted_at"].astimezone(COPENHAGEN)
    late = came.date() + timedelta(days=rhythm.late_after_days + 1)
    return Freshness(
        source, rhythm.every, came, row["covers"], day_after(came.date(), rhythm.every), late if today >= late else None
    )


def day_after(day: date, every: str) -> date:
    """A day, a week or a month after `day`; the last day of a shorter month."""
    if every != "month":
        return day + timedelta(days=7 if every == "week" else 1)
    year, month = divmod(day.year * 12 + day.month, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
