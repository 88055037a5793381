"""The bytes of a wide file, as blocks of whole lines: from a part of a plain file, or out of gzip or zstd.

Memory holds one block, whatever the size of the file or of what is packed in it. Only LF ends a line; a line of
nothing but line ends is empty, and empty lines at the end of a file are none of its lines.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, Literal, Protocol

import numpy as np
from backports import zstd

from mentor_dw.errors import DeliveryRefused
from mentor_dw.reading.records import MAX_RECORD
from mentor_dw.reading.wide.kernel import count_lines

#: Large enough that what is done once for a block hardly counts, small enough for the processor's cache.
BLOCK_BYTES = 1 << 20
#: A block of very short lines ends sooner: what is found out about each line takes more room than the line.
BLOCK_LINES = 1 << 16
#: A packed file is a bomb when it is larger unpacked than this and more than RATIO_LIMIT times its packed size. Rows
#: of thousands of empty weeks pack up to some 150 times; gzip cannot do more than 1,032, zstd can do anything.
BOMB_BYTES = 1_000_000_000
RATIO_LIMIT = 500
_SCAN_BYTES = 1 << 20
#: More than any file has: the size of a part that is the whole file.
WHOLE = 1 << 62
_LINE_END = b"\r\n"
_LF = 10

Packing = Literal["plain", "gzip", "zstd"]


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines; only the last of a file may lack its end. `first_line` is the physical line of the first one."""

    first_line: int
    # Not in the repr: it is full of persons.
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes `start` to `end` of a file, beginning at physical line `first_line`. A packed file is one part.

    The header belongs to the part that begins at line 1; empty lines at the end of a plain file belong to none.
    """

    start: int
    end: int
    first_line: int


@dataclass(frozen=True, slots=True)
class Scan:
    """What one pass over a delivered file tells: its SHA-256 in lower-case hex, and parts to be read side by side."""

    sha256: str
    parts: list[Part]


class Lines(Protocol):
    """What blocks are read from: a file, opened or unpacked."""

    def read(self, size: int = -1, /) -> bytes: ...
    def readline(self, size: int | None = -1, /) -> bytes: ...


def packing_of(name: str) -> Packing:
    """How a file is packed, as its name says: `.gz`, `.zst` or plain."""
    return "gzip" if name.endswith(".gz") else "zstd" if name.endswith(".zst") else "plain"


def scan(path: Path, part_bytes: int) -> Scan:
    """Read the file once: its SHA-256, and parts of about `part_bytes` bytes that begin and end at a line."""
    digest = hashlib.sha256()
    plain = packing_of(path.name) == "plain"
    cuts = [(0, 1)]
    position = content_end = 0
    line = 1
    with path.open("rb") as handle:
        while chunk := handle.read(_SCAN_BYTES):
            digest.update(chunk)
            if plain:
                done = 0
                while (wanted := max(cuts[-1][0] + part_bytes - 1 - position, done)) < len(chunk):
                    end = chunk.find(b"\n", wanted) + 1
                    if not end:
                        break
                    line += chunk.count(b"\n", done, end)
                    cuts.append((position + end, line))
                    done = end
                line += chunk.count(b"\n", done)
                filled = len(chunk.rstrip(_LINE_END))
                content_end = position + filled if filled else content_end
            position += len(chunk)
        if not plain:
            return Scan(digest.hexdigest(), [Part(0, position, 1)])
        handle.seek(content_end)
        content_end += len(handle.readline(MAX_RECORD))
    cuts = [cut for cut in cuts if cut[0] < content_end]
    ends = [start for start, _ in cuts[1:]] + [content_end]
    # A file of nothing but empty lines has no part at all.
    return Scan(digest.hexdigest(), [Part(start, end, at) for (start, at), end in zip(cuts, ends, strict=False)])


def read_header(path: Path) -> bytes:
    """The first line of a file, with its end. Raises DeliveryRefused `empty_file` or `unreadable`."""
    if not path.stat().st_size:
        raise DeliveryRefused("empty_file", "the file is empty")
    with path.open("rb") as handle, _refusals():
        line = _line(unpacked(handle, packing_of(path.name)), 1)
    if not line:
        raise DeliveryRefused("empty_file", "nothing is packed in the file")
    return line


def blocks(path: Path, part: Part, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """The lines of a part, without the header.

    Raises DeliveryRefused `unreadable`, or `zip_ratio` when far more comes out than can have been packed in earnest;
    whether a packed file is whole is known only when it has been read to its end.
    """
    packing = packing_of(path.name)
    with path.open("rb") as handle:
        if packing == "plain":
            handle.seek(part.start)
            yield from _blocks(_Bounded(handle, part.end - part.start), part.first_line, block_bytes)
        else:
            yield from blocks_of(_Proportionate(unpacked(handle, packing), path), block_bytes)


def unpacked(handle: BinaryIO, packing: Packing) -> Lines:
    """What is packed in `handle`, from where it stands; several gzip members or zstd frames are one text."""
    if packing == "gzip":
        return gzip.GzipFile(fileobj=handle)
    if packing == "zstd":
        return zstd.ZstdFile(handle)
    return handle


def blocks_of(lines: Lines, block_bytes: int = BLOCK_BYTES) -> Iterator[Block]:
    """The lines of a whole text, without its header and the empty lines at its end.

    Raises DeliveryRefused `unreadable`: not packed as said, cut off, damaged, followed by something else, or with a
    line of more than 1 MB.
    """
    empty, empty_from = 0, 0
    for block in _blocks(lines, 1, block_bytes):
        filled = len(block.content.rstrip(_LINE_END))
        end = (block.content.find(b"\n", filled) + 1 or len(block.content)) if filled else 0
        if filled:
            while empty:
                some = min(empty, block_bytes, BLOCK_LINES)
                yield Block(empty_from, b"\n" * some)
                empty, empty_from = empty - some, empty_from + some
            yield Block(block.first_line, block.content[:end])
        if not empty:
            empty_from = block.first_line + block.content.count(b"\n", 0, end)
        empty += block.content.count(b"\n", end)


def _blocks(lines: Lines, first_line: int, block_bytes: int) -> Iterator[Block]:
    number = first_line
    with _refusals():
        if number == 1:
            _line(lines, number)
            number += 1
        while content := lines.read(block_bytes):
            if not content.endswith(b"\n"):
                content += _line(lines, number, content)
            _check_lengths(content, number)
            count = count_lines(content)
            if count <= BLOCK_LINES:
                yield Block(number, content)
            else:
                ends = np.flatnonzero(np.frombuffer(content, np.uint8) == _LF)
                cuts = [0, *(ends[BLOCK_LINES - 1 :: BLOCK_LINES] + 1).tolist(), len(content)]
                for piece, (start, end) in enumerate(pairwise(cuts)):
                    if end > start:
                        yield Block(number + piece * BLOCK_LINES, content[start:end])
            number += count


def _check_lengths(content: bytes, number: int) -> None:
    """Raise DeliveryRefused if a line of `content`, which begins with line `number`, is longer than MAX_RECORD."""
    start = 0
    while len(content) - start > MAX_RECORD:
        end = content.rfind(b"\n", start, start + MAX_RECORD + 1)
        if end < 0:
            raise _too_long(number + content.count(b"\n", 0, start))
        start = end + 1


def _line(lines: Lines, number: int, before: bytes = b"") -> bytes:
    """The rest of a line, with its end. `before` begins with line `number`, and its last line is the one that is read
    on. Raises DeliveryRefused when the line gets longer than MAX_RECORD: it may never end."""
    begun = len(before) - before.rfind(b"\n") - 1
    line = lines.readline(max(MAX_RECORD + 1 - begun, 1))
    if len(line) + begun > MAX_RECORD and not line.endswith(b"\n"):
        raise _too_long(number + before.count(b"\n"))
    return line


def _too_long(number: int) -> DeliveryRefused:
    where = f"line {number}"
    return DeliveryRefused("unreadable", f"{where} is longer than {MAX_RECORD} bytes", where)


class _Proportionate:
    """What is packed in a file, for as long as its size is in proportion to the file's."""

    def __init__(self, lines: Lines, path: Path) -> None:
        self._lines, self._name, self._packed = lines, path.name, path.stat().st_size
        self._size = 0

    def read(self, size: int = -1, /) -> bytes:
        return self._counted(self._lines.read(size))

    def readline(self, size: int | None = -1, /) -> bytes:
        return self._counted(self._lines.readline(size))

    def _counted(self, found: bytes) -> bytes:
        self._size += len(found)
        if self._size > BOMB_BYTES and self._size > RATIO_LIMIT * self._packed:
            raise DeliveryRefused(
                "zip_ratio",
                f"{self._name}: {self._size} bytes packed into {self._packed}, more than {RATIO_LIMIT} to 1",
                self._name,
            )
        return found


class _Bounded:
    """The next `left` bytes of a file and nothing after them. A piece is read to the end of its last line, so that
    nothing need be put together."""

    def __init__(self, handle: BinaryIO, left: int) -> None:
        self._handle = handle
        self._left = left

    def read(self, size: int = -1, /) -> bytes:
        if size < self._left:
            start = self._handle.tell()
            self._handle.seek(start + size - 1)
            size += max(len(self._handle.readline(MAX_RECORD)) - 1, 0)
            self._handle.seek(start)
        return self._counted(self._handle.read(min(size, self._left)))

    def readline(self, size: int | None = -1, /) -> bytes:
        return self._counted(self._handle.readline(min(size or -1, self._left)))

    def _counted(self, found: bytes) -> bytes:
        self._left -= len(found)
        return found


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error, zstd.ZstdError):
        message = "the file does not unpack: it is damaged, cut off, or not packed as its name says"
        raise DeliveryRefused("unreadable", message) from None
