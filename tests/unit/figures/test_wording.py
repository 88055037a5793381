"""An explanation as text: numbers as the language writes them, and a section for what there is to say."""

from __future__ import annotations

import pytest

from mentor_dw.figures.wording import _WORDS, LANGUAGES, amount, page

FIGURE = {"measure": "m", "dimensions": {"jobcenter": "Herlev", "period": "2014-01..2015-09"}, "value": 12.5}
COUNTED = {
    "figure": FIGURE | {"unit": "pct"},
    "why_not": None,
    "published": [],
    "definition": None,
    "basis": {"kind": "ratio", "numerator": 1234, "denominator": 9872},
    "period": ["2014-01-01", "2015-09-30"],
    "reforms": [
        {"dato": "2014-07-01", "navn_da": "Jobafklaringsforløb indføres", "navn_en": "Jobafklaringsforløb begins"}
    ],
    "facts": [
        {"table": "fct_a", "rows": 12303, "rows_that_count": 1234, "rows_divided_by": None},
        {"table": "fct_b", "rows": 7, "rows_that_count": None, "rows_divided_by": None},
        {"table": "fct_c", "rows": 12303, "rows_that_count": 0, "rows_divided_by": 9872},
    ],
    "citizens": {"that_count": 1200, "divided_by": 9800},
    "model": "int_figures__a",
    "made_from": [{"name": "int_figures__a", "layer": "figures"}, {"name": "fct_a", "layer": "stars"}],
    "deliveries": [],
    "build": {"build_id": 3, "published_at": "2026-01-01T00:00:00+01:00"},
    "last_changed": {"build_id": 2, "published_at": "2025-01-01T00:00:00+01:00", "is_first": False, "value_before": 12},
}


@pytest.mark.parametrize(
    ("value", "english", "danish"),
    [
        (12303, "12,303", "12.303"),
        (1234567.5, "1,234,567.5", "1.234.567,5"),
        (2 / 3, "0.666667", "0,666667"),
        (100, "100", "100"),
        (0, "0", "0"),
    ],
)
def test_a_number_is_written_as_readers_write_it(value: float, english: str, danish: str) -> None:
    assert (amount(value, "en"), amount(value, "da")) == (english, danish)


def test_both_languages_have_every_word() -> None:
    assert set(LANGUAGES) == set(_WORDS) and _WORDS["en"].keys() == _WORDS["da"].keys()


def test_a_counted_figure_says_all_that_is_behind_it() -> None:
    text = page(COUNTED, "da")
    for line in (
        "m: jobcenter=Herlev, period=2014-01..2015-09",
        "Værdi           12,5 pct",
        "Tæller          1.234",
        "Nævner          9.872",
        "2014-07-01 Jobafklaringsforløb indføres",
        "fct_a: 12.303 rækker, hvoraf 1.234 tæller med",
        "fct_b: 7 rækker",
        "fct_c: 12.303 rækker, 0 i tælleren og 9.872 i nævneren",
        "Borgere         1.200 i tælleren og 9.800 i nævneren",
        "stars: fct_a",
        "Senest ændret   bygning 2, 2025-01-01T00:00:00+01:00; før den 12",
    ):
        assert line in text, line
    assert all(line == line.rstrip() and len(line) <= 110 for line in text.splitlines())


def test_what_is_not_computed_says_why() -> None:
    nothing = {"basis": None, "model": None, "reforms": [], "last_changed": None, "why_not": "not_loaded"}
    text = page(COUNTED | nothing, "en")
    assert "not computed: the deliveries that it takes are not there" in text
    assert "Facts" not in text and "12.5" not in text
