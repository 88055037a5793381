"""Readers of both isolation levels see one state of all tables while publishes go on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import psycopg
import pytest
from mentor_dw.database import address, connect
from mentor_dw.warehouse.plan import ForeignKey, PublishedModel, keep_plan
from mentor_dw.warehouse.publish import publish

pytestmark = pytest.mark.postgres

#: Both tables carry the number of the state in every row, and the first one in its key.
PLAN = [
    PublishedModel("dim_side", "", {"side_id": "", "state": ""}, ()),
    PublishedModel(
        "fct_line",
        "",
        {"line_id": "", "side_id": "", "state": ""},
        (ForeignKey(("side_id",), "dim_side", ("side_id",)),),
    ),
]
STATES = 12
STATE_OF_ALL = "select distinct state from (select state from bi.dim_side union all select state from bi.fct_line) as s"


def put_into_work(state: int) -> int:
    """State `state` in `work`; the build to publish. Rows come, go and change from state to state."""
    with connect("transformer") as connection:
        for name in ("fct_line", "dim_side"):
            connection.execute(f"drop table if exists work.{name}")
        connection.execute("create table work.dim_side (side_id int primary key, state int not null)")
        connection.execute("create table work.fct_line (line_id int primary key, side_id int, state int not null)")
        connection.execute(
            "insert into work.dim_side select n, %(state)s from generate_series(%(state)s, %(state)s + 50) as n",
            {"state": state},
        )
        connection.execute(
            "insert into work.fct_line select n, %(state)s + n %% 50, %(state)s"
            " from generate_series(%(state)s * 100, %(state)s * 100 + 4000) as n",
            {"state": state},
        )
        row = connection.execute(
            "insert into ops.build (status, built_at) values ('built', now()) returning build_id"
        ).fetchone()
        keep_plan(connection, row["build_id"], PLAN)
    return row["build_id"]


def read_committed(connection: psycopg.Connection) -> set[int]:
    """One statement over both tables."""
    return {state for (state,) in connection.execute(STATE_OF_ALL)}


def repeatable_read(connection: psycopg.Connection) -> set[int]:
    """One statement for each table, with time for a publish in between."""
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read")
        seen = {state for (state,) in connection.execute("select distinct state from bi.fct_line")}
        time.sleep(0.15)
        return seen | {state for (state,) in connection.execute("select distinct state from bi.dim_side")}


def test_readers_see_one_state_while_publishes_go_on(warehouse) -> None:
    publish(put_into_work(0))
    url = address("bi_reader").url()
    over = threading.Event()
    seen: dict[str, list[set[int]]] = {"committed": [], "repeatable": []}
    problems: list[BaseException] = []

    def watch(name: str, look: Callable[[psycopg.Connection], set[int]]) -> None:
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                while not over.is_set():
                    seen[name].append(look(connection))
                    time.sleep(0.005)
        except BaseException as error:
            problems.append(error)

    readers = [
        threading.Thread(target=watch, args=("committed", read_committed)),
        threading.Thread(target=watch, args=("repeatable", repeatable_read)),
    ]
    for reader in readers:
        reader.start()
    for state in range(1, STATES):
        publish(put_into_work(state))
    over.set()
    for reader in readers:
        reader.join(20)

    assert problems == []
    for name, looks in seen.items():
        assert all(len(states) == 1 for states in looks), f"{name}: a reader saw a mixture"
        assert len(set.union(*looks)) >= 3, f"{name}: the reader was there for too few publishes to tell"
