"""One process of the installation, in a container or on another machine: `python -m mentor_dw.local.container NAME`.

`prepare` makes databases, roles, tables and keys, and ends; the other names become a process of Airflow, in the
foreground. `healthy NAME` tells by its exit code how that process does, from beside it. `docker-compose.yml` runs
these and nothing else. PostgreSQL (MENTOR_DW_DSN) and Redis (MENTOR_DW_BROKER) are other containers, and the home is
a volume that all of them share (docs/machines.md).
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile

import httpx
import psycopg

from mentor_dw.config import Settings, get_settings
from mentor_dw.database import address, safe_errors
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.local import airflow_services as airflow
from mentor_dw.local.connection_file import ensure_viewers
from mentor_dw.local.databases import ensure_logins, ensure_schema, ensure_source_tables
from mentor_dw.local.folders import ensure_folders, write_notes
from mentor_dw.local.given import broker_url, owner_conninfo
from mentor_dw.local.ports import LOOPBACK
from mentor_dw.rotation.flow import go_on

PREPARE, HEALTHY = "prepare", "healthy"
#: What a container can become.
PROCESSES = (*airflow.COMMANDS, airflow.WORKER)
#: What Airflow calls the work of a process in its own table of heartbeats.
JOBS = {"scheduler": "SchedulerJob", "dag-processor": "DagProcessorJob", "triggerer": "TriggererJob"}
#: A health check that takes longer is one that failed; docker-compose.yml waits a little more.
ANSWER_SECONDS = 20
#: All of them say every few seconds that they are alive.
HEARTBEAT_SECONDS = 60


def prepare() -> None:
    """Databases, roles, schema and Airflow's tables. Raises MentorDwError when MENTOR_DW_DSN or the port is missing."""
    settings = get_settings()
    if settings.dsn is None or settings.api_port is None:
        raise MentorDwError("Containers need MENTOR_DW_DSN and MENTOR_DW_API_PORT.", "See .env.example.")
    ensure_folders(settings)
    write_notes(settings, api_port=settings.api_port)
    owner = owner_conninfo(settings)
    ensure_logins(settings, owner)
    ensure_viewers(settings)
    ensure_schema(settings, owner)
    ensure_keys(settings.secrets)
    go_on(print)
    ensure_source_tables()
    airflow.login(settings)
    if not airflow.is_migrated(settings):
        airflow.migrate(settings)


def environment(settings: Settings) -> dict[str, str]:
    """The environment of a process of Airflow; what it keeps for itself alone lies in its own temporary folder."""
    return airflow.process_environment(settings) | {
        "AIRFLOW_HOME": os.path.join(tempfile.gettempdir(), "airflow"),
        # By this name a process is found again among the heartbeats, where there are several of its kind.
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
    }


def become(settings: Settings, name: str) -> None:
    """Turn into the process `name`."""
    command = airflow.command_of(settings, name)
    os.execve(command[0], command, environment(settings))


def is_healthy(settings: Settings, name: str) -> bool:
    """Whether the process `name` of this container does its work.

    Asks what `airflow jobs check --local` and `celery inspect ping` ask, without importing Airflow, which takes ten
    times as long as the question: a check must not be what keeps a small machine busy.
    """
    if name == "api-server":
        url = f"http://{LOOPBACK}:{settings.api_port}/api/v2/monitor/health"
        try:
            return httpx.get(url, timeout=ANSWER_SECONDS, trust_env=False).is_success
        except httpx.HTTPError:
            return False
    if name == airflow.WORKER:
        return _worker_answers(broker_url(settings))
    with safe_errors(), psycopg.connect(address("airflow").url(), connect_timeout=ANSWER_SECONDS) as connection:
        row = connection.execute(
            "select exists (select from job where job_type = %s and hostname = %s and state = 'running'"
            " and latest_heartbeat > now() - make_interval(secs => %s))",
            [JOBS[name], socket.gethostname(), HEARTBEAT_SECONDS],
        ).fetchone()
    return bool(row and row[0])


def _worker_answers(broker: str) -> bool:
    from celery import Celery
    from kombu.exceptions import OperationalError

    node = f"{airflow.WORKER}@{socket.gethostname()}"
    app = Celery(broker=broker)
    app.conf.broker_connection_timeout = ANSWER_SECONDS / 2
    try:
        return bool(app.control.inspect(destination=[node], timeout=ANSWER_SECONDS / 2).ping())
    except (OperationalError, OSError):
        return False


def main(arguments: list[str]) -> None:
    """Do what `arguments` say."""
    match arguments:
        case [name] if name == PREPARE:
            prepare()
        case [name] if name in PROCESSES:
            become(get_settings(), name)
        case [word, name] if word == HEALTHY and name in PROCESSES:
            raise SystemExit(0 if is_healthy(get_settings(), name) else 1)
        case _:
            names = ",".join((PREPARE, *PROCESSES))
            raise SystemExit(f"usage: python -m mentor_dw.local.container {{{names}}}, or {HEALTHY} and one of them")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except MentorDwError as error:
        raise SystemExit(str(error)) from None
