"""The days a figure speaks of, as the published rows write them."""

from __future__ import annotations

from datetime import date

import pytest

from mentor_dw.figures.period import days_of


@pytest.mark.parametrize(
    ("dimensions", "first", "last"),
    [
        ({"period": "2014-01..2015-09"}, "2014-01-01", "2015-09-30"),
        ({"period": "2014H2..2015H1"}, "2014-07-01", "2015-06-30"),
        ({"period": "2015H2"}, "2015-07-01", "2015-12-31"),
        ({"asof": "medio 2008-09"}, "2008-09-01", "2008-09-30"),
        ({"asof": "2008-09-10"}, "2008-09-10", "2008-09-10"),
        ({"asof": "2016-02"}, "2016-02-01", "2016-02-29"),
        ({"aar": "2014"}, "2014-01-01", "2014-12-31"),
        ({"aar": 2014}, "2014-01-01", "2014-12-31"),
        ({"year": "2011", "jobcenter": "Herlev"}, "2011-01-01", "2011-12-31"),
    ],
)
def test_a_period_has_a_first_and_a_last_day(dimensions: dict, first: str, last: str) -> None:
    assert days_of(dimensions) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize("dimensions", [{}, {"jobcenter": "2014"}, {"period": "hele tiden"}])
def test_a_figure_may_have_no_period(dimensions: dict) -> None:
    assert days_of(dimensions) is None
