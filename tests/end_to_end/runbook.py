"""Runbooks as a program reads them: the commands in their blocks, and following them to the letter."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from mentor_dw.cli import run
from mentor_dw.config import PROJECT_ROOT

RUNBOOKS = PROJECT_ROOT / "docs" / "runbooks"
#: Words that the reader replaces.
PLACEHOLDER = re.compile(r"\b(ALERT|DELIVERY|NAME|PERIOD|RECEIVER|FOLDER|PART)\b")
#: `alerts --look` ends with it as long as something else is wrong.
SOMETHING_IS_WRONG = 3


def blocks(page: Path) -> list[str]:
    """The lines of the page's ```sh blocks, in order."""
    found = re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    return [line for block in found for line in block.splitlines() if line.strip()]


def inline_commands(page: Path) -> list[str]:
    """What the page's text quotes of `mentor-dw`, blocks left out."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    return re.findall(r"`(mentor-dw [^`]+)`", text)


def follow(kind: str, env: dict[str, str] | None = None, **fill: object) -> str:
    """Do what the runbook of `kind` says, line by line, placeholders filled in; what programs printed.

    In the environment `env`, or in this process and its own.
    Raises AssertionError for a line that fails, or a placeholder that nothing was given for.
    """
    said = ""
    for line in blocks(RUNBOOKS / f"{kind}.md"):
        command = PLACEHOLDER.sub(lambda found: str(fill[found[0]]), line)
        if env is None and (inside := _alone(command)):
            # The same command in this process, which has imported what takes seconds.
            assert run(inside) in (0, SOMETHING_IS_WRONG if "--look" in inside else 0), command
            continue
        done = subprocess.run(
            ["bash", "-eu", "-c", command],
            cwd=PROJECT_ROOT,
            env=(env or dict(os.environ)) | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=600,
        )
        said += done.stdout + done.stderr
        looked = "alerts --look" in command and done.returncode == SOMETHING_IS_WRONG
        assert done.returncode == 0 or looked, f"{command}\n{done.stdout}{done.stderr}"
    return said


def _alone(command: str) -> list[str] | None:
    """The words of a line that is one command of `mentor-dw` and nothing else."""
    plain = not re.search(r"[$|<>&]", command)
    return found[0] if plain and len(found := words(command)) == 1 else None


def words(line: str) -> list[list[str]]:
    """The commands of `mentor-dw` in a line, as words."""
    lexer = shlex.shlex(line.replace("…", "x"), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    commands: list[list[str]] = [[]]
    for word in lexer:
        if set(word) <= set(";|&"):
            commands.append([])
        else:
            commands[-1].append(word)
    return [command[1:] for command in commands if command[:1] == ["mentor-dw"]]
