"""The plug is pulled while a delivery is taken, while the warehouse is built, and while the house starts.

Each time every process of the house is killed with SIGKILL, `up` is called, and the end must be the undisturbed one.
One such kill, of a house that starts, is the beginning of test_installation.py.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from mentor_dw.database import address
from mentor_dw.feeds import load_feed
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.ingest.take import take
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.publish import publish

pytestmark = [pytest.mark.house, pytest.mark.timeout(900)]

WAVES = Path(__file__).resolve().parents[1] / "fixtures" / "waves"


def wait_for(what: Callable[[], bool], seconds: float, step: float = 0.05) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise AssertionError("what the test waits for did not happen")
        time.sleep(step)


def fingerprint(reader: psycopg.Connection, operator: psycopg.Connection) -> dict[str, str]:
    """A hash of every table of `bi`, and what the ledger says of each delivery.

    The keys of persons are drawn at random in each vault, so they and what is made of them are left out; all that
    hangs on them is not.
    """
    tables = [r[0] for r in reader.execute("select tablename from pg_tables where schemaname = 'bi'").fetchall()]
    state = {
        table: reader.execute(
            "select count(*) || ' ' || coalesce(md5(string_agg(line, '|' order by line)), '') from ("
            " select (to_jsonb(t) - 'person_key' - 'borger_key' - 'omraade_key')::text as line"
            f' from bi."{table}" as t) as lines'
        ).fetchone()[0]
        for table in sorted(tables)
    }
    rows = operator.execute(
        "select file_name, sha256, status, version, rows_read, rows_accepted, rows_quarantined, members::text"
        " from ops.delivery order by delivery_id"
    ).fetchall()
    return state | {f"delivery {n}": str(row) for n, row in enumerate(rows)}


def undisturbed_end(settings, *files: Path) -> dict[str, str]:
    """The same deliveries taken, built and published in this process, where nobody pulls a plug."""
    ensure_keys(settings.secrets)
    for file in files:
        target = settings.inbox / "webreg" / file.name
        shutil.copyfile(file, target)
        take(target, load_feed("webreg"))
        publish(build(print))
    logins = [psycopg.connect(address(role).url()) for role in ("transformer", "operator")]
    with logins[0], logins[1]:
        return fingerprint(*logins)


def one(house, query: str) -> bool:
    with house.connect("operator", autocommit=True) as operator:
        return bool(operator.execute(query).fetchone()[0])


@pytest.mark.long
def test_kills_while_a_delivery_is_judged_and_while_the_warehouse_is_built_leave_the_undisturbed_end(
    warehouse, make_house
):
    first = WAVES / "wave1" / "step1" / "webreg_2008-09-30.zip"
    second = WAVES / "wave3" / "step1" / "webreg_2011-02-28.zip"
    struck = make_house()
    struck.drop(first)
    struck.run("load", "--wait")
    struck.drop(second)
    struck.run("load")
    wait_for(lambda: one(struck, "select exists (select from ops.delivery where status = 'received')"), 120)
    struck.pull_the_plug()
    struck.run("up")
    wait_for(lambda: one(struck, "select count(*) = 2 from ops.delivery where accepted_at is not null"), 180, 1)

    wait_for(lambda: one(struck, "select exists (select from ops.build where status = 'running')"), 180)
    struck.pull_the_plug()
    struck.run("up")
    both = "select exists (select from ops.build where status = 'published' and cardinality(deliveries) = 2)"
    wait_for(lambda: one(struck, both), 240, 1)
    with struck.connect("transformer") as reader, struck.connect("operator") as operator:
        assert fingerprint(reader, operator) == undisturbed_end(warehouse, first, second)
    with struck.connect("owner", autocommit=True) as owner:
        landing = owner.execute("select tablename from pg_tables where schemaname = 'landing'").fetchall()
        assert landing
        for (table,) in landing:
            assert owner.execute(f'select count(*) from landing."{table}"').fetchone()[0] == 0, table
    assert list((struck.home / "inbox" / "webreg").iterdir()) == []


@pytest.mark.long
@pytest.mark.parametrize("seconds", [0.5, 1.5, 3.0, 10.0, 14.0, 20.0])
def test_a_kill_while_the_house_starts_is_made_good_by_the_next_start(make_house, seconds):
    house = make_house(start=False)
    house.start_and_kill(seconds)
    house.run("up")
    assert house.json("status")["deliveries"] == []
