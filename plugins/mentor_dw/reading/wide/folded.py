"""What a block of a wide file turns into: persons, their spells, what is wrong with rows, and counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

#: A date that is not there. Dates are days since 2000-01-01, as PostgreSQL counts them.
NO_DATE = int(np.iinfo(np.int32).min)
#: A number that is not there: an empty kommunekode, herkomst, branche or grad.
EMPTY = -1

#: One row that could be split and whose pnr is a person.
PERSON = np.dtype(
    [
        ("line_number", "<i4"),
        # cleaned as identity/cpr.py does
        ("cpr", "S10"),
        ("koen", "S1"),
        ("foedselsdato", "<i4"),
        ("kommunekode", "<i2"),
        # place in the feed's code list
        ("herkomst", "i1"),
        ("civilstand", "S1"),
        ("modulus11", "?"),
        ("erstatning", "?"),
        ("cpr_koen", "S1"),
        ("cpr_foedselsdato", "<i4"),
    ]
)
#: A run of weeks with one code; `person` is a place among the block's persons. Monday to the Monday after the last one.
WEEKS = np.dtype([("person", "<i4"), ("code", "<i2"), ("fra", "<i4"), ("til", "<i4")])
#: A run of months with one branche and one grad (in millionths), one of them filled. First of month to first of month.
MONTHS = np.dtype([("person", "<i4"), ("branche", "<i4"), ("grad", "<i4"), ("fra", "<i4"), ("til", "<i4")])

#: Codes have three digits.
CODES = 1000
#: Of one row only so many findings are told.
FINDINGS_PER_ROW = 20


class Finding(NamedTuple):
    """Why a row was set aside, in the words of source-files.md 'Bad input'; `value` is masked.

    `field` is None for a row that could not be split.
    """

    line_number: int
    field: str | None
    rule: str
    value: str | None


@dataclass
class Folded:
    """A block folded. Rows with a finding are in none of the arrays; persons in the order of their lines, spells by
    person and then by time."""

    persons: np.ndarray = field(repr=False)
    weeks: np.ndarray = field(repr=False)
    months: np.ndarray = field(repr=False)
    findings: list[Finding]
    rows_read: int
    #: kept rows in which an empty field stands for uoplyst, by field
    uoplyst: dict[str, int]
    #: kept rows by warning: cpr_fails_mod11, cpr_has_no_date, koen_differs_from_cpr
    warnings: dict[str, int]
    #: number of weeks with each code, of kept rows
    codes: np.ndarray = field(repr=False)


def merged(some: Folded, others: Folded) -> Folded:
    """Two groups of lines of the same block as one, in the order of their lines."""
    lines = np.concatenate([some.persons["line_number"], others.persons["line_number"]])
    order = np.argsort(lines, kind="stable")
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)

    def spells(name: str) -> np.ndarray:
        mine, theirs = getattr(some, name), getattr(others, name)
        found = np.concatenate([mine, theirs])
        found["person"][len(mine) :] += len(some.persons)
        found["person"] = place[found["person"]]
        return found[np.argsort(found["person"], kind="stable")]

    return Folded(
        persons=np.concatenate([some.persons, others.persons])[order],
        weeks=spells("weeks"),
        months=spells("months"),
        findings=sorted(some.findings + others.findings, key=lambda finding: finding.line_number),
        rows_read=some.rows_read + others.rows_read,
        uoplyst={name: count + others.uoplyst[name] for name, count in some.uoplyst.items()},
        warnings={name: count + others.warnings[name] for name, count in some.warnings.items()},
        codes=some.codes + others.codes,
    )
