"""The whole house, as its users meet it: the command `mentor-dw`, a real scheduler, real files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"


@dataclass
class House:
    """A running installation in a home of its own."""

    home: Path
    env: dict[str, str]
    said: list[str] = field(default_factory=list)

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
        if code is not None and done.returncode != code:
            raise AssertionError(f"mentor-dw {arguments[0]} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def json(self, *arguments: str) -> object:
        return json.loads(self.run(*arguments, "--json"))

    def drop(self, *files: Path, source: str = "webreg") -> None:
        """Put files into the inbox the way an upload does: under another name first."""
        target = self.home / "inbox" / source
        for file in files:
            part = target / f"{file.name}.part"
            shutil.copyfile(file, part)
            part.rename(target / file.name)

    def connect(self, role: str, **options: object) -> psycopg.Connection:
        return psycopg.connect(self.run("dsn", "--role", role).strip(), **options)


def new_house() -> House:
    """A home for a house that has not been started."""
    folder = Path(tempfile.mkdtemp(prefix="mentor_dw_house_"))
    # A service user has to enter the folder when root runs the tests; what lies below is private.
    folder.chmod(0o711)
    env = os.environ | {"MENTOR_DW_HOME": str(folder / "home"), "MENTOR_DW_SETTLE_SECONDS": "1", "COLUMNS": "200"}
    for name in ("MENTOR_DW_DSN", "MENTOR_DW_DATABASE", "AIRFLOW_HOME"):
        env.pop(name, None)
    return House(folder / "home", env)


def end(house: House) -> None:
    """Stop a house and delete what it wrote."""
    house.run("down", code=None)
    shutil.rmtree(house.home.parent, ignore_errors=True)


@pytest.fixture(scope="session")
def house() -> Iterator[House]:
    """One house for the session, stopped and deleted at its end."""
    house = new_house()
    try:
        house.run("up")
        yield house
    finally:
        end(house)


@pytest.fixture
def make_house() -> Iterator[Callable[..., House]]:
    """Makes houses for one test; `start=False` leaves starting to the test."""
    houses: list[House] = []

    def make(*, start: bool = True) -> House:
        houses.append(new_house())
        if start:
            houses[-1].run("up")
        return houses[-1]

    yield make
    for made in houses:
        end(made)
