"""The restore drill: a house is backed up and made again elsewhere, the same to the last row.

Without Airflow and on small deliveries first; a whole house, with a load going on, in `make test-all`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from mentor_dw.backup import make, restore
from mentor_dw.backup.dumping import acting_for
from mentor_dw.backup.make import make_backup
from mentor_dw.backup.recipients import make_key, read_identities
from mentor_dw.backup.state import state
from mentor_dw.cli import run
from mentor_dw.config import ROLES, Settings, get_settings
from mentor_dw.database import address, connect
from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import load_feed
from mentor_dw.figures import current_figures
from mentor_dw.identity.keys import ensure_keys, load_keys
from mentor_dw.ingest import rejudge, take
from mentor_dw.local.databases import ensure_logins, ensure_schema, ensure_source_tables
from mentor_dw.local.folders import ensure_folders
from mentor_dw.local.installation import UNFINISHED, up
from mentor_dw.local.postgres import EmbeddedPostgres
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.lock import build_lock
from mentor_dw.warehouse.publish import publish

#: For servers that need not survive a power cut.
PASSING = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "waves"
WAVE = FIXTURES / "wave1" / "step1"
#: What a restore writes into the ledgers itself.
OWN_LEDGERS = {"ops.backup", "ops.restore", "ops.build"}


def quiet(_: str) -> None:
    """Progress that nobody reads."""


def deliver(settings: Settings, *files: Path) -> list[int]:
    """Take deliveries as their sources' newest; their numbers."""
    taken = []
    for file in files:
        source = file.name.split("_")[0]
        inbox = settings.inbox / source / file.name
        shutil.copyfile(file, inbox)
        outcome = take(inbox, load_feed(source), quiet)
        assert outcome.status == "accepted"
        taken.append(outcome.delivery_id)
    return taken


def digests() -> dict[str, Any]:
    """What every table holds, whatever the order of its rows; the numbers of the vault are looked up with its keys."""
    keys, found = load_keys(get_settings().secrets), {}
    with acting_for(address("owner").url(), ROLES), connect("owner") as connection:
        tables = connection.execute(
            "select schemaname as schema, tablename as name from pg_tables"
            " where schemaname in ('raw', 'bi', 'ops', 'vault')"
        ).fetchall()
        for table in tables:
            query = SQL("select count(*) as rows, sum(hashtextextended(t::text, 0)::numeric) as digest from {} as t")
            row = connection.execute(query.format(Identifier(table["schema"], table["name"]))).fetchone()
            found[f"{table['schema']}.{table['name']}"] = (row["rows"], row["digest"])
        numbers = connection.execute("select key_id, cpr_hmac, cpr_sealed, person_key from vault.cpr").fetchall()
    opened = keys.unseal_many(row["cpr_sealed"] for row in numbers)
    for row, number in zip(numbers, opened, strict=True):
        assert keys.lookup(number.decode()) == (row["key_id"], bytes(row["cpr_hmac"]))
    return {name: digest for name, digest in found.items() if name not in OWN_LEDGERS}


@dataclass(frozen=True)
class BackedUp:
    """A house, its backup, and what it was when it was backed up."""

    settings: Settings
    folder: Path
    made: dict[str, Any]
    digests: dict[str, Any]
    figures: list[dict[str, Any]]
    deliveries: list[int]

    @property
    def data(self) -> Path:
        return self.folder / self.made["file"]

    @property
    def private(self) -> list[Path]:
        return [self.folder / "data.key", self.folder / "keys.key"]


