"""Two numbers, one person: chains, circles, undoing, and what is asked of the numbers."""

from __future__ import annotations

import pytest

from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.cpr import parse_cpr
from mentor_dw.landing.links import link_persons, two_numbers, undo_link
from mentor_dw.landing.tables import clear_landing, insert_accepted_sql
from mentor_dw.landing.vault import find_persons, forget_unused, person_keys
from mentor_dw.ledger.persons import links_fingerprint

pytestmark = pytest.mark.postgres


@pytest.fixture
def number():
    """number(i) -> the i-th number of this test, of nobody (day 61-91)."""
    number.tests += 1
    year = number.tests
    return lambda i: f"6{1 + i % 9}02{year:02}{4000 + i}"


number.tests = 0


@pytest.fixture
def link(keys, number):
    """link(older, newer) decides about the numbers with these places; known persons are met first with meet()."""

    def decide(older: int, newer: int, how=link_persons):
        with connect("loader") as connection:
            return how(connection, keys, parse_cpr(number(older)), parse_cpr(number(newer)), "Sag 1", "tester")

    return decide


@pytest.fixture
def meet(keys, number):
    def met(*places: int) -> dict[int, int]:
        with connect("loader") as connection:
            found = person_keys(connection, keys, [number(i) for i in places], "people")
        return {i: found[number(i)] for i in places}

    return met


def same(*person_keys: int) -> list[tuple[int | None, int | None]]:
    """Who stands for each, and the place of her number, newest first; (None, None) for a person without links."""
    with connect("loader") as connection:
        rows = connection.execute(
            "select s.gaeldende_person_key, s.number_order from"
            " unnest(%s::bigint[]) with ordinality as p (person_key, n)"
            " left join ops.same_person as s on p.person_key = s.person_key order by p.n",
            (list(person_keys),),
        ).fetchall()
    return [tuple(row.values()) for row in rows]


def test_two_known_persons_are_joined_under_the_newer_number(link, meet):
    old, new = meet(1, 2).values()
    outcome = link(1, 2)
    assert (outcome.outcome, outcome.new_to_vault, outcome.newer_is_replacement) == ("linked", None, True)
    assert same(old, new) == [(new, 2), (new, 1)]


def test_a_number_nobody_delivered_yet_gets_a_key_of_its_own(link, meet, keys, number):
    (old,) = meet(1).values()
    assert link(1, 2).new_to_vault == "newer"
    with connect("loader") as connection:
        new = find_persons(connection, keys, [number(2)])[number(2)]
    assert new != old
    assert same(old, new) == [(new, 2), (new, 1)]


def test_two_unknown_numbers_are_refused_and_leave_nobody(link, keys, number):
    with pytest.raises(MentorDwError, match="either of the two"):
        link(1, 2)
    with connect("loader") as connection:
        assert find_persons(connection, keys, [number(1), number(2)]) == {}


def test_a_chain_ends_at_the_newest_number_in_any_order_of_decisions(link, meet):
    first, second, third, fourth = meet(1, 2, 3, 4).values()
    link(3, 4)
    link(1, 2)
    link(2, 3)
    assert same(first, second, third, fourth) == [(fourth, 4), (fourth, 3), (fourth, 2), (fourth, 1)]


def test_a_circle_has_one_person_the_one_linked_to_last(meet):
    one, two, three = meet(1, 2, 3).values()
    with connect("loader") as connection:
        for older, newer in ((one, two), (two, three), (three, one)):
            connection.execute(
                "insert into ops.person_link (person_key, same_as_person_key, decision, by_whom)"
                " values (%s, %s, 'Sag 1', 'tester')",
                (older, newer),
            )
    assert {standing for standing, _ in same(one, two, three)} == {one}


def test_who_is_linked_already_is_not_linked_again(link, meet):
    meet(1, 2, 3)
    link(1, 2)
    link(2, 3)
    assert link(3, 1).outcome == "already_linked"
    assert link(1, 2).outcome == "already_linked"


