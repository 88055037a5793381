"""The pages' texts: in both languages, with the same values in them, each used, none missing."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import mentor_dw.portal
from mentor_dw.delivery.disclosure.cells import Why
from mentor_dw.portal.language import LANGUAGES, Words, choose, texts

PORTAL = Path(mentor_dw.portal.__file__).parent
CODE = {
    path.name: path.read_text(encoding="utf-8")
    for folder in ("*.py", "templates/*.html")
    for path in PORTAL.glob(folder)
}
#: Keys that are put together of a part and a name.
FAMILIES = {
    *("menu", "statuses", "rhythms", "mishaps", "ages", "findings", "whys", "decision", "delivery", "page", "charts"),
}


def used() -> set[str]:
    """Every key that is written out whole in a template or a module, and not put together of parts."""
    return {
        key
        for text in CODE.values()
        for key in re.findall(r"""\b(?:t|words)\(\s*["'](\w+\.\w+)["'][,)\s]""", text)
        if not key.endswith("_")
    }


@pytest.mark.parametrize("key", texts())
def test_a_text_says_the_same_in_both_languages(key: str) -> None:
    said = texts()[key]
    assert set(said) == set(LANGUAGES) and all(isinstance(text, str) and text.strip() for text in said.values())
    names = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in said.values()]
    assert names[0] == names[1]


def test_every_text_that_is_asked_for_is_there_and_no_other() -> None:
    assert used() <= texts().keys()
    whole = " ".join(CODE.values())
    unused = {
        key
        for key in texts().keys() - used()
        if key.partition(".")[0] not in FAMILIES
        or (key.startswith("charts.") and f'"{key.partition(".")[2]}"' not in whole)
    }
    assert unused == set()


def test_every_reason_of_disclosure_control_has_words() -> None:
    assert {f"whys.{why}" for why in Why} == {key for key in texts() if key.startswith("whys.")}


def test_the_language_is_what_is_asked_for_then_what_was_then_the_browsers_then_danish() -> None:
    assert choose("en", "da", "da") == "en"
    assert choose(None, "en", "da") == "en"
    assert choose("xx", None, "fr-FR, en-GB;q=0.8, da;q=0.5") == "en"
    assert choose(None, None, None) == choose("", "", "") == "da"


def test_numbers_and_moments_are_written_as_readers_of_the_language_do() -> None:
    danish, english = Words("da"), Words("en")
    assert (danish.number(1234567), english.number(1234567)) == ("1.234.567", "1,234,567")
    assert (danish.number("12.5", 1), english.number("12.5", 1)) == ("12,5", "12.5")
    assert danish.exact("3900.000000") == "3.900" and danish.exact("0.1254") == "0,125"
    assert danish.number(None) == "–"
    assert danish.moment("2026-07-01T22:30:00+00:00") == "2026-07-02 00:30"


def test_a_code_that_nobody_has_words_for_is_shown_as_it_is() -> None:
    assert Words("da").of("statuses", "refused") == "afvist"
    assert Words("da").of("statuses", "something_new") == "something_new"
