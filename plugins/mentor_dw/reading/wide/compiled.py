"""Lines of a wide file read in one pass over their bytes, compiled by numba: the fast part of kernel.py, which alone
imports this module.

A cell that repeats the one before it has the bytes that stand one cell back, and cells that are empty are delimiters in
a row; both are counted thirty-two bytes at a time. Whatever is not plainly good makes a line one to set aside: what is
wrong with it, if anything, the way over numpy tells.

Reading begins nowhere behind the end of a line and goes at most BEYOND bytes on, so after the last line so many bytes
must be there.
"""

from __future__ import annotations

import numpy as np
from numba import from_dtype, int32, int64, njit, types, uint8

from mentor_dw.reading.wide.compiled_bytes import (
    BAD,
    CR,
    LF,
    STEP,
    being,
    byte_at,
    decimal_at,
    ends_line,
    inlined,
    line_feed,
    number_at,
    repeating,
)
from mentor_dw.reading.wide.compiled_fields import ANYTHING, PERSON_BYTES, TABLES, YDELSE, read_field
from mentor_dw.reading.wide.folded import EMPTY, MONTHS, WEEKS

#: So far behind the end of a line bytes may be looked at: a cell, the cell it is compared with, a step.
BEYOND = 64

#: Columns side by side in a line: what stands there, how many, and digits of a cell (0: decimal).
SEGMENT = np.dtype([("kind", "<i4"), ("columns", "<i4"), ("digits", "<i4")])
#: Series whose runs are remembered while a line is read.
SERIES = ANYTHING - YDELSE

#: Behind every month there is.
_NEVER = 1 << 30
_BYTES = types.Array(uint8, 1, "C", readonly=True)


