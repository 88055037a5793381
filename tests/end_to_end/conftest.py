"""The whole house, as its users meet it: the command `mentor-dw`, a real scheduler, real files."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg
import pytest

from mentor_dw.warehouse.dbt_run import lend_cache

# The modules beside the tests are theirs alone; test folders are no packages.
sys.path.insert(0, str(Path(__file__).parent))


def cpr_shapes(text: str) -> set[str]:
    """Everything in `text` that has a CPR number's shape, as ten digits: with and without hyphen, zero restored."""
    return {(a + b).zfill(10) for a, b in re.findall(r"(?<!\d)(\d{5,6})\s?[-\u2010-\u2015]?\s?(\d{4})(?!\d)", text)}


@dataclass
class House:
    """A running installation in a home of its own."""

    home: Path
    env: dict[str, str]
    said: list[str] = field(default_factory=list)
    #: the exit code of the last command
    code: int = 0

    def run(self, *arguments: str, code: int | None = 0, timeout: float = 400) -> str:
        """Run `mentor-dw`; the exit code must be `code` (None: any). What it printed, kept for the leak test."""
        done = subprocess.run(
            [str(Path(sys.executable).with_name("mentor-dw")), *arguments],
            env=self.env,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        self.said += [done.stdout, done.stderr]
        self.code = done.returncode
        if code is not None and done.returncode != code:
            raise AssertionError(f"mentor-dw {arguments[0]} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def run_all(self, *commands: list[str]) -> None:
        """Run several commands of `mentor-dw` one after the other in one process, which takes a second to start."""
        program = "import json, sys; from mentor_dw.cli import run; sys.exit(max(map(run, json.load(sys.stdin))))"
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=self.env,
            input=json.dumps(commands),
            capture_output=True,
            text=True,
            timeout=400,
        )
        self.said += [done.stdout, done.stderr]
        assert done.returncode == 0, done.stderr

    def json(self, *arguments: str) -> object:
        return json.loads(self.run(*arguments, "--json"))

    def drop(self, *files: Path, source: str = "webreg") -> None:
        """Put files into the inbox the way an upload does: under another name first."""
        target = self.home / "inbox" / source
        for file in files:
            part = target / f"{file.name}.part"
            shutil.copyfile(file, part)
            part.rename(target / file.name)

    def start_and_kill(self, seconds: float) -> None:
        """`up`, and after so many seconds SIGKILL to all of it."""
        command = [str(Path(sys.executable).with_name("mentor-dw")), "up"]
        start = subprocess.Popen(command, env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        start.kill()
        start.wait()
        self.pull_the_plug()

    def pull_the_plug(self) -> None:
        """SIGKILL until nothing of the house is left."""
        for _ in range(50):
            left = self.processes()
            if not left:
                return
            for process in left:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            time.sleep(0.1)
        raise AssertionError(f"still alive: {self.processes()}")

    def processes(self) -> list[psutil.Process]:
        """Every process that was started for this home: by its environment, by the session of a service, whose process
        may have written its title over its environment, or PostgreSQL by its data folder.
        """
        found = []
        notes = (self.home / "airflow").glob("*.pid.json")
        sessions = {json.loads(note.read_text(encoding="utf-8"))["pid"] for note in notes}
        for process in psutil.process_iter():
            with suppress(psutil.Error, ProcessLookupError):
                if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                    continue
                command = " ".join(process.cmdline())
                in_home = "postgres" in command and str(self.home) in command
                in_session = os.getsid(process.pid) in sessions and "airflow" in command
                if in_home or in_session or process.environ().get("MENTOR_DW_HOME") == str(self.home):
                    found.append(process)
        return found

    def leaks_of(self, planted: set[str]) -> list[str]:
        """Where one of `planted` (CPR numbers as ten digits) can be read, in any form, outside the vault.

        Looks into every table of both databases but those of `vault`, into every file of the home but the delivered
        ones, and at all that the command printed.
        """
        leaks = []
        for role in ("owner", "airflow"):
            with self.connect(role) as connection:
                tables = connection.execute(
                    "select schemaname, tablename from pg_tables"
                    " where schemaname not in ('pg_catalog', 'information_schema', 'vault')"
                ).fetchall()
                assert len(tables) > 40
                for schema, table in tables:
                    with connection.cursor().copy(f'copy (select * from "{schema}"."{table}") to stdout') as rows:
                        text = b"".join(bytes(block) for block in rows).decode("utf-8", "replace")
                    if cpr_shapes(text) & planted:
                        leaks.append(f"table {schema}.{table}")
        # What was delivered holds CPR numbers by nature; so does what the sample was made from.
        apart = {self.home / name for name in ("archive", "refused", "inbox", "postgres", "sample")}
        files = [p for p in self.home.rglob("*") if p.is_file() and not apart & set(p.parents)]
        files += (self.home / "refused").rglob("*.reason.*")
        assert {".log", ".html", ".md"} <= {p.suffix for p in files}
        for path in files:
            if cpr_shapes(f"{path.name} {path.read_text(encoding='utf-8', errors='replace')}") & planted:
                leaks.append(str(path.relative_to(self.home)))
        if cpr_shapes("\n".join(self.said)) & planted:
            leaks.append("what the command printed")
        return leaks

    def connect(self, role: str, **options: object) -> psycopg.Connection:
        """Log in as any role of the house, the owner and Airflow included, which `mentor-dw dsn` does not hand out."""
        facts = json.loads((self.home / "secrets" / "connection.json").read_text(encoding="utf-8"))
        login = facts["roles"][role]
        return psycopg.connect(
            host=facts["host"],
            port=facts["port"],
            dbname=login.get("database", facts["database"]),
            user=login["user"],
            password=login["password"],
            **options,
        )


def new_house(parsed: Path) -> House:
    """A home for a house that has not been started; the dbt project is `parsed` already."""
    folder = Path(tempfile.mkdtemp(prefix="mentor_dw_house_"))
    # A service user has to enter the folder when root runs the tests; what lies below is private.
    folder.chmod(0o711)
    lend_cache(parsed, folder / "home" / "dbt" / "build")
    env = os.environ | {
        "MENTOR_DW_HOME": str(folder / "home"),
        "MENTOR_DW_SETTLE_SECONDS": "1",
        "MENTOR_DW_PART_MEGABYTES": "1",
        "COLUMNS": "200",
    }
    for name in ("MENTOR_DW_DSN", "MENTOR_DW_DATABASE", "AIRFLOW_HOME"):
        env.pop(name, None)
    return House(folder / "home", env)


def end(house: House) -> None:
    """Stop a house and delete what it wrote."""
    house.run("down", code=None)
    shutil.rmtree(house.home.parent, ignore_errors=True)


@pytest.fixture(scope="session")
def whole_house(parsed: Path) -> Iterator[House]:
    """One house for the session, stopped and deleted at its end."""
    house = new_house(parsed)
    try:
        house.run("up")
        yield house
    finally:
        end(house)


@pytest.fixture(scope="module")
def module_house(parsed: Path) -> Iterator[House]:
    """One house for a module, not started."""
    house = new_house(parsed)
    yield house
    end(house)


@pytest.fixture
def make_house(parsed: Path) -> Iterator[Callable[..., House]]:
    """Makes houses for one test; `start=False` leaves starting to the test."""
    houses: list[House] = []

    def make(*, start: bool = True) -> House:
        houses.append(new_house(parsed))
        if start:
            houses[-1].run("up")
        return houses[-1]

    yield make
    for made in houses:
        end(made)
