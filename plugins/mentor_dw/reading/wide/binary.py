"""Persons and spells as the bytes of PostgreSQL's COPY ... (format binary).

A row is a count of fields and, field by field, its length and its bytes, big-endian; a null is the length -1 and no
bytes. Rows of one width are numpy records whose memory is what is sent.
"""

from __future__ import annotations

import numpy as np

from mentor_dw.reading.wide.folded import EMPTY, NO_DATE

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
_NULL = -1


def spell_rows(weeks: np.ndarray, person_key: np.ndarray, line_number: np.ndarray) -> bytes:
    """Rows of person_key bigint, line_number integer, code smallint, fra_dato date, til_dato date, without header.

    `weeks` is of dtype WEEKS; `person_key` (i8) and `line_number` (i4) are those of its persons.
    """
    who = weeks["person"]
    return _rows(
        [
            (">i8", person_key[who], None),
            (">i4", line_number[who], None),
            (">i2", weeks["code"], None),
            (">i4", weeks["fra"], None),
            (">i4", weeks["til"], None),
        ]
    )


def month_rows(months: np.ndarray, person_key: np.ndarray, line_number: np.ndarray) -> bytes:
    """Rows of person_key bigint, line_number integer, branche integer null, grad_milliontedele integer null, fra_dato
    date, til_dato date, without header. `months` is of dtype MONTHS, the rest as in `spell_rows`."""
    who = months["person"]
    return _rows(
        [
            (">i8", person_key[who], None),
            (">i4", line_number[who], None),
            (">i4", months["branche"], np.where(months["branche"] == EMPTY, _NULL, 4)),
            (">i4", months["grad"], np.where(months["grad"] == EMPTY, _NULL, 4)),
            (">i4", months["fra"], None),
            (">i4", months["til"], None),
        ]
    )


def person_rows(persons: np.ndarray, person_key: np.ndarray, herkomst: tuple[str, ...]) -> bytes:
    """Rows of person_key bigint, line_number integer, koen text, foedselsdato date, kommunekode text null, herkomst
    text null, civilstand text null, person_foedselsdato date null, person_koen text, person_modulus11 boolean,
    person_erstatning boolean, without header. The CPR number is not among them.

    `persons` is of dtype PERSON, `person_key` (i8) in the same order, `herkomst` the code list that it counts in.
    """
    # The place of what is empty is the last one.
    origins = np.array([*(code.encode() for code in herkomst), b""])
    origin = origins[persons["herkomst"]]
    kommune = persons["kommunekode"]
    digits = np.stack([kommune // 100, kommune // 10 % 10, kommune % 10], axis=1) + ord("0")
    return _rows(
        [
            (">i8", person_key, None),
            (">i4", persons["line_number"], None),
            ("S1", persons["koen"], None),
            (">i4", persons["foedselsdato"], None),
            ("S3", digits.astype(np.uint8).view("S3")[:, 0], np.where(kommune == EMPTY, _NULL, 3)),
            (origins.dtype.str, origin, _text_lengths(origin)),
            ("S1", persons["civilstand"], _text_lengths(persons["civilstand"])),
            (">i4", persons["cpr_foedselsdato"], np.where(persons["cpr_foedselsdato"] == NO_DATE, _NULL, 4)),
            ("S1", persons["cpr_koen"], None),
            ("i1", persons["modulus11"], None),
            ("i1", persons["erstatning"], None),
        ]
    )


#: A column: the type of its bytes, its values, and their lengths when they are not all as long as the type.
Column = tuple[str, np.ndarray, np.ndarray | None]


def _text_lengths(values: np.ndarray) -> np.ndarray:
    """An empty text is a null."""
    lengths = np.strings.str_len(values)
    return np.where(lengths == 0, _NULL, lengths)


def _rows(columns: list[Column]) -> bytes:
    """The rows as bytes: records as wide as the widest, out of which the bytes that are not there are taken."""
    fields: list[tuple[str, str]] = [("count", ">i2")]
    for place, (kind, _, _) in enumerate(columns):
        fields += [(f"length{place}", ">i4"), (f"value{place}", kind)]
    form = np.dtype(fields)
    rows = np.empty(len(columns[0][1]), form)
    rows["count"] = len(columns)
    for place, (kind, values, lengths) in enumerate(columns):
        rows[f"length{place}"] = np.dtype(kind).itemsize if lengths is None else lengths
        rows[f"value{place}"] = values
    if all(lengths is None for _, _, lengths in columns):
        return rows.tobytes()
    there = np.ones((len(rows), form.itemsize), np.bool_)
    for place, (kind, _, lengths) in enumerate(columns):
        if lengths is not None:
            start, size = form.fields[f"value{place}"][1], np.dtype(kind).itemsize
            there[:, start : start + size] = np.arange(size) < lengths[:, np.newaxis]
    return rows.view(np.uint8).reshape(there.shape)[there].tobytes()
