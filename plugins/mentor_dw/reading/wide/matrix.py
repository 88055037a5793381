"""The series of rows whose columns stand in any order: every delimiter found, cells picked by column, then compared."""

from __future__ import annotations

import numpy as np

from mentor_dw.reading.wide.cells import digits, millionths
from mentor_dw.reading.wide.folded import EMPTY
from mentor_dw.reading.wide.layout import Serie
from mentor_dw.reading.wide.runs import Runs


def serie_runs(content: np.ndarray, edges: np.ndarray, serie: Serie, mark: str) -> tuple[Runs, np.ndarray]:
    """Runs of equal cells of a series, and which rows have no bad one.

    `edges` has a row per row: the place before its first byte, its delimiters, and the place behind its last byte. A
    gap among the columns ends a run.
    """
    rows, columns = len(edges), len(serie.places)
    starts = (edges[:, serie.places] + 1).ravel()
    sizes = edges[:, serie.places + 1].ravel() - starts
    filled = np.flatnonzero(sizes)
    starts, sizes = starts[filled], sizes[filled]
    if serie.spec.digits is None:
        number, well_formed = millionths(content, starts, sizes, mark)
    else:
        number, well_formed = digits(content, starts, serie.spec.digits)
        well_formed &= sizes == serie.spec.digits
    good = np.ones(rows, np.bool_)
    good[filled[~well_formed] // columns] = False
    values = np.full((rows, columns), EMPTY, np.int32)
    values.ravel()[filled] = number
    changes = np.ones((rows, columns), np.bool_)
    changes[:, 1:] = (values[:, 1:] != values[:, :-1]) | (serie.fra[1:] != serie.til[:-1])
    at = np.flatnonzero(changes)
    length = np.diff(at, append=changes.size)
    value = values.ravel()[at]
    at, length, value = (each[value != EMPTY] for each in (at, length, value))
    row, column = np.divmod(at, columns)
    return Runs(row, column, column + length, value), good
