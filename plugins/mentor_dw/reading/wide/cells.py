"""Cells that stand anywhere among bytes, checked and turned into numbers all at once."""

from __future__ import annotations

import numpy as np

from mentor_dw.reading.wide.folded import NO_DATE

ZERO = ord("0")
#: Days from 2000-01-01 to the first of every month from 0000-01 to 10000-01.
_MONTHS = np.arange(-1970 * 12, (10_000 - 1970) * 12 + 1).astype("datetime64[M]").astype("datetime64[D]")
FIRST_OF_MONTH = (_MONTHS - np.datetime64("2000-01-01")).astype(np.int32)
#: Place of January 2000 among these.
YEAR_2000 = 2000 * 12
_DECIMALS = 6
_MOST_WHOLE = 3
#: Longest decimal: whole part, mark, decimals.
_LONGEST = _MOST_WHOLE + 1 + _DECIMALS
#: Worth of a digit in millionths by its place after the mark (counted from -3); the mark itself is worth nothing.
_WORTH = np.array(
    [*(10 ** (_DECIMALS + place) for place in (2, 1, 0)), 0, *(10**place for place in (5, 4, 3, 2, 1, 0))]
)


def gather(content: np.ndarray, starts: np.ndarray, size: int) -> np.ndarray:
    """`size` bytes from each of `starts`, a row each; what would lie behind the end of `content` is its last byte."""
    return content[np.minimum(starts[:, np.newaxis] + np.arange(size), len(content) - 1)]


def digits(content: np.ndarray, starts: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """The numbers that `size` digits at each of `starts` spell, and whether they are digits.

    Of bytes that would lie behind the end of `content` anything may be said: whoever asks knows that the cell ends.
    """
    at = np.minimum(starts, len(content) - size)
    number = np.zeros(len(at), np.int32)
    good = np.ones(len(at), np.bool_)
    for place in range(size):
        digit = content[at + place] - np.uint8(ZERO)
        good &= digit <= 9
        number *= 10
        number += digit
    return number, good


def millionths(content: np.ndarray, starts: np.ndarray, sizes: np.ndarray, mark: str) -> tuple[np.ndarray, np.ndarray]:
    """The decimal numbers of `sizes` bytes at `starts` in millionths, and whether they are such numbers.

    One to three digits, and, after a `mark`, one to six more.
    """
    cells = gather(content, starts, _LONGEST)
    inside = np.arange(_LONGEST) < sizes[:, np.newaxis]
    is_mark = (cells == ord(mark)) & inside
    number = cells - np.uint8(ZERO)
    marks = is_mark.sum(axis=1)
    whole = np.where(marks, is_mark.argmax(axis=1), sizes)
    decimals = sizes - whole - 1
    good = (sizes <= _LONGEST) & (whole >= 1) & (whole <= _MOST_WHOLE) & ((number <= 9) | is_mark | ~inside).all(axis=1)
    good &= (marks == 0) | ((marks == 1) & (decimals >= 1) & (decimals <= _DECIMALS))
    place = np.arange(_LONGEST) - whole[:, np.newaxis] + _MOST_WHOLE
    worth = _WORTH[np.clip(place, 0, len(_WORTH) - 1)]
    value = (np.where(inside & ~is_mark, number, 0) * worth).sum(axis=1)
    return np.where(good, value, 0).astype(np.int32), good


def days(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Days since 2000-01-01 of dates in the years 1 to 9999; NO_DATE for what is none."""
    at = year * 12 + np.clip(month, 1, 12) - 1
    found = FIRST_OF_MONTH[at] + day - 1
    real = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1) & (found < FIRST_OF_MONTH[at + 1])
    return np.where(real, found, NO_DATE)


def month_number(day: np.ndarray) -> np.ndarray:
    """Months since January 2000 of days since 2000-01-01 that are the first of their month."""
    return np.searchsorted(FIRST_OF_MONTH, day) - YEAR_2000


def first_of_month(month: np.ndarray) -> np.ndarray:
    """Days since 2000-01-01 of the first days of months, counted from January 2000."""
    return FIRST_OF_MONTH[month + YEAR_2000]


def codes(content: np.ndarray, starts: np.ndarray, sizes: np.ndarray, known: tuple[str, ...]) -> np.ndarray:
    """Places in `known` of the codes of `sizes` bytes at `starts`: -1 for an empty one, -2 for one not known."""
    listed = np.array([code.encode() for code in known])
    order = np.argsort(listed)
    longest = listed.dtype.itemsize
    cells = gather(content, starts, longest)
    cells[np.arange(longest) >= sizes[:, np.newaxis]] = 0
    values = cells.view(listed.dtype)[:, 0]
    at = order[np.minimum(np.searchsorted(listed, values, sorter=order), len(known) - 1)]
    at[(listed[at] != values) | (sizes > longest)] = -2
    at[sizes == 0] = -1
    return at
