"""Judges a delivery by the feed file and the code lists, in plain Python: which rows must be quarantined, and why."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

from mentor_dw.feeds import Feed, FieldSpec, code_list

Problem = tuple[str, int, str | None, str]
Line = tuple[int, dict[str, str] | None, str | None]


def lines(text: str) -> Iterator[Line]:
    """Physical line a row starts on (the header is 1), its values, or what is wrong with its form."""
    physical = io.StringIO(text, newline="").readlines()
    header = next(csv.reader(physical[:1], delimiter=";"))
    number = 2
    while number <= len(physical):
        taken = 1
        line = physical[number - 1]
        if '"' not in line:
            values = line.rstrip("\r\n").split(";")
            yield number, *shaped(header, values)
            number += 1
            continue
        while "".join(physical[number - 1 : number - 1 + taken]).count('"') % 2:
            taken += 1
        try:
            (values,) = csv.reader(physical[number - 1 : number - 1 + taken], delimiter=";", strict=True)
        except csv.Error:
            yield number, None, "bad_quoting"
        else:
            yield number, *shaped(header, values)
        number += taken


def shaped(header: list[str], values: list[str]) -> tuple[dict[str, str] | None, str | None]:
    """The values by column, or what is wrong with their number."""
    if len(values) != len(header):
        return None, "too_few_fields" if len(values) < len(header) else "too_many_fields"
    return dict(zip(header, values, strict=True)), None


def judge(path: Path, feed: Feed) -> tuple[set[Problem], dict[str, int]]:
    """Problems as (member, line, field, rule), and the rows of each member of the feed."""
    problems: set[Problem] = set()
    counts: dict[str, int] = {}
    good_keys: dict[str, set[str]] = {}
    encoding = "utf-8-sig" if feed.text.encoding == "utf-8" else feed.text.encoding
    with zipfile.ZipFile(path) as archive:
        texts = {name: archive.read(name).decode(encoding) for name in archive.namelist()}
    register = "borgere.csv" if "borgere.csv" in feed.members else "borger.csv"
    numbers = {plain(row["cpr"]) for _, row, _ in lines(texts[register]) if row}
    for member in feed.members_in_order():
        spec = feed.members[member]
        keys, seen = good_keys.setdefault(member, set()), set()
        counts[member] = 0
        named = {name: plain if spec.field(name).type == "cpr" else str for name in spec.key}
        for line, row, form in lines(texts[member]):
            counts[member] += 1
            field, rule = None, form
            if row is not None:
                field, rule = next(faults(feed, spec.fields, spec.key, row, numbers, good_keys), (None, None))
                key = tuple(clean(row[name]) for name, clean in named.items())
                if rule is None and key in seen:
                    rule = "key_twice"
                seen.add(key)
            if rule:
                problems.add((member, line, field, rule))
            else:
                keys.add(named[spec.key[0]](row[spec.key[0]]))
    return problems, counts


def plain(cpr: str) -> str:
    """A CPR number without blanks and hyphen."""
    return re.sub(r"[\s-]", "", cpr)


@cache
def moment(form: str, value: str) -> datetime | None:
    """Day, month or time of day written in this form; None when it is not."""
    try:
        found = datetime.strptime(value, form)
    except ValueError:
        return None
    return found if found.strftime(form) == value else None


def faults(
    feed: Feed,
    fields: list[FieldSpec],
    key: list[str],
    row: dict[str, str],
    numbers: set[str],
    good_keys: dict[str, set[str]],
) -> Iterator[tuple[str, str]]:
    """Fields of a row that break a rule of their own."""
    for field in fields:
        value = row[field.name]
        if not value:
            if not field.may_be_empty:
                yield field.name, "key_empty" if field.name in key else "empty_required"
        elif field.type == "id":
            if not re.fullmatch("[0-9]+", value) or value in numbers:
                yield field.name, "bad_id"
            elif field.references and value not in good_keys[field.references.member]:
                yield field.name, "reference"
        elif field.type == "cpr":
            digits = plain(value)
            if not re.fullmatch("[0-9]{10}", digits):
                yield field.name, "bad_cpr"
            elif digits == "0000000000":
                yield field.name, "unknown_person"
            elif field.references and digits not in good_keys[field.references.member]:
                yield field.name, "reference"
        elif field.type == "code":
            if value not in code_list(field.code_list):
                yield field.name, "bad_code"
        elif field.type in ("date", "time", "month"):
            form = {"date": feed.text.date_format, "month": "%Y-%m", "time": "%H:%M"}[field.type]
            found = moment(form, value)
            if found is None:
                yield field.name, "bad_date" if field.type == "month" else f"bad_{field.type}"
            elif field.not_before and found < moment(form, row[field.not_before]):
                yield field.name, "end_before_start"
        elif field.type in ("integer", "decimal"):
            mark = feed.text.decimal_mark
            form = "-?[0-9]+" if field.type == "integer" else f"-?[0-9]+({mark}[0-9]{{1,6}})?"
            if not re.fullmatch(form, value):
                yield field.name, "bad_number"
            elif field.min is not None and float(value.replace(mark, ".")) < field.min:
                yield field.name, "below_min"
            elif field.max is not None and float(value.replace(mark, ".")) > field.max:
                yield field.name, "above_max"
        elif field.pattern is not None and not re.fullmatch(field.pattern.strip("^$"), value):
            yield field.name, "bad_text"
