"""Coverage-guided fuzzing of the readers, an hour in all: what must hold of any bytes (tests/hostile/properties.py)
for a fixed time each. An input that breaks it is kept in the home, below `bench/fuzz`; only its path is told.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from mentor_dw.config import PROJECT_ROOT, get_settings

HOSTILE = Path(__file__).parents[1] / "hostile"
TARGETS = ("records", "zip", "gzip", "zstd", "lines", "header", "cpr", "checksum", "name", "receipt", "feed")
#: Twelve rounds of five minutes: the reader of most code has two.
ROUNDS = (*TARGETS, "records")
#: A process a minute: what the fuzzer itself keeps grows with its inputs, and an input may take a gigabyte at most.
PROCESSES, SECONDS = 5, 60
GOALS = {"minutes": "60 or more when all shares are done", "inputs_kept": "0"}
_EXECUTED = re.compile(r"number_of_executed_units: *(\d+)")
_COVERED = re.compile(r"cov: (\d+)")


def cases() -> list[str]:
    """Every target, and how often it has been before."""
    return [f"{target} {ROUNDS[:place].count(target) + 1}" for place, target in enumerate(ROUNDS)]


def measure_case(name: str) -> dict[str, Any]:
    """Fuzz one target: seconds, inputs tried, edges covered, and the paths of inputs that broke it."""
    target, number = name.split()
    folder = get_settings().home / "bench" / "fuzz" / target
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    before = set(folder.iterdir())
    runs = [_run(target, folder, seed=10 * int(number) + place) for place in range(PROCESSES)]
    return {
        "seconds": round(sum(seconds for seconds, _, _ in runs)),
        "inputs": sum(inputs for _, inputs, _ in runs),
        "edges": max(edges for _, _, edges in runs),
        "kept": sorted(str(path) for path in set(folder.iterdir()) - before),
    }


def _run(target: str, folder: Path, seed: int) -> tuple[float, int, int]:
    """Fuzz in a process of its own: seconds until it ended, inputs tried, edges covered."""
    began = time.monotonic()
    done = subprocess.run(
        [*_python(), str(HOSTILE / "fuzz_readers.py"), target, str(SECONDS), str(folder), str(seed)],
        capture_output=True,
        text=True,
        errors="replace",
        timeout=2 * SECONDS + 600,
    )
    # What it says shows the input, so only numbers are taken from it.
    executed, covered = _EXECUTED.search(done.stderr), _COVERED.findall(done.stderr)
    if executed is None:
        raise RuntimeError(f"{target}: the fuzzer did not run (exit code {done.returncode})")
    return time.monotonic() - began, int(executed[1]), int(covered[-1]) if covered else 0


def _python() -> list[str]:
    """An interpreter with the group `fuzz`, which is installed where it is missing."""
    try:
        import atheris  # noqa: F401
    except ImportError:
        uv = os.environ.get("UV", "uv")
        return [uv, "run", "--frozen", "--quiet", "--project", str(PROJECT_ROOT), "--group", "fuzz", "python"]
    return [sys.executable]


def summed(results: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Minutes, inputs and findings of all targets so far."""
    return {
        "minutes": round(sum(one["seconds"] for one in results.values()) / 60, 1),
        "inputs": sum(one["inputs"] for one in results.values()),
        "inputs_kept": sum(len(one["kept"]) for one in results.values()),
    }


def table(results: dict[str, dict[str, Any]]) -> str:
    """A line per target."""
    lines = ["| target | minutes | inputs | edges | kept |", "|---|---:|---:|---:|---|"]
    for name, one in results.items():
        kept = ", ".join(one["kept"]) or "none"
        lines.append(f"| {name} | {one['seconds'] / 60:g} | {one['inputs']:,} | {one['edges']} | {kept} |")
    return "\n".join(lines)
