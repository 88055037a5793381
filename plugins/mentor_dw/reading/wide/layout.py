"""Where everything stands in a wide file: the header judged, columns of a series put in order of time.

Columns may come in any order and number; the weeks alone may not have gaps (source-files.md, 'dream').
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from mentor_dw.errors import DeliveryRefused
from mentor_dw.feeds import Feed
from mentor_dw.feeds.model import SeriesSpec, WideSpec
from mentor_dw.reading.archive import refuse_twice
from mentor_dw.reading.unzip import shown

#: PostgreSQL counts days from here.
EPOCH = date(2000, 1, 1).toordinal()
#: The register begins in the middle of 1991; a column of an earlier week is not one of it.
FIRST_WEEK = date.fromisocalendar(1991, 32, 1)

_DRIFT_LIMIT = 200
_NAMES = {"week": r"([0-9]{2})([0-9]{2})", "month": r"([0-9]{4})_([0-9]{2})", "year": r"([0-9]{2})"}


@dataclass(frozen=True, eq=False)
class Serie:
    """The columns of one series that a file has, in order of time.

    `places` are places in a row, from 0; `fra` and `til` the days each column covers, counted as PostgreSQL does (from
    2000-01-01), `til` exclusive.
    """

    spec: SeriesSpec
    places: np.ndarray
    fra: np.ndarray
    til: np.ndarray

    def runs(self) -> Iterator[tuple[date, date]]:
        """The unbroken runs of columns: first day, first day after it."""
        if not len(self.places):
            return
        ends = np.append(np.flatnonzero(self.fra[1:] != self.til[:-1]), len(self.fra) - 1)
        starts = np.append(0, ends[:-1] + 1)
        for start, end in zip(starts, ends, strict=True):
            yield date.fromordinal(EPOCH + int(self.fra[start])), date.fromordinal(EPOCH + int(self.til[end]))


@dataclass(frozen=True)
class Coverage:
    """An unbroken run of columns of a series (the feed's name of it); `til` is the first day after it."""

    serie: str
    fra: date
    til: date


@dataclass(frozen=True, eq=False)
class Layout:
    """Where the fixed fields and the series of one file stand. Compared and hashed by identity."""

    wide: WideSpec
    delimiter: str
    decimal_mark: str
    #: the columns of the file as they stand in it
    names: tuple[str, ...] = field(repr=False)
    #: place of each fixed field
    fields: dict[str, int]
    #: the feed's name of a series to its columns; a series the file does not have has none
    series: dict[str, Serie]
    coverage: tuple[Coverage, ...]
    #: columns that the feed does not know, names masked: {"member": "", "column": name}
    drift: list[dict[str, str | None]]

    @property
    def width(self) -> int:
        """How many fields a row has."""
        return len(self.names)


def read_layout(header: bytes, feed: Feed) -> Layout:
    """The layout that the first line of a wide file (its line end removed or not) describes.

    Raises DeliveryRefused in this order: `empty_file`, `wrong_encoding` (not ASCII, a byte order mark included),
    `duplicate_column`, `column_missing` (a fixed field, or all of a series the feed requires), `week_gap`.
    """
    assert feed.wide is not None
    line = header.removesuffix(b"\n").removesuffix(b"\r")
    if not line:
        raise DeliveryRefused("empty_file", "the file is empty, or begins with an empty line")
    if not line.isascii() or b"\0" in line:
        raise DeliveryRefused("wrong_encoding", "line 1 is not ASCII", "line 1")
    names = line.decode("ascii").split(feed.text.delimiter)
    forms = [_form(spec) for spec in feed.wide.series]
    of_series = (name for name in names if any(form.fullmatch(name) for form in forms))
    refuse_twice(names, {*(spec.name for spec in feed.wide.fields), *of_series})
    places = {name: place for place, name in enumerate(names)}
    fields = {spec.name: places.pop(spec.name, -1) for spec in feed.wide.fields}
    series = {spec.name: _serie(spec, places) for spec in feed.wide.series}
    missing = [name for name, place in fields.items() if place < 0]
    missing += [
        f"{spec.prefix}{_SHAPES[spec.by]}"
        for spec in feed.wide.series
        if spec.required and not len(series[spec.name].places)
    ]
    if missing:
        raise DeliveryRefused("column_missing", f"columns are missing: {', '.join(missing)}", ", ".join(missing))
    for serie in series.values():
        if serie.spec.by == "week":
            _check_gaps(serie, names)
    known = {int(place) for serie in series.values() for place in serie.places}
    unknown = [name for name, place in places.items() if place not in known]
    return Layout(
        wide=feed.wide,
        delimiter=feed.text.delimiter,
        decimal_mark=feed.text.decimal_mark,
        names=tuple(names),
        fields=fields,
        series=series,
        coverage=tuple(Coverage(name, *run) for name, serie in series.items() for run in serie.runs()),
        drift=[{"member": "", "column": shown(name)} for name in unknown[:_DRIFT_LIMIT]],
    )


_SHAPES = {"week": "YYWW", "month": "YYYY_MM", "year": "YY"}


def _form(spec: SeriesSpec) -> re.Pattern[str]:
    """What a column of the series is called."""
    return re.compile(re.escape(spec.prefix) + _NAMES[spec.by])


def _serie(spec: SeriesSpec, places: dict[str, int]) -> Serie:
    form = _form(spec)
    found: list[tuple[int, int, int]] = []
    for name, place in places.items():
        match = form.fullmatch(name)
        covered = _days(spec.by, *(int(part) for part in match.groups())) if match else None
        if covered is not None:
            found.append((covered[0].toordinal() - EPOCH, covered[1].toordinal() - EPOCH, place))
    columns = np.array(sorted(found), np.int32).reshape(-1, 3)
    return Serie(spec, columns[:, 2].astype(np.intp), columns[:, 0].copy(), columns[:, 1].copy())


def _days(by: str, year: int, part: int = 1) -> tuple[date, date] | None:
    """The days of week, month or year, the end exclusive; None when the calendar has no such week or month."""
    try:
        if by == "week":
            monday = date.fromisocalendar(_century(year), part, 1)
            return (monday, monday + timedelta(days=7)) if monday >= FIRST_WEEK else None
        if by == "month":
            return date(year, part, 1), date(year + part // 12, part % 12 + 1, 1)
        return date(_century(year), 1, 1), date(_century(year) + 1, 1, 1)
    except ValueError:
        return None


def _century(year: int) -> int:
    """Two-digit years 91..99 are 19xx, the rest 20xx (source-files.md, 'dream')."""
    return 1900 + year if year >= FIRST_WEEK.year % 100 else 2000 + year


def _check_gaps(serie: Serie, names: list[str]) -> None:
    gaps = np.flatnonzero(serie.fra[1:] != serie.til[:-1])
    if len(gaps):
        before, after = (names[serie.places[gaps[0] + step]] for step in (0, 1))
        where = f"{before}, {after}"
        raise DeliveryRefused("week_gap", f"weeks are missing between {before} and {after}", where)
