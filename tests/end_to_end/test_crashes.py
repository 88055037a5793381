"""Kills, two at once, and tries again, in a whole house under the real scheduler, with a watch and nobody's hands.

One such kill, of a house that starts, is the beginning of test_installation.py; one kill of each process at each step
is tests/bench/crash_house.py.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from struck_house import Struck, Twin, differences, fingerprint, leftovers, service_session, strangers
from waiting import wait_for

pytestmark = [pytest.mark.house, pytest.mark.timeout(900)]

TESTS = Path(__file__).resolve().parents[1]
WAVES = TESTS / "fixtures" / "waves"
FIRST = WAVES / "wave1" / "step1" / "webreg_2008-09-30.zip"
SECOND = WAVES / "wave3" / "step1" / "webreg_2011-02-28.zip"

sys.path.append(str(TESTS / "crash"))
from plan import forget, hooked, kill_at, killed  # noqa: E402


@pytest.fixture(scope="module")
def struck(module_house) -> Iterator[Struck]:
    """The house of this module, with a watch, and a hook that kills where a plan says so."""
    module_house.env = hooked(module_house.env, module_house.home.parent / "kill.json")
    struck = Struck(module_house)
    yield struck
    struck.stop()


def both_at_once(struck: Struck, *arguments: str) -> list[str]:
    """A command twice at the same time; both must end well. What they printed."""
    command = [str(Path(sys.executable).with_name("mentor-dw")), *arguments]
    started = [
        subprocess.Popen(command, env=struck.house.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(2)
    ]
    told = [one.communicate(timeout=600)[0] for one in started]
    assert [one.returncode for one in started] == [0, 0], told
    return told


def tries(struck: Struck, dag_id: str, task_id: str) -> list[tuple[int, str]]:
    """The tries of a task in the order they were made, as Airflow wrote them down: number and state."""
    with struck.house.connect("airflow", autocommit=True) as airflow:
        return airflow.execute(
            "select try_number, state from ("
            " select try_number, state, start_date from task_instance where dag_id = %(dag)s and task_id = %(task)s"
            " union all select try_number, state, start_date from task_instance_history"
            " where dag_id = %(dag)s and task_id = %(task)s) as tries"
            " where state not in ('skipped') order by start_date",
            {"dag": dag_id, "task": task_id},
        ).fetchall()


@pytest.mark.long
def test_two_starts_and_two_loads_at_once_make_one_house_and_one_delivery(struck: Struck) -> None:
    both_at_once(struck, "up")
    assert struck.house.json("status")["installation"]["healthy"]
    struck.watch()
    struck.feed(FIRST)
    both_at_once(struck, "load", "--wait")
    assert struck.ask("select count(*) from ops.delivery") == 1
    assert struck.ask("select count(*) from ops.delivery where status = 'accepted'") == 1
    assert strangers(struck.house) == []


@pytest.mark.long
def test_a_session_that_is_lost_is_tried_again(struck: Struck) -> None:
    plan = struck.house.home.parent / "kill.json"
    kill_at(plan, "mentor_dw.landing.load:_land_member", "after", "backend", 4)
    before = tries(struck, "ingest_webreg", "take")
    struck.feed(SECOND)
    struck.house.run("load")
    wait_for(lambda: killed(plan) is not None, 180)
    struck.rest()
    forget(plan)
    made = tries(struck, "ingest_webreg", "take")[len(before) :]
    assert (1, "up_for_retry") in made or (2, "success") in made, made


@pytest.mark.long
def test_a_check_that_fails_is_not_tried_again(struck: Struck) -> None:
    with struck.house.connect("owner", autocommit=True) as owner:
        (ours,) = owner.execute("select tableowner from pg_tables where tablename = 'dim_dato'").fetchone()
        owner.execute("alter table bi.dim_dato owner to current_user")
    before = tries(struck, "build_warehouse", "publish")
    struck.house.run("build", "--full")
    wait_for(lambda: len(tries(struck, "build_warehouse", "publish")) > len(before), 300, 1)
    wait_for(lambda: tries(struck, "build_warehouse", "publish")[-1][1] in ("failed", "up_for_retry"), 120, 1)
    assert tries(struck, "build_warehouse", "publish")[len(before) :] == [(1, "failed")]
    with struck.house.connect("owner", autocommit=True) as owner:
        owner.execute(f'alter table bi.dim_dato owner to "{ours}"')
    struck.house.run("build", "--full")
    struck.rest()


@pytest.mark.long
@pytest.mark.parametrize("whom", ["scheduler", "postgres", "all"])
def test_the_watch_starts_again_what_was_killed(struck: Struck, whom: str) -> None:
    before = {name: service_session(struck.house, name) for name in ("scheduler", "api-server")}
    struck.strike(whom)
    struck.watch()
    if whom == "postgres":
        # A scheduler that looks again in time stays the one it was.
        wait_for(lambda: struck.ask("select true"), 120, 1)
    else:
        wait_for(lambda: service_session(struck.house, "scheduler") != before["scheduler"], 120, 1)
    struck.house.run("up")  # waits until all of it answers; the watch is at it already
    assert struck.house.json("status")["installation"]["healthy"]
    assert strangers(struck.house) == []
    assert leftovers(struck.house) == []


@pytest.mark.long
def test_the_watch_ends_when_the_house_is_stopped(struck: Struck) -> None:
    struck.house.run("down")
    assert struck._watch.wait(60) == 0
    assert struck.house.processes() == []


@pytest.mark.long
def test_kills_while_a_delivery_is_judged_and_while_the_warehouse_is_built_leave_the_undisturbed_end(
    warehouse, struck: Struck
) -> None:
    struck.start()
    third = WAVES / "wave2" / "step1" / "webreg_2010-11-30.zip"
    struck.feed(third)
    struck.house.run("load")
    wait_for(lambda: struck.ask("select exists (select from ops.delivery where status = 'received')"), 120)
    struck.strike("all")
    struck.watch()
    wait_for(lambda: struck.ask("select count(*) = 3 from ops.delivery where accepted_at is not null"), 240, 1)
    wait_for(lambda: struck.ask("select exists (select from ops.build where status = 'running')"), 240)
    struck.strike("all")
    struck.watch()
    struck.rest()
    Twin(warehouse).lives_through([FIRST, SECOND, third])
    with struck.house.connect("owner") as owner:
        assert differences(fingerprint(owner), Twin(warehouse).fingerprint()) == []
    assert leftovers(struck.house) == []


@pytest.mark.long
@pytest.mark.parametrize("seconds", [0.5, 1.5, 3.0, 10.0, 14.0, 20.0])
def test_a_kill_while_the_house_starts_is_made_good_by_the_next_start(make_house, seconds: float) -> None:
    house = make_house(start=False)
    house.start_and_kill(seconds)
    house.run("up")
    assert house.json("status")["deliveries"] == []
