"""The days that a figure speaks of, read from its dimensions as the published rows write them."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from datetime import date

#: Dimensions that hold a period, a day or a year.
_DIMENSIONS = ("period", "asof", "aar", "year")
_PART = re.compile(r"(?<!\d)(?P<year>\d{4})(?:H(?P<half>[12])|-(?P<month>0[1-9]|1[0-2])(?:-(?P<day>[0-3]\d))?)?(?!\d)")


def days_of(dimensions: Mapping[str, object]) -> tuple[date, date] | None:
    """The first and the last day of the figure's period, both in it; None when its dimensions name none.

    Read are 2015, 2014H2, 2014-05, 2008-09-10, words before them (medio 2008-09), and two of them joined by dots.
    """
    for name in _DIMENSIONS:
        parts = list(_PART.finditer(str(dimensions.get(name, ""))))
        if parts:
            return _days(parts[0])[0], _days(parts[-1])[1]
    return None


def _days(part: re.Match[str]) -> tuple[date, date]:
    year, half, month, day = (int(part[name] or 0) for name in ("year", "half", "month", "day"))
    if day:
        return date(year, month, day), date(year, month, day)
    first = month or {0: 1, 1: 1, 2: 7}[half]
    last = month or {0: 12, 1: 6, 2: 12}[half]
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])
