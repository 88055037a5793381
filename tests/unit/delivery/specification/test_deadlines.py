"""The timetable of deadlines, against a calendar computed another way, for every month of 2008-2035."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import holidays
import pytest

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.delivery.specification import deadlines
from mentor_dw.delivery.specification.model import Deadline, Specification
from mentor_dw.delivery.specification.periods import in_danish, parse_period, period_of
from mentor_dw.delivery.specification.read import read_specification
from mentor_dw.errors import MentorDwError

EXAMPLES = Path(__file__).parents[3] / "fixtures" / "extracts"
YEARS = range(2008, 2036)
MONTHS = [(year, month) for year in YEARS for month in range(1, 13)]


@pytest.fixture(scope="module")
def spec() -> Specification:
    return read_specification("star_eksempel", EXAMPLES, EXAMPLES / "models")


def promised(spec: Specification, cadence: str, **deadline: int) -> Specification:
    return spec.model_copy(update={"cadence": cadence, "deadline": Deadline(**deadline)})


def month_after(day: date, months: int) -> tuple[int, int]:
    return day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1


def test_the_kept_library_has_the_feasts_of_denmark(own) -> None:
    kept = {day for day in holidays.country_holidays("DK", years=YEARS)}
    assert kept == {day for day in own.feasts if day.year in YEARS}


def test_store_bededag_is_a_holiday_until_2023_and_a_working_day_from_2024() -> None:
    assert not deadlines.is_working_day(date(2023, 5, 5))
    assert deadlines.is_working_day(date(2024, 4, 26))
    assert deadlines.working_day_of_month(2023, 5, 5) == date(2023, 5, 8)
    assert deadlines.working_day_of_month(2024, 4, 18) == date(2024, 4, 25)
    assert deadlines.working_day_of_month(2024, 4, 19) == date(2024, 4, 26)


def test_every_day_is_a_working_day_or_not_as_the_calendar_of_the_warehouse_has_it(own) -> None:
    with (PROJECT_ROOT / "dbt_project/seeds/calendar/helligdage.csv").open(encoding="utf-8", newline="") as file:
        seed = {date.fromisoformat(row["dato"]) for row in csv.DictReader(file)}
    day = date(2008, 1, 1)
    while day.year < 2036:
        expected = day.weekday() < 5 and day not in own.feasts
        assert deadlines.is_working_day(day) == expected, day
        assert (day in seed) == (day in own.feasts), day
        day += timedelta(days=1)


def test_every_working_day_of_every_month_is_the_one_counted_another_way(own) -> None:
    for year, month in MONTHS:
        for n in range(1, 21):
            assert deadlines.working_day_of_month(year, month, n) == own.nth(year, month, n), (year, month, n)


@pytest.mark.parametrize("cadence", ["month", "quarter", "year"])
@pytest.mark.parametrize(
    "promise",
    [
        {"working_day": 10, "ready_days": 3},
        {"working_day": 2, "ready_days": 1},
        {"working_day": 20, "ready_days": 10},
        {"working_day": 5, "months_after": 3, "ready_days": 8},
    ],
    ids=str,
)
def test_deadlines_and_ready_days_of_every_period(cadence: str, promise: dict[str, int], spec, own) -> None:
    promise = {"months_after": 1, **promise}
    of_it = promised(spec, cadence, **promise)
    period = period_of(date(2008, 1, 1), cadence)
    before = None
    while period.first.year < 2036:
        told = deadlines.deadline(of_it, period)
        assert told == own.nth(*month_after(period.last, promise["months_after"]), promise["working_day"]), period
        ready = deadlines.ready_day(of_it, period)
        assert ready == own.before(told, promise["ready_days"]), period
        assert period.last < ready < told
        # From its ready day on, and until the next one's, the period is the one that is due.
        assert deadlines.period_due(of_it, ready) == period
        assert deadlines.period_due(of_it, ready - timedelta(days=1)) == period.previous()
        assert before is None or before < ready
        before, period = ready, period.next()


def test_a_month_with_few_working_days_is_counted_on() -> None:
    # April 2028 has 17 working days.
    assert deadlines.working_day_of_month(2028, 4, 17) == date(2028, 4, 28)
    assert deadlines.working_day_of_month(2028, 4, 18) == date(2028, 5, 1)
    with pytest.raises(ValueError, match="counted from 1"):
        deadlines.working_day_of_month(2028, 4, 0)


@pytest.mark.parametrize("day", ["2024-06-05", "2024-12-24", "2024-12-31", "2024-05-10"])
def test_days_that_many_have_off_are_working_days_here(day: str) -> None:
    assert deadlines.is_working_day(date.fromisoformat(day))


def test_a_receipt_is_due_working_days_after_sending(spec) -> None:
    assert deadlines.receipt_due(spec, date(2016, 3, 22)) == date(2016, 3, 29)
    assert deadlines.receipt_due(spec, date(2016, 3, 25)) == date(2016, 3, 30)


@pytest.mark.parametrize(
    ("text", "first", "last", "before", "after", "parts", "words"),
    [
        ("2016-02", "2016-02-01", "2016-02-29", "2016-01", "2016-03", [], "februar 2016"),
        ("2016-12", "2016-12-01", "2016-12-31", "2016-11", "2017-01", [], "december 2016"),
        (
            "2016K1",
            "2016-01-01",
            "2016-03-31",
            "2015K4",
            "2016K2",
            ["2016-01", "2016-02", "2016-03"],
            "1. kvartal 2016",
        ),
        (
            "2016K4",
            "2016-10-01",
            "2016-12-31",
            "2016K3",
            "2017K1",
            ["2016-10", "2016-11", "2016-12"],
            "4. kvartal 2016",
        ),
        ("2016", "2016-01-01", "2016-12-31", "2015", "2017", ["2016K1", "2016K2", "2016K3", "2016K4"], "2016"),
    ],
)
def test_periods(text, first, last, before, after, parts, words) -> None:
    period = parse_period(text)
    assert period.text == text
    assert (period.first, period.last) == (date.fromisoformat(first), date.fromisoformat(last))
    assert (period.previous().text, period.next().text) == (before, after)
    assert [part.text for part in period.parts()] == parts
    assert in_danish(period) == words
    assert period_of(period.last, period.cadence) == period


@pytest.mark.parametrize("text", ["", "2016-13", "2016-3", "2016K5", "16", "2016-03-01", "2016k1", "3016"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(MentorDwError, match="That is not a period"):
        parse_period(text)
