"""Run the benchmarks, or the i-th of N shares of them (`run.py i/N`), into one report, `bench.json` in the home.

A benchmark is a module beside this one with a function `measure` that returns names and numbers. What the report
already holds of other benchmarks stays.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from mentor_dw.config import get_settings


def benchmarks(share: str | None) -> list[Path]:
    """The modules to run, in alphabetical order; `share` is `i/N`, counted from 1."""
    found = sorted(path for path in Path(__file__).parent.glob("*.py") if path.name != Path(__file__).name)
    if share is None:
        return found
    part, parts = (int(number) for number in share.split("/"))
    if not 1 <= part <= parts:
        raise SystemExit(f"{share}: the share must lie between 1 and {parts}")
    return found[part - 1 :: parts]


def main() -> None:
    """Measure and report."""
    report_file = get_settings().home / "bench.json"
    report_file.parent.mkdir(parents=True, exist_ok=True)
    for path in benchmarks(sys.argv[1] if len(sys.argv) > 1 else None):
        spec = spec_from_file_location(f"bench_{path.stem}", path)
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        numbers = module.measure()
        report = json.loads(report_file.read_text()) if report_file.is_file() else {}
        report[path.stem] = {
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "load": os.getloadavg()[0],
            "numbers": numbers,
        }
        report_file.write_text(json.dumps(report, indent=2))
        print(path.stem, json.dumps(numbers), flush=True)


if __name__ == "__main__":
    main()
