"""The civil registration number: cleaning, birth date, sex, replacement numbers, modulus 11.

Rules: source-files.md "CPR" and sources.md 4.1. Only the form decides whether a number is taken; an impossible date
or a failed modulus 11 is something to count, never a reason to lose the person.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

_BLANKS = re.compile(r"\s+")
# Ten digits, or nine when a spreadsheet took the leading zero; one hyphen may stand before the last four.
_FORM = re.compile(r"([0-9]{5,6})-?([0-9]{4})")
_WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_UNKNOWN = "0000000000"
_DAY_AND_MONTH = re.compile("(?:0[1-9]|[12][0-9]|3[01]|6[1-9]|[78][0-9]|9[01])(?:0[1-9]|1[0-2])")
#: Replacement numbers have 60 added to the day.
_REPLACEMENT_DAYS = range(61, 92)


class CprProblem(StrEnum):
    """Why a value is not a person; the words of the rule (validation)."""

    BAD = "bad_cpr"
    UNKNOWN_PERSON = "unknown_person"


@dataclass(frozen=True)
class Cpr:
    """A cleaned CPR number and what follows from it. Its repr shows nothing of the person."""

    number: str = field(repr=False)
    #: None when day, month and year are not a date
    birth_date: date | None = field(repr=False)
    #: M or K, from the last digit
    koen: str = field(repr=False)
    passes_modulus11: bool
    is_replacement: bool


def parse_cpr(text: str | None) -> Cpr | CprProblem:
    """The CPR number in `text`, or why it is none.

    Blanks and one hyphen (DDMMYY-SSSS) are removed and a lost leading zero is restored; only ASCII digits count.
    """
    match = _FORM.fullmatch(_BLANKS.sub("", text or ""))
    if match is None:
        return CprProblem.BAD
    number = (match[1] + match[2]).zfill(10)
    if number == _UNKNOWN:
        return CprProblem.UNKNOWN_PERSON
    day = int(number[:2])
    return Cpr(
        number=number,
        birth_date=_birth_date(number),
        koen="M" if int(number[9]) % 2 else "K",
        passes_modulus11=sum(w * int(d) for w, d in zip(_WEIGHTS, number, strict=True)) % 11 == 0,
        is_replacement=day in _REPLACEMENT_DAYS,
    )


def possible_cprs(digits: str) -> set[str]:
    """The numbers, ten digits, that an identifier may hide: itself, or its first or last ten digits when it is longer.

    Nine or ten digits whose day (01-31, or 61-91 for a replacement number) and month are possible; the year may be
    any. Case numbers are often made of a CPR number and a serial number.
    """
    parts = {digits[:10], digits[-10:]} if len(digits) > 10 else {digits.zfill(10)}
    return {part for part in parts if _DAY_AND_MONTH.match(part)} if len(digits) >= 9 else set()


def _birth_date(number: str) -> date | None:
    day, month, year = int(number[:2]), int(number[2:4]), int(number[4:6])
    if day in _REPLACEMENT_DAYS:
        day -= 60
    try:
        return date(_century(int(number[6]), year) + year, month, day)
    except ValueError:
        return None


def _century(seventh: int, year: int) -> int:
    if seventh <= 3:
        return 1900
    if seventh in (4, 9):
        return 2000 if year <= 36 else 1900
    return 2000 if year <= 57 else 1800
