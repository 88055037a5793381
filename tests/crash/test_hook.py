"""The hook kills where and when it is told, once, and otherwise nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import reduce
from importlib import import_module
from pathlib import Path

import pytest
from boundaries import BOUNDARIES
from plan import forget, hooked, kill_at, killed

from mentor_dw.local.airflow_services import outer_environment

#: Gives three files their names, by way of `os.replace`, and says so.
PROGRAM = """
from pathlib import Path
for number in range(3):
    draft = Path(f"draft{number}")
    draft.write_text("")
    draft.replace(f"file{number}")
    print(number, flush=True)
"""


def three_files(folder: Path, plan: Path) -> tuple[int, set[str]]:
    """The exit code, and the files that are there."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=folder, env=hooked(dict(os.environ), plan), capture_output=True
    )
    assert done.stderr == b""
    return done.returncode, {path.name for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("when", "left"), [("before", {"file0", "draft1"}), ("after", {"file0", "file1"})], ids=["before", "after"]
)
def test_a_process_is_killed_at_the_pass_that_was_told_and_never_again(
    tmp_path: Path, when: str, left: set[str]
) -> None:
    plan, folder = tmp_path / "plan.json", tmp_path / "work"
    folder.mkdir()
    kill_at(plan, "os:replace", when, nth=2)
    assert three_files(folder, plan) == (-signal.SIGKILL, left)
    noted = killed(plan)
    assert noted and (noted["at"], noted["when"], noted["killed"]) == ("os:replace", when, [noted["pid"]])
    assert three_files(folder, plan)[0] == 0


def test_without_a_plan_nothing_happens(tmp_path: Path) -> None:
    plan, folder = tmp_path / "plan.json", tmp_path / "work"
    folder.mkdir()
    kill_at(plan, "os:replace", "before")
    forget(plan)
    assert three_files(folder, plan) == (0, {"file0", "file1", "file2"})
    assert killed(plan) is None


def test_the_processes_of_a_house_inherit_the_hook(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wanted = hooked({}, tmp_path / "plan.json")
    for name, value in wanted.items():
        monkeypatch.setenv(name, value)
    assert wanted.items() <= outer_environment().items()


def test_every_boundary_is_a_function_of_the_product() -> None:
    for boundary in BOUNDARIES:
        module, name = boundary.at.split(":")
        assert callable(reduce(getattr, name.split("."), import_module(module))), boundary.at


def test_a_boundary_that_nobody_watches_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no boundary"):
        kill_at(tmp_path / "plan.json", "mentor_dw.warehouse.build:build", "after")
