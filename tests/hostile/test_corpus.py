"""Every hostile file is refused, or its rows are those of its clean form but for those that are set aside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from cases import Accepted, Case, Left, Refused, Stays
from corpus import CASES

from mentor_dw.config import Settings
from mentor_dw.identity.keys import ensure_keys

pytestmark = pytest.mark.postgres

#: Above what the process, or a process of the database, takes when idle.
MOST_MB = 300
#: Of a file of the short tests; the machine may be busy.
MOST_SECONDS = 30


def at_the_door(home: Settings, folder: Path, names: list[str], *options: str) -> dict[str, dict[str, Any]]:
    """What became of the named cases, by name; '' says that clean deliveries were accepted before and after."""
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


@pytest.fixture(scope="module")
def told(warehouse: Settings, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    return at_the_door(
        warehouse, tmp_path_factory.mktemp("cwd"), [case.name for case in CASES.values() if not case.long]
    )


def problems(case: Case, told: dict[str, Any]) -> list[str]:
    """Everything that is not as it should be; no values."""
    found = []
    if told["status"] == "crash":
        return [f"a traceback is the answer: {told['trace']}"]
    match case.expected:
        case Refused(code):
            if (told["status"], told.get("code")) != ("refused", code):
                found.append(f"should be refused as {code}")
            elif not told["reason"] or not told["report"]:
                found.append("the refusal says nothing")
        case Accepted():
            if told["status"] not in ("accepted", "superseded"):
                found.append("should be accepted")
            else:
                found += told["differences"]
                rules = sorted(
                    [(member, rule) for member, _, rule in case.expected.gone if rule]
                    + [(member, rule) for member, rule in case.expected.extra]
                )
                aside = sorted((member, rule) for member, _, rule in told["quarantined"])
                if aside != rules:
                    found.append(f"set aside: {aside[:9]}, should be {rules[:9]}")
        case Left() | Stays():
            if told["status"] != type(case.expected).__name__.lower():
                found.append(f"should be {type(case.expected).__name__.lower()}")
            if not told["left_in_inbox"]:
                found.append("should stay in the inbox")
    if found:
        found.append(f"was {told['status']} {told.get('code')}: {told.get('reason')}")
    found += [f"left in landing: {table}" for table in told["landing"]]
    found += [f"appeared outside: {name}" for name in told["outside"]]
    for what in ("own_mb", "database_mb"):
        if told[what] > MOST_MB:
            found.append(f"{what} {told[what]}")
    if told["seconds"] > MOST_SECONDS and not case.long:
        found.append(f"took {told['seconds']} s")
    return found


@pytest.mark.parametrize("name", [case.name for case in CASES.values() if not case.long])
def test_a_hostile_file_gets_its_answer(name: str, told: dict[str, dict[str, Any]]) -> None:
    assert problems(CASES[name], told[name]) == []


def test_clean_deliveries_are_accepted_before_and_after(told: dict[str, dict[str, Any]]) -> None:
    assert told[""]["status"] == "done"


def test_the_corpus_is_large_enough() -> None:
    assert len(CASES) >= 200
