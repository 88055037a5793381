"""Days as the rules count them: calendar months, birthdays, ISO weeks."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta


def months_later(day: date, months: int) -> date:
    """The same day so many calendar months on; a missing day becomes the last of the month (section 4, step 1)."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def age(born: date, day: date) -> int:
    """Whole years on `day`; who is born on 29 February has birthday on the 28th in a common year (P3, R19)."""
    years = day.year - born.year
    return years if months_later(born, 12 * years) <= day else years - 1


def monday_of(day: date) -> date:
    """The Monday of the ISO week that holds `day`."""
    return day - timedelta(days=day.weekday())


def month_of_week(monday: date) -> date:
    """The first day of the month that a week belongs to: that of its Thursday (step 8)."""
    return (monday + timedelta(days=3)).replace(day=1)


def runs(start: date, end: date | None, day: date) -> bool:
    """Begun by `day` and not ended before it (section 5, R14)."""
    return start <= day and (end is None or end >= day)
