"""Apache Superset on this machine: in a Python environment of its own, beside the house and not part of it.

`make bi` installs it and calls `up`. What it shows, and to whom, lies in `superset/` of the project (docs/superset.md).
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from mentor_dw.config import PROJECT_ROOT, Settings, get_settings
from mentor_dw.database import address, connect
from mentor_dw.errors import DatabaseTrouble, MentorDwError
from mentor_dw.local.airflow_services import NO_TELEMETRY, PLUGINS, outer_environment
from mentor_dw.local.connection_file import ensure_viewers, superset_home
from mentor_dw.local.folders import kept_secret, read_notes, write_notes
from mentor_dw.local.installation import alone
from mentor_dw.local.ports import LOOPBACK, keep_port
from mentor_dw.local.processes import Service, stop
from mentor_dw.secret_files import write_private

CODE = PROJECT_ROOT / "superset"
ASSETS = CODE / "assets"
PYTHON = PROJECT_ROOT / ".tools" / "superset" / "bin" / "python"
#: Of Superset's administrator, who keeps the dashboards; viewers log in as they do in the warehouse.
ADMIN, PASSWORD_FILE, KEY_FILE = "admin", "superset_admin_password", "superset_secret_key"
READY_SECONDS = 120
#: The note of the home that says which tables, roles and dashboards Superset has.
BROUGHT = "superset_brought"

Say = Callable[[str], None]


def up(say: Say) -> dict[str, Any]:
    """Bring Superset's database to what the project says, start it, and wait until it answers; then `state()`.

    Raises MentorDwError when Superset is not installed, the house is not up, or Superset does not start.
    """
    settings = get_settings()
    _must_be_installed()
    if not _is_published():
        say("Nothing is published yet: the dashboards show data from the first build on (mentor-dw load --wait)")
    with alone(settings):
        ensure_viewers(settings)
        for name in (PASSWORD_FILE, KEY_FILE):
            kept_secret(settings, name)
        if not _service(settings).is_running():
            stop([_service(settings)])  # what a killed server left behind may still hold the port
            keep_port(settings, "superset", None)
        if (
            _fingerprint() != read_notes(settings).get(BROUGHT)
            or not (superset_home(settings) / "superset.db").is_file()
        ):
            stop([_service(settings)])
            say("Superset: bringing its tables, roles and dashboards up to date")
            _run_assets(settings, "bring")
            write_notes(settings, **{BROUGHT: _fingerprint()})
        service = _service(settings)
        if service.start():
            say("Superset: starting")
        _wait_until_it_answers(settings, service)
    return state()


def down(settings: Settings) -> bool:
    """Stop Superset, if it runs; whether it did."""
    return bool(stop([_service(settings)]))


def state() -> dict[str, Any]:
    """Whether Superset is installed and runs, its address, and the file with the administrator's password."""
    settings = get_settings()
    return {
        "installed": PYTHON.is_file(),
        "running": _service(settings).is_running(),
        "url": _url(settings),
        "admin": ADMIN,
        "password_file": str(settings.secrets / PASSWORD_FILE),
    }


def export(folder: Path) -> None:
    """Write the dashboards as they are in Superset to `folder`, in the form that superset/assets has."""
    _must_be_installed()
    settings = get_settings()
    if read_notes(settings).get(BROUGHT) is None:
        raise MentorDwError("Superset has no dashboards yet.", "Run: make bi")
    _run_assets(settings, "export", str(folder))


def _must_be_installed() -> None:
    if not PYTHON.is_file():
        raise MentorDwError("Superset is not installed.", "Run: make bi")


def _is_published() -> bool:
    """Whether there is something to show. Raises MentorDwError when the house is not up."""
    address("bi_reader")
    try:
        with connect("bi_reader") as connection:
            row = connection.execute("select to_regclass('bi.dim_jobcenter') is not null as published").fetchone()
    except DatabaseTrouble:
        raise MentorDwError("The house is not up, and Superset shows what is in it.", "Run: make up") from None
    return bool(row and row["published"])


def _fingerprint() -> str:
    """What tables, roles and dashboards are made from, as a hash."""
    files = sorted(path for path in CODE.rglob("*") if path.suffix in (".py", ".txt", ".yaml"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]


def _environment(settings: Settings) -> dict[str, str]:
    """Everything Superset is told, and no secret: it reads those from their files."""
    home = superset_home(settings)
    return NO_TELEMETRY | {
        "MENTOR_DW_HOME": str(settings.home),
        "MENTOR_DW_SUPERSET_HOME": str(home),
        "MENTOR_DW_SUPERSET_BIND": f"{LOOPBACK}:{read_notes(settings).get('superset_port', '')}",
        "MENTOR_DW_SUPERSET_LOGINS_FILE": str(home / "logins.json"),
        "MENTOR_DW_SUPERSET_PASSWORD_FILE": str(settings.secrets / PASSWORD_FILE),
        "MENTOR_DW_SUPERSET_KEY_FILE": str(settings.secrets / KEY_FILE),
        "MENTOR_DW_CODE": _fingerprint(),
        "PYTHONPATH": os.pathsep.join([str(CODE), str(PLUGINS)]),
        "PYTHONUNBUFFERED": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def _outer() -> dict[str, str]:
    """This process's environment without what is said about another Superset."""
    return {name: value for name, value in outer_environment().items() if not name.startswith(("SUPERSET", "FLASK"))}


def _service(settings: Settings) -> Service:
    return Service(
        name="superset",
        command=(str(PYTHON), "-m", "gunicorn", "--config", str(CODE / "gunicorn.conf.py")),
        environment=_environment(settings),
        outer_environment=_outer(),
        log=settings.logs / "superset.log",
        pid_file=superset_home(settings) / "superset.pid.json",
        grace_seconds=5.0,
    )


def _run_assets(settings: Settings, *arguments: str) -> None:
    """Run superset/mentor_assets.py; what it says goes to a log. Raises MentorDwError when it fails."""
    done = subprocess.run(
        [PYTHON, CODE / "mentor_assets.py", *arguments],
        cwd="/",
        env=_outer() | _environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    log = settings.logs / f"superset-{arguments[0]}.log"
    write_private(log, done.stdout)
    if done.returncode != 0:
        raise MentorDwError(f"Superset could not {arguments[0]} its dashboards.", f"Why is in {log}.")


def _url(settings: Settings) -> str:
    port = read_notes(settings).get("superset_port")
    return f"http://{LOOPBACK}:{port}" if port else ""


def _wait_until_it_answers(settings: Settings, service: Service) -> None:
    """Raises MentorDwError when it stops, or says nothing for READY_SECONDS."""
    ended = time.monotonic() + READY_SECONDS
    while time.monotonic() < ended:
        if not service.is_running():
            raise MentorDwError(f"Superset stopped: {service.log_end()}", f"Its log is {service.log}.")
        try:
            if httpx.get(f"{_url(settings)}/health", timeout=5, trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass  # not yet
        time.sleep(0.3)
    raise MentorDwError(f"Superset does not answer after {READY_SECONDS} s.", f"Its log is {service.log}.")
