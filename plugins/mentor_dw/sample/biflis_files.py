"""The files of BIFLIS while they grow: cohort after cohort into texts, then the texts into zip files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .biflis_deliveries import DELIVERIES, MEMBERS, PLAIN, common_rows, rows
from .planted import Planted
from .study import StudyCohort
from .writing import MemberText, pack


class BiflisFiles:
    """All deliveries of BIFLIS, with accidents when `planted` is there to list them."""

    def __init__(self, out: Path, scratch: Path, seed: int, planted: Planted | None) -> None:
        self._out = out
        self._texts = {}
        for number, delivery in enumerate(DELIVERIES):
            folder = scratch / f"biflis{number}"
            folder.mkdir()
            members = {name: MemberText(folder / name, columns, delivery.style) for name, columns in MEMBERS.items()}
            for member, found in common_rows(delivery):
                members[member].add(found)
            self._texts[delivery] = members

    def add(self, cohort: StudyCohort) -> None:
        """Append the rows of a cohort to every delivery."""
        for delivery, members in self._texts.items():
            for member, found in rows(cohort, delivery):
                if member in PLAIN:
                    members[member].add_plain(found)
                else:
                    members[member].add(found)

    def finish(self, say: Callable[[str], None]) -> list[Path]:
        """Pack the deliveries; the paths written."""
        written = []
        for delivery, members in self._texts.items():
            folder = self._out / delivery.folder
            folder.mkdir(parents=True, exist_ok=True)
            paths = [(name, text.close()) for name, text in members.items()]
            written += pack(folder / delivery.file_name, paths, delivery.covers, checksum=delivery.checksum, level=1)
            say(f"biflis: {delivery.folder}/{delivery.file_name}")
        return written
