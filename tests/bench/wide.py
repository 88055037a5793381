"""A DREAM file of 1,800 weeks and 200 months a person, folded into spells: against counting its lines, and against
other tools on the same file.

Seconds of a whole process each, start and imports included; `in_process` leaves out ours and the loading of machine
code, which a worker of the scheduler has behind it. `numpy` is our way where nothing is compiled.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from places import HERE
from wide_file import write

#: Persons to rounds: of ours and of counting lines, and of the other tools.
SIZES = {100_000: (5, 5), 1_000_000: (5, 1)}
#: These are slow: one round, and pandas only on so many persons, or memory does not suffice.
SLOW = ("duckdb_unpivot", "pandas")
PANDAS_PERSONS = 20_000
#: Our ways as fold_alone.py calls them.
OURS = {"ours": "compiled", "numpy": "numpy"}
PEERS = ("duckdb_lists", "polars", *SLOW)
#: The number to what it must and should be, at most or at least (performance.md of the project's anchors).
GOALS = {
    "100000_in_process_over_wc": "at most 35, better 6",
    "100000_duckdb_unpivot_over_in_process": "at least 15, better 20",
    "100000_duckdb_lists_over_in_process": "at least 5, better 7",
    "100000_pandas_a_person_over_in_process": "at least 100, better 200",
    "1000000_ours_megabytes_above_import": "at most 64, better 48",
    "peak_1000000_over_100000": "at most 1.1",
    "time_a_person_1000000_over_100000": "at most 1.3, better 1.15",
}


@dataclass(frozen=True)
class Run:
    """One process: seconds, and what it says of itself: number and checksum of spells, peak megabytes, seconds after
    the imports."""

    seconds: float
    spells: tuple[int, int] = (0, 0)
    megabytes: float = 0.0
    in_process: float = 0.0


def measure() -> dict[str, float]:
    """Medians and ratios by number of persons; every tool must have found the same spells."""
    result: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="mentor_dw_bench_") as folder:
        python = peers_environment(Path(folder))
        for persons, (rounds, peer_rounds) in SIZES.items():
            result |= of_size(Path(folder), python, persons, rounds, peer_rounds)
    few, many = SIZES
    ours = {persons: result[f"{persons}_in_process"] / persons for persons in SIZES}
    result["time_a_person_1000000_over_100000"] = round(ours[many] / ours[few], 2)
    result["peak_1000000_over_100000"] = round(result[f"{many}_ours_megabytes"] / result[f"{few}_ours_megabytes"], 2)
    return result


def of_size(folder: Path, python: str, persons: int, rounds: int, peer_rounds: int) -> dict[str, float]:
    """One file, all tools in turn in every round."""
    path = folder / "dream_2016-03.csv"
    write(path, persons)
    sample = folder / "sample.csv"
    with path.open("rb") as whole, sample.open("wb") as some:
        some.writelines(line for _, line in zip(range(min(PANDAS_PERSONS, persons) + 1), whole, strict=False))
    alone = (sys.executable, str(HERE / "fold_alone.py"))
    # Whoever comes first compiles, once in an installation.
    run(*alone, OURS["ours"])
    runs: dict[str, list[Run]] = {}
    for number in range(rounds):
        runs.setdefault("wc", []).append(run("wc", "-l", str(path)))
        for name, way in OURS.items():
            runs.setdefault(f"{name}_import", []).append(run(*alone, way))
            runs.setdefault(name, []).append(run(*alone, way, str(path)))
        for peer in PEERS:
            if number < (1 if peer in SLOW else peer_rounds):
                file = sample if peer == "pandas" else path
                runs.setdefault(peer, []).append(run(python, str(HERE / "peers.py"), peer, str(file)))
    of_sample = run(*alone, "numpy", str(sample)).spells
    path.unlink()
    for name in (*OURS, *PEERS):
        expected = of_sample if name == "pandas" else runs["ours"][0].spells
        if any(one.spells != expected for one in runs[name]):
            raise RuntimeError(f"{name} found other spells than we do")
    return numbers(persons, runs)


def numbers(persons: int, runs: dict[str, list[Run]]) -> dict[str, float]:
    """What is told of one size."""
    took = {name: statistics.median(one.seconds for one in each) for name, each in runs.items()}
    peak = {name: max(one.megabytes for one in each) for name, each in runs.items()}
    share = min(PANDAS_PERSONS, persons) / persons
    found = {"rounds": len(runs["ours"]), "spells": runs["ours"][0].spells[0]}
    found |= {name: round(seconds, 3) for name, seconds in took.items()}
    found |= {f"{name}_megabytes": round(peak[name]) for name in (*OURS, *PEERS)}
    for name in OURS:
        found[f"{name}_megabytes_above_import"] = round(peak[name] - peak[f"{name}_import"], 1)
    for name, way in (("in_process", "ours"), ("numpy_in_process", "numpy")):
        took[name] = found[name] = round(statistics.median(one.in_process for one in runs[way]), 3)
    for way in (*OURS, "in_process", "numpy_in_process"):
        found[f"{way}_over_wc"] = round(took[way] / took["wc"], 1)
        for peer in PEERS:
            if peer != "pandas":
                found[f"{peer}_over_{way}"] = round(took[peer] / took[way], 1)
        found[f"pandas_a_person_over_{way}"] = round(took["pandas"] / share / took[way], 1)
    return {f"{persons}_{name}": value for name, value in found.items()}


def peers_environment(folder: Path) -> str:
    """An interpreter of its own with the other tools, none of which is a dependency of ours."""
    python = str(folder / "peers" / "bin" / "python")
    quietly = {"check": True, "capture_output": True}
    subprocess.run([_uv(), "venv", "--python", sys.executable, str(folder / "peers")], **quietly)
    subprocess.run([_uv(), "pip", "install", "--python", python, "-r", str(HERE / "peers.txt")], **quietly)
    return python


def _uv() -> str:
    """uv as the Makefile finds it."""
    return os.environ.get("UV", "uv")


def run(*command: str) -> Run:
    """Run `command` to its end."""
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    if done.returncode:
        raise RuntimeError(f"{command}: {done.stderr[-2000:]}")
    if not done.stdout.startswith("["):
        return Run(seconds)
    spells, checksum, megabytes, in_process = json.loads(done.stdout)
    return Run(seconds, (spells, checksum), megabytes, in_process)
