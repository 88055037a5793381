"""Danish working days computed another way: Easter by Gauss, fixed feasts, numpy's business days."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

YEARS = range(2007, 2038)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar, by Gauss."""
    century = year // 100
    moon = (19 * (year % 19) + 15 + century - century // 4 - (8 * century + 13) // 25) % 30
    week = (2 * (year % 4) + 4 * (year % 7) + 6 * moon + 4 + century - century // 4) % 7
    days = moon + week
    if days == 35 or (
        days == 34 and moon == 28 and (11 * (century - century // 4 - (8 * century + 13) // 25)) % 30 < 19
    ):
        days -= 7
    return date(year, 3, 22) + timedelta(days=days)


def feasts(year: int) -> set[date]:
    """The public holidays of a year, Sundays among them: Store Bededag until 2023 (lov nr. 214 af 6/3 2023)."""
    after_easter = [-3, -2, 0, 1, 39, 49, 50, *([26] if year <= 2023 else [])]
    return {
        date(year, 1, 1),
        date(year, 12, 25),
        date(year, 12, 26),
        *(easter(year) + timedelta(days=days) for days in after_easter),
    }


class OwnCalendar:
    """Working days without the library and the code under test."""

    def __init__(self) -> None:
        self.feasts = {day for year in YEARS for day in feasts(year)}
        self.days = np.busdaycalendar(holidays=sorted(np.datetime64(day) for day in self.feasts))

    def nth(self, year: int, month: int, n: int) -> date:
        """The n-th working day from the first of a month on."""
        first = np.datetime64(date(year, month, 1))
        return np.busday_offset(first, n - 1, roll="forward", busdaycal=self.days).item()

    def before(self, day: date, count: int) -> date:
        """The count-th working day before a working day."""
        return np.busday_offset(np.datetime64(day), -count, busdaycal=self.days).item()


@pytest.fixture(scope="session")
def own() -> OwnCalendar:
    return OwnCalendar()
