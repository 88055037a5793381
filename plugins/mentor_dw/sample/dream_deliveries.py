"""The deliveries of DREAM: which there are, their columns, and the row that each has of a person."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from backports import zstd

from .days import month_of, month_text, week_index, week_name
from .study import StudyCohort
from .study_model import Resident

PERSON = ("pnr", "koen", "foedselsdato", "kommunekode", "herkomst", "civilstand")
_COPENHAGEN = "101"
#: Where persons live whom BIFLIS does not know; one in seven is not registered.
_ELSEWHERE = ("101", "147", "163", "461", "751", "791", "")


@dataclass(frozen=True)
class Delivery:
    """A delivery: last day of the covered month, first week and month, how its columns stand, its suffix.

    `person` is the order of the person's columns, `person_last` puts them behind the weeks, `newest_first` turns the
    weeks round, `months_paired` puts branche and grad of a month side by side, `years` adds the a-kasse.
    """

    covers: date
    first_week: date
    first_month: date
    suffix: str
    person: tuple[str, ...] = PERSON
    person_last: bool = False
    newest_first: bool = False
    months_paired: bool = False
    years: bool = True
    line_end: str = "\n"
    checksum: bool = False

    @property
    def file_name(self) -> str:
        """The name the contract asks for."""
        return f"dream_{self.covers:%Y-%m}.{self.suffix}"

    @cached_property
    def weeks(self) -> range:
        """Weeks from the first to the last whose Thursday lies in the covered time."""
        return range(week_index(self.first_week.toordinal()), week_index(self.covers.toordinal() - 3) + 1)

    @cached_property
    def months(self) -> range:
        """Months of the employment columns."""
        return range(month_of(self.first_month.toordinal()), month_of(self.covers.toordinal()) + 1)


DELIVERIES = (
    Delivery(date(2016, 3, 31), date(2010, 1, 4), date(2012, 1, 1), "csv.gz", years=False, checksum=True),
    Delivery(
        date(2016, 5, 31), date(2009, 6, 29), date(2010, 1, 1), "csv",
        person=("civilstand", "herkomst", "pnr", "kommunekode", "koen", "foedselsdato"),
        newest_first=True, line_end="\r\n",
    ),
    Delivery(
        date(2016, 6, 30), date(2008, 12, 29), date(2008, 1, 1), "csv.zst",
        person_last=True, months_paired=True, checksum=True,
    ),
)  # fmt: skip


def header(delivery: Delivery) -> list[str]:
    """Names of the columns, in the order of the delivery."""
    weeks = [f"y_{week_name(index)}" for index in delivery.weeks]
    if delivery.newest_first:
        weeks.reverse()
    months = [month_text(month, "_") for month in delivery.months]
    jobs = (
        [f"{kind}_{month}" for month in months for kind in ("branche", "grad")]
        if delivery.months_paired
        else [f"{kind}_{month}" for kind in ("branche", "grad") for month in months]
    )
    years = [f"ak{year % 100:02d}" for year in _years(delivery)] if delivery.years else []
    front = [*weeks, *delivery.person] if delivery.person_last else [*delivery.person, *weeks]
    return [*front, *jobs, *years]


def _years(delivery: Delivery) -> range:
    return range(delivery.first_month.year, delivery.covers.year + 1)


def lines(cohort: StudyCohort, delivery: Delivery) -> Iterator[str]:
    """One line per person of the cohort that the delivery knows."""
    covers = delivery.covers.toordinal()
    for number, resident in enumerate(cohort.residents):
        if resident.in_dream and not _absent(resident, number, delivery):
            yield _line(resident, cohort, delivery, number, covers)


def _absent(resident: Resident, number: int, delivery: Delivery) -> bool:
    """A few persons come into DREAM late, and a few that no mentor source knows disappear."""
    if number % 997 == 5:
        return delivery is DELIVERIES[0]
    return not resident.in_biflis and number % 211 == 0 and delivery is not DELIVERIES[0]


def _line(resident: Resident, cohort: StudyCohort, delivery: Delivery, number: int, covers: int) -> str:
    person = resident.person
    pnr, sex, birth = cohort.traits.get(person.cpr, (person.cpr, person.sex, person.birth))
    home = _COPENHAGEN if resident.in_biflis else _ELSEWHERE[number % len(_ELSEWHERE)]
    if resident.moves is not None and resident.moves[0] <= covers:
        home = resident.moves[1]
    values = {
        "pnr": f"{pnr[:6]}-{pnr[6:]}" if number % 401 == 7 else pnr,
        "koen": sex,
        "foedselsdato": birth.isoformat(),
        "kommunekode": "" if number % 503 == 3 else home,
        "herkomst": resident.origin,
        "civilstand": resident.civil,
    }
    weeks = [""] * len(delivery.weeks)
    base, stop = delivery.weeks.start, delivery.weeks.stop
    for code, first, after in resident.weeks:
        start, end = max(first, base), min(after, stop)
        if start < end:
            weeks[start - base : end - base] = [code] * (end - start)
    if number % 307 == 11 and not resident.group:
        # Weeks that are registered later than they happen: the newest one is empty until the next delivery.
        weeks[-1] = ""
    if delivery.newest_first:
        weeks.reverse()
    months = len(delivery.months)
    branches, degrees = [""] * months, [""] * months
    base, stop = delivery.months.start, delivery.months.stop
    for branch, degree, first, after in resident.jobs:
        start, end = max(first, base), min(after, stop)
        if start < end:
            branches[start - base : end - base] = [branch] * (end - start)
            degrees[start - base : end - base] = [degree] * (end - start)
    jobs = (
        [v for pair in zip(branches, degrees, strict=True) for v in pair]
        if delivery.months_paired
        else branches + degrees
    )
    member = f"{number % 37 + 1:02d}" if number % 3 == 0 else ""
    years = [member] * len(_years(delivery)) if delivery.years else []
    front = [values[name] for name in delivery.person]
    return ";".join([*weeks, *front, *jobs, *years] if delivery.person_last else [*front, *weeks, *jobs, *years])


class DreamText:
    """A delivery file while it grows, compressed as its suffix says. The same lines give the same bytes."""

    def __init__(self, path: Path, delivery: Delivery, columns: list[str]) -> None:
        """Start `path` with the header."""
        self._path = path
        self._line_end = delivery.line_end
        self._file = path.open("wb")
        self._sink: BinaryIO = self._file
        if delivery.suffix.endswith("gz"):
            self._sink = gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=self._file, mtime=0)
        elif delivery.suffix.endswith("zst"):
            self._sink = zstd.ZstdFile(self._file, "w")
        self.lines = 0
        self.add([";".join(columns)])

    def add(self, found: Iterable[str]) -> None:
        """Append lines."""
        batch = io.StringIO()
        for line in found:
            self.lines += 1
            batch.write(line + self._line_end)
            if batch.tell() > 1 << 20:
                self._sink.write(batch.getvalue().encode("ascii"))
                batch = io.StringIO()
        self._sink.write(batch.getvalue().encode("ascii"))

    def close(self) -> Path:
        """Finish the file; its path."""
        if self._sink is not self._file:
            self._sink.close()
        self._file.close()
        return self._path
