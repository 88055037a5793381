"""The cases of the matrix: each boundary, before and after it, and moments in between; what is killed there."""

from __future__ import annotations

import random
from dataclasses import dataclass

from boundaries import BOUNDARIES
from links import LINKS

#: Moments drawn per link and victim, as shares of what the undisturbed link takes.
MOMENTS = {"self": 2, "backend": 1, "postgres": 1}
#: The same ones at each run.
SEED = 7
#: Boundaries of these steps are inside a transaction or beside one: there the database is killed as well.
WITH_DATABASE = (
    "land",
    "move rows",
    "decide",
    "land part",
    "attach",
    "dbt",
    "merge",
    "commit",
    "ledger",
    "transaction",
)


@dataclass(frozen=True)
class Case:
    """One kill. `at`, `when` and `nth` say where; without `at`, `moment` is a share of the link's time."""

    link: str
    step: str
    whom: str
    at: str | None = None
    when: str = "before"
    nth: int = 1
    moment: float | None = None
    #: the killed task is not retried; the next run starts from the beginning
    anew: bool = False

    @property
    def name(self) -> str:
        if self.at is None:
            return f"{self.link}: {self.whom} after {self.moment:.0%} of its time"
        function = self.at.split(":")[1]
        return f"{self.link}: {self.whom} {self.when} {function}" + (f" no. {self.nth}" if self.nth > 1 else "")


def every_case() -> dict[str, Case]:
    """All cases by name, always in the same order."""
    found = [
        Case(link, boundary.step, whom, boundary.at, when, nth, anew=link == "dream" and when == "before")
        for boundary in BOUNDARIES
        for link in boundary.links
        for nth in boundary.times
        for when in ("before", "after")
        for whom in _whom(boundary.step, link == boundary.links[0] and nth == boundary.times[0], when)
    ]
    chance = random.Random(SEED)
    found += [
        Case(link, "any moment", whom, moment=round(chance.uniform(0.03, 0.9), 2))
        for link in LINKS
        if link != "corrected"
        for whom, times in MOMENTS.items()
        for _ in range(times)
    ]
    return {case.name: case for case in found}


def _whom(step: str, first: bool, when: str) -> tuple[str, ...]:
    """Everybody at the first pass of a boundary at which the database is at work; elsewhere the process itself."""
    if step in WITH_DATABASE and first:
        return ("self", "backend") if when == "before" else ("self", "postgres")
    return ("self",) if first or when == "before" else ()
