"""Bad files of DREAM, one for every reason to refuse a delivery, and two that must be left alone."""

from __future__ import annotations

import gzip
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

from backports import zstd

from .planted import BadFile, Planted
from .writing import sha256

_PERSONS = 200
_MONTHS = tuple(date(2016 + (6 + number) // 12, (6 + number) % 12 + 1, 28) for number in range(24))
Rows = list[list[bytes]]


def plant_files(folder: Path, good: Path, planted: Planted) -> list[Path]:
    """Write the bad files into `folder`, each for a month of its own after the plain delivery `good`.

    Files whose rows are never judged hold its first persons only. Returns the paths written and adds to
    `planted.files`.
    """
    names = iter(_MONTHS)
    written: list[Path] = []

    def write(suffix: str, content: bytes, code: str, what: str) -> Path:
        path = folder / f"dream_{next(names):%Y-%m}.{suffix}"
        path.write_bytes(content)
        planted.files.append(BadFile(path.name, "refused", code, what))
        written.append(path)
        return path

    def changed(suffix: str, change: Callable[[Rows], None], code: str, what: str) -> None:
        rows = [line.split(b";") for line in head.splitlines()]
        change(rows)
        text = b"".join(b";".join(row) + b"\n" for row in rows)
        write(suffix, _packed(suffix, text), code, what)

    with good.open("rb") as file:
        head = b"".join(file.readline() for _ in range(_PERSONS + 1))
    whole = _packed("csv.gz", good.read_bytes())
    path = write("csv.gz", whole, "sha_mismatch", "the checksum beside it is that of another file")
    beside = path.with_name(path.name + ".sha256")
    beside.write_text(f"{sha256(good)}  {path.name}\n", encoding="ascii")
    written.append(beside)
    packed = _packed("csv.gz", head)
    write("csv.gz", packed[: len(packed) * 2 // 3], "unreadable", "truncated gzip")
    packed = _packed("csv.zst", head)
    write("csv.zst", packed[: len(packed) * 2 // 3], "unreadable", "truncated zstd")
    write("csv.gz", b"Dette er ikke en gzip-fil.\n", "unreadable", "not a gzip")
    changed("csv", _rename(b"foedselsdato", b"alder"), "column_missing", "a column is missing")
    changed("csv.gz", _rename(b"y_", b"uge_"), "column_missing", "no column of a week")
    changed("csv.gz", _rename(b"civilstand", b"koen"), "duplicate_column", "a column is there twice")
    changed("csv.gz", _put(b"herkomst", "d\u00e5nsk".encode("cp1252")), "wrong_encoding", "a letter outside ASCII")
    write("csv", b"", "empty_file", "a file without a byte")
    write("csv.gz", _packed("csv.gz", b""), "empty_file", "nothing inside the gzip")
    changed("csv.gz", _without(b"y_1410", b"y_1411"), "week_gap", "two weeks are missing")
    changed("csv.zst", _without(b"y_1553"), "week_gap", "week 53 of 2015 is missing")
    changed("csv.gz", lambda rows: None, "too_few_rows", "less than half of the rows of the delivery before it")
    write("csv.gz", _packed("csv.gz", _spoilt(good)), "too_many_bad_rows", "more than 2 pct of the rows are bad")

    path = folder / f"dream_{next(names):%Y-%m}.csv"
    shutil.copyfile(good, path)
    planted.files.append(BadFile(path.name, "duplicate", None, f"the bytes of {good.name}"))
    written.append(path)
    path = folder / f"dream_{next(names):%Y-%m}.csv.gz.part"
    path.write_bytes(whole[: len(whole) // 2])
    planted.files.append(BadFile(path.name, "waiting", None, "an upload in progress"))
    return [*written, path]


def _packed(suffix: str, text: bytes) -> bytes:
    """The bytes of a file with this suffix."""
    if suffix == "csv.gz":
        return gzip.compress(text, compresslevel=1, mtime=0)
    return zstd.compress(text) if suffix == "csv.zst" else text


def _rename(old: bytes, new: bytes) -> Callable[[Rows], None]:
    """Column names that begin with `old` begin with `new`."""

    def change(rows: Rows) -> None:
        rows[0] = [new + name[len(old) :] if name.startswith(old) else name for name in rows[0]]

    return change


def _put(column: bytes, value: bytes) -> Callable[[Rows], None]:
    """Another value in the third row."""

    def change(rows: Rows) -> None:
        rows[3][rows[0].index(column)] = value

    return change


def _without(*columns: bytes) -> Callable[[Rows], None]:
    """All rows without some columns."""

    def change(rows: Rows) -> None:
        places = {rows[0].index(column) for column in columns}
        rows[:] = [[cell for place, cell in enumerate(row) if place not in places] for row in rows]

    return change


def _spoilt(good: Path) -> bytes:
    """The delivery with a sex that does not exist in every twentieth row."""
    lines = good.read_bytes().splitlines()
    place = lines[0].split(b";").index(b"koen")
    for number in range(1, len(lines), 20):
        before = lines[number].split(b";", place + 1)
        before[place] = b"X"
        lines[number] = b";".join(before)
    return b"\n".join(lines) + b"\n"
