"""Where a benchmark may work: a warehouse alone, or a whole house, in a folder that is removed afterwards."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mentor_dw.config import Settings, get_settings
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.local import installation
from mentor_dw.local.databases import ensure_logins, ensure_schema, ensure_source_tables
from mentor_dw.local.folders import ensure_folders
from mentor_dw.local.postgres import EmbeddedPostgres

HERE = Path(__file__).resolve().parent
#: A file may be taken so long after its last change; short, since nobody uploads slowly here.
SETTLE_SECONDS = 1


@contextmanager
def empty_home() -> Iterator[Settings]:
    """Settings of a home in which nothing is installed, which `get_settings` leads to."""
    with tempfile.TemporaryDirectory(prefix="mentor_dw_bench_") as folder, pytest.MonkeyPatch.context() as patch:
        # As root, PostgreSQL runs as a user that has to enter the folder.
        Path(folder).chmod(0o711)
        for name in [name for name in os.environ if name.startswith("MENTOR_DW_")]:
            patch.delenv(name)
        patch.setenv("MENTOR_DW_HOME", f"{folder}/home")
        patch.setenv("MENTOR_DW_SETTLE_SECONDS", str(SETTLE_SECONDS))
        get_settings.cache_clear()
        settings = get_settings()
        try:
            yield settings
        finally:
            if settings.home.is_dir():
                installation.down(silent)
                EmbeddedPostgres(settings).remove()
    get_settings.cache_clear()


@contextmanager
def warehouse() -> Iterator[Settings]:
    """An installed warehouse without Airflow, PostgreSQL with the settings of every installation."""
    with empty_home() as settings:
        ensure_folders(settings)
        postgres = EmbeddedPostgres(settings)
        postgres.start()
        ensure_logins(settings, postgres.url())
        ensure_schema(settings, postgres.url())
        ensure_keys(settings.secrets)
        ensure_source_tables()
        yield settings


@contextmanager
def house() -> Iterator[Settings]:
    """A whole house, up."""
    with empty_home() as settings:
        installation.up(silent)
        yield settings


def silent(_line: str) -> None:
    """Progress nobody reads."""


def seconds(action: Callable[[], Any]) -> float:
    """How long `action` takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def medians(rounds: list[dict[str, float]]) -> dict[str, float]:
    """The median of each number over all rounds, with how many rounds there were and how far they lie apart."""
    found: dict[str, float] = {
        name: round(statistics.median(one[name] for one in rounds), 3) for name in rounds[0] if name != "rows"
    }
    whole = [sum(one.values()) for one in rounds]
    return found | {
        "rounds": len(rounds),
        "slowest_round_over_fastest": round(max(whole) / min(whole), 2),
    }


def in_a_process(script: str, *arguments: str) -> dict[str, Any]:
    """What `script` (beside this module), run in a process of its own, prints as JSON on its last line."""
    done = subprocess.run([sys.executable, str(HERE / script), *arguments], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{script}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])
