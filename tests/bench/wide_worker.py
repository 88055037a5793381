"""One worker at one DREAM file, alone in a process: `wide_worker.py FILE` tells the seconds of each step, and memory.

The rows of everybody go into the tables of a delivery, as `ingest_dream` does it, and are committed. The vault is left
out (`wide_worker.py FILE vault` takes it in): keys are numbers without meaning, and nothing is looked up.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
from peers import peak_megabytes

from mentor_dw.config import get_settings
from mentor_dw.database import connect
from mentor_dw.feeds import load_feed
from mentor_dw.identity.keys import load_keys
from mentor_dw.landing.vault_sets import PersonLookup
from mentor_dw.landing.wide_counts import PartCounts, rule_names
from mentor_dw.landing.wide_load import PartLander, Place, fold_in_batches
from mentor_dw.reading.wide import kernel
from mentor_dw.reading.wide.layout import read_layout
from mentor_dw.reading.wide.stream import WHOLE, blocks, read_header, scan

#: The delivery that the rows are of; the ledger need not know it, for nothing joins raw.
DELIVERY = 1


class NoVault:
    """In place of the keys and of the look-up: nothing is computed, and everybody is somebody else."""

    def __init__(self) -> None:
        self._given = 0

    def lookup_many(self, cprs: list[bytes]) -> bytes:
        """No look-up values."""
        return b""

    def keys_of(self, cprs: np.ndarray, _hmacs: bytes, _is_replacement: np.ndarray) -> np.ndarray:
        """The next numbers."""
        self._given += len(cprs)
        return np.arange(self._given - len(cprs), self._given) + 1


def landed(path: Path, with_vault: bool) -> dict[str, float]:
    """Seconds of each step, rows, peak megabytes of this process and what of them was there before it began."""
    feed = load_feed("dream")
    # The scheduler's workers have it at hand.
    kernel.load()
    at_rest = peak_megabytes()
    with connect("loader") as connection, connect("loader", autocommit=True) as other:
        began = time.perf_counter()
        part = scan(path, WHOLE).parts[0]
        scanned = time.perf_counter() - began
        counts = PartCounts()
        layout = read_layout(read_header(path), feed)
        keys = load_keys(get_settings().secrets) if with_vault else NoVault()
        lookup = PersonLookup(other, keys, feed.source, None) if with_vault else keys
        place = Place(feed.source, DELIVERY, 1, (1, None))
        began = time.perf_counter()
        lander = PartLander(connection, place, keys, lookup, rule_names(layout), counts, keeps_everybody=True)
        fold_in_batches(blocks(path, part), layout, rule_names(layout), counts, lander)
        copied = time.perf_counter() - began
        lander.finish()
        connection.commit()
        committed = time.perf_counter() - began
    return {
        "scan": scanned,
        "land": copied,
        "land_and_index": committed,
        **{step: counts.seconds[step] for step in ("fold", "vault", "copy")},
        "rows": counts.spells + counts.kept,
        "persons": counts.persons,
        "peak_megabytes": peak_megabytes(),
        "megabytes_above_import": peak_megabytes() - at_rest,
    }


if __name__ == "__main__":
    print(json.dumps(landed(Path(sys.argv[1]), sys.argv[2:] == ["vault"])))
