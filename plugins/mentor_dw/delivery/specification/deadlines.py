"""When an extract is made, delivered and answered: Danish working days.

A working day is Monday to Friday and no public holiday of the library `holidays` (Denmark, category public): New Year's
Day, Maundy Thursday, Good Friday, Easter and Whit Monday, Ascension, the two days of Christmas, and Store Bededag
until 2023. 5 June, 24 and 31 December and the days banks close besides are working days here: a deadline is then met
a day early, never a day late.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from mentor_dw.delivery.specification.model import Deadline, Specification
from mentor_dw.delivery.specification.periods import Cadence, Period, period_of

_DAY = timedelta(days=1)


@cache
def _holidays(year: int) -> frozenset[date]:
    # A quarter of a second, which whoever only reads a specification need not pay.
    import holidays

    return frozenset(holidays.country_holidays("DK", years=year))


def is_working_day(day: date) -> bool:
    """Whether `day` is Monday to Friday and no public holiday in Denmark."""
    return day.weekday() < 5 and day not in _holidays(day.year)


def working_days_from(day: date, count: int) -> date:
    """The `count`-th working day after `day`, before it for a negative count; `day` itself for 0."""
    step = _DAY if count > 0 else -_DAY
    for _ in range(abs(count)):
        day += step
        while not is_working_day(day):
            day += step
    return day


def working_day_of_month(year: int, month: int, n: int) -> date:
    """The `n`-th working day (1 is the first) from the first of the month on.

    A month has 17 to 23 of them; a later one is counted on into the next month. Raises ValueError for n below 1.
    """
    if n < 1:
        raise ValueError("working days are counted from 1")
    return working_days_from(date(year, month, 1) - _DAY, n)


def deadline(spec: Specification, period: Period) -> date:
    """The day by whose end the extract of `period` is delivered."""
    return delivered_by(spec.deadline, period)


def ready_day(spec: Specification, period: Period) -> date:
    """The day the package of `period` is made: `ready_days` working days before the deadline."""
    return made_on(spec.deadline, period)


def period_due(spec: Specification, today: date) -> Period:
    """The newest period whose ready day has come by `today`."""
    return newest_made(spec.deadline, spec.cadence, today)


def receipt_due(spec: Specification, sent: date) -> date:
    """The day by whose end the receiver's kvittering of what was sent on `sent` is due."""
    return working_days_from(sent, spec.deadline.receipt_days)


def delivered_by(promise: Deadline, period: Period) -> date:
    """The day by whose end a `promise` is kept for `period`."""
    months = period.last.year * 12 + period.last.month - 1 + promise.months_after
    return working_day_of_month(months // 12, months % 12 + 1, promise.working_day)


def made_on(promise: Deadline, period: Period) -> date:
    """The day a package is made to keep `promise` for `period`."""
    return working_days_from(delivered_by(promise, period), -promise.ready_days)


def newest_made(promise: Deadline, cadence: Cadence, today: date) -> Period:
    """The newest period of `cadence` whose package is made by `today`."""
    period = period_of(today, cadence)
    while made_on(promise, period) > today:
        period = period.previous()
    return period
