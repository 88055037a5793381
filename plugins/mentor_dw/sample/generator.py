"""`generate`: the sample deliveries of all sources into a folder."""

from __future__ import annotations

import math
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

from mentor_dw.errors import MentorDwError

from .accidents_files import plant_files
from .accidents_rows import EXTRA_COLUMN, EXTRA_MEMBER, PLANTED_FILE, Planter
from .planted import Planted
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

    Raises MentorDwError when `scale` is not above zero, or below one with accidents: bad rows would then be too large
    a share of their members.
    """
    if not (scale > 0 and math.isfinite(scale)):
        raise MentorDwError("The scale must be a number above zero.", "Try --scale 1.")
    if accidents and scale < 1:
        raise MentorDwError("Accidents need a population of at least the normal size.", "Use --scale 1 or more.")
    out.mkdir(parents=True, exist_ok=True)
    population = Population()
    planted = Planted() if accidents else None
    with tempfile.TemporaryDirectory(dir=out, prefix=".sample-") as scratch:
        written = _webreg(out, Path(scratch), population, seed, scale, planted, say)
    if planted is not None:
        written.append(planted.write(out / "planted.json"))
    return written


def _webreg(
    out: Path, scratch: Path, population: Population, seed: int, scale: float, planted: Planted | None, say: Say
) -> list[Path]:
    """Cohort after cohort into the texts of all deliveries, then the texts into zip files."""
    texts = {
        delivery: _open(scratch / f"webreg{number}", delivery, scale, planted=planted is not None)
        for number, delivery in enumerate(DELIVERIES)
    }
    planters = {
        delivery: Planter(members, planted, random.Random(f"webreg/{seed}/accidents"))
        for delivery, members in texts.items()
        if planted is not None and delivery.file_name == PLANTED_FILE
    }
    ids = Ids()
    cohorts = math.ceil(scale)
    for number in range(cohorts):
        history = cohort(population, ids, random.Random(f"webreg/{seed}/{number}"), scale - number)
        for delivery, members in texts.items():
            shown = dict(rows(history, delivery))
            if number == 0 and delivery in planters:
                planters[delivery].head(history, population, {name: found[0] for name, found in shown.items()})
            for member, found in shown.items():
                members[member].add(found)
        if (number + 1) % 10 == 0:
            say(f"webreg: {number + 1} of {cohorts} parts of the population")
    for planter in planters.values():
        planter.tail()
    written = []
    for delivery, members in texts.items():
        folder = out / delivery.folder
        folder.mkdir(parents=True, exist_ok=True)
        paths = [(name, text.close()) for name, text in members.items()]
        written += pack(folder / delivery.file_name, paths, delivery.covers, checksum=delivery.checksum)
        say(f"webreg: {delivery.folder}/{delivery.file_name}")
    if planted is not None:
        folder = out / "webreg"
        bad = plant_files(folder, folder / "webreg_2010-03-31.zip", folder / "webreg_2008-09-30.zip", planted)
        say(f"webreg: {len(planted.rows)} bad rows and {len(planted.files)} bad files")
        written += bad
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
