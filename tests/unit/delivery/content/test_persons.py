"""Person by person: coarse values, k of each combination, no key of the warehouse."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentor_dw.delivery.content.persons import PersonsTold, tell_persons
from mentor_dw.delivery.specification.model import Specification
from mentor_dw.errors import MentorDwError

CODES = {"aldersgruppe": {"under 30": "Under 30 år", "30-39": "30-39 år"}}


def row(person: int | None, **changed: Any) -> dict[str, Any]:
    return {
        "periode": "2016",
        "person_key": person,
        "aldersgruppe": "under 30",
        "start_dato": date(2016, 3, 14),
        "foedt_aar": 1990,
        "uger": Decimal("12.25"),
    } | changed


def named(person: int) -> str:
    return f"p{(person * 7919) % 1000:03d}"


def told(persons: Specification, rows: list[dict[str, Any]]) -> PersonsTold:
    return tell_persons(persons, persons.tables[0], rows, named, CODES)


def test_rows_are_told_with_pseudonyms_and_months(persons: Specification) -> None:
    result = told(persons, [row(1), row(2, uger=None, foedt_aar=date(1991, 1, 1)), row(3), row(3, uger=7)])
    assert [column.name for column in result.table.columns] == [
        "borger",
        "raekke",
        "aldersgruppe",
        "start",
        "foedt",
        "uger",
    ]
    assert result.table.primary_key == ("borger", "raekke")
    assert result.table.rows == (
        ("p757", 1, "under 30", "2016-03", 1990, Decimal("12.3")),
        ("p757", 2, "under 30", "2016-03", 1990, Decimal("7.0")),
        ("p838", 1, "under 30", "2016-03", 1991, None),
        ("p919", 1, "under 30", "2016-03", 1990, Decimal("12.3")),
    )
    assert (result.k, result.withheld_rows, result.person_keys) == (3, 0, {1, 2, 3})
    assert result.table.columns[2].codes == CODES["aldersgruppe"]


def test_persons_are_counted_for_k_not_rows(persons: Specification) -> None:
    april = date(2016, 4, 1)
    alone = [row(4, start_dato=april) for _ in range(5)]
    result = told(persons, [row(1), row(2), row(3), *alone, row(5, start_dato=april)])
    assert result.withheld_rows == 6
    assert result.person_keys == {1, 2, 3}
    assert told(persons, alone).table.rows == ()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"person_key": None}, "a row has no person_key"),
        ({"aldersgruppe": None}, "aldersgruppe holds a value that is no code"),
        ({"aldersgruppe": "40-49"}, "holds codes that are not in aldersgruppe: 40-49"),
        ({"start_dato": "2016-03-14"}, "start_dato holds a value that is no month"),
        ({"foedt_aar": "1990"}, "foedt_aar holds a value that is no year"),
        ({"uger": 1.5}, "uger holds a value that is no decimal"),
    ],
)
def test_what_is_not_of_its_type_is_refused(wrong: dict[str, Any], message: str, persons: Specification) -> None:
    with pytest.raises(MentorDwError, match=message):
        told(persons, [row(person, **wrong) for person in (1, 2, 3)])


def test_two_persons_never_share_a_pseudonym(persons: Specification) -> None:
    with pytest.raises(MentorDwError, match="Two persons have one pseudonym"):
        tell_persons(persons, persons.tables[0], [row(1), row(2), row(3)], lambda _: "x", CODES)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.integers(1, 12), st.sampled_from(["under 30", "30-39"]), st.integers(1, 3)), max_size=40
    ),
    seed=st.integers(0, 9),
)
def test_every_combination_has_k_persons_and_no_row_is_lost(
    rows: list[tuple[int, str, int]], seed: int, persons: Specification
) -> None:
    made = [row(person, aldersgruppe=age, start_dato=date(2016, month, 1)) for person, age, month in rows]
    result = told(persons, made)
    classes: dict[tuple[Any, ...], set[Any]] = {}
    for one in result.table.rows:
        classes.setdefault(one[2:4], set()).add(one[0])
    assert all(len(people) >= 3 for people in classes.values())
    assert len(result.table.rows) + result.withheld_rows == len(rows)
    of_class = Counter()
    for age, month in {(age, month) for _, age, month in rows}:
        people = {person for person, a, m in rows if (a, m) == (age, month)}
        of_class[len(people) >= 3] += sum((a, m) == (age, month) for _, a, m in rows)
    assert result.withheld_rows == of_class[False]
    assert told(persons, random.Random(seed).sample(made, len(made))) == result
    assert list(result.table.rows) == sorted(result.table.rows, key=lambda one: (one[0].encode(), one[1]))
