"""Bad zip deliveries: one thing of a good delivery changed, so that it must be refused for that alone."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from .planted import BadFile, Planted
from .writing import entry, publish, sha256

_BOMB_BYTES = 64 * 1024 * 1024
#: A change of one member: its name and content in, what the new file holds out.
Change = Callable[[str, bytes], list[tuple[str, bytes]]]


def rewrite(good: Path, target: Path, change: Change, day: date, *, link: str | None = None) -> None:
    """A copy of a delivery with its members changed; `link` names a member that becomes a symbolic link."""
    part = target.with_name(target.name + ".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _members(good, change):
            info = entry(name, day)
            if name == link:
                info.external_attr = 0o120777 << 16
            archive.writestr(info, content)
    publish(part, target, checksum=False)


def _members(good: Path, change: Change) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(good) as archive:
        for name in archive.namelist():
            yield from change(name, archive.read(name))


def bomb(good: Path, target: Path, member: str, day: date) -> None:
    """The delivery with a member that unpacks to a thousand times its size."""
    part = target.with_name(target.name + ".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _members(good, same):
            if name != member:
                archive.writestr(entry(name, day), content)
                continue
            with archive.open(entry(name, day), "w") as sink:
                sink.write(content)
                blank = b" " * 65536
                for _ in range(_BOMB_BYTES // len(blank)):
                    sink.write(blank)
    publish(part, target, checksum=False)


def same(name: str, content: bytes) -> list[tuple[str, bytes]]:
    """No change."""
    return [(name, content)]


def replace(member: str, new: Callable[[bytes], bytes]) -> Change:
    """Another content of `member`."""
    return lambda name, content: [(name, new(content) if name == member else content)]


def rename(member: str, new: str | None) -> Change:
    """`member` under another name, or gone."""

    def change(name: str, content: bytes) -> list[tuple[str, bytes]]:
        if name != member:
            return [(name, content)]
        return [(new, content)] if new else []

    return change


def header(member: str, old: bytes, new: bytes) -> Change:
    """Another name in the header, which is where the name first stands."""
    return replace(member, lambda content: content.replace(old, new, 1))


def third_column_twice(content: bytes) -> bytes:
    """Header and rows with their third field repeated; the member has no quoted fields."""
    rows = [line.split(b";") for line in io.BytesIO(content).readlines()]
    return b"".join(b";".join([*row[:3], *row[2:]]) for row in rows)


def last_field_spoilt(value: bytes) -> Callable[[bytes], bytes]:
    """Another value in the last field of every twentieth row; the member has no quoted line breaks."""

    def spoil(content: bytes) -> bytes:
        lines = io.BytesIO(content).readlines()
        for number in range(1, len(lines), 20):
            end = b"\r\n" if lines[number].endswith(b"\r\n") else b"\n"
            fields = lines[number].split(b";")
            lines[number] = b";".join([*fields[:-1], value + end])
        return b"".join(lines)

    return spoil


@dataclass(frozen=True)
class Faults:
    """Where a source's zip is hurt: the members for each fault, and how its encoding is made wrong.

    `path`, `link`, `bomb`, `missing`, `twice` and `empty` are members; `link_to` is what the link points at; `column`
    is a member with a name in its header and another one; `spoilt` a member with a bad value for its last field.
    """

    path: str
    link: str
    link_to: str
    bomb: str
    missing: str
    column: tuple[str, bytes, bytes]
    twice: str
    encodings: tuple[tuple[Change, str], ...]
    empty: str
    spoilt: tuple[str, bytes]


def plant_zips(
    days: Iterator[tuple[Path, date]],
    good: Path,
    base: Path,
    small: Path,
    faults: Faults,
    planted: Planted,
    earliest: tuple[Path, date] | None = None,
) -> list[Path]:
    """Write a bad file for every reason to refuse a delivery, and two to be left alone: a duplicate and an upload.

    `days` gives names after `good` with the day each covers. Files whose rows are never judged are made from `base`;
    `small` has less than half of the rows of `good`. `earliest` is a name before every good delivery, where nothing is
    compared with what came before: then `base` is enough for the file that is refused for its rows. Returns the paths
    written and adds to `planted.files`.
    """
    written: list[Path] = []

    def note(path: Path, code: str, what: str) -> None:
        planted.files.append(BadFile(path.name, "refused", code, what))
        written.append(path)

    def changed(change: Change, code: str, what: str, source: Path = base, at: tuple[Path, date] | None = None) -> None:
        path, day = at or next(days)
        rewrite(source, path, change, day)
        note(path, code, what)

    path, day = next(days)
    rewrite(good, path, same, day)
    beside = path.with_name(path.name + ".sha256")
    beside.write_text(f"{sha256(good)}  {path.name}\n", encoding="ascii")
    note(path, "sha_mismatch", "the checksum beside it is that of another file")
    written.append(beside)

    path, _ = next(days)
    path.write_bytes(base.read_bytes()[: base.stat().st_size * 2 // 3])
    note(path, "unreadable", "truncated zip")
    path, _ = next(days)
    path.write_text("Dette er ikke en zip-fil.\n", encoding="utf-8")
    note(path, "unreadable", "not a zip")

    changed(rename(faults.path, f"../{faults.path}"), "zip_path", "a member with a path")
    path, day = next(days)
    rewrite(base, path, replace(faults.link, lambda content: faults.link_to.encode()), day, link=faults.link)
    note(path, "zip_link", "a member that is a link")
    path, day = next(days)
    bomb(base, path, faults.bomb, day)
    note(path, "zip_ratio", "a member with an absurd compression ratio")
    changed(rename(faults.missing, None), "member_missing", "a member is missing")
    changed(header(*faults.column), "column_missing", "a column is missing")
    changed(replace(faults.twice, third_column_twice), "duplicate_column", "a column is there twice")
    for change, what in faults.encodings:
        changed(change, "wrong_encoding", what)
    path, _ = next(days)
    path.write_bytes(b"")
    note(path, "empty_file", "a file without a byte")
    changed(replace(faults.empty, lambda content: b""), "empty_file", "a member without a byte")
    changed(same, "too_few_rows", "less than half of the rows of the delivery before it", small)
    member, value = faults.spoilt
    spoil = replace(member, last_field_spoilt(value))
    what = "more than 2 pct of a member's rows are bad"
    changed(spoil, "too_many_bad_rows", what, base if earliest else good, earliest)

    path, _ = next(days)
    shutil.copyfile(good, path)
    planted.files.append(BadFile(path.name, "duplicate", None, f"the bytes of {good.name}"))
    written.append(path)
    path, _ = next(days)
    path = path.with_name(path.name + ".part")
    path.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    planted.files.append(BadFile(path.name, "waiting", None, "an upload in progress"))
    written.append(path)
    return written
