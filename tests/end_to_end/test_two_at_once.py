"""Two of everything at once, in processes of their own: nothing is accepted twice, and each gets a clear answer."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from struck_house import quiet, source_of

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.ledger import extracts as ledger
from mentor_dw.local.demo_receiver import start_demo_receiver, stop_demo_receiver
from mentor_dw.warehouse.wanted import build_is_wanted

pytestmark = [pytest.mark.postgres, pytest.mark.long, pytest.mark.timeout(1800)]

WAVES = Path(__file__).resolve().parents[1] / "fixtures" / "waves"
FIRST = WAVES / "wave1" / "step1" / "webreg_2008-09-30.zip"
SECOND = WAVES / "wave3" / "step1" / "webreg_2011-02-28.zip"
THIRD = WAVES / "wave2" / "step1" / "webreg_2010-11-30.zip"
REGISTER = WAVES / "wave1" / "step1" / "biflis_2016-05.zip"

#: Waits with everything imported until the other one is as far, and answers with one line of JSON.
_WORKER = """
import json, sys
from mentor_dw.delivery import flow, flow_send
from mentor_dw.errors import MentorDwError
from mentor_dw.ingest import decide
from mentor_dw.ingest.flow import take_all
from mentor_dw.validation.gx_suite import import_gx
from mentor_dw.warehouse import dbt_run
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.publish import publish

WHOLE = dbt_run.DbtProject.build
dbt_run.DbtProject.build = lambda self, *, leave_out=(), **how: WHOLE(self, leave_out=[*leave_out, "test"], **how)
quiet = lambda line: None
import_gx()
print("ready", flush=True)
sys.stdin.readline()
try:
    answer = {"answer": eval(sys.argv[1])}
except MentorDwError as error:
    answer = {"error": str(error)}
print(json.dumps(answer, default=str), flush=True)
"""


def at_once(*works: str) -> list[dict[str, Any]]:
    """Carry out Python expressions side by side, each in its process; `answer` or `error` of each."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", _WORKER, work],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=dict(os.environ),
        )
        for work in works
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n", process.communicate()[1]
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate(timeout=300) for process in processes]
    for process, (_, errors) in zip(processes, told, strict=True):
        assert process.returncode == 0, errors
    return [json.loads(out.strip().splitlines()[-1]) for out, _ in told]


def rows(query: str, *values: Any) -> list[dict[str, Any]]:
    with connect("owner") as connection:
        return connection.execute(query, values).fetchall()


def counts() -> dict[str, int]:
    """Deliveries of webreg by status."""
    # Of the accepted ones of a source the newest counts, and the others are superseded.
    found = rows(
        "select case status when 'superseded' then 'accepted' else status end as status, count(*)::int as n"
        " from ops.delivery where source = 'webreg' group by 1"
    )
    return {row["status"]: row["n"] for row in found}


@pytest.fixture(scope="module")
def home(warehouse: Settings) -> Iterator[Settings]:
    """An installed warehouse whose environment leads other processes there."""
    ensure_keys(warehouse.secrets)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MENTOR_DW_SETTLE_SECONDS", "0")
        yield warehouse


def drop(settings: Settings, file: Path, name: str | None = None) -> Path:
    target = settings.inbox / source_of(file) / (name or file.name)
    shutil.copyfile(file, target)
    return target


def test_two_deliveries_and_the_same_file_twice_are_taken_once_by_two_runs(home: Settings) -> None:
    drop(home, FIRST)
    drop(home, SECOND)
    drop(home, FIRST, "webreg_2008-10-31.zip")
    drop(home, REGISTER)
    told = at_once("take_all('webreg')", "take_all('webreg')", "take_all('biflis')")
    assert all("answer" in one for one in told), told
    taken = [outcome["file_name"] for one in told[:2] for outcome in one["answer"]]
    assert sorted(taken) == [FIRST.name, "webreg_2008-10-31.zip", SECOND.name]
    assert counts() == {"accepted": 2, "duplicate": 1}
    assert [one["status"] for one in told[2]["answer"]] == ["accepted"]
    landed = rows("select count(*)::int as n from (select delivery_id from raw.webreg__borgere group by 1) as found")
    assert landed[0]["n"] == 2
    assert list((home.inbox / "webreg").iterdir()) == []


