"""A delivered file without the rows of erased persons, every other row on the line it stood on.

A row that goes leaves a line that says so (WITHHELD_ROW), so that line numbers still mean what findings and rows in
`raw` say, and rows can still be counted. A number of an erased person in somebody else's row is hidden in place.
Where a file cannot be read as was agreed, every line goes on which such a number stands.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from backports import zstd

from mentor_dw.errors import DeliveryRefused, MentorDwError
from mentor_dw.feeds import Feed
from mentor_dw.landing.tombstones import Tombstones
from mentor_dw.landing.withheld import withheld_lines
from mentor_dw.reading.archive import WITHHELD_ROW, OpenDelivery, open_delivery
from mentor_dw.reading.unzip import member_chunks, read_directory
from mentor_dw.reading.wide.stream import Packing, packing_of, unpacked

_BLOCK_BYTES = 1 << 20
#: A line longer than this is none.
_LONGEST_LINE = 1 << 26
_MARK = WITHHELD_ROW.encode("ascii")
#: Physical lines from the first to the last one of records that go.
Spans = dict[int, int]
#: Whether a line (its number and bytes), on which an erased person's number stands, is somebody else's good row.
Stays = Callable[[int, bytes], bool]


class CannotSeparate(MentorDwError):
    """A file in which nobody can be told from the others: it does not open, or is not the text that was agreed."""


@dataclass
class Stripped:
    """What was taken out of a file; when it is not `changed`, nothing was, and no file was written.

    `lines`: member ('' of a wide file) to the lines on which rows begin that are gone, now or since an earlier time.
    """

    changed: bool = False
    lines: dict[str, set[int]] = field(default_factory=dict)


def strip(path: Path, name: str, target: Path, feed: Feed, tombstones: Tombstones) -> Stripped:
    """Write `path` without the rows of `tombstones` to `target`, unless it has none.

    `name` is what the file is called as a delivery, which says how it is packed. Raises CannotSeparate.
    """
    if not path.stat().st_size:
        return Stripped()
    try:
        stripped = (_strip_wide if feed.wide else _strip_zip)(path, name, target, feed, tombstones)
    except (DeliveryRefused, CannotSeparate, EOFError, gzip.BadGzipFile, zlib.error, zstd.ZstdError):
        target.unlink(missing_ok=True)
        raise CannotSeparate(f"{name} cannot be read, so nobody can be taken out of it.") from None
    if not stripped.changed:
        target.unlink()
    return stripped


def _strip_wide(path: Path, name: str, target: Path, feed: Feed, tombstones: Tombstones) -> Stripped:
    assert feed.wide is not None
    delimiter, pnr = feed.text.delimiter.encode("ascii"), feed.wide.fields[0].name.encode("ascii")
    packing = packing_of(name)
    with path.open("rb") as handle:
        header = unpacked(handle, packing).readline(_LONGEST_LINE).rstrip(b"\r\n").split(delimiter)

    def is_anothers(number: int, line: bytes) -> bool:
        fields = line.rstrip(b"\r").split(delimiter)
        whole = pnr in header and len(fields) == len(header)
        return number == 1 or (whole and not tombstones.stand_in(fields[header.index(pnr)]))

    text = _Text(tombstones, {}, is_anothers)
    with path.open("rb") as handle, _packed(target, packing) as out:
        plain = unpacked(handle, packing)
        for block in _whole_lines(iter(lambda: plain.read(_BLOCK_BYTES), b"")):
            out.write(text.without(block))
    return Stripped(text.changed, {"": text.lines})


def _strip_zip(path: Path, _: str, target: Path, feed: Feed, tombstones: Tombstones) -> Stripped:
    found = Stripped()
    with (
        ExitStack() as stack,
        path.open("rb") as handle,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out,
    ):
        members, readable = read_directory(handle), None
        with suppress(DeliveryRefused):
            readable = _Readable(stack.enter_context(open_delivery(path, feed)), tombstones)
        for name, info in members.items():
            # Nobody reads what the feed does not know, so it stays only as text that holds nobody.
            if name not in feed.members and (
                tombstones.stand_in(name) or not _holds_nobody(member_chunks(handle, info), tombstones)
            ):
                found.changed = True
                continue
            if readable is not None and name in feed.members:
                text = _Text(tombstones, readable.spans(name), readable.stays(name))
            else:
                text = _Text(tombstones, {}, _only_the_header)
            kept = zipfile.ZipInfo(name, date_time=info.date_time)
            kept.compress_type = zipfile.ZIP_DEFLATED
            with out.open(kept, "w", force_zip64=True) as member:
                for block in _whole_lines(member_chunks(handle, info)):
                    member.write(text.without(block))
            found.changed |= text.changed
            found.lines[name] = text.lines
    return found


class _Readable:
    """A delivery that can be read as agreed: which records go, and whose the other lines are."""

    def __init__(self, opened: OpenDelivery, tombstones: Tombstones) -> None:
        self._opened, self._lines = opened, withheld_lines(opened, tombstones)
        self._broken: dict[str, set[int]] = {}

    def spans(self, name: str) -> Spans:
        """The records of a member that go."""
        lines = self._lines.get(name)
        if not lines:
            return {}
        return {
            record.line_number: record.line_number + sum(value.count("\n") for value in record.fields)
            for record in self._opened.records(name)
            if record.fields is not None and record.line_number in lines
        }

    def stays(self, name: str) -> Stays:
        """A line with a number that is in none of the records that go is another's, unless its quoting is broken."""

        def is_anothers(number: int, _: bytes) -> bool:
            if name not in self._broken:
                records = self._opened.records(name)
                self._broken[name] = {record.line_number for record in records if record.fields is None}
            return number not in self._broken[name]

        return is_anothers


