"""The files of the web registrations while they grow: cohort after cohort into texts, then the texts into zip files."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from .planted import Planted
from .population import Population
from .webreg_bad_files import plant_files
from .webreg_bad_rows import EXTRA_COLUMN, EXTRA_MEMBER, PLANTED_FILE, WebregPlanter
from .webreg_deliveries import DELIVERIES, MEMBERS, Delivery, jobcentre_rows, rows
from .webreg_model import History
from .writing import MemberText, pack


class WebregFiles:
    """All deliveries of the web registrations, with accidents when `planted` is there to list them."""

    def __init__(self, out: Path, scratch: Path, seed: int, scale: float, planted: Planted | None) -> None:
        self._out = out
        self._planted = planted
        self._texts = {
            delivery: _open(scratch / f"webreg{number}", delivery, scale, planted=planted is not None)
            for number, delivery in enumerate(DELIVERIES)
        }
        self._planters = {
            delivery: WebregPlanter(PLANTED_FILE, members, planted, random.Random(f"webreg/{seed}/accidents"))
            for delivery, members in self._texts.items()
            if planted is not None and delivery.file_name == PLANTED_FILE
        }
        self._empty = True

    def add(self, history: History, population: Population) -> None:
        """Append the rows of a cohort to every delivery."""
        for delivery, members in self._texts.items():
            shown = dict(rows(history, delivery))
            if self._empty and delivery in self._planters:
                firsts = {name: found[0] for name, found in shown.items()}
                self._planters[delivery].head(history, population, firsts)
            for member, found in shown.items():
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
            written += pack(folder / delivery.file_name, paths, delivery.covers, checksum=delivery.checksum)
            say(f"webreg: {delivery.folder}/{delivery.file_name}")
        if self._planted is not None:
            written += plant_files(self._out / "webreg", self._planted)
        return written


def _open(folder: Path, delivery: Delivery, scale: float, *, planted: bool) -> dict[str, MemberText]:
    """The members of a delivery, with the three jobcentres and, where asked for, what the contract does not know."""
    folder.mkdir()
    drifts = planted and delivery.file_name == PLANTED_FILE
    extra = dict([EXTRA_COLUMN]) if drifts else {}
    columns = MEMBERS | (dict([EXTRA_MEMBER]) if drifts else {})
    members = {
        name: MemberText(folder / name, found, delivery.style, extra.get(name)) for name, found in columns.items()
    }
    members["jobcentre.csv"].add(jobcentre_rows(scale))
    return members
