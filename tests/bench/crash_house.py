"""Kills in a whole house, under the real scheduler: each kind of process, at step boundaries and at random moments.

Each case delivers something new, kills once while it is worked at, touches nothing (a watch, `mentor-dw up --watch`,
starts again what is gone), and compares raw, `bi`, figures and the ledger with a twin where nobody pulled a plug. One
house and one twin serve all cases of a process. tests/bench/crash.py kills the same steps without a scheduler.
"""

from __future__ import annotations

import atexit
import random
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from places import silent, warehouse

from mentor_dw.sample import generate
from mentor_dw.warehouse.dbt_run import DATA_TESTS, DbtProject, parse

TESTS = Path(__file__).resolve().parents[1]
sys.path += [str(TESTS / "crash"), str(TESTS / "shared")]


def of_the_tests(name: str) -> ModuleType:
    """The module `name` of the tests of whole houses, which has the name of this one or of another conftest."""
    found = spec_from_file_location(f"end_to_end_{name}", TESTS / "end_to_end" / f"{name}.py")
    module = sys.modules[found.name] = module_from_spec(found)
    found.loader.exec_module(module)
    return module


from plan import hooked, kill_at, killed  # noqa: E402
from waiting import wait_for  # noqa: E402

scenery, houses = of_the_tests("struck_house"), of_the_tests("conftest")

#: Samples whose newest delivery of webreg has about the same size and another content; each is delivered again and
#: again, as another version of the same day.
_SEEDS = (7, 8)
#: Lines of a wide delivery of some megabytes.
_LINES = 2_400

_LAND = "mentor_dw.landing.load:_land_member"
_ACCEPT = "mentor_dw.ledger.deliveries:accept"
_PUT_AWAY = "mentor_dw.ingest.keep:put_away"
_PART = "mentor_dw.ingest.wide:land_part"
_DECIDE = "mentor_dw.ingest.wide_verdict:decide_wide"
_MODEL = "dbt.task.run:ModelRunner.execute"
_BUILT = "mentor_dw.warehouse.build:_run"
_MERGE = "mentor_dw.warehouse.merge:merge"
_PUBLISHED = "mentor_dw.warehouse.publish:_in_one_transaction"


@dataclass(frozen=True)
class Case:
    """Who is killed, and when: at a boundary (`at`, `when`, `nth`), or at random within `seconds`."""

    work: str
    whom: str
    at: str = ""
    when: str = "before"
    nth: int = 1
    seconds: float = 0.0

    @property
    def name(self) -> str:
        moment = (
            f"{self.when} {self.at.split(':')[-1]} {self.nth}" if self.at else f"at random within {self.seconds:g} s"
        )
        return f"{self.work}: {self.whom} {moment}"


def _at(work: str, at: str, when: str, nth: int, *whom: str) -> Iterator[Case]:
    for one in whom:
        yield Case(work, one, at, when, nth)


CASES: tuple[Case, ...] = (
    *_at("webreg", _LAND, "after", 4, "self", "backend", "postgres", "scheduler", "api-server", "all"),
    *_at("webreg", _ACCEPT, "after", 1, "self", "postgres", "scheduler"),
    *_at("webreg", _PUT_AWAY, "before", 1, "self", "backend", "all"),
    *_at("dream in parts", _PART, "after", 1, "self", "backend", "postgres", "scheduler", "api-server", "all"),
    *_at("dream in parts", _DECIDE, "before", 1, "self", "postgres", "scheduler"),
    *_at("build", _MODEL, "before", 12, "self", "backend", "postgres", "scheduler", "api-server", "all"),
    *_at("build", _BUILT, "after", 1, "self", "scheduler", "postgres"),
    *_at("publish", _MERGE, "before", 5, "self", "backend", "postgres", "scheduler", "all"),
    *_at("publish", _PUBLISHED, "after", 1, "self", "scheduler"),
    Case("webreg", "supervisor", seconds=6),
    Case("webreg", "triggerer", seconds=4),
    Case("webreg", "dag-processor", seconds=4),
    Case("dream in parts", "supervisor", seconds=8),
    Case("webreg", "task", seconds=6),
    Case("build", "supervisor", seconds=15),
    Case("build", "task", seconds=20),
    Case("build", "postgres", seconds=20),
    Case("build", "all", seconds=20),
)


def cases() -> list[str]:
    """Their names."""
    return [case.name for case in CASES]


