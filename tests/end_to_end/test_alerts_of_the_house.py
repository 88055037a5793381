"""Alerts that need the whole house fire for a real cause under the real scheduler, and end by their runbook.

The tests run in order in one house; each leaves it well.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from alert_servers import HttpReceiver, http_receiver
from runbook import follow
from waiting import wait_for

from mentor_dw.secret_files import write_private

pytestmark = [pytest.mark.postgres, pytest.mark.house, pytest.mark.long, pytest.mark.timeout(1800)]
WAVES = Path(__file__).resolve().parents[1] / "fixtures" / "waves"


@pytest.fixture(scope="module")
def http() -> Iterator[HttpReceiver]:
    with http_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="module")
def told_house(module_house: Any, http: HttpReceiver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A house with figures, and somebody to tell."""
    secrets = tmp_path_factory.mktemp("secrets")
    write_private(secrets / "url", http.url)
    module_house.env["MENTOR_DW_ALERT_WEBHOOK_URL_FILE"] = str(secrets / "url")
    module_house.run("up")
    drop(module_house, 1)
    module_house.run("load", "--wait", timeout=900)
    yield module_house


def drop(house: Any, wave: int, *names: str) -> None:
    """Deliver the files of a wave's first step, or those that are named."""
    for path in sorted((WAVES / f"wave{wave}" / "step1").iterdir()):
        if path.suffix != ".part" and (not names or path.name in names):
            house.drop(path, source=path.name.split("_")[0])


def alert(house: Any, kind: str) -> int | None:
    """The number of the open alert of a kind, looked for now."""
    rows = json.loads(house.run("alerts", "--look", "--json", code=None) or "[]")
    return next((row["alert_id"] for row in rows if row["kind"] == kind), None)


def kinds(http: HttpReceiver) -> set[str]:
    """The kinds of which anything was told."""
    return {json.loads(post.body)["kind"] for post in http.posts}


def is_over(house: Any, http: HttpReceiver, kind: str, seconds: float = 0) -> None:
    """No alert of the kind is open, and its beginning and end were told once each."""
    wait_for(lambda: alert(house, kind) is None, max(seconds, 1))
    news = [json.loads(post.body) for post in http.posts]
    assert [one["news"] for one in news if one["kind"] == kind] == ["raised", "cleared"]


def owner(house: Any, *statements: str) -> None:
    with house.connect("owner", autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_late_source(told_house: Any, http: HttpReceiver) -> None:
    owner(told_house, "update ops.delivery set accepted_at = accepted_at - interval '40 days' where source = 'webreg'")
    assert alert(told_house, "late_delivery")
    drop(told_house, 2, "webreg_2010-11-30.zip")
    follow("late_delivery", told_house.env)
    is_over(told_house, http, "late_delivery")


# Both change a table of `work` that the next build does not make anew, for nothing it depends on is delivered. The
# house tries a build again by itself, so on a slow machine the state may be over before anybody has read about it.
def test_a_publish_that_fails(told_house: Any, http: HttpReceiver) -> None:
    with told_house.connect("owner") as connection:
        (name,) = connection.execute(
            "select conname from pg_constraint where conrelid = 'work.dim_aldersgruppe'::regclass and contype = 'p'"
        ).fetchone()
    owner(told_house, f'alter table work.dim_aldersgruppe drop constraint "{name}" cascade')
    drop(told_house, 2, "biflis_2016-06.zip", "biflis_2016-06.zip.sha256")
    told_house.run("load", "--wait", code=None, timeout=1800)
    wait_for(lambda: "failed_publish" in kinds(http), 300)
    follow("failed_publish", told_house.env)
    is_over(told_house, http, "failed_publish")


def test_a_build_that_fails(told_house: Any, http: HttpReceiver) -> None:
    owner(told_house, "alter table work.dim_jobcenter rename column jobcenter_key to noget_andet")
    drop(told_house, 3, "biflis_2016-07.zip", "biflis_2016-07.zip.sha256")
    told_house.run("load", "--wait", code=None, timeout=1800)
    wait_for(lambda: "failed_build" in kinds(http), 300)
    follow("failed_build", told_house.env)
    is_over(told_house, http, "failed_build")


def test_a_task_that_fails_for_good(told_house: Any, http: HttpReceiver) -> None:
    archive = told_house.home / "archive" / "webreg"
    aside = archive.with_name("aside")
    archive.rename(aside)
    archive.write_text("in the way")
    drop(told_house, 3, "webreg_2011-02-28.zip")
    # Nobody looks: the task tells it itself.
    wait_for(lambda: "failed_task" in kinds(http), 600)
    archive.unlink()
    aside.rename(archive)
    follow("failed_task", told_house.env)
    is_over(told_house, http, "failed_task", 120)


def kill(house: Any, part: str) -> None:
    """SIGKILL to a process of Airflow and what it started."""
    note = json.loads((house.home / "airflow" / f"{part}.pid.json").read_text())
    for process in [*psutil.Process(note["pid"]).children(recursive=True), psutil.Process(note["pid"])]:
        os.kill(process.pid, signal.SIGKILL)


def test_a_part_that_died(told_house: Any, http: HttpReceiver) -> None:
    kill(told_house, "dag-processor")
    wait_for(lambda: "silent_part" in kinds(http), 600)
    follow("silent_part", told_house.env)
    is_over(told_house, http, "silent_part", 60)


def test_a_housekeeping_that_stands_still(told_house: Any, http: HttpReceiver) -> None:
    kill(told_house, "scheduler")
    owner(told_house, "update ops.house_look set looked_at = looked_at - interval '30 minutes'")
    assert alert(told_house, "silent_housekeeping")
    follow("silent_housekeeping", told_house.env)
    wait_for(lambda: alert(told_house, "silent_housekeeping") is None, 400)
    news = [json.loads(post.body) for post in http.posts]
    assert [one["news"] for one in news if one["kind"] == "silent_housekeeping"] == ["raised", "cleared"]


def test_a_database_that_died(told_house: Any, http: HttpReceiver) -> None:
    with told_house.connect("owner") as connection:
        (folder,) = connection.execute("show data_directory").fetchone()
    postmaster = psutil.Process(int((Path(folder) / "postmaster.pid").read_text().split()[0]))
    for process in [postmaster, *postmaster.children()]:
        with suppress(psutil.NoSuchProcess):  # without the first one the others leave by themselves
            process.kill()
    told_house.run("alerts", "--look", code=1)
    told_house.run("alerts", "--look", code=1)
    with pytest.raises(psycopg.OperationalError):
        told_house.connect("owner")
    follow("silent_database", told_house.env)
    is_over(told_house, http, "silent_database", 60)


def test_nothing_is_wrong_at_the_end_and_nothing_personal_was_told(told_house: Any, http: HttpReceiver) -> None:
    from conftest import cpr_shapes

    planted = set()
    for path in WAVES.rglob("*.zip"):
        with suppress(shutil.ReadError, zipfile.BadZipFile):  # some are broken on purpose
            shutil.unpack_archive(path, told_house.home.parent / "plain" / path.stem)
    for path in (told_house.home.parent / "plain").rglob("*.csv"):
        planted |= cpr_shapes(path.read_text(encoding="utf-8", errors="replace"))
    assert len(planted) > 500
    said = "\n".join(post.body.decode() for post in http.posts)
    said += (told_house.home / "logs" / "alerts.log").read_text(encoding="utf-8")
    assert not cpr_shapes(said) & planted
