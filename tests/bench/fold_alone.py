"""Our way, alone in a process: `fold_alone.py WAY FILE` folds a file into spells and prints their number and checksum
as peers.py defines it, the most megabytes it took and its seconds after the imports; `fold_alone.py WAY` only imports.
A way is `compiled` or `numpy`; the machine code is among what is imported."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from peers import peak_megabytes

from mentor_dw.feeds import load_feed
from mentor_dw.reading.wide import kernel
from mentor_dw.reading.wide.fold import fold_block
from mentor_dw.reading.wide.layout import read_layout
from mentor_dw.reading.wide.stream import Part, blocks, read_header


def folded(path: Path) -> tuple[int, int]:
    """Everything of the file is checked and folded; the spells of weeks are summed up."""
    layout = read_layout(read_header(path), load_feed("dream"))
    first_day = int(layout.series["ydelse"].fra[0])
    spells = checksum = 0
    for block in blocks(path, Part(0, path.stat().st_size, 1)):
        found = fold_block(block.content, block.first_line, layout)
        weeks = found.weeks
        number = found.persons["cpr"].astype(np.int64)[weeks["person"]]
        first, length = (weeks["fra"] - first_day) // 7, (weeks["til"] - weeks["fra"]) // 7
        checksum += int(((number % 97 + 1) * (weeks["code"] * np.int64(4_000_000) + first * 2_000 + length)).sum())
        spells += len(weeks)
    return spells, checksum


if __name__ == "__main__":
    if sys.argv[1] == "compiled" and not kernel.load():
        sys.exit("there is no compiled way here")
    began = time.perf_counter()
    result = folded(Path(sys.argv[2])) if len(sys.argv) > 2 else (0, 0)
    print(json.dumps([*result, peak_megabytes(), time.perf_counter() - began]))
