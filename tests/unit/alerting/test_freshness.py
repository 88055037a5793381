"""When the next delivery is expected; when one is late is tested in tests/unit/ingest/test_expire_and_late.py."""

from __future__ import annotations

from datetime import date

import pytest

from mentor_dw.freshness import day_after


@pytest.mark.parametrize(
    ("day", "every", "after"),
    [
        (date(2016, 2, 28), "day", date(2016, 2, 29)),
        (date(2016, 12, 28), "week", date(2017, 1, 4)),
        (date(2016, 1, 31), "month", date(2016, 2, 29)),
        (date(2016, 12, 15), "month", date(2017, 1, 15)),
    ],
)
def test_the_next_one_is_expected_after_the_rhythm(day: date, every: str, after: date) -> None:
    assert day_after(day, every) == after
