"""`mentor-dw load`: have the DAGs take what lies in the inbox, and wait until it can be read in `bi`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mentor_dw.config import get_settings
from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import load_feed, sources
from mentor_dw.ledger.counting import counting
from mentor_dw.local.airflow_api import AirflowApi
from mentor_dw.reading.archive import sha256_of
from mentor_dw.reading.inbox import waiting
from mentor_dw.warehouse.build import is_built_with
from mentor_dw.warehouse.wanted import build_is_wanted

Say = Callable[[str], None]
POLL_SECONDS = 0.5
#: Airflow is asked less often than the ledger: an answer costs it as much as a step of its scheduler.
RUN_POLL_SECONDS = 2.0
FINISHED = ("success", "failed")


@dataclass(frozen=True)
class Expected:
    """A file that lay in the inbox when `load` began."""

    source: str
    path: Path
    #: None when a scheduled run took the file while we looked
    sha256: str | None


def load(*, wait: bool, timeout: float, say: Say) -> int:
    """Start the ingest DAGs of all sources with files; with `wait`, follow them to a published build.

    Returns 0, or 2 when a delivery was refused. Raises MentorDwError when anything failed or `timeout` seconds pass.
    """
    began = time.monotonic()
    expected = _lying_in_the_inbox()
    api = AirflowApi()
    runs = {}
    for source in sorted({file.source for file in expected}):
        runs[source] = api.trigger(f"ingest_{source}", conf={"wait": True})
        say(f"ingest_{source} started for {sum(f.source == source for f in expected)} files")
    if not expected:
        say("The inbox holds no delivery.")
    if not wait:
        return 0
    rows = _wait_until_taken(api, expected, runs, began + timeout, say)
    # Not only what was taken just now: a scheduled run may have taken a file a moment before.
    count_now = _counting_deliveries()
    if count_now:
        _wait_until_published(api, count_now, began, began + timeout, say)
    refused = [row for row in rows if row["status"] == "refused"]
    for row in refused:
        say(f"refused: {row['file_name']}: {row['reason']}")
    words: dict[str, int] = {
        status: sum(row["status"] == status for row in rows) for status in {row["status"] for row in rows}
    }
    say(
        f"done in {time.monotonic() - began:.0f} s: "
        + (", ".join(f"{count} {status}" for status, count in sorted(words.items())) or "nothing to take")
    )
    return 2 if refused else 0


def ask_for_build(say: Say, *, full: bool = False) -> None:
    """Have the warehouse built because a command changed what counts; with `full`, all of it."""
    run = AirflowApi().trigger("build_warehouse", conf={"full": full})
    say(f"build_warehouse started ({run}); mentor-dw status shows when it is published")


def _lying_in_the_inbox() -> list[Expected]:
    settings = get_settings()
    files = []
    for source in sources():
        seen = waiting(load_feed(source), settings.inbox / source, settings.settle_seconds)
        for file in (*seen.ready, *seen.unsettled):
            try:
                sha256 = sha256_of(file.path)
            except FileNotFoundError:
                sha256 = None
            files.append(Expected(source, file.path, sha256))
    return files


def _wait_until_taken(
    api: AirflowApi, expected: list[Expected], runs: dict[str, str], deadline: float, say: Say
) -> list[dict]:
    rows: dict[Expected, dict] = {}
    asked = time.monotonic()
    while len(rows) < len(expected):
        finished = dict.fromkeys(runs, False)
        if time.monotonic() >= asked + RUN_POLL_SECONDS:
            finished = {source: _has_finished(api, f"ingest_{source}", run) for source, run in runs.items()}
            asked = time.monotonic()
        for file in expected:
            if file in rows or file.path.exists():
                continue
            row = _ledger_row(file)
            if row is not None and row["status"] != "received":
                rows[file] = row
                say(f"[{len(rows)}/{len(expected)}] {file.path.name}: {row['status']}")
        left = [file for file in expected if file not in rows]
        if left and all(finished[file.source] for file in left):
            raise MentorDwError(
                f"{len(left)} files were not taken: {', '.join(file.path.name for file in left[:3])}.",
                "Look at the failed task of the ingest DAG in Airflow (mentor-dw status shows the address).",
            )
        _check_time(deadline, "taking the deliveries")
        if left:
            time.sleep(POLL_SECONDS)
    return [rows[file] for file in expected]


def _has_finished(api: AirflowApi, dag_id: str, run: str) -> bool:
    """Whether the run is over, and no other one that goes on where it stopped is on its way."""
    if api.run_state(dag_id, run) not in FINISHED:
        return False
    return all(other["state"] in FINISHED for other in api.latest_runs(dag_id))


def _ledger_row(file: Expected) -> dict | None:
    with connect("operator") as connection:
        return connection.execute(
            "select delivery_id, file_name, status, reason from ops.delivery"
            " where source = %s and file_name = %s and sha256 = coalesce(%s, sha256) order by delivery_id desc limit 1",
            (file.source, file.path.name, file.sha256),
        ).fetchone()


def _counting_deliveries() -> list[int]:
    with connect("operator") as connection:
        return [one.delivery_id for one in counting(connection)]


def _wait_until_published(api: AirflowApi, delivery_ids: list[int], began: float, deadline: float, say: Say) -> None:
    told = ""
    while (build_id := _published_whole(api, delivery_ids, say)) is None:
        build = _newest_build()
        line = f"build {build['build_id']}: {build['status']}" if build else "the build has not started yet"
        if line != told:
            say(f"{line} ({time.monotonic() - began:.0f} s)")
            told = line
        stuck = build and (build["status"] == "failed" or (build["status"] == "built" and build["error"]))
        if build and stuck and set(delivery_ids) <= set(build["deliveries"]):
            newest = api.latest_runs("build_warehouse")
            if newest and newest[0]["state"] in FINISHED:
                raise MentorDwError(
                    f"build {build['build_id']} failed: {build['error']}", "docs/runbooks/failed_build.md"
                )
        _check_time(deadline, "building the warehouse")
        time.sleep(POLL_SECONDS)
    say(f"build {build_id} is published ({time.monotonic() - began:.0f} s)")


def _published_whole(api: AirflowApi, delivery_ids: list[int], say: Say) -> int | None:
    """The newest build when it is published with all of `delivery_ids` and nothing is left to be built.

    A register that is accepted just before the source that makes its persons known has their rows from the next build
    on only, although this one names all the deliveries.
    """
    build_id, newest = is_built_with(delivery_ids), _newest_build()
    if build_id is None or newest is None or newest["build_id"] != build_id:
        return None
    if not build_is_wanted():
        return build_id
    if all(run["state"] in FINISHED for run in api.latest_runs("build_warehouse")):
        ask_for_build(say)
    return None


def _newest_build() -> dict | None:
    with connect("operator") as connection:
        return connection.execute(
            "select build_id, status, error, deliveries from ops.build order by build_id desc limit 1"
        ).fetchone()


def _check_time(deadline: float, what: str) -> None:
    if time.monotonic() > deadline:
        raise MentorDwError(
            f"Gave up waiting for {what}.", "It goes on in Airflow; mentor-dw status shows how far it is."
        )
