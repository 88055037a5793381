"""Bad files, one for every reason to refuse a delivery, and two that must be left alone: a duplicate, an upload."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from .planted import BadFile, Planted
from .writing import entry, publish, sha256

_FIRST_DAY = date(2010, 4, 1)
_BOMB_BYTES = 64 * 1024 * 1024
#: A change of one member: its name and content in, what the new file holds out.
Change = Callable[[str, bytes], list[tuple[str, bytes]]]


def plant_files(folder: Path, good: Path, small: Path, planted: Planted) -> list[Path]:
    """Write the bad files into `folder`, made from the delivery `good`; `small` has less than half of its rows.

    Each covers a day of its own after `good`. Returns the paths written and adds to `planted.files`.
    """
    days = (_FIRST_DAY + timedelta(days=number) for number in range(100))
    written: list[Path] = []

    def name() -> Path:
        return folder / f"webreg_{next(days).isoformat()}.zip"

    def note(path: Path, code: str, what: str) -> None:
        planted.files.append(BadFile(path.name, "refused", code, what))
        written.append(path)

    def changed(change: Change, code: str, what: str) -> None:
        path = name()
        _rewrite(good, path, change)
        note(path, code, what)

    path = name()
    _rewrite(good, path, _same)
    beside = path.with_name(path.name + ".sha256")
    beside.write_text(f"{sha256(good)}  {path.name}\n", encoding="ascii")
    note(path, "sha_mismatch", "the checksum beside it is that of another file")
    written.append(beside)

    path = name()
    path.write_bytes(good.read_bytes()[: good.stat().st_size * 2 // 3])
    note(path, "unreadable", "truncated zip")
    path = name()
    path.write_text("Dette er ikke en zip-fil.\n", encoding="utf-8")
    note(path, "unreadable", "not a zip")

    changed(_rename("jobcentre.csv", "../jobcentre.csv"), "zip_path", "a member with a path")
    path = name()
    _rewrite(good, path, _replace("jobcentre.csv", lambda content: b"borgere.csv"), link="jobcentre.csv")
    note(path, "zip_link", "a member that is a link")
    path = name()
    _bomb(good, path)
    note(path, "zip_ratio", "a member with an absurd compression ratio")
    changed(_rename("tilknytninger.csv", None), "member_missing", "a member is missing")
    changed(_header("tidsforbrug.csv", b";minutter;", b";varighed;"), "column_missing", "a column is missing")
    changed(_replace("borgere.csv", _third_column_twice), "duplicate_column", "a column is there twice")
    changed(_replace("virksomheder.csv", _in_windows_1252), "wrong_encoding", "a member in Windows-1252")
    path = name()
    path.write_bytes(b"")
    note(path, "empty_file", "a file without a byte")
    changed(_replace("opgaver.csv", lambda content: b""), "empty_file", "a member without a byte")
    path = name()
    _rewrite(small, path, _same)
    note(path, "too_few_rows", "less than half of the rows of the delivery before it")
    changed(_replace("tidsforbrug.csv", _spoil), "too_many_bad_rows", "more than 2 pct of a member's rows are bad")

    path = name()
    shutil.copyfile(good, path)
    planted.files.append(BadFile(path.name, "duplicate", None, f"the bytes of {good.name}"))
    written.append(path)
    path = name()
    path = path.with_name(path.name + ".part")
    path.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    planted.files.append(BadFile(path.name, "waiting", None, "an upload in progress"))
    written.append(path)
    return written


def _rewrite(good: Path, target: Path, change: Change, *, link: str | None = None) -> None:
    """A copy of a delivery with its members changed; `link` names a member that becomes a symbolic link."""
    part = target.with_name(target.name + ".part")
    day = date.fromisoformat(target.stem.removeprefix("webreg_"))
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


def _bomb(good: Path, target: Path) -> None:
    """The delivery with a first member that unpacks to a thousand times its size."""
    part = target.with_name(target.name + ".part")
    day = date.fromisoformat(target.stem.removeprefix("webreg_"))
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in _members(good, _same):
            if name != "virksomheder.csv":
                archive.writestr(entry(name, day), content)
                continue
            with archive.open(entry(name, day), "w") as sink:
                sink.write(content)
                blank = b" " * 65536
                for _ in range(_BOMB_BYTES // len(blank)):
                    sink.write(blank)
    publish(part, target, checksum=False)


def _same(name: str, content: bytes) -> list[tuple[str, bytes]]:
    return [(name, content)]


def _replace(member: str, new: Callable[[bytes], bytes]) -> Change:
    return lambda name, content: [(name, new(content) if name == member else content)]


def _rename(member: str, new: str | None) -> Change:
    """`member` under another name, or gone."""

    def change(name: str, content: bytes) -> list[tuple[str, bytes]]:
        if name != member:
            return [(name, content)]
        return [(new, content)] if new else []

    return change


def _header(member: str, old: bytes, new: bytes) -> Change:
    """Another name in the header, which is where the name first stands."""
    return _replace(member, lambda content: content.replace(old, new, 1))


def _in_windows_1252(content: bytes) -> bytes:
    return content.decode("utf-8").encode("cp1252")


def _third_column_twice(content: bytes) -> bytes:
    """Header and rows with their third field repeated; the member has no quoted fields."""
    rows = [line.split(b";") for line in io.BytesIO(content).readlines()]
    return b"".join(b";".join([*row[:3], *row[2:]]) for row in rows)


def _spoil(content: bytes) -> bytes:
    """A code that does not exist in every twentieth row."""
    lines = io.BytesIO(content).readlines()
    for number in range(1, len(lines), 20):
        fields = lines[number].split(b";")
        lines[number] = b";".join([*fields[:-1], b"FERIE\n"])
    return b"".join(lines)
