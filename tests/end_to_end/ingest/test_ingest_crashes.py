"""A run that is killed: the next one ends where an undisturbed one would have ended."""

from __future__ import annotations

import importlib
import os
import random
import signal
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.errors import DatabaseProblem
from mentor_dw.feeds import load_feed
from mentor_dw.ingest import keep, settle, take_waiting
from mentor_dw.ledger.listing import deliveries_as_json
from mentor_dw.validation.gx_suite import import_gx

#: The module; the package's `take` is its function.
take = importlib.import_module("mentor_dw.ingest.take")

pytestmark = pytest.mark.postgres


class Killed(BaseException):
    """Stands for SIGKILL at a chosen place: nothing in the product catches it."""


def quiet(line: str) -> None:
    """Progress that nobody reads."""


def before(function: Callable[..., Any]) -> Callable[..., Any]:
    def killed(*args: Any, **kwargs: Any) -> Any:
        raise Killed

    return killed


def after(function: Callable[..., Any]) -> Callable[..., Any]:
    def killed(*args: Any, **kwargs: Any) -> Any:
        function(*args, **kwargs)
        raise Killed

    return killed


def check_as_if_undisturbed(home: Settings, name: str, day: str) -> None:
    """One accepted ledger row with its rows in raw once; the file in the archive and nowhere else; landing empty."""
    with connect("loader") as connection:
        rows = [row for row in deliveries_as_json(connection) if row["file_name"] == name]
        assert [(row["status"], row["version"], row["rows_read"]) for row in rows] == [("accepted", 1, 14)]
        assert rows[0]["kept_as"] == f"archive/webreg/{rows[0]['delivery_id']}_{name}.age"
        in_raw = connection.execute(
            "select count(*) as n from raw.webreg__borgere where delivery_id = %(id)s", {"id": rows[0]["delivery_id"]}
        ).fetchone()
        assert in_raw == {"n": 2}
        for member in load_feed("webreg").members:
            assert connection.execute(f"select 1 from landing.webreg__{member[:-4]}").fetchone() is None
    assert not [path for path in (home.inbox / "webreg").iterdir() if day in path.name]
    assert [path.name for path in (home.archive / "webreg").iterdir() if day in path.name] == [
        f"{rows[0]['delivery_id']}_{name}.age"
    ]
    assert [path.name for path in (home.reports / "webreg").iterdir() if day in path.name] == [
        f"{rows[0]['delivery_id']}_{name}.md"
    ]


PLACES = [
    ("2009-01-01", settle, "tidy", before),
    ("2009-01-02", settle, "land", after),
    ("2009-01-03", settle, "land_file", after),
    ("2009-01-04", settle, "record_counts", after),
    ("2009-01-05", settle, "clear_landing", after),
    ("2009-01-06", settle, "settle", after),
    ("2009-01-07", take, "write_report", before),
    ("2009-01-08", keep, "_settle", before),
    ("2009-01-09", keep, "_settle", after),
    ("2009-01-10", keep, "_remove", after),
]


@pytest.mark.parametrize(("day", "module", "name", "when"), PLACES, ids=[f"{p[3].__name__} {p[2]}" for p in PLACES])
def test_killed_at_a_place_and_run_again(
    home: Settings,
    deliver: Any,
    clean: Any,
    monkeypatch: pytest.MonkeyPatch,
    day: str,
    module: Any,
    name: str,
    when: Any,
) -> None:
    number = int(day[-2:])
    opgaver = [*clean["opgaver.csv"], f"{6000 + number};1000;10;2008-05-02;OPG01"]
    path = deliver(day, {"opgaver.csv": opgaver})
    where = take if name == "settle" else module
    with monkeypatch.context() as patch:
        patch.setattr(where, name, when(getattr(where, name)))
        with pytest.raises(Killed):
            take_waiting("webreg", say=quiet)
    take_waiting("webreg", say=quiet)
    check_as_if_undisturbed(home, path.name, day)


def test_killed_while_refusing_and_run_again(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home.inbox / "webreg" / "webreg_2009-02-01.zip"
    path.write_bytes(b"no zip")
    with monkeypatch.context() as patch:
        patch.setattr(take, "finish", after(take.finish))
        with pytest.raises(Killed):
            take_waiting("webreg", say=quiet)
    assert path.exists()
    with monkeypatch.context() as patch:
        patch.setattr(keep, "_remove", before(keep._remove))
        with pytest.raises(Killed):
            take_waiting("webreg", say=quiet)
    take_waiting("webreg", say=quiet)
    with connect("loader") as connection:
        rows = [row for row in deliveries_as_json(connection) if row["file_name"] == path.name]
    assert [row["status"] for row in rows] == ["refused"]
    assert rows[0]["kept_as"] == f"refused/webreg/{path.name}"
    assert (home.refused / "webreg" / path.name).is_file() and not path.exists()


def test_killed_at_random_and_run_again(home: Settings, deliver: Any, clean: Any) -> None:
    """SIGKILL to a process of its own, at times drawn from how long a whole run takes."""
    import_gx()
    chance = random.Random(20080930)
    for number in range(1, 5):
        day = f"2009-03-0{number}"
        opgaver = [*clean["opgaver.csv"], f"{6100 + number};1000;10;2008-05-02;OPG01"]
        path = deliver(day, {"opgaver.csv": opgaver})
        child = os.fork()
        if child == 0:
            status = 1
            try:
                take_waiting("webreg", say=quiet)
                status = 0
            finally:
                os._exit(status)
        time.sleep(chance.uniform(0.05, 4))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        take_waiting("webreg", say=quiet)
        check_as_if_undisturbed(home, path.name, day)


def test_a_database_that_goes_away_costs_nothing(
    home: Settings, deliver: Any, clean: Any, postgres_server: Any
) -> None:
    path = deliver("2009-04-01", {"opgaver.csv": [*clean["opgaver.csv"], "6201;1000;10;2008-05-02;OPG01"]})

    def cut(line: str) -> None:
        with psycopg.connect(postgres_server.owner_url, autocommit=True) as owner:
            owner.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'mentor_dw loader'"
            )

    with pytest.raises(DatabaseProblem):
        take_waiting("webreg", say=cut)
    take_waiting("webreg", say=quiet)
    check_as_if_undisturbed(home, path.name, "2009-04-01")
