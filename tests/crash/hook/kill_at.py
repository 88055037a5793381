"""Kills a process at a chosen boundary: SIGKILL, once, to the process that comes by or to another one of its house.

The variable TEST_KILL_PLAN names a file. When a boundary of boundaries.py is passed and that file is there, what it
says is done: the file is claimed by renaming it (PLAN.claimed), what is done is noted in PLAN.note, and the kill
follows. Without the file nothing happens, and it may come at any time: processes are forked long before.
"""

from __future__ import annotations

import fcntl
import functools
import importlib.util
import inspect
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import wrapt

VARIABLE = "TEST_KILL_PLAN"
SERVICES = ("scheduler", "triggerer", "dag-processor", "api-server")


def watch() -> None:
    """Wrap every boundary as soon as its module is imported."""
    place = Path(__file__).resolve().parents[1] / "boundaries.py"
    found = importlib.util.spec_from_file_location("crash_boundaries", place)
    boundaries = sys.modules[found.name] = importlib.util.module_from_spec(found)
    found.loader.exec_module(boundaries)
    by_module: dict[str, list[str]] = {}
    for at in dict.fromkeys(boundary.at for boundary in boundaries.BOUNDARIES):
        module, function = at.split(":")
        by_module.setdefault(module, []).append(function)
    for module, functions in by_module.items():
        wrapt.register_post_import_hook(functools.partial(_wrap, functions=functions), module)


def _wrap(module: Any, functions: list[str]) -> None:
    for function in functions:
        *owner, name = function.split(".")
        place = functools.reduce(getattr, owner, module)
        setattr(place, name, _watched(f"{module.__name__}:{function}", getattr(place, name)))


def _watched(at: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def watched(*args: Any, **kwargs: Any) -> Any:
        _pass(at, "before")
        result = function(*args, **kwargs)
        _pass(at, "after")
        return result

    @functools.wraps(function)
    async def watched_coroutine(*args: Any, **kwargs: Any) -> Any:
        _pass(at, "before")
        result = await function(*args, **kwargs)
        _pass(at, "after")
        return result

    return watched_coroutine if inspect.iscoroutinefunction(function) else watched


def _pass(at: str, when: str) -> None:
    """Do what the plan says, if there is one for this place and nobody was quicker."""
    name = os.environ.get(VARIABLE)
    if not name or not os.path.exists(name):
        return
    try:
        plan = json.loads(Path(name).read_text())
    except (FileNotFoundError, ValueError):
        return  # claimed by another process, or being written
    if (plan["at"], plan["when"]) != (at, when) or _how_often(name) != plan.get("nth", 1):
        return
    try:
        os.rename(name, f"{name}.claimed")
    except FileNotFoundError:
        return
    chosen = victims(plan["whom"], Path(os.environ.get("MENTOR_DW_HOME", "")), os.getpid())
    note = plan | {"pid": os.getpid(), "killed": [process.pid for process in chosen], "moment": time.time()}
    Path(f"{name}.note").write_text(json.dumps(note))
    for process in chosen:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)


def _how_often(name: str) -> int:
    """How often the place was passed since the plan was written, by all processes together."""
    with open(f"{name}.passed", "ab") as passed:
        fcntl.flock(passed, fcntl.LOCK_EX)
        passed.write(b".")
        passed.flush()
        return passed.tell()


def victims(whom: str, home: Path, pid: int) -> list[psutil.Process]:
    """The processes to be killed, in this order: the one called `pid` itself, or others of the house in `home`.

    Of `postgres` all of them are stopped first, so that none starts another while they are killed.
    """
    if whom == "self":
        return [psutil.Process(pid)]
    if whom in SERVICES:
        noted = json.loads((home / "airflow" / f"{whom}.pid.json").read_text())
        return [psutil.Process(noted["pid"])]
    server = _postmaster(home)
    if whom == "backend":
        return [_backend(server, pid)]
    if whom != "postgres":
        raise ValueError(f"nobody is called {whom}")
    server.suspend()
    return [server, *server.children(recursive=True)]


def _postmaster(home: Path) -> psutil.Process:
    """The server of the home."""
    note = home / "postgres_location"
    folder = Path(note.read_text().strip()) if note.is_file() else home / "postgres"
    return psutil.Process(int((folder / "data" / "postmaster.pid").read_text().split("\n")[0]))


def _backend(server: psutil.Process, pid: int) -> psutil.Process:
    """The server's process of a session of `pid`, rather one that is in the middle of something.

    Its title says whom it serves: user, database, address and port of the client, what it does. When `pid` has no
    session at the moment, that of anybody else will do: the server then ends them all.
    """
    ports = {one.laddr.port for one in psutil.Process(pid).net_connections("tcp") if one.laddr and one.raddr}
    serving = {}
    for child in server.children():
        with suppress(psutil.Error):
            serving[child] = " ".join(child.cmdline())
    own = [child for child, title in serving.items() if any(f"({port})" in title for port in ports)]
    busy = [child for child in own if not serving[child].rstrip().endswith(" idle")]
    chosen = [*busy, *own, *server.children()]
    if not chosen:
        raise LookupError("the server has no process to kill")
    return chosen[0]
