"""The header: what may stand in it, what is missing, and what the columns cover."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from mentor_dw.errors import DeliveryRefused
from mentor_dw.feeds import Feed
from mentor_dw.reading.wide.layout import EPOCH, Coverage, Layout, read_layout

FIELDS = "pnr;koen;foedselsdato;kommunekode;herkomst;civilstand"


@pytest.mark.parametrize(
    ("header", "code", "where"),
    [
        ("", "empty_file", ""),
        ("\r\n", "empty_file", ""),
        (f"\ufeff{FIELDS};y_1401", "wrong_encoding", "line 1"),
        (f"{FIELDS};y_1401;bøn", "wrong_encoding", "line 1"),
        (f"{FIELDS};y_1401;koen", "duplicate_column", "koen"),
        (f"{FIELDS};y_1401;y_1401", "duplicate_column", "y_1401"),
        (f"{FIELDS};y_1401;6101011234;6101011234", "duplicate_column", "columns 8 and 9"),
        (f"{FIELDS.replace('foedselsdato;', '')};y_1401", "column_missing", "foedselsdato"),
        (FIELDS, "column_missing", "y_YYWW"),
        (f"{FIELDS};y_1401;y_1403", "week_gap", "y_1401, y_1403"),
        # 2015 has a week 53, and 2014 has none
        (f"{FIELDS};y_1552;y_1601", "week_gap", "y_1552, y_1601"),
        (f"{FIELDS};y_1451;y_1453;y_1501", "week_gap", "y_1451, y_1501"),
        (f"{FIELDS};y_9952;y_0002", "week_gap", "y_9952, y_0002"),
    ],
)
def test_a_header_that_is_not_one_is_refused(header: str, code: str, where: str, feed: Feed) -> None:
    with pytest.raises(DeliveryRefused) as refused:
        read_layout(header.encode("utf-8"), feed)
    assert (refused.value.code, refused.value.where) == (code, where)
    assert "6101011234" not in str(refused.value)


@pytest.mark.parametrize("year", [1992, 1998, 2004, 2009, 2015, 2020, 2026])
def test_the_long_years_have_a_week_53(year: int, layout_of: Callable[[str], Layout]) -> None:
    layout = layout_of(f"y_{year % 100:02}52;y_{year % 100:02}53;y_{(year + 1) % 100:02}01")
    assert layout.coverage == (
        Coverage("ydelse", date.fromisocalendar(year, 52, 1), date.fromisocalendar(year + 1, 2, 1)),
    )
    assert not layout.drift


def test_columns_may_come_in_any_order(layout_of: Callable[[str], Layout]) -> None:
    layout = layout_of("y_0001;grad_2008_02;y_9952;ak00;branche_2008_01;ak99;grad_2008_01;y_9951")
    names = {name: [layout.names[place] for place in serie.places] for name, serie in layout.series.items()}
    assert names == {
        "ydelse": ["y_9951", "y_9952", "y_0001"],
        "branche": ["branche_2008_01"],
        "grad": ["grad_2008_01", "grad_2008_02"],
        "ak": ["ak99", "ak00"],
    }
    monday = date.fromisocalendar(1999, 51, 1).toordinal() - EPOCH
    assert list(layout.series["ydelse"].fra) == [monday, monday + 7, monday + 14]
    assert layout.width == 14


def test_months_may_have_gaps_and_each_run_is_told(layout_of: Callable[[str], Layout]) -> None:
    layout = layout_of("y_1401;branche_2013_12;branche_2014_01;branche_2014_03;ak13;ak15")
    assert layout.coverage == (
        Coverage("ydelse", date(2013, 12, 30), date(2014, 1, 6)),
        Coverage("branche", date(2013, 12, 1), date(2014, 2, 1)),
        Coverage("branche", date(2014, 3, 1), date(2014, 4, 1)),
        Coverage("ak", date(2013, 1, 1), date(2014, 1, 1)),
        Coverage("ak", date(2015, 1, 1), date(2016, 1, 1)),
    )


def test_columns_that_are_no_week_or_month_are_drift_and_masked(layout_of: Callable[[str], Layout]) -> None:
    unknown = ["y_1453", "y_9131", "y_1400", "y_14011", "branche_2014_13", "grad_0000_01", "ak2014", "a_kasse", ""]
    layout = layout_of(";".join(["y_1401", *unknown, "6101011234"]))
    assert layout.drift == [{"member": "", "column": name} for name in [*unknown, "******-****"]]
    assert len(layout.series["ydelse"].places) == 1