@inlined
def _series(content, at, segment, last, delimiter, mark, runs, which):
    """The runs of a series that begins at `at`: the place behind it (BAD: a cell is not good) and how many runs.

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
            step = being(content, at, delimiter)
            # What a step adds is known before its bytes are, so that the processor need not wait for them.
            while step == STEP and column + empty < cells:
                empty += STEP
                step = being(content, at + empty, delimiter)
            empty = min(empty + step, cells - column)
            column += empty
            at += empty
        if column == columns or (column == cells and ends_line(content, at)):
            return at, count
        if digits > 0:
            value = number_at(content, at, digits)
            size = digits
        else:
            value, size = decimal_at(content, at, mark, delimiter)
        if value == BAD:
            return BAD, 0
        equal = 1
        if column == cells:
            if not ends_line(content, at + size):
                return BAD, 0
            at += size
        else:
            if byte_at(content, at + size) != delimiter:
                return BAD, 0
            size += 1
            at += size
            same = 0
            step = repeating(content, at, size)
            while step == STEP and same < (cells - column - 1) * size:
                same += STEP
                step = repeating(content, at + same, size)
            again = min((same + step) // size, cells - column - 1)
            equal += again
            at += again * size
        if count > 0 and runs[which, count - 1, 1] == column and runs[which, count - 1, 2] == value:
            runs[which, count - 1, 1] += equal
        else:
            runs[which, count, 0] = column
            runs[which, count, 1] = column + equal
            runs[which, count, 2] = value
            count += 1
        column += equal
        if column == columns:
            return at, count


@inlined
def _skip(content, at, columns, last, delimiter):
    """The place behind columns of which nothing is known but that they are ASCII."""
    for column in range(columns):
        while True:
            byte = byte_at(content, at)
            if byte == 0 or byte > 127:
                return BAD
            if byte == delimiter:
                break
            if ends_line(content, at):
                return at if last and column == columns - 1 else BAD
            at += 1
        at += 1
    return BAD if last else at


@inlined
def _put_weeks(runs, count, person, tables, weeks, found, codes):
    """The runs of a person as spells; how many there are now."""
    for run in range(count):
        first, behind, code = runs[0, run, 0], runs[0, run, 1], runs[0, run, 2]
        weeks[found].person = person
        weeks[found].code = code
        weeks[found].fra = tables.week_fra[first]
        weeks[found].til = tables.week_til[behind - 1]
        codes[code] += behind - first
        found += 1
    return found


@inlined
def _put_months(runs, branche_count, grad_count, person, tables, months, found):
    """The runs of both series laid over each other (months.month_spells); how many spells there are now."""
    branche_run = grad_run = 0
    in_branche = in_grad = False
    branche = grad = EMPTY
    begun = 0
    while branche_run < branche_count or grad_run < grad_count:
        # The next month in which either of them may change.
        at_branche = at_grad = _NEVER
        if branche_run < branche_count:
            at_branche = tables.first_branche + runs[1, branche_run, 1 if in_branche else 0]
        if grad_run < grad_count:
            at_grad = tables.first_grad + runs[2, grad_run, 1 if in_grad else 0]
        at = min(at_branche, at_grad)
        branche_then, grad_then = branche, grad
        if at_branche == at:
            if in_branche:
                branche_run += 1
            in_branche = branche_run < branche_count and tables.first_branche + runs[1, branche_run, 0] == at
            branche_then = runs[1, branche_run, 2] if in_branche else EMPTY
        if at_grad == at:
            if in_grad:
                grad_run += 1
            in_grad = grad_run < grad_count and tables.first_grad + runs[2, grad_run, 0] == at
            grad_then = runs[2, grad_run, 2] if in_grad else EMPTY
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


@inlined
def _line(content, at, segments, tables, person, runs, counts):
    """Read the line that begins at `at`; the place of its end, BAD when it is to be set aside."""
    for place in range(len(segments)):
        segment = segments[place]
        last = place == len(segments) - 1
        kind = segment.kind
        if kind < YDELSE:
            at = read_field(content, at, kind, person, tables, tables.delimiter)
            if at == BAD:
                return BAD
            if not last:
                if byte_at(content, at) != tables.delimiter:
                    return BAD
                at += 1
        elif kind == ANYTHING:
            at = _skip(content, at, segment.columns, last, tables.delimiter)
        else:
            at, counts[kind - YDELSE] = _series(
                content, at, segment, last, tables.delimiter, tables.mark, runs, kind - YDELSE
            )
        if at == BAD:
            return BAD
    return at if ends_line(content, at) else BAD


@njit(
    int64(
        _BYTES,
        int64,
        int64,
        from_dtype(SEGMENT)[::1],
        TABLES,
        from_dtype(PERSON_BYTES)[::1],
        from_dtype(WEEKS)[::1],
        from_dtype(MONTHS)[::1],
        int64[:, ::1],
        int64[::1],
        int32[:, :, ::1],
        int64[::1],
        int64[::1],
    ),
    cache=True,
    nogil=True,
    # As in compiled_bytes.py.
    _nrt=False,
)
def fold_lines(content, at, end, segments, tables, persons, weeks, months, aside, codes, runs, counts, state):
    """Read the lines from `at` on into `persons`, `weeks`, `months` and `codes`, until `end` or until one of them is
    nearly full; the place where it stopped.

    `content` goes BEYOND bytes on behind `end`. `state` says how many there are, and is brought forward; the place of a
    line set aside, its end and its number go into `aside`. `runs` is room for the runs of a line, by series.
    """
    line, person, week, month, set_aside = state[0], state[1], state[2], state[3], state[4]
    columns = runs.shape[1]
    while (
        at < end
        and person < len(persons)
        and set_aside < len(aside)
        and week + columns <= len(weeks)
        and month + 4 * columns <= len(months)
    ):
        counts[0] = counts[1] = counts[2] = 0
        behind = _line(content, at, segments, tables, persons[person], runs, counts)
        if behind == BAD:
            behind = line_feed(content, at)
            aside[set_aside, 0], aside[set_aside, 1], aside[set_aside, 2] = at, behind + 1, line
            set_aside += 1
        else:
            persons[person].line_number = line
            week = _put_weeks(runs, counts[0], person, tables, weeks, week, codes)
            month = _put_months(runs, counts[1], counts[2], person, tables, months, month)
            person += 1
            behind += byte_at(content, behind) == CR
        at = behind + 1
        line += 1
    state[0], state[1], state[2], state[3], state[4] = line, person, week, month, set_aside
    return at


@njit(int64(_BYTES), cache=True, nogil=True)
def count_lines(content):
    """How many line feeds there are."""
    count = 0
    for place in range(len(content)):
        count += content[place] == LF
    return count
