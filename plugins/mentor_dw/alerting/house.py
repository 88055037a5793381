"""States of the house itself: disks, files, Airflow's processes and tasks, the channels of alerts."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mentor_dw.alerting.channels import channels
from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.ledger.alerts import Connection, Found
from mentor_dw.local.postgres import EmbeddedPostgres
from mentor_dw.metrics.collector import metrics_file

#: Airflow's processes as its own table of jobs calls them, each with the name that this house uses.
PARTS = {"SchedulerJob": "scheduler", "DagProcessorJob": "dag-processor", "TriggererJob": "triggerer"}
#: A process that is well says so every few seconds; a machine under load takes longer.
SILENT_SECONDS = 120
#: The housekeeping runs every five minutes.
HOUSEKEEPING_SECONDS = 1200
#: A channel that failed so often, with the pauses between, has been down for half an hour.
TRIES = 3
#: Tasks that turn red in order to be seen: what they tell is another alert.
TELLING = ("tell",)

_HEARTBEATS = """
    select job_type, extract(epoch from clock_timestamp() - max(latest_heartbeat)) as seconds
    from job
    where job_type = any(%s)
    group by job_type
"""
_FAILED = """
    select f.dag_id, f.task_id, max(f.end_date) as failed_at
    from task_instance as f
    where
        f.state = 'failed'
        and f.end_date > clock_timestamp() - interval '30 days'
        and f.task_id <> all(%s)
    group by f.dag_id, f.task_id
    having
        not exists (
            select from task_instance as later
            where
                later.dag_id = f.dag_id and later.task_id = f.task_id and later.end_date > max(f.end_date)
                -- One that ran and found nothing to do is well; one that was passed over never ran.
                and (later.state = 'success' or (later.state = 'skipped' and later.pid is not null))
        )
    order by f.dag_id, f.task_id
"""
_HOUSEKEEPING = """
    select extract(epoch from clock_timestamp() - looked_at) as seconds
    from ops.house_look
    where looker = 'housekeeping'
"""
_CHANNELS = """
    select t.channel, count(*) as waiting, max(t.error) as error
    from ops.alert_told as t
    where t.told_at is null and t.tries >= %s and t.channel = any(%s)
    group by t.channel
    order by t.channel
"""


class NotThere(MentorDwError):
    """There is no Airflow here to look at."""


def full_disks(connection: Connection, settings: Settings) -> Iterator[Found]:
    """Every disk that something of the house lies on, each once."""
    seen: set[int] = set()
    for name, place in _places(settings):
        try:
            device, usage = place.stat().st_dev, shutil.disk_usage(place)
        except FileNotFoundError:
            continue  # it was deleted while we looked
        if device in seen:
            continue
        seen.add(device)
        free = 100 * usage.free / usage.total
        if free < settings.alert_disk_free_pct:
            gib = usage.free / 2**30
            yield Found(
                "disk_nearly_full", name, f"The disk that {name} lies on has {gib:.1f} GiB free ({free:.0f} pct)."
            )


def unwritable_files(connection: Connection, settings: Settings) -> Iterator[Found]:
    """Folders for files about the house in which none can be made."""
    written = {"logs": settings.logs, "logs/openlineage": settings.logs / "openlineage"}
    for name, folder in (written | {"metrics": metrics_file(settings).parent}).items():
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as file:
                file.write(b"\n")
        except OSError as error:
            why = (error.strerror or type(error).__name__).lower()
            yield Found("unwritable_file", name, f"No file can be written in {folder}: {why}.")


def silent_parts(connection: Connection, settings: Settings) -> Iterator[Found]:
    """Airflow's processes whose last sign of life is old, and its page when it does not answer."""
    with connect("airflow") as airflow:
        _must_be_there(airflow)
        heartbeats = {row["job_type"]: row["seconds"] for row in airflow.execute(_HEARTBEATS, (list(PARTS),))}
    if not heartbeats:
        raise NotThere("Airflow was never started.")
    for job, name in PARTS.items():
        seconds = heartbeats.get(job)
        if seconds is None or seconds > SILENT_SECONDS:
            since = "never gave a sign of life" if seconds is None else f"is silent for {int(seconds // 60)} minutes"
            yield Found("silent_part", name, f"Airflow's {name} {since}.")
    if not _page_answers(settings):
        yield Found("silent_part", "api-server", "Airflow's api-server does not answer.")


def silent_housekeeping(connection: Connection, settings: Settings) -> Iterator[Found]:
    """The housekeeping when it has not looked the house over for too long; it cannot tell so itself."""
    row = connection.execute(_HOUSEKEEPING).fetchone()
    if row is None:
        raise NotThere("The housekeeping has not run yet.")
    if row["seconds"] > HOUSEKEEPING_SECONDS:
        minutes = int(row["seconds"] // 60)
        yield Found("silent_housekeeping", "housekeeping", f"The DAG housekeeping last ran {minutes} minutes ago.")


def silent_channels(connection: Connection, settings: Settings) -> Iterator[Found]:
    """Channels that have failed again and again."""
    for row in connection.execute(_CHANNELS, (TRIES, list(channels(settings)))).fetchall():
        yield Found("silent_channel", row["channel"], f"{row['waiting']} messages wait: {row['error']}")


def failed_tasks(connection: Connection, settings: Settings) -> Iterator[Found]:
    """Tasks that failed for good and have not ended well since."""
    with connect("airflow") as airflow:
        _must_be_there(airflow)
        for row in airflow.execute(_FAILED, (list(TELLING),)).fetchall():
            yield failed_task(row["dag_id"], row["task_id"])


def failed_task(dag_id: str, task_id: str) -> Found:
    """The state of a task that failed for good."""
    return Found("failed_task", f"{dag_id}.{task_id}", f"The task {task_id} of the DAG {dag_id} failed for good.")


def _places(settings: Settings) -> Iterator[tuple[str, Path]]:
    """The folders of the house by name, the home first."""
    yield "the home", settings.home
    for folder in sorted(path for path in settings.home.iterdir() if path.is_dir() and not path.is_symlink()):
        yield folder.name, folder
    if settings.dsn is None and (data := EmbeddedPostgres(settings).folder).is_dir():
        yield "PostgreSQL", data
    yield "temporary files", Path(tempfile.gettempdir())


def _must_be_there(airflow: Connection) -> None:
    row = airflow.execute("select to_regclass('job') is not null as is_there").fetchone()
    if not (row and row["is_there"]):
        raise NotThere("Airflow is not installed here.")


def _page_answers(settings: Settings) -> bool:
    """Whether the page answers; tasks are told where it is, and elsewhere the home says so."""
    import httpx

    from mentor_dw.local.airflow_services import api_url

    told = os.environ.get("AIRFLOW__CORE__EXECUTION_API_SERVER_URL", "").removesuffix("/execution/")
    url = told or api_url(settings)
    try:
        return httpx.get(f"{url}/api/v2/monitor/health", timeout=10, trust_env=False).is_success
    except httpx.HTTPError:
        return False
