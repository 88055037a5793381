"""Hiding what must be hidden: how long it takes, how much more than the fewest is hidden, whether attacks succeed."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from itertools import combinations, product
from pathlib import Path

from mentor_dw.delivery.disclosure.cells import Cell, Relation, Rule
from mentor_dw.delivery.disclosure.protect import protect

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "delivery" / "disclosure"))

GOALS = {
    "large_cpu_s": "about 60 s for 500 small cells among 5,000",
    "breaches": "0",
    "hidden_to_fewest_ratio": "below 1.35",
}
#: A large table: kommuner below five regions, by three more columns.
KOMMUNER, OTHERS, PEOPLE = 48, {"alder": 2, "type": 5, "status": 4}, 18_000
SCENARIOS, SMALL_TABLES = 1_000, 60


def measure() -> dict[str, float]:
    """The large table; the share of the fewest on small ones; breaches in random deliveries, corrections, quarters."""
    from test_attack_suite import breaches, in_turn, over_suppression, scenario

    cells, relations = large_table(random.Random(1))
    began = time.process_time()
    summary = protect(cells, relations, Rule()).summary
    found: dict[str, float] = {
        "large_cells": len(cells),
        "large_small_cells": summary["small"],
        "large_complementary": summary["complementary"],
        "large_cpu_s": round(time.process_time() - began, 1),
    }
    ours, fewest = over_suppression(range(SMALL_TABLES))
    found |= {"hidden_for_others": ours, "fewest": fewest, "hidden_to_fewest_ratio": round(ours / fewest, 3)}
    broken = refused = deliveries = 0
    began = time.process_time()
    for seed in range(SCENARIOS):
        _, rule, planned = scenario(seed)
        releases = in_turn(planned, rule)
        deliveries += len(releases)
        refused += len(releases) < len(planned)
        broken += len(breaches(releases, rule))
    attack = {"attacked_deliveries": deliveries, "refused_deliveries": refused, "breaches": broken}
    return found | attack | {"attack_cpu_s": round(time.process_time() - began, 1)}


def large_table(random_: random.Random) -> tuple[list[Cell], list[Relation]]:
    """Counts of invented people by everything together, with every margin."""
    codes = {name: [f"{name}_{number}" for number in range(size)] for name, size in OTHERS.items()}
    codes["kommune"] = [f"k{number:02d}" for number in range(KOMMUNER)]
    codes["region"] = [f"r{number}" for number in range(5)]
    region = {code: f"r{number % 5}" for number, code in enumerate(codes["kommune"])}
    uneven = {name: [0.8**place for place in range(size)] for name, size in OTHERS.items()}
    uneven["kommune"] = [1 / (1 + place) ** 0.6 for place in range(KOMMUNER)]
    people = [
        {name: random_.choices(codes[name], weights)[0] for name, weights in uneven.items()} for _ in range(PEOPLE)
    ]
    for one in people:
        one["region"] = region[one["kommune"]]
    cells, relations = [], []
    for size in range(len(codes) + 1):
        for chosen in combinations(codes, size):
            if {"kommune", "region"} <= set(chosen):
                continue
            counts = Counter(tuple(one[name] for name in chosen) for one in people)
            for place in product(*(codes[name] for name in chosen)):
                where = dict(zip(chosen, place, strict=True))
                cells.append(Cell(named(where), counts[place], persons=counts[place]))
                relations += [Relation(named(where), parts) for parts in sums(where, codes, region)]
    return cells, relations


def named(where: dict[str, str]) -> str:
    return " ".join(f"{name}={code}" for name, code in sorted(where.items()))


def sums(where: dict[str, str], codes: dict[str, list[str]], region: dict[str, str]) -> list[tuple[str, ...]]:
    """What the number at `where` is the sum of."""
    found = [tuple(named(where | {name: code}) for code in codes[name]) for name in OTHERS if name not in where]
    if "region" in where:
        above = {name: code for name, code in where.items() if name != "region"}
        inside = [code for code in codes["kommune"] if region[code] == where["region"]]
        found.append(tuple(named(above | {"kommune": code}) for code in inside))
    elif "kommune" not in where:
        found.append(tuple(named(where | {"region": code}) for code in codes["region"]))
    return found
