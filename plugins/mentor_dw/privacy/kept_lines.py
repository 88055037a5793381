"""Where a person stands in the files that are kept: by file, member and physical line, never with what stands there."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backports import zstd

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.errors import DeliveryRefused, MentorDwError
from mentor_dw.feeds import Feed
from mentor_dw.identity.keys import Keys
from mentor_dw.ingest.keep import plain_copy
from mentor_dw.ingest.lock import source_lock
from mentor_dw.ledger.deliveries import NOT_KEPT
from mentor_dw.reading.unzip import member_chunks, read_directory, shown
from mentor_dw.reading.wide.stream import packing_of, unpacked

_BLOCK_BYTES = 1 << 20
_UNREADABLE = (DeliveryRefused, EOFError, gzip.BadGzipFile, zlib.error, zstd.ZstdError)

#: The deliveries behind each kept file, the one that was taken last as the row that says where it is.
_KEPT = """
    select distinct on (kept_as)
        d.*,
        array_agg(delivery_id) over (partition by kept_as) as delivery_ids,
        bool_or(accepted_at is not null) over (partition by kept_as) as was_accepted
    from ops.delivery as d
    where source = %s and kept_as is not null and kept_as <> %s
    order by kept_as asc, delivery_id desc
"""


@dataclass(frozen=True)
class KeptLine:
    """A line with a number of hers. `rules` are those it broke, when it was set aside; `accepted`: of the delivery."""

    source: str
    file_name: str
    covers: str
    delivery_id: int
    accepted: bool
    member: str
    line_number: int
    rules: tuple[str, ...]


@dataclass
class KeptFiles:
    """What the kept files of a source say: her lines, and the files nobody can read."""

    lines: list[KeptLine]
    unreadable: list[str]


def lines_of(settings: Settings, feed: Feed, keys: Keys, numbers: Sequence[str]) -> KeptFiles:
    """The lines of every kept file of the source on which one of the cleaned `numbers` stands, however written.

    Each file is decrypted in the private folder for copies and for as long as it is read only. Waits for a delivery of
    the source that is being taken.
    """
    found = KeptFiles([], [])
    pattern = _pattern(numbers)
    with source_lock(feed.source):
        with connect("loader") as connection:
            kept = connection.execute(_KEPT, (feed.source, NOT_KEPT)).fetchall()
        for row in kept:
            try:
                with plain_copy(settings, row, keys) as path:
                    places = list(_places(path, feed, pattern))
            except (*_UNREADABLE, MentorDwError):
                found.unreadable.append(row["file_name"])
                continue
            found.lines += _told(row, places)
    return found


def _told(row: dict[str, Any], places: list[tuple[str, int]]) -> Iterator[KeptLine]:
    with connect("loader") as connection:
        rules: dict[tuple[str, int], list[str]] = {}
        for one in connection.execute(
            "select distinct member, line_number, rule from ops.quarantined_row where delivery_id = any(%s)"
            " order by member, line_number, rule",
            (row["delivery_ids"],),
        ):
            rules.setdefault((one["member"], one["line_number"]), []).append(one["rule"])
    for member, line in places:
        yield KeptLine(
            source=row["source"],
            file_name=row["file_name"],
            covers=row["covers"],
            delivery_id=row["delivery_id"],
            accepted=row["was_accepted"],
            member=shown(member) if member else "",
            line_number=line,
            rules=tuple(rules.get((member, line), ())),
        )


def _places(path: Path, feed: Feed, pattern: re.Pattern[bytes]) -> Iterator[tuple[str, int]]:
    with path.open("rb") as handle:
        if feed.wide:
            plain = unpacked(handle, packing_of(path.name))
            for line in _lines_with(iter(lambda: plain.read(_BLOCK_BYTES), b""), pattern):
                yield "", line
            return
        for name, info in read_directory(handle).items():
            for line in _lines_with(member_chunks(handle, info), pattern):
                yield name, line


def _lines_with(chunks: Iterable[bytes], pattern: re.Pattern[bytes]) -> Iterator[int]:
    rest, number = b"", 1
    for chunk in chunks:
        block, newline, rest = (rest + chunk).rpartition(b"\n")
        yield from _hits(block, number, pattern)
        number += block.count(b"\n") + len(newline)
    yield from _hits(rest, number, pattern)


def _hits(block: bytes, first: int, pattern: re.Pattern[bytes]) -> Iterator[int]:
    told = position = 0
    line = first
    for hit in pattern.finditer(block):
        line += block.count(b"\n", position, hit.start())
        position = hit.start()
        if line != told:
            yield line
        told = line


def _pattern(numbers: Sequence[str]) -> re.Pattern[bytes]:
    """The numbers as people write them: a hyphen or blanks between the parts, a lost leading zero."""
    gap = r"[^0-9A-Za-z\n;]{0,3}"
    forms = []
    for number in numbers:
        day, rest = number[:2], (number[2:4], number[4:6], *number[6:])
        first = f"0?{day[1]}" if day[0] == "0" else day
        forms.append(gap.join((first, *rest)))
    return re.compile(f"(?<![0-9])(?:{'|'.join(forms)})(?![0-9])".encode("ascii"))
