"""From the rows of a period to the tables that may be given away, and what is written down about them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mentor_dw.delivery.content.codes import CodeList
from mentor_dw.delivery.content.count import count
from mentor_dw.delivery.content.counted import UNKNOWN, Counted
from mentor_dw.delivery.content.over_time import period_relations
from mentor_dw.delivery.content.persons import tell_persons
from mentor_dw.delivery.content.tell import tell
from mentor_dw.delivery.disclosure.cells import Protected, Rule, Told
from mentor_dw.delivery.disclosure.protect import protect
from mentor_dw.delivery.package.facts import TableSuppression
from mentor_dw.delivery.reading import State, code_lists, models
from mentor_dw.delivery.specification.model import Disclosure, Specification
from mentor_dw.delivery.specification.models import read_model
from mentor_dw.delivery.specification.periods import Period
from mentor_dw.delivery.specification.table import TableSpec
from mentor_dw.delivery.tables import Table

#: A municipality that had rows in one of so many periods before and has none now is missing.
PERIODS_LOOKED_BACK = 4


@dataclass(frozen=True)
class Content:
    """What a version tells. `told` is (cell, value, shown, why) of every number, for the ledger of disclosure.

    `rows` are those of the told tables; `is_empty` says that nothing was counted. `person_keys`: whose data is in it,
    counted or shown. `missing_areas` are municipalities by name.
    """

    tables: tuple[Table, ...]
    rows: int
    is_empty: bool
    suppression: tuple[TableSuppression, ...]
    missing_areas: tuple[str, ...]
    person_keys: frozenset[int] = field(repr=False)
    told: tuple[tuple[str, Any, Any, str | None], ...] = field(repr=False)


@dataclass(frozen=True)
class Material:
    """What was read of a state for one period, with which no connection is needed any more."""

    state: State
    rows: Mapping[str, list[dict[str, Any]]] = field(repr=False)
    codes: Mapping[str, CodeList] = field(repr=False)
    missing_areas: tuple[str, ...]


def read_material(spec: Specification, period: Period, state: State) -> Material:
    """Everything that the tables of `period` are made of, while the state is held."""
    codes = state.codes(code_lists(spec))
    rows = {model: state.rows(model, period) for model in models(spec)}
    return Material(state, rows, codes, _missing_areas(spec, period, state, codes))


def content_of(
    spec: Specification,
    period: Period,
    material: Material,
    before: Sequence[Told],
    pseudonym: Callable[[int], str],
) -> Content:
    """The tables of `period`, told so that nobody is given away to somebody who knows `before` as well.

    `before`: what earlier versions told the same receiver. `pseudonym` names a person for this receiver. Raises
    DisclosureRefused when nothing that can be told holds the promise, MentorDwError when rows do not fit the
    specification.
    """
    if spec.level == "persons":
        return _persons(spec, material, pseudonym)
    return _counts(spec, period, material, before)


def rule_of(disclosure: Disclosure) -> Rule:
    """What the specification says about protection, for those who protect."""
    return Rule(
        threshold=disclosure.threshold,
        method=disclosure.method,
        base=disclosure.base,
        dominance_share=disclosure.dominance_share,
        dominance_contributors=disclosure.dominance_contributors,
    )


def _counts(spec: Specification, period: Period, material: Material, before: Sequence[Told]) -> Content:
    counted = [count(spec, table, material.rows[table.model], period) for table in spec.tables]
    # A number that two tables tell comes from both: each may know something of it that makes it delicate.
    every = [cell for one in counted for cell in one.cells]
    cells = {cell.key: cell for cell in every}
    relations = [relation for one in counted for relation in one.relations]
    relations += period_relations(spec.tables, [*cells, *(one.key for one in before)])
    protected = protect(every, list(dict.fromkeys(relations)), rule_of(spec.disclosure), before)
    tables = tuple(
        tell(spec, table, one, protected.cells, material.codes) for table, one in zip(spec.tables, counted, strict=True)
    )
    return Content(
        tables=tables,
        rows=sum(len(table.rows) for table in tables),
        is_empty=not any(one.rows for one in counted),
        suppression=tuple(_suppression(table, one, protected) for table, one in zip(spec.tables, counted, strict=True)),
        missing_areas=material.missing_areas,
        person_keys=frozenset(key for one in counted for key in one.person_keys),
        told=tuple(
            (key, cell.value, protected.cells[key].value, protected.cells[key].why)
            for key, cell in sorted(cells.items())
        ),
    )


def _persons(spec: Specification, material: Material, pseudonym: Callable[[int], str]) -> Content:
    made = [tell_persons(spec, table, material.rows[table.model], pseudonym, material.codes) for table in spec.tables]
    return Content(
        tables=tuple(one.table for one in made),
        rows=sum(len(one.table.rows) for one in made),
        is_empty=not any(one.table.rows for one in made),
        suppression=tuple(
            TableSuppression(table=one.table.name, k=one.k, withheld_rows=one.withheld_rows) for one in made
        ),
        missing_areas=material.missing_areas,
        person_keys=frozenset(key for one in made for key in one.person_keys),
        told=(),
    )


def _suppression(table: TableSpec, counted: Counted, protected: Protected) -> TableSuppression:
    shown = [protected.cells[cell.key] for cell in counted.cells]
    reasons = Counter(str(one.why) for one in shown if one.why is not None)
    return TableSuppression(
        table=table.name,
        cells=len(shown),
        hidden=sum(one.value is None for one in shown),
        reasons=dict(sorted(reasons.items())),
        promise=str(protected.summary.get("promise", "")),
    )


def _missing_areas(spec: Specification, period: Period, state: State, codes: Mapping[str, CodeList]) -> tuple[str, ...]:
    """Municipalities that had rows in one of the periods before, and have none in this one; by name."""
    if spec.area is None:
        return ()
    before, one = [], period
    for _ in range(PERIODS_LOOKED_BACK):
        one = one.previous()
        before.append(one)
    gone: set[str] = set()
    for model in models(spec):
        described = read_model(model)
        if described is not None and spec.area in described.columns:
            gone |= state.areas(model, spec.area, before) - state.areas(model, spec.area, [period])
    labels = _labels(spec, codes)
    return tuple(sorted(labels.get(code, code) for code in gone - {UNKNOWN}))


def _labels(spec: Specification, codes: Mapping[str, CodeList]) -> dict[str, str]:
    for table in spec.tables:
        for one in (*table.dimensions, *table.fields):
            if one.column == spec.area and one.codes is not None:
                return dict(codes[one.codes])
    return {}
