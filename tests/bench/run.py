"""Run the benchmarks, or the i-th of N shares of them (`run.py i/N`), into one report in the home: `bench/report.json`
and, for people, `bench/report.md`.

A benchmark is a module beside this one with a function `measure` that returns names and numbers, and perhaps `GOALS`:
what some of these must and should be. One of many cases has instead

- `cases()`: their names, always the same and in the same order;
- `measure_case(name)`: what was found of one, as a JSON-able dict;
- `summed(results)`: names and numbers of all results so far, by case;
- `table(results)`, where wanted: a table in Markdown.

What the report holds of the same code is not measured again, so an interrupted run goes on where it stopped; delete
the report to start anew. `run.py i/N NAME` runs the share of one benchmark alone.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from shares import Unit, share, units

from mentor_dw.config import PROJECT_ROOT, get_settings

#: The shortest first.
BENCHMARKS = (
    *("reads", "publish", "installation", "dbt_time", "door"),
    *("disclosure", "chain", "population", "serving", "scale", "wide", "wide_load"),
    *("hostile", "fuzz"),
    *("celery_workers", "crash", "crash_house"),
)
CODE = ("plugins", "dags", "dbt_project", "expectations", "extracts", "tests/bench", "tests/crash", "tests/hostile")


def code_hash() -> str:
    """What was measured: changes with every file that can change a number."""
    files = [PROJECT_ROOT / "uv.lock"]
    for folder in CODE:
        files += (PROJECT_ROOT / folder).rglob("*")
    kept = sorted(file for file in files if file.suffix in (".py", ".sql", ".yml", ".csv", ".lock"))
    found = hashlib.sha256()
    for file in kept:
        found.update(str(file.relative_to(PROJECT_ROOT)).encode() + b"\0" + file.read_bytes())
    return found.hexdigest()[:12]


def as_markdown(report: dict[str, dict]) -> str:
    """The report for people; every number in it was measured."""
    lines = ["# Benchmarks", "", "Written by `make bench`. Seconds unless a name says otherwise.", ""]
    for name, entry in report.items():
        goals = getattr(import_module(name), "GOALS", {})
        about = import_module(name).__doc__.strip().split("\n\n")[0].replace("\n", " ")
        lines += [
            f"## {name}",
            "",
            about,
            "",
            f"Measured {entry['measured_at']}, Python {entry['python']}, {entry['cores']} cores, load of the machine "
            f"{entry['load_before']} before and {entry['load_after']} after, code {entry['code']}.",
            "",
            "| number | value | goal |",
            "|---|---:|---|",
            *(f"| {what} | {value:,} | {goals.get(what, '')} |" for what, value in entry["numbers"].items()),
            "",
        ]
        if "table" in entry:
            lines += [entry["table"], ""]
    return "\n".join(lines)


def cases_file(folder: Path, benchmark: str) -> Path:
    """Where the results of the cases of one benchmark are kept."""
    return folder / f"{benchmark}.cases.json"


def read(file: Path) -> dict[str, Any]:
    """A JSON object, empty where there is no file."""
    return json.loads(file.read_text()) if file.is_file() else {}


def facts(code: str, load_before: float) -> dict[str, Any]:
    """When and on what something was measured."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "code": code,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_before": load_before,
        "load_after": round(os.getloadavg()[0], 2),
    }


def is_measured(folder: Path, unit: Unit, code: str) -> bool:
    """Whether the report has the unit already, of this code."""
    if unit.case is None:
        return read(folder / "report.json").get(unit.benchmark, {}).get("code") == code
    kept = read(cases_file(folder, unit.benchmark))
    return kept.get("code") == code and unit.case in kept["results"]


def measure(folder: Path, unit: Unit, code: str) -> None:
    """Measure the unit and enter it into the report."""
    module, before = import_module(unit.benchmark), round(os.getloadavg()[0], 2)
    if unit.case is None:
        numbers = module.measure()
        print(json.dumps(numbers), flush=True)
        with alone(folder):
            report(folder, unit.benchmark, facts(code, before) | {"numbers": numbers})
        return
    result = module.measure_case(unit.case)
    print(json.dumps(result, default=str), flush=True)
    with alone(folder):
        kept, file = read(cases_file(folder, unit.benchmark)), cases_file(folder, unit.benchmark)
        results = (kept["results"] if kept.get("code") == code else {}) | {unit.case: result}
        file.write_text(json.dumps({"code": code, "results": results}, indent=1, default=str))
        entry = facts(code, before) | {"numbers": module.summed(results)}
        if hasattr(module, "table"):
            entry["table"] = module.table(results)
        report(folder, unit.benchmark, entry)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One share at a time enters what it found."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def report(folder: Path, benchmark: str, entry: dict[str, Any]) -> None:
    """Enter one benchmark's numbers into the report, for programs and for people."""
    told = read(folder / "report.json") | {benchmark: entry}
    told = {known: told[known] for known in BENCHMARKS if known in told}
    (folder / "report.json").write_text(json.dumps(told, indent=2))
    (folder / "report.md").write_text(as_markdown(told))


def main() -> None:
    """Measure what is not measured yet, and report after each benchmark and case."""
    wanted, names = sys.argv[1] if len(sys.argv) > 1 else "1/1", sys.argv[2:]
    if strangers := set(names) - set(BENCHMARKS):
        raise SystemExit(f"{', '.join(sorted(strangers))}: the benchmarks are {', '.join(BENCHMARKS)}")
    folder = get_settings().home / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    code = code_hash()
    for unit in share(units(names or BENCHMARKS), wanted):
        name = unit.benchmark if unit.case is None else f"{unit.benchmark}: {unit.case}"
        if is_measured(folder, unit, code):
            print(f"{name}: measured already", flush=True)
            continue
        print(f"{name} ...", flush=True)
        measure(folder, unit, code)
    print(f"report: {folder / 'report.md'}")


if __name__ == "__main__":
    main()
