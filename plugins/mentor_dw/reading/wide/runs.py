"""Runs of equal cells among series whose columns stand side by side in order of time, found without looking at cells.

A cell that repeats the one before it is seen in the bytes themselves: they equal those one cell back. Only where that
ends is there something to read, so the work in numpy is a few passes over the bytes and the rest is as long as there
are runs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mentor_dw.reading.wide.bits import later, pack, places_of, set_at, sooner
from mentor_dw.reading.wide.cells import digits as numbers
from mentor_dw.reading.wide.cells import millionths

#: Margin of a region of decimals: so many bytes may be taken from where a cell begins.
DECIMAL_MARGIN = 16
#: The first bytes of an eight-byte number, by how many.
_FIRST_BYTES = np.array([(1 << 8 * count) - 1 for count in range(9)], np.uint64)


@dataclass(frozen=True)
class Runs:
    """Runs of columns with one value, in order of row and column; `fra` is the first column, `til` the one behind.

    Columns are counted in order of time among those of their series.
    """

    row: np.ndarray
    fra: np.ndarray
    til: np.ndarray
    value: np.ndarray

    def of_rows(self, good: np.ndarray) -> Runs:
        """The runs of the rows that `good` marks, rows numbered anew among these."""
        if good.all():
            return self
        number = np.cumsum(good) - 1
        kept = good[self.row]
        return Runs(number[self.row[kept]], self.fra[kept], self.til[kept], self.value[kept])


NO_RUNS = Runs(*(np.zeros(0, np.intp) for _ in range(3)), np.zeros(0, np.int32))


def joined(batches: list[Runs], rows: int) -> Runs:
    """The runs of batches of `rows` rows each, rows numbered through."""
    return Runs(
        np.concatenate([runs.row + number * rows for number, runs in enumerate(batches)]),
        *(np.concatenate([getattr(runs, name) for runs in batches]) for name in ("fra", "til", "value")),
    )


@dataclass(frozen=True)
class Region:
    """The bytes of one series out of many rows, one row after the other, a delimiter behind each cell.

    Before and behind stand `margin` delimiters, in place of the cells that the first and the last are compared with.
    """

    padded: np.ndarray
    margin: int
    #: where each row begins, and behind them where the last one ends, margin not counted
    offsets: np.ndarray

    @property
    def size(self) -> int:
        """Bytes without the margins."""
        return int(self.offsets[-1])

    def rows_of(self, at: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How many of the ascending places `at` lie before each row (and the end), and the row of each place."""
        before = np.searchsorted(at, self.offsets)
        return before, np.repeat(np.arange(len(self.offsets) - 1), np.diff(before))


def cut_region(content: np.ndarray, starts: np.ndarray, ends: np.ndarray, delimiter: int, margin: int) -> Region:
    """The bytes from `starts` to `ends`, where the delimiter or the line end behind a row's last cell is."""
    view = memoryview(content)
    edge = bytes([delimiter]) * margin
    pieces = [view[start:end] for start, end in zip(starts.tolist(), (ends + 1).tolist(), strict=True)]
    padded = np.frombuffer(bytearray().join([edge, *pieces, edge]), np.uint8)
    offsets = np.append(0, np.cumsum(ends - starts + 1))
    # The last cell of a line has a line end behind it instead.
    padded[offsets[1:] + margin - 1] = delimiter
    return Region(padded, margin, offsets)


def digit_runs(region: Region, digits: int, delimiter: int) -> tuple[Runs, np.ndarray]:
    """Runs of cells that are empty or hold `digits` digits, and which rows have no other cells.

    The margin of the region is one filled cell and its delimiter.
    """
    lag, padded = region.margin, region.padded
    delimits = pack(padded[lag:] == delimiter)
    differs = pack(padded[lag:] != padded[:-lag])
    # Whether anything among the `lag` bytes from here on differs from what stands one cell back.
    reach = 1
    while reach < lag:
        step = min(reach, lag - reach)
        differs |= sooner(differs, step)
        reach += step
    # A cell begins here that is empty when the one before it is not, or the reverse, or both are filled and differ. So
    # a cell that is not seen repeats the one before it, and where the seen ones are well formed, all of a row's are.
    changes = ((delimits ^ later(delimits, 2)) | (differs & ~delimits)) & later(delimits, 1)
    set_at(changes, region.offsets[:-1])
    at = places_of(changes)
    at = at[: np.searchsorted(at, region.size)]
    cells = np.diff(at, append=region.size)
    filled = np.flatnonzero(padded[at + lag] != delimiter)
    at, cells = at[filled], cells[filled] // lag
    number, well_formed = numbers(padded, at + lag, digits)
    well_formed &= padded[at + lag + digits] == delimiter
    first, row = region.rows_of(at)
    good = np.ones(len(region.offsets) - 1, np.bool_)
    good[row[~well_formed]] = False
    # The column is the number of delimiters before: of bytes before, less the digits of the filled cells before.
    cells_before = np.append(0, np.cumsum(cells))
    row_base = region.offsets[:-1] - digits * cells_before[first[:-1]]
    column = at - digits * cells_before[:-1] - row_base[row]
    return Runs(row, column, column + cells, number), good


def decimal_runs(region: Region, mark: str, delimiter: int) -> tuple[Runs, np.ndarray]:
    """Runs of cells that are empty or hold a decimal, in millionths, and which rows have no other cells.

    Such cells are of any length, so every filled one is looked at, but only the first of a run is read.
    """
    content = region.padded[region.margin :]
    delimits = region.padded == delimiter
    here = delimits[region.margin : region.margin + region.size]
    before = delimits[region.margin - 1 : region.margin - 1 + region.size]
    # Cells begin and end in turn.
    edges = np.flatnonzero(here != before)
    at, end = edges[::2], edges[1::2]
    sizes = end - at
    # Bytes that are no delimiters, before each cell and after the last one.
    taken = np.append(0, np.cumsum(sizes))
    first, row = region.rows_of(at)
    row_base = region.offsets[:-1] - taken[first[:-1]]
    column = at - taken[:-1] - row_base[row]
    repeats = _repeats(content, at, sizes)
    repeats[1:] &= (row[1:] == row[:-1]) & (column[1:] == column[:-1] + 1)
    begins = np.flatnonzero(~repeats)
    number, well_formed = millionths(content, at[begins], sizes[begins], mark)
    good = np.ones(len(region.offsets) - 1, np.bool_)
    good[row[begins[~well_formed]]] = False
    cells = np.diff(begins, append=len(at))
    return Runs(row[begins], column[begins], column[begins] + cells, number), good


def _repeats(content: np.ndarray, at: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Whether each cell has the bytes of the one before it; the first has not. Of cells longer than a decimal can be,
    only the first bytes count: they are wrong anyhow."""
    repeats = np.zeros(len(at), np.bool_)
    repeats[1:] = sizes[1:] == sizes[:-1]
    # Eight bytes from anywhere as one number.
    words = np.ndarray((len(content) - 7,), "<u8", content, strides=(1,))
    for word in range(min(int(sizes.max(initial=0)) + 7, DECIMAL_MARGIN) // 8):
        value = words[at + 8 * word] & _FIRST_BYTES[np.clip(sizes - 8 * word, 0, 8)]
        repeats[1:] &= value[1:] == value[:-1]
    return repeats
