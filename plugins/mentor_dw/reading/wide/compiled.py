"""Lines of a wide file read in one pass over their bytes, compiled by numba: the fast part of kernel.py, which alone
imports this module.

A cell that repeats the one before it has the bytes that stand one cell back, and cells that are empty are delimiters in
a row; both are counted thirty-two bytes at a time. Whatever is not plainly good makes a line one to set aside: what is
wrong with it, if anything, the way over numpy tells.

Reading begins nowhere behind the end of a line and goes at most BEYOND bytes on, so after the last line so many bytes
must be there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from llvmlite import ir
from numba import from_dtype, int32, int64, njit, types, uint8
from numba.extending import intrinsic

from mentor_dw.reading.wide.folded import EMPTY, MONTHS, NO_DATE, WEEKS

#: So many bytes are compared at a time.
_STEP = 32
#: So far behind the end of a line bytes may be looked at: a cell, the cell it is compared with, a step.
BEYOND = 64

#: What stands in a column or a row of columns.
PNR, KOEN, FOEDSELSDATO, KOMMUNEKODE, HERKOMST, CIVILSTAND, YDELSE, BRANCHE, GRAD, DIGITS, ANYTHING = range(11)
SEGMENT = np.dtype([("kind", "<i4"), ("columns", "<i4"), ("digits", "<i4")])
#: PERSON with its texts as bytes.
PERSON_BYTES = np.dtype(
    [
        ("line_number", "<i4"),
        ("cpr", "u1", (10,)),
        ("koen", "u1"),
        ("foedselsdato", "<i4"),
        ("kommunekode", "<i2"),
        ("herkomst", "i1"),
        ("civilstand", "u1"),
        ("modulus11", "?"),
        ("erstatning", "?"),
        ("cpr_koen", "u1"),
        ("cpr_foedselsdato", "<i4"),
    ]
)
#: Series whose runs are remembered while a line is read.
SERIES = ANYTHING - YDELSE

_LF, _CR, _HYPHEN, _ZERO = 10, 13, 45, 48
_BAD = -1
#: Behind every month there is.
_NEVER = 1 << 30


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


_BYTES = types.Array(uint8, 1, "C", readonly=True)
_CODES = [uint8[:, ::1], int64[::1]]
_TABLES = types.NamedTuple(
    [int64, int64, *_CODES * 3, int64[:, ::1], int32[::1], int32[::1], int32[::1], int64, int64], Tables
)


def _pointer(context, builder, signature, arguments):
    """The address of byte `arguments[1]` of the array `arguments[0]`."""
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    return builder.gep(array.data, [arguments[1]])


def _first(context, builder, signature, arguments, other, wanted):
    """How many of the next bytes come before the first that equals `other` (wanted "==") or does not ("!=")."""
    many = ir.VectorType(ir.IntType(8), _STEP)
    pointer = _pointer(context, builder, signature, arguments)
    bytes_here = builder.load(builder.bitcast(pointer, many.as_pointer()), align=1)
    found = builder.icmp_unsigned(wanted, bytes_here, other(many))
    mask = builder.zext(builder.bitcast(found, ir.IntType(_STEP)), ir.IntType(64))
    mask = builder.or_(mask, ir.Constant(ir.IntType(64), 1 << _STEP))
    return builder.cttz(mask, ir.Constant(ir.IntType(1), 1))


def _splat(builder, many, byte):
    one = builder.insert_element(ir.Constant(many, ir.Undefined), byte, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(
        one, ir.Constant(many, ir.Undefined), ir.Constant(ir.VectorType(ir.IntType(32), _STEP), [0] * _STEP)
    )


@intrinsic
def _byte(_typing, content, at):
    """The byte at `at`."""

    def code(context, builder, signature, arguments):
        return builder.zext(builder.load(_pointer(context, builder, signature, arguments)), ir.IntType(64))

    return int64(content, int64), code


@intrinsic
def _repeating(_typing, content, at, back):
    """How many of the _STEP bytes from `at` on equal the one `back` bytes before, up to the first that does not."""

    def code(context, builder, signature, arguments):
        before = builder.sub(arguments[1], arguments[2])

        def other(many):
            pointer = _pointer(context, builder, signature, [arguments[0], before])
            return builder.load(builder.bitcast(pointer, many.as_pointer()), align=1)

        return _first(context, builder, signature, arguments, other, "!=")

    return int64(content, int64, int64), code


@intrinsic
def _being(_typing, content, at, byte):
    """How many of the _STEP bytes from `at` on are `byte`, up to the first that is not."""

    def code(context, builder, signature, arguments):
        value = builder.trunc(arguments[2], ir.IntType(8))
        return _first(context, builder, signature, arguments, lambda many: _splat(builder, many, value), "!=")

    return int64(content, int64, int64), code


@intrinsic
def _before(_typing, content, at, byte):
    """How many of the _STEP bytes from `at` on come before the first that is `byte`."""

    def code(context, builder, signature, arguments):
        value = builder.trunc(arguments[2], ir.IntType(8))
        return _first(context, builder, signature, arguments, lambda many: _splat(builder, many, value), "==")

    return int64(content, int64, int64), code


@njit
def _line_feed(content, at):
    """The place of the next line feed."""
    while True:
        count = _before(content, at, _LF)
        at += count
        if count < _STEP:
            return at


@njit
def _ends_line(content, at):
    byte = _byte(content, at)
    return byte == _LF or (byte == _CR and _byte(content, at + 1) == _LF)


@njit
def _ends_cell(content, at, delimiter):
    return _byte(content, at) == delimiter or _ends_line(content, at)


@njit
def _number(content, at, digits):
    """The number of so many digits, _BAD when they are none."""
    number = 0
    for place in range(digits):
        digit = _byte(content, at + place) - _ZERO
        if digit < 0 or digit > 9:
            return _BAD
        number = number * 10 + digit
    return number


@njit
def _decimal(content, at, mark, delimiter):
    """A decimal number in millionths (cells.millionths) and its bytes; _BAD when it is none."""
    whole = 0
    size = 0
    while size < 3 and 0 <= _byte(content, at + size) - _ZERO <= 9:
        whole = whole * 10 + _byte(content, at + size) - _ZERO
        size += 1
    if size == 0:
        return _BAD, 0
    value = whole * 1_000_000
    if _byte(content, at + size) == mark:
        size += 1
        worth = 100_000
        while worth > 0 and 0 <= _byte(content, at + size) - _ZERO <= 9:
            value += worth * (_byte(content, at + size) - _ZERO)
            worth //= 10
            size += 1
        if worth == 100_000:
            return _BAD, 0
    if not _ends_cell(content, at + size, delimiter):
        return _BAD, 0
    return value, size


@njit
def _days(year, month, day, first_of_month):
    """As cells.days, for one date; `first_of_month` are days by months since the year 0."""
    if year < 1 or month < 1 or month > 12 or day < 1:
        return NO_DATE
    at = year * 12 + month - 1
    found = first_of_month[at] + day - 1
    return found if found < first_of_month[at + 1] else NO_DATE


@njit
def _series(content, at, segment, last, delimiter, mark, runs):
    """The runs of a series that begins at `at`: the place behind it (_BAD: a cell is not good) and how many runs.

    A run is its first column, the one behind it, and its value. Behind the `last` columns of a line stands its end, and
    that is the place told; otherwise it is the one behind the last delimiter.
    """
    columns, digits = int64(segment.columns), int64(segment.digits)
    # Cells with a delimiter behind them.
    cells = columns - 1 if last else columns
    column = 0
    count = 0
    while True:
        if column < cells:
            empty = 0
            while True:
                step = _being(content, at + empty, delimiter)
                empty += step
                if step < _STEP or column + empty >= cells:
                    break
            empty = min(empty, cells - column)
            column += empty
            at += empty
        if column == columns or (column == cells and _ends_line(content, at)):
            return at, count
        if digits > 0:
            value = _number(content, at, digits)
            size = digits
        else:
            value, size = _decimal(content, at, mark, delimiter)
        if value == _BAD:
            return _BAD, 0
        equal = 1
        if column == cells:
            if not _ends_line(content, at + size):
                return _BAD, 0
            at += size
        else:
            if _byte(content, at + size) != delimiter:
                return _BAD, 0
            size += 1
            at += size
            same = 0
            while True:
                step = _repeating(content, at + same, size)
                same += step
                if step < _STEP or same >= (cells - column - 1) * size:
                    break
            again = min(same // size, cells - column - 1)
            equal += again
            at += again * size
        if count > 0 and runs[count - 1, 1] == column and runs[count - 1, 2] == value:
            runs[count - 1, 1] += equal
        else:
            runs[count, 0] = column
            runs[count, 1] = column + equal
            runs[count, 2] = value
            count += 1
        column += equal
        if column == columns:
            return at, count


@njit
def _read_cpr(content, at, person, years, first_of_month):
    """Ten digits, not all of them 0: the place behind them. What else may be a person is told elsewhere."""
    weighed = 0
    any_digit = 0
    for place in range(10):
        digit = _byte(content, at + place) - _ZERO
        if digit < 0 or digit > 9:
            return _BAD
        person.cpr[place] = digit + _ZERO
        weight = 4 - place if place < 3 else 10 - place
        weighed += digit * weight
        any_digit |= digit
    if any_digit == 0:
        return _BAD
    day, month, year = _number(content, at, 2), _number(content, at + 2, 2), _number(content, at + 4, 2)
    replaced = day >= 61 and day <= 91
    person.erstatning = replaced
    person.modulus11 = weighed % 11 == 0
    person.cpr_koen = ord("M") if (_byte(content, at + 9) - _ZERO) % 2 else ord("K")
    full_year = years[_byte(content, at + 6) - _ZERO, year]
    person.cpr_foedselsdato = _days(full_year, month, day - 60 if replaced else day, first_of_month)
    return at + 10


@njit
def _read_date(content, at, first_of_month):
    """Days of a date written YYYY-MM-DD, NO_DATE when it is none."""
    year, month, day = _number(content, at, 4), _number(content, at + 5, 2), _number(content, at + 8, 2)
    if _byte(content, at + 4) != _HYPHEN or _byte(content, at + 7) != _HYPHEN:
        return NO_DATE
    return _days(year, month, day, first_of_month)


@njit
def _read_code(content, at, listed, sizes, delimiter):
    """The place of a code in the list and the place behind it; EMPTY for none, _BAD behind it when it is not known."""
    if _ends_cell(content, at, delimiter):
        return EMPTY, at
    for code in range(len(sizes)):
        size = sizes[code]
        place = 0
        while place < size and _byte(content, at + place) == listed[code, place]:
            place += 1
        if place == size and _ends_cell(content, at + size, delimiter):
            return code, at + size
    return EMPTY, _BAD


@njit
def _skip(content, at, columns, last, delimiter):
    """The place behind columns of which nothing is known but that they are ASCII."""
    for column in range(columns):
        while True:
            byte = _byte(content, at)
            if byte == 0 or byte > 127:
                return _BAD
            if byte == delimiter:
                break
            if _ends_line(content, at):
                return at if last and column == columns - 1 else _BAD
            at += 1
        at += 1
    return _BAD if last else at


@njit
def _field(content, at, kind, person, tables, delimiter):
    """One fixed field into `person`; the place behind it, _BAD when it is not plainly good."""
    if kind == PNR:
        return _read_cpr(content, at, person, tables.years, tables.first_of_month)
    if kind == FOEDSELSDATO:
        person.foedselsdato = _read_date(content, at, tables.first_of_month)
        return _BAD if person.foedselsdato == NO_DATE else at + 10
    if kind == KOMMUNEKODE:
        if _ends_cell(content, at, delimiter):
            person.kommunekode = EMPTY
            return at
        person.kommunekode = _number(content, at, 3)
        return _BAD if person.kommunekode == _BAD else at + 3
    if kind == HERKOMST:
        person.herkomst, at = _read_code(content, at, tables.herkomst, tables.herkomst_sizes, delimiter)
        return at
    if kind == KOEN:
        code, at = _read_code(content, at, tables.koen, tables.koen_sizes, delimiter)
        if code == EMPTY:
            return _BAD
        person.koen = tables.koen[code, 0]
        return at
    code, at = _read_code(content, at, tables.civilstand, tables.civilstand_sizes, delimiter)
    person.civilstand = 0 if code == EMPTY else tables.civilstand[code, 0]
    return at


@njit
def _put_weeks(runs, count, person, tables, weeks, found, codes):
    """The runs of a person as spells; how many there are now."""
    for run in range(count):
        first, behind, code = runs[run, 0], runs[run, 1], runs[run, 2]
        weeks[found].person = person
        weeks[found].code = code
        weeks[found].fra = tables.week_fra[first]
        weeks[found].til = tables.week_til[behind - 1]
        codes[code] += behind - first
        found += 1
    return found


@njit
def _put_months(branches, branche_count, grads, grad_count, person, tables, months, found):
    """The runs of both series laid over each other (months.month_spells); how many spells there are now."""
    branche_run = grad_run = 0
    in_branche = in_grad = False
    branche = grad = EMPTY
    begun = 0
    while branche_run < branche_count or grad_run < grad_count:
        # The next month in which either of them may change.
        at_branche = at_grad = _NEVER
        if branche_run < branche_count:
            at_branche = tables.first_branche + branches[branche_run, 1 if in_branche else 0]
        if grad_run < grad_count:
            at_grad = tables.first_grad + grads[grad_run, 1 if in_grad else 0]
        at = min(at_branche, at_grad)
        branche_then, grad_then = branche, grad
        if at_branche == at:
            if in_branche:
                branche_run += 1
            in_branche = branche_run < branche_count and tables.first_branche + branches[branche_run, 0] == at
            branche_then = branches[branche_run, 2] if in_branche else EMPTY
        if at_grad == at:
            if in_grad:
                grad_run += 1
            in_grad = grad_run < grad_count and tables.first_grad + grads[grad_run, 0] == at
            grad_then = grads[grad_run, 2] if in_grad else EMPTY
        if branche_then != branche or grad_then != grad:
            if branche != EMPTY or grad != EMPTY:
                months[found].person = person
                months[found].branche = branche
                months[found].grad = grad
                months[found].fra = tables.first_of_month[begun]
                months[found].til = tables.first_of_month[at]
                found += 1
            branche, grad, begun = branche_then, grad_then, at
    return found


@njit
def _line(content, at, segments, tables, person, runs, counts):
    """Read the line that begins at `at`; the place of its end, _BAD when it is to be set aside."""
    for place in range(len(segments)):
        segment = segments[place]
        last = place == len(segments) - 1
        kind = segment.kind
        if kind < YDELSE:
            at = _field(content, at, kind, person, tables, tables.delimiter)
            if at == _BAD:
                return _BAD
            if not last:
                if _byte(content, at) != tables.delimiter:
                    return _BAD
                at += 1
        elif kind == ANYTHING:
            at = _skip(content, at, segment.columns, last, tables.delimiter)
        else:
            at, counts[kind - YDELSE] = _series(
                content, at, segment, last, tables.delimiter, tables.mark, runs[kind - YDELSE]
            )
        if at == _BAD:
            return _BAD
    return at if _ends_line(content, at) else _BAD


@njit(
    int64(
        _BYTES,
        int64,
        int64,
        from_dtype(SEGMENT)[::1],
        _TABLES,
        from_dtype(PERSON_BYTES)[::1],
        from_dtype(WEEKS)[::1],
        from_dtype(MONTHS)[::1],
        int64[:, ::1],
        int64[::1],
        int32[:, :, ::1],
        int64[::1],
    ),
    cache=True,
    nogil=True,
)
def fold_lines(content, at, end, segments, tables, persons, weeks, months, aside, codes, runs, state):
    """Read the lines from `at` on into `persons`, `weeks`, `months` and `codes`, until `end` or until one of them is
    nearly full; the place where it stopped.

    `content` goes BEYOND bytes on behind `end`. `state` says how many there are, and is brought forward; the place of a
    line set aside, its end and its number go into `aside`. `runs` is room for the runs of a line, by series.
    """
    counts = np.zeros(len(runs), np.int64)
    line, person, week, month, set_aside = state[0], state[1], state[2], state[3], state[4]
    columns = runs.shape[1]
    while (
        at < end
        and person < len(persons)
        and set_aside < len(aside)
        and week + columns <= len(weeks)
        and month + 4 * columns <= len(months)
    ):
        counts[:] = 0
        behind = _line(content, at, segments, tables, persons[person], runs, counts)
        if behind == _BAD:
            behind = _line_feed(content, at)
            aside[set_aside, 0], aside[set_aside, 1], aside[set_aside, 2] = at, behind + 1, line
            set_aside += 1
        else:
            persons[person].line_number = line
            week = _put_weeks(runs[0], counts[0], person, tables, weeks, week, codes)
            month = _put_months(runs[1], counts[1], runs[2], counts[2], person, tables, months, month)
            person += 1
            behind += _byte(content, behind) == _CR
        at = behind + 1
        line += 1
    state[0], state[1], state[2], state[3], state[4] = line, person, week, month, set_aside
    return at
