"""The files of DREAM while they grow, line after line straight into their compression."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from .dream_bad_files import plant_files
from .dream_bad_rows import EXTRA_COLUMN, PLANTED_FILE, DreamPlanter
from .dream_deliveries import DELIVERIES, DreamText, header, lines
from .planted import Planted
from .population import Population
from .study import StudyCohort
from .writing import publish

#: The delivery that the bad files are made from: the plain one.
_GOOD = "dream_2016-05.csv"


class DreamFiles:
    """All deliveries of DREAM, with accidents when `planted` is there to list them."""

    def __init__(self, out: Path, seed: int, planted: Planted | None) -> None:
        self._folder = out / "dream"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._planted = planted
        self._texts = {}
        self._planter: DreamPlanter | None = None
        self._drifting = None
        for delivery in DELIVERIES:
            columns = header(delivery)
            drifts = planted is not None and delivery.file_name == PLANTED_FILE
            columns += [EXTRA_COLUMN] if drifts else []
            text = DreamText(self._folder / f"{delivery.file_name}.part", delivery, columns)
            self._texts[delivery] = text
            if planted is not None and drifts:
                self._planter = DreamPlanter(text, columns, planted, random.Random(f"dream/{seed}/accidents"))
                self._drifting = delivery
        self._empty = True

    def add(self, cohort: StudyCohort, population: Population) -> None:
        """Append the persons of a cohort to every delivery."""
        for delivery, text in self._texts.items():
            found = lines(cohort, delivery)
            if delivery is self._drifting and self._planter is not None:
                # The column that nobody knows is empty in the good rows.
                found = (f"{line};" for line in found)
                if self._empty:
                    first = list(islice(found, 1))
                    self._planter.head(population, first[0])
                    text.add(first)
            text.add(found)
        self._empty = False

    def finish(self, say: Callable[[str], None]) -> list[Path]:
        """Close the files and give them their names; the paths written."""
        if self._planter is not None:
            self._planter.tail()
        written = []
        for delivery, text in self._texts.items():
            part = text.close()
            written += publish(part, self._folder / delivery.file_name, checksum=delivery.checksum)
            say(f"dream: {delivery.file_name}")
        if self._planted is not None:
            written += plant_files(self._folder, self._folder / _GOOD, self._planted)
        return written
