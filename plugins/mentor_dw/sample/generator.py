"""`generate`: the sample deliveries of all sources into a folder."""

from __future__ import annotations

import math
import random
import tempfile
from collections.abc import Callable
from pathlib import Path

from mentor_dw.errors import MentorDwError

from .biflis_files import BiflisFiles
from .dream_files import DreamFiles
from .planted import Planted
from .population import MOST_COHORTS, Population
from .study import study_cohort
from .webreg_deliveries import cohort
from .webreg_files import WebregFiles
from .webreg_model import Ids

Say = Callable[[str], None]


def generate(
    out: Path, seed: int = 1, scale: float = 1.0, accidents: bool = False, say: Say = lambda message: None
) -> list[Path]:
    """Write sample deliveries below `out`, one folder per source, and return the paths written.

    The same `seed` gives the same bytes; another one other persons and days. At `scale` 1 the published figures of
    the web registrations and of the Copenhagen study hold exactly; other scales multiply the population by so much.
    `accidents` adds bad rows, bad files and `planted.json`, which lists them. A delivery that corrects an earlier one
    has the same name and lies below `out/corrections`. `say` is told about progress. Memory holds one cohort, which
    is the population of scale 1.

    Raises MentorDwError when `scale` is not above zero, above the numbers there are for persons, or below one with
    accidents: bad rows would then be too large a share of their members.
    """
    if not (scale > 0 and math.isfinite(scale)):
        raise MentorDwError("The scale must be a number above zero.", "Try --scale 1.")
    if scale > MOST_COHORTS:
        raise MentorDwError("There are not enough CPR numbers for so many persons.", f"Use --scale {MOST_COHORTS}.")
    if accidents and scale < 1:
        raise MentorDwError("Accidents need a population of at least the normal size.", "Use --scale 1 or more.")
    out.mkdir(parents=True, exist_ok=True)
    cohorts = math.ceil(scale)
    population = Population(cohorts)
    planted = Planted() if accidents else None
    ids = Ids()
    with tempfile.TemporaryDirectory(dir=out, prefix=".sample-") as scratch:
        web = WebregFiles(out, Path(scratch), seed, scale, planted)
        biflis = BiflisFiles(out, Path(scratch), seed, planted)
        dream = DreamFiles(out, seed, planted)

        def add(number: int) -> None:
            """One cohort into the files; what is local here is gone before the next one is drawn."""
            population.begin(number)
            share = scale - number
            history = cohort(population, ids, random.Random(f"webreg/{seed}/{number}"), share)
            web.add(history, population)
            known = list(history.persons.values())
            study = study_cohort(population, ids, random.Random(f"study/{seed}/{number}"), known, share)
            biflis.add(study, population)
            dream.add(study, population)

        for number in range(cohorts):
            add(number)
            say(f"{number + 1} of {cohorts} parts of the population")
        written = [*web.finish(say), *biflis.finish(say), *dream.finish(say)]
    if planted is not None:
        say(f"{len(planted.rows)} bad rows and {len(planted.files)} bad files")
        written.append(planted.write(out / "planted.json"))
    return written
