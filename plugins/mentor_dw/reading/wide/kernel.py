"""The compiled way to fold a block (compiled.py): having it at hand, and calling it.

Loading it takes longer than numpy takes for half a gigabyte, so that is done once, before workers are forked
(local/executor.py). Where it was not loaded, numba is missing or fails, the way over numpy reads: it finds the same,
byte for byte, in about four times the time.
"""

from __future__ import annotations

import hashlib
import logging
import os
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from mentor_dw.config import get_settings
from mentor_dw.feeds import code_list
from mentor_dw.reading.wide.cells import FIRST_OF_MONTH, YEAR_2000, month_number
from mentor_dw.reading.wide.folded import CODES, MONTHS, PERSON, WEEKS
from mentor_dw.reading.wide.layout import Layout, Serie
from mentor_dw.reading.wide.persons import YEARS

#: A line and its spells take at least so many bytes in most files; where they take less, room is made as needed.
_BYTES_PER_PERSON, _BYTES_PER_SPELL = 256, 128
_FIELDS = ("pnr", "koen", "foedselsdato", "kommunekode", "herkomst", "civilstand")
_LF = 10
_SERIES = ("ydelse", "branche", "grad")

_log = logging.getLogger(__name__)
_compiled: Any = None


@dataclass
class Read:
    """What the compiled way found: persons (line_number: which of the lines, from 0) with their spells, the number of
    lines, weeks by code, and the lines it set aside: first byte, first byte after it, which of the lines."""

    persons: np.ndarray
    weeks: np.ndarray
    months: np.ndarray
    lines: int
    codes: np.ndarray
    aside: np.ndarray


def load() -> bool:
    """Have the compiled way at hand in this process and its forks; False when that cannot be, which the log then tells.

    Takes about a second, some more for the first one who needs the machine code; whoever comes meanwhile waits.
    """
    global _compiled
    if _compiled is None:
        try:
            _compiled = _load(_folder())
        # Whatever a compiler may fail with, there is another way to read.
        except Exception as error:
            _log.warning("Wide files are read without compiled code, which takes longer: %r", error)
    return _compiled is not None


def is_loaded() -> bool:
    """Whether this process folds the compiled way, where the layout of a file allows it."""
    return _compiled is not None


def _folder() -> Path:
    """Where machine code is kept: beside the modules as Python does it, or in the home where that cannot be written.

    Named by the text it was compiled from, for the times of files say nothing in an installed package.
    """
    here = Path(__file__).parent
    text = hashlib.sha256()
    for path in (*sorted(here.glob("compiled*.py")), here / "folded.py"):
        text.update(path.read_bytes())
    place = here / "__pycache__"
    if not os.access(place if place.is_dir() else here, os.W_OK):
        place = get_settings().home / "compiled"
    return place / f"wide-{text.hexdigest()[:16]}"


def _load(folder: Path) -> Any:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        flock(lock, LOCK_EX)
        config = import_module("numba").config
        before, config.CACHE_DIR = config.CACHE_DIR, str(folder)
        try:
            return import_module("mentor_dw.reading.wide.compiled")
        finally:
            config.CACHE_DIR = before


def count_lines(text: bytes) -> int:
    """How many line feeds there are in `text`."""
    content = np.frombuffer(text, np.uint8)
    return int(np.count_nonzero(content == _LF)) if _compiled is None else _compiled.count_lines(content)


