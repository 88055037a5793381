"""Each role logs in and tries what it may and what it may not."""

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
    """A table in raw and one in bi, made by the roles that make them."""
    with connect("loader") as connection:
        connection.execute(
            "create table raw.probe (delivery_id bigint references ops.delivery, line_number bigint, "
            "primary key (delivery_id, line_number))"
        )
    with connect("transformer") as connection:
        connection.execute("create table bi.probe (probe_key bigint primary key)")
        connection.execute("insert into bi.probe values (1)")
        connection.execute("create table extracts.probe (probe_key bigint primary key)")


@pytest.mark.parametrize(
    ("role", "statement"),
    [
        ("loader", "insert into vault.person (person_key, first_source) values (1, 'x')"),
        ("loader", "create unlogged table landing.probe (delivery_id bigint)"),
        ("loader", "create temporary table bad_row (member text)"),
        ("loader", "select count(*) from ops.delivery"),
        ("transformer", "select count(*) from raw.probe"),
        ("transformer", "select count(*) from ops.delivery"),
        ("transformer", "select count(*) from ops.person_link"),
        ("transformer", "create schema scratch_probe"),
        ("transformer", "create table work.probe (a bigint)"),
        ("transformer", "insert into ops.build (status) values ('running')"),
        ("bi_reader", "select count(*) from bi.probe"),
        ("bi_reader", "select count(*) from probe"),
        ("operator", "select count(*) from ops.build"),
        ("operator", "select count(*) from ops.quarantined_row"),
        ("operator", "select count(*) from ops.person_candidate"),
        ("steward", "select count(*) from bi.probe"),
        ("steward", "select count(*) from ops.quarantined_row"),
        ("delivery", "select count(*) from extracts.probe"),
    ],
)
def test_role_may(role, statement):
    with connect(role) as connection:
        connection.execute(statement)
        connection.rollback()


@pytest.mark.parametrize(
    ("role", "statement", "sqlstate"),
    [
        *[
            (role, "select count(*) from vault.cpr", FORBIDDEN)
            for role in ("transformer", "bi_reader", "operator", "steward", "delivery")
        ],
        *[(role, "create table public.probe (a bigint)", FORBIDDEN) for role in ("loader", "transformer")],
        *[(role, "select count(*) from raw.probe", FORBIDDEN) for role in ("bi_reader", "operator", "delivery")],
        ("loader", "select count(*) from bi.probe", FORBIDDEN),
        ("loader", "delete from ops.delivery", FORBIDDEN),
        ("loader", "delete from vault.tombstone", FORBIDDEN),
        ("transformer", "delete from raw.probe", FORBIDDEN),
        ("transformer", "update ops.delivery set status = 'refused'", FORBIDDEN),
        ("transformer", "update ops.person_link set undone_at = now()", FORBIDDEN),
        ("loader", "delete from ops.person_link", FORBIDDEN),
        ("bi_reader", "create temporary table probe (a bigint)", READ_ONLY),
        ("bi_reader", "insert into bi.probe values (2)", READ_ONLY),
        ("bi_reader", "select count(*) from ops.delivery", FORBIDDEN),
        ("bi_reader", "create table bi.other (a bigint)", READ_ONLY),
        ("operator", "select count(*) from bi.probe", FORBIDDEN),
        ("steward", "select count(*) from ops.build", FORBIDDEN),
        ("delivery", "select count(*) from bi.probe", FORBIDDEN),
    ],
)
def test_role_may_not(role, statement, sqlstate):
    with pytest.raises(DatabaseProblem) as caught, connect(role) as connection:
        connection.execute(statement)
    assert caught.value.sqlstate == sqlstate


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
