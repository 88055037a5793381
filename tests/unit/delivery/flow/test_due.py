"""Which periods are planned, and what is told of a version in which state."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from mentor_dw.delivery.alerts import states_of
from mentor_dw.delivery.flow import due_since
from mentor_dw.delivery.specification.deadlines import ready_day
from mentor_dw.delivery.specification.periods import parse_period
from mentor_dw.delivery.specification.read import read_specification

MONTHLY = read_specification("star_mentorforloeb")


def planned(today: date, began: date | None) -> list[str]:
    return [period.text for period in due_since(MONTHLY, today, began)]


def test_an_extract_begins_with_the_newest_period_that_is_due() -> None:
    assert planned(date(2026, 11, 20), None) == ["2026-10"]


def test_days_that_passed_while_the_house_was_down_are_made_good_and_none_from_before_it_began() -> None:
    assert planned(date(2026, 11, 20), date(2026, 8, 1)) == ["2026-07", "2026-08", "2026-09", "2026-10"]
    assert planned(date(2026, 11, 20), date(2026, 11, 20)) == []
    # Begun by hand with an old period on the very day: that day's period is planned all the same.
    day = ready_day(MONTHLY, parse_period("2026-10"))
    assert planned(day, day) == ["2026-10"]


@pytest.mark.parametrize(
    ("row", "today", "states"),
    [
        ({"status": "planned"}, date(2026, 11, 9), []),
        ({"status": "planned"}, date(2026, 11, 10), ["planned_late"]),
        ({"status": "planned", "error": "x"}, date(2026, 11, 9), ["build_failed"]),
        ({"status": "planned", "error": "x"}, date(2026, 11, 14), ["build_failed", "overdue"]),
        ({"status": "built"}, date(2026, 11, 11), []),
        ({"status": "built"}, date(2026, 11, 12), ["not_released"]),
        ({"status": "released"}, date(2026, 11, 13), []),
        ({"status": "released", "error": "x"}, date(2026, 11, 13), ["sending_failed"]),
        ({"status": "sent", "receipt_due": date(2026, 11, 17)}, date(2026, 11, 17), []),
        ({"status": "sent", "receipt_due": date(2026, 11, 17)}, date(2026, 11, 18), ["no_receipt"]),
        ({"status": "refused"}, date(2026, 11, 13), ["refused_by_receiver"]),
        ({"status": "confirmed"}, date(2027, 11, 13), []),
    ],
)
def test_a_state_is_told_from_its_day_on(row: dict[str, Any], today: date, states: list[str]) -> None:
    """Planned on Monday 9 November, due on Friday 13."""
    asked = {
        "deadline": date(2026, 11, 13),
        "receipt_due": None,
        "error": None,
        "created_at": datetime(2026, 11, 9, 6, tzinfo=UTC),
    } | row
    assert list(states_of(asked, "build_failed" if asked["error"] else None, today)) == states
