"""The rules follow from the feed: every field is judged, in the order of findings, and each rule has words."""

from __future__ import annotations

import pytest

from mentor_dw.errors import REFUSAL_CODES
from mentor_dw.feeds import load_feed
from mentor_dw.reporting.words import REFUSALS, RULES
from mentor_dw.validation.rule import Rule
from mentor_dw.validation.rules import rules_for

SOURCES = ["webreg", "biflis"]


def rules_of(member: str, source: str = "webreg") -> list[Rule]:
    return [rule for rule in rules_for(load_feed(source)) if rule.member == member]


@pytest.mark.parametrize("source", SOURCES)
def test_a_rule_is_named_once(source: str) -> None:
    ids = [rule.rule_id for rule in rules_for(load_feed(source))]
    assert len(ids) == len(set(ids))


def test_structure_comes_first_and_references_last() -> None:
    words = [rule.rule for rule in rules_of("tidsforbrug.csv") if rule.severity == "critical"]
    assert words[:3] == ["too_few_fields", "too_many_fields", "bad_quoting"]
    assert words[-3:] == ["key_twice", "reference", "reference"]


@pytest.mark.parametrize("source", SOURCES)
def test_members_come_after_those_they_refer_to(source: str) -> None:
    feed = load_feed(source)
    order = list(dict.fromkeys(rule.member for rule in rules_for(feed) if rule.severity == "critical"))
    assert set(order) == set(feed.members)
    for name, member in feed.members.items():
        for field in member.fields:
            if field.references and field.references.member != name:
                assert order.index(field.references.member) < order.index(name)


def test_required_fields_must_be_filled_and_optional_ones_need_not() -> None:
    empty = {rule.field for rule in rules_of("stoetteforloeb.csv") if rule.rule in ("empty_required", "key_empty")}
    assert empty == {"forloeb_id", "borger_id", "mentor_id", "start_dato"}


def test_limits_of_a_number_become_rules() -> None:
    words = {rule.rule for rule in rules_of("tidsforbrug.csv") if rule.field == "minutter"}
    assert words == {"empty_required", "bad_number", "below_min", "above_max"}


def test_doubts_about_persons_are_warnings() -> None:
    found = {rule.rule for rule in rules_of("borgere.csv") if rule.severity == "warning"}
    assert found == {"cpr_fails_mod11", "cpr_has_no_date", "koen_differs_from_cpr", "alder_differs_from_cpr"}


def test_doubts_about_biflis_are_warnings() -> None:
    found = {(rule.field, rule.rule) for rule in rules_for(load_feed("biflis")) if rule.severity == "warning"}
    assert found == {
        ("cpr", "cpr_fails_mod11"),
        ("cpr", "cpr_has_no_date"),
        ("koen", "koen_differs_from_cpr"),
        ("foedselsdato", "foedselsdato_differs_from_cpr"),
        ("konto", "konto_unknown"),
    }


def test_a_text_that_is_filled_or_empty_breaks_no_rule() -> None:
    fields = {rule.field for rule in rules_of("mentoraftale.csv", "biflis")}
    assert not {"formaal", "mentor_kontakt", "opgaver"} & fields
    assert {"varighed_uger", "timetal", "klagevejledning"} <= fields


@pytest.mark.parametrize("source", SOURCES)
def test_a_person_is_never_shown(source: str) -> None:
    for rule in rules_for(load_feed(source)):
        if "cpr" in (rule.field or "").split(","):
            assert rule.shown is not None
            assert "l.person_masked" in rule.shown and "person_key" not in rule.shown


def test_a_birth_date_is_hidden() -> None:
    hidden = {rule.personal for rule in rules_of("borger.csv", "biflis") if rule.field == "foedselsdato"}
    assert hidden == {True}


def test_every_rule_and_refusal_has_words_in_both_languages() -> None:
    for source in SOURCES:
        for rule in rules_for(load_feed(source)):
            assert rule.rule in RULES
    assert REFUSALS.keys() == REFUSAL_CODES
    for words in [*RULES.values(), *REFUSALS.values()]:
        assert all(text.endswith(".") and len(text) > 10 for text in words)
