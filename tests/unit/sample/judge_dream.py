"""Judges a DREAM delivery by the feed file and the code lists, in plain Python: which lines must be quarantined."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

from mentor_dw.feeds import Feed, code_list

Problem = tuple[int, str | None, str]
_SERIES = (
    (r"y_\d{4}", r"\d{3}", "bad_code"),
    (r"branche_\d{4}_\d{2}", r"\d{6}", "bad_code"),
    (r"ak\d{2}", r"\d{2}", "bad_code"),
)
_DEGREE = (r"grad_\d{4}_\d{2}", r"\d{1,3}(,\d{1,6})?", "bad_number")


def judge(text: str, feed: Feed) -> tuple[set[Problem], list[str], Counter[str]]:
    """Problems as (line, field, rule), the columns that the feed does not know, and the weeks of every code."""
    header, *lines = text.splitlines()
    columns = header.split(";")
    fixed = {field.name: field for field in feed.wide.fields}
    series: list[tuple[int, str, str]] = []
    unknown = []
    for place, name in enumerate(columns):
        found = next((kind for kind in (*_SERIES, _DEGREE) if re.fullmatch(kind[0], name)), None)
        if found:
            series.append((place, found[1], found[2]))
        elif name not in fixed:
            unknown.append(name)
    forms = {form: re.compile(form) for _, form, _ in series}
    weeks = [place for place, name in enumerate(columns) if name.startswith("y_")]
    good: dict[str, set[str]] = {form: {""} for form in forms}
    problems: set[Problem] = set()
    codes: Counter[str] = Counter()
    seen: set[str] = set()
    for number, line in enumerate(lines, start=2):
        cells = line.split(";")
        if len(cells) != len(columns):
            problems.add((number, None, "too_few_fields" if len(cells) < len(columns) else "too_many_fields"))
            continue
        found = set(_person(dict(zip(columns, cells, strict=True)), fixed))
        for place, form, rule in series:
            cell = cells[place]
            if cell not in good[form]:
                if forms[form].fullmatch(cell):
                    good[form].add(cell)
                else:
                    found.add((columns[place], rule))
        pnr = re.sub(r"[\s-]", "", cells[columns.index("pnr")])
        if not found and pnr in seen:
            found = {(None, "key_twice")}
        seen.add(pnr)
        problems |= {(number, field, rule) for field, rule in found}
        if not found:
            codes.update(cells[place] for place in weeks)
    return problems, unknown, codes


def _person(row: dict[str, str], fixed: dict) -> Iterator[tuple[str, str]]:
    for name, field in fixed.items():
        value = row[name]
        if not value:
            if not field.may_be_empty:
                yield name, "key_empty" if name == "pnr" else "empty_required"
        elif field.type == "cpr":
            digits = re.sub(r"[\s-]", "", value)
            if not re.fullmatch("[0-9]{10}", digits):
                yield name, "bad_cpr"
            elif digits == "0000000000":
                yield name, "unknown_person"
        elif field.type == "code":
            if value not in code_list(field.code_list):
                yield name, "bad_code"
        elif field.type == "date":
            try:
                date.fromisoformat(value)
            except ValueError:
                yield name, "bad_date"
        elif not re.fullmatch(field.pattern.strip("^$"), value):
            yield name, "bad_text"
