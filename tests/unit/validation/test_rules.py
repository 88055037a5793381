"""The rules follow from the feed: every field is judged, in the order of findings, and each rule has words."""

from __future__ import annotations

from mentor_dw.errors import REFUSAL_CODES
from mentor_dw.feeds import load_feed
from mentor_dw.reporting.words import REFUSALS, RULES
from mentor_dw.validation.rules import Rule, rules_for


def rules_of(member: str) -> list[Rule]:
    return [rule for rule in rules_for(load_feed("webreg")) if rule.member == member]


def test_a_rule_is_named_once() -> None:
    ids = [rule.rule_id for rule in rules_for(load_feed("webreg"))]
    assert len(ids) == len(set(ids))


def test_structure_comes_first_and_references_last() -> None:
    words = [rule.rule for rule in rules_of("tidsforbrug.csv") if rule.severity == "critical"]
    assert words[:3] == ["too_few_fields", "too_many_fields", "bad_quoting"]
    assert words[-3:] == ["key_twice", "reference", "reference"]


def test_members_come_after_those_they_refer_to() -> None:
    order = list(dict.fromkeys(rule.member for rule in rules_for(load_feed("webreg")) if rule.severity == "critical"))
    feed = load_feed("webreg")
    assert set(order) == set(feed.members)
    for name, member in feed.members.items():
        for field in member.fields:
            if field.references:
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


def test_a_person_is_never_shown() -> None:
    shown = {rule.shown for rule in rules_of("borgere.csv") if rule.field == "cpr" and rule.severity == "critical"}
    assert shown == {"l.person_masked"}


def test_every_rule_and_refusal_has_words_in_both_languages() -> None:
    for rule in rules_for(load_feed("webreg")):
        assert rule.rule in RULES
    assert REFUSALS.keys() == REFUSAL_CODES
    for words in [*RULES.values(), *REFUSALS.values()]:
        assert all(text.endswith(".") and len(text) > 10 for text in words)
