"""Kills (SIGKILL) of a task's process, of a session's process of PostgreSQL and of all of PostgreSQL, at each boundary
between two steps and at moments in between: what the house ends in, compared with an undisturbed run.

Each case stands for itself: the kill, the recovery as production has it, and the comparison (docs/crashes.md).
"""

from __future__ import annotations

import atexit
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "crash"))

from crash_cases import every_case
from matrix import Matrix

GOALS = {
    "kills": "must be 300 or more when all shares are done",
    "not_killed": "must be 0",
    "lost": "must be 0",
    "doubled": "must be 0",
    "half_published": "must be 0",
    "leftovers": "must be 0",
    "different": "must be 0",
}


@cache
def matrix() -> Matrix:
    """The server and the workers, started when the first case is measured."""
    made = Matrix()
    atexit.register(made.close)
    return made


def cases() -> list[str]:
    """Every kill by name, those of one link beside each other's shares."""
    return list(every_case())


def measure_case(name: str) -> dict[str, Any]:
    """What was found of one kill; `differences` and `leftovers` say where, without a value."""
    return matrix().disturbed(every_case()[name])


def summed(results: dict[str, dict[str, Any]]) -> dict[str, int | float]:
    """The numbers over all cases that were measured."""
    found = list(results.values())
    return {
        "cases": len(found),
        "kills": sum(one["killed"] for one in found),
        "not_killed": sum(not one["killed"] for one in found),
        "lost": sum(one["lost"] for one in found),
        "doubled": sum(one["doubled"] for one in found),
        "half_published": sum(one["half_published"] for one in found),
        "leftovers": sum(len(one["leftovers"]) for one in found),
        "different": sum(not one["identical"] for one in found),
        "recovery_seconds_median": median(one["recovery_seconds"] for one in found),
        "recovery_seconds_longest": max(one["recovery_seconds"] for one in found),
    }


def table(results: dict[str, dict[str, Any]]) -> str:
    """One line for each step and victim, in Markdown; below it every case that did not end as it must."""
    of_step: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for one in results.values():
        of_step[one["step"], one["whom"]].append(one)
    lines = [
        "| step | killed | kills | lost rows | doubled rows | half-published | leftovers | identical "
        "| seconds to recover, median and longest |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for (step, whom), found in sorted(of_step.items()):
        sums = summed({str(number): one for number, one in enumerate(found)})
        lines.append(
            f"| {step} | {whom} | {sums['kills']} | {sums['lost']} | {sums['doubled']} | {sums['half_published']} "
            f"| {sums['leftovers']} | {len(found) - sums['different']} of {len(found)} "
            f"| {sums['recovery_seconds_median']:.1f} and {sums['recovery_seconds_longest']:.1f} |"
        )
    bad = [
        f"- {name}: {'; '.join([*one['differences'], *one['leftovers']]) or one['failed'] or 'nobody was killed'}"
        for name, one in results.items()
        if not one["killed"] or not one["identical"] or one["leftovers"] or one["half_published"]
    ]
    return "\n".join([*lines, "", *bad])
