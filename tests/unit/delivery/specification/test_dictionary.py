"""The data dictionary of an extract says what its specification promises."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.delivery.pages import extract_page
from mentor_dw.delivery.specification.columns import columns, primary_key
from mentor_dw.delivery.specification.dictionary import in_words, protection_in_words
from mentor_dw.delivery.specification.model import Deadline, Disclosure
from mentor_dw.delivery.specification.read import read_specification, specifications

EXAMPLES = Path(__file__).parents[3] / "fixtures" / "extracts"
MODELS = EXAMPLES / "models"


def test_every_column_has_its_line_and_every_list_its_codes() -> None:
    page = extract_page("star_eksempel", EXAMPLES, MODELS)
    table = read_specification("star_eksempel", EXAMPLES, MODELS).tables[0]
    for column in columns(table):
        assert f"| `{column.name}` | {column.title} | " in page
    assert "Nøgle: " + ", ".join(f"`{name}`" for name in primary_key(table)) in page
    assert "Udvalg: `art` = `mentor`. Indsatsens art." in page
    assert "| `101` | København |" in page
    assert "senest den 10. arbejdsdag i den følgende måned" in page
    assert "Kommunen giver oplysninger til brug for opfølgning." in page
    assert not re.search(r"\bNone\b", page)


def test_a_table_of_persons_says_its_k() -> None:
    page = extract_page("forskning_eksempel", EXAMPLES, MODELS)
    assert "k-anonymiteten gælder kolonnerne `aldersgruppe`, `start` tilsammen." in page
    assert "færre end 3 borgere" in page
    assert "Nøgle: `borger`, `raekke`." in page


@pytest.mark.parametrize(
    ("deadline", "cadence", "words"),
    [
        ({"working_day": 10}, "month", "senest den 10. arbejdsdag i den følgende måned"),
        ({"working_day": 5}, "quarter", "senest den 5. arbejdsdag i måneden efter kvartalet"),
        ({"working_day": 15, "months_after": 3}, "year", "senest den 15. arbejdsdag i den 3. måned efter året"),
    ],
)
def test_deadlines_in_words(deadline: dict[str, int], cadence: str, words: str) -> None:
    assert in_words(Deadline(**deadline), cadence) == words


@pytest.mark.parametrize(
    ("disclosure", "words"),
    [
        ({}, "Tal om færre end 5 borgere, mentorer eller virksomheder er skjult"),
        ({"method": "round", "base": 10}, "Antal er afrundet til nærmeste 10; kun 0 fortælles som 0."),
        ({"threshold": 0, "threshold_basis": "lov x § 1"}, "Små tal er ikke skjult. Grænsen følger af lov x § 1."),
    ],
)
def test_protection_in_words(disclosure: dict, words: str) -> None:
    assert words in protection_in_words(Disclosure(**disclosure), "counts")


@pytest.mark.parametrize("name", specifications())
def test_the_page_of_every_extract_is_current(name: str) -> None:
    page = PROJECT_ROOT / "docs" / "extracts" / f"{name}.md"
    assert page.read_text(encoding="utf-8") == extract_page(name), "run `make docs`"
