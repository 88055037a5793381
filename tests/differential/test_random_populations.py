"""Random populations through the house: every published measure as the written rules say it, counted apart."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest
from accidents import Planter
from door_by_rules import judge, kept
from figures_by_rules import figures
from population import Data, Maker, write_zip

from mentor_dw.config import Settings
from mentor_dw.feeds import Feed
from mentor_dw.figures import current_figures
from mentor_dw.ingest import take, withdraw
from mentor_dw.warehouse.build import build
from mentor_dw.warehouse.publish import publish

pytestmark = pytest.mark.postgres

#: Everybody there is, so that people of one population turn up in another.
POOL = 300


def differences(data: Data) -> list[str]:
    """Where `bi.figure` says something else than the rules; a line for each."""
    want = {(measure, json.dumps(keys, sort_keys=True)): value for measure, keys, value in figures(data)}
    # The house draws more than was printed, by other dimensions; rows of the printed ones must be these and no others.
    shapes = {(measure, *sorted(keys)) for measure, keys, _ in figures(data)}
    got = {
        (row["measure"], json.dumps(row["dimensions"], sort_keys=True)): row["value"]
        for row in current_figures()
        if (row["measure"], *sorted(row["dimensions"])) in shapes
    }
    found = []
    for key in sorted(want.keys() | got.keys()):
        if key not in got or key not in want:
            found.append(f"{key}: {'missing' if key in want else 'not asked for'}, {want.get(key, got.get(key))}")
        elif (want[key] is None) != (got[key] is None) or abs(float(want[key] or 0) - float(got[key] or 0)) > 1e-9:
            found.append(f"{key}: {got[key]}, by the rules {want[key]}")
    return found


def test_figures_are_those_of_the_rules(
    seed: int, home: Settings, patient_feed: Feed, silent: Callable[[object], None]
) -> None:
    draw = random.Random(seed)
    people = [Maker(seed + 1000, pool=POOL), Maker(seed, pool=POOL)]
    # Some of the same people, seen earlier with other particulars: only the later delivery counts.
    planters = [Planter(maker.make(), draw) for maker in people[draw.choice([0, 1]) :]]
    taken = []
    for month, planter in enumerate(planters, start=1):
        planter.plant(draw.choice([0, 0, 5, 20]))
        planter.forgive()
        path = home.inbox / "webreg" / f"webreg_2012-{month:02d}-{draw.randint(1, 28):02d}.zip"
        write_zip(path, planter.write())
        taken.append(take(path, patient_feed, silent))
    lines = planters[-1].members
    faults = judge(lines)
    assert [one.status for one in taken] == ["accepted"] * len(taken)
    assert (taken[-1].rows_read, taken[-1].rows_quarantined) == (sum(map(len, lines.values())), len(faults))
    publish(build(silent))
    found = differences(kept(lines, faults))
    # So that they do not count for the next population.
    for one in taken:
        withdraw(one.delivery_id, "Næste population.", "prøve")
    assert not found, "\n".join(found)
