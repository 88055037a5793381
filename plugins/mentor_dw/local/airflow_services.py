"""Airflow on this machine: its settings, all by environment, its four processes, and workers where they are wanted."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import psycopg
from pydantic import SecretStr

from mentor_dw.config import PROJECT_ROOT, Settings
from mentor_dw.database import address, safe_errors
from mentor_dw.delivery.specification.read import specifications
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import sources
from mentor_dw.local.folders import airflow_home, kept_secret, read_notes, write_notes
from mentor_dw.local.given import broker_url
from mentor_dw.local.page_logins import HOUSE_USER, ensure_house_login
from mentor_dw.local.ports import LOOPBACK, keep_port
from mentor_dw.local.processes import Service, stop
from mentor_dw.secret_files import secret_variables, write_private

DAGS = PROJECT_ROOT / "dags"
PLUGINS = PROJECT_ROOT / "plugins"
#: The password of the user that the command logs in as.
PASSWORD_FILE = "airflow_admin_password"

#: The processes and their command lines, host and port left open. Logs are read from the disk that all share, so
#: no process serves them: Airflow would do that on every address of the machine.
COMMANDS: dict[str, tuple[str, ...]] = {
    "api-server": ("api-server", "--host", "{host}", "--port", "{port}", "--workers", "1"),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}

#: A process that takes tasks from Redis; there may be any number, on any machine that has the home (docs/machines.md).
WORKER = "worker"
WORKER_COMMAND = (
    *("celery", "worker", "--skip-serve-logs", "--without-mingle", "--without-gossip"),
    *("--celery-hostname", "{name}@%h"),
)

#: Only whoever runs tasks has work to finish. The others answer and look, keep nothing, and take longer to fold
#: up their memory than is worth waiting for.
TASKS_GRACE = 20.0
GRACE = 2.0

#: Nothing leaves the machine unasked.
NO_TELEMETRY = {
    "DO_NOT_TRACK": "1",
    "SCARF_ANALYTICS": "false",
    "GX_ANALYTICS_ENABLED": "False",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
}

EXECUTOR = "mentor_dw.local.executor.PreparedLocalExecutor"

#: What a worker took and did not finish is offered again after so long, in seconds: later than any task takes, since
#: Airflow notices a dead worker by itself, within a minute, and a second offer of a task that runs is turned away.
VISIBILITY_TIMEOUT = 86_400

_PID_SUFFIX = ".pid.json"
_SAID_BY_US = ("AIRFLOW", "_AIRFLOW", "MENTOR_DW_")

#: The same in every installation, containers included.
FIXED_SETTINGS = {
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
    "AIRFLOW__CORE__DEFAULT_TIMEZONE": "Europe/Copenhagen",
    "AIRFLOW__CORE__AUTH_MANAGER": "mentor_dw.local.auth_manager.HouseAuthManager",
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
    "AIRFLOW__LOGGING__LOGGING_CONFIG_CLASS": "mentor_dw.local.airflow_logging.LOGGING_CONFIG",
    # A changed DAG file is seen within seconds by its time stamp; parsing what did not change is left for later.
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "600",
    # How soon the next task of a chain starts, against what an idle house costs: every look is a dozen queries.
    "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "1",
    # A task whose process was killed is noticed, and retried, within about a minute instead of five.
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
    "PYTHONUNBUFFERED": "1",
    # Nothing here multiplies matrices; without threads of its own, numpy can be forked at any moment.
    "OPENBLAS_NUM_THREADS": "1",
    # pandas imports Arrow, whose allocator would start a thread of its own.
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    **NO_TELEMETRY,
}


def expected_dags() -> set[str]:
    """The DAGs that the house needs: one per source and per extract, the build, the housekeeping, the night's work."""
    ingests = {f"ingest_{source}" for source in sources()}
    return ingests | {f"extract_{name}" for name in specifications()} | {"build_warehouse", "housekeeping", "night"}


def code_fingerprint() -> str:
    """What the package's Python files and the locked packages say, as a hash."""
    files = [*sorted((PLUGINS / "mentor_dw").rglob("*.py")), PROJECT_ROOT / "uv.lock"]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files if file.is_file())).hexdigest()[:16]


