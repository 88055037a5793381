"""Delimited text as records with physical line numbers.

The standard `csv` module in strict mode decides what a quoted record says; lines without a quotation mark, which are
nearly all, are split at the delimiter, which is the same by definition and faster. Only LF ends a line (a CR before it
goes with it), so that the numbers are those an editor shows.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from mentor_dw.errors import DeliveryRefused

#: A record longer than this, in bytes, is no record: a quotation mark that never closes, or another kind of file.
MAX_RECORD = 1_000_000
#: Blank lines between rows are bad rows; so many in a row are no table, and looking at each would take hours.
MAX_BLANKS = 50_000
# The module's own limit is 128 KiB for one field; ours is the one that speaks.
csv.field_size_limit(2 * MAX_RECORD)

_UTF8_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Record:
    """One record; `line_number` is the physical line it starts on, from 1. `fields` is None for broken quoting."""

    line_number: int
    fields: list[str] | None = field(repr=False)


def records(chunks: Iterable[bytes], *, member: str, encoding: str, delimiter: str, quote: str) -> Iterator[Record]:
    """The records of a member whose bytes come in `chunks`; blank lines at the end are left out.

    A blank line elsewhere is a record without fields. A record with broken quoting within its line is given with
    `fields` None and reading goes on with the next line. Raises DeliveryRefused: `wrong_encoding` (member and line),
    `unreadable` for a quotation mark that never closes, a record over 1 MB, or MAX_BLANKS blank lines between rows.
    """
    lines = _Lines(_decoded(chunks, member, encoding))
    blanks: list[int] = []
    for number, line in lines:
        text = line.removesuffix("\n").removesuffix("\r")
        if not text:
            blanks = [blanks[0] if blanks else number, number]
            continue
        if blanks:
            refuse_blanks(blanks[1] - blanks[0] + 1, f"{member} line {blanks[0]}")
            yield from (Record(blank, []) for blank in range(blanks[0], blanks[1] + 1))
            blanks = []
        if quote in line:
            yield Record(number, _quoted(lines, number, line, member, delimiter, quote))
        else:
            yield Record(number, text.split(delimiter))


def refuse_blanks(count: int, where: str) -> None:
    """Raise DeliveryRefused when so many blank lines, from `where` on, stand between rows."""
    if count > MAX_BLANKS:
        raise DeliveryRefused("unreadable", f"more than {MAX_BLANKS} blank lines begin at {where}", where)


class _Lines:
    """Numbered lines that can be given back, for a quotation mark that opened nothing."""

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self._lines = lines
        self._given_back: list[tuple[int, str]] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> tuple[int, str]:
        return self._given_back.pop() if self._given_back else next(self._lines)

    def give_back(self, lines: list[tuple[int, str]]) -> None:
        self._given_back.extend(reversed(lines))


def _quoted(lines: _Lines, number: int, first: str, member: str, delimiter: str, quote: str) -> list[str] | None:
    """The fields of a record with quotation marks, which may go on over the next lines; None when they are broken."""
    more: list[tuple[int, str]] = []
    ended = False

    def feed() -> Iterator[str]:
        nonlocal ended
        size = len(first)
        yield first
        for following in lines:
            more.append(following)
            size += len(following[1])
            if size > MAX_RECORD:
                break
            yield following[1]
        ended = True

    reader = csv.reader(feed(), delimiter=delimiter, quotechar=quote, strict=True)
    try:
        fields = next(reader)
        if _well_quoted(delimiter, quote).fullmatch("".join([first, *(line for _, line in more)])):
            return fields
        lines.give_back(more)
        return None
    except csv.Error:
        if ended:
            where = f"{member} line {number}"
            raise DeliveryRefused("unreadable", f"a quotation mark opens in {where} and never closes", where) from None
        # The mark opened nothing, or the record is broken further down: this line is set aside, the next ones are
        # read for themselves.
        lines.give_back(more)
        return None


@cache
def _well_quoted(delimiter: str, quote: str) -> re.Pattern[str]:
    """A record whose marks are all where a writer puts them.

    The module takes a mark in the middle of a field for a letter. Where a delimiter before a quoted text was lost, and
    the text holds one, such a row has as many fields as the others, and none of them is what was written.
    """
    mark, between = re.escape(quote), re.escape(delimiter)
    field = f"(?:{mark}[^{mark}]*+(?:{mark}{mark}[^{mark}]*+)*+{mark}|[^{mark}{between}\\r\\n]*+)"
    return re.compile(f"{field}(?:{between}{field})*+\\r*+\\n?")


def _decoded(chunks: Iterable[bytes], member: str, encoding: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(_lines(chunks, member), 1):
        marked = number == 1 and line.startswith(_UTF8_BOM)
        if marked and encoding == "utf-8":
            line = line.removeprefix(_UTF8_BOM)
            if not line:
                return
        try:
            # The mark says UTF-8, whatever its bytes mean in the agreed encoding.
            text = line.decode(encoding) if encoding == "utf-8" or not marked else "\0"
        except UnicodeDecodeError:
            text = "\0"
        # UTF-16 without a mark decodes as UTF-8 when it is plain text; its zero bytes give it away.
        if "\0" in text:
            where = f"{member} line {number}"
            raise DeliveryRefused("wrong_encoding", f"{where} is not {encoding.upper()}", where)
        yield number, text


def _lines(chunks: Iterable[bytes], member: str) -> Iterator[bytes]:
    """Lines with their ends. Raises DeliveryRefused for one over MAX_RECORD bytes."""
    number = 1
    rest = b""
    for chunk in chunks:
        pieces = (rest + chunk).split(b"\n")
        # Only the first piece can be longer than a chunk.
        if len(pieces[0]) > MAX_RECORD:
            where = f"{member} line {number}"
            raise DeliveryRefused("unreadable", f"{where} is longer than {MAX_RECORD} bytes", where)
        rest = pieces.pop()
        for piece in pieces:
            yield piece + b"\n"
        number += len(pieces)
    if rest:
        yield rest
