"""The series of rows whose columns stand in any order: filled cells found between the delimiters, put where they belong
in time, then compared."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mentor_dw.reading.wide.cells import digits, millionths
from mentor_dw.reading.wide.folded import EMPTY
from mentor_dw.reading.wide.layout import Serie
from mentor_dw.reading.wide.runs import Runs


@dataclass(frozen=True)
class Cells:
    """The cells of some rows that are not empty: row, column in the file, first byte and number of bytes."""

    row: np.ndarray
    column: np.ndarray
    starts: np.ndarray
    sizes: np.ndarray
    #: columns of the file
    width: int


def filled_cells(edges: np.ndarray) -> Cells:
    """The filled cells of rows between their `edges`: the place before the first byte, the delimiters, and the place
    behind the last byte, a row each."""
    sizes = np.diff(edges, axis=1) - 1
    filled = np.flatnonzero(sizes)
    width = sizes.shape[1]
    row, column = np.divmod(filled, width)
    return Cells(row, column, edges[row, column] + 1, sizes.ravel()[filled], width)


def serie_runs(content: np.ndarray, cells: Cells, rows: int, serie: Serie, mark: str) -> tuple[Runs, np.ndarray]:
    """Runs of equal cells of a series among `rows` rows, and which of these have no bad one.

    A gap among the columns ends a run.
    """
    columns = len(serie.places)
    in_time = np.full(cells.width, -1)
    in_time[serie.places] = np.arange(columns)
    at = in_time[cells.column]
    mine = np.flatnonzero(at >= 0)
    row, starts, sizes = cells.row[mine], cells.starts[mine], cells.sizes[mine]
    if serie.spec.digits is None:
        number, well_formed = millionths(content, starts, sizes, mark)
    else:
        number, well_formed = digits(content, starts, serie.spec.digits)
        well_formed &= sizes == serie.spec.digits
    good = np.ones(rows, np.bool_)
    good[row[~well_formed]] = False
    values = np.full((rows, columns), EMPTY, np.int32)
    values[row, at[mine]] = number
    changes = np.ones((rows, columns), np.bool_)
    changes[:, 1:] = (values[:, 1:] != values[:, :-1]) | (serie.fra[1:] != serie.til[:-1])
    begins = np.flatnonzero(changes)
    length = np.diff(begins, append=changes.size)
    value = values.ravel()[begins]
    runs = np.flatnonzero(value != EMPTY)
    row, column = np.divmod(begins[runs], max(columns, 1))
    return Runs(row, column, column + length[runs], value[runs]), good
