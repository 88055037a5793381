"""The whole installation, Airflow included: up, used, killed, up again, down."""

from __future__ import annotations

import io
import json
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest

from mentor_dw.cli import run as run_command
from mentor_dw.config import get_settings
from mentor_dw.database import address
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


@dag(dag_id="talks", schedule=None)
def talks():
    @task
    def talk():
        import logging
        import os
        import sys
        import warnings

        # Put together here, so that the code, which Airflow keeps too, has none of them.
        cpr, secret = "6112" + "034567", os.environ["AIRFLOW__API_AUTH__JWT_SECRET"]
        print(f"printed {cpr} {secret}")
        print("printed in pieces", cpr[:6], cpr[6:], sep="-")
        print(f"to stderr {cpr[:6]}-{cpr[6:]}", file=sys.stderr)
        logging.getLogger("x").error("logged %s %s", cpr, {"secret": secret, "cpr": [int(cpr)]})
        warnings.warn(f"warned of {cpr}")
        try:
            raise KeyError(cpr)
        except KeyError as cause:
            raise ValueError(f"raised {cpr[:6]} {cpr[6:]} {secret}") from cause

    talk()


ingest()
build()
talks()
"""


#: Prints path and method of every route that a plugin brings.
ROUTES_OF_PLUGINS = """
import json
from airflow.plugins_manager import get_fastapi_plugins

print(json.dumps([
    (app["url_prefix"] + route.path, sorted(getattr(route, "methods", None) or ["GET"])[0])
    for app in get_fastapi_plugins()[0]
    for route in app["app"].routes
]))
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


def test_a_task_that_tells_numbers_and_secrets_leaves_neither_in_logs_database_or_api(home):
    with AirflowApi() as api:
        run = api.trigger("talks")
        assert wait_for_run("talks") == "failed"
        log = json.dumps(api._call("GET", f"/dags/talks/dagRuns/{run}/taskInstances/talk/logs/1"))
    for said in ("printed", "printed in pieces", "to stderr", "logged", "warned of", "KeyError", "raised"):
        assert said in log
    assert log.count("******-****") >= 7 and log.count("***") > log.count("******-****")
    secret = (home / "secrets" / "airflow_jwt_secret").read_text()
    number = re.compile(rb"611203[^0-9a-z]{0,3}4567", re.IGNORECASE)
    places = {"API": log.encode()}
    places |= {path: path.read_bytes() for path in (home / "logs").rglob("*") if path.is_file()}
    with psycopg.connect(address("airflow").url()) as connection:
        for (table,) in connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall():
            with connection.cursor().copy(f'copy "{table}" to stdout') as rows:
                places[table] = b"".join(bytes(block) for block in rows)
    assert len(places) > 50
    assert [name for name, text in places.items() if number.search(text) or secret.encode() in text] == []


def page(path: str, **options) -> httpx.Response:
    """Ask the Airflow page for `path`, with nobody logged in."""
    url = airflow_services.api_url(get_settings())
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        return client.request(options.pop("method", "GET"), path, **options)


def log_in(name: str, password: str) -> dict[str, str]:
    """The header that shows who asks."""
    answer = page("/auth/token", method="POST", json={"username": name, "password": password})
    assert answer.status_code == 201
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_users_log_in_with_their_role_and_are_out_when_they_are_removed(home, capsys):
    assert run_command(["users", "add", "anne.jensen", "--role", "viewer"]) == 0
    first = capsys.readouterr().out.strip()
    assert len(first) >= 20
    for path in (home / "secrets").iterdir():
        assert first not in path.read_text(errors="replace")
    anne = log_in("anne.jensen", first)
    start = {"method": "POST", "json": {"logical_date": None}}
    assert page("/api/v2/dags", headers=anne).status_code == 200
    assert page("/api/v2/dags/ingest_webreg/dagRuns", headers=anne, **start).status_code == 403
    assert page("/api/v2/connections", headers=anne).status_code == 403
    for name, password in (("anne.jensen", first + "x"), ("anne.jensen", ""), ("nobody", first)):
        body = {"username": name, "password": password}
        assert page("/auth/token", method="POST", json=body).status_code == 401
    assert run_command(["users", "remove", "anne.jensen"]) == 0
    assert page("/api/v2/dags", headers=anne).status_code == 403

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdin", io.StringIO("et langt kodeord\n"))
        assert run_command(["users", "add", "anne.jensen", "--role", "op", "--password-stdin"]) == 0
    assert page("/api/v2/dags", headers=anne).status_code == 403, "a token of the user who was removed"
    anne = log_in("anne.jensen", "et langt kodeord")
    assert page("/api/v2/connections", headers=anne).status_code == 200
    assert run_command(["users", "remove", "admin"]) == 1
    with AirflowApi() as api:
        assert api.dag_ids()


def test_every_route_of_every_plugin_wants_a_login(home):
    settings = get_settings()
    found = subprocess.run(
        [sys.executable, "-c", ROUTES_OF_PLUGINS],
        env=airflow_services.process_environment(settings),
        capture_output=True,
        text=True,
    )
    routes = json.loads(found.stdout.splitlines()[-1])
    assert ["/mentor-dw/status", "GET"] in routes
    for path, method in routes:
        assert page(path, method=method).status_code in (401, 403), path
        assert page(path, method=method, headers={"Authorization": "Bearer x"}).status_code in (401, 403), path
    seen = page("/mentor-dw/status", headers=log_in(*airflow_services.login(settings)))
    assert seen.status_code == 200
    assert {"deliveries", "quarantine", "builds", "extracts", "warnings", "drift"} <= seen.json().keys()


def test_other_addresses_of_the_machine_do_not_answer(home):
    port = int(airflow_services.api_url(get_settings()).rpartition(":")[2])
    others = {
        one.address
        for interface in psutil.net_if_addrs().values()
        for one in interface
        if one.family == socket.AF_INET and not one.address.startswith("127.0.0.1")
    }
    for address_ in others | {"127.0.0.2"}:
        with socket.socket() as caller:
            assert caller.connect_ex((address_, port)) != 0, address_


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
    assert wait_for_run("ingest_webreg", seconds=180) == "success"


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
