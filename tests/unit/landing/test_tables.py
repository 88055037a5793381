"""Landing and raw tables follow the feed."""

from __future__ import annotations

import datetime as dt

import pytest
from mentor_dw.database import connect
from mentor_dw.errors import DatabaseProblem, MentorDwError
from mentor_dw.feeds import Feed, FieldSpec, load_feed
from mentor_dw.landing.tables import clear_landing, ensure_tables, insert_accepted_sql, landing_columns, raw_columns

pytestmark = pytest.mark.postgres


def with_fields(feed: Feed, source: str, fields: list[FieldSpec]) -> Feed:
    people = feed.members["people.csv"].model_copy(update={"fields": fields})
    return feed.model_copy(update={"source": source, "members": {"people.csv": people}})


def columns(schema: str, table: str) -> dict[str, tuple[str, bool]]:
    with connect("loader") as connection:
        rows = connection.execute(
            "select attname, format_type(atttypid, atttypmod) as type, attnotnull from pg_attribute "
            "where attrelid = %s::regclass and attnum > 0 and not attisdropped",
            (f"{schema}.{table}",),
        ).fetchall()
    return {row["attname"]: (row["type"], row["attnotnull"]) for row in rows}


def test_the_tables_of_a_real_source(warehouse):
    feed = load_feed("webreg")
    for _ in range(2):
        with connect("loader") as connection:
            ensure_tables(connection, feed)
    assert columns("landing", "webreg__borgere").keys() == {
        "delivery_id",
        "line_number",
        "problem",
        *landing_columns(feed.members["borgere.csv"]),
    }
    raw = columns("raw", "webreg__borgere")
    assert raw["borger_id"] == ("text", True)
    assert raw["person_key"] == ("bigint", True)
    assert raw["koen"] == ("text", False)
    assert raw["alder"] == ("integer", False)
    assert "cpr" not in raw
    assert columns("raw", "webreg__tidsforbrug")["start_tid"] == ("time without time zone", True)
    assert columns("raw", "webreg__tidsforbrug")["dato"] == ("date", True)


def test_columns_come_in_feed_order(feed):
    member = feed.members["people.csv"]
    assert landing_columns(member)[:3] == ["human_id", "person_key", "person_problem"]
    assert list(raw_columns(member)) == [
        "human_id",
        "person_key",
        "person_foedselsdato",
        "person_koen",
        "person_modulus11",
        "person_erstatning",
        "note",
    ]


def test_the_transformer_reads_raw_and_not_landing(warehouse, feed):
    with connect("loader") as connection:
        ensure_tables(connection, feed)
    with connect("transformer") as connection:
        assert connection.execute("select * from raw.people__people").fetchall() == []
    with pytest.raises(DatabaseProblem), connect("transformer") as connection:
        connection.execute("select * from landing.people__people")


def test_comments_come_from_the_feed(warehouse, feed):
    with connect("loader") as connection:
        ensure_tables(connection, feed)
        row = connection.execute(
            "select obj_description('raw.people__people'::regclass) as of_table, "
            "col_description('raw.people__people'::regclass, 3) as of_column"
        ).fetchone()
    assert row == {"of_table": "People.", "of_column": "The human."}


def test_a_new_field_is_added_and_one_that_left_stays(warehouse, feed):
    human, cpr, note = feed.members["people.csv"].fields
    colour = note.model_copy(update={"name": "colour", "may_be_empty": False})
    with connect("loader") as connection:
        ensure_tables(connection, with_fields(feed, "growing", [human, cpr, colour]))
        ensure_tables(connection, with_fields(feed, "growing", [human, cpr, note]))
    found = columns("raw", "growing__people")
    assert found["note"] == ("text", False)
    assert found["colour"] == ("text", False), "nothing fills it any more, so it may not be required"
    assert "note" in columns("landing", "growing__people")


def test_a_field_may_become_optional(warehouse, feed):
    human, cpr, note = feed.members["people.csv"].fields
    required = note.model_copy(update={"may_be_empty": False})
    with connect("loader") as connection:
        ensure_tables(connection, with_fields(feed, "softer", [human, cpr, required]))
    assert columns("raw", "softer__people")["note"] == ("text", True)
    with connect("loader") as connection:
        ensure_tables(connection, with_fields(feed, "softer", [human, cpr, note]))
    assert columns("raw", "softer__people")["note"] == ("text", False)


def test_a_field_that_changes_its_type_is_an_error(warehouse, feed):
    human, cpr, note = feed.members["people.csv"].fields
    with connect("loader") as connection:
        ensure_tables(connection, with_fields(feed, "turning", [human, cpr, note]))
    with pytest.raises(MentorDwError, match="raw.turning__people.note is text"), connect("loader") as connection:
        ensure_tables(
            connection, with_fields(feed, "turning", [human, cpr, note.model_copy(update={"type": "integer"})])
        )


def test_accepted_rows_are_typed_and_bad_ones_stay_behind(landed, feed):
    found = landed(
        "7;8302634050;hej\n8;6113011234;\n9;x;\n10\n",
        "1;7;a;2020-01-31;08:15;3\n2;7;b;;;\n3;7;c;2020-02-30;;\n",
    )
    with connect("loader") as connection:
        connection.execute("create temporary table bad_row (member text, line_number bigint) on commit drop")
        connection.execute("insert into bad_row values ('people.csv', 4), ('things.csv', 4)")
        moved = {
            member: connection.execute(insert_accepted_sql(feed, member), {"delivery_id": found.delivery_id}).rowcount
            for member in feed.members
        }
        people = connection.execute("select * from raw.people__people order by line_number").fetchall()
        things = connection.execute("select * from raw.people__things order by line_number").fetchall()
    assert moved == {"people.csv": 2, "things.csv": 2}
    assert (people[0]["person_foedselsdato"], people[0]["person_modulus11"]) == (dt.date(1963, 2, 23), True)
    assert (people[1]["person_foedselsdato"], people[1]["note"]) == (None, None)
    assert (things[0]["bought"], things[0]["hour"], things[0]["amount"]) == (dt.date(2020, 1, 31), dt.time(8, 15), 3)
    assert things[0]["delivery_id"] == found.delivery_id


def test_danish_dates_are_read_as_such(landed, feed):
    found = landed("7;8302634050;\n", "1;7;a;03-02-2020;;\n")
    danish = feed.model_copy(update={"text": feed.text.model_copy(update={"date_format": "%d-%m-%Y"})})
    with connect("loader") as connection:
        connection.execute("create temporary table bad_row (member text, line_number bigint) on commit drop")
        connection.execute(insert_accepted_sql(danish, "things.csv"), {"delivery_id": found.delivery_id})
        row = connection.execute(
            "select bought from raw.people__things where delivery_id = %s", (found.delivery_id,)
        ).fetchone()
    assert row["bought"] == dt.date(2020, 2, 3)


def test_clearing_empties_the_source_only(landed, feed):
    landed("7;8302634050;\n", "1;7;a;;;\n")
    other = with_fields(feed, "other", list(feed.members["people.csv"].fields))
    with connect("loader") as connection:
        ensure_tables(connection, other)
        connection.execute("insert into landing.other__people (delivery_id, line_number) values (1, 2)")
        clear_landing(connection, feed)
        assert connection.execute("select * from landing.people__people").fetchall() == []
        assert len(connection.execute("select * from landing.other__people").fetchall()) == 1
