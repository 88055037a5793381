"""Runs of two monthly series laid over each other: spells with one line of business and one degree."""

from __future__ import annotations

import numpy as np

from mentor_dw.reading.wide.cells import first_of_month, month_number
from mentor_dw.reading.wide.folded import EMPTY, MONTHS
from mentor_dw.reading.wide.layout import Serie
from mentor_dw.reading.wide.runs import Runs

#: More months than the calendar has: the months of a row are the numbers from row * _SPAN on.
_SPAN = 1 << 20
#: Makes the months before 2000 positive.
_SHIFT = _SPAN // 2


def month_spells(branche: tuple[Runs, Serie], grad: tuple[Runs, Serie]) -> np.ndarray:
    """Records of dtype MONTHS: within one neither of the two changes, and one of them is filled.

    No run may reach over a gap among the columns of its series. `person` is the row of the runs.
    """
    changes = [_changes(*branche), _changes(*grad)]
    at = np.sort(np.concatenate([places for places, _ in changes]), kind="stable")
    branches, grads = (value[np.searchsorted(places, at, side="right") - 1] for places, value in changes)
    # One place stands for all equal ones. The same number can be written in more than one way.
    told = np.ones(len(at), np.bool_)
    told[1:] = (branches[1:] != branches[:-1]) | (grads[1:] != grads[:-1])
    at, branches, grads = at[told], branches[told], grads[told]
    # Behind the last run of a row nothing is filled any more, so the next change ends every spell.
    spells = np.flatnonzero((branches != EMPTY) | (grads != EMPTY))
    found = np.empty(len(spells), MONTHS)
    fra = at[spells]
    found["person"] = fra // _SPAN
    found["branche"] = branches[spells]
    found["grad"] = grads[spells]
    found["fra"] = first_of_month(fra % _SPAN - _SHIFT)
    found["til"] = first_of_month(at[spells + 1] % _SPAN - _SHIFT)
    return found


def _changes(runs: Runs, serie: Serie) -> tuple[np.ndarray, np.ndarray]:
    """Where the value of a series changes and to what, in ascending order, beginning before the first row as empty.

    A run that begins where another ends comes after it, so that the last of equal places is the one that counts.
    """
    months = month_number(serie.fra) if len(serie.places) else np.zeros(1, np.int64)
    row = runs.row * _SPAN + _SHIFT
    places = np.stack([row + months[runs.fra], row + months[runs.til - 1] + 1], axis=1)
    values = np.stack([runs.value, np.full(len(runs.row), EMPTY, runs.value.dtype)], axis=1)
    return np.append(-1, places.ravel()), np.append(EMPTY, values.ravel())
