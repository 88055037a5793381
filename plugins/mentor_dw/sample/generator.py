"""`generate`: the sample deliveries of all sources into a folder."""

from __future__ import annotations

import math
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

from mentor_dw.errors import MentorDwError

from .population import Population
from .webreg_deliveries import DELIVERIES, MEMBERS, Delivery, cohort, jobcentre_rows, rows
from .webreg_model import Ids
from .writing import MemberText, pack

Say = Callable[[str], None]


def generate(
    out: Path, seed: int = 1, scale: float = 1.0, accidents: bool = False, say: Say = lambda message: None
) -> list[Path]:
    """Write sample deliveries below `out`, one folder per source, and return the paths written.

    The same `seed` gives the same bytes; another one other persons and days. At `scale` 1 the published figures of
    the web registrations hold exactly; other scales multiply the population by so much. `accidents` adds bad rows,
    bad files and `planted.json`, which lists them. A delivery that corrects an earlier one has the same name and
    lies below `out/corrections`. `say` is told about progress.

    Raises MentorDwError when `scale` is not above zero.
    """
    if not (scale > 0 and math.isfinite(scale)):
        raise MentorDwError("The scale must be a number above zero.", "Try --scale 1.")
    out.mkdir(parents=True, exist_ok=True)
    population = Population()
    with tempfile.TemporaryDirectory(dir=out, prefix=".sample-") as scratch:
        return _webreg(out, Path(scratch), population, seed, scale, say)


def _webreg(out: Path, scratch: Path, population: Population, seed: int, scale: float, say: Say) -> list[Path]:
    """Cohort after cohort into the texts of all deliveries, then the texts into zip files."""
    texts = {delivery: _open(scratch / f"webreg{n}", delivery, scale) for n, delivery in enumerate(DELIVERIES)}
    ids = Ids()
    cohorts = math.ceil(scale)
    for number in range(cohorts):
        history = cohort(population, ids, random.Random(f"webreg/{seed}/{number}"), scale - number)
        for delivery, members in texts.items():
            for member, found in rows(history, delivery):
                members[member].add(found)
        if (number + 1) % 10 == 0:
            say(f"webreg: {number + 1} of {cohorts} parts of the population")
    written = []
    for delivery, members in texts.items():
        folder = out / delivery.folder
        folder.mkdir(parents=True, exist_ok=True)
        paths = [(name, text.close()) for name, text in members.items()]
        written += pack(folder / delivery.file_name, paths, delivery.covers, checksum=delivery.checksum)
        say(f"webreg: {delivery.folder}/{delivery.file_name}")
    return written


def _open(folder: Path, delivery: Delivery, scale: float) -> dict[str, MemberText]:
    folder.mkdir()
    members = {name: MemberText(folder / name, columns, delivery.style) for name, columns in MEMBERS.items()}
    members["jobcentre.csv"].add(jobcentre_rows(scale))
    return members
