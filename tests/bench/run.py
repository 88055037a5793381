"""Run the benchmarks, or the i-th of N shares of them (`run.py i/N`), into one report in the home: `bench/report.json`
and, for people, `bench/report.md`.

A benchmark is a module beside this one with a function `measure` that returns names and numbers, and perhaps `GOALS`:
what some of these must and should be. What the report holds of the same code is not measured again, so an interrupted
run goes on where it stopped; delete the report to start anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib import import_module

from mentor_dw.config import PROJECT_ROOT, get_settings

#: The shortest first.
BENCHMARKS = (
    *("reads", "publish", "installation", "dbt_time", "door"),
    *("disclosure", "chain", "population", "scale", "wide", "wide_load"),
)
CODE = ("plugins", "dags", "dbt_project", "expectations", "tests/bench")


def share(names: tuple[str, ...], wanted: str) -> tuple[str, ...]:
    """The part `wanted` (`i/N`, counted from 1) of `names`."""
    try:
        part, parts = (int(number) for number in wanted.split("/"))
    except ValueError:
        raise SystemExit(f"{wanted}: a share is written i/N, such as 1/2") from None
    if not 1 <= part <= parts:
        raise SystemExit(f"{wanted}: the share must lie between 1 and {parts}")
    return names[part - 1 :: parts]


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
    return "\n".join(lines)


def main() -> None:
    """Measure what is not measured yet, and report after each benchmark."""
    folder = get_settings().home / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    json_file, code = folder / "report.json", code_hash()
    for name in share(BENCHMARKS, sys.argv[1] if len(sys.argv) > 1 else "1/1"):
        report = json.loads(json_file.read_text()) if json_file.is_file() else {}
        if report.get(name, {}).get("code") == code:
            print(f"{name}: measured already", flush=True)
            continue
        print(f"{name} ...", flush=True)
        before = round(os.getloadavg()[0], 2)
        numbers = import_module(name).measure()
        entry = {
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "code": code,
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "load_before": before,
            "load_after": round(os.getloadavg()[0], 2),
            "numbers": numbers,
        }
        # Another share may have written meanwhile.
        report = (json.loads(json_file.read_text()) if json_file.is_file() else {}) | {name: entry}
        report = {known: report[known] for known in BENCHMARKS if known in report}
        json_file.write_text(json.dumps(report, indent=2))
        (folder / "report.md").write_text(as_markdown(report))
        print(json.dumps(numbers), flush=True)
    print(f"report: {folder / 'report.md'}")


if __name__ == "__main__":
    main()
