"""The life of one house: killed while it starts, started, given a large register, two servers of it killed, stopped.

The tests of this file run in order and share the house; starting one takes longer than most of what is asked of it.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import psycopg
import pytest
from waiting import wait_for

from mentor_dw.cli import run as run_command
from mentor_dw.config import get_settings
from mentor_dw.database import address
from mentor_dw.local import airflow_services, installation
from mentor_dw.local.airflow_api import AirflowApi
from mentor_dw.local.page_logins import add_login
from mentor_dw.local.postgres import EmbeddedPostgres

pytestmark = [pytest.mark.house, pytest.mark.timeout(900)]

WEEKS = [f"y_{year:02}{week:02}" for year in (12, 13, 14) for week in range(1, 53)]
PERSONS = 4_500

#: A DAG beside the house's own, of one task that says what it should not.
TALKS = """
from airflow.sdk import dag, task


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
def home(module_house, tmp_path_factory) -> Iterator[Path]:
    """The home of a house whose first start was killed, started; this process's settings lead to it."""
    module_house.start_and_kill(6)
    dags = tmp_path_factory.mktemp("dags")
    shutil.copytree(airflow_services.DAGS, dags, dirs_exist_ok=True)
    (dags / "talks.py").write_text(TALKS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(airflow_services, "DAGS", dags)
        for name in [name for name in os.environ if name.startswith("MENTOR_DW_")]:
            patch.delenv(name)
        for name in [name for name in module_house.env if name.startswith("MENTOR_DW_")]:
            patch.setenv(name, module_house.env[name])
        get_settings.cache_clear()
        installation.up(lambda line: None)
        yield module_house.home
    get_settings.cache_clear()


def register(letter: str) -> str:
    """A file of about 2.4 MB; `letter` makes it another one."""
    header = ";".join(["pnr", "koen", "foedselsdato", "kommunekode", "herkomst", "civilstand", *WEEKS])
    cells = ";".join(["130"] * 104 + [""] * 52)
    lines = [
        f"{61 + number % 30:02}{1 + number // 30 % 12:02}{number // 360:02}0017;M;1980-01-01;101;dansk;{letter};{cells}"
        for number in range(PERSONS)
    ]
    return "\n".join([header, *lines]) + "\n"


def leaders(home: Path) -> dict[str, psutil.Process]:
    return {
        path.name.removesuffix(".pid.json"): psutil.Process(json.loads(path.read_text())["pid"])
        for path in (home / "airflow").glob("*.pid.json")
    }


def postmaster() -> psutil.Process:
    data = EmbeddedPostgres(get_settings()).data
    return psutil.Process(int((data / "postmaster.pid").read_text().splitlines()[0]))


def test_a_kill_while_the_house_starts_is_made_good_by_the_next_start(home, module_house):
    assert module_house.json("status")["deliveries"] == []
    assert installation.state()["postgres"]["status"] == "running"
    wait_for(lambda: installation.state()["healthy"], 60)


def test_a_second_up_starts_nothing(home):
    before = leaders(home)
    said: list[str] = []
    installation.up(said.append)
    assert leaders(home) == before
    assert not [line for line in said if "start" in line]


def test_two_files_in_parts_and_a_packed_one_are_taken_in_order_at_once(home, module_house, tmp_path: Path) -> None:
    house = module_house
    files = [tmp_path / name for name in ("dream_2014-10.csv", "dream_2014-11.csv", "dream_2014-12.csv.gz")]
    for file, letter in zip(files, "UGF", strict=True):
        text = register(letter).encode()
        file.write_bytes(gzip.compress(text) if file.suffix == ".gz" else text)
    assert 2 << 20 < files[0].stat().st_size < 3 << 20
    house.drop(*files, source="dream")
    house.run("load", "--wait")

    status = house.json("status")
    taken = [row for row in status["deliveries"] if row["file_name"] in {file.name for file in files}]
    assert [(row["file_name"], row["status"]) for row in taken] == [
        ("dream_2014-10.csv", "superseded"),
        ("dream_2014-11.csv", "superseded"),
        ("dream_2014-12.csv.gz", "accepted"),
    ]
    for row in taken:
        assert row["rows_read"] == PERSONS == row["rows_accepted"] + row["rows_withheld"]
    assert status["builds"][-1]["status"] == "published"

    with AirflowApi() as api:
        runs = [api.task_states("ingest_dream", run["dag_run_id"]) for run in api.latest_runs("ingest_dream", 50)]
    in_parts = [states for states in runs if "land[0]" in states]
    assert len(in_parts) == 2
    for states in in_parts:
        assert [states[f"land[{part}]"] for part in range(3)] == ["success"] * 3 and "land[3]" not in states
        assert states["decide"] == states["tell"] == "success"


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
        wait_for(lambda: "talks" in api.dag_ids(), 120)
        run = api.trigger("talks")
        wait_for(lambda: api.run_state("talks", run) in ("success", "failed"), 120)
        assert api.run_state("talks", run) == "failed"
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


def test_a_login_of_one_area_sees_nothing_that_is_told_of_all(home):
    password = "et langt kodeord"
    for role in ("viewer", "admin"):
        add_login(get_settings(), f"viborg.{role}", role, password, "team_viborg")
        viborg = log_in(f"viborg.{role}", password)
        for path in ("dags", "assets", "connections", "pools", "eventLogs", "importErrors", "dags/~/dagRuns"):
            assert page(f"/api/v2/{path}", headers=viborg).status_code == 403, path
        assert page("/ui/auth/menus", headers=viborg).json()["authorized_menu_items"] == []
        for path in ("status", "metrics", "deliveries", "figures", "extracts"):
            assert page(f"/mentor-dw/{path}", headers=viborg).status_code == 403, path
        views = [
            view for one in page("/api/v2/plugins", headers=viborg).json()["plugins"] for view in one["external_views"]
        ]
        assert {"/mentor-dw/outcomes", "/mentor-dw/budgets"} <= {view["href"] for view in views}
        assert page("/mentor-dw/docs/pages", headers=viborg).status_code == 200


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
        assert page(path, method=method).status_code == 401, path
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


@pytest.mark.long
def test_killed_servers_are_started_again_and_leave_no_orphans(home):
    killed = [leaders(home)["scheduler"], postmaster()]
    orphans = [child for process in killed for child in process.children(recursive=True)]
    for process in killed:
        process.send_signal(signal.SIGKILL)
    psutil.wait_procs(killed, timeout=5)
    assert installation.state()["healthy"] is False
    installation.up(lambda line: None)
    wait_for(lambda: installation.state()["healthy"], 60)
    assert [process for process in orphans if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []
    with AirflowApi() as api:
        run = api.trigger("ingest_webreg")
        wait_for(lambda: api.run_state("ingest_webreg", run) in ("success", "failed"), 120)
        assert api.run_state("ingest_webreg", run) == "success"


def test_no_secret_stands_in_a_log(home):
    secrets = {path.read_text().strip() for path in (home / "secrets").iterdir() if path.suffix != ".json"}
    facts = json.loads((home / "secrets" / "connection.json").read_text())
    secrets |= {login["password"] for login in facts["roles"].values()}
    assert len(secrets) > 10
    for log in (path for path in (home / "logs").rglob("*") if path.is_file()):
        text = log.read_text(errors="replace")
        assert not [secret for secret in secrets if secret in text], log


def test_down_leaves_nothing(home, module_house):
    processes = [*leaders(home).values(), postmaster()]
    processes += [child for process in processes for child in process.children(recursive=True)]
    installation.down(lambda line: None)
    left = [process for process in processes if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    assert left == [] == module_house.processes()
    state = installation.state()
    assert state["installed"] is True and state["healthy"] is False
    assert set(state["airflow"].values()) == {"stopped"}
    installation.down(lambda line: None)
