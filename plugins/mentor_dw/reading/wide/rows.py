"""What is wrong with one row: looked at cell by cell, for the few rows that the fast ways set aside."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from mentor_dw.feeds import FieldSpec, code_list
from mentor_dw.feeds.model import SeriesSpec
from mentor_dw.identity.cpr import CprProblem, parse_cpr
from mentor_dw.masking import mask_value
from mentor_dw.reading.archive import TOO_FEW_FIELDS, TOO_MANY_FIELDS
from mentor_dw.reading.wide.folded import FINDINGS_PER_ROW, Finding
from mentor_dw.reading.wide.layout import Layout

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


def row_findings(line_number: int, line: bytes, layout: Layout) -> list[Finding]:
    """The findings of one line without its end, one per bad field in the order of the columns; none for a good row.

    Rules are those of validation/rules.py in the same words; no value of a personal field is shown.
    """
    fields = line.decode("ascii").split(layout.delimiter)
    if len(fields) != layout.width:
        rule = TOO_FEW_FIELDS if len(fields) < layout.width else TOO_MANY_FIELDS
        return [Finding(line_number, None, rule, None)]
    found: dict[int, tuple[str, str | None]] = {}
    for spec in layout.wide.fields:
        place = layout.fields[spec.name]
        rule = _field_rule(spec, fields[place])
        if rule:
            found[place] = rule, mask_value(fields[place] or None, personal=spec.personal)
    for spec, places in _series(layout):
        rule, is_good = _cell_rule(spec, layout.decimal_mark)
        cells = [fields[place] for place in places]
        # Few cells differ, so each value is looked at once.
        bad = {cell for cell in set(cells) if cell and not is_good(cell)}
        if bad:
            for place, cell in zip(places, cells, strict=True):
                if cell in bad:
                    found[place] = rule, mask_value(cell, personal=False)
    shown = sorted(found.items())[:FINDINGS_PER_ROW]
    return [Finding(line_number, layout.names[place], rule, value) for place, (rule, value) in shown]


@lru_cache(maxsize=8)
def _series(layout: Layout) -> list[tuple[SeriesSpec, list[int]]]:
    return [(serie.spec, serie.places.tolist()) for serie in layout.series.values()]


def _field_rule(spec: FieldSpec, value: str) -> str | None:
    """The rule a fixed field breaks."""
    if not value:
        return None if spec.may_be_empty else "key_empty" if spec.type == "cpr" else "empty_required"
    if spec.type == "cpr":
        person = parse_cpr(value)
        return str(person) if isinstance(person, CprProblem) else None
    if spec.type == "code":
        return None if value in code_list(spec.code_list or "") else "bad_code"
    if spec.type == "date":
        return None if _is_date(value) else "bad_date"
    return None if re.fullmatch(spec.pattern or ".*", value) else "bad_text"


@lru_cache(maxsize=8)
def _cell_rule(spec: SeriesSpec, mark: str) -> tuple[str, Callable[[str], re.Match[str] | None]]:
    """The rule a bad cell of a series breaks, and what tells a good one."""
    if spec.decimal:
        # In millionths such a number fits PostgreSQL's integer.
        return "bad_number", re.compile(f"[0-9]{{1,3}}({re.escape(mark)}[0-9]{{1,6}})?").fullmatch
    return "bad_code", re.compile(f"[0-9]{{{spec.digits}}}").fullmatch


def _is_date(value: str) -> bool:
    match = _DATE.fullmatch(value)
    try:
        return match is not None and bool(date(int(match[1]), int(match[2]), int(match[3])))
    except ValueError:
        return False
