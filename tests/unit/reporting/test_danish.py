"""The owner's language: every refusal has a Danish line, every rule says what the feed allows."""

from __future__ import annotations

import ast
from datetime import date

import pytest

from mentor_dw.config import PROJECT_ROOT
from mentor_dw.feeds import load_feed
from mentor_dw.reporting import danish
from mentor_dw.reporting.explain import explained, refusal_in_danish
from mentor_dw.validation.rules import rules_for

ENGLISH = (" the ", " is ", " are ", " not ", " rows ", "missing", "member ")


def refusals_in_the_code() -> list[str]:
    """Every message of a DeliveryRefused that is written where it is raised, each value in it given as 1."""
    found = []
    for path in sorted((PROJECT_ROOT / "plugins" / "mentor_dw").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") == "DeliveryRefused"
                and isinstance(node.args[1], ast.Constant | ast.JoinedStr)
            ):
                message = node.args[1]
                parts = message.values if isinstance(message, ast.JoinedStr) else [message]
                found.append("".join(p.value if isinstance(p, ast.Constant) else "1" for p in parts))
    # `where` and `shown` stand for a member and a line, or a member and columns.
    return [
        text.replace("in 1 and", "in a.csv line 1 and")
        .replace("header in 1", "header in a.csv line 1")
        .replace("1 is not 1", "a.csv line 1 is not 1")
        .replace("1 is longer", "a.csv line 1 is longer")
        .replace("1 have the same", "columns 1 and 2 of a.csv have the same")
        .replace("there twice: 1", "there twice: a.csv: 1")
        .replace("columns are missing: 1", "columns are missing: a.csv: 1")
        for text in found
    ]


def test_the_refusals_are_found_in_the_code() -> None:
    assert len(refusals_in_the_code()) >= 25


@pytest.mark.parametrize("reason", refusals_in_the_code())
def test_every_refusal_has_a_danish_line(reason: str) -> None:
    line = refusal_in_danish(reason)
    assert line is not None and not any(word in f" {line} " for word in ENGLISH), line


def test_a_refusal_keeps_its_names_and_writes_its_numbers_in_danish() -> None:
    assert (
        refusal_in_danish("2505 rows, against 6212 in webreg_2010-03-31.zip before it: less than 50 pct")
        == "Leverancen har 2.505 rækker mod 6.212 i webreg_2010-03-31.zip. Det er under 50 pct."
    )
    assert (
        refusal_in_danish(
            "149 of 2966 rows of tidsforbrug.csv (5.0 pct) are bad; the limit is 2 pct. Most often: bad_code in x."
        )
        == "149 af 2.966 rækker i tidsforbrug.csv har fejl (5,0 pct.). Grænsen er 2 pct."
    )
    assert refusal_in_danish("nobody has said this before") is None


def test_a_rule_says_what_the_feed_allows() -> None:
    feed = load_feed("webreg")
    assert "HJEM, ARBEJDE, KONTAKT eller ANDET" in explained(feed, "tidsforbrug.csv", "opgavetype", "bad_code")
    assert "mindre end 5" in explained(feed, "tidsforbrug.csv", "minutter", "below_min")
    assert "ÅÅÅÅ-MM-DD" in explained(feed, "tidsforbrug.csv", "dato", "bad_date")
    assert "borgere.csv" in explained(feed, "stoetteforloeb.csv", "borger_id", "reference")
    assert "start_dato" in explained(feed, "mentorer.csv", "slut_dato", "end_before_start")
    assert explained(feed, "opgaver.csv", None, "too_few_fields") == "Rækken har færre felter end overskriften."


def test_a_rule_about_an_amount_a_month_or_a_person_says_what_is_agreed() -> None:
    feed = load_feed("biflis")
    assert "decimalkomma" in explained(feed, "omkostning.csv", "beloeb_kr", "bad_number")
    assert "helt tal" in explained(feed, "mentorkontakt.csv", "minutter", "bad_number")
    assert "ÅÅÅÅ-MM." in explained(feed, "omkostning.csv", "periode", "bad_date")
    assert "DD-MM-ÅÅÅÅ" in explained(feed, "tilbud.csv", "start_dato", "bad_date")
    assert "Personen findes ikke i borger.csv" in explained(feed, "visitation.csv", "cpr", "reference")
    assert "mentorforloeb.csv" in explained(feed, "mentorforloeb.csv", "forrige_id", "reference")
    assert "Windows-1252" in (refusal_in_danish("borger.csv line 3 is not CP1252") or "")


@pytest.mark.parametrize("source", ["webreg", "biflis"])
def test_every_rule_of_the_feed_is_explained_in_words(source: str) -> None:
    feed = load_feed(source)
    for rule in rules_for(feed):
        assert explained(feed, rule.member, rule.field, rule.rule) != rule.rule


def test_numbers_days_and_lists() -> None:
    assert danish.number(8949) == "8.949"
    assert (danish.rows(1), danish.rows(1000)) == ("1 række", "1.000 rækker")
    assert danish.day(date(2011, 2, 28)) == "28. februar 2011"
    assert (danish.covered("2011-02-28"), danish.covered("2011-02")) == ("28. februar 2011", "februar 2011")
    assert (danish.listed([]), danish.listed(["a"]), danish.listed(["a", "b", "c"])) == ("", "a", "a, b og c")
    assert danish.lines([6, 7, 17], 20) == "Linje 6, 7 og 17"
    assert danish.lines([1, 2, 3, 4], 2) == "Linje 1, 2 og 2 til"
    assert danish.lines([1, 2, 3, 4], 2, all_known=False) == "Linje 1, 2 og flere"
