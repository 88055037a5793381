"""Bad files of BIFLIS."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import date
from pathlib import Path

from .bad_zips import Faults, plant_zips, replace
from .planted import BadFile, Planted
from .planter import digits
from .writing import entry

_CITIZENS = 200
#: Months after the last good delivery, as the bad files are named.
_MONTHS = tuple(date(2016 + (5 + number) // 12, (5 + number) % 12 + 1, 28) for number in range(24))
#: Before the first good delivery.
_EARLIEST = date(2015, 6, 30)


def _in_utf_16(content: bytes) -> bytes:
    return content.decode("cp1252").encode("utf-16")


def _in_utf_8(content: bytes) -> bytes:
    """UTF-8 with a letter of which one byte means nothing in Windows-1252."""
    return content.decode("cp1252").replace("Café Sø", "Café Ásø").encode("utf-8")


_FAULTS = Faults(
    path="borger.csv",
    link="leverandoer.csv",
    link_to="borger.csv",
    bomb="budget.csv",
    missing="visitation.csv",
    column=("borger.csv", b";herkomst;", b";oprindelse;"),
    twice="visitation.csv",
    encodings=(
        (replace("borger.csv", _in_utf_16), "a member in UTF-16"),
        (replace("leverandoer.csv", _in_utf_8), "a member in UTF-8, with a byte that Windows-1252 does not have"),
    ),
    empty="serviceniveau.csv",
    spoilt=("kontaktforloeb.csv", b"mange"),
)


def plant_files(folder: Path, good: Path, planted: Planted, scratch: Path) -> list[Path]:
    """Write the bad files into `folder`, each for a month of its own: after the good delivery it is made from, or
    before all of them.

    Returns the paths written and adds to `planted.files`.
    """
    small = scratch / "small.zip"
    _shrink(good, small)
    names = ((folder / f"biflis_{day:%Y-%m}.zip", day) for day in _MONTHS)
    earliest = (folder / f"biflis_{_EARLIEST:%Y-%m}.zip", _EARLIEST)
    written = plant_zips(names, good, small, small, _FAULTS, planted, earliest)
    path, _ = next(names)
    content = bytearray(small.read_bytes())
    content[_inside_first_member(small)] ^= 0xFF
    path.write_bytes(content)
    planted.files.append(BadFile(path.name, "refused", "unreadable", "a member whose checksum fails"))
    return [*written, path]


def _inside_first_member(path: Path) -> int:
    """Where the last byte of the first member's text lies; it is stored without compression."""
    with zipfile.ZipFile(path) as archive:
        info = archive.infolist()[0]
    return info.header_offset + 30 + len(info.filename) + info.compress_size - 1


def _shrink(good: Path, target: Path) -> None:
    """The delivery with only its first citizens and what belongs to them; the first member is stored as it is."""
    with zipfile.ZipFile(good) as archive:
        tables = {name: _table(archive.read(name)) for name in archive.namelist()}
    header, rows = tables["borger.csv"]
    at = header.index("cpr")
    numbers = {digits(row[at]) for row in rows[:_CITIZENS]}
    header, rows = tables["mentorforloeb.csv"]
    at, identity = header.index("cpr"), header.index("mentorforloeb_id")
    courses = {row[identity] for row in rows if digits(row[at]) in numbers}
    with zipfile.ZipFile(target, "w") as small:
        for place, (name, (header, rows)) in enumerate(tables.items()):
            if "cpr" in header:
                at = header.index("cpr")
                rows = [row for row in rows if digits(row[at]) in numbers]
            elif "mentorforloeb_id" in header:
                at = header.index("mentorforloeb_id")
                rows = [row for row in rows if row[at] in courses]
            sink = io.StringIO(newline="")
            csv.writer(sink, delimiter=";").writerows([header, *rows])
            info = entry(name, date(2016, 5, 31))
            info.compress_type = zipfile.ZIP_DEFLATED if place else zipfile.ZIP_STORED
            small.writestr(info, sink.getvalue().encode("cp1252"))


def _table(content: bytes) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a member."""
    header, *rows = csv.reader(io.StringIO(content.decode("cp1252"), newline=""), delimiter=";")
    return header, rows
