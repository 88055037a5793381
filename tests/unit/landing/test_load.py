"""What reaches the landing tables, and that no CPR number does."""

from __future__ import annotations

import pytest

from mentor_dw.database import connect
from mentor_dw.errors import DatabaseProblem, DeliveryRefused
from mentor_dw.feeds import Feed
from mentor_dw.landing.load import land
from mentor_dw.landing.tables import clear_landing, ensure_tables
from mentor_dw.landing.vault import BATCH
from mentor_dw.reading.archive import open_delivery

pytestmark = pytest.mark.postgres

CPR = "6101011234"


def everything_outside_the_vault() -> str:
    """All text of the landing and raw tables."""
    with connect("loader") as connection:
        tables = connection.execute(
            "select schemaname, tablename from pg_tables where schemaname in ('landing', 'raw')"
        ).fetchall()
        return "\n".join(
            str(connection.execute(f"select * from {t['schemaname']}.{t['tablename']}").fetchall()) for t in tables
        )


def test_values_keep_their_lines_and_empty_ones_are_null(landed):
    found = landed("7;6201011234;\n", '1;7;"a\nb";2020-01-31;;\n2;7;c;;08:15;3\n')
    assert found.read == {"people.csv": 1, "things.csv": 2}
    assert [(r["line_number"], r["name"], r["bought"], r["hour"], r["amount"]) for r in found.things] == [
        (2, "a\nb", "2020-01-31", None, None),
        (4, "c", None, "08:15", "3"),
    ]
    assert {r["delivery_id"] for r in found.things} == {found.delivery_id}


def test_the_planner_knows_how_much_was_landed(landed):
    landed("7;6201011234;\n", "1;7;a;;;\n" * 300)
    with connect("loader") as connection:
        row = connection.execute(
            "select reltuples from pg_class where oid = 'landing.people__things'::regclass"
        ).fetchone()
    assert row["reltuples"] == 300


def test_a_person_is_a_key_and_what_the_number_says(landed):
    (row,) = landed("7;830263-4050;hej\n").people
    assert isinstance(row.pop("person_key"), int)
    del row["delivery_id"]
    assert row == {
        "line_number": 2,
        "problem": None,
        "human_id": "7",
        "person_problem": None,
        "person_masked": "*** (11 tegn)",
        "person_foedselsdato": "1963-02-23",
        "person_koen": "K",
        "person_modulus11": "ja",
        "person_erstatning": "ja",
        "note": "hej",
    }


def test_every_way_to_write_a_number_is_one_person(landed):
    # Day 03, fails modulus 11: a lost zero can only be tested with a number below day 10.
    rows = landed("1;0302501234;\n2;030250-1234;\n3; 03 02 50 1234 ;\n4;302501234;\n5;30250-1234;\n").people
    assert len({row["person_key"] for row in rows}) == 1
    assert rows[0]["person_modulus11"] == rows[0]["person_erstatning"] == "nej"


def test_no_number_no_key(landed):
    rows = landed("1;;\n2;123;\n3;0000000000;\n4;61010A1234;\n").people
    assert [row["person_key"] for row in rows] == [None] * 4
    assert [row["person_problem"] for row in rows] == ["bad_cpr", "bad_cpr", "unknown_person", "bad_cpr"]
    assert [row["person_masked"] for row in rows] == [None, "*** (3 tegn)", "*** (10 tegn)", "*** (10 tegn)"]
    assert {row["person_foedselsdato"] for row in rows} == {None}


def test_a_key_says_nothing_and_stays(landed):
    first = landed("1;6301011234;\n2;6301011235;\n").people
    again = landed("5;6301011235;\n6;6301011234;\n").people
    assert [r["person_key"] for r in first] == [r["person_key"] for r in reversed(again)]
    assert all(row["person_key"] != 0 for row in first)


def test_cpr_in_a_companys_name_is_masked(landed):
    found = landed("7;6101011234;cpr 610101 1234\n", "1;7;Kantinen v. 610101-1234;;;\n2;7;610101 1234;;;\n")
    assert [row["name"] for row in found.things] == ["Kantinen v. ******-****", "******-****"]
    assert found.people[0]["note"] == "cpr ******-****"


def test_cpr_in_date_time_and_number_fields_is_masked(landed):
    (row,) = landed("7;6101011234;\n", "1;7;x;6101011234;610101-1234;6101011234\n").things
    assert (row["bought"], row["hour"], row["amount"]) == ("******-****",) * 3


