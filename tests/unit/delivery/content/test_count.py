"""What is counted: margins, zeros, who stands behind a number, what follows from what."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentor_dw.delivery.content.count import count
from mentor_dw.delivery.content.counted import Counted
from mentor_dw.delivery.disclosure.cells import Cell
from mentor_dw.delivery.specification.model import Specification, TableSpec
from mentor_dw.delivery.specification.periods import parse_period
from mentor_dw.errors import MentorDwError

MARCH = parse_period("2016-03")
Row = Callable[..., dict[str, Any]]


def told(counted: Counted) -> dict[tuple[str, ...], list[Cell | None]]:
    """The cells of each line, by the codes it is told under."""
    cells = {cell.key: cell for cell in counted.cells}
    assert len(cells) == len(counted.cells), "a number has two cells"
    return {line.codes: [key and cells[key] for key in line.keys] for line in counted.lines}


def changed(table: TableSpec, **values: Any) -> TableSpec:
    return TableSpec.model_validate(table.model_dump() | values)


@pytest.fixture
def table(counts: Specification) -> TableSpec:
    return counts.tables[0]


def test_margins_and_levels_above_are_counted(counts: Specification, table: TableSpec, row: Row) -> None:
    rows = [
        row(1),
        row(1, status_code="loebende"),
        row(2, kommune_code="147", timer=Decimal(3)),
        row(3, kommune_code="461", region_code="83", maalgruppe_code="4"),
        row(4, art="tilbud"),
        row(5, periode="2016-04"),
    ]
    counted = count(counts, table, rows, MARCH)
    values = {codes: [cell and cell.value for cell in cells] for codes, cells in told(counted).items()}
    # region, kommune, maalgruppe, status: antal, timer, andel over status, timer pr. forløb
    assert values["i_alt", "i_alt", "i_alt", "i_alt"] == [4, Decimal("7.50"), 100, Decimal("1.875")]
    assert values["84", "i_alt", "i_alt", "startet"] == [2, Decimal("4.50"), Decimal(2) / 3 * 100, Decimal("2.25")]
    assert values["84", "101", "i_alt", "loebende"] == [1, Decimal("1.50"), 50, Decimal("1.5")]
    assert values["i_alt", "i_alt", "4", "startet"] == [1, Decimal("1.50"), 100, Decimal("1.5")]
    assert counted.rows == 4
    assert counted.person_keys == {1, 2, 3}
    assert counted.areas == {"101", "147", "461"}
    # Combinations kommune x status and maalgruppe x status: no place of all three.
    assert not any(codes[0] != "i_alt" and codes[2] != "i_alt" for codes in values)


def test_what_does_not_occur_together_is_0_and_what_does_not_occur_is_not_there(
    counts: Specification, table: TableSpec, row: Row
) -> None:
    counted = count(counts, table, [row(1), row(2, maalgruppe_code="4", status_code="loebende")], MARCH)
    places = told(counted)
    nobody = places["i_alt", "i_alt", "3", "loebende"]
    assert [cell and cell.value for cell in nobody] == [0, 0, 0, None]
    assert (nobody[0].persons, nobody[0].mentors) == (0, None)
    assert not any(codes[2] == "5" for codes in places)
    # No kommune of a region that is not its own.
    assert {codes[:2] for codes in places} == {("84", "101"), ("84", "i_alt"), ("i_alt", "i_alt")}


def test_an_empty_period_is_one_line_of_zeros(counts: Specification, table: TableSpec, row: Row) -> None:
    counted = count(counts, table, [row(1, periode="2016-02")], MARCH)
    assert {codes: [c and c.value for c in cells] for codes, cells in told(counted).items()} == {
        ("i_alt",) * 4: [0, 0, None, None]
    }
    assert counted.rows == 0
    assert counted.relations == []


def test_different_persons_mentors_and_companies_stand_behind_a_number(
    counts: Specification, table: TableSpec, row: Row
) -> None:
    rows = [
        row(1, mentor_key=7, virksomhed_key=None),
        row(1, mentor_key=8, virksomhed_key=None),
        row(2, mentor_key=7, virksomhed_key=None, timer=None),
        row(None, mentor_key=None, virksomhed_key=None, timer=Decimal(100)),
    ]
    number, timer, *_ = told(count(counts, table, rows, MARCH))["i_alt", "i_alt", "i_alt", "i_alt"]
    assert (number.value, number.persons, number.mentors, number.companies) == (4, 2, 2, None)
    # Who contributed nothing does not stand behind an amount; 100 hours of nobody are in it and nobody's contribution.
    assert (timer.value, timer.persons, timer.mentors) == (Decimal("103.00"), 1, 2)
    assert timer.largest == (Decimal("3.00"),)


def test_an_amount_of_nobody_is_about_nobody(counts: Specification, table: TableSpec, row: Row) -> None:
    rows = [row(None, timer=Decimal(100)), row(1, timer=None, status_code="loebende")]
    places = told(count(counts, table, rows, MARCH))
    budget = places["i_alt", "i_alt", "i_alt", "i_alt"][1]
    assert (budget.kind, budget.value, budget.persons, budget.largest) == ("amount", 100, None, ())
    assert places["i_alt", "i_alt", "i_alt", "loebende"][1].persons is None


def test_the_largest_contributions_are_those_of_persons_not_of_rows(
    counts: Specification, table: TableSpec, row: Row
) -> None:
    rows = [row(1, timer=Decimal(5)), row(1, timer=Decimal(6)), row(2, timer=Decimal(10)), row(3, timer=Decimal(-12))]
    timer = told(count(counts, table, rows, MARCH))["i_alt", "i_alt", "i_alt", "i_alt"][1]
    assert timer.largest == (12, 11, 10)
    assert timer.value == 9


def test_a_sensitive_code_has_the_group_it_is_a_part_of(counts: Specification, table: TableSpec, row: Row) -> None:
    counted = count(counts, table, [row(1), row(2, maalgruppe_code="uoplyst"), row(3, maalgruppe_code="4")], MARCH)
    places = told(counted)
    everybody = places["i_alt", "i_alt", "i_alt", "startet"][0]
    assert places["i_alt", "i_alt", "3", "startet"][0].group_of == everybody.key
    assert places["i_alt", "i_alt", "3", "startet"][1].group_of == places["i_alt", "i_alt", "i_alt", "startet"][1].key
    assert places["i_alt", "i_alt", "uoplyst", "startet"][0].group_of is None
    assert everybody.group_of is None


def test_of_two_sensitive_codes_the_smaller_group_counts(counts: Specification, table: TableSpec, row: Row) -> None:
    dimensions = [one.model_dump() | {"sensitive": True} for one in table.dimensions]
    both = changed(table, dimensions=dimensions)
    rows = [row(1), row(2), row(3, maalgruppe_code="4"), *(row(10 + n, status_code="loebende") for n in range(5))]
    places = told(count(counts, both, rows, MARCH))
    # Of target group 4 there is one person, with status startet: all of them; of startet there are three.
    assert places["i_alt", "i_alt", "4", "startet"][0].group_of == places["i_alt", "i_alt", "4", "i_alt"][0].key
    assert places["i_alt", "i_alt", "3", "startet"][0].group_of == places["i_alt", "i_alt", "i_alt", "startet"][0].key


def test_a_share_follows_its_count_and_its_base(counts: Specification, table: TableSpec, row: Row) -> None:
    places = told(count(counts, table, [row(1), row(2, status_code="loebende")], MARCH))
    number, timer, share, mean = places["i_alt", "i_alt", "3", "startet"]
    assert share.kind == mean.kind == "derived"
    assert share.follows == (number.key, places["i_alt", "i_alt", "3", "i_alt"][0].key)
    assert mean.follows == (timer.key, number.key)


def test_the_same_number_in_two_tables_has_one_key(counts: Specification, table: TableSpec, row: Row) -> None:
    other = changed(
        table,
        name="kort",
        dimensions=[one.model_dump() for one in table.dimensions if one.name != "kommune"],
        combinations=[["maalgruppe"], ["status"]],
        measures=[one.model_dump() | {"kind": "persons"} for one in table.measures if one.name == "antal"],
    )
    rows = [row(1), row(2, maalgruppe_code="4")]
    first, second = count(counts, table, rows, MARCH), count(counts, other, rows, MARCH)
    shared = told(first)["i_alt", "i_alt", "3", "i_alt"][0]
    assert told(second)["3", "i_alt"] == [shared]
    assert json.loads(shared.key) == {
        "measure": "rows",
        "model": "ext_star__eksempel_v1",
        "period": "2016-03",
        "where": {"art": "mentor", "maalgruppe_code": "3"},
    }


def test_persons_are_refused_where_one_has_two_rows(counts: Specification, table: TableSpec, row: Row) -> None:
    persons = changed(table, measures=[one.model_dump() | {"kind": "persons"} for one in table.measures[:1]])
    assert told(count(counts, persons, [row(1), row(2)], MARCH))["i_alt", "i_alt", "i_alt", "i_alt"][0].value == 2
    for rows in ([row(1), row(1, kommune_code="147")], [row(1), row(None)]):
        with pytest.raises(MentorDwError, match="a row of ext_star__eksempel_v1 has none, or a person has several"):
            count(counts, persons, rows, MARCH)


@pytest.mark.parametrize(
    ("wrong", "told_of"),
    [
        ({"status_code": None}, "status_code holds what is not a code: nothing"),
        ({"status_code": 7}, "status_code holds what is not a code: int"),
        ({"region_code": "i_alt"}, "region_code holds what is not a code: i_alt"),
        ({"timer": 1.5}, "timer holds float, not an exact number"),
        ({"timer": Decimal("NaN")}, "timer holds Decimal, not an exact number"),
        ({"region_code": "85"}, "101 of kommune_code stands below two codes of region_code"),
    ],
)
def test_rows_that_cannot_be_counted_are_refused(
    wrong: dict[str, Any], told_of: str, counts: Specification, table: TableSpec, row: Row
) -> None:
    with pytest.raises(MentorDwError, match=told_of):
        count(counts, table, [row(1), row(2, **wrong)], MARCH)


def test_too_many_places_are_refused_before_they_are_made(counts: Specification, table: TableSpec, row: Row) -> None:
    crossed = changed(table, combinations=())
    rows = [row(n, kommune_code=str(n), maalgruppe_code=f"m{n}", status_code=f"s{n}") for n in range(100)]
    with pytest.raises(MentorDwError, match="star_eksempel.forloeb has more than 1,000,000 numbers for 2016-03"):
        count(counts, crossed, rows, MARCH)


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "person_key": st.integers(1, 6) | st.none(),
            "mentor_key": st.integers(1, 3) | st.none(),
            "kommune_code": st.sampled_from(["101", "147", "461"]),
            "maalgruppe_code": st.sampled_from(["3", "4", "uoplyst"]),
            "status_code": st.sampled_from(["startet", "loebende"]),
            "timer": st.none() | st.decimals(-100, 100, places=2),
        }
    ),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, crossed=st.booleans(), seed=st.integers(0, 9))
def test_sums_hold_and_the_order_of_rows_does_not_matter(
    rows: list[dict[str, Any]], crossed: bool, seed: int, counts: Specification, row: Row
) -> None:
    table = changed(counts.tables[0], combinations=()) if crossed else counts.tables[0]
    regions = {"101": "84", "147": "84", "461": "83"}
    rows = [row(one["person_key"], **one, region_code=regions[one["kommune_code"]]) for one in rows]
    counted = count(counts, table, rows, MARCH)
    cells = {cell.key: cell for cell in counted.cells}
    for relation in counted.relations:
        assert cells[relation.total].value == sum(cells[part].value for part in relation.parts)
    # Every margin has its sum over each of its dimensions that are told with it.
    totals = {relation.total for relation in counted.relations}
    for codes, (number, *_) in told(counted).items():
        if rows and codes[3] == "i_alt":
            assert number.key in totals
    for codes, (number, timer, *_) in told(counted).items():
        here = [
            one
            for one in rows
            if all(
                code in (one[column], "i_alt")
                for code, column in zip(
                    codes, ("region_code", "kommune_code", "maalgruppe_code", "status_code"), strict=True
                )
            )
        ]
        assert number.value == len(here)
        assert timer.value == sum(one["timer"] or 0 for one in here)
        people = {one["person_key"] for one in here} - {None}
        assert (number.persons or 0) == len(people)
    shuffled = random.Random(seed).sample(rows, len(rows))
    again = count(counts, table, shuffled, MARCH)
    assert again.lines == counted.lines
    assert {cell.key: cell for cell in again.cells} == cells
    assert [line.codes for line in counted.lines] == sorted(
        (line.codes for line in counted.lines), key=lambda codes: [code.encode() for code in codes]
    )
