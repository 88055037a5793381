"""A delivery opened: whether it can be read as a whole, what the feed does not know of it, and its rows.

Values are taken as they stand: no blanks are stripped (an id is digits, a code is a code), only an empty value is
None. The reader of CPR numbers alone forgives blanks (identity/cpr.py). A free text leaves here as ja or nej only.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

from mentor_dw.errors import DeliveryRefused
from mentor_dw.feeds import Feed
from mentor_dw.reading.records import Record, records
from mentor_dw.reading.unzip import member_chunks, read_directory, shown

TOO_FEW_FIELDS = "too_few_fields"
TOO_MANY_FIELDS = "too_many_fields"
BAD_QUOTING = "bad_quoting"

#: What a kept file has in place of a row that was taken out, so that lines keep their numbers and can be counted. A row
#: over several lines is replaced by this text and as many line ends, in quotation marks.
WITHHELD_ROW = "#mentor-dw: withheld"

#: All that is kept of a free text (rules.md V14); nothing but blanks is empty.
_FILLED, _EMPTY = "ja", "nej"

_SIDECAR = re.compile(r"\s*([0-9a-fA-F]{64})(?:[ \t]+[^\r\n]*)?\s*")
#: A checksum file is no longer.
SIDECAR_BYTES = 4_096
_DRIFT_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a member.

    `line_number` is the physical line it starts on (the header is 1). `values` are in feed order, empty ones None;
    they are None altogether when `problem` says why the row could not be taken apart: `too_few_fields`,
    `too_many_fields` or `bad_quoting`.
    """

    line_number: int
    # Not in the repr: a row shown by accident, in an error or a log, shows nobody.
    values: tuple[str | None, ...] | None = field(repr=False)
    problem: str | None


