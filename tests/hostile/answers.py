"""Whether what became of a hostile file is what the case says, and what it cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cases import Accepted, Case, Left, Refused, Stays

from mentor_dw.config import Settings
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.masking import holds_cpr

#: Above what the process, or a process of the database, takes when idle.
MOST_MB = 300
#: Of a file of the short tests; the machine may be busy.
MOST_SECONDS = 30
#: What is a command to whatever shows a report: HTML, a link that runs something, a terminal.
COMMANDS = ("<script", "<img", "](javascript:", "\x1b")


def at_the_door(home: Settings, folder: Path, names: list[str], *options: str) -> dict[str, dict[str, Any]]:
    """What became of the named cases, by name; '' says that clean deliveries were accepted before and after.

    `folder` is empty, and stays so.
    """
    ensure_keys(home.secrets)
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("front_door.py")), "-", *options],
        input="\n".join(names),
        cwd=folder,
        env=os.environ | {"TMPDIR": str(folder), "PYTHONWARNINGS": "ignore"},
        capture_output=True,
        text=True,
    )
    told = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode:
        raise AssertionError(f"the door broke down after {len(told)} cases: {done.stderr[-3000:]}")
    return {one["name"]: one for one in told}


def problems(case: Case, told: dict[str, Any]) -> list[str]:
    """Everything that is not as it should be; no values."""
    if told["status"] == "crash":
        return [f"a traceback is the answer: {told['trace']}"]
    found = list(_verdict(case, told))
    if found:
        found.append(f"was {told['status']} {told.get('code')}: {told.get('reason')}")
    found += [f"left in landing: {table}" for table in told["landing"]]
    found += [f"appeared outside: {name}" for name in told["outside"]]
    found += [f"{what} {told[what]}" for what in ("own_mb", "database_mb") if told[what] > MOST_MB]
    if told["seconds"] > MOST_SECONDS and not case.long:
        found.append(f"took {told['seconds']} s")
    shown = f"{told.get('report')} {told.get('reason')} {json.dumps(told.get('drift'))}"
    found += [f"shown as it is: {one!r}" for one in COMMANDS if one in str(told.get("report"))]
    # The SHA-256 of a file is digits too, and no person's.
    if holds_cpr(shown.replace(str(told.get("sha256")), "")):
        found.append("a report shows a number")
    return found


def _verdict(case: Case, told: dict[str, Any]) -> Iterator[str]:
    match case.expected:
        case Refused(code):
            if (told["status"], told.get("code")) != ("refused", code):
                yield f"should be refused as {code}"
            elif not told["reason"] or not told["report"]:
                yield "the refusal says nothing"
        case Accepted(gone, extra, _):
            if told["status"] not in ("accepted", "superseded"):
                yield "should be accepted"
                return
            yield from told["differences"]
            rules = sorted([*((member, rule) for member, _, rule in gone if rule), *extra])
            aside = sorted((member, rule) for member, _, rule in told["quarantined"])
            if aside != rules:
                yield f"set aside: {aside[:9]}, should be {rules[:9]}"
        case Left() | Stays():
            wanted = type(case.expected).__name__.lower()
            if told["status"] != wanted:
                yield f"should be {wanted}"
            if not told["left_in_inbox"]:
                yield "should stay in the inbox"
