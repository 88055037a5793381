"""The whole installation, Airflow included: up, used, killed, up again, down."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import psutil
import pytest
from mentor_dw.config import get_settings
from mentor_dw.local import airflow_services, installation
from mentor_dw.local.airflow_api import AirflowApi
from mentor_dw.local.postgres import EmbeddedPostgres

pytestmark = [pytest.mark.house, pytest.mark.postgres]

#: The smallest DAGs that answer to the names the house expects, one started by the other.
DAGS = """
from airflow.sdk import Asset, dag, task

DONE = Asset("probe")


@dag(dag_id="ingest_webreg", schedule=None)
def ingest():
    @task(outlets=[DONE])
    def take():
        print("taken")

    take()


@dag(dag_id="build_warehouse", schedule=[DONE])
def build():
    @task
    def run():
        print("built")

    run()


ingest()
build()
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with everything started; stopped at the end."""
    folder = tmp_path_factory.mktemp("house")
    dags = folder / "dags"
    dags.mkdir()
    (dags / "probe.py").write_text(DAGS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(airflow_services, "DAGS", dags)
        patch.setattr(airflow_services, "expected_dags", lambda: {"ingest_webreg", "build_warehouse"})
        patch.setenv("MENTOR_DW_HOME", str(folder / "home"))
        patch.setenv("MENTOR_DW_PARALLELISM", "2")
        get_settings.cache_clear()
        said: list[str] = []
        try:
            began = time.monotonic()
            installation.up(said.append)
            print(f"first up: {time.monotonic() - began:.1f} s")
            yield folder / "home"
        finally:
            installation.down(said.append)
            EmbeddedPostgres(get_settings()).remove()
            get_settings.cache_clear()


def leaders(home: Path) -> dict[str, psutil.Process]:
    return {
        path.name.removesuffix(".pid.json"): psutil.Process(json.loads(path.read_text())["pid"])
        for path in (home / "airflow").glob("*.pid.json")
    }


def postmaster() -> psutil.Process:
    data = EmbeddedPostgres(get_settings()).data
    return psutil.Process(int((data / "postmaster.pid").read_text().splitlines()[0]))


def wait_for_run(dag_id: str, seconds: float = 60) -> str:
    deadline = time.monotonic() + seconds
    with AirflowApi() as api:
        while time.monotonic() < deadline:
            runs = api.latest_runs(dag_id, limit=1)
            if runs and runs[0]["state"] in ("success", "failed"):
                return runs[0]["state"]
            time.sleep(0.3)
    raise AssertionError(f"no run of {dag_id} ended")


def test_up_is_healthy_and_a_second_up_starts_nothing(home):
    state = installation.state()
    assert state["healthy"] is True
    assert state["postgres"]["status"] == "running"
    before = leaders(home)
    said: list[str] = []
    installation.up(said.append)
    assert leaders(home) == before
    assert not [line for line in said if "start" in line]


def test_one_dag_starts_the_other_through_its_asset(home):
    with AirflowApi() as api:
        run = api.trigger("ingest_webreg", {"why": "test"})
        assert wait_for_run("ingest_webreg") == "success"
        assert api.task_states("ingest_webreg", run) == {"take": "success"}
        assert api.run_state("ingest_webreg", run) == "success"
        assert api.import_errors() == []
    assert wait_for_run("build_warehouse") == "success"


def test_the_page_wants_a_login_and_every_address_is_the_loopback(home):
    with AirflowApi() as api:
        assert api._client.get("/api/v2/dags").status_code == 401
    for leader in leaders(home).values():
        for process in (leader, *leader.children(recursive=True)):
            for connection in process.net_connections():
                if connection.status == psutil.CONN_LISTEN:
                    assert connection.laddr.ip == "127.0.0.1", process.cmdline()


def test_killed_servers_are_started_again_and_leave_no_orphans(home):
    killed = [leaders(home)["scheduler"], postmaster()]
    orphans = [child for process in killed for child in process.children(recursive=True)]
    for process in killed:
        process.send_signal(signal.SIGKILL)
    psutil.wait_procs(killed, timeout=5)
    assert installation.state()["healthy"] is False
    installation.up(lambda line: None)
    assert installation.state()["healthy"] is True
    assert [process for process in orphans if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []
    with AirflowApi() as api:
        api.trigger("ingest_webreg")
    assert wait_for_run("ingest_webreg") == "success"


def test_no_secret_stands_in_a_log(home):
    secrets = {path.read_text().strip() for path in (home / "secrets").iterdir() if path.suffix != ".json"}
    facts = json.loads((home / "secrets" / "connection.json").read_text())
    secrets |= {login["password"] for login in facts["roles"].values()}
    assert len(secrets) > 10
    for log in (path for path in (home / "logs").rglob("*") if path.is_file()):
        text = log.read_text(errors="replace")
        assert not [secret for secret in secrets if secret in text], log


def test_down_leaves_nothing_and_up_comes_back(home):
    processes = [*leaders(home).values(), postmaster()]
    processes += [child for process in processes for child in process.children(recursive=True)]
    installation.down(lambda line: None)
    left = [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    assert left == []
    state = installation.state()
    assert state["installed"] is True and state["healthy"] is False
    assert set(state["airflow"].values()) == {"stopped"}
    installation.down(lambda line: None)
