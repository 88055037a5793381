"""A register in parts over one worker and over two, taken from Redis: how long, and how much faster two are.

Rounds alternate between one and two workers in one house, one task at a time each, so that both meet the same machine.
What is timed is the landing of the parts, from the first one's start to the last one's end by Airflow's own clock: what
comes before and after it is one task either way. Needs the packages for workers (`uv sync --extra celery`) and
redis-server. Where there is one core, two workers cannot be faster; on two they share them with PostgreSQL.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import pytest
from places import empty_home, silent
from wide_file import write

from mentor_dw.config import Settings, get_settings
from mentor_dw.database import address, connect
from mentor_dw.local import installation
from mentor_dw.local.airflow_api import AirflowApi

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "end_to_end"))
from redis_server import redis_server

PERSONS = 120_000
PART_MEGABYTES = 64
ROUNDS = 3
GOALS = {"two_over_one": "below 1 where the machine has the cores"}
LANDING = (
    "select extract(epoch from max(end_date) - min(start_date)), count(*) from task_instance"
    " where dag_id = 'ingest_dream' and task_id = 'land' and map_index >= 0 and run_id = %s"
)


def measure() -> dict[str, float]:
    """Seconds of the landing with one worker and with two, medians, and their ratio."""
    taken: dict[int, list[float]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory(prefix="mentor_dw_bench_") as folder, pytest.MonkeyPatch.context() as patch:
        register = Path(folder) / "register.csv"
        write(register, PERSONS)
        with redis_server(Path(folder)) as redis, empty_home():
            for name, value in redis.settings().items():
                patch.setenv(name, value)
            patch.setenv("MENTOR_DW_WORKER_TASKS", "1")
            patch.setenv("MENTOR_DW_PART_MEGABYTES", str(PART_MEGABYTES))
            patch.setenv("MENTOR_DW_DREAM_PERSONS", "all")
            patch.setenv("MENTOR_DW_DREAM_LEGAL_BASIS", "Benchmark på opdigtede personer")
            # The first round makes everybody's key in the vault, which no later one does; it is not counted.
            for number in range(2 * ROUNDS + 1):
                workers = 2 - number % 2
                patch.setenv("MENTOR_DW_WORKERS", str(workers))
                get_settings.cache_clear()
                installation.up(silent)
                seconds = landed(get_settings(), register, number)
                if number:
                    taken[workers].append(seconds)
    one, two = (statistics.median(taken[workers]) for workers in (1, 2))
    return {"cores": os.cpu_count() or 1, "one_worker": round(one, 2), "two_workers": round(two, 2)} | {
        "two_over_one": round(two / one, 2)
    }


def landed(settings: Settings, register: Path, number: int) -> float:
    """Seconds from the first part's start to the last part's end, of a delivery that nobody took before."""
    target = settings.inbox / "dream" / f"dream_20{number + 10}-03.csv"
    # Another order of persons is another file.
    head, *rows = register.read_text(encoding="ascii").splitlines(keepends=True)
    part = target.with_suffix(".part")
    part.write_text(head + "".join(rows[number:] + rows[:number]), encoding="ascii")
    part.rename(target)
    with AirflowApi() as api:
        api.trigger("ingest_dream", {"wait": True})
        while not decided(target.name):
            time.sleep(0.5)
        with connect("airflow") as connection:
            for run in api.latest_runs("ingest_dream", 10):
                seconds, parts = connection.execute(LANDING, [run["dag_run_id"]]).fetchone().values()
                if parts:
                    return float(seconds)
    raise AssertionError(f"{address('airflow').database} has no landing of {target.name}")


def decided(file_name: str) -> bool:
    """Whether the delivery has its verdict. Raises AssertionError when it was refused."""
    with connect("operator") as connection:
        row = connection.execute("select status from ops.delivery where file_name = %s", [file_name]).fetchone()
    status = row["status"] if row else "received"
    assert status != "refused", file_name
    return status != "received"


if __name__ == "__main__":
    print(measure())