@dataclass
class OpenDelivery:
    """A delivery that can be read as a whole. Close it, or use it as a context manager."""

    feed: Feed
    #: members (column None) and columns that the feed does not know, names masked
    drift: list[dict[str, str | None]] = field(default_factory=list)
    _handle: BinaryIO | None = None
    _members: dict[str, zipfile.ZipInfo] = field(default_factory=dict)
    _headers: dict[str, list[str]] = field(default_factory=dict)

    def __enter__(self) -> OpenDelivery:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; rows can no longer be read."""
        if self._handle is not None:
            self._handle.close()

    def rows(self, member: str) -> Iterator[Row]:
        """The rows of `member`, streamed: memory does not grow with the file.

        Raises DeliveryRefused when the content turns out to be unreadable or in a wrong encoding; only a member read
        to its end has had its checksum looked at.
        """
        header = self._headers[member]
        width = len(header)
        places = [header.index(spec.name) for spec in self.feed.members[member].fields]
        # itemgetter of one place gives the value itself, not a tuple of one
        pick = itemgetter(*places) if len(places) > 1 else lambda fields: (fields[places[0]],)
        free_text = [i for i, spec in enumerate(self.feed.members[member].fields) if spec.type == "filled"]
        content = self.records(member)
        next(content)
        for record in content:
            fields = record.fields
            if fields is None:
                yield Row(record.line_number, None, BAD_QUOTING)
            elif len(fields) != width:
                yield Row(record.line_number, None, TOO_FEW_FIELDS if len(fields) < width else TOO_MANY_FIELDS)
            else:
                values = [value or None for value in pick(fields)]
                for place in free_text:
                    values[place] = _FILLED if (values[place] or "").strip() else _EMPTY
                yield Row(record.line_number, tuple(values), None)

    def header(self, member: str) -> list[str]:
        """The columns of `member`, as the file has them."""
        return self._headers[member]

    def records(self, member: str) -> Iterator[Record]:
        """The records of `member`, the header first, as they stand: free text and CPR numbers too.

        Raises DeliveryRefused as `rows` does.
        """
        text = self.feed.text
        return records(
            member_chunks(self._handle, self._members[member]),
            member=member,
            encoding=text.encoding,
            delimiter=text.delimiter,
            quote=text.quote,
        )

    def _note_drift(self, member: str, column: str | None) -> None:
        if len(self.drift) < _DRIFT_LIMIT:
            self.drift.append({"member": shown(member), "column": None if column is None else shown(column)})

    def _check_members(self) -> None:
        missing = [name for name in self.feed.members if name not in self._members]
        if missing:
            raise DeliveryRefused("member_missing", f"missing in the zip file: {', '.join(missing)}", missing[0])
        for name in self.feed.members:
            if self._members[name].file_size == 0:
                raise DeliveryRefused("empty_file", f"the member {name} is empty", name)
        for name in self._members:
            if name not in self.feed.members:
                self._note_drift(name, None)

    def _check_header(self, member: str) -> None:
        first = next(self.records(member), None)
        if first is None:
            raise DeliveryRefused("empty_file", f"the member {member} is empty", member)
        where = f"{member} line {first.line_number}"
        if first.fields is None:
            raise DeliveryRefused("unreadable", f"the header in {where} has broken quotation marks", where)
        known = [spec.name for spec in self.feed.members[member].fields]
        refuse_twice(first.fields, known, member)
        missing = [name for name in known if name not in first.fields]
        if missing:
            where = f"{member}: {', '.join(missing)}"
            raise DeliveryRefused("column_missing", f"columns are missing: {where}", where)
        for name in first.fields:
            if name not in known:
                self._note_drift(member, name)
        self._headers[member] = first.fields


def refuse_twice(names: list[str], known: Collection[str], member: str = "") -> None:
    """Raise DeliveryRefused `duplicate_column` when a name is there twice in a header.

    A name that the feed does not `know` is not shown: without a header, it is a value of the first row.
    """
    name = next((name for name, count in Counter(names).items() if count > 1), None)
    if name is None:
        return
    if name in known:
        where = f"{member}: {name}" if member else name
        raise DeliveryRefused("duplicate_column", f"a column is there twice: {where}", where)
    first = names.index(name)
    where = f"columns {first + 1} and {names.index(name, first + 1) + 1}" + (f" of {member}" if member else "")
    raise DeliveryRefused("duplicate_column", f"{where} have the same name", where)


def is_withheld(fields: list[str]) -> bool:
    """Whether a record stands in place of a row that was taken out of a kept file."""
    return len(fields) == 1 and fields[0].rstrip("\n") == WITHHELD_ROW


def open_delivery(path: Path, feed: Feed) -> OpenDelivery:
    """Open a delivery and look at everything that can be seen without reading the rows.

    Raises DeliveryRefused (source-files "Bad input") in a fixed order: empty file, zip, paths, links, encryption,
    members twice, ratio, missing members, empty members, then header by header in feed order.
    """
    handle = path.open("rb")
    delivery = OpenDelivery(feed=feed, _handle=handle)
    try:
        if not handle.read(1):
            raise DeliveryRefused("empty_file", "the file is empty")
        delivery._members = read_directory(handle)
        delivery._check_members()
        for member in feed.members:
            delivery._check_header(member)
    except BaseException:
        delivery.close()
        raise
    return delivery


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file in lower-case hex."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def check_sha256(path: Path, sha256_hex: str, sidecar: Path) -> None:
    """Compare a delivery's SHA-256 with the checksum file beside it; nothing to do when there is none.

    The file holds 64 hex digits, optionally blanks and the file name (which is not compared: the checksum belongs to
    the file it stands beside). Raises DeliveryRefused `sha_mismatch` also for one that is written otherwise.
    """
    if not sidecar.exists():
        return
    content = b""
    if sidecar.is_file():
        with sidecar.open("rb") as handle:
            content = handle.read(SIDECAR_BYTES + 1)
    name = shown(sidecar.name)
    match = _SIDECAR.fullmatch(content.decode("utf-8-sig", errors="replace"))
    if match is None or len(content) > SIDECAR_BYTES:
        raise DeliveryRefused("sha_mismatch", f"{name} does not hold a SHA-256 of 64 hex digits", name)
    if match[1].lower() != sha256_hex.lower():
        raise DeliveryRefused("sha_mismatch", f"the content of {shown(path.name)} does not match {name}", name)
