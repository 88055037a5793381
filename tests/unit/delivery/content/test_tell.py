"""Cells made into tables, and what is told of a change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mentor_dw.delivery.content.count import count
from mentor_dw.delivery.content.counted import Counted
from mentor_dw.delivery.content.revision import revision
from mentor_dw.delivery.content.tell import tell
from mentor_dw.delivery.disclosure.cells import CellKey, Shown, Why
from mentor_dw.delivery.specification.model import Specification
from mentor_dw.delivery.specification.periods import parse_period
from mentor_dw.delivery.tables import Table
from mentor_dw.errors import MentorDwError

MARCH = parse_period("2016-03")
KOMMUNER = {"kommune": {"101": "København", "147": "Frederiksberg", "461": "Odense"}}
Row = Callable[..., dict[str, Any]]


def open_to_all(counted: Counted) -> dict[CellKey, Shown]:
    return {cell.key: Shown(cell.value, None) for cell in counted.cells}


def told(counts: Specification, counted: Counted, protected: Mapping[CellKey, Shown]) -> Table:
    return tell(counts, counts.tables[0], counted, protected, KOMMUNER)


def rows_of(table: Table) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    return {row[: len(table.primary_key)]: row[len(table.primary_key) :] for row in table.rows}


@pytest.fixture
def rows(row: Row) -> list[dict[str, Any]]:
    return [
        row(1, timer=Decimal("1.005")),
        row(2, status_code="loebende", timer=Decimal("-0.004")),
        row(3, status_code="loebende", maalgruppe_code="uoplyst"),
    ]


def test_a_table_has_its_codes_measures_and_what_is_hidden(counts: Specification, rows: list[dict[str, Any]]) -> None:
    counted = count(counts, counts.tables[0], rows, MARCH)
    table = told(counts, counted, open_to_all(counted))
    names = [column.name for column in table.columns]
    assert names == ["region_code", "kommune", "maalgruppe", "status", "antal", "timer", "andel", "middel", "skjult"]
    assert table.primary_key == ("region_code", "kommune", "maalgruppe", "status")
    kommune, number, timer = table.columns[1], table.columns[4], table.columns[5]
    assert kommune.codes == {"i_alt": "I alt", **KOMMUNER["kommune"]}
    assert (number.type, number.required, timer.type, timer.decimals) == ("integer", False, "decimal", 2)
    lines = rows_of(table)
    # Rounded once, half up; a zero without a sign.
    assert lines["84", "101", "i_alt", "startet"] == (1, Decimal("1.01"), Decimal("33.3"), Decimal("1.01"), 0)
    assert str(lines["i_alt", "i_alt", "3", "loebende"][1]) == "0.00"
    # A mean of nothing is not told, and not hidden either.
    assert lines["i_alt", "i_alt", "uoplyst", "startet"] == (0, Decimal("0.00"), Decimal("0.0"), None, 0)


def test_a_share_is_hidden_with_its_count_and_with_its_base(counts: Specification, rows: list[dict[str, Any]]) -> None:
    counted = count(counts, counts.tables[0], rows, MARCH)
    keys = {line.codes: line.keys for line in counted.lines}
    for hidden in ("startet", "i_alt"):
        protected = open_to_all(counted)
        protected[keys["84", "101", "i_alt", hidden][0]] = Shown(None, Why.SMALL)
        lines = rows_of(told(counts, counted, protected))
        number, _, share, mean, is_hidden = lines["84", "101", "i_alt", "startet"]
        assert share is None
        assert is_hidden == 1
        assert (number is None, mean is None) == (hidden == "startet", hidden == "startet")
        assert lines["84", "i_alt", "i_alt", "startet"][-1] == 0


def test_a_share_of_rounded_counts_is_a_share_of_what_is_told(counts: Specification, row: Row) -> None:
    counted = count(counts, counts.tables[0], [row(n, status_code="ab"[n % 3 == 0]) for n in range(13)], MARCH)
    protected = {
        key: Shown(5 * round(shown.value / 5), Why.ROUNDED) if '"rows"' in key else shown
        for key, shown in open_to_all(counted).items()
    }
    lines = rows_of(told(counts, counted, protected))
    assert lines["84", "101", "i_alt", "b"][0::2] == (5, Decimal("33.3"), 0)
    assert lines["84", "101", "i_alt", "i_alt"][0] == 15


def test_a_code_that_is_not_in_its_list_is_refused_by_its_name(counts: Specification, row: Row) -> None:
    counted = count(counts, counts.tables[0], [row(1, kommune_code="999")], MARCH)
    with pytest.raises(MentorDwError, match="star_eksempel.forloeb.kommune holds codes that are not in kommune: 999"):
        told(counts, counted, open_to_all(counted))
    missing = count(counts, counts.tables[0], [row(1, kommune_code="uoplyst")], MARCH)
    table = told(counts, missing, open_to_all(missing))
    assert table.columns[1].codes["uoplyst"] == "Uoplyst"


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_every_told_table_adds_up_where_all_is_told_and_hides_derived_numbers(
    data: st.DataObject, counts: Specification, row: Row
) -> None:
    made = data.draw(
        st.lists(
            st.tuples(
                st.integers(1, 9),
                st.sampled_from(["101", "147"]),
                st.sampled_from(["3", "4"]),
                st.sampled_from(["startet", "loebende"]),
                st.decimals(0, 50, places=2),
            ),
            max_size=20,
        )
    )
    rows = [row(p, kommune_code=k, maalgruppe_code=m, status_code=s, timer=t) for p, k, m, s, t in made]
    counted = count(counts, counts.tables[0], rows, MARCH)
    cells = {cell.key: cell for cell in counted.cells}
    base = sorted(key for key, cell in cells.items() if cell.kind != "derived")
    hidden = data.draw(st.sets(st.sampled_from(base))) if base else set()
    protected = {key: Shown(None if key in hidden else cell.value, None) for key, cell in cells.items()}
    table = told(counts, counted, protected)
    lines = rows_of(table)
    assert list(lines) == sorted(lines, key=lambda codes: [code.encode() for code in codes])
    for line in counted.lines:
        number, timer, share, mean, is_hidden = lines[line.codes]
        assert (number is None) == (line.keys[0] in hidden)
        assert is_hidden == int(any(key is not None and protected_value(cells[key], hidden) for key in line.keys))
        for told_value, key in ((share, line.keys[2]), (mean, line.keys[3])):
            if key is None or any(one in hidden for one in cells[key].follows):
                assert told_value is None
            else:
                assert told_value is not None
    for codes, (number, timer, *_) in lines.items():
        if codes[3] == "i_alt":
            parts = [values for other, values in lines.items() if other[:3] == codes[:3] and other[3] != "i_alt"]
            for total, of in ((number, 0), (timer, 1)):
                if parts and total is not None and all(part[of] is not None for part in parts):
                    assert total == sum(part[of] for part in parts)


def protected_value(cell: Any, hidden: set[CellKey]) -> bool:
    """Whether a number is hidden for its own sake or with what it follows."""
    return cell.key in hidden or any(key in hidden for key in cell.follows)


def test_a_revision_tells_old_and_new_and_nothing_hidden(counts: Specification, rows: list[dict[str, Any]]) -> None:
    first = count(counts, counts.tables[0], rows, MARCH)
    second = count(counts, counts.tables[0], [*rows, {**rows[0], "person_key": 9}], MARCH)
    key = next(line.keys[0] for line in first.lines if line.codes == ("84", "101", "i_alt", "startet"))
    before = told(counts, first, open_to_all(first) | {key: Shown(None, Why.SMALL)})
    after = told(counts, second, open_to_all(second))
    table = revision([before], [after], "En kommune har rettet sine tal.")
    assert table.primary_key == ("tabel", "noegle", "kolonne")
    assert list(table.rows) == sorted(table.rows)
    changes = {row[1:3]: row[3:5] for row in table.rows}
    place = "region_code=84; kommune=101; maalgruppe=i_alt; status=startet"
    assert changes[place, "antal"] == ("skjult", "2")
    assert changes[place, "timer"] == ("1,01", "2,01")
    assert changes[place, "andel"] == ("skjult", "50,0")
    assert not any("status=loebende" in noegle and column == "antal" for noegle, column in changes)
    assert {row[5] for row in table.rows} == {"En kommune har rettet sine tal."}
    assert revision([after], [after], "Ingen").rows == ()
    gone = revision([before], [replace(before, rows=before.rows[1:])], "Fjernet")
    assert [row[4] for row in gone.rows] == [None] * len(gone.rows)
    assert len(gone.rows) >= 3
