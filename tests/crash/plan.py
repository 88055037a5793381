"""Writes what is to be killed for the hook to find (hook/kill_at.py), and reads what became of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from boundaries import BOUNDARIES

HOOK = Path(__file__).resolve().parent / "hook"
#: Not one of the house's own variables: those are not handed on from whoever starts it.
VARIABLE = "TEST_KILL_PLAN"
WHOM = ("self", "backend", "postgres", "scheduler", "triggerer", "dag-processor", "api-server")
_TRACES = ("", ".claimed", ".note", ".passed")


def hooked(environment: dict[str, str], plan: Path) -> dict[str, str]:
    """`environment` for processes, and all that they start, that look for `plan` at every boundary."""
    path = os.pathsep.join(filter(None, (str(HOOK), environment.get("PYTHONPATH"))))
    return environment | {"PYTHONPATH": path, VARIABLE: str(plan)}


def kill_at(plan: Path, at: str, when: str, whom: str = "self", nth: int = 1) -> None:
    """From now on, kill `whom` (of WHOM) at the `nth` pass of the boundary `at`, `before` or `after` it; once."""
    if when not in ("before", "after") or whom not in WHOM:
        raise ValueError(f"nobody can be killed {when} {at}: {whom}")
    if at not in {boundary.at for boundary in BOUNDARIES}:
        raise ValueError(f"{at} is no boundary of boundaries.py, so nobody watches it")
    forget(plan)
    draft = plan.with_name(f"{plan.name}.draft")
    draft.write_text(json.dumps({"at": at, "when": when, "whom": whom, "nth": nth}))
    draft.replace(plan)


def killed(plan: Path) -> dict[str, Any] | None:
    """What was done: the plan with `pid` (who came by), `killed` (process numbers), `moment`; None until it is."""
    note = plan.with_name(f"{plan.name}.note")
    try:
        return json.loads(note.read_text())
    except (FileNotFoundError, ValueError):
        return None


def forget(plan: Path) -> None:
    """Remove a plan and what was noted of it."""
    for trace in _TRACES:
        plan.with_name(plan.name + trace).unlink(missing_ok=True)