def _only_the_header(number: int, _: bytes) -> bool:
    return number == 1


def _holds_nobody(chunks: Iterable[bytes], tombstones: Tombstones) -> bool:
    try:
        return not any(tombstones.stand_in(block) for block in _whole_lines(chunks))
    except CannotSeparate:
        return False


class _Text:
    """One text, block by block: the records of `spans` go, and lines with an erased person's number, unless it
    `stays`."""

    def __init__(self, tombstones: Tombstones, spans: Spans, stays: Stays) -> None:
        self._tombstones, self._spans, self._stays = tombstones, spans, stays
        #: the line that comes next, and the last one of the record that is being replaced
        self._number, self._until = 1, 0
        self.lines: set[int] = set()
        self.changed = False

    def without(self, block: bytes) -> bytes:
        """The next whole lines, as they are kept."""
        hits = self._tombstones.stand_in(block)
        first, count = self._number, block.count(b"\n") + (not block.endswith(b"\n"))
        self._number += count
        if not hits and first > self._until and _MARK not in block and not self._goes(first, count):
            return block
        kept, position = [], 0
        for number, line in enumerate(block.split(b"\n")[:count], first):
            here = [(start - position, end - position) for start, end in hits if 0 <= start - position < len(line)]
            kept.append(self._kept(number, line, here))
            position += len(line) + 1
        return b"\n".join(kept) + (b"\n" if block.endswith(b"\n") else b"")

    def _goes(self, first: int, count: int) -> bool:
        return any(number in self._spans for number in range(first, first + count)) if self._spans else False

    def _kept(self, number: int, line: bytes, hits: list[tuple[int, int]]) -> bytes:
        if number <= self._until:
            return b'"' if number == self._until else b""
        if line.lstrip(b'"').rstrip(b"\r") == _MARK:
            # Gone before; the lines that follow in quotation marks hold nothing.
            self.lines.add(number)
            return line
        if number in self._spans or (hits and not self._stays(number, line)):
            self.lines.add(number)
            self.changed = True
            self._until = self._spans.get(number, number)
            return _MARK if self._until == number else b'"' + _MARK
        for start, end in hits:
            self.changed = True
            line = line[:start] + b"*" * (end - start) + line[end:]
        return line


def _whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """`chunks` as blocks that end where lines do. Raises CannotSeparate for what is no text of one byte a digit."""
    rest = b""
    for chunk in chunks:
        if b"\0" in chunk or len(rest) > _LONGEST_LINE:
            raise CannotSeparate("This is not text.")
        end = chunk.rfind(b"\n") + 1
        if end:
            yield rest + chunk[:end]
            rest = chunk[end:]
        else:
            rest += chunk
    if rest:
        yield rest


def _packed(target: Path, packing: Packing) -> BinaryIO:
    """`target`, open for text that is packed on its way."""
    if packing == "gzip":
        # Without time and name, so that the same rows are the same bytes.
        return gzip.GzipFile("", "wb", fileobj=target.open("wb"), mtime=0)
    return zstd.ZstdFile(target, "wb") if packing == "zstd" else target.open("wb")
