"""What a login is beside its rights on tables (tests/dbt/test_roles.py): read-only, and kept out of other databases."""

from __future__ import annotations

import psycopg
import pytest

from mentor_dw.database import address, connect
from mentor_dw.errors import DatabaseProblem

pytestmark = pytest.mark.postgres

FORBIDDEN = "42501"
READ_ONLY = "25006"


@pytest.fixture(scope="module", autouse=True)
def tables(warehouse):
    """A table in bi that `bi_reader` reads."""
    with connect("transformer") as connection:
        connection.execute("create table bi.probe (probe_key bigint primary key)")
        connection.execute("insert into bi.probe values (1)")
        connection.execute("grant select, references on bi.probe to bi_reader")


def test_a_new_table_of_bi_is_nobodys_until_it_is_published():
    with connect("transformer") as connection:
        connection.execute("create table bi.fresh (fresh_key bigint primary key)")
    for role in ("bi_reader", "steward", "casework"):
        with pytest.raises(DatabaseProblem) as caught, connect(role) as connection:
            connection.execute("select from bi.fresh")
        assert caught.value.sqlstate == FORBIDDEN


@pytest.mark.parametrize("role", ["bi_reader", "casework", "steward", "operator"])
def test_a_reader_does_not_write_by_mistake(role):
    with pytest.raises(DatabaseProblem) as caught, connect(role) as connection:
        connection.execute("create temporary table probe (a bigint)")
    assert caught.value.sqlstate == READ_ONLY


@pytest.mark.parametrize("role", ["bi_reader", "casework", "steward", "operator", "delivery"])
def test_no_statement_of_a_reader_runs_on_for_ever(role):
    with connect(role) as connection:
        (shown,) = connection.execute("show statement_timeout").fetchone().values()
    assert shown == "5min"


def test_no_more_sessions_of_casework_than_its_limit():
    url = address("casework").url()
    sessions = [psycopg.connect(url) for _ in range(10)]
    with pytest.raises(psycopg.OperationalError, match="too many connections"):
        psycopg.connect(url)
    for session in sessions:
        session.close()


@pytest.mark.parametrize(
    "statement",
    [
        "insert into bi.probe values (2)",
        "create table bi.other (a bigint)",
        "create temporary table other (a bigint)",
        "create schema other",
    ],
)
def test_bi_reader_has_no_right_to_write_even_in_a_writing_transaction(statement):
    with pytest.raises(DatabaseProblem) as caught, connect("bi_reader") as connection:
        connection.execute("set transaction read write")
        connection.execute(statement)
    assert caught.value.sqlstate == FORBIDDEN


def test_bi_reader_sees_the_keys():
    with connect("bi_reader") as connection:
        keys = connection.execute(
            "select constraint_type from information_schema.table_constraints "
            "where table_schema = 'bi' and table_name = 'probe' and constraint_type = 'PRIMARY KEY'"
        ).fetchall()
    assert keys == [{"constraint_type": "PRIMARY KEY"}]


@pytest.mark.parametrize("database", ["template_airflow", "postgres"])
def test_a_reader_enters_no_other_database(database):
    place = address("bi_reader")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(
            host=place.host, port=place.port, user=place.user, password=place.password, dbname=database
        ).close()
