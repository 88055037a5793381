"""How long the installation takes: `up` on an empty home, `up` on a stopped one, `up` on a running one, `down`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from mentor_dw.config import get_settings
from mentor_dw.local import installation
from mentor_dw.local.postgres import EmbeddedPostgres


def measure() -> dict[str, float]:
    """Seconds by step, in a home that is removed afterwards."""
    seconds: dict[str, float] = {}

    def step(name: str, action: Callable[[Callable[[str], None]], object]) -> None:
        began = time.perf_counter()
        action(lambda line: None)
        seconds[name] = round(time.perf_counter() - began, 2)

    with tempfile.TemporaryDirectory(prefix="mentor_dw_bench_") as folder, pytest.MonkeyPatch.context() as patch:
        # As root, PostgreSQL runs as a user that has to enter the folder.
        Path(folder).chmod(0o711)
        patch.setenv("MENTOR_DW_HOME", f"{folder}/home")
        patch.delenv("MENTOR_DW_DSN", raising=False)
        get_settings.cache_clear()
        try:
            step("up_empty_home", installation.up)
            step("up_running", installation.up)
            step("down", installation.down)
            step("up_stopped", installation.up)
        finally:
            installation.down(lambda line: None)
            EmbeddedPostgres(get_settings()).remove()
    get_settings.cache_clear()
    return seconds
