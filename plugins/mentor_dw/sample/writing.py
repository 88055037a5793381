"""Delivery files: members are collected as text on disk and packed into a zip that is the same for the same rows."""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Style:
    """How the text of a delivery is written; all of it is allowed by the contract with the source."""

    bom: bool = False
    line_end: str = "\n"
    last_line_end: bool = True
    shuffled: bool = False
    encoding: str = "utf-8"


class MemberText:
    """The text of one member while it grows: header first, then rows. Memory holds no more than one batch of rows."""

    def __init__(self, path: Path, columns: Sequence[str], style: Style, extra: str | None = None) -> None:
        """Start the member. `extra` is a column behind the others, empty in every row that does not fill it."""
        self._path = path
        self._width = len(columns)
        self._extra = extra
        self._style = style
        # A shuffled delivery has its columns in the reverse order: readers must go by the header.
        self._order = tuple(reversed(range(len(columns)))) if style.shuffled else None
        self.lines = 0
        self._text = path.open("w", encoding="utf-8-sig" if style.bom else style.encoding, newline="")
        self.add([(*columns, extra) if extra else tuple(columns)])

    def add(self, rows: Iterable[tuple[object, ...]]) -> None:
        """Append rows, quoting where a value needs it; the additional column is empty where a row does not fill it."""
        if self._extra:
            rows = [(*row, "") if len(row) == self._width else row for row in rows]
        batch = io.StringIO(newline="")
        writer = csv.writer(batch, delimiter=";", lineterminator=self._style.line_end)
        if self._order is None:
            writer.writerows(rows)
        else:
            writer.writerows([row[i] for i in self._order] for row in rows)
        self.add_text(batch.getvalue())

    def add_plain(self, rows: Iterable[tuple[str, ...]]) -> None:
        """Append rows of text that needs no quoting, several times faster."""
        end = self._style.line_end
        if self._order is None:
            lines = [";".join(row) + end for row in rows]
        else:
            lines = [";".join(row[::-1]) + end for row in rows]
        self.add_text("".join(lines))

    def add_text(self, text: str) -> None:
        """Append whole lines as they are."""
        self.lines += text.count("\n")
        self._text.write(text)

    def close(self) -> Path:
        """Finish the member; its path."""
        self._text.close()
        if not self._style.last_line_end:
            size = self._path.stat().st_size
            with self._path.open("r+b") as file:
                file.truncate(size - len(self._style.line_end))
        return self._path


def pack(target: Path, members: Iterable[tuple[str, Path]], day: date, *, checksum: bool, level: int = 6) -> list[Path]:
    """Zip the members; the file (and its .sha256, when asked for) appears under its name only when it is complete.

    `level` is that of zlib. Returns the paths written. The same members give the same bytes.
    """
    part = target.with_name(target.name + ".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in members:
            info = entry(name, day)
            # An entry made by hand has a level of its own, which Python 3.13 gave a public name.
            setattr(info, "compress_level" if hasattr(info, "compress_level") else "_compresslevel", level)
            with path.open("rb") as source, archive.open(info, "w", force_zip64=False) as sink:
                while chunk := source.read(_CHUNK):
                    sink.write(chunk)
    return publish(part, target, checksum=checksum)


def entry(name: str, day: date) -> zipfile.ZipInfo:
    """A zip entry of a plain file with a fixed time, so that equal content gives equal bytes."""
    info = zipfile.ZipInfo(name, (day.year, day.month, day.day, 20, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 3
    info.external_attr = 0o100600 << 16
    return info


def publish(part: Path, target: Path, *, checksum: bool) -> list[Path]:
    """Give a complete file its name, its checksum first so that nobody sees it without."""
    written = []
    if checksum:
        beside = target.with_name(target.name + ".sha256")
        beside.write_text(f"{sha256(part)}  {target.name}\n", encoding="ascii")
        written.append(beside)
    part.replace(target)
    return [target, *written]


def sha256(path: Path) -> str:
    """SHA-256 of a file in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
