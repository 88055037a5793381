"""New lines of the server's log, each once: it may grow, be renamed, be emptied, and end in half a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg

Connection = psycopg.Connection[dict[str, Any]]

#: How much of what was read before is compared to see whether a file is still the same.
_BEFORE = 256


@dataclass
class LogFile:
    """A file of the log, and how much of it has been read. `aside`: the server writes to another one by now."""

    path: Path
    file_id: str
    read_bytes: int
    aside: bool

    def new_lines(self) -> Iterator[bytes]:
        """Whole lines that have not been read, without their ends. Half a line at the end waits for its other half."""
        with self.path.open("rb") as file:
            file.seek(self.read_bytes)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self.read_bytes += len(line)
                yield line[:-1]

    def replace_numbers(self, numbers: Sequence[int]) -> None:
        """Put 0 and blanks in the place of each of these whole numbers, the server writing on meanwhile."""
        either = b"|".join(str(number).encode() for number in numbers)
        found = re.compile(rb"(?<![0-9-])(?:" + either + rb")(?![0-9])")
        place = 0
        with self.path.open("r+b") as file:
            for line in file:
                changed = found.sub(lambda number: b"0".ljust(len(number[0])), line)
                if changed != line:
                    after = file.tell()
                    file.seek(place)
                    file.write(changed)
                    file.seek(after)
                place += len(line)

    def all_read(self) -> bool:
        """Whether nothing is left to read."""
        return self.read_bytes == self.path.stat().st_size

    def keep(self, connection: Connection) -> None:
        """Write down how far the file has been read, in the transaction that keeps what was read."""
        connection.execute(
            "insert into ops.access_position (file_id, read_bytes, before_sha256) values (%s, %s, %s)"
            " on conflict (file_id) do update set read_bytes = excluded.read_bytes,"
            " before_sha256 = excluded.before_sha256",
            (self.file_id, self.read_bytes, _before(self.path, self.read_bytes)),
        )


def log_files(connection: Connection, log: Path) -> list[LogFile]:
    """The log and the files it was before, the oldest first. Positions of files that are gone are forgotten.

    A file that is not what it was up to its position, because it was emptied, is read from its beginning.
    """
    rows = connection.execute("select file_id, read_bytes, before_sha256 from ops.access_position").fetchall()
    known = {row["file_id"]: row for row in rows}
    found = []
    aside = re.compile(rf"{re.escape(log.name)}\.[0-9]+")
    paths = [path for path in log.parent.iterdir() if aside.fullmatch(path.name)] if log.parent.is_dir() else []
    for path in [*sorted(paths, key=lambda one: one.stat().st_mtime_ns), *([log] if log.is_file() else [])]:
        facts = path.stat()
        file_id = f"{facts.st_dev}:{facts.st_ino}"
        row = known.pop(file_id, None)
        same = (
            row is not None
            and row["read_bytes"] <= facts.st_size
            and row["before_sha256"] == _before(path, row["read_bytes"])
        )
        found.append(LogFile(path, file_id, row["read_bytes"] if row and same else 0, path != log))
    connection.execute("delete from ops.access_position where file_id = any(%s)", (list(known),))
    return found


def _before(path: Path, position: int) -> str:
    with path.open("rb") as file:
        file.seek(max(0, position - _BEFORE))
        return sha256(file.read(min(position, _BEFORE))).hexdigest()
