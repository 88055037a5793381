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

from mentor_dw.config import Settings, get_settings
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.local import airflow_services as airflow
from mentor_dw.local.databases import ensure_logins, ensure_schema, ensure_source_tables
from mentor_dw.local.folders import ensure_folders, write_notes
from mentor_dw.local.given import owner_conninfo
from mentor_dw.local.ports import LOOPBACK
from mentor_dw.rotation.flow import go_on

PREPARE, HEALTHY = "prepare", "healthy"
#: What a container can become.
PROCESSES = (*airflow.COMMANDS, airflow.WORKER)
#: What Airflow calls the work of a process in its own table of heartbeats.
JOBS = {"scheduler": "SchedulerJob", "dag-processor": "DagProcessorJob", "triggerer": "TriggererJob"}
#: A health check that takes longer is one that failed; docker-compose.yml waits a little more.
ANSWER_SECONDS = 20


def prepare() -> None:
    """Databases, roles, schema and Airflow's tables. Raises MentorDwError when MENTOR_DW_DSN or the port is missing."""
    settings = get_settings()
    if settings.dsn is None or settings.api_port is None:
        raise MentorDwError("Containers need MENTOR_DW_DSN and MENTOR_DW_API_PORT.", "See .env.example.")
    ensure_folders(settings)
    write_notes(settings, api_port=settings.api_port)
    owner = owner_conninfo(settings)
    ensure_logins(settings, owner)
    ensure_schema(settings, owner)
    ensure_keys(settings.secrets)
    go_on(print)
    ensure_source_tables()
    airflow.login(settings)
    if not airflow.is_migrated(settings):
        airflow.migrate(settings)


def environment(settings: Settings) -> dict[str, str]:
    """The environment of a process of Airflow; what it keeps for itself alone lies in its own temporary folder."""
    return airflow.process_environment(settings) | {"AIRFLOW_HOME": os.path.join(tempfile.gettempdir(), "airflow")}


def become(settings: Settings, name: str) -> None:
    """Turn into the process `name`."""
    command = airflow.command_of(settings, name)
    os.execve(command[0], command, environment(settings))


def check(settings: Settings, name: str) -> None:
    """End with 0 when the process `name` beside this one does its work, with something else when it does not."""
    if name == "api-server":
        try:
            url = f"http://{LOOPBACK}:{settings.api_port}/api/v2/monitor/health"
            httpx.get(url, timeout=ANSWER_SECONDS, trust_env=False).raise_for_status()
        except httpx.HTTPError:
            raise SystemExit(1) from None
        return
    if name == airflow.WORKER:
        node = f"{airflow.WORKER}@{socket.gethostname()}"
        app = "airflow.providers.celery.executors.celery_executor.app"
        asked = ("celery", "--app", app, "inspect", "ping", "--timeout", str(ANSWER_SECONDS), "--destination", node)
    else:
        asked = ("airflow", "jobs", "check", "--local", "--job-type", JOBS[name])
    command = (sys.executable, "-m", *asked)
    os.execve(command[0], command, environment(settings))


def main(arguments: list[str]) -> None:
    """Do what `arguments` say."""
    match arguments:
        case [name] if name == PREPARE:
            prepare()
        case [name] if name in PROCESSES:
            become(get_settings(), name)
        case [word, name] if word == HEALTHY and name in PROCESSES:
            check(get_settings(), name)
        case _:
            names = ",".join((PREPARE, *PROCESSES))
            raise SystemExit(f"usage: python -m mentor_dw.local.container {{{names}}}, or {HEALTHY} and one of them")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except MentorDwError as error:
        raise SystemExit(str(error)) from None
