"""The fixed fields of a line as compiled code reads them (compiled.py), each as persons.py does it for many."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import int32, int64, types, uint8

from mentor_dw.reading.wide.compiled_bytes import BAD, ZERO, byte_at, ends_cell, inlined, number_at
from mentor_dw.reading.wide.folded import EMPTY, NO_DATE, PERSON

#: What stands in a column or a row of columns.
PNR, KOEN, FOEDSELSDATO, KOMMUNEKODE, HERKOMST, CIVILSTAND, YDELSE, BRANCHE, GRAD, DIGITS, ANYTHING = range(11)
#: PERSON with its texts as bytes.
PERSON_BYTES = np.dtype(
    [(name, {"S1": "u1", "S10": ("u1", 10)}.get(kind.str[1:], kind)) for name, (kind, _) in PERSON.fields.items()]
)
_HYPHEN = 45


class Tables(NamedTuple):
    """What reading a line looks up. Codes are the bytes of a code list, a row each, with their sizes."""

    delimiter: int
    mark: int
    koen: np.ndarray
    koen_sizes: np.ndarray
    civilstand: np.ndarray
    civilstand_sizes: np.ndarray
    herkomst: np.ndarray
    herkomst_sizes: np.ndarray
    #: year of birth by the seventh digit of the CPR number and the year's last two
    years: np.ndarray
    #: days (from 2000-01-01) of the first of every month since the year 0
    first_of_month: np.ndarray
    #: first and last day of the week columns
    week_fra: np.ndarray
    week_til: np.ndarray
    #: the months of the first columns, counted from the year 0
    first_branche: int
    first_grad: int


_CODES = [uint8[:, ::1], int64[::1]]
TABLES = types.NamedTuple(
    [int64, int64, *_CODES * 3, int64[:, ::1], int32[::1], int32[::1], int32[::1], int64, int64], Tables
)


@inlined
def _days(year, month, day, first_of_month):
    """As cells.days, for one date; `first_of_month` are days by months since the year 0."""
    if year < 1 or month < 1 or month > 12 or day < 1:
        return NO_DATE
    at = year * 12 + month - 1
    found = first_of_month[at] + day - 1
    return found if found < first_of_month[at + 1] else NO_DATE


@inlined
def _read_cpr(content, at, person, years, first_of_month):
    """Ten digits, not all of them 0: the place behind them. What else may be a person is told elsewhere."""
    weighed = 0
    any_digit = 0
    for place in range(10):
        digit = byte_at(content, at + place) - ZERO
        if digit < 0 or digit > 9:
            return BAD
        person.cpr[place] = digit + ZERO
        weight = 4 - place if place < 3 else 10 - place
        weighed += digit * weight
        any_digit |= digit
    if any_digit == 0:
        return BAD
    day, month, year = number_at(content, at, 2), number_at(content, at + 2, 2), number_at(content, at + 4, 2)
    replaced = day >= 61 and day <= 91
    person.erstatning = replaced
    person.modulus11 = weighed % 11 == 0
    person.cpr_koen = ord("M") if (byte_at(content, at + 9) - ZERO) % 2 else ord("K")
    full_year = years[byte_at(content, at + 6) - ZERO, year]
    person.cpr_foedselsdato = _days(full_year, month, day - 60 if replaced else day, first_of_month)
    return at + 10


@inlined
def _read_date(content, at, first_of_month):
    """Days of a date written YYYY-MM-DD, NO_DATE when it is none."""
    year, month, day = number_at(content, at, 4), number_at(content, at + 5, 2), number_at(content, at + 8, 2)
    if byte_at(content, at + 4) != _HYPHEN or byte_at(content, at + 7) != _HYPHEN:
        return NO_DATE
    return _days(year, month, day, first_of_month)


@inlined
def _read_code(content, at, listed, sizes, delimiter):
    """The place of a code in the list and the place behind it; EMPTY for none, BAD behind it when it is not known."""
    if ends_cell(content, at, delimiter):
        return EMPTY, at
    for code in range(len(sizes)):
        size = sizes[code]
        place = 0
        while place < size and byte_at(content, at + place) == listed[code, place]:
            place += 1
        if place == size and ends_cell(content, at + size, delimiter):
            return code, at + size
    return EMPTY, BAD


@inlined
def read_field(content, at, kind, person, tables, delimiter):
    """One fixed field into `person`; the place behind it, BAD when it is not plainly good."""
    if kind == PNR:
        return _read_cpr(content, at, person, tables.years, tables.first_of_month)
    if kind == FOEDSELSDATO:
        person.foedselsdato = _read_date(content, at, tables.first_of_month)
        return BAD if person.foedselsdato == NO_DATE else at + 10
    if kind == KOMMUNEKODE:
        if ends_cell(content, at, delimiter):
            person.kommunekode = EMPTY
            return at
        person.kommunekode = number_at(content, at, 3)
        return BAD if person.kommunekode == BAD else at + 3
    if kind == HERKOMST:
        person.herkomst, at = _read_code(content, at, tables.herkomst, tables.herkomst_sizes, delimiter)
        return at
    if kind == KOEN:
        code, at = _read_code(content, at, tables.koen, tables.koen_sizes, delimiter)
        if code == EMPTY:
            return BAD
        person.koen = tables.koen[code, 0]
        return at
    code, at = _read_code(content, at, tables.civilstand, tables.civilstand_sizes, delimiter)
    person.civilstand = 0 if code == EMPTY else tables.civilstand[code, 0]
    return at
