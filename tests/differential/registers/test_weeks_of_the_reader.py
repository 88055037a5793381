"""The reader of wide files against cells taken one by one: rows set aside, benefit spells, jobs, what is covered."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger_by_rules import Entry
from register_files import Delivery, Writer
from register_people import Dream, Person, nickname
from rows_by_rules import clean, set_aside, staying
from weeks_by_rules import Job, Spell, jobs, month_after, month_of, spells, week_of

from mentor_dw.feeds import Feed, load_feed
from mentor_dw.reading.wide.fold import fold_block
from mentor_dw.reading.wide.layout import read_layout
from mentor_dw.reading.wide.stream import blocks, read_header, scan

#: Mondays before a week 53 (1998, 2009, 2015, 2020), before a year of 52 weeks, and where two-digit years begin anew.
FIRST_WEEKS = [date(2015, 10, 5), date(2009, 11, 2), date(1998, 10, 5), date(2020, 11, 30), date(1999, 9, 6)]
FIRST_WEEKS += [date(2013, 10, 28), date(1991, 8, 5)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wide")


@pytest.fixture(scope="module")
def feed() -> Feed:
    return load_feed("dream")


def deliveries() -> st.SearchStrategy[Delivery]:
    """Deliveries of DREAM in any order of columns, with faults."""
    return st.builds(_one, st.randoms(use_true_random=False))


def _one(draw: Random) -> Delivery:
    people = [Person.number(number) for number in range(draw.choice([4, 1, 9]))]
    register = Dream(draw, people, draw.choice(FIRST_WEEKS))
    months = [f"{month_after(month):%Y-%m}" for month in register.months[2:]]
    return Writer(draw).dream(draw.choice(months), register, draw.choice([0, 1, 4]))


def read(delivery: Delivery, feed: Feed, folder: Path, block_bytes: int, part_bytes: int) -> dict[str, object]:
    """What the house's reader makes of a delivery."""
    path = folder / delivery.name
    path.write_bytes(delivery.content)
    layout = read_layout(read_header(path), feed)
    aside: set[int] = set()
    people: dict[str, tuple[list[Spell], list[Job]]] = {}
    rows = 0
    for part in scan(path, part_bytes).parts:
        for block in blocks(path, part, block_bytes):
            folded = fold_block(block.content, block.first_line, layout)
            rows += folded.rows_read
            aside |= {finding.line_number for finding in folded.findings}
            names = [person.decode() for person in folded.persons["cpr"]]
            lines = dict(zip(folded.persons["line_number"].tolist(), names, strict=True))
            people |= {f"line {line}: {nickname(name)}": ([], []) for line, name in lines.items()}
            whom = list(people)[len(people) - len(names) :]
            for one in folded.weeks.tolist():
                people[whom[one[0]]][0].append(Spell(f"{one[1]:03d}", _day(one[2]), _day(one[3])))
            for one in folded.months.tolist():
                branche = None if one[1] < 0 else f"{one[1]:06d}"
                grad = None if one[2] < 0 else Decimal(one[2]) / 1_000_000
                people[whom[one[0]]][1].append(Job(_day(one[3]), _day(one[4]), branche, grad))
    path.unlink()
    coverage = {(run.serie, run.fra, run.til) for run in layout.coverage if run.serie != "ak"}
    return {"rows": rows, "aside": aside, "people": people, "coverage": coverage}


def _day(days: int) -> date:
    return date(2000, 1, 1) + timedelta(days=days)


def by_rules(delivery: Delivery) -> dict[str, object]:
    """The same, cell by cell. A number that stands twice is seen when all parts are there, so not by the reader."""
    aside, columns = set_aside(delivery), delivery.columns[""]
    twice = {number for _, number in aside if _is_only_twice(delivery, number)}
    rows = staying(delivery, {("", number) for _, number in aside if number not in twice})
    entry = Entry(delivery, "accepted", rows=rows)
    faulty = {number for _, number in aside} - twice
    good = [number for number in range(2, 2 + len(delivery.lines[""])) if number not in faulty]
    people = {
        f"line {number}: {nickname(clean(row['pnr']) or '')}": (spells(columns, row), jobs(columns, row))
        for number, row in zip(good, entry.rows[""], strict=True)
    }
    coverage = {("ydelse", *run) for run in _runs([week_of(name) for name in columns if week_of(name)], _week_after)}
    for serie in ("branche", "grad"):
        months = [month_of(name) for name in columns if name.startswith(serie) and month_of(name)]
        coverage |= {(serie, *run) for run in _runs(months, month_after)}
    return {"rows": entry.read, "aside": faulty, "people": people, "coverage": coverage}


def _is_only_twice(delivery: Delivery, number: int) -> bool:
    """Whether a line has no other fault than that its number stood before."""
    line = delivery.lines[""][number - 2]
    alone = Delivery("dream", delivery.covers, "", delivery.columns, {"": [line]})
    return not set_aside(alone)


def _week_after(monday: date) -> date:
    return monday + timedelta(weeks=1)


def _runs(days: list[date], after) -> list[tuple[date, date]]:
    found: list[tuple[date, date]] = []
    for day in sorted(days):
        if found and found[-1][1] == day:
            found[-1] = (found[-1][0], after(day))
        else:
            found.append((day, after(day)))
    return found


@settings(max_examples=250, deadline=None)
@given(
    delivery=deliveries(),
    block_bytes=st.sampled_from([1 << 19, 200, 900]),
    part_bytes=st.sampled_from([1 << 20, 1000]),
)
def test_the_reader_finds_the_spells_of_the_rules(
    delivery: Delivery, block_bytes: int, part_bytes: int, feed: Feed, folder: Path
) -> None:
    assert read(delivery, feed, folder, block_bytes, part_bytes) == by_rules(delivery)