def measure_case(name: str) -> dict[str, Any]:
    """Carry out one case; `lost`, `doubled`, `half_published` and `leftovers` are counts, `different` names tables."""
    case = next(one for one in CASES if one.name == name)
    scene = _scene()
    began = time.monotonic()
    file = scene.next_delivery(case.work)
    plan = scene.struck.house.home.parent / "kill.json"
    if case.at:
        # Everybody at once is killed from outside, at the moment that the task says it is there by being killed itself.
        kill_at(plan, case.at, case.when, "self" if case.whom == "all" else case.whom, case.nth)
    scene.struck.feed(file)
    scene.struck.house.run("load")
    if case.at:
        wait_for(lambda: killed(plan) is not None, scenery.PATIENCE, 0.02, f"{case.name}: the boundary was not passed")
        struck = len(killed(plan)["killed"])
        if case.whom == "all":
            struck += scene.struck.strike("all")
    else:
        struck = scene.struck.strike_at_random(case.whom, random.Random(case.name), case.seconds)
    moment = time.monotonic()
    if case.whom == "all":
        scene.struck.watch()
    scene.struck.rest()
    rested = time.monotonic()
    wait_for(lambda: not scenery.leftovers(scene.struck.house), 60, 1, "; ".join(scenery.leftovers(scene.struck.house)))
    scene.twin.lives_through([file])
    with scene.struck.house.connect("owner") as owner:
        different = scenery.differences(scenery.fingerprint(owner), scene.twin.fingerprint())
    return {
        "work": case.work,
        "whom": case.whom,
        "struck": struck,
        "different": different,
        "lost": sum(one.startswith(("raw.", "delivery")) for one in different),
        "half_published": sum(one.startswith(("bi.", "figures")) for one in different),
        "leftovers": [*scenery.leftovers(scene.struck.house), *scenery.strangers(scene.struck.house)],
        "seconds_to_rest": round(rested - moment, 1),
        "seconds": round(time.monotonic() - began, 1),
    }


def summed(results: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Kills and what they left, over all cases."""
    return {
        "kills": len(results),
        "processes_killed": sum(one["struck"] for one in results.values()),
        "lost": sum(one["lost"] for one in results.values()),
        "half_published": sum(one["half_published"] for one in results.values()),
        "other_end_states": sum(bool(one["different"]) for one in results.values()),
        "with_leftovers": sum(bool(one["leftovers"]) for one in results.values()),
        "slowest_to_rest": max((one["seconds_to_rest"] for one in results.values()), default=0.0),
    }


def table(results: dict[str, dict[str, Any]]) -> str:
    """One line per work and process: kills, other end states, leftovers, seconds until all was in order again."""
    lines = [
        "| while | killed | kills | other end state | leftovers | seconds to rest, at most |",
        "|---|---|--:|--:|--:|--:|",
    ]
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for one in results.values():
        groups.setdefault((one["work"], one["whom"]), []).append(one)
    for (work, whom), ones in sorted(groups.items()):
        different, left = sum(bool(one["different"]) for one in ones), sum(bool(one["leftovers"]) for one in ones)
        slowest = max(one["seconds_to_rest"] for one in ones)
        lines.append(f"| {work} | {whom} | {len(ones)} | {different} | {left} | {slowest:.0f} |")
    return "\n".join(lines)


class Scene:
    """The house, its twin, and the deliveries to come."""

    def __init__(self, struck: Any, twin: Any, folder: Path) -> None:
        self.struck, self.twin = struck, twin
        self._folder = folder
        self._numbers = count(1)
        self._samples = [folder / f"sample{seed}" for seed in _SEEDS]
        for seed, sample in zip(_SEEDS, self._samples, strict=True):
            generate(sample, seed=seed, say=silent)

    def first(self) -> None:
        """Both get a first delivery of each kind, so that something can be lost."""
        files = [
            self._samples[0] / "webreg" / "webreg_2010-03-31.zip",
            TESTS / "fixtures" / "waves" / "wave1" / "step1" / "biflis_2016-05.zip",
            self._dream(0),
        ]
        self.struck.feed(*files)
        self.struck.house.run("load", "--wait")
        self.twin.lives_through(files)

    def next_delivery(self, work: str) -> Path:
        """Another delivery, the same for both."""
        number = next(self._numbers)
        return self._dream(number) if work.startswith("dream") else self._webreg(number)

    def _webreg(self, number: int) -> Path:
        name = "webreg_2011-02-28.zip"
        source = self._samples[number % len(_SEEDS)] / "webreg" / name
        file = self._folder / str(number) / name
        file.parent.mkdir(parents=True)
        shutil.copyfile(source, file)
        # Another file for the ledger, though its content was delivered some versions ago.
        with zipfile.ZipFile(file, "a") as packed:
            packed.comment = f"version {number}".encode()
        return file

    def _dream(self, number: int) -> Path:
        """Some megabytes, which are landed in parts."""
        wide = self._samples[0] / "dream" / "dream_2016-05.csv"
        file = self._folder / f"dream{number}" / wide.name
        file.parent.mkdir(parents=True)
        with wide.open("rb") as whole, file.open("wb") as part:
            part.writelines(line for line, _ in zip(whole, range(_LINES - number), strict=False))
        return file


@cache
def _scene() -> Scene:
    """Made at the first case, removed when the process ends."""
    stack = ExitStack()
    atexit.register(stack.close)
    patch = stack.enter_context(pytest.MonkeyPatch.context())
    whole = DbtProject.build
    # Data tests take longer than the models, and judge what is compared anyway.
    patch.setattr(
        DbtProject, "build", lambda self, *, leave_out=(), **how: whole(self, leave_out=[*leave_out, DATA_TESTS], **how)
    )
    settings = stack.enter_context(warehouse())
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mentor_dw_crash_")))
    parse(folder / "parsed")
    house = houses.new_house(folder / "parsed")
    stack.callback(houses.end, house)
    house.env = hooked(house.env, house.home.parent / "kill.json")
    struck = scenery.Struck(house)
    struck.start()
    stack.callback(struck.stop)
    scene = Scene(struck, scenery.Twin(settings), folder)
    scene.first()
    return scene
