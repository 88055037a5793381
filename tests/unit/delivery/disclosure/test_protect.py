"""What is hidden, what is told, and when nothing may be: by cases small enough to be checked by hand."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from itertools import product

import pytest
from random_tables import Shape, counted, key, people

from mentor_dw.delivery.disclosure.attack import bounds
from mentor_dw.delivery.disclosure.cells import Cell, Protected, Relation, Rule, Told, Why
from mentor_dw.delivery.disclosure.protect import DisclosureRefused, protect
from mentor_dw.delivery.disclosure.rounding import rounded, stands_for
from mentor_dw.errors import MentorDwError

#: Tabel 4: status seven months after the start, under 30 and fyldt 30.
TABEL_4 = {
    ("fortsat", "under_30"): 1088,
    ("fortsat", "fyldt_30"): 3287,
    ("anden", "under_30"): 42,
    ("anden", "fyldt_30"): 192,
    ("beskaeftigelse", "under_30"): 39,
    ("beskaeftigelse", "fyldt_30"): 150,
    ("uddannelse", "under_30"): 102,
    ("uddannelse", "fyldt_30"): 30,
    ("pension", "under_30"): 3,
    ("pension", "fyldt_30"): 90,
    ("selvforsoergelse", "under_30"): 78,
    ("selvforsoergelse", "fyldt_30"): 350,
}


def at(**where: str) -> str:
    return key("persons", "2015K3", where)


def crossed(
    numbers: dict[tuple[str, str], int], one: str, other: str, **more: object
) -> tuple[list[Cell], list[Relation]]:
    """A table of two columns with all its margins."""
    ones, others = sorted({a for a, _ in numbers}), sorted({b for _, b in numbers})
    values = {at(**{one: a, other: b}): number for (a, b), number in numbers.items()}
    relations = [Relation(at(**{one: a}), tuple(at(**{one: a, other: b}) for b in others)) for a in ones]
    relations += [Relation(at(**{other: b}), tuple(at(**{one: a, other: b}) for a in ones)) for b in others]
    relations += [
        Relation(at(), tuple(at(**{one: a}) for a in ones)),
        Relation(at(), tuple(at(**{other: b}) for b in others)),
    ]
    for relation in relations:
        values[relation.total] = sum(values[part] for part in relation.parts)
    return [Cell(told, value, persons=value, **more) for told, value in values.items()], relations


def hidden(protected: Protected) -> dict[str, Why | None]:
    return {told: one.why for told, one in protected.cells.items() if one.value is None}


def ledger(protected: Protected, cells: list[Cell], extract_id: int = 1) -> list[Told]:
    return [Told(one.key, one.value, protected.cells[one.key].value, extract_id) for one in cells]


def test_the_three_of_tabel_4_hides_the_corners_of_a_rectangle() -> None:
    cells, relations = crossed(TABEL_4, "status", "alder")
    protected = protect(cells, relations, Rule())
    why = hidden(protected)
    assert why.pop(at(status="pension", alder="under_30")) is Why.SMALL
    assert at(status="pension", alder="fyldt_30") in why
    assert len(why) == 3 and set(why.values()) == {Why.COMPLEMENTARY}
    shown = {told: one.value for told, one in protected.cells.items()}
    low, high = bounds(shown, dict.fromkeys(shown, "count"), relations)[at(status="pension", alder="under_30")]
    assert low <= 1 and high >= 5


def test_the_same_numbers_again_are_told_in_the_same_way() -> None:
    cells, relations = crossed(TABEL_4, "status", "alder")
    first = protect(cells, relations, Rule())
    again = protect(cells, relations, Rule(), ledger(first, cells))
    assert {told: one.value for told, one in again.cells.items()} == {
        told: one.value for told, one in first.cells.items()
    }


def test_the_order_of_cells_and_relations_does_not_matter() -> None:
    shape = Shape((("kommune", "alder"), ("kommune", "status")), sensitive=True)
    delivery = counted(people(shape, random.Random(1)), shape, "2016-03")
    first = protect(delivery.cells, delivery.relations, Rule())
    cells, relations = list(delivery.cells), list(delivery.relations)
    random.Random(2).shuffle(cells)
    random.Random(3).shuffle(relations)
    mixed = [Relation(one.total, one.parts[::-1]) for one in relations]
    again = protect(cells, mixed, Rule())
    assert again.cells == first.cells and again.bounds == first.bounds


def test_zero_is_told_and_so_is_everything_under_a_threshold_of_zero() -> None:
    numbers = {("a", "x"): 0, ("a", "y"): 2, ("b", "x"): 30, ("b", "y"): 40}
    cells, relations = crossed(numbers, "type", "alder")
    assert protect(cells, relations, Rule()).cells[at(type="a", alder="x")].value == 0
    assert hidden(protect(cells, relations, Rule(threshold=0))) == {}


def test_a_mentor_alone_is_hidden_and_her_number_stays_wide() -> None:
    cells = [Cell("herlev", 40, persons=40, mentors=1), Cell("viborg", 90, persons=90, mentors=12)]
    cells += [Cell("i_alt", 130, persons=130, mentors=13)]
    protected = protect(cells, [Relation("i_alt", ("herlev", "viborg"))], Rule())
    assert hidden(protected)["herlev"] is Why.FEW_MENTORS
    low, high = protected.bounds["herlev"]
    assert high - low >= 5 and low <= 40 <= high


def test_that_a_whole_group_has_one_status_is_not_seen_by_its_zeros() -> None:
    numbers = {("101", "slut"): 20, ("101", "job"): 0, ("147", "slut"): 60, ("147", "job"): 50}
    cells, relations = crossed(numbers, "kommune", "status")
    cells = [
        Cell(one.key, one.value, persons=one.value, group_of=at(**{n: c for n, c in where.items() if n != "status"}))
        if "status" in (where := json.loads(one.key)["where"])
        else one
        for one in cells
    ]
    protected = protect(cells, relations, Rule())
    assert hidden(protected)[at(kommune="101", status="slut")] is Why.GROUP
    assert protected.cells[at(kommune="101", status="job")].value is None


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_groups_that_a_number_is_part_of_the_smaller_counts(order: int) -> None:
    cells = [
        Cell("a_i_alt", 100, persons=100),
        Cell("b_kommune", 20, persons=20),
        Cell("c_job", 20, persons=20, group_of="a_i_alt"),
        Cell("c_job", 20, persons=20, group_of="b_kommune"),
    ]
    protected = protect(cells[::order], [Relation("a_i_alt", ("b_kommune", "d_andre"))], Rule())
    assert hidden(protected)["c_job"] is Why.GROUP


def test_a_share_is_hidden_with_any_of_its_counts() -> None:
    cells, relations = crossed(TABEL_4, "status", "alder")
    small, large = at(status="pension", alder="under_30"), at(status="fortsat", alder="under_30")
    total = at(alder="under_30")
    shares = [Cell(f"andel {one}", Decimal("1.5"), "derived", follows=(one, total)) for one in (small, large)]
    protected = protect([*cells, *shares], relations, Rule())
    assert protected.cells[f"andel {small}"].why is Why.WITH_ITS_COUNT
    assert protected.cells[f"andel {large}"].value == Decimal("1.5")


@pytest.mark.parametrize(
    "persons, largest, why",
    [
        (3, ("400", "100", "100"), Why.SMALL),
        (8, ("400", "111", "20"), Why.DOMINANCE),
        (8, ("300", "200", "20"), None),
        (None, (), None),
    ],
)
def test_money_of_few_or_mostly_of_two_is_hidden(
    persons: int | None, largest: tuple[str, ...], why: Why | None
) -> None:
    top = tuple(Decimal(one) for one in largest)
    cells = [Cell("a", Decimal(600), "amount", persons=persons, largest=top)]
    cells += [Cell("b", Decimal(900), "amount"), Cell("i_alt", Decimal(1500), "amount")]
    protected = protect(cells, [Relation("i_alt", ("a", "b"))], Rule())
    assert protected.cells["a"].why is why
    if why is not None:
        low, high = protected.bounds["a"]
        assert low <= 540 and high >= 660 and protected.cells["b"].why is Why.COMPLEMENTARY


def test_what_was_hidden_then_stays_hidden_when_a_correction_would_open_it() -> None:
    then = {"a": 3, "b": 9, "c": 30}
    cells = [Cell(one, value, persons=value) for one, value in (then | {"i_alt": 42}).items()]
    relations = [Relation("i_alt", ("a", "b", "c"))]
    first = protect(cells, relations, Rule())
    assert set(hidden(first)) == {"a", "b"}
    # Nobody in b is small now, and a has grown: told, they would open what was hidden of each.
    now = [Cell(one, value, persons=value) for one, value in {"a": 7, "b": 9, "c": 30, "i_alt": 46}.items()]
    again = protect(now, relations, Rule(), ledger(first, cells))
    assert hidden(again)["b"] is Why.EARLIER
    assert protect(now, relations, Rule()).summary["hidden"] == 0


def broken_down_after_its_margins(numbers: tuple[int, int, int, int]) -> tuple[list[Cell], list[Relation], list[Told]]:
    """A table of two by two whose margins were all told earlier."""
    rows = {(a, b): n for (a, b), n in zip(product("ab", "xy"), numbers, strict=True)}
    cells, relations = crossed(rows, "type", "alder")
    then = [
        Told(one.key, one.value, one.value, 1) for one in cells if '"alder"' not in one.key or '"type"' not in one.key
    ]
    return cells, relations, then


def test_what_earlier_margins_and_the_zeros_of_today_leave_is_kept() -> None:
    cells, relations, then = broken_down_after_its_margins((2, 3, 3, 2))
    protected = protect(cells, relations, Rule(), then)
    assert protected.summary["hidden"] == 4
    assert all(protected.bounds[key] == (1.0, 4.0) for key, one in protected.cells.items() if one.value is None)
    assert protected.summary["known_before"] == 4


def test_a_number_that_only_its_neighbours_of_earlier_give_away_is_refused() -> None:
    cells, relations, then = broken_down_after_its_margins((2, 5, 5, 0))
    with pytest.raises(
        DisclosureRefused, match="persons of ext_test__personer_v1 for 2015K3 by alder, type"
    ) as refusal:
        protect(cells, relations, Rule(), then)
    assert not any(character in str(refusal.value) for character in "{}")


def test_what_was_told_before_is_taken_for_known_and_counted() -> None:
    cells = [Cell("a", 40, persons=40, mentors=2), Cell("b", 50, persons=50), Cell("i_alt", 90, persons=90)]
    then = [Told(one.key, one.value, one.value, 1) for one in cells]
    protected = protect(cells, [Relation("i_alt", ("a", "b"))], Rule(), then)
    assert hidden(protected) == {"a": Why.FEW_MENTORS}
    assert protected.summary["known_before"] == 1


def test_tables_that_contradict_themselves_are_an_error_without_a_number() -> None:
    with pytest.raises(MentorDwError, match="do not add up"):
        protect([Cell("a", 77), Cell("i_alt", 78)], [Relation("i_alt", ("a",))], Rule())
    with pytest.raises(MentorDwError, match="different numbers"):
        protect([Cell("a", 77), Cell("a", 78)], [], Rule())


@pytest.mark.parametrize("base", [2, 3, 5, 10])
def test_a_multiple_stands_for_as_many_numbers_as_the_base(base: int) -> None:
    assert rounded(0, base) == 0
    for count in range(1, 100):
        multiple = rounded(count, base)
        low, high = stands_for(multiple, base)
        assert multiple % base == 0 and multiple > 0 and low <= count <= high
        assert high - low + 1 >= base


def test_a_base_that_leaves_small_numbers_small_is_refused() -> None:
    with pytest.raises(MentorDwError, match="does not hide counts below 5"):
        protect([Cell("a", 3, persons=3)], [], Rule(method="round", base=2))


def test_the_summary_can_be_written_down_and_holds_no_number_of_the_table() -> None:
    cells, relations = crossed(TABEL_4, "status", "alder")
    summary = protect(cells, relations, Rule()).summary
    assert json.loads(json.dumps(summary))["small"] == 1
    assert summary["told"] + summary["hidden"] == summary["cells"] == 21
    assert "fra 1 til 5" in summary["promise"]