@contextmanager
def empty_home() -> Iterator[Path]:
    """`get_settings` leads to a home that does not exist yet; its server and its files go after the block."""
    folder = Path(tempfile.mkdtemp(prefix="mentor_dw_restored_"))
    folder.chmod(0o711)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MENTOR_DW_HOME", str(folder / "home"))
        get_settings.cache_clear()
        try:
            yield folder / "home"
        finally:
            EmbeddedPostgres(get_settings()).remove()
            shutil.rmtree(folder)
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def backed_up(warehouse: Settings, without_data_tests: None, tmp_path_factory: pytest.TempPathFactory) -> BackedUp:
    ensure_keys(warehouse.secrets)
    warehouse.settle_seconds = 0
    # One kept in plain tables, and one in partitions.
    deliveries = deliver(warehouse, WAVE / "webreg_2008-09-30.zip", WAVE / "dream_2016-03.csv.gz")
    publish(build(quiet))
    folder = tmp_path_factory.mktemp("backup")
    for kind in ("data", "keys"):
        make_key(warehouse, kind, folder / f"{kind}.key")
    (warehouse.inbox / "webreg" / "webreg_2008-10-31.zip").write_bytes(b"6103801234, waiting")
    before, figures = digests(), current_figures()
    said: list[str] = []
    made = make_backup(folder, by="drift", say=said.append)
    assert not [line for line in said if re.search(r"\d{10}", line.replace(",", ""))]
    return BackedUp(warehouse, folder, made, before, figures, deliveries)


pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("with_one_judge", "without_data_tests")]


@pytest.mark.usefixtures("without_data_tests")
def test_a_restored_house_is_the_same_to_the_last_row(backed_up: BackedUp) -> None:
    with empty_home() as home:
        source = restore.source_of(backed_up.data, None, None, True, read_identities(backed_up.private))
        done = restore.restore(source, by="drift", say=quiet)
        assert (done["carried_out"], done["journal_until"]) == (True, None)
        assert digests() == backed_up.digests
        assert current_figures() == backed_up.figures
        assert (home / "inbox" / "webreg" / "webreg_2008-10-31.zip").read_bytes() == b"6103801234, waiting"
        # The key of the archive came with it.
        judged = rejudge(backed_up.deliveries[0], quiet)
        assert judged.status == "accepted" and judged.version == 2
        assert not (home / UNFINISHED).exists()
        with connect("operator") as connection:
            ours = connection.execute("select file_name, sha256, finished_at is not null as whole from ops.backup")
            assert ours.fetchall() == [
                {"file_name": backed_up.made["file"], "sha256": backed_up.made["sha256"], "whole": True}
            ]
            restored = connection.execute("select by_whom, sha256, journal_until from ops.restore").fetchall()
            assert restored == [{"by_whom": "drift", "sha256": backed_up.made["sha256"], "journal_until": None}]
        with pytest.raises(MentorDwError, match="is not empty"):
            restore.restore(source, by="drift", say=quiet)


def test_whoever_opens_the_data_alone_has_no_number(backed_up: BackedUp) -> None:
    from mentor_dw.backup.dumping import unpacked
    from mentor_dw.backup.sealed import opened

    held = {}
    with opened(backed_up.data, read_identities(backed_up.private[:1])) as backup:
        for part in backup.parts():
            blocks = unpacked(part.blocks) if part.name.endswith(".zst") else part.blocks
            held[part.name] = b"".join(blocks)
    assert b"vault" in held["warehouse.dump.zst"]
    for name, content in held.items():
        assert b"6103801234" not in content, name
        assert b"AGE-SECRET-KEY" not in content, name
    assert not [name for name in held if name.startswith("secrets/")]


@pytest.mark.parametrize("what", ["another key", "truncated", "flipped", "foreign", "keys of another", "no journal"])
def test_what_is_not_right_is_refused_before_anything_is_written(
    backed_up: BackedUp, tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data, keys, private = tmp_path / backed_up.data.name, tmp_path / backed_up.made["keys_file"], backed_up.private
    content = backed_up.data.read_bytes()
    shutil.copyfile(backed_up.folder / keys.name, keys)
    how = ["--without-journal"]
    if what == "another key":
        private = [backed_up.private[1]]
        told = "None of the keys opens"
    elif what == "truncated":
        content, told = content[:-1000], "is damaged"
    elif what == "flipped":
        middle = len(content) // 2
        content, told = content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :], "is damaged"
    elif what == "foreign":
        content, told = b"PK\3\4 something else", "is no backup"
    elif what == "keys of another":
        shutil.copyfile(backed_up.data, keys)
        told = "is the backup of the data, not of the keys"
    else:
        how, told = [], "There is no journal"
    data.write_bytes(content)
    with empty_home() as home:
        options = [word for path in private for word in ("--key", str(path))]
        assert run(["restore", str(data), *options, *how]) == 1
        assert told in " ".join(capsys.readouterr().err.split())
        assert not home.exists()