def read_lines(text: bytes, layout: Layout) -> Read | None:
    """The lines of `text`, which ends with LF; None when there is no compiled way for this layout."""
    plan = None if _compiled is None else _plan(layout)
    if plan is None:
        return None
    segments, tables, columns = plan
    # Behind the last line some bytes are looked at, so the end is read from a copy with something behind it.
    cut = text.rfind(b"\n", 0, max(len(text) - _compiled.BEYOND, 0)) + 1
    tail = text[cut:] + bytes(_compiled.BEYOND)
    persons = np.empty(len(text) // _BYTES_PER_PERSON + 1, _compiled.PERSON_BYTES)
    weeks = np.empty(len(text) // _BYTES_PER_SPELL + columns, WEEKS)
    months = np.empty(len(text) // _BYTES_PER_SPELL + 4 * columns, MONTHS)
    aside = np.empty((len(text) // _BYTES_PER_PERSON + 1, 3), np.int64)
    codes, state = np.zeros(CODES, np.int64), np.zeros(5, np.int64)
    runs = np.empty((_compiled.SERIES, columns, 3), np.int32)
    counts = np.zeros(_compiled.SERIES, np.int64)
    for piece, base, end in ((text, 0, cut), (tail, cut, len(text) - cut)):
        content, at = np.frombuffer(piece, np.uint8), 0
        while True:
            before = int(state[4])
            found = (persons, weeks, months, aside, codes)
            at = _compiled.fold_lines(content, at, end, segments, tables, *found, runs, counts, state)
            aside[before : state[4], :2] += base
            if at >= end:
                break
            persons, weeks, months, aside = (_larger(array) for array in (persons, weeks, months, aside))
    lines, people, week_spells, month_spells, set_aside = state.tolist()
    return Read(
        persons=persons[:people].copy().view(PERSON),
        weeks=weeks[:week_spells].copy(),
        months=months[:month_spells].copy(),
        lines=lines,
        codes=codes,
        aside=aside[:set_aside].copy(),
    )


def _larger(array: np.ndarray) -> np.ndarray:
    larger = np.empty((2 * len(array), *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger


@lru_cache(maxsize=8)
def _plan(layout: Layout) -> tuple[np.ndarray, Any, int] | None:
    """What stands in a line, what is looked up, and the columns of the longest series; None for a layout whose series
    do not stand side by side in order of time, or with codes longer than can be compared."""
    # It imports numba, which is there by now.
    from mentor_dw.reading.wide import compiled_fields as kinds

    starts: dict[int, tuple[int, int, int]] = {}
    for name, place in layout.fields.items():
        starts[place] = (getattr(kinds, name.upper()), 1, 0)
    longest = 1
    for name, serie in layout.series.items():
        if not len(serie.places):
            continue
        kind = getattr(kinds, name.upper()) if name in _SERIES else kinds.DIGITS
        starts[int(serie.places[0])] = (kind, len(serie.places), serie.spec.digits or 0)
        longest = max(longest, len(serie.places))
    segments, place = [], 0
    while place < layout.width:
        segments.append(starts.get(place, (kinds.ANYTHING, 1, 0)))
        place += segments[-1][1]
    lists = {spec.name: code_list(spec.code_list) for spec in layout.wide.fields if spec.code_list}
    sizes = {name: np.array([len(code) for code in codes], np.int64) for name, codes in lists.items()}
    tables = kinds.Tables(
        delimiter=ord(layout.delimiter),
        mark=ord(layout.decimal_mark),
        **{name: _bytes(codes) for name, codes in lists.items()},
        **{f"{name}_sizes": size for name, size in sizes.items()},
        years=np.ascontiguousarray(YEARS, np.int64),
        first_of_month=FIRST_OF_MONTH,
        week_fra=layout.series["ydelse"].fra,
        week_til=layout.series["ydelse"].til,
        first_branche=_first_month(layout.series["branche"]),
        first_grad=_first_month(layout.series["grad"]),
    )
    if max(int(size.max()) for size in sizes.values()) > _compiled.BEYOND // 2:
        return None
    return np.array(segments, _compiled.SEGMENT), tables, longest


def _bytes(codes: tuple[str, ...]) -> np.ndarray:
    """Codes as rows of bytes."""
    listed = np.array([code.encode("ascii") for code in codes])
    return listed.view(np.uint8).reshape(len(codes), -1)


def _first_month(serie: Serie) -> int:
    """The month of the first column, counted from the year 0."""
    return int(month_number(serie.fra[0])) + YEAR_2000 if len(serie.places) else 0
