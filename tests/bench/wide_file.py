"""A DREAM file of any size for the benchmarks: about a quarter of the weeks and months filled, 16 spells a person."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np

WEEKS, MONTHS = 1800, 100
SPELLS, JOBS = 16, 3
FIRST_WEEK = date.fromisocalendar(1991, 32, 1)
FIELDS = "pnr;koen;foedselsdato;kommunekode;herkomst;civilstand"
CODES = ["110", "111", "130", "138", "651", "774", "783", "810", "890"]
_BATCH = 2000


def header(weeks: int = WEEKS, months: int = MONTHS) -> str:
    """The first line: the fixed fields, weeks from the first one of the register on, months from 2008 on."""
    mondays = [(FIRST_WEEK + timedelta(days=7 * number)).isocalendar() for number in range(weeks)]
    names = [f"y_{monday.year % 100:02}{monday.week:02}" for monday in mondays]
    for prefix in ("branche", "grad"):
        names += [f"{prefix}_{2008 + number // 12}_{number % 12 + 1:02}" for number in range(months)]
    return ";".join([FIELDS, *names])


def write(path: Path, persons: int, seed: int = 1) -> None:
    """Write a file of `persons` rows; the same seed, the same bytes."""
    random = np.random.default_rng(seed)
    with path.open("w", encoding="ascii", newline="") as file:
        file.write(header() + "\n")
        for first in range(0, persons, _BATCH):
            file.write("".join(_rows(random, first, min(_BATCH, persons - first))))


def _rows(random: np.random.Generator, first: int, count: int) -> list[str]:
    weeks = _runs(random, count, WEEKS, SPELLS)
    jobs = _runs(random, count, MONTHS, JOBS)
    codes = random.integers(len(CODES), size=(count, SPELLS)).tolist()
    branches = random.integers(100_000, 999_999, size=(count, JOBS)).tolist()
    degrees = random.integers(1, 100, size=(count, JOBS)).tolist()
    rows = []
    for row in range(count):
        grads = [f"0,{degree:02}" for degree in degrees[row]]
        rows.append(
            f"{_fixed(first + row)}"
            f"{_cells(weeks[row], [CODES[code] for code in codes[row]])}"
            f"{_cells(jobs[row], [str(branche) for branche in branches[row]])}"
            f"{_cells(jobs[row], grads)}\n"
        )
    return rows


def _runs(random: np.random.Generator, count: int, cells: int, runs: int) -> list[list[int]]:
    """For each row the cells where runs begin and end, in turn; a quarter of the cells lies within runs."""
    filled = np.cumsum(random.exponential(size=(count, runs)), axis=1)
    empty = np.cumsum(random.exponential(size=(count, runs + 1)), axis=1)
    filled = (filled * (cells / 4 / filled[:, -1:])).astype(int)
    empty = (empty * (cells * 3 / 4 / empty[:, -1:])).astype(int)
    edges = np.empty((count, 2 * runs), int)
    edges[:, ::2] = empty[:, :-1] + np.pad(filled, ((0, 0), (1, 0)))[:, :-1]
    edges[:, 1::2] = empty[:, :-1] + filled
    return edges.tolist()


def _cells(edges: list[int], values: list[str]) -> str:
    cells = MONTHS if len(values) == JOBS else WEEKS
    text, at = "", 0
    for value, start, end in zip(values, edges[::2], edges[1::2], strict=True):
        text += ";" * (start - at) + f";{value}" * (end - start)
        at = end
    return text + ";" * (cells - at)


def _fixed(number: int) -> str:
    """A person of their own, with a replacement number."""
    serial, rest = number % 10_000, number // 10_000
    day, month, year = 61 + rest % 28, 1 + rest // 28 % 12, rest // 336 % 100
    sex = "MK"[number % 2 == 0]
    return (
        f"{day}{month:02}{year:02}{serial:04};{sex};19{year:02}-{month:02}-{day - 60:02};101;dansk;{'UGFE'[number % 4]}"
    )
