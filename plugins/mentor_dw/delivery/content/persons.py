"""A table at person level: the receiver's pseudonyms, coarse values, and nobody who is alone with what tells who it is.

k-anonymity: of every combination of values in the fields marked quasi there are at least k different persons, or its
rows are withheld. It is stated of the rows; whoever knows several rows of one person knows more than one combination.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from mentor_dw.delivery.content.codes import CodeList, labels_of
from mentor_dw.delivery.specification.columns import code_list_of, columns, primary_key, pseudonym_field
from mentor_dw.delivery.specification.model import PersonField, Specification, TableSpec
from mentor_dw.delivery.tables import TOTAL, Column, Table, Value
from mentor_dw.errors import MentorDwError

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
_Row = tuple[Value, ...]


@dataclass(frozen=True)
class PersonsTold:
    """The table, the k it keeps to, how many rows were withheld for it, and whose rows are told (person keys)."""

    table: Table
    k: int
    withheld_rows: int
    person_keys: frozenset[int] = field(repr=False)


def tell_persons(
    spec: Specification,
    table: TableSpec,
    rows: Iterable[Mapping[str, Any]],
    pseudonym: Callable[[int], str],
    codes: Mapping[str, CodeList],
) -> PersonsTold:
    """The rows as they are given away, numbered per person in column `raekke`, and how many stayed here.

    `rows` are those of one period that `where` chooses; others are left out by `where`. `pseudonym` makes the
    receiver's name of a person_key. Raises MentorDwError when a row has no person, or a value is not of its field's
    type or list; the message holds no value of a person.
    """
    k = spec.disclosure.k
    if k is None:
        raise ValueError("a specification of level persons has its k")
    chosen = [row for row in rows if all(row[column] == code for column, code in table.where.items())]
    told = [(row["person_key"], tuple([_value(table, one, row) for one in table.fields])) for row in chosen]
    if any(person is None for person, _ in told):
        raise MentorDwError(f"{table.model}: a row has no person_key.", "Mend the model.")
    kept = _in_large_classes(table, told, k)
    names = {person: pseudonym(person) for person, _ in kept}
    if len(set(names.values())) < len(names):
        raise MentorDwError("Two persons have one pseudonym.", "The key of the receiver's pseudonyms is not in order.")
    return PersonsTold(
        Table(
            table.name,
            table.title,
            table.description,
            tuple(_columns(spec, table, kept, codes)),
            primary_key(table),
            _numbered(table, kept, names),
        ),
        k,
        len(told) - len(kept),
        frozenset(names),
    )


def _in_large_classes(table: TableSpec, told: list[tuple[int, _Row]], k: int) -> list[tuple[int, _Row]]:
    """The rows whose quasi fields have values that k different persons share."""
    quasi = [index for index, one in enumerate(table.fields) if one.quasi]
    persons: dict[_Row, set[int]] = defaultdict(set)
    for person, values in told:
        persons[tuple([values[index] for index in quasi])].add(person)
    return [(person, values) for person, values in told if len(persons[tuple([values[index] for index in quasi])]) >= k]


def _numbered(table: TableSpec, kept: list[tuple[int, _Row]], names: Mapping[int, str]) -> tuple[_Row, ...]:
    """The told rows: sorted by pseudonym and values, the number of the row within the person after the pseudonym."""
    name_at = table.fields.index(pseudonym_field(table))
    ordered = sorted(kept, key=lambda one: (names[one[0]], [(value is not None, str(value)) for value in one[1]]))
    rows: list[_Row] = []
    number, before = 0, None
    for person, values in ordered:
        number = number + 1 if person == before else 1
        before = person
        rows.append((*values[:name_at], names[person], number, *values[name_at + 1 :]))
    return tuple(rows)


def _columns(
    spec: Specification, table: TableSpec, kept: list[tuple[int, _Row]], codes: Mapping[str, CodeList]
) -> list[Column]:
    """The columns with their codes."""
    lists = code_list_of(table)
    at = {one.name: index for index, one in enumerate(table.fields)}
    told = []
    for column in columns(table):
        if column.name in lists:
            met = {str(values[at[column.name]]) for _, values in kept}
            name = lists[column.name]
            labels = labels_of(f"{spec.name}.{table.name}.{column.name}", name, codes[name], met)
            column = replace(column, codes=labels)
        told.append(column)
    return told


def _value(table: TableSpec, of: PersonField, row: Mapping[str, Any]) -> Value:
    """The value of a field as it is told; a pseudonym only later. Raises MentorDwError for what is not of its type."""
    value = row[of.column]
    if of.type == "pseudonym":
        return None
    if of.type == "code" and (not isinstance(value, str) or value in ("", TOTAL)):
        raise _wrong(table, of)
    if value is None:
        return None
    made = _MADE[of.type](value, of)
    if made is None:
        raise _wrong(table, of)
    return made


def _text(value: Any, of: PersonField) -> str | None:
    return value if isinstance(value, str) else None


def _integer(value: Any, of: PersonField) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _decimal(value: Any, of: PersonField) -> Decimal | None:
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        return None
    return Decimal(value).quantize(Decimal(1).scaleb(-(of.decimals or 0)), ROUND_HALF_UP) + 0


def _month(value: Any, of: PersonField) -> str | None:
    """A month as 2016-03; of a day the month alone."""
    if isinstance(value, date):
        return f"{value:%Y-%m}"
    return value if isinstance(value, str) and _MONTH.fullmatch(value) else None


def _year(value: Any, of: PersonField) -> int | None:
    return value.year if isinstance(value, date) else _integer(value, of)


_MADE: dict[str, Callable[[Any, PersonField], Value]] = {
    "code": _text,
    "text": _text,
    "integer": _integer,
    "decimal": _decimal,
    "month": _month,
    "year": _year,
}


def _wrong(table: TableSpec, of: PersonField) -> MentorDwError:
    return MentorDwError(
        f"{table.model}.{of.column} holds a value that is no {of.type} (field {of.name}).", "Mend the model."
    )
