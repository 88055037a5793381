"""Hostile files at the real door: seconds, and megabytes above idle of the process that reads and of the database's.

One case is a share of the corpus of tests/hostile, with a warehouse of its own; large files are cases of their own.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from places import warehouse

sys.path.insert(0, str(Path(__file__).parents[1] / "hostile"))

from answers import at_the_door, problems
from corpus import CASES, small

SHARES = 6
GOALS = {
    "files": "at least 200",
    "files_with_problems": "0",
    "most_own_mb": "below 300",
    "most_database_mb": "below 300",
}


def cases() -> list[str]:
    """The shares of small files, and every large file."""
    return [*(f"share {number}" for number in range(1, SHARES + 1)), *(c.name for c in CASES.values() if c.long)]


def measure_case(name: str) -> dict[str, Any]:
    """File to seconds, own_mb, database_mb, status and problems (a list, empty when all is well)."""
    names = small(every=True)[int(name.split()[1]) - 1 :: SHARES] if name not in CASES else [name]
    with warehouse() as settings, tempfile.TemporaryDirectory() as folder:
        told = at_the_door(settings, Path(folder), names)
    return {
        file: {what: one[what] for what in ("seconds", "own_mb", "database_mb", "status")}
        | {"problems": problems(CASES[file], one)}
        for file, one in told.items()
        if file
    }


def _files(results: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {file: one for share in results.values() for file, one in share.items()}


def summed(results: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Numbers of all files so far."""
    files = _files(results)
    found = {"files": len(files), "files_with_problems": sum(bool(one["problems"]) for one in files.values())}
    for what in ("own_mb", "database_mb", "seconds"):
        found[f"most_{what}"] = max(one[what] for one in files.values())
    return found | {"seconds_in_all": round(sum(one["seconds"] for one in files.values()), 1)}


def table(results: dict[str, dict[str, Any]]) -> str:
    """A line per file."""
    lines = ["| file | status | seconds | own MB | database MB | problems |", "|---|---|---:|---:|---:|---:|"]
    for file, one in sorted(_files(results).items()):
        numbers = f"{one['seconds']} | {one['own_mb']} | {one['database_mb']} | {len(one['problems'])}"
        lines.append(f"| {file} | {one['status']} | {numbers} |")
    return "\n".join(lines)