def test_a_delivery_that_is_taken_and_one_that_is_withdrawn_do_not_meet(home: Settings) -> None:
    before = rows("select delivery_id from ops.delivery where file_name = %s and status = 'accepted'", SECOND.name)
    drop(home, THIRD)
    withdraw = f"decide.withdraw({before[0]['delivery_id']}, 'Sendt ved en fejl', 'ansvarlig').status"
    told = at_once("take_all('webreg')", withdraw, withdraw)
    assert [one["file_name"] for one in told[0]["answer"]] == [THIRD.name]
    # One of the two withdraws, the other is told that it is withdrawn.
    assert [one["answer"] for one in told[1:] if "answer" in one] == ["withdrawn"], told
    assert [one["error"] for one in told[1:] if "is withdrawn" in one.get("error", "")], told
    assert counts() == {"accepted": 2, "duplicate": 1, "withdrawn": 1}


def test_a_refused_delivery_is_accepted_once_when_two_accept_and_one_judges_it_again(home: Settings) -> None:
    broken = drop(home, SECOND)
    with zipfile.ZipFile(broken, "a") as packed:
        packed.comment = b"another file of the same content"
    broken.with_name(f"{broken.name}.sha256").write_text(f"{'0' * 64}\n")
    [told] = at_once("take_all('webreg')")
    assert [one["status"] for one in told["answer"]] == ["refused"]
    number = rows("select max(delivery_id) as n from ops.delivery where status = 'refused'")[0]["n"]
    accept = f"decide.accept({number}, 'Afsenderens kontrolsum er forkert', 'ansvarlig', quiet).status"
    told = at_once(accept, accept, f"decide.rejudge({number}, quiet).status")
    # Judged again first, it is in already; accepted first, it may still be judged again.
    assert sum("answer" in one for one in told[:2]) <= 1 <= sum("answer" in one for one in told), told
    same = rows(
        "select count(*)::int as n from ops.delivery where sha256 = (select sha256 from ops.delivery where"
        " delivery_id = %s) and status = 'accepted'",
        number,
    )
    assert same[0]["n"] == 1


def test_two_builds_and_two_publishes_follow_each_other(home: Settings) -> None:
    told = at_once("build(quiet)", "build(quiet)")
    numbers = sorted(one["answer"] for one in told)
    assert numbers[1] == numbers[0] + 1
    told = at_once(f"publish({numbers[1]})", f"publish({numbers[1]})", f"publish({numbers[0]})")
    assert told[0] == told[1] and told[0]["answer"]["build_id"] == numbers[1]
    assert "later build" in told[2]["error"] or "replaced" in told[2]["error"]
    published = rows("select build_id, status from ops.build order by build_id")
    assert [row["status"] for row in published] == ["built", "published"]
    assert not build_is_wanted()


def test_an_extract_is_built_once_and_sent_once(home: Settings) -> None:
    receiver = start_demo_receiver(home.home, quiet)
    try:
        work = "flow.build_extract('ministeriet_oekonomi', '2015', by='airflow', say=quiet)"
        told = at_once(work, work, "flow.build_planned('ministeriet_oekonomi', say=quiet)")
        assert told[0]["answer"] == told[1]["answer"]
        assert rows("select status from ops.extract") == [{"status": "built"}]
        built = rows("select count(*)::int as n from ops.extract_event where event = 'built'")
        assert built[0]["n"] == 1
        release = "flow.release('ministeriet_oekonomi', '2015', by='Dataejeren')['status']"
        told = at_once(release, release)
        assert sorted("error" in one for one in told) == [False, True]
        told = at_once("flow_send.send_released(say=quiet)", "flow_send.send_released(say=quiet)")
        assert sorted(len(one["answer"]) for one in told) == [0, 1]
        with connect("delivery") as connection:
            [row] = ledger.in_step(connection, ("sent",))
        folder = Path(receiver["ministeriet"]["folder"])
        assert len([path for path in folder.iterdir() if path.name.startswith(row["stem"])]) == 4
    finally:
        stop_demo_receiver(home.home)
