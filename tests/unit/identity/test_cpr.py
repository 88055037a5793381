"""What a CPR number says."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentor_dw.identity.cpr import Cpr, CprProblem, parse_cpr


@pytest.mark.parametrize(
    "text",
    [
        "6101011234",
        "610101-1234",
        " 610101-1234 ",
        "610101 1234",
        "61 01 01 12 34",
        "610101 - 1234",
        "610101\u00a01234",
    ],
)
def test_blanks_and_one_hyphen_are_removed(text):
    assert parse_cpr(text).number == "6101011234"


@pytest.mark.parametrize("text", ["302501234", "30250-1234", " 30250 1234"])
def test_a_lost_leading_zero_is_restored(text):
    # Day 03, fails modulus 11, so no living person has it.
    found = parse_cpr(text)
    assert (found.number, found.birth_date, found.passes_modulus11) == ("0302501234", date(1950, 2, 3), False)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        " ",
        "x",
        "61010112",
        "61010112345",
        "610101--1234",
        "61-01011234",
        "610101-123",
        "6101O11234",
        "+6101011234",
        "610101\u20131234",
        "\u0666\u0661\u0660\u0661\u0660\u0661\u0661\u0662\u0663\u0664",
    ],
)
def test_anything_else_is_bad(text):
    assert parse_cpr(text) is CprProblem.BAD


@pytest.mark.parametrize("text", ["0000000000", "000000-0000", "000000000"])
def test_zeros_are_the_unknown_person(text):
    assert parse_cpr(text) is CprProblem.UNKNOWN_PERSON


@pytest.mark.parametrize(
    ("year", "seventh", "born"),
    [
        ("00", "0", 1900),
        ("99", "3", 1999),
        ("36", "4", 2036),
        ("37", "4", 1937),
        ("99", "4", 1999),
        ("36", "9", 2036),
        ("37", "9", 1937),
        ("57", "5", 2057),
        ("58", "5", 1858),
        ("57", "8", 2057),
        ("58", "8", 1858),
        ("99", "6", 1899),
        ("00", "7", 2000),
    ],
)
def test_century_from_the_seventh_digit(year, seventh, born):
    assert parse_cpr(f"6101{year}{seventh}000").birth_date == date(born, 1, 1)


def test_replacement_number_is_a_class_of_its_own_with_its_birth_date():
    found = parse_cpr("8302634050")
    assert (found.is_replacement, found.birth_date, found.koen) == (True, date(1963, 2, 23), "K")
    assert parse_cpr("6101011235").koen == "M"
    assert not parse_cpr("0302501234").is_replacement


@pytest.mark.parametrize("text", ["6113011234", "9202011234", "6000011234", "9102011234"])
def test_ten_digits_without_a_date_are_kept(text):
    found = parse_cpr(text)
    assert isinstance(found, Cpr)
    assert found.birth_date is None


def test_modulus_11():
    assert parse_cpr("8302634050").passes_modulus11
    assert not parse_cpr("8302634051").passes_modulus11


def test_its_repr_shows_nobody():
    shown = repr(parse_cpr("8302634050"))
    assert "8302634050" not in shown
    assert "1963" not in shown


@given(st.text(max_size=14))
def test_any_text_is_a_number_of_ten_digits_or_a_problem(text):
    found = parse_cpr(text)
    assert isinstance(found, CprProblem) or (len(found.number) == 10 and found.number.isascii())
