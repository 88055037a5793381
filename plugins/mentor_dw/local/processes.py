"""Long-running processes of the installation: started once, recognised again, stopped with all they started.

Each leads a session of its own, so everything it starts can be found by the session's id, also when the leader was
killed and its children were left behind. A pid file names the leader by number and start time, because numbers are
used again, and holds a fingerprint of the environment, so that a process with outdated settings is started anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from mentor_dw.errors import MentorDwError
from mentor_dw.secret_files import write_private

#: A process that is asked to stop may finish what it does for so long.
GRACE_SECONDS = 20.0
#: One that is killed is gone at once, on a busy machine when it has given its memory back.
KILLED_SECONDS = 30.0
LOG_LIMIT_BYTES = 20_000_000


@dataclass(frozen=True)
class Service:
    """One process: `command`, its output in `log`, its pid file at `pid_file`.

    `environment` is what it must be told; `outer_environment` is what it happens to inherit from whoever starts it,
    and no reason to start it anew.
    """

    name: str
    command: tuple[str, ...]
    environment: dict[str, str]
    outer_environment: dict[str, str]
    log: Path
    pid_file: Path
    #: how long it may take to finish what it does when it is asked to stop
    grace_seconds: float = GRACE_SECONDS

    def is_running(self) -> bool:
        """Whether the leader runs."""
        return self._leader() is not None

    def is_current(self) -> bool:
        """Whether the leader runs with this command and environment."""
        return self.is_running() and self._note().get("fingerprint") == self._fingerprint()

    def start(self) -> bool:
        """Start the process unless it runs as it should; True when it was started.

        What a killed leader left behind is ended first.
        """
        if self.is_current():
            return False
        stop([self])
        if self.log.is_file() and self.log.stat().st_size > LOG_LIMIT_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with open(os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
            started = subprocess.Popen(
                self.command,
                cwd="/",
                env=self.outer_environment | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            since = psutil.Process(started.pid).create_time()
        except psutil.NoSuchProcess:
            raise MentorDwError(f"{self.name} stopped at once.", f"Its log is {self.log}.") from None
        note = {"pid": started.pid, "started": since, "fingerprint": self._fingerprint()}
        write_private(self.pid_file, json.dumps(note))
        return True

    def log_end(self, lines: int = 5) -> str:
        """The last lines of the log."""
        try:
            return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def members(self) -> list[psutil.Process]:
        """Every living process of the session, the leader included."""
        note = self._note()
        if not note:
            return []
        if self._leader() is None and psutil.pid_exists(note["pid"]):
            leader = _alive(note["pid"])
            if leader is not None and leader.create_time() != note["started"]:
                return []  # another program has the number now, and may lead a session with it
        found = []
        for pid in psutil.pids():
            try:
                process = _alive(pid) if os.getsid(pid) == note["pid"] else None
                if process is not None and process.create_time() >= note["started"]:
                    found.append(process)
            except (OSError, psutil.Error):
                continue  # it ended while we looked
        return found

    def _leader(self) -> psutil.Process | None:
        note = self._note()
        process = _alive(note["pid"]) if note else None
        return process if process is not None and process.create_time() == note["started"] else None

    def _note(self) -> dict:
        try:
            return json.loads(self.pid_file.read_text(encoding="utf-8"))
        except (OSError, json.JSONDecodeError):
            return {}

    def _fingerprint(self) -> str:
        return hashlib.sha256(repr((self.command, sorted(self.environment.items()))).encode()).hexdigest()


def stop(services: Iterable[Service], grace: float | None = None) -> list[str]:
    """Stop all of `services` together, with all they started; names of those that were running.

    Leaders are asked first, since they end their own children in order. What is left when they are gone, or after the
    seconds that each may take (at most `grace`), is killed.
    """
    services = list(services)
    leaders = {service.name: leader for service in services if (leader := service._leader()) is not None}
    _signal(leaders.values(), signal.SIGTERM)
    began = time.monotonic()
    patience = {s.name: s.grace_seconds if grace is None else min(grace, s.grace_seconds) for s in services}
    while left := {name: leader for name, leader in leaders.items() if _alive(leader.pid) == leader}:
        _reap(left.values())
        waited = time.monotonic() - began
        _signal([leader for name, leader in left.items() if waited >= patience[name]], signal.SIGKILL)
        if waited >= max(patience.values()):
            break
        time.sleep(0.05)
    members = [process for service in services for process in service.members()]
    _signal(members, signal.SIGKILL)
    # Not waited for by `psutil.wait_procs`: one whose parent lives and takes no leave of it stays as a zombie.
    patience_ended = time.monotonic() + KILLED_SECONDS
    while (stubborn := [process for process in members if _alive(process.pid) == process]) and (
        time.monotonic() < patience_ended
    ):
        time.sleep(0.05)
    if stubborn:
        raise MentorDwError(f"Could not stop {', '.join(str(process.pid) for process in stubborn)}.")
    for service in services:
        service.pid_file.unlink(missing_ok=True)
    return sorted(leaders)


def _alive(pid: int) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        return process if process.status() != psutil.STATUS_ZOMBIE else None
    except psutil.Error:
        return None


def _signal(processes: Iterable[psutil.Process], number: int) -> None:
    for process in processes:
        try:
            process.send_signal(number)
        except psutil.NoSuchProcess:
            continue


def _reap(processes: Iterable[psutil.Process]) -> None:
    """Take leave of ended processes that this very process started, which would stay as zombies."""
    for process in processes:
        try:
            os.waitpid(process.pid, os.WNOHANG)
        except ChildProcessError:
            continue
