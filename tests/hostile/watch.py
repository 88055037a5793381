"""The most memory that this process and the database's took while something ran."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from pathlib import Path

from mentor_dw.config import Settings
from mentor_dw.local.postgres import LOCATION_NOTE

_EVERY = 0.005


class Watch:
    """Looks at memory many times a second. Shared buffers of the database are not counted: they are there anyway."""

    def __init__(self, settings: Settings) -> None:
        note = settings.home / LOCATION_NOTE
        data = Path(note.read_text().strip()) if note.is_file() else settings.home / "postgres"
        found = [*data.glob("postmaster.pid"), *data.glob("*/postmaster.pid")]
        self._postmaster = int(found[0].read_text().split()[0])
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._peak_own = self._peak_database = 0
        #: of this process when nothing has come yet: all is imported
        self._idle = _kilobytes("/proc/self/status", "VmRSS")

    def begin(self) -> None:
        """Start looking."""
        # The kernel forgets the peak so far; where it may not be told, what is seen in between has to do.
        with suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")
        self._peak_own = self._peak_database = 0
        self._stop.clear()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> dict[str, float]:
        """Megabytes above idle of this process, and of the largest process of the database."""
        assert self._thread is not None
        self._stop.set()
        self._thread.join()
        self._peak_own = max(self._peak_own, _kilobytes("/proc/self/status", "VmHWM"))
        return {
            "own_mb": round(max(self._peak_own - self._idle, 0) / 1024, 1),
            "database_mb": round(self._peak_database / 1024, 1),
        }

    def _look(self) -> None:
        while not self._stop.wait(_EVERY):
            for pid in _children(self._postmaster):
                self._peak_database = max(self._peak_database, _kilobytes(f"/proc/{pid}/status", "RssAnon"))


def _children(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


def _kilobytes(path: str, name: str) -> int:
    try:
        with open(path) as status:
            for line in status:
                if line.startswith(f"{name}:"):
                    return int(line.split()[1])
    except (OSError, ProcessLookupError):
        pass
    return 0


if not Path("/proc/self/status").exists():
    raise RuntimeError(f"memory is looked at through /proc, which {os.uname().sysname} has not")
