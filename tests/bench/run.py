"""Run the benchmarks, or the i-th of N shares of them (`run.py i/N`), into one report, `bench.json` in the home.

A benchmark is a module beside this one with a function `measure` that returns names and numbers (others have to be
run by themselves). What the report already holds of other benchmarks stays.
"""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from mentor_dw.config import get_settings


def benchmarks() -> dict[str, ModuleType]:
    """The modules that measure, by name, in alphabetical order."""
    found = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.name != Path(__file__).name:
            spec = spec_from_file_location(f"bench_{path.stem}", path)
            module = module_from_spec(spec)
            spec.loader.exec_module(module)
            if hasattr(module, "measure"):
                found[path.stem] = module
    return found


def share(names: list[str], wanted: str) -> list[str]:
    """The part `wanted` (`i/N`, counted from 1) of `names`."""
    part, parts = (int(number) for number in wanted.split("/"))
    if not 1 <= part <= parts:
        raise SystemExit(f"{wanted}: the share must lie between 1 and {parts}")
    return names[part - 1 :: parts]


def main() -> None:
    """Measure and report."""
    report_file = get_settings().home / "bench.json"
    report_file.parent.mkdir(parents=True, exist_ok=True)
    modules = benchmarks()
    for name in share(list(modules), sys.argv[1] if len(sys.argv) > 1 else "1/1"):
        numbers = modules[name].measure()
        report = json.loads(report_file.read_text()) if report_file.is_file() else {}
        report[name] = {
            "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "cores": os.cpu_count(),
            "load": round(os.getloadavg()[0], 2),
            "numbers": numbers,
        }
        report_file.write_text(json.dumps(report, indent=2))
        print(name, json.dumps(numbers), flush=True)


if __name__ == "__main__":
    main()
