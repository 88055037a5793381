"""DREAM's week and month cells as spells, cell by cell, as source-files.md and rules.md R9 say.

A spell is a run of neighbouring ISO weeks (or months) with the same value, half-open in days. Where the columns of a
delivery begin and end, the spell does too. An empty week is no benefit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal


@dataclass(frozen=True, order=True)
class Spell:
    """Weeks on one benefit: from the Monday `start` to the Monday `end`, not included."""

    code: str
    start: date
    end: date


@dataclass(frozen=True)
class Job:
    """Months with one line of business and one degree (None: not told), from the first day `start` to `end`."""

    start: date
    end: date
    branche: str | None
    grad: Decimal | None

    @property
    def employed(self) -> bool:
        """R9: a line of business, or a degree above 0."""
        return self.branche is not None or (self.grad is not None and self.grad > 0)


def week_of(column: str) -> date | None:
    """The Monday of the week that a column stands for; None when it stands for none."""
    match = re.fullmatch("y_([0-9]{2})([0-9]{2})", column)
    if not match:
        return None
    short = int(match[1])
    try:
        return date.fromisocalendar((1900 if short >= 91 else 2000) + short, int(match[2]), 1)
    except ValueError:
        return None


def month_of(column: str) -> date | None:
    """The first day of the month that a column of employment stands for; None when it stands for none."""
    match = re.fullmatch("(?:branche|grad)_([0-9]{4})_([0-9]{2})", column)
    try:
        return date(int(match[1]), int(match[2]), 1) if match else None
    except ValueError:
        return None


def month_after(first: date) -> date:
    """The first day of the next month."""
    return (first + timedelta(days=31)).replace(day=1)


def spells(columns: list[str], cells: dict[str, str]) -> list[Spell]:
    """The benefit spells of one person."""
    found: list[Spell] = []
    for monday, code in sorted((week_of(name), cells[name]) for name in columns if week_of(name) and cells[name]):
        last = found[-1] if found else None
        if last and last.code == code and last.end == monday:
            found[-1] = Spell(code, last.start, monday + timedelta(weeks=1))
        else:
            found.append(Spell(code, monday, monday + timedelta(weeks=1)))
    return found


def jobs(columns: list[str], cells: dict[str, str]) -> list[Job]:
    """The employment spells of one person: months in which at least one of the two is told."""
    found: list[Job] = []
    for first in sorted({month_of(name) for name in columns if month_of(name)}):
        branche = cells.get(f"branche_{first:%Y_%m}", "") if f"branche_{first:%Y_%m}" in columns else ""
        grad = cells.get(f"grad_{first:%Y_%m}", "") if f"grad_{first:%Y_%m}" in columns else ""
        if not branche and not grad:
            continue
        told = (branche or None, Decimal(grad.replace(",", ".")) if grad else None)
        last = found[-1] if found else None
        if last and (last.branche, last.grad) == told and last.end == first:
            found[-1] = Job(last.start, month_after(first), *told)
        else:
            found.append(Job(first, month_after(first), *told))
    return found


def end_of_weeks(columns: list[str]) -> date:
    """The Monday after the last week that the columns cover."""
    return max(week_of(name) for name in columns if week_of(name)) + timedelta(weeks=1)
