"""The files of BIFLIS while they grow: cohort after cohort into texts, then the texts into zip files."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from .biflis_bad_files import plant_files
from .biflis_bad_rows import EXTRA_COLUMN, EXTRA_MEMBER, PLANTED_FILE, BiflisPlanter
from .biflis_deliveries import DELIVERIES, MEMBERS, PLAIN, Delivery, common_rows, rows
from .planted import Planted
from .population import Population
from .study import StudyCohort
from .writing import MemberText, pack

#: The delivery that the bad files are made from.
_GOOD = "biflis_2016-04.zip"


class BiflisFiles:
    """All deliveries of BIFLIS, with accidents when `planted` is there to list them."""

    def __init__(self, out: Path, scratch: Path, seed: int, planted: Planted | None) -> None:
        self._out = out
        self._scratch = scratch
        self._planted = planted
        self._texts = {
            delivery: _open(scratch / f"biflis{number}", delivery, planted=planted is not None)
            for number, delivery in enumerate(DELIVERIES)
        }
        self._planters = {
            delivery: BiflisPlanter(PLANTED_FILE, members, planted, random.Random(f"biflis/{seed}/accidents"))
            for delivery, members in self._texts.items()
            if planted is not None and delivery.file_name == PLANTED_FILE
        }
        self._empty = True

    def add(self, cohort: StudyCohort, population: Population) -> None:
        """Append the rows of a cohort to every delivery."""
        for delivery, members in self._texts.items():
            shown = dict(rows(cohort, delivery))
            if self._empty and delivery in self._planters:
                firsts = {name: found[0] for name, found in shown.items()}
                self._planters[delivery].head(cohort, population, firsts)
            for member, found in shown.items():
                if member in PLAIN:
                    members[member].add_plain(found)
                else:
                    members[member].add(found)
        self._empty = False

    def finish(self, say: Callable[[str], None]) -> list[Path]:
        """Pack the deliveries; the paths written."""
        for planter in self._planters.values():
            planter.tail()
        written = []
        for delivery, members in self._texts.items():
            folder = self._out / delivery.folder
            folder.mkdir(parents=True, exist_ok=True)
            paths = [(name, text.close()) for name, text in members.items()]
            written += pack(folder / delivery.file_name, paths, delivery.covers, checksum=delivery.checksum, level=1)
            say(f"biflis: {delivery.folder}/{delivery.file_name}")
        if self._planted is not None:
            folder = self._out / "biflis"
            written += plant_files(folder, folder / _GOOD, self._planted, self._scratch)
        return written


def _open(folder: Path, delivery: Delivery, *, planted: bool) -> dict[str, MemberText]:
    """The members of a delivery with the rows that belong to no citizen and, where asked for, what nobody knows."""
    folder.mkdir()
    drifts = planted and delivery.file_name == PLANTED_FILE
    extra = dict([EXTRA_COLUMN]) if drifts else {}
    columns = MEMBERS | (dict([EXTRA_MEMBER]) if drifts else {})
    members = {
        name: MemberText(folder / name, found, delivery.style, extra.get(name)) for name, found in columns.items()
    }
    for member, found in common_rows(delivery):
        members[member].add(found)
    return members