def test_an_undone_link_leaves_two_persons_and_can_be_made_again(link, meet):
    old, new = meet(1, 2).values()
    made = link(1, 2)
    undone = link(1, 2, undo_link)
    assert (undone.outcome, undone.link_id) == ("undone", made.link_id)
    assert same(old, new) == [(None, None), (None, None)]
    with pytest.raises(MentorDwError, match="No link in force"):
        link(1, 2, undo_link)
    assert link(1, 2).outcome == "linked"


def test_undoing_one_link_of_a_chain_keeps_the_other(link, meet):
    first, second, third = meet(1, 2, 3).values()
    link(1, 2)
    link(2, 3)
    with pytest.raises(MentorDwError, match="No link in force"):
        link(1, 3, undo_link)
    link(1, 2, undo_link)
    assert same(first, second, third) == [(None, None), (third, 2), (third, 1)]


def test_the_fingerprint_changes_with_the_links_in_force_and_comes_back_when_one_is_undone(link, meet):
    meet(1, 2)
    seen = []
    for decide in (None, link_persons, undo_link, link_persons):
        if decide:
            link(1, 2, decide)
        with connect("operator") as connection:
            seen.append(links_fingerprint(connection))
    before, linked, undone, linked_again = seen
    assert undone == before
    assert len({before, linked, linked_again}) == 3


def test_who_is_linked_is_not_forgotten_with_a_refused_delivery(link, meet, landed, feed, keys, number):
    meet(1)
    link(1, 2)
    refused = landed(f"1;{number(1)};\n2;{number(2)};\n3;{number(3)};\n")
    with connect("loader") as connection:
        assert forget_unused(connection, feed, refused.delivery_id) == 1
        clear_landing(connection, feed)
        assert set(find_persons(connection, keys, map(number, (1, 2, 3)))) == {number(1), number(2)}


def test_forgetting_reads_a_large_table_once_whatever_the_number_of_persons(landed, feed, keys, number):
    accepted = landed(f"1;{number(1)};\n")
    with connect("loader") as connection:
        connection.execute("create temporary table bad_row (member text, line_number bigint) on commit drop")
        connection.execute(insert_accepted_sql(feed, "people.csv"), {"delivery_id": accepted.delivery_id})
    refused = landed("".join(f"{i};7{i % 9 + 1}03{i // 1000:02}5{i % 1000:03};\n" for i in range(3000)))
    with connect("loader") as connection:
        connection.execute("select pg_stat_force_next_flush()")
    with connect("loader") as connection:
        before = scans(connection)
        assert forget_unused(connection, feed, refused.delivery_id) == 3000
    with connect("loader") as connection:
        connection.execute("select pg_stat_force_next_flush()")
    with connect("loader") as connection:
        assert scans(connection) - before <= 2
        clear_landing(connection, feed)


def scans(connection) -> int:
    """How often raw.people__people was read, whole or through an index."""
    row = connection.execute(
        "select seq_scan + coalesce(idx_scan, 0) as scans from pg_stat_user_tables"
        " where schemaname = 'raw' and relname = 'people__people'"
    ).fetchone()
    return row["scans"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "0 came"),
        ("6102104001", "1 came"),
        ("6102104001\n6202104002\n6302104003\n", "3 came"),
        ("6102104001\nx\n", "second number"),
        ("0000000000 6202104002", "first number"),
        ("610210-4001 6102104001", "the same"),
    ],
)
def test_what_is_not_two_numbers_is_said_without_them(text, says):
    with pytest.raises(MentorDwError, match=says) as caught:
        two_numbers(text)
    assert not any(part in str(caught.value) for part in ("6102104", "4002", "4003"))


@pytest.mark.parametrize("text", ["6102104001 6202104002", "610210-4001\n6202 10 4002\n\n"])
def test_two_numbers_stand_on_one_line_or_two(text):
    older, newer = two_numbers(text)
    assert (older.number, newer.number) == ("6102104001", "6202104002")
