"""A block of a wide file folded into persons and spells (source-files.md, 'dream').

Files as they usually come, each series side by side and in order of time, are read by the bytes (runs.py); any other
order of columns takes the way over a matrix of delimiters (matrix.py). Both find the same, and rows in which they find
a fault are looked at cell by cell (rows.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from mentor_dw.errors import DeliveryRefused
from mentor_dw.reading.archive import WITHHELD_ROW
from mentor_dw.reading.wide.folded import CODES, NO_DATE, PERSON, WEEKS, Finding, Folded, merged
from mentor_dw.reading.wide.kernel import read_lines
from mentor_dw.reading.wide.layout import Layout, Serie
from mentor_dw.reading.wide.lines import Lines
from mentor_dw.reading.wide.matrix import filled_cells, serie_runs
from mentor_dw.reading.wide.months import month_spells
from mentor_dw.reading.wide.persons import Spans, read_persons
from mentor_dw.reading.wide.rows import row_findings
from mentor_dw.reading.wide.runs import DECIMAL_MARGIN, NO_RUNS, Runs, cut_region, decimal_runs, digit_runs, joined

#: Rows taken by the matrix at a time have about so many cells: what is made of them stays in the processor's cache.
_MATRIX_CELLS = 1 << 16
_WEEK_DAYS = 7
#: A line that was taken out of a kept file: read, and neither a person nor a fault.
_WITHHELD = WITHHELD_ROW.encode("ascii")


@dataclass(frozen=True)
class _Table:
    """Rows with the right number of fields: their persons, which of them are good, and the runs of each series."""

    persons: np.ndarray
    good: np.ndarray
    runs: dict[str, Runs]


def fold_block(block: bytes, first_line: int, layout: Layout) -> Folded:
    """Persons, spells and findings of the whole lines in `block`, of which the first is physical line `first_line`.

    Raises DeliveryRefused `wrong_encoding` for what is not ASCII, naming the line.
    """
    text = block if block.endswith(b"\n") or not block else block + b"\n"
    read = read_lines(text, layout) if _plan(layout).side_by_side else None
    if read is None:
        _check_encoding(text, block, first_line)
        return _fold(text, first_line, None, layout)
    folded = _folded(
        read.persons, read.weeks, read.months, codes=read.codes, findings=[], rows_read=read.lines - len(read.aside)
    )
    folded.persons["line_number"] += first_line
    if len(read.aside):
        # Only these lines may be anything but ASCII; the others are read to the last byte.
        aside = b"".join([text[start:end] for start, end in read.aside[:, :2].tolist()])
        _check_encoding(aside, block, first_line)
        folded = merged(folded, _fold(aside, first_line, read.aside[:, 2], layout))
    return folded


def _check_encoding(text: bytes, block: bytes, first_line: int) -> None:
    """NUL is ASCII too, but only in text of another encoding."""
    if not text.isascii() or b"\0" in text:
        raise _wrong_encoding(block, first_line)


def _fold(text: bytes, first_line: int, places: np.ndarray | None, layout: Layout) -> Folded:
    """The lines of `text` folded by numpy; they are the lines at `places` (None: all lines) of the block."""
    content = np.frombuffer(text, np.uint8)
    lines = Lines(content, layout.delimiter)
    numbers = first_line + (np.arange(len(lines.starts)) if places is None else places)
    split = np.flatnonzero(lines.widths == layout.width)
    table = (_by_bytes if _plan(layout).side_by_side else _by_matrix)(lines, split, layout)
    kept = split[table.good]
    persons = table.persons[table.good]
    persons["line_number"] = numbers[kept]
    runs = {name: found.of_rows(table.good) for name, found in table.runs.items()}
    weeks = _week_spells(runs["ydelse"], layout.series["ydelse"])
    months = month_spells(*((runs[name], layout.series[name]) for name in ("branche", "grad")))
    findings: list[Finding] = []
    for line in np.delete(np.arange(len(lines.starts)), kept):
        number, whole = int(numbers[line]), text[lines.starts[line] : lines.ends[line]]
        if whole == _WITHHELD:
            continue
        found = row_findings(number, whole, layout)
        assert found, f"line {number} was set aside for nothing"
        findings += found
    number_of_weeks = (weeks["til"] - weeks["fra"]) // _WEEK_DAYS
    codes = np.bincount(weeks["code"], number_of_weeks, CODES).astype(np.int64)
    return _folded(persons, weeks, months, codes=codes, findings=findings, rows_read=len(lines.starts))


def _folded(persons: np.ndarray, weeks: np.ndarray, months: np.ndarray, **found: Any) -> Folded:
    """With what is counted of persons."""
    return Folded(
        persons=persons,
        weeks=weeks,
        months=months,
        uoplyst={
            "kommunekode": int((persons["kommunekode"] < 0).sum()),
            "herkomst": int((persons["herkomst"] < 0).sum()),
            "civilstand": int((persons["civilstand"] == b"").sum()),
        },
        warnings={
            "cpr_fails_mod11": int((~persons["modulus11"]).sum()),
            "cpr_has_no_date": int((persons["cpr_foedselsdato"] == NO_DATE).sum()),
            "koen_differs_from_cpr": int((persons["cpr_koen"] != persons["koen"]).sum()),
        },
        **found,
    )


def _wrong_encoding(block: bytes, first_line: int) -> DeliveryRefused:
    lines = enumerate(block.split(b"\n"), first_line)
    number = next(number for number, line in lines if not line.isascii() or b"\0" in line)
    return DeliveryRefused("wrong_encoding", f"line {number} is not ASCII", f"line {number}")


def _week_spells(runs: Runs, serie: Serie) -> np.ndarray:
    """Records of dtype WEEKS."""
    weeks = np.empty(len(runs.row), WEEKS)
    weeks["person"] = runs.row
    weeks["code"] = runs.value
    weeks["fra"] = serie.fra[runs.fra]
    weeks["til"] = serie.til[runs.til - 1]
    return weeks


@dataclass(frozen=True)
class _Plan:
    """How the rows of a layout are read."""

    #: every series stands side by side in the file, in order of time and without gaps
    side_by_side: bool
    #: the delimiters, from 0, that fields and series begin or end at
    delimiters: np.ndarray


@lru_cache(maxsize=8)
def _plan(layout: Layout) -> _Plan:
    spans = [(place, place) for place in layout.fields.values()]
    side_by_side = True
    for serie in layout.series.values():
        if len(serie.places):
            spans.append((int(serie.places[0]), int(serie.places[-1])))
            gaps = (np.diff(serie.places) != 1).any() or (serie.fra[1:] != serie.til[:-1]).any()
            side_by_side &= not gaps
    _keep_memory()
    edges = {first - 1 for first, _ in spans} | {last for _, last in spans}
    return _Plan(side_by_side, np.array(sorted(edges - {-1, layout.width - 1}), np.intp))


def _keep_memory() -> None:
    """Have the C library keep what is freed after a block for the next one.

    It gives large pieces back to the system, which then clears every page anew, until it has seen a larger one go.
    """
    np.empty(1 << 23, np.uint8)


def _by_bytes(lines: Lines, split: np.ndarray, layout: Layout) -> _Table:
    """The rows `split` of a file whose series stand side by side."""
    content, delimiter, plan = lines.content, ord(layout.delimiter), _plan(layout)
    found = lines.delimiters(split, plan.delimiters)

    def span(first: int, last: int) -> Spans:
        """Of the fields from `first` to `last`."""
        before, behind = np.searchsorted(plan.delimiters, (first - 1, last))
        return Spans(
            starts=found[:, before] + 1 if first else lines.starts[split],
            ends=found[:, behind] if last + 1 < layout.width else lines.ends[split],
        )

    persons, good = read_persons(content, {name: span(at, at) for name, at in layout.fields.items()}, layout)
    runs = {}
    for name, serie in layout.series.items():
        if not len(serie.places):
            runs[name] = NO_RUNS
            continue
        where = span(int(serie.places[0]), int(serie.places[-1]))
        digits = serie.spec.digits
        region = cut_region(content, where.starts, where.ends, delimiter, digits + 1 if digits else DECIMAL_MARGIN)
        if digits:
            runs[name], well_formed = digit_runs(region, digits, delimiter)
        else:
            runs[name], well_formed = decimal_runs(region, layout.decimal_mark, delimiter)
        good &= well_formed
    return _Table(persons, good, runs)


def _by_matrix(lines: Lines, split: np.ndarray, layout: Layout) -> _Table:
    """The rows `split` of any file."""
    step = max(1, _MATRIX_CELLS // layout.width)
    delimiters = lines.all_delimiters()
    tables = [_of_matrix(lines, delimiters, split[at : at + step], layout) for at in range(0, len(split), step)]
    if not tables:
        return _Table(np.zeros(0, PERSON), np.zeros(0, np.bool_), dict.fromkeys(layout.series, NO_RUNS))
    return _Table(
        persons=np.concatenate([table.persons for table in tables]),
        good=np.concatenate([table.good for table in tables]),
        runs={name: joined([table.runs[name] for table in tables], step) for name in layout.series},
    )


def _of_matrix(lines: Lines, delimiters: np.ndarray, split: np.ndarray, layout: Layout) -> _Table:
    edges = lines.edges(split, delimiters)
    spans = {name: Spans(edges[:, at] + 1, edges[:, at + 1]) for name, at in layout.fields.items()}
    persons, good = read_persons(lines.content, spans, layout)
    cells = filled_cells(edges)
    runs = {}
    for name, serie in layout.series.items():
        runs[name], well_formed = serie_runs(lines.content, cells, len(split), serie, layout.decimal_mark)
        good &= well_formed
    return _Table(persons, good, runs)