def test_a_check_reads_all_of_it_and_the_ledger_knows(backed_up: BackedUp, capsys: pytest.CaptureFixture[str]) -> None:
    options = [word for path in backed_up.private for word in ("--key", str(path))]
    assert run(["backup-check", str(backed_up.data), *options, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["sha256"], told["keys_checked"]) == (backed_up.made["sha256"], True)
    assert told["known_to_this_house"] is True
    assert run(["backups", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["backups"][0]["checked_at"] is not None
    assert state().newest_file == backed_up.made["file"] and not state().overdue


def test_a_build_may_begin_as_soon_as_the_tables_are_held(
    backed_up: BackedUp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A build that holds the lock is waited for; one that comes later finds it free while the backup goes on."""
    counted = make.content.count_rows
    free = []

    def count(connection: Any, *rest: Any) -> dict[str, int]:
        with connect("transformer", autocommit=True) as other:
            other.execute("set lock_timeout = '2s'")
            other.execute("create table work.while_a_backup_runs (a int)")
            other.execute("drop table work.while_a_backup_runs")
            other.execute("insert into ops.build (status, error) values ('failed', 'while a backup ran')")
        with connect("loader", autocommit=True) as other:
            other.execute("set lock_timeout = '2s'")
            other.execute("truncate landing.wide_finding")
        free.append(True)
        return counted(connection, *rest)

    monkeypatch.setattr(make.content, "count_rows", count)
    waited: list[str] = []
    with build_lock(quiet):
        thread = threading.Thread(target=lambda: make_backup(tmp_path, by="drift", say=waited.append))
        thread.start()
        while not any("waiting" in line for line in waited):
            assert thread.is_alive()
        assert list(tmp_path.glob("*.data.age")) == []
    thread.join()
    assert free and len(list(tmp_path.glob("*.data.age"))) == 1


def test_a_backup_waits_for_no_half_done_rotation(backed_up: BackedUp, tmp_path: Path) -> None:
    with connect("owner") as connection:
        connection.execute("insert into ops.key_rotation (kind, new_key_id, by_whom) values ('archive', 'x', 'drift')")
    try:
        with pytest.raises(MentorDwError, match="Not finished, and so not backed up: the rotation of the archive key"):
            make_backup(tmp_path, by="drift", say=quiet)
    finally:
        with connect("owner") as connection:
            connection.execute("delete from ops.key_rotation")
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_is_half_restored_does_not_start(backed_up: BackedUp) -> None:
    note = backed_up.settings.home / UNFINISHED
    note.touch()
    try:
        with pytest.raises(MentorDwError, match="did not come to its end"):
            up(quiet)
    finally:
        note.unlink()


@pytest.fixture
def given_servers() -> Iterator[list[str]]:
    """Addresses of two servers that were given: their owner may make roles and databases, and is no superuser."""
    folder = Path(tempfile.mkdtemp(prefix="mentor_dw_given_"))
    folder.chmod(0o711)
    servers = []
    try:
        for name in ("one", "other"):
            settings = Settings(home=folder / name, dsn=None)
            ensure_folders(settings)
            servers.append(EmbeddedPostgres(settings, extra=PASSING))
            servers[-1].start()
            with psycopg.connect(servers[-1].url(), autocommit=True) as owner:
                owner.execute("create role administrator login createdb createrole password 'prøve'")
        yield [f"postgresql://administrator:pr%C3%B8ve@127.0.0.1:{one.running_port()}/postgres" for one in servers]
    finally:
        for one in servers:
            one.remove()
        shutil.rmtree(folder)


@pytest.mark.long
def test_a_given_server_is_backed_up_and_restored_onto_another(
    given_servers: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o711)
    there, here = given_servers
    monkeypatch.setenv("MENTOR_DW_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("MENTOR_DW_DSN", there)
    get_settings.cache_clear()
    settings = get_settings()
    settings.settle_seconds = 0
    ensure_folders(settings)
    ensure_logins(settings, there)
    ensure_schema(settings, there)
    ensure_source_tables()
    ensure_keys(settings.secrets)
    deliver(settings, WAVE / "webreg_2008-09-30.zip")
    for kind in ("data", "keys"):
        make_key(settings, kind, tmp_path / f"{kind}.key")
    made = make_backup(tmp_path / "to", by="drift", say=quiet)
    before = digests()

    monkeypatch.setenv("MENTOR_DW_HOME", str(tmp_path / "another"))
    identities = read_identities([tmp_path / "data.key", tmp_path / "keys.key"])
    source = restore.source_of(tmp_path / "to" / made["file"], None, None, True, identities)
    get_settings.cache_clear()
    with pytest.raises(MentorDwError, match="has a database mentor_dw already"):
        restore.restore(source, by="drift", say=quiet)
    assert not (tmp_path / "another").exists()
    monkeypatch.setenv("MENTOR_DW_DSN", here)
    get_settings.cache_clear()
    restore.restore(source, by="drift", say=quiet)
    assert digests() == before
    with psycopg.connect(here) as owner:
        lent = owner.execute("select count(*) from pg_auth_members where member = current_user::regrole and set_option")
        assert lent.fetchone() == (0,)
    get_settings.cache_clear()


@pytest.mark.house
@pytest.mark.long
@pytest.mark.timeout(2400)
def test_a_whole_house_is_lost_while_it_works_and_stands_up_again(
    make_house: Callable[..., Any], tmp_path: Path
) -> None:
    """Deliveries loaded and extracts delivered; a backup during the next load; the home deleted; everything again."""
    house = make_house(start=False)
    house.env["MENTOR_DW_BACKUP_TO"] = str(tmp_path / "backup")
    house.run("up")
    private = [word for kind in ("data", "keys") for word in ("--key", str(tmp_path / f"{kind}.key"))]
    for kind in ("data", "keys"):
        house.run("backup-key", kind, "--private-to", str(tmp_path / f"{kind}.key"))
    for source in ("webreg", "dream", "biflis"):
        house.drop(*WAVE.glob(f"{source}_*"), source=source)
    house.run("load", "--wait", timeout=900)
    deliver_all = "from mentor_dw.cli.demo_extracts import deliver_extracts; assert deliver_extracts(print, 900)"
    subprocess.run([sys.executable, "-c", deliver_all], env=house.env, check=True, stdout=subprocess.DEVNULL)
    figures = house.json("figures")
    delivered = next(one for one in house.json("extracts")["extracts"] if one["step"] == "confirmed")

    # A delivery is being judged, and then built, while the backup is made.
    later = sorted((FIXTURES / "wave2" / "step1").glob("webreg_*"))
    house.drop(*later)
    load = subprocess.Popen(
        [str(Path(sys.executable).with_name("mentor-dw")), "load", "--wait"],
        env=house.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    made = house.json("backup")
    assert load.poll() is None, "the load was over before the backup began"
    assert load.wait(600) == 0
    loaded = len(house.json("status")["deliveries"])
    assert house.json("figures") != figures

    house.run("down")
    shutil.rmtree(house.home)
    data = str(tmp_path / "backup" / made["file"])
    house.run("restore", data, *private, "--without-journal")
    assert house.json("figures") == figures
    house.run("up")
    proof = house.run("extract", delivered["name"], "--period", delivered["period"])
    assert "the same, byte for byte" in proof
    # What was being loaded lies in the inbox again, or is delivered again.
    house.drop(*later)
    house.run("load", "--wait", timeout=900)
    assert house.json("figures") != figures
    assert len(house.json("status")["deliveries"]) == loaded
    assert house.json("backup-check", data, *private, "--full")["restored"] is True
    assert os.listdir(tmp_path / "backup" / "journal")
