"""One delivery of sample size: from the moment its file is settled until `bi` shows it, through the scheduler, against
the same parts in one process on the same house.

Every round takes another delivery of the same day and size, so nothing of an earlier round can be used again.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from places import SETTLE_SECONDS, house, in_a_process, medians, silent

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.local.airflow_api import AirflowApi
from mentor_dw.sample import generate
from mentor_dw.warehouse.build import is_built_with

ROUNDS = 5
FILE = "webreg_2011-02-28.zip"


def measure() -> dict[str, float]:
    """Medians in seconds; `ratio` is the scheduler's time over the sum of the parts."""
    through, parts = [], []
    with house() as settings:
        for number in range(ROUNDS + 1):
            through.append(settled_to_published(settings, delivery(settings, seed=2 * number)))
            parts.append(in_one_process(settings, delivery(settings, seed=2 * number + 1)))
    # The first of each finds nothing warm: reported by itself.
    cold = through.pop(0)["settled_to_published"]
    parts.pop(0)
    summed = [{"sum_of_parts": sum(v for k, v in one.items() if k != "read_alone")} for one in parts]
    imports = ("import_great_expectations", "import_dbt")
    worked = [
        {"sum_without_imports": whole["sum_of_parts"] - sum(one[name] for name in imports)}
        for whole, one in zip(summed, parts, strict=True)
    ]
    result = {f"part_{name}": value for name, value in medians(parts).items()} | medians(through)
    result |= {"sum_of_parts": medians(summed)["sum_of_parts"]}
    result |= {"sum_without_imports": medians(worked)["sum_without_imports"]}
    result["first_delivery_settled_to_published"] = round(cold, 3)
    result["ratio"] = round(result["settled_to_published"] / result["sum_of_parts"], 3)
    result["ratio_without_imports"] = round(result["settled_to_published"] / result["sum_without_imports"], 3)
    return result


def delivery(settings: Settings, seed: int) -> Path:
    """A delivery of sample size that no other seed makes."""
    folder = settings.home / "bench" / str(seed)
    generate(folder, seed=1000 + seed, say=silent)
    return folder / "webreg" / FILE


def put(settings: Settings, file: Path) -> Path:
    """`file` in the inbox, the way an upload comes."""
    target = settings.inbox / "webreg" / file.name
    part = target.with_name(f"{target.name}.part")
    shutil.copyfile(file, part)
    part.rename(target)
    return target


def settled_to_published(settings: Settings, file: Path) -> dict[str, float]:
    """Through the scheduler; asked for at the moment the file is settled, as the minute's run may find it then."""
    before = newest_delivery()
    put(settings, file)
    time.sleep(SETTLE_SECONDS + 0.1)
    with AirflowApi() as api:
        began = time.perf_counter()
        api.trigger("ingest_webreg")
        while (delivery_id := newest_delivery()) == before or is_built_with([delivery_id]) is None:
            if time.perf_counter() - began > 600:
                raise RuntimeError("The delivery was not published.")
            time.sleep(0.1)
    return {"settled_to_published": time.perf_counter() - began}


def in_one_process(settings: Settings, file: Path) -> dict[str, float]:
    """Seconds by part, in a process of its own; the scheduler takes nothing meanwhile."""
    with AirflowApi() as api:
        api.pause("ingest_webreg", True)
        try:
            return in_a_process("one_delivery.py", str(put(settings, file)))["seconds"]
        finally:
            api.pause("ingest_webreg", False)


def newest_delivery() -> int:
    """The newest delivery that was accepted, 0 without one."""
    with connect("operator") as connection:
        row = connection.execute(
            "select coalesce(max(delivery_id), 0) as newest from ops.delivery where accepted_at is not null"
        ).fetchone()
    return row["newest"]
