"""dbt alone: import, parsing anew and with its cache, models and seeds, tests, and the slowest nodes."""

from __future__ import annotations

import statistics
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from places import medians, seconds, silent, warehouse

from mentor_dw.feeds import load_feed
from mentor_dw.sample import generate

ROUNDS = 5
FILE = "webreg_2011-02-28.zip"
SLOWEST = 10


def measure() -> dict[str, float]:
    """Medians in seconds. Threads work side by side, so seconds by node add up to more than the whole."""
    rounds, nodes = [], defaultdict(list)
    with warehouse() as settings:
        from mentor_dw.ingest import take
        from mentor_dw.warehouse import dbt_run

        folder = settings.home / "bench"
        generate(folder)
        target = settings.inbox / "webreg" / FILE
        target.write_bytes((folder / "webreg" / FILE).read_bytes())
        take(target, load_feed("webreg"), silent)
        cache = settings.home / "dbt" / "bench"
        first = seconds(lambda: dbt_run.DbtProject(cache))
        for _ in range(ROUNDS):
            rounds.append(one_round(dbt_run, cache, nodes))
    times = {name: statistics.median(values) for name, values in nodes.items()}
    slowest = sorted(times, key=lambda name: -times[name])[:SLOWEST]
    return (
        {"first_parse_with_import": round(first, 3)}
        | medians(rounds)
        | {f"node_{name}": round(times[name], 3) for name in slowest}
    )


def one_round(dbt_run, cache: Path, nodes: dict[str, list[float]]) -> dict[str, float]:
    """One parse and two builds, without and with tests; adds the seconds of the slowest nodes to `nodes`."""
    project = dbt_run.DbtProject(cache)
    now = datetime.now(UTC)
    without_tests = [dbt_run.UNIT_TESTS, dbt_run.DATA_TESTS]
    models = project.build(as_known_at=now, say=silent, leave_out=without_tests)
    everything = project.build(as_known_at=now, say=silent, leave_out=[dbt_run.UNIT_TESTS])
    for node, spent in everything.slowest:
        nodes[node].append(spent)
    return {
        "parse_with_cache": project.parse_seconds,
        "models_and_seeds": models.seconds,
        "models_seeds_and_tests": everything.seconds,
    }
