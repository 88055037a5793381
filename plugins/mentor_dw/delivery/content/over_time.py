"""Sums between periods: a quarter is what its months add up to, so whoever has both may subtract."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable

from mentor_dw.delivery.content.counted import cell_key, measure_key
from mentor_dw.delivery.disclosure.cells import CellKey, Relation
from mentor_dw.delivery.specification.model import ADDITIVE, TableSpec
from mentor_dw.delivery.specification.periods import Period, parse_period

#: A number without its period: measure, model, and where it stands.
_Number = tuple[str, str, tuple[tuple[str, str], ...]]


def period_relations(tables: Iterable[TableSpec], keys: Iterable[CellKey]) -> list[Relation]:
    """The sums over time between the numbers `keys`, those told before and those to be told now.

    Of the numbers of `tables` that add up over time. A quarter is related to its months, and a year to its quarters and
    to its months, when the receiver was told all of those periods; a code that does not occur in a period has no number
    there, and is known to be 0.
    """
    additive = {
        (measure_key(table, measure.name), table.model)
        for table in tables
        if table.adds_up_over_time
        for measure in table.measures
        if measure.kind in ADDITIVE
    }
    told: dict[_Number, set[Period]] = defaultdict(set)
    by_columns: dict[tuple[str, str, tuple[str, ...]], set[Period]] = defaultdict(set)
    for key in keys:
        parts = json.loads(key)
        if (parts["measure"], parts["model"]) not in additive:
            continue
        where = tuple(sorted(parts["where"].items()))
        period = parse_period(parts["period"])
        told[parts["measure"], parts["model"], where].add(period)
        by_columns[parts["measure"], parts["model"], tuple(column for column, _ in where)].add(period)
    relations = []
    for (measure, model, where), periods in sorted(told.items()):
        known = by_columns[measure, model, tuple(column for column, _ in where)]
        for whole in sorted(periods):
            for parts_of in _parts(whole):
                if known.issuperset(parts_of):
                    there = [one for one in parts_of if one in periods]
                    names = [cell_key(measure, model, one, dict(where)) for one in (whole, *there)]
                    relations.append(Relation(names[0], tuple(names[1:])))
    return relations


def _parts(whole: Period) -> list[tuple[Period, ...]]:
    """The ways a period is made up of shorter ones."""
    parts = whole.parts()
    if not parts:
        return []
    return [parts, *([tuple(month for part in parts for month in part.parts())] if parts[0].parts() else [])]
