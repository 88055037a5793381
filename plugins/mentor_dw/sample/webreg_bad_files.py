"""Bad files of the web registrations."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from .bad_zips import Faults, plant_zips, replace
from .planted import Planted

_FIRST_DAY = date(2010, 4, 1)


def _in_windows_1252(content: bytes) -> bytes:
    return content.decode("utf-8").encode("cp1252")


_FAULTS = Faults(
    path="jobcentre.csv",
    link="jobcentre.csv",
    link_to="borgere.csv",
    bomb="virksomheder.csv",
    missing="tilknytninger.csv",
    column=("tidsforbrug.csv", b";minutter;", b";varighed;"),
    twice="borgere.csv",
    encodings=((replace("virksomheder.csv", _in_windows_1252), "a member in Windows-1252"),),
    empty="opgaver.csv",
    spoilt=("tidsforbrug.csv", b"FERIE"),
)


def plant_files(folder: Path, planted: Planted) -> list[Path]:
    """Write the bad files into `folder`, each for a day of its own after the good delivery it is made from.

    Returns the paths written and adds to `planted.files`.
    """
    good, small = folder / "webreg_2010-03-31.zip", folder / "webreg_2008-09-30.zip"
    days = (_FIRST_DAY + timedelta(days=number) for number in range(100))
    names = ((folder / f"webreg_{day.isoformat()}.zip", day) for day in days)
    return plant_zips(names, good, good, small, _FAULTS, planted)
