"""A wide file folded row by row and cell by cell, as plainly as it can be said. It uses nothing of the readers'."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

ORIGINS = ("dansk", "vestlig", "ikke-vestlig")
FIXED = ("pnr", "koen", "foedselsdato", "kommunekode", "herkomst", "civilstand")
FOUR_DIGITS = re.compile("[0-9]{4}")


@dataclass
class Expected:
    """Persons, spells and findings, days as dates."""

    persons: list[tuple] = field(default_factory=list)
    weeks: list[tuple] = field(default_factory=list)
    months: list[tuple] = field(default_factory=list)
    #: line number, field, rule
    findings: list[tuple] = field(default_factory=list)
    rows_read: int = 0
    uoplyst: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FIXED[3:], 0))
    warnings: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("cpr_fails_mod11", "cpr_has_no_date", "koen_differs_from_cpr"), 0)
    )
    codes: dict[int, int] = field(default_factory=dict)


def fold(text: str, first_line: int, names: list[str]) -> Expected:
    """What the lines of `text` hold, the first being physical line `first_line` of a file with the columns `names`."""
    expected = Expected()
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    for number, line in enumerate(lines, first_line):
        expected.rows_read += 1
        fields = line.removesuffix("\r").split(";")
        if len(fields) != len(names):
            rule = "too_few_fields" if len(fields) < len(names) else "too_many_fields"
            expected.findings.append((number, None, rule))
            continue
        rules = [(number, name, broken(name, value)) for name, value in zip(names, fields, strict=True)]
        bad = [finding for finding in rules if finding[2]]
        if bad:
            expected.findings += bad[:20]
        else:
            _keep(expected, number, dict(zip(names, fields, strict=True)))
    return expected


def broken(name: str, value: str) -> str | None:
    """The rule that a value breaks."""
    if name == "pnr":
        return person_problem(value)
    if name == "koen":
        return "empty_required" if not value else None if value in ("M", "K") else "bad_code"
    if name == "foedselsdato":
        return "empty_required" if not value else None if _date(value) else "bad_date"
    if not value:
        return None
    if name == "kommunekode":
        return None if re.fullmatch("[0-9]{3}", value) else "bad_text"
    if name == "herkomst":
        return None if value in ORIGINS else "bad_code"
    if name == "civilstand":
        return None if value in tuple("UGFEPOLD") else "bad_code"
    if week(name):
        return None if re.fullmatch("[0-9]{3}", value) else "bad_code"
    if month(name, "branche_"):
        return None if re.fullmatch("[0-9]{6}", value) else "bad_code"
    if month(name, "grad_"):
        return None if re.fullmatch("[0-9]{1,3}(,[0-9]{1,6})?", value) else "bad_number"
    if re.fullmatch("ak[0-9]{2}", name):
        return None if re.fullmatch("[0-9]{2}", value) else "bad_code"
    return None


def person_problem(value: str) -> str | None:
    """Why a pnr is no person."""
    if not value:
        return "key_empty"
    number = cleaned(value)
    return "bad_cpr" if number is None else "unknown_person" if number == "0000000000" else None


def cleaned(value: str) -> str | None:
    """Ten digits, or None."""
    tight = "".join(value.split())
    if re.fullmatch("[0-9]{5,6}-[0-9]{4}", tight):
        tight = tight.replace("-", "")
    return tight.rjust(10, "0") if re.fullmatch("[0-9]{9,10}", tight) else None


def week(name: str) -> date | None:
    """The Monday of a week column."""
    if not (name.startswith("y_") and FOUR_DIGITS.fullmatch(name[2:])):
        return None
    year = int(name[2:4])
    try:
        monday = date.fromisocalendar(year + (1900 if year > 90 else 2000), int(name[4:]), 1)
    except ValueError:
        return None
    return monday if monday >= date(1991, 8, 5) else None


def month(name: str, prefix: str) -> date | None:
    """The first day of a month column."""
    if not (name.startswith(prefix) and re.fullmatch("[0-9]{4}_[0-9]{2}", name.removeprefix(prefix))):
        return None
    try:
        return date(int(name[-7:-3]), int(name[-2:]), 1)
    except ValueError:
        return None


def _date(value: str) -> date | None:
    if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _birth_date(number: str) -> date | None:
    day, month_, year, seventh = int(number[:2]), int(number[2:4]), int(number[4:6]), int(number[6])
    if 61 <= day <= 91:
        day -= 60
    if seventh < 4:
        century = 1900
    elif seventh in (4, 9):
        century = 2000 if year < 37 else 1900
    else:
        century = 2000 if year < 58 else 1800
    try:
        return date(century + year, month_, day)
    except ValueError:
        return None


def _keep(expected: Expected, line: int, row: dict[str, str]) -> None:
    number = cleaned(row["pnr"]) or ""
    fits = (
        sum(int(digit) * weight for digit, weight in zip(number, (4, 3, 2, 7, 6, 5, 4, 3, 2, 1), strict=True)) % 11 == 0
    )
    sex = "K" if int(number[9]) % 2 == 0 else "M"
    birth = _birth_date(number)
    who = len(expected.persons)
    expected.persons.append(
        (
            line,
            number,
            row["koen"],
            _date(row["foedselsdato"]),
            int(row["kommunekode"]) if row["kommunekode"] else -1,
            ORIGINS.index(row["herkomst"]) if row["herkomst"] else -1,
            row["civilstand"],
            fits,
            61 <= int(number[:2]) <= 91,
            sex,
            birth,
        )
    )
    for name in expected.uoplyst:
        expected.uoplyst[name] += row[name] == ""
    expected.warnings["cpr_fails_mod11"] += not fits
    expected.warnings["cpr_has_no_date"] += birth is None
    expected.warnings["koen_differs_from_cpr"] += sex != row["koen"]
    in_weeks = sorted((week(name), int(value)) for name, value in row.items() if value and week(name))
    for _, code in in_weeks:
        expected.codes[code] = expected.codes.get(code, 0) + 1
    expected.weeks += [
        (who, code, fra, til)
        for (code,), fra, til in _runs([(monday, monday + timedelta(days=7), (code,)) for monday, code in in_weeks])
    ]
    in_months: dict[date, list[int]] = {}
    for name, value in row.items():
        if value and month(name, "branche_"):
            in_months.setdefault(month(name, "branche_"), [-1, -1])[0] = int(value)
        if value and month(name, "grad_"):
            whole, _, decimals = value.partition(",")
            in_months.setdefault(month(name, "grad_"), [-1, -1])[1] = int(whole + (decimals + "000000")[:6])
    expected.months += [
        (who, branche, grad, fra, til)
        for (branche, grad), fra, til in _runs(
            [
                (first, (first + timedelta(days=31)).replace(day=1), tuple(said))
                for first, said in sorted(in_months.items())
            ]
        )
    ]


def _runs(pieces: list[tuple[date, date, tuple]]) -> list[tuple[tuple, date, date]]:
    """Neighbours that say the same and touch, joined."""
    runs: list[tuple[tuple, date, date]] = []
    for fra, til, said in pieces:
        if runs and runs[-1][0] == said and runs[-1][2] == fra:
            runs[-1] = (said, runs[-1][1], til)
        else:
            runs.append((said, fra, til))
    return runs
