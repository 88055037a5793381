"""The disk is full: while a delivery lands, is put away, while the warehouse is built, while a package is written.

Each time there is one clear error with its runbook, nothing half is kept, and when there is room again the next run
ends where an undisturbed one does. PostgreSQL and the home lie together on a file system of their own in memory, which
root may mount, and anybody else in a namespace of her own (`unshare`), where this module is then run. A machine that
allows neither shows its reason, and `make test-all` says that the module was skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from struck_house import Twin, differences, quiet, source_of

from mentor_dw.config import Settings, get_settings
from mentor_dw.database import connect
from mentor_dw.delivery import flow, flow_make
from mentor_dw.errors import DatabaseTrouble, MentorDwError, NoRoom
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.ingest import settle
from mentor_dw.ingest.flow import take_all
from mentor_dw.local.databases import ensure_logins, ensure_schema, ensure_source_tables
from mentor_dw.local.demo_receiver import start_demo_receiver, stop_demo_receiver
from mentor_dw.local.folders import ensure_folders
from mentor_dw.local.postgres import EmbeddedPostgres
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.dbt_run import lend_cache
from mentor_dw.warehouse.publish import publish
from mentor_dw.warehouse.wanted import build_is_wanted

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.long,
    pytest.mark.timeout(900),
    pytest.mark.usefixtures("without_data_tests"),
]

WAVES = Path(__file__).resolve().parents[1] / "fixtures" / "waves"
FILES = (
    WAVES / "wave1" / "step1" / "webreg_2008-09-30.zip",
    WAVES / "wave1" / "step1" / "biflis_2016-05.zip",
    WAVES / "wave3" / "step1" / "webreg_2011-02-28.zip",
)
MEGABYTE = 1 << 20
OPTIONS = "size=420m,mode=0711"
#: The variable that names the small disk where the module is run again in a namespace.
IN_NAMESPACE = "TEST_SMALL_DISK"
RUNBOOK = "docs/runbooks/disk_full.md"
#: So that the log of changes is as small as the disk.
SMALL = {"max_wal_size": "64MB", "min_wal_size": "32MB", "shared_buffers": "64MB", "scram_iterations": "1"}


@dataclass
class SmallDisk:
    """A file system of a few hundred megabytes with a house on it."""

    folder: Path
    postgres: EmbeddedPostgres | None = field(default=None)

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self, leaving: int = 0) -> None:
        """Fill it up to `leaving` bytes."""
        with self._ballast.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"\0" * (MEGABYTE // 16))
        if leaving:
            with self._ballast.open("ab") as file:
                file.truncate(max(0, file.tell() - leaving))

    def free(self) -> None:
        """Make room, and start PostgreSQL if it gave up, as `mentor-dw up` does."""
        self._ballast.unlink(missing_ok=True)
        assert self.postgres is not None
        self.postgres.start()


@contextmanager
def mounted() -> Iterator[Path]:
    """A small file system in memory; skips where it cannot be mounted."""
    if IN_NAMESPACE in os.environ:
        yield Path(os.environ[IN_NAMESPACE])
        return
    if os.geteuid() != 0:
        pytest.skip("carried out in a namespace, by the last test of this module")
    folder = Path(tempfile.mkdtemp(prefix="mentor_dw_small_"))
    try:
        folder.chmod(0o711)
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", OPTIONS, "tmpfs", str(folder)], capture_output=True, text=True
        )
        if done.returncode != 0:
            pytest.skip(f"a full disk needs one that may be filled, and none can be mounted: {done.stderr.strip()}")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def undisturbed(warehouse: Settings) -> dict[str, str]:
    """What all files leave where there is always room."""
    twin = Twin(warehouse)
    twin.lives_through(FILES)
    return twin.fingerprint()


@pytest.fixture(scope="module")
def disk(undisturbed: dict[str, str], parsed: Path) -> Iterator[SmallDisk]:
    """The disk with an installed house, which `get_settings` leads to."""
    with mounted() as folder, pytest.MonkeyPatch.context() as patch:
        for name in ("MENTOR_DW_DATABASE", "MENTOR_DW_AIRFLOW_DATABASE"):
            patch.delenv(name, raising=False)
        patch.setenv("MENTOR_DW_HOME", str(folder / "home"))
        patch.setenv("MENTOR_DW_SETTLE_SECONDS", "0")
        get_settings.cache_clear()
        settings = get_settings()
        ensure_folders(settings)
        disk = SmallDisk(folder, EmbeddedPostgres(settings, extra=SMALL))
        try:
            disk.postgres.start()
            ensure_logins(settings, disk.postgres.url())
            ensure_schema(settings, disk.postgres.url())
            ensure_keys(settings.secrets)
            ensure_source_tables()
            lend_cache(parsed, settings.home / "dbt" / "build")
            yield disk
        finally:
            disk._ballast.unlink(missing_ok=True)
            disk.postgres.remove()
    get_settings.cache_clear()


@contextmanager
def full_before(disk: SmallDisk, place: Any, name: str, nth: int = 1, leaving: int = 0) -> Iterator[None]:
    """The disk is filled when `name` of `place` is called for the `nth` time inside the block."""
    real: Callable[..., Any] = getattr(place, name)
    calls = 0

    def first_fill(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth:
            disk.fill(leaving)
        return real(*args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, name, first_fill)
        yield
    assert calls >= nth, f"{name} was never called"


def drop(file: Path) -> Path:
    """A delivery in its inbox."""
    target = get_settings().inbox / source_of(file) / file.name
    shutil.copyfile(file, target)
    return target


def trouble_of(work: Callable[[], object]) -> MentorDwError:
    """The error that `work` ends with: one that is tried again, with the runbook unless the server itself gave up."""
    with pytest.raises((DatabaseTrouble, NoRoom)) as caught:
        work()
    error = caught.value
    gave_up = isinstance(error, DatabaseTrouble) and error.sqlstate != "53100"
    assert gave_up or RUNBOOK in str(error)
    return error


def one(query: str) -> Any:
    with connect("owner") as connection:
        return next(iter(connection.execute(query).fetchone().values()))


@pytest.mark.parametrize("leaving", [0, MEGABYTE], ids=["no room", "a megabyte"])
def test_a_delivery_that_lands_on_a_full_disk_is_taken_whole_when_there_is_room(disk: SmallDisk, leaving: int) -> None:
    file = drop(FILES[0] if leaving == 0 else FILES[1])
    with full_before(disk, settle, "land_file", leaving=leaving):
        trouble_of(lambda: take_all(source_of(file)))
    disk.free()
    assert file.exists()
    assert one(f"select count(*) as n from raw.{'webreg__borgere' if leaving == 0 else 'biflis__borger'}") == 0
    assert [outcome["status"] for outcome in take_all(source_of(file))] == ["accepted"]
    assert not file.exists()


def test_a_file_that_cannot_be_put_away_stays_in_the_inbox_until_it_can(disk: SmallDisk) -> None:
    file = drop(FILES[2])
    with full_before(disk, import_module("mentor_dw.ingest.take"), "put_away"):
        error = trouble_of(lambda: take_all("webreg"))
    assert isinstance(error, NoRoom)
    disk.free()
    assert file.exists()
    assert one("select count(*) as n from ops.delivery where status = 'accepted' and kept_as is null") == 1
    assert not list((get_settings().archive / "webreg").glob(f"*{file.name}*.age"))
    take_all("webreg")
    assert not file.exists()
    assert one("select count(*) as n from ops.delivery where kept_as is null") == 0


def test_a_build_on_a_full_disk_is_wanted_again_and_then_as_it_should_be(
    disk: SmallDisk, undisturbed: dict[str, str]
) -> None:
    from dbt.task.run import ModelRunner

    with full_before(disk, ModelRunner, "execute", nth=12):
        trouble_of(lambda: build(quiet))
    disk.free()
    assert one("select count(*) as n from ops.build where status in ('built', 'published')") == 0
    assert build_is_wanted()
    publish(build(quiet))
    assert not build_is_wanted()
    assert differences(Twin(get_settings()).fingerprint(), undisturbed) == []


def test_a_publish_on_a_full_disk_leaves_what_was_published(disk: SmallDisk, undisturbed: dict[str, str]) -> None:
    import mentor_dw.warehouse.publish as publishing

    build_id = build(quiet, full=True)
    with full_before(disk, publishing, "_keep_changes"), suppress(DatabaseTrouble):
        publish(build_id)  # so little is written here that it may well fit
    disk.free()
    publish(build_id)
    assert differences(Twin(get_settings()).fingerprint(), undisturbed) == []


def test_a_package_is_written_whole_or_not_at_all(disk: SmallDisk) -> None:
    home = get_settings().home
    start_demo_receiver(home, quiet)
    flow.plan_period("ministeriet_oekonomi", "2015", by="airflow")
    try:
        with full_before(disk, flow_make, "write_files"):
            error = trouble_of(lambda: flow.build_planned("ministeriet_oekonomi", say=quiet))
        assert isinstance(error, NoRoom)
        disk.free()
        shown = [path for path in (home / "outbox").glob("*/*") if not path.name.startswith(".")]
        assert shown == [] and one("select status from ops.extract") == "planned"
        assert len(flow.build_planned("ministeriet_oekonomi", say=quiet)) == 1
        assert one("select string_agg(status, ' ') as s from ops.extract") == "built"
        assert [path.name for path in (home / "outbox").glob("*/.*")] == []
    finally:
        disk.free()
        stop_demo_receiver(home)


@pytest.mark.skipif(os.geteuid() == 0 or IN_NAMESPACE in os.environ, reason="the small disk is there")
def test_all_of_it_in_a_namespace_of_its_own(tmp_path: Path) -> None:
    user, group = f"--map-user={os.geteuid()}", f"--map-group={os.getegid()}"
    inner = f'exec unshare -U {user} {group} "$@"'
    mount = f'mount -t tmpfs -o {OPTIONS},uid=0 tmpfs "{tmp_path}" && {inner}'
    program = ["unshare", "-Urm", "sh", "-c", mount, "sh"]
    tried = subprocess.run([*program, "touch", str(tmp_path / "mine")], capture_output=True, text=True)
    if tried.returncode != 0:
        pytest.skip(f"a full disk needs one that may be filled, and none can be mounted: {tried.stderr.strip()}")
    tests = [sys.executable, "-m", "pytest", "-q", "-m", "long", "-p", "no:cacheprovider", __file__]
    done = subprocess.run(
        [*program, *tests], env=os.environ | {IN_NAMESPACE: str(tmp_path)}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:]
