"""Periods of extracts: months, quarters and years, as their texts name them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

from mentor_dw.errors import MentorDwError
from mentor_dw.reporting.danish import covered

Cadence = Literal["month", "quarter", "year"]

#: Months of a period.
_MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}
_TEXT = re.compile(r"(?P<year>(?:19|20)\d\d)(?:-(?P<month>0[1-9]|1[0-2])|K(?P<quarter>[1-4]))?")


@dataclass(frozen=True, order=True)
class Period:
    """A month (`2016-03`), quarter (`2016K1`) or year (`2016`). Ordered by its first day."""

    first: date
    cadence: Cadence

    @cached_property
    def text(self) -> str:
        """How the period is written, in models, in names of files and in the ledger."""
        if self.cadence == "month":
            return f"{self.first:%Y-%m}"
        if self.cadence == "quarter":
            return f"{self.first.year}K{(self.first.month + 2) // 3}"
        return f"{self.first.year}"

    @property
    def last(self) -> date:
        """The last day of the period."""
        return self.next().first - timedelta(days=1)

    def next(self) -> Period:
        """The period after this one."""
        return self._moved(_MONTHS[self.cadence])

    def previous(self) -> Period:
        """The period before this one."""
        return self._moved(-_MONTHS[self.cadence])

    def parts(self) -> tuple[Period, ...]:
        """The months of a quarter, the quarters of a year, nothing of a month; in order."""
        if self.cadence == "month":
            return ()
        smaller: Cadence = "month" if self.cadence == "quarter" else "quarter"
        step = _MONTHS[smaller]
        return tuple(Period(_moved(self.first, n), smaller) for n in range(0, _MONTHS[self.cadence], step))

    def _moved(self, months: int) -> Period:
        return Period(_moved(self.first, months), self.cadence)


def _moved(first: date, months: int) -> date:
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)


def period_of(day: date, cadence: Cadence) -> Period:
    """The period of `cadence` that holds `day`."""
    length = _MONTHS[cadence]
    return Period(date(day.year, (day.month - 1) // length * length + 1, 1), cadence)


def parse_period(text: str) -> Period:
    """The period that `text` names. Raises MentorDwError for anything but `2016-03`, `2016K1` and `2016`."""
    match = _TEXT.fullmatch(text.strip())
    if match is None:
        raise MentorDwError(
            "That is not a period.", "Write a month as 2016-03, a quarter as 2016K1, a year as 2016 (1900 to 2099)."
        )
    year = int(match["year"])
    if match["month"]:
        return Period(date(year, int(match["month"]), 1), "month")
    if match["quarter"]:
        return Period(date(year, 3 * int(match["quarter"]) - 2, 1), "quarter")
    return Period(date(year, 1, 1), "year")


def in_danish(period: Period) -> str:
    """The period in words: marts 2016, 1. kvartal 2016, 2016."""
    if period.cadence == "month":
        return covered(period.text)
    if period.cadence == "quarter":
        return f"{(period.first.month + 2) // 3}. kvartal {period.first.year}"
    return f"{period.first.year}"