def test_cpr_of_a_person_of_the_delivery_in_an_id_column_is_masked(landed):
    # The things stand before the people in the feed, and the person in a later batch than the id.
    filler = "".join(f"{i};64{i % 12 + 1:02}{i % 90 + 10}{i % 10000:04};\n" for i in range(10, BATCH + 20))
    found = landed(
        f"6510101234;6410101234;\n{filler}8;6510101234;\n", "6510101234;6510101234;x;;;\n2;651010-1234;x;;;\n"
    )
    assert found.people[0]["human_id"] == "******-****"
    assert [(r["thing_id"], r["owner_id"]) for r in found.things] == [
        ("******-****", "******-****"),
        ("2", "******-****"),
    ]


def test_cpr_of_a_person_of_an_earlier_delivery_in_an_id_column_is_masked(landed):
    landed("1;0402501234;\n")
    found = landed("402501234;6101011234;\n", "1;0402501234;x;;;\n")
    assert found.people[0]["human_id"] == "******-****"
    assert found.things[0]["owner_id"] == "******-****"


def test_ids_of_nine_or_ten_digits_stay_when_they_are_nobody(landed):
    found = landed("1000000001;6101011234;\n", "100000001;1000000001;x;;;\n12345678901;1;x;;;\n")
    assert [(r["thing_id"], r["owner_id"]) for r in found.things] == [
        ("100000001", "1000000001"),
        ("12345678901", "1"),
    ]


def test_an_id_that_spells_a_possible_cpr_number_is_masked_though_nobody_knows_it(landed):
    ids = ("6712091234", "402501234", "671209123400017", "000176712091234")
    others = ("6713091234", "886671209123", "4000599234567")
    found = landed("7;6101011234;\n", "".join(f"{one};7;x;;;\n" for one in (*ids, *others)))
    assert [r["thing_id"] for r in found.things] == [*["******-****"] * len(ids), *others]


def test_ids_that_the_feed_calls_long_are_masked_for_persons_of_the_vault_only(feed, landed):
    facts = feed.model_dump()
    facts["members"]["things.csv"]["fields"][0]["long_ids"] = True
    found = landed("7;6812091234;\n", "6712091234;7;x;;;\n6812091234;7;x;;;\n681209123477;7;x;;;\n", Feed(**facts))
    assert [r["thing_id"] for r in found.things] == ["6712091234", "******-****", "******-****"]


def test_cpr_and_id_that_changed_places_show_nobody(landed):
    # Nobody in the vault has this number, and the row is quarantined for its CPR field.
    found = landed("6601011234;5000;\n1000000001;5001;\n")
    assert [(r["human_id"], r["person_problem"]) for r in found.people] == [
        ("******-****", "bad_cpr"),
        ("1000000001", "bad_cpr"),
    ]


def test_a_row_that_cannot_be_taken_apart_carries_nothing(landed):
    found = landed('7;6101011234;x\n6101011234;x\n8;6101011234;x;6101011234\n9;6101011234;"x"y\n')
    assert [row["problem"] for row in found.people] == [None, "too_few_fields", "too_many_fields", "bad_quoting"]
    for row in found.people[1:]:
        assert {value for name, value in row.items() if name not in ("delivery_id", "line_number", "problem")} == {None}


def test_no_planted_number_stands_outside_the_vault(landed):
    landed(
        "1;6101011234;6101011234\n6101011234;x\n2;610101-1234;a 610101-1234 b\n6101011234;6101011234;\n",
        '6101011234;6101011234;"6101011234\n610101 1234";6101011234;6101011234;6101011234\n',
    )
    text = everything_outside_the_vault()
    assert CPR not in text
    assert "610101" not in text


def test_a_refusal_while_reading_leaves_nobody_and_nothing(feed, keys, pack, new_delivery):
    delivery_id = new_delivery()
    path = pack("1;6901011234;\n", "1;1;x;;;\n" * 3 + "2;1;\0;;;\n")
    with connect("loader") as connection:
        ensure_tables(connection, feed)
        clear_landing(connection, feed)
        before = connection.execute("select count(*) as n from vault.person").fetchone()
    with (
        pytest.raises(DeliveryRefused) as caught,
        connect("loader") as connection,
        open_delivery(path, feed) as opened,
    ):
        land(connection, delivery_id, feed, opened, keys)
    assert (caught.value.code, caught.value.where) == ("wrong_encoding", "things.csv line 5")
    with connect("loader") as connection:
        assert connection.execute("select count(*) as n from vault.person").fetchone() == before
        assert connection.execute("select * from landing.people__things").fetchall() == []


def test_a_database_error_shows_no_value(feed, keys, pack, new_delivery):
    path = pack("1;6901011235;hemmelig\n")
    with (
        pytest.raises(DatabaseProblem) as caught,
        connect("loader") as connection,
        open_delivery(path, feed) as opened,
    ):
        connection.execute("alter table landing.people__people add constraint small check (length(note) < 3)")
        land(connection, new_delivery(), feed, opened, keys)
    assert "small" in str(caught.value)
    assert "hemmelig" not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
