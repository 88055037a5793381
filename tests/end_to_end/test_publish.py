"""The publish on its own: tables of `work` made by hand become the tables of `bi`, whatever the change of shape."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import pytest
from mentor_dw.database import address, connect
from mentor_dw.errors import DatabaseProblem, MentorDwError
from mentor_dw.warehouse.lock import BUILD_LOCK
from mentor_dw.warehouse.plan import ForeignKey, PublishedModel, keep_plan
from mentor_dw.warehouse.publish import publish

pytestmark = pytest.mark.postgres

FAG = PublishedModel("dim_fag", "One row per trade.", {"kode": "Code.", "label": "Label, it's Danish."}, ())
SVEND = PublishedModel(
    "fct_svend",
    "One row per journeyman.",
    {"svend_id": "Key.", "fag": "Trade.", "timer": "Hours."},
    (ForeignKey(("fag",), "dim_fag", ("kode",)),),
)
FAG_TABLE = "create table work.dim_fag (kode text primary key, label text)"
SVEND_TABLE = "create table work.fct_svend (svend_id bigint primary key, fag text not null, timer numeric)"

Prepare = Callable[..., int]


@pytest.fixture
def prepare(warehouse) -> Prepare:
    """Empty `bi`, then `prepare(plan, *statements)`: run statements in a new `work`; gives the build to publish."""
    with connect("transformer") as connection:
        for table in connection.execute("select tablename as name from pg_tables where schemaname = 'bi'").fetchall():
            connection.execute(f"drop table bi.{table['name']} cascade")

    def one(plan: list[PublishedModel], *statements: str) -> int:
        with connect("transformer") as connection:
            made = connection.execute("select tablename as name from pg_tables where schemaname = 'work'").fetchall()
            for table in made:
                connection.execute(f"drop table work.{table['name']}")
            for statement in statements:
                connection.execute(statement)
            row = connection.execute(
                "insert into ops.build (status, built_at) values ('built', now()) returning build_id"
            ).fetchone()
            keep_plan(connection, row["build_id"], plan)
        return row["build_id"]

    return one


def rows(query: str, role: str = "bi_reader") -> list[tuple]:
    with connect(role) as connection:
        return [tuple(row.values()) for row in connection.execute(query).fetchall()]


def columns(table: str) -> list[tuple]:
    return rows(
        "select attname, format_type(atttypid, atttypmod), attnotnull from pg_attribute"
        f" where attrelid = 'bi.{table}'::regclass and attnum > 0 and not attisdropped order by attname"
    )


def constraints(table: str) -> list[tuple]:
    return rows(
        "select pg_get_constraintdef(oid), condeferred from pg_constraint"
        f" where conrelid = 'bi.{table}'::regclass and contype in ('p', 'f') order by 1"
    )


STAR = (
    FAG_TABLE,
    SVEND_TABLE,
    "insert into work.dim_fag values ('kok', 'Kok'), ('smed', 'Smed')",
    "insert into work.fct_svend values (1, 'kok', 10), (2, 'smed', null), (3, 'smed', 7)",
)


def test_tables_are_made_with_keys_comments_and_rights(prepare: Prepare) -> None:
    publish(prepare([FAG, SVEND], *STAR))
    assert rows("select * from bi.fct_svend order by 1") == [(1, "kok", 10), (2, "smed", None), (3, "smed", 7)]
    assert constraints("fct_svend") == [
        ("FOREIGN KEY (fag) REFERENCES dim_fag(kode) DEFERRABLE INITIALLY DEFERRED", True),
        ("PRIMARY KEY (svend_id)", False),
    ]
    assert rows(
        "select obj_description('bi.dim_fag'::regclass, 'pg_class'), col_description('bi.dim_fag'::regclass, 2)"
    ) == [("One row per trade.", "Label, it's Danish.")]
    assert ("fag", "text", True) in columns("fct_svend")
    assert rows("select indexdef from pg_indexes where tablename = 'fct_svend' and indexdef like '%(fag)'")
    # The reader sees the keys as a BI tool looks for them, and can change nothing.
    assert rows("select count(*) from information_schema.table_constraints where constraint_type = 'FOREIGN KEY'") == [
        (1,)
    ]
    for statement in ("delete from bi.fct_svend", "create table bi.mine (a int)", "select * from work.fct_svend"):
        with pytest.raises(DatabaseProblem), connect("bi_reader") as connection:
            connection.execute(statement)


def test_only_what_differs_is_touched(prepare: Prepare) -> None:
    publish(prepare([FAG, SVEND], *STAR))
    places = dict(rows("select svend_id, ctid::text from bi.fct_svend"))
    number = prepare(
        [FAG, SVEND],
        FAG_TABLE,
        SVEND_TABLE,
        "insert into work.dim_fag values ('kok', 'Kok'), ('tjener', 'Tjener')",
        "insert into work.fct_svend values (1, 'kok', 10), (2, 'kok', null), (4, 'tjener', null)",
    )
    result = publish(number)
    assert result["changes"] == {
        "dim_fag": {"inserted": 1, "updated": 0, "deleted": 1},
        "fct_svend": {"inserted": 1, "updated": 1, "deleted": 1},
    }
    assert rows("select * from bi.fct_svend order by 1") == [(1, "kok", 10), (2, "kok", None), (4, "tjener", None)]
    assert dict(rows("select svend_id, ctid::text from bi.fct_svend"))[1] == places[1]
    assert rows(
        "select relation, rows_inserted, rows_updated, rows_deleted from ops.change"
        f" where build_id = {number} order by relation",
        "operator",
    ) == [("dim_fag", 1, 0, 1), ("fct_svend", 1, 1, 1)]


def test_a_key_of_several_columns_and_nothing_else(prepare: Prepare) -> None:
    bridge = PublishedModel("bridge", "", {"a": "", "b": ""}, ())
    table = "create table work.bridge (a int, b text, primary key (a, b))"
    publish(prepare([bridge], table, "insert into work.bridge values (1, 'x'), (1, 'y')"))
    result = publish(prepare([bridge], table, "insert into work.bridge values (1, 'y'), (2, 'y')"))
    assert result["changes"] == {"bridge": {"inserted": 1, "updated": 0, "deleted": 1}}
    assert rows("select * from bi.bridge order by 1, 2") == [(1, "y"), (2, "y")]


def test_columns_come_go_and_change_their_type_in_place(prepare: Prepare) -> None:
    publish(prepare([FAG, SVEND], *STAR))
    before = rows("select 'bi.fct_svend'::regclass::oid")
    changed = PublishedModel(
        "fct_svend",
        "One row per journeyman, wiser.",
        {"svend_id": "Key.", "fag": "Trade.", "timer": "Hours, whole.", "navn": "Name."},
        SVEND.foreign_keys,
    )
    publish(
        prepare(
            [FAG, changed],
            FAG_TABLE,
            "create table work.fct_svend (svend_id bigint primary key, fag text, timer integer, navn text not null)",
            "insert into work.dim_fag values ('kok', 'Kok')",
            "insert into work.fct_svend values (1, 'kok', 10, 'Bo'), (2, null, 3, 'Åse')",
        )
    )
    assert columns("fct_svend") == [
        ("fag", "text", False),
        ("navn", "text", True),
        ("svend_id", "bigint", True),
        ("timer", "integer", False),
    ]
    assert rows("select svend_id, fag, timer, navn from bi.fct_svend order by 1") == [
        (1, "kok", 10, "Bo"),
        (2, None, 3, "Åse"),
    ]
    assert rows("select 'bi.fct_svend'::regclass::oid") == before, "the table itself stayed"
    # And back again, one column fewer.
    publish(prepare([FAG, SVEND], *STAR))
    assert [name for name, _, _ in columns("fct_svend")] == ["fag", "svend_id", "timer"]
    assert ("fag", "text", True) in columns("fct_svend")


def test_a_key_may_change_with_everything_that_points_to_it(prepare: Prepare) -> None:
    publish(prepare([FAG, SVEND], *STAR))
    result = publish(
        prepare(
            [FAG, SVEND],
            "create table work.dim_fag (kode integer primary key, label text)",
            "create table work.fct_svend (svend_id bigint primary key, fag integer not null, timer numeric)",
            "insert into work.dim_fag values (1, 'Kok')",
            "insert into work.fct_svend values (1, 1, 10)",
        )
    )
    assert result["changes"]["dim_fag"] == {"inserted": 1, "updated": 0, "deleted": 2}
    assert rows("select svend_id, fag, timer from bi.fct_svend") == [(1, 1, 10)]
    assert [text for text, _ in constraints("fct_svend")][0].startswith("FOREIGN KEY (fag) REFERENCES dim_fag(kode)")
    assert constraints("dim_fag") == [("PRIMARY KEY (kode)", False)]


def test_a_model_that_is_gone_takes_its_table_along_but_no_other(prepare: Prepare) -> None:
    with connect("transformer") as connection:
        connection.execute("create table bi.by_hand (a int)")
    publish(prepare([FAG, SVEND], *STAR))
    number = prepare([FAG], FAG_TABLE, "insert into work.dim_fag values ('kok', 'Kok')")
    assert publish(number)["changes"]["fct_svend"] == {"inserted": 0, "updated": 0, "deleted": 3}
    assert rows("select tablename from pg_tables where schemaname = 'bi' order by 1") == [("by_hand",), ("dim_fag",)]


def test_a_broken_foreign_key_leaves_everything_as_it_was(prepare: Prepare) -> None:
    publish(prepare([FAG, SVEND], *STAR))
    number = prepare([FAG, SVEND], *STAR, "insert into work.fct_svend values (9, 'secret', 1)")
    with pytest.raises(DatabaseProblem, match="ForeignKeyViolation") as caught:
        publish(number)
    assert "secret" not in str(caught.value)
    assert rows("select count(*) from bi.fct_svend") == [(3,)]
    (line,) = rows(f"select status, error from ops.build where build_id = {number}", "operator")
    assert line == ("built", str(caught.value))
    assert rows(f"select * from ops.change where build_id = {number}", "operator") == []


def test_what_cannot_be_published_is_refused(prepare: Prepare) -> None:
    with pytest.raises(MentorDwError, match="no build 999"):
        publish(999)
    first = prepare([FAG], FAG_TABLE)
    second = prepare([FAG], FAG_TABLE)
    with pytest.raises(MentorDwError, match=f"later build has replaced build {first}"):
        publish(first)
    publish(second)
    with pytest.raises(MentorDwError, match=f"Build {second} is published"):
        publish(second)
    with pytest.raises(MentorDwError, match="dim_fag has no primary key"):
        publish(prepare([FAG], "create table work.dim_fag (kode text)"))
    with pytest.raises(MentorDwError, match="dim_fag did not make a table"):
        publish(prepare([FAG]))


def test_a_publish_waits_for_the_build_that_holds_work(prepare: Prepare) -> None:
    number = prepare([FAG], FAG_TABLE)
    with connect("transformer", autocommit=True) as builder:
        builder.execute("select pg_advisory_lock(%s)", (BUILD_LOCK,))
        publishing = threading.Thread(target=publish, args=(number,))
        publishing.start()
        time.sleep(0.5)
        assert publishing.is_alive()
        assert rows(f"select status from ops.build where build_id = {number}", "operator") == [("built",)]
    publishing.join(20)
    assert rows(f"select status from ops.build where build_id = {number}", "operator") == [("published",)]


def test_a_killed_publish_leaves_the_former_state(prepare: Prepare, postgres_server) -> None:
    publish(prepare([FAG, SVEND], *STAR))
    number = prepare(
        [FAG, SVEND],
        FAG_TABLE,
        SVEND_TABLE,
        "insert into work.dim_fag select 'k' || n, 'x' from generate_series(1, 2000) as n",
        "insert into work.fct_svend select n, 'k' || n % 2000 + 1, n from generate_series(1, 400000) as n",
    )
    outcome: list[BaseException] = []

    def run() -> None:
        try:
            publish(number)
        except BaseException as error:
            outcome.append(error)

    publishing = threading.Thread(target=run)
    publishing.start()
    place = address("transformer")
    owner_url = postgres_server.owner_url
    with psycopg.connect(owner_url, autocommit=True) as owner:
        killed = 0
        while publishing.is_alive() and not killed:
            # Kill it while it writes into the larger table, the smaller one already being done.
            killed = len(
                owner.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity"
                    " where datname = %s and query like 'insert into \"bi\".\"fct_svend\"%%' and state = 'active'",
                    (place.database,),
                ).fetchall()
            )
            time.sleep(0.005)
    publishing.join(30)
    assert killed == 1
    assert isinstance(outcome[0], DatabaseProblem)
    assert rows("select count(*) from bi.fct_svend") == [(3,)]
    assert rows("select kode from bi.dim_fag order by 1") == [("kok",), ("smed",)]
    assert rows(f"select status from ops.build where build_id = {number}", "operator") == [("built",)]
    # The build still waits; the next attempt publishes it.
    assert publish(number)["changes"]["fct_svend"]["inserted"] == 399997
