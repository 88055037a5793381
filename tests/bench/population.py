"""A build of everything over three sources, for 6,000 citizens and for ten times as many: from nothing to published,
and again after one delivery of the web registrations, when only what depends on it is built.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from places import seconds, silent, warehouse

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.feeds import load_feed
from mentor_dw.sample import generate

#: Scale 1 of the sample has some ten thousand citizens.
SCALES = {"6000": 0.6, "60000": 6.0}
#: The latest delivery of each source; of the web registrations another one follows.
FIRST = ("webreg/webreg_2010-03-31.zip", "biflis/biflis_2016-05.zip", "dream/dream_2016-06.csv.zst")
LATER = "webreg/webreg_2011-02-28.zip"


def measure() -> dict[str, float]:
    """By number of citizens: seconds to build and to publish, citizens in `bi`; `ratio` of both sums."""
    result: dict[str, float] = {}
    for name, scale in SCALES.items():
        with warehouse() as settings:
            folder = settings.home / "bench"
            generate(folder, scale=scale)
            for file in FIRST:
                put_through_the_door(settings, folder / file)
            import_dbt()
            whole = built_and_published()
            put_through_the_door(settings, folder / LATER)
            part = built_and_published()
            result[f"citizens_{name}"] = citizens()
        result |= {f"everything_{name}_{step}": took for step, took in whole.items()}
        result |= {f"part_{name}_{step}": took for step, took in part.items()}
    small, large = (sum(result[f"everything_{name}_{step}"] for step in ("build", "publish")) for name in SCALES)
    return result | {"ratio": round(large / small, 2)}


def put_through_the_door(settings: Settings, file: Path) -> None:
    """Take one delivery in this process."""
    from mentor_dw.ingest import take

    source = file.parent.name
    target = settings.inbox / source / file.name
    shutil.copyfile(file, target)
    outcome = take(target, load_feed(source), silent)
    if outcome.status != "accepted":
        raise RuntimeError(f"{file.name} is {outcome.status}: {outcome.reason}")


def import_dbt() -> None:
    """So that it is not counted: a worker of the scheduler has it already."""
    import dbt.adapters.postgres
    import dbt.cli.main  # noqa: F401


def built_and_published() -> dict[str, float]:
    """Seconds of both steps."""
    from mentor_dw.warehouse.build import build
    from mentor_dw.warehouse.publish import publish

    number: list[int] = []
    took = {"build": round(seconds(lambda: number.append(build(silent))), 2)}
    return took | {"publish": round(seconds(lambda: publish(number[0])), 2)}


def citizens() -> int:
    """Citizens in `bi`."""
    with connect("bi_reader") as connection:
        row = connection.execute("select count(distinct person_key) as citizens from bi.dim_borger").fetchone()
    return row["citizens"] if row else 0
