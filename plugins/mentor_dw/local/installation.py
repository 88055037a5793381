"""The installation as a whole: `up`, `down` and what there is."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from mentor_dw.config import Settings, get_settings
from mentor_dw.database import CONNECTION_FILE
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.ledger.access import collect
from mentor_dw.local import airflow_services as airflow
from mentor_dw.local import processes
from mentor_dw.local.airflow_api import PARTS, AirflowApi
from mentor_dw.local.databases import ensure_logins, ensure_schema, ensure_source_tables
from mentor_dw.local.folders import ensure_folders, read_notes, write_notes
from mentor_dw.local.given import owner_conninfo
from mentor_dw.local.ports import is_loopback
from mentor_dw.local.postgres import EmbeddedPostgres, server_log
from mentor_dw.masking import mask_cpr

#: Lies in the home while it is made from a backup (backup/restore.py).
UNFINISHED = "restore_unfinished"
READY_SECONDS = 180
STALE_ERROR_SECONDS = 20

#: The note of the home that says whether the house is to run: `up` or `down`.
WANTED = "wanted"

Say = Callable[[str], None]


def up(say: Say) -> dict[str, Any]:
    """Install what is missing, start what does not run, and wait until all of it answers; then `state()`.

    Raises MentorDwError when a part does not start, or a DAG that must be there cannot be read.
    """
    # The one knows SSH, the other all that keys protect; `state` needs none of it.
    from mentor_dw.local import demo_receiver
    from mentor_dw.rotation.flow import go_on

    settings = get_settings()
    if (settings.home / UNFINISHED).is_file():
        raise MentorDwError(
            "This home was being made from a backup, and that did not come to its end.",
            "Stop it (mentor-dw down), delete it, and restore again (docs/runbooks/restore.md).",
        )
    ensure_folders(settings)
    with alone(settings):
        _want(settings, "up")
        owner, came_back = _start_postgres(settings, say)
        ensure_logins(settings, owner)
        airflow.choose_api_port(settings)
        airflow.login(settings)
        services = airflow.services(settings, airflow.airflow_environment(settings))
        if came_back and any(service.is_running() for service in services.values()):
            # What ran while the database was gone may give up at any moment, also after it looked healthy.
            processes.stop(services.values())
            say("Airflow: stopped, because its database had been gone")
        with ThreadPoolExecutor(max_workers=1) as pool:
            schema = pool.submit(ensure_schema, settings, owner)
            if not airflow.is_migrated(settings):
                processes.stop(services.values())
                airflow.migrate(settings)
                say("Airflow's database is ready")
            for name in schema.result():
                say(f"warehouse: {name} applied")
        ensure_keys(settings.secrets)
        go_on(say)
        ensure_source_tables()
        # A log that was set aside goes when it has been read.
        collect(server_log(settings))
        processes.stop(airflow.workers_too_many(settings))
        started = [name for name, service in services.items() if service.start()]
        if started:
            say(f"Airflow: starting {', '.join(started)}")
        if demo_receiver.is_set_up(settings.home):
            demo_receiver.start_demo_receiver(settings.home, say)
        _wait_until_ready(settings, services)
    say(f"Airflow answers at {airflow.api_url(settings)}")
    if not is_loopback(settings.api_host):
        say(
            f"It listens on {settings.api_host} (MENTOR_DW_API_HOST) without TLS: passwords and what is shown cross the"
            " network in the clear. Let only a proxy that speaks TLS reach it."
        )
    return state()


def down(say: Say) -> None:
    """Stop everything that belongs to this home. What a given server (MENTOR_DW_DSN) does is not ours to stop."""
    from mentor_dw.local import demo_receiver, superset

    settings = get_settings()
    if not settings.home.is_dir():
        say("nothing is installed")
        return
    with alone(settings):
        _want(settings, "down")
        stopped = processes.stop([*airflow.services(settings).values(), *airflow.workers_too_many(settings)])
        say(f"Airflow: stopped {', '.join(stopped)}" if stopped else "Airflow was not running")
        if demo_receiver.stop_demo_receiver(settings.home):
            say("Demo receiver: stopped")
        if superset.down(settings):
            say("Superset: stopped")
        if settings.dsn is None:
            say("PostgreSQL: stopped" if EmbeddedPostgres(settings).stop() else "PostgreSQL was not running")


def state() -> dict[str, Any]:
    """What there is and how it does; works before anything is installed.

    `home`, `installed`; `postgres`: `status` (running, stopped, given), `port`; `airflow`: running or stopped by
    process; `health`: healthy, unhealthy or down by part of Airflow; `airflow_url`; `healthy`: all of it.
    """
    settings = get_settings()
    port = None if settings.dsn else EmbeddedPostgres(settings).running_port()
    running = {name: service.is_running() for name, service in airflow.services(settings).items()}
    if running["api-server"]:
        with AirflowApi(settings) as api:
            health = api.health()
    else:
        health = dict.fromkeys(PARTS, "down")
    return {
        "home": str(settings.home),
        "installed": (settings.secrets / CONNECTION_FILE).is_file(),
        "postgres": {"status": "given" if settings.dsn else "running" if port else "stopped", "port": port},
        "airflow": {name: "running" if is_running else "stopped" for name, is_running in running.items()},
        "health": health,
        "airflow_url": airflow.api_url(settings),
        "healthy": all(running.values()) and all(status == "healthy" for status in health.values()),
    }


def _start_postgres(settings: Settings, say: Say) -> tuple[str, bool]:
    """Conninfo of the owner, the embedded server running, and whether it had to be started."""
    if settings.dsn is not None:
        return owner_conninfo(settings), False
    postgres = EmbeddedPostgres(settings)
    stopped = postgres.running_port() is None
    if stopped:
        postgres.start()
        say(f"PostgreSQL: started on port {postgres.running_port()}")
    return postgres.url(), stopped


def _wait_until_ready(settings: Settings, services: dict[str, processes.Service]) -> None:
    """Wait until every part is healthy and every expected DAG is known. Raises MentorDwError with what is missing."""
    began, deadline = datetime.now(UTC), time.monotonic() + READY_SECONDS
    expected = airflow.expected_dags()
    fallen: set[str] = set()
    with AirflowApi(settings) as api:
        while True:
            for name, service in services.items():
                if service.is_running():
                    continue
                if name in fallen:
                    raise MentorDwError(
                        f"Airflow's {name} stopped again: {service.log_end()}", f"Its log is {service.log}."
                    )
                # It may have run while the database was gone; with the database back it gets another chance.
                fallen.add(name)
                service.start()
            missing = [part for part, status in api.health().items() if status != "healthy"]
            if not missing:
                missing = _missing_dags(api, expected, began)
                if not missing:
                    return
            if time.monotonic() > deadline:
                raise MentorDwError(
                    f"Airflow is not ready after {READY_SECONDS} s; missing: {', '.join(missing)}.",
                    f"Logs are in {settings.logs}.",
                )
            time.sleep(0.3)


def _missing_dags(api: AirflowApi, expected: set[str], began: datetime) -> list[str]:
    """What is still waited for. Raises MentorDwError naming a DAG file that cannot be read.

    An error from before `began` may be mended and the file not yet read again; it counts after a while.
    """
    try:
        missing = [f"DAG {dag_id}" for dag_id in sorted(expected - api.dag_ids())]
        errors = api.import_errors() if missing else []
    except MentorDwError as error:
        return [error.message]  # a machine under load: healthy a moment ago, too slow now
    patience_ended = datetime.now(UTC) - began > timedelta(seconds=STALE_ERROR_SECONDS)
    for error in errors:
        if patience_ended or datetime.fromisoformat(error["timestamp"]) >= began:
            last_line = mask_cpr(error["stack_trace"].strip().splitlines()[-1])
            raise MentorDwError(f"{error['filename']} cannot be read: {last_line}")
    return missing


def _want(settings: Settings, what: str) -> None:
    if read_notes(settings).get(WANTED) != what:
        write_notes(settings, wanted=what)


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """One `up` or `down` per home at a time; the next one waits. Released by the system when the process dies."""
    lock = os.open(settings.home / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
