"""The files of DREAM while they grow, line after line straight into their compression."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .dream_deliveries import DELIVERIES, DreamText, lines
from .planted import Planted
from .study import StudyCohort
from .writing import publish


class DreamFiles:
    """All deliveries of DREAM, with accidents when `planted` is there to list them."""

    def __init__(self, out: Path, seed: int, planted: Planted | None) -> None:
        self._folder = out / "dream"
        self._folder.mkdir(parents=True, exist_ok=True)
        self._texts = {
            delivery: DreamText(self._folder / f"{delivery.file_name}.part", delivery) for delivery in DELIVERIES
        }

    def add(self, cohort: StudyCohort) -> None:
        """Append the persons of a cohort to every delivery."""
        for delivery, text in self._texts.items():
            text.add(lines(cohort, delivery))

    def finish(self, say: Callable[[str], None]) -> list[Path]:
        """Close the files and give them their names; the paths written."""
        written = []
        for delivery, text in self._texts.items():
            part = text.close()
            written += publish(part, self._folder / delivery.file_name, checksum=delivery.checksum)
            say(f"dream: {delivery.file_name}")
        return written
