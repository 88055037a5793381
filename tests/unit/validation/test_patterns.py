"""The forms of text are judged as Python's own calendar and numbers would, and no other digit counts as one."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentor_dw.validation.patterns import (
    IDENTIFIER,
    INTEGER,
    INTEGER_IN_KEY,
    MONTH,
    TIME,
    date_pattern,
    decimal_pattern,
    quoted,
)


@given(st.integers(0, 9999), st.integers(0, 13), st.integers(0, 32))
def test_a_date_is_one_that_the_calendar_knows(year: int, month: int, day: int) -> None:
    try:
        date(year, month, day)
        real = True
    except ValueError:
        real = False
    assert bool(re.match(date_pattern("%Y-%m-%d"), f"{year:04}-{month:02}-{day:02}")) == real
    assert bool(re.match(date_pattern("%d-%m-%Y"), f"{day:02}-{month:02}-{year:04}")) == real


def test_every_leap_day_and_no_other() -> None:
    for year in range(1, 10000):
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        assert bool(re.match(date_pattern("%Y-%m-%d"), f"{year:04}-02-29")) == leap, year


@pytest.mark.parametrize(
    "text", ["2008-5-1", "01-05-2008", "2008-05-01 ", " 2008-05-01", "20080501", "\u0662008-05-01"]
)
def test_another_way_of_writing_is_no_date(text: str) -> None:
    assert not re.match(date_pattern("%Y-%m-%d"), text)


@given(st.integers(-(10**12), 10**12))
def test_an_integer_fits_four_bytes(number: int) -> None:
    if number >= 0 or number > -(2**31):
        assert bool(re.match(INTEGER, str(number))) == (abs(number) <= 2**31 - 1)


@pytest.mark.parametrize("text", ["2147483647", "-2147483647", "007", "0", "-0"])
def test_numbers(text: str) -> None:
    assert re.match(INTEGER, text)


@pytest.mark.parametrize("text", ["2147483648", "1,5", "1.5", "1e3", "+5", " 5", "5 ", "\u0661", "0x10", "--1", "-"])
def test_no_numbers(text: str) -> None:
    assert not re.match(INTEGER, text)


@given(st.integers(-(2**31) + 1, 2**31 - 1))
def test_a_number_in_a_key_is_written_in_one_way(number: int) -> None:
    assert re.match(INTEGER_IN_KEY, str(number))
    assert not re.match(INTEGER_IN_KEY, f"0{number}")
    assert not re.match(INTEGER_IN_KEY, f"-0{abs(number)}")


@given(st.decimals(-(10**15) + 1, 10**15 - 1, places=6))
def test_an_amount_has_up_to_six_decimals(amount: Decimal) -> None:
    text = f"{amount:f}"
    assert re.match(decimal_pattern("."), text)
    assert re.match(decimal_pattern(","), text.replace(".", ","))
    assert not re.match(decimal_pattern(","), text)
    assert not re.match(decimal_pattern("."), text + "0")


@pytest.mark.parametrize("text", ["0", "-0", "007", "1,5", "-0,000001", "128,80"])
def test_amounts(text: str) -> None:
    assert re.match(decimal_pattern(","), text)


@pytest.mark.parametrize(
    "text",
    ["", "-", ",5", "5,", "1.5", "1.234,50", "1 234", "1e3", "+5", "1,2,3", " 1", "1 ", "\u0661,5", "NaN", "1,5-"],
)
def test_no_amounts(text: str) -> None:
    assert not re.match(decimal_pattern(","), text)


@pytest.mark.parametrize("text", ["2014-01", "2014-12", "0001-10", "9999-02"])
def test_months(text: str) -> None:
    assert re.match(MONTH, text)


@pytest.mark.parametrize(
    "text", ["2014-00", "2014-13", "2014-1", "0000-01", "201401", "2014-01-01", "01-2014", "14-01"]
)
def test_no_months(text: str) -> None:
    assert not re.match(MONTH, text)


@pytest.mark.parametrize("text", ["00:00", "23:59", "09:05"])
def test_times(text: str) -> None:
    assert re.match(TIME, text)


@pytest.mark.parametrize("text", ["24:00", "9:05", "09.05", "09:60", "09:05:00", "0905"])
def test_no_times(text: str) -> None:
    assert not re.match(TIME, text)


def test_ids_are_ascii_digits() -> None:
    assert re.match(IDENTIFIER, "0012")
    assert not re.match(IDENTIFIER, "12a")
    assert not re.match(IDENTIFIER, "\u0661\u0662")


@pytest.mark.parametrize("text", ["plain", "it's", "back\\slash"])
def test_quoted_text_stays_the_same_in_sql(text: str) -> None:
    literal = quoted(text).strip()
    inner = literal.removeprefix("e")[1:-1].replace("''", "'")
    assert (inner.replace("\\\\", "\\") if literal.startswith("e") else inner) == text
