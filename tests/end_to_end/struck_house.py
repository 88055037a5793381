"""A whole house that is struck, and its twin where nobody pulls a plug: what they hold must be the same."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
from waiting import wait_for

from mentor_dw.config import Settings
from mentor_dw.database import address
from mentor_dw.feeds import load_feed
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.ingest.late import fold_known_persons
from mentor_dw.ingest.take import take
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.publish import publish

#: Processes that a kill at random is aimed at.
SERVICES = ("scheduler", "triggerer", "dag-processor", "api-server")
#: So long may a house take to come to rest after a kill, in seconds: a task whose keeper was killed is missed after a
#: minute, its retry waits, and a build takes half a minute, or several on a machine that is busy otherwise.
PATIENCE = 900
#: A row as text without the numbers that are drawn at random or made of such: keys of persons, and what hangs on them.
_LINE = (
    "(select jsonb_object_agg(one.key, one.value) from jsonb_each(to_jsonb(t) - 'delivery_id') as one"
    " where not case when one.key like '%\\_key' and jsonb_typeof(one.value) = 'number'"
    " then abs(one.value::text::numeric) > 1000000000 else false end)::text"
)
_STATE_OF_A_DELIVERY = (
    "select source, file_name, sha256, status, version, rows_read, rows_accepted, rows_quarantined, rows_withheld,"
    " members::text from ops.delivery order by source, file_name, sha256, version"
)


def quiet(_: str) -> None:
    """Progress that nobody reads."""


def fingerprint(owner: psycopg.Connection) -> dict[str, str]:
    """Rows and a hash of every table of `raw` and `bi`, and what the ledger says of each delivery.

    The keys of persons are drawn at random in each vault, and deliveries are numbered as they come, so they and what
    is computed of them are left out; the rows that hang on them are not. tests/crash/state.py compares those too.
    """
    tables = owner.execute(
        "select n.nspname, c.relname from pg_class as c inner join pg_namespace as n on c.relnamespace = n.oid"
        " where n.nspname in ('raw', 'bi') and c.relkind in ('r', 'p') and not c.relispartition order by 1, 2"
    ).fetchall()
    state = {
        f"{schema}.{table}": owner.execute(
            "select count(*) || ' ' || coalesce(md5(string_agg(line, '|' order by line)), '') from ("
            f" select {_LINE} as line"
            f' from "{schema}"."{table}" as t) as lines'
        ).fetchone()[0]
        for schema, table in tables
    }
    rows = owner.execute(_STATE_OF_A_DELIVERY).fetchall()
    figures = owner.execute(
        "select count(*) || ' ' || coalesce(md5(string_agg(line, '|' order by line)), '') from ("
        " select (measure, dimensions::text, value, unit)::text as line from ops.build_figure"
        " where build_id = (select max(build_id) from ops.build where status = 'published')) as lines"
    ).fetchone()[0]
    return state | {f"delivery {n}": str(row) for n, row in enumerate(rows)} | {"figures": figures}


def differences(one: dict[str, str], other: dict[str, str]) -> list[str]:
    """Where two fingerprints differ, without what is in them."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def leftovers(house) -> list[str]:
    """What a kill may leave and nobody may find when the house is at rest."""
    found = []
    with house.connect("owner", autocommit=True) as owner:
        for (table,) in owner.execute("select tablename from pg_tables where schemaname = 'landing'").fetchall():
            (rows,) = owner.execute(f'select count(*) from landing."{table}"').fetchone()
            if rows:
                found.append(f"landing.{table} with {rows} rows")
        for name, query in {
            "schema": "select nspname from pg_namespace where nspname like 'past%' or nspname like 'scratch%'",
            "lock": "select objid::text from pg_locks where locktype = 'advisory'",
            "undecided": "select file_name from ops.delivery where status = 'received' or kept_as is null",
            "doubled": "select file_name from ops.delivery where status = 'accepted'"
            " group by source, file_name, sha256 having count(*) > 1",
            "unbalanced": "select file_name from ops.delivery where status in ('accepted', 'superseded')"
            " and rows_read <> rows_accepted + rows_quarantined + rows_withheld",
            "running build": "select build_id::text from ops.build where status = 'running'",
        }.items():
            found += [f"{name} {value}" for (value,) in owner.execute(query).fetchall()]
    for folder in ("inbox", "archive", "refused", "outbox", "reports", "data_docs"):
        for path in (house.home / folder).rglob("*"):
            if path.is_file() and (path.name.startswith(".") or path.name.endswith(".part") or folder == "inbox"):
                found.append(f"file {path.relative_to(house.home)}")
    return found


def strangers(house) -> list[str]:
    """Processes of the house that belong to none of its services, nor to PostgreSQL, nor to the watch."""
    lived = []
    sessions = {service_session(house, name) for name in SERVICES}
    for process in house.processes():
        with suppress(psutil.Error, ProcessLookupError):
            command = " ".join(process.cmdline())
            parents = {process.pid, *(parent.pid for parent in process.parents())}
            if "postgres" in command or "--watch" in command or parents & sessions:
                continue
            lived.append(f"{process.pid} {command[:80]}")
    return lived


def service_session(house, name: str) -> int:
    """The process number of a service."""
    import json

    return json.loads((house.home / "airflow" / f"{name}.pid.json").read_text())["pid"]


