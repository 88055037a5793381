"""Whether time and memory per row stay as they are when the population is 10 and 50 times as large."""

from __future__ import annotations

import shutil

from places import in_a_process, seconds, warehouse

from mentor_dw.sample import generate

SCALES = (1, 10, 50)
FILE = "webreg_2011-02-28.zip"


def measure() -> dict[str, float]:
    """By scale: rows, seconds of each part, microseconds a row, peak megabytes of the process that does all of it."""
    result: dict[str, float] = {}
    for scale in SCALES:
        with warehouse() as settings:
            folder = settings.home / "bench"
            result[f"scale_{scale}_generate"] = round(seconds(lambda f=folder, s=scale: generate(f, scale=s)), 2)
            target = settings.inbox / "webreg" / FILE
            shutil.copyfile(folder / "webreg" / FILE, target)
            taken = in_a_process("one_delivery.py", str(target))
        rows = taken["rows"]
        result[f"scale_{scale}_rows"] = rows
        for name, took in taken["seconds"].items():
            result[f"scale_{scale}_{name}"] = round(took, 2)
            if not name.startswith("import"):
                result[f"scale_{scale}_{name}_microseconds_a_row"] = round(1e6 * took / rows, 1)
        result[f"scale_{scale}_peak_megabytes"] = round(taken["peak_megabytes"])
    return result
