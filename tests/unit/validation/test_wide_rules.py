"""A wide delivery as numbers: what is in bounds, what is a warning, and against what it is held."""

from __future__ import annotations

from collections import Counter

import pytest

from mentor_dw.feeds import load_feed
from mentor_dw.landing.wide_counts import PartCounts
from mentor_dw.reading.wide.layout import Layout, read_layout
from mentor_dw.validation.wide_rules import Check, profile_of, profile_warnings, unknown_codes, wide_rules

FEED = load_feed("dream")


def layout(*weeks: str) -> Layout:
    fixed = "pnr;koen;foedselsdato;kommunekode;herkomst;civilstand"
    return read_layout(f"{fixed};{';'.join(weeks)}".encode(), FEED)


def counts(**weeks: int) -> PartCounts:
    return PartCounts(rows_read=100, persons=100, weeks=Counter({name[1:]: number for name, number in weeks.items()}))


def warned(covers: str, header: Layout, found: PartCounts, before: PartCounts | None = None) -> dict[str, int]:
    old = {}
    if before is not None:
        old = {one.check_id: one.value for one in profile_of(FEED, header, covers, before, 0, {})}
    return profile_warnings(FEED, profile_of(FEED, header, covers, found, 0, old))


def test_every_rule_has_one_number_and_one_name() -> None:
    names = [rule.rule_id for rule in wide_rules(FEED)]
    assert len(names) == len(set(names))
    checks = profile_of(FEED, layout("y_1612", "y_1613"), "2016-03", counts(), 0, {})
    assert sorted(check.check_id for check in checks) == sorted(names)


@pytest.mark.parametrize(
    ("last", "covers", "missing"),
    [
        ("y_1613", "2016-03", 0),  # Thursday 31 March
        ("y_1612", "2016-03", 1),
        ("y_1630", "2016-07", 0),  # Thursday 28 July; the days after it are of a week of August
        ("y_1552", "2015-12", 1),  # 2015 has a week 53, whose Thursday is 31 December
        ("y_1553", "2015-12", 0),
        ("y_1613", "2016-02", 0),  # more weeks than the name says
    ],
)
def test_weeks_should_reach_the_end_of_the_month_in_the_name(last: str, covers: str, missing: int) -> None:
    found = warned(covers, layout(last), counts(_130=10))
    assert found.get("weeks_end_early", 0) == missing


def test_the_first_delivery_has_nothing_to_differ_from() -> None:
    assert warned("2016-03", layout("y_1613"), counts(_130=10)) == {}


def test_a_delivery_that_differs_from_the_one_before_is_told() -> None:
    header = layout("y_1612", "y_1613")
    before = counts(_130=50, _651=50)
    assert warned("2016-03", header, counts(_130=52, _651=48), before) == {}
    # Two groups have another share, the others have none as before.
    assert warned("2016-03", header, counts(_130=60, _651=40), before) == {"benefit_group_changed": 2}
    assert warned("2016-03", header, counts(_130=20, _651=20), before) == {"filled_weeks_changed": 1}
    more = counts(_130=62, _651=62)
    more.rows_read = more.persons = 125
    assert warned("2016-03", header, more, before) == {"persons_changed": 1}


def test_weeks_that_begin_later_than_before_are_told() -> None:
    old = profile_of(FEED, layout("y_1612", "y_1613"), "2016-03", counts(), 0, {})
    new = profile_of(FEED, layout("y_1613"), "2016-03", counts(), 0, {one.check_id: one.value for one in old})
    assert profile_warnings(FEED, new) == {"weeks_begin_late": 1}


def test_codes_outside_the_list_are_counted_by_week() -> None:
    found = counts(_130=5, _125=2, _126=1)
    assert warned("2016-03", layout("y_1613"), found) == {"unknown_codes": 3}
    assert unknown_codes(FEED, found) == [
        {"column": "ydelse", "code": "125", "weeks": 2},
        {"column": "ydelse", "code": "126", "weeks": 1},
    ]


def test_bounds_include_their_ends() -> None:
    assert not Check("a", 5, 5, 5).is_outside and Check("a", 4, 5, 6).is_outside and Check("a", 7, None, 6).is_outside
    assert not Check("a", 7).is_outside


def test_counts_of_parts_add_up_and_survive_json() -> None:
    one, other = counts(_130=5), counts(_130=1, _651=2)
    one.by_rule["koen.bad_code"] = 3
    one.add(PartCounts.from_json(other.as_json()))
    assert (one.rows_read, dict(one.weeks), one.by_rule["koen.bad_code"]) == (200, {"130": 6, "651": 2}, 3)