def airflow_environment(settings: Settings) -> dict[str, str]:
    """Everything Airflow needs to know, as environment variables; Airflow's own database must be installed.

    Holds passwords and keys: for a process's environment only, never to be printed.
    """
    chosen = {
        "AIRFLOW_HOME": str(airflow_home(settings)),
        "MENTOR_DW_HOME": str(settings.home),
        # Workers are forks of a scheduler that has imported the code, so a change of code must restart it.
        "MENTOR_DW_CODE": code_fingerprint(),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PLUGINS),
        "AIRFLOW__CORE__PARALLELISM": str(settings.parallelism),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{api_url(settings)}/execution/",
        "AIRFLOW__API__BASE_URL": _own_url(settings),
        "AIRFLOW__CORE__FERNET_KEY": _fernet_key(settings),
        "AIRFLOW__API__SECRET_KEY": kept_secret(settings, "airflow_secret_key"),
        "AIRFLOW__API_AUTH__JWT_SECRET": kept_secret(settings, "airflow_jwt_secret"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": address("airflow").url("postgresql+psycopg2"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": address("airflow").url("postgresql+psycopg"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(settings.logs / "airflow"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(settings.logs / "dag_processor"),
    }
    return FIXED_SETTINGS | _own_settings(settings) | secret_variables() | chosen | _executor(settings)


def _executor(settings: Settings) -> dict[str, str]:
    """Where tasks run, as Airflow's settings."""
    if settings.executor == "local":
        return {"AIRFLOW__CORE__EXECUTOR": EXECUTOR}
    return {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CELERY__BROKER_URL": broker_url(settings),
        # In the database that knows the tasks too: Redis keeps nothing that is not on its way.
        "AIRFLOW__CELERY__RESULT_BACKEND": "db+" + address("airflow").url("postgresql+psycopg2"),
        "AIRFLOW__CELERY__CELERY_CONFIG_OPTIONS": "mentor_dw.local.celery_workers.CONFIG",
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": str(settings.worker_tasks),
        # A worker takes what it can begin at once, and a task is off the list when it has ended, not when it was taken.
        "AIRFLOW__CELERY__WORKER_PREFETCH_MULTIPLIER": "1",
        "AIRFLOW__CELERY__TASK_ACKS_LATE": "True",
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": str(VISIBILITY_TIMEOUT),
        # How tasks stand is one query; a pool of processes for it would only cost memory.
        "AIRFLOW__CELERY__SYNC_PARALLELISM": "1",
    }


def process_environment(settings: Settings) -> dict[str, str]:
    """The whole environment of a process of Airflow: ours on top of this process's."""
    return outer_environment() | airflow_environment(settings)


def outer_environment() -> dict[str, str]:
    """This process's environment without what is said about another Airflow or another home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_SAID_BY_US)}
    # Tasks call programs of the same virtual environment.
    kept["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", os.defpath)])
    return kept


def _own_settings(settings: Settings) -> dict[str, str]:
    """The settings that were made, rather than left at their default, as the variables they come from."""
    chosen = {}
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        if value is not None:
            text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            chosen[f"MENTOR_DW_{name.upper()}"] = text
    return chosen


def services(settings: Settings, environment: dict[str, str] | None = None) -> dict[str, Service]:
    """Airflow's processes. Without `environment` they can be looked at and stopped, but not started."""
    wanted = range(1, settings.workers + 1) if settings.executor == "celery" else ()
    names = [*COMMANDS, *(f"{WORKER}-{number}" for number in wanted)]
    return {name: _service(settings, name, environment or {}) for name in names}


def workers_too_many(settings: Settings) -> list[Service]:
    """Workers that were started when more of them were wanted; to be stopped."""
    files = airflow_home(settings).glob(f"{WORKER}-*{_PID_SUFFIX}")
    names = sorted(file.name.removesuffix(_PID_SUFFIX) for file in files)
    return [_service(settings, name, {}) for name in names if name not in services(settings)]


def command_of(settings: Settings, name: str) -> tuple[str, ...]:
    """The command line of the process `name`: one of COMMANDS, or a worker of that name."""
    place = {"host": settings.api_host, "port": str(read_notes(settings).get("api_port", "")), "name": name}
    parts = COMMANDS.get(name, WORKER_COMMAND)
    return (sys.executable, "-m", "airflow", *(part.format(**place) for part in parts))


def _service(settings: Settings, name: str, environment: dict[str, str]) -> Service:
    runs_tasks = name == "scheduler" or name not in COMMANDS
    return Service(
        name=name,
        command=command_of(settings, name),
        environment=environment,
        outer_environment=outer_environment(),
        log=settings.logs / f"{name}.log",
        pid_file=airflow_home(settings) / f"{name}{_PID_SUFFIX}",
        grace_seconds=TASKS_GRACE if runs_tasks else GRACE,
    )


def api_url(settings: Settings) -> str:
    """Where the Airflow page is reached: as it was set, or on this machine; empty before a port was chosen."""
    return settings.api_url.rstrip("/") if settings.api_url else _own_url(settings)


def _own_url(settings: Settings) -> str:
    port = read_notes(settings).get("api_port")
    host = LOOPBACK if settings.api_host in ("0.0.0.0", "::", "") else settings.api_host
    return f"http://{host}:{port}" if port else ""


def choose_api_port(settings: Settings) -> None:
    """Choose and keep the port of the API server, unless it is listening there already."""
    server = services(settings)["api-server"]
    if not server.is_running():
        stop([server])  # what a killed server left behind may still hold the port
        keep_port(settings, "api", settings.api_port, settings.api_host)


def login(settings: Settings) -> tuple[str, str]:
    """User and password that the command logs in with on the Airflow page; made at the first call."""
    password = kept_secret(settings, PASSWORD_FILE)
    ensure_house_login(settings, password)
    return HOUSE_USER, password


def is_migrated(settings: Settings) -> bool:
    """Whether Airflow's database has the tables of this version.

    Asking Airflow takes seconds, so the outcome of `migrate` is noted and compared with what the database says.
    """
    revision = _revision()
    return revision is not None and read_notes(settings).get("airflow_migrated") == _migration(revision)


def migrate(settings: Settings) -> None:
    """Bring Airflow's database to this version's tables; no process of Airflow may run."""
    done = subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"],
        cwd="/",
        env=process_environment(settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    log = settings.logs / "db-migrate.log"
    write_private(log, done.stdout)
    if done.returncode != 0:
        raise MentorDwError("Airflow's database could not be brought up to date.", f"Why is in {log}.")
    write_notes(settings, airflow_migrated=_migration(_revision()))


def _migration(revision: str | None) -> str:
    return f"{version('apache-airflow')} {revision}"


def _revision() -> str | None:
    """The revision that Airflow's database is at."""
    place = address("airflow")
    with safe_errors(), psycopg.connect(place.url()) as connection:
        if connection.execute("select to_regclass('alembic_version')").fetchone()[0] is None:
            return None
        row = connection.execute("select version_num from alembic_version").fetchone()
        return row[0] if row else None


def _fernet_key(settings: Settings) -> str:
    digest = hashlib.sha256(kept_secret(settings, "airflow_fernet_secret").encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()
