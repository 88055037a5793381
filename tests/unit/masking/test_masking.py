"""No CPR number survives masking; ordinary values do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mentor_dw.masking import MASK, holds_cpr, mask_cpr, mask_value


@pytest.mark.parametrize(
    "text",
    [
        "6101011234",
        "610101-1234",
        "610101 1234",
        "610101 - 1234",
        "610101\u20131234",
        "610101\u00a01234",
        "610101\u200b1234",
        "610101\u00ad1234",
        "61 01 01 1234",
        "61 01 01 12 34",
        "61.01.01-1234",
        "61/01/01-1234",
        "61-01-01-1234",
        "610101_1234",
        "610101.1234",
        "610101\t1234",
        "901011234",  # nine digits: the leading zero lost
        "90101-1234",
        "9913011234",  # ten digits with an impossible date
        "61010112346101011235",  # two side by side
        "x6101011234y",
        "Kantinen v. 6101011234, Odense",
        "610101 1234: Kantinen",
    ],
)
def test_every_way_to_write_one(text):
    shown = mask_cpr(text)
    assert MASK in shown
    assert holds_cpr(text)
    assert sum(c.isdigit() for c in shown) == 0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2008-09-15",
        "15-09-2008",
        "2008-09-15 12:30",
        "15-09-2008 12:30",
        "12:50",
        "1440",
        "300001",
        "12345678",  # a company's CVR number
        "webreg_2011-03-01.zip",
        "webreg_2008-12-31.zip.sha256",
        "biflis_2016-05.zip",
        "dream_2012-03.csv.gz",
        "branche_2008_10",
        "2012-W34",
        "123.456.789,00",
        "Hotel Ø 4",
    ],
)
def test_ordinary_values_stay(text):
    assert mask_cpr(text) == text
    assert not holds_cpr(text)


def test_a_personal_value_shows_its_length_only():
    assert mask_value("610101-1234", personal=True) == "*** (11 tegn)"
    assert mask_value(None, personal=True) is None


def test_cutting_and_replacing_come_after_masking():
    assert mask_value("x" * 54 + " 6101011234", personal=False) == "x" * 54 + " ***" + "*…"
    assert mask_value("610101\x001234\x07", personal=False) == f"{MASK}?"


_day = st.integers(61, 91).map(lambda n: f"{n:02}")
_month = st.integers(1, 12).map(lambda n: f"{n:02}")
_gap = st.sampled_from(["", " ", "-", " - ", "\u2013", ".", "/"])
_around = st.text(st.characters(exclude_categories=("Nd", "Cs")), max_size=5)


@given(_around, _day, _gap, _month, _gap, st.integers(0, 99), _gap, st.integers(0, 9999), _around)
def test_no_number_survives_in_any_text(before, day, g1, month, g2, year, g3, serial, after):
    text = f"{before}{day}{g1}{month}{g2}{year:02}{g3}{serial:04}{after}"
    shown = mask_cpr(text)
    assert f"{serial:04}" not in shown
    assert mask_cpr(shown) == shown


@given(st.text(max_size=40))
def test_masking_twice_changes_nothing_more(text):
    once = mask_cpr(text)
    assert mask_cpr(once) == once
    assert not holds_cpr(once)
