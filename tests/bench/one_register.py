"""Take one DREAM file in this very process, as the DAG does, and print as JSON how many seconds each step took.

    python tests/bench/one_register.py FILE [PART_MEGABYTES [WORKERS]]

FILE lies in the inbox of the home that MENTOR_DW_HOME names. Seconds of `fold` (reading included), `vault`, `copy` and
`index` are added up over parts; fold runs beside vault and copy, so `land` is less than their sum. Parts are landed by
so many processes.
`peak_above_imports` is the memory of this process above interpreter and libraries, in MiB, with one worker.
"""

from __future__ import annotations

import json
import multiprocessing
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from mentor_dw.config import get_settings
from mentor_dw.feeds import load_feed
from mentor_dw.ingest.lock import source_lock
from mentor_dw.ingest.take import finish, look_at, outcome, receive, refusing
from mentor_dw.ingest.wide import begin, land_part
from mentor_dw.ingest.wide_verdict import decide_wide
from mentor_dw.reading.wide.stream import WHOLE

SOURCE = "dream"


def quiet(said: str) -> None:
    """What the house says is not printed between the numbers."""


def land_one(delivery_id: int, number: int, path: Path) -> None:
    """One part, in whatever process."""
    land_part(get_settings(), load_feed(SOURCE), delivery_id, number, path)


def measured(path: Path, part_bytes: int = WHOLE, workers: int = 1) -> dict[str, object]:
    """Take `path`; seconds by step, rows, and the peak of memory in MiB."""
    settings, feed, seconds = get_settings(), load_feed(SOURCE), {}
    counts, numbers = None, []

    def step(name: str, since: float) -> float:
        seconds[name] = time.perf_counter() - since
        return time.perf_counter()

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    now = began = time.perf_counter()
    file = look_at(feed, path, part_bytes)
    now = step("scan", now)
    with source_lock(SOURCE) as held:
        delivery_id = receive(
            feed,
            file,
            lambda id_: numbers.extend(begin(settings, feed, id_, path, file.parts, held, lambda said: None)),
        )
    now = step("begin", now)
    if workers == 1:
        for number in numbers:
            land_one(delivery_id, number, path)
    else:
        with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as processes:
            for _ in processes.map(land_one, [delivery_id] * len(numbers), numbers, [path] * len(numbers)):
                pass
    step("land", now)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    from mentor_dw.validation.gx_suite import import_gx

    now = time.perf_counter()
    import_gx()
    now = step("import_great_expectations", now)
    with source_lock(SOURCE) as lock, refusing(delivery_id):
        counts = decide_wide(settings, feed, delivery_id, path, lock, quiet)
    now = step("decide", now)
    finish(settings, feed)
    step("put_away", now)
    result = outcome(delivery_id, began)
    assert result.status in ("accepted", "superseded") and counts is not None, result
    return {
        "parts": len(numbers),
        "rows": result.rows_read,
        "rows_kept": result.rows_accepted,
        "spells": counts.spells,
        "seconds": seconds | {name: counts.seconds[name] for name in ("fold", "vault", "copy", "index", "judge")},
        "vault_microseconds_per_person": 1e6 * counts.seconds["vault"] / max(counts.persons, 1),
        "peak_above_imports": peak - before,
    }


if __name__ == "__main__":
    megabytes, processes = (int(number) for number in (*sys.argv[2:], *(["0", "1"][len(sys.argv) - 2 :])))
    print(json.dumps(measured(Path(sys.argv[1]), megabytes << 20 or WHOLE, processes)))