@dataclass
class Struck:
    """A house with a watch, fed with deliveries, killed at, and looked at when it is at rest."""

    house: object
    fed: list[Path] = field(default_factory=list)
    _watch: subprocess.Popen | None = None

    def start(self) -> None:
        """`up --watch`, waited for until the house is up."""
        self.house.run("up")
        self.watch()

    def watch(self) -> None:
        """Have a watch, as systemd has: one that was killed is started anew."""
        if self._watch is None or self._watch.poll() is not None:
            command = [str(Path(sys.executable).with_name("mentor-dw")), "up", "--watch"]
            self._watch = subprocess.Popen(
                command, env=self.house.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )

    def stop(self) -> None:
        """`down`, and the end of the watch, which notices."""
        self.house.run("down", code=None)
        if self._watch is not None:
            with suppress(subprocess.TimeoutExpired):
                self._watch.wait(60)
            self._watch.kill()
            self._watch.wait()

    def feed(self, *files: Path) -> None:
        """Put deliveries into the inbox; the DAGs are asked to take them by `load`."""
        for file in files:
            self.house.drop(file, source=source_of(file))
        self.fed += files

    def ask(self, query: str, *values: object) -> object:
        """The first value of what a query of the owner gives; None while the database does not answer."""
        try:
            with self.house.connect("owner", autocommit=True, connect_timeout=5) as owner:
                row = owner.execute(query, values).fetchone()
                return row[0] if row else None
        except psycopg.Error:
            return None

    def is_at_rest(self) -> bool:
        """Whether everything that was fed is decided and put away, and a build of all that counts is published."""
        return bool(
            self.ask(
                "select (select count(*) from ops.delivery where status <> 'received' and kept_as is not null) >= %s"
                " and not exists (select from ops.delivery where status = 'received' or kept_as is null)"
                " and exists (select from ops.build where status = 'published'"
                " and build_id = (select max(build_id) from ops.build)"
                " and deliveries @> (select coalesce(array_agg(delivery_id), '{}') from ops.delivery"
                " where status = 'accepted'))",
                len(self.fed),
            )
        )

    def rest(self, seconds: float = PATIENCE) -> None:
        """Wait until the house is at rest by itself."""
        wait_for(self.is_at_rest, seconds, 0.5, "the house did not come to rest")

    def victims(self, whom: str) -> list[psutil.Process]:
        """The processes that a kill at `whom` takes: a service, `postgres`, `backend`, `supervisor`, `task`, `all`."""
        if whom in SERVICES:
            return [psutil.Process(service_session(self.house, whom))]
        processes = self.house.processes()
        if whom == "all":
            return processes
        servers = [one for one in processes if is_postmaster(one, self.house.home)]
        if whom == "postgres":
            return [found for one in servers for found in (one, *one.children(recursive=True))]
        if whom == "backend":
            busy = [one for server in servers for one in server.children() if "127.0.0.1(" in title(one)]
            ours = [one for one in busy if "mentor_dw_airflow" not in title(one)]
            return ours[:1] or busy[:1]
        scheduler = psutil.Process(service_session(self.house, "scheduler"))
        workers = [one for one in scheduler.children() if one.children()]
        if whom == "supervisor":
            return workers[:1]
        return [child for worker in workers for child in worker.children()][:1]

    def strike(self, whom: str) -> int:
        """SIGKILL to `whom`; how many processes there were."""
        struck = self.victims(whom)
        if whom == "all":
            self.house.pull_the_plug()
            if self._watch is not None:
                self._watch.wait(10)
            return len(struck)
        for process in struck:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        return len(struck)

    def strike_at_random(self, whom: str, chance: random.Random, latest: float) -> int:
        """Wait a random time, at most `latest` seconds, and kill; waits longer for somebody who is not there yet."""
        time.sleep(chance.uniform(0.2, latest))
        struck = 0
        deadline = time.monotonic() + 60
        while not struck and time.monotonic() < deadline:
            struck = self.strike(whom)
            time.sleep(0.05)
        return struck


def source_of(file: Path) -> str:
    """Whose delivery a file is, by its name."""
    return file.name.split("_")[0]


def title(process: psutil.Process) -> str:
    """What a process calls itself; nothing when it is gone."""
    with suppress(psutil.Error):
        return " ".join(process.cmdline())
    return ""


def is_postmaster(process: psutil.Process, home: Path) -> bool:
    """Whether it is the first process of the home's server."""
    note = home / "postgres_location"
    folder = note.read_text().strip() if note.is_file() else str(home / "postgres")
    return f"{folder}/data" in title(process) and "pg_ctl" not in title(process)


@dataclass
class Twin:
    """The same deliveries in this process, where nobody pulls a plug; `get_settings` leads there."""

    settings: Settings

    def lives_through(self, files: Iterable[Path]) -> None:
        """Take the files, in order, and build."""
        ensure_keys(self.settings.secrets)
        for file in files:
            target = self.settings.inbox / source_of(file) / file.name
            shutil.copyfile(file, target)
            take(target, load_feed(source_of(file)), quiet)
        fold_known_persons(quiet)
        publish(build(quiet))

    def fingerprint(self) -> dict[str, str]:
        """What it holds."""
        with psycopg.connect(address("owner").url()) as owner:
            return fingerprint(owner)
