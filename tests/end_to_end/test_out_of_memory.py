"""Memory runs out, in a process of ours and in the server: one clear error with its runbook, and then all goes on.

A process that the kernel kills for its memory is one that is killed with SIGKILL: test_crashes.py.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from struck_house import quiet, source_of

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.delivery import flow
from mentor_dw.errors import DatabaseTrouble
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.ingest.flow import take_all
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.publish import publish
from mentor_dw.warehouse.wanted import build_is_wanted

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("without_data_tests"),
]

FILE = Path(__file__).resolve().parents[1] / "fixtures" / "waves" / "wave1" / "step1" / "webreg_2008-09-30.zip"
RUNBOOK = "docs/runbooks/out_of_memory.md"

#: Does the work named first until the place named second is called; from then on the process gets no more memory.
_WORKER = """
import json, resource, sys
from importlib import import_module
from mentor_dw.delivery import flow
from mentor_dw.errors import MentorDwError
from mentor_dw.ingest.flow import take_all
from mentor_dw.validation.gx_suite import import_gx
from mentor_dw.warehouse.build import build
import dbt.task.run

import_gx()
module, name = sys.argv[2].split(":")
*path, name = name.split(".")
place = import_module(module)
for part in path:
    place = getattr(place, part)
real = getattr(place, name)

def short(*arguments, **options):
    pages = int(open("/proc/self/statm").read().split()[0])
    limit = pages * resource.getpagesize() + (1 << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    hoard = []
    try:
        while True:
            hoard.append(bytearray(1 << 16))
    except MemoryError:
        hoard[:2] = []
    try:
        return real(*arguments, **options)
    finally:
        hoard.clear()

setattr(place, name, short)
try:
    eval(sys.argv[1])
    told = {"done": True}
except MentorDwError as error:
    told = {"kind": type(error).__name__, "text": str(error)}
print(json.dumps(told), flush=True)
"""


def without_memory(work: str, place: str) -> dict[str, object]:
    """What `work` ends with when memory runs out at `place`; `signal` when the process did not survive."""
    done = subprocess.run(
        [sys.executable, "-c", _WORKER, work, place], capture_output=True, text=True, env=dict(os.environ), timeout=600
    )
    if done.returncode < 0:
        return {"signal": -done.returncode}
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.fixture(scope="module")
def home(warehouse: Settings) -> Iterator[Settings]:
    ensure_keys(warehouse.secrets)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MENTOR_DW_SETTLE_SECONDS", "0")
        warehouse.settle_seconds = 0
        shutil.copyfile(FILE, warehouse.inbox / source_of(FILE) / FILE.name)
        yield warehouse


def is_clear(told: dict[str, object]) -> bool:
    """Tried again with the runbook's name, or killed, which is tried again too."""
    return "signal" in told or (told.get("kind") == "NoMemory" and RUNBOOK in str(told["text"]))


def test_a_server_without_memory_names_its_runbook(home: Settings) -> None:
    with pytest.raises(DatabaseTrouble, match=RUNBOOK) as caught, connect("transformer") as connection:
        # More locks than the memory that all sessions share has room for.
        connection.execute("select count(pg_advisory_xact_lock(n)) from generate_series(1, 1000000) as n")
    assert caught.value.sqlstate == "53200"
    with connect("transformer") as connection:
        assert connection.execute("select 1 as one").fetchone() == {"one": 1}


@pytest.mark.parametrize("place", ["mentor_dw.ingest.settle:land", "mentor_dw.ingest.settle:judge_with_gx"])
def test_a_delivery_is_left_as_it_was(home: Settings, place: str) -> None:
    told = without_memory("take_all('webreg')", place)
    assert is_clear(told), told
    assert [path.name for path in (home.inbox / "webreg").iterdir()] == [FILE.name]
    with connect("operator") as connection:
        assert connection.execute("select status from ops.delivery").fetchall() == [{"status": "received"}]


def test_a_build_is_wanted_again(home: Settings) -> None:
    assert [outcome["status"] for outcome in take_all("webreg")] == ["accepted"]
    told = without_memory("build(print)", "dbt.task.run:ModelRunner.execute")
    assert is_clear(told), told
    assert build_is_wanted()
    publish(build(quiet))
    assert not build_is_wanted()


def test_an_extract_stays_planned(home: Settings) -> None:
    work = (
        "flow.plan_period('star_webregistrering', '2008', by='airflow') and flow.build_planned('star_webregistrering')"
    )
    told = without_memory(work, "mentor_dw.delivery.flow_make:content_of")
    assert is_clear(told), told
    with connect("operator") as connection:
        assert connection.execute("select status from ops.extract").fetchall() == [{"status": "planned"}]
    assert len(flow.build_planned("star_webregistrering", say=quiet)) == 1
