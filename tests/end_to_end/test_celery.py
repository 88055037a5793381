"""Two workers take a register's parts from Redis; one is killed in the middle, and nothing is missing or doubled."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest
from redis_server import Redis, redis_server
from waiting import wait_for

from mentor_dw.database import connect
from mentor_dw.feeds import load_feed
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.ingest.take import take

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
from wide_file import write

pytestmark = [pytest.mark.long, pytest.mark.house, pytest.mark.timeout(1500)]

FILE = "dream_2016-03.csv"
#: About eight parts of a megabyte.
PERSONS = 2300
BASIS = "Databeskyttelsesloven § 10, afgørelse af 1. marts 2016"
WORKERS = ("worker-1", "worker-2")
TABLES = ("person", "forsoergelse", "beskaeftigelse")
PARTS = "from task_instance where dag_id = 'ingest_dream' and task_id = 'land' and map_index >= 0"


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    pytest.importorskip("celery", reason="uv sync --frozen --extra celery")
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module")
def house(redis: Redis, module_house):
    """A house whose tasks are run by two workers, one at a time each."""
    module_house.env |= redis.settings() | {
        "MENTOR_DW_WORKERS": "2",
        "MENTOR_DW_WORKER_TASKS": "1",
        "MENTOR_DW_DREAM_PERSONS": "all",
        "MENTOR_DW_DREAM_LEGAL_BASIS": BASIS,
    }
    module_house.run("up")
    return module_house


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("register") / FILE
    write(path, PERSONS)
    return path


def ask(house, role: str, query: str) -> list[tuple]:
    with house.connect(role, autocommit=True) as connection:
        return connection.execute(query).fetchall()


def leader_of(house, worker: str) -> int:
    return json.loads((house.home / "airflow" / f"{worker}.pid.json").read_text())["pid"]


def session(leader: int) -> list[psutil.Process]:
    """The process and all that it started."""
    found = []
    for pid in psutil.pids():
        with suppress(OSError, psutil.Error):
            if os.getsid(pid) == leader:
                found.append(psutil.Process(pid))
    return found


def taken_by(house, worker: str) -> set[str]:
    """The Celery ids of the tasks that a worker took, by its log."""
    log = (house.home / "logs" / f"{worker}.log").read_text(encoding="utf-8")
    return set(re.findall(r"execute_workload\[([0-9a-f-]{36})\] received", log))


def spells(connection: psycopg.Connection) -> dict[str, list[str]]:
    """All rows of the register by table, without the delivery's number and the persons' keys, which are drawn."""
    return {
        table: [
            row[0]
            for row in connection.execute(
                "select line from (select (to_jsonb(t) - 'delivery_id' - 'person_key')::text as line"
                f" from raw.dream__{table} as t) as lines order by line"
            ).fetchall()
        ]
        for table in TABLES
    }


def test_a_register_goes_over_both_workers_and_one_of_them_is_killed(house, redis: Redis, register: Path, warehouse):
    house.drop(register, source="dream")
    house.run("load")

    def both_have_landed_and_the_second_is_landing() -> int | None:
        """The process in which a task runs that is to die."""
        ended = {row[0] for row in ask(house, "airflow", f"select external_executor_id {PARTS} and state = 'success'")}
        if not all(ended & taken_by(house, worker) for worker in WORKERS):
            return None
        running = ask(house, "airflow", f"select external_executor_id, pid {PARTS} and state = 'running'")
        of_second = taken_by(house, "worker-2")
        return next((pid for task, pid in running if task in of_second and pid), None)

    task = wait_for(both_have_landed_and_the_second_is_landing, 180, 0.02)
    leader = leader_of(house, "worker-2")
    assert os.getsid(task) == leader
    for process in session(leader):
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)

    on_its_way = "\n".join(content_of(redis))
    password = redis.password_file.read_text().strip()
    for secret in {password, *(password_of(house, role) for role in ("loader", "airflow", "owner"))}:
        assert secret not in on_its_way
        assert not [p for p in house.processes() if secret in " ".join(p.cmdline())]

    accepted = "select status, rows_read, rows_accepted, version from ops.delivery where source = 'dream'"
    wait_for(lambda: ask(house, "operator", accepted)[0][0] == "accepted", 400, 1)
    assert ask(house, "operator", accepted) == [("accepted", PERSONS, PERSONS, 1)]
    # The task that died was tried again, by the one that was left; no other task was.
    tries = ask(house, "airflow", f"select try_number, external_executor_id {PARTS} order by try_number")
    assert len(tries) >= 8 and [number for number, _ in tries].count(2) == 1 and tries[-1][0] == 2
    assert tries[-1][1] in taken_by(house, "worker-1")

    ensure_keys(warehouse.secrets)
    warehouse.dream_persons, warehouse.dream_legal_basis = "all", BASIS
    target = warehouse.inbox / "dream" / FILE
    target.write_bytes(register.read_bytes())
    take(target, load_feed("dream"), lambda line: None)
    with connect("loader") as undisturbed:
        undisturbed.row_factory = psycopg.rows.tuple_row
        with house.connect("loader") as ours:
            assert spells(ours) == spells(undisturbed)
    left = ask(house, "owner", "select count(*) from pg_tables where schemaname = 'landing' and tablename ~ '_[0-9]+$'")
    assert left == [(0,)]


def test_what_was_killed_is_started_again_and_neither_logs_nor_numbers_tell(house, register: Path):
    house.run("up")
    assert all(psutil.pid_exists(leader_of(house, worker)) for worker in WORKERS)
    numbers = {line[:10] for line in register.read_bytes().decode().splitlines()[1:]}
    for path in (house.home / "logs").rglob("*.log"):
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not numbers & set(re.findall(r"\d{10}", text)), path.name
        assert "eyJ" not in text, path.name  # a token of the API


def test_fewer_workers_are_wanted_and_one_is_stopped(house):
    second = leader_of(house, "worker-2")
    house.env["MENTOR_DW_WORKERS"] = "1"
    house.run("up")
    wait_for(lambda: not psutil.pid_exists(second), 30)
    house.run("down")
    assert house.processes() == []


def content_of(redis: Redis) -> list[str]:
    """All that lies in Redis."""
    from redis import Redis as Client

    client = Client(port=redis.port, password=redis.password_file.read_text().strip(), decode_responses=True)
    reads = {
        "list": lambda key: client.lrange(key, 0, -1),
        "hash": client.hgetall,
        "set": client.smembers,
        "zset": lambda key: client.zrange(key, 0, -1),
        "string": client.get,
    }
    found = {key: str(reads[client.type(key)](key)) for key in client.scan_iter()}
    assert "unacked" in found
    return [f"{key} {value}" for key, value in found.items()]


def password_of(house, role: str) -> str:
    facts = json.loads((house.home / "secrets" / "connection.json").read_text())
    return facts["roles"][role]["password"]
