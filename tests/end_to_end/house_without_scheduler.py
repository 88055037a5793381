"""A house whose tasks are called one after the other, as the DAGs would: commands in this process, no Airflow."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from pathlib import Path
from unittest.mock import patch

import psycopg

from mentor_dw.cli import run
from mentor_dw.config import Settings
from mentor_dw.database import address
from mentor_dw.feeds import sources
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.ingest import take_waiting
from mentor_dw.warehouse.attempt import attempt_build
from mentor_dw.warehouse.publish import publish


def _quiet(_: object) -> None:
    """Progress that nobody reads."""


class HouseWithoutScheduler:
    """Answers as `conftest.House` does. `settings` is the installation that `get_settings` leads to."""

    def __init__(self, settings: Settings) -> None:
        ensure_keys(settings.secrets)
        settings.settle_seconds = 0
        self.home = settings.home
        self.said: list[str] = []
        #: the exit code of the last command
        self.code = 0

    def run(self, *arguments: str, code: int | None = 0) -> str:
        """Run a command; `load --wait` takes, builds and publishes what a scheduler would. What it printed."""
        if arguments == ("load", "--wait"):
            return self._load(code)
        printed, told = io.StringIO(), io.StringIO()
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(told),
            patch("mentor_dw.cli.loading.ask_for_build"),
        ):
            self.code = run(list(arguments))
        self.said += [printed.getvalue(), told.getvalue()]
        assert code is None or self.code == code, told.getvalue()
        return printed.getvalue()

    def json(self, *arguments: str) -> object:
        return json.loads(self.run(*arguments, "--json"))

    def drop(self, *files: Path, source: str = "webreg") -> None:
        """Put files into the inbox."""
        for file in files:
            shutil.copyfile(file, self.home / "inbox" / source / file.name)

    def connect(self, role: str, **options: object) -> psycopg.Connection:
        """Log in as a role of the house."""
        return psycopg.connect(address(role).url(), **options)

    def _load(self, code: int | None) -> str:
        outcomes = [outcome for source in sources() for outcome in take_waiting(source, _quiet)]
        build_id = attempt_build(_quiet, try_number=1, only_if_wanted=True)
        if build_id is not None:
            publish(build_id)
        self.code = 2 if any(outcome.status == "refused" for outcome in outcomes) else 0
        assert code is None or self.code == code, [outcome.reason for outcome in outcomes]
        return "" if outcomes else "nothing to take"
