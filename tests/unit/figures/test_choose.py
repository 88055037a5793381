"""Somebody asks for a figure by the id of a printed number or by a measure; what is not one figure is said clearly."""

from __future__ import annotations

import pytest

from mentor_dw.errors import MentorDwError
from mentor_dw.figures.choose import SeveralFigures, as_options, choose, parse_where

FIGURES = [
    {"measure": "hours", "dimensions": {"jobcenter": "Herlev"}, "value": 1, "unit": "timer"},
    {"measure": "hours", "dimensions": {"jobcenter": "Herlev", "asof": "2008-09-10"}, "value": 2, "unit": "timer"},
    {"measure": "hours", "dimensions": {"jobcenter": "I alt", "asof": "2008-09-10"}, "value": 3, "unit": "timer"},
    {"measure": "citizens", "dimensions": {}, "value": 4, "unit": "borgere"},
]
PUBLISHED = [{"id": "M-053c", "measure": "hours", "dimensions": {"jobcenter": "Herlev"}}]


@pytest.mark.parametrize(
    ("figure", "where", "dimensions"),
    [
        ("m-053C", {}, {"jobcenter": "Herlev"}),
        ("citizens", {}, {}),
        ("hours", {"jobcenter": "I alt"}, {"jobcenter": "I alt", "asof": "2008-09-10"}),
        ("hours", {"jobcenter": "Herlev", "asof": "2008-09-10"}, {"jobcenter": "Herlev", "asof": "2008-09-10"}),
        # Exactly these dimensions are meant, though another member has them and one more.
        ("hours", {"jobcenter": "Herlev"}, {"jobcenter": "Herlev"}),
    ],
)
def test_one_figure_is_found(figure: str, where: dict, dimensions: dict) -> None:
    assert choose(figure, where, FIGURES, PUBLISHED)[1] == dimensions


def test_several_figures_are_listed() -> None:
    with pytest.raises(SeveralFigures, match="2 figures fit hours") as several:
        choose("hours", {"asof": "2008-09-10"}, FIGURES, PUBLISHED)
    assert [row["value"] for row in several.value.members] == [2, 3]
    assert "--where" in several.value.next_step


@pytest.mark.parametrize(
    ("figure", "where", "said"),
    [
        ("hour", {}, "Nearest: hours"),
        ("m-53c", {}, "M-053c"),
        ("zzzzzz", {}, "`mentor-dw figures` lists all"),
        ("hours", {"koen": "K"}, "It has: asof, jobcenter"),
        ("hours", {"jobcenter": "Viborg"}, "There are: Herlev, I alt"),
        ("citizens", {"koen": "K"}, "It has: none"),
        ("M-053c", {"jobcenter": "Herlev"}, "Leave --where out"),
    ],
)
def test_no_figure_says_what_there_is(figure: str, where: dict, said: str) -> None:
    with pytest.raises(MentorDwError, match=said):
        choose(figure, where, FIGURES, PUBLISHED)


def test_dimensions_of_different_members_do_not_make_one() -> None:
    rows = [
        {"measure": "m", "dimensions": {"a": "1", "b": "1"}, "value": 1, "unit": "u"},
        {"measure": "m", "dimensions": {"a": "2", "b": "2"}, "value": 1, "unit": "u"},
    ]
    with pytest.raises(MentorDwError, match="all of that at once"):
        choose("m", {"a": "1", "b": "2"}, rows, [])


def test_options_lead_back_to_the_member() -> None:
    assert as_options({"opgavetype": "I alt", "aar": 2014}) == "--where 'opgavetype=I alt' --where aar=2014"
    assert parse_where(["opgavetype=I alt", "a=b=c"]) == {"opgavetype": "I alt", "a": "b=c"}
    with pytest.raises(MentorDwError, match="KEY=VALUE"):
        parse_where(["Herlev"])
