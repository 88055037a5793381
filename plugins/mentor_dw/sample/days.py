"""Days as whole numbers (`date.toordinal`), which the large parts of the sample reckon in, and how they are written."""

from __future__ import annotations

from datetime import date

_BASE = date(1900, 1, 1).toordinal()
_DAYS = [date.fromordinal(_BASE + number) for number in range(date(2021, 1, 1).toordinal() - _BASE)]
_DMY = [day.strftime("%d-%m-%Y") for day in _DAYS]
_WORKING = [day.weekday() < 5 for day in _DAYS]
_MONTH = [day.year * 12 + day.month - 1 for day in _DAYS]
#: Monday of the first week that DREAM can hold, 1991 week 32.
FIRST_MONDAY = date.fromisocalendar(1991, 32, 1).toordinal()


def dmy(day: int | None) -> str:
    """DD-MM-YYYY; empty for None."""
    return "" if day is None else _DMY[day - _BASE]


def is_working(day: int) -> bool:
    """Monday to Friday."""
    return _WORKING[day - _BASE]


def month_of(day: int) -> int:
    """The month as one number: twelve times the year plus the month from zero."""
    return _MONTH[day - _BASE]


def month_text(month: int, between: str = "-") -> str:
    """YYYY-MM of a month number."""
    return f"{month // 12}{between}{month % 12 + 1:02d}"


def months_later(day: int, months: int) -> int:
    """The same day of the month so many months later, clamped to the month's end (rules.md section 4, step 1)."""
    start = date.fromordinal(day)
    number = start.year * 12 + start.month - 1 + months
    year, month = divmod(number, 12)
    return min(date(year, month + 1, 1).toordinal() + start.day - 1, _month_end(year, month + 1))


def _month_end(year: int, month: int) -> int:
    return date(year + month // 12, month % 12 + 1, 1).toordinal() - 1


def birthday(birth: date, years: int) -> int:
    """The day somebody becomes `years` old; 28 February for 29 February in a common year (rules.md R19)."""
    try:
        return birth.replace(year=birth.year + years).toordinal()
    except ValueError:
        return date(birth.year + years, 2, 28).toordinal()


def week_index(day: int) -> int:
    """Which week from 1991 week 32 on holds the day; weeks begin on Monday."""
    return (day - FIRST_MONDAY) // 7


def week_name(index: int) -> str:
    """YYWW of a week, ISO 8601."""
    year, week, _ = date.fromordinal(FIRST_MONDAY + 7 * index).isocalendar()
    return f"{year % 100:02d}{week:02d}"
