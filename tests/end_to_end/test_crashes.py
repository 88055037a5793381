"""The plug is pulled while a delivery is taken, while the warehouse is built, and while the house starts.

Each time every process of the house is killed with SIGKILL, `up` is called, and the end must be the undisturbed one.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = [pytest.mark.house, pytest.mark.timeout(900)]

WAVES = Path(__file__).resolve().parents[1] / "fixtures" / "waves"


def processes_of(home: Path) -> list[int]:
    """Every process that was started for this home: by its environment, or PostgreSQL by its data folder."""
    mark = f"MENTOR_DW_HOME={home}".encode()
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit() or int(folder.name) == os.getpid():
            continue
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if mark in environment or (b"postgres" in command and str(home).encode() in command):
            found.append(int(folder.name))
    return found


def pull_the_plug(home: Path) -> None:
    """SIGKILL until nothing of the house is left."""
    for _ in range(50):
        left = processes_of(home)
        if not left:
            return
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.1)
    raise AssertionError(f"still alive: {processes_of(home)}")


def wait_for(what: Callable[[], bool], seconds: float, step: float = 0.05) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise AssertionError("what the test waits for did not happen")
        time.sleep(step)


def fingerprint(house) -> dict[str, str]:
    """A hash of every table of `bi`, and what the ledger says of each delivery."""
    with house.connect("bi_reader", autocommit=True) as reader:
        tables = [r[0] for r in reader.execute("select tablename from pg_tables where schemaname = 'bi'").fetchall()]
        state = {
            table: reader.execute(
                "select count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '')"
                f' from bi."{table}" t'
            ).fetchone()[0]
            for table in sorted(tables)
        }
    for row in house.json("status")["deliveries"]:
        key = f"{row['file_name']} {row['sha256'][:8]}"
        state[key] = (
            f"{state.get(key, '')} {row['status']} {row['version']} {row['rows_accepted']} {row['rows_quarantined']}"
        )
    return state


def one(house, query: str) -> bool:
    with house.connect("operator", autocommit=True) as operator:
        return bool(operator.execute(query).fetchone()[0])


def test_a_kill_while_a_delivery_is_judged_and_one_while_the_warehouse_is_built_leave_the_undisturbed_end(make_house):
    first = WAVES / "wave1" / "step1" / "webreg_2008-09-30.zip"
    second = WAVES / "wave3" / "step1" / "webreg_2011-02-28.zip"
    undisturbed = make_house()
    for file in (first, second):
        undisturbed.drop(file)
        undisturbed.run("load", "--wait")
    expected = fingerprint(undisturbed)
    undisturbed.run("down")

    struck = make_house()
    struck.drop(first)
    struck.run("load", "--wait")
    struck.drop(second)
    struck.run("load")
    wait_for(lambda: one(struck, "select exists (select from ops.delivery where status = 'received')"), 120)
    pull_the_plug(struck.home)
    struck.run("up")
    wait_for(lambda: one(struck, "select count(*) = 2 from ops.delivery where accepted_at is not null"), 180, 1)

    wait_for(lambda: one(struck, "select exists (select from ops.build where status = 'running')"), 180)
    pull_the_plug(struck.home)
    struck.run("up")
    both = "select exists (select from ops.build where status = 'published' and cardinality(deliveries) = 2)"
    wait_for(lambda: one(struck, both), 240, 1)
    assert fingerprint(struck) == expected
    with struck.connect("owner", autocommit=True) as owner:
        landing = owner.execute("select tablename from pg_tables where schemaname = 'landing'").fetchall()
        assert landing
        for (table,) in landing:
            assert owner.execute(f'select count(*) from landing."{table}"').fetchone()[0] == 0, table
    assert list((struck.home / "inbox" / "webreg").iterdir()) == []


@pytest.mark.parametrize("seconds", [1.0, 6.0, 14.0])
def test_a_kill_while_the_house_starts_is_made_good_by_the_next_start(make_house, seconds):
    house = make_house(start=False)
    start = subprocess.Popen(
        [str(Path(sys.executable).with_name("mentor-dw")), "up"],
        env=house.env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(seconds)
    start.kill()
    start.wait()
    pull_the_plug(house.home)
    house.run("up")
    assert house.json("status")["deliveries"] == []
