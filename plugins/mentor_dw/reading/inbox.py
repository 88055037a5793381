"""Which deliveries wait in an inbox folder."""

from __future__ import annotations

import os
import re
import stat
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import Feed
from mentor_dw.masking import mask_value

UPLOADING = ".part"
SIDECAR = ".sha256"
#: No register is larger (six million wide rows are 60 GB): a file with holes can say that it is a million times that,
#: and would be read to its end.
MOST_BYTES = 200_000_000_000


@dataclass(frozen=True)
class InboxFile:
    """A file whose name is a delivery's. `changed_at` and `modified_at` are seconds since the epoch."""

    path: Path
    name: str
    #: the covered day or month as the name says it: 2011-02-28 or 2011-02
    covers: str
    #: when the file or its checksum file last changed in content or place
    changed_at: float
    modified_at: float


@dataclass(frozen=True)
class Waiting:
    """What lies in a folder: `ready` in the order of taking, `unsettled` yet, and the names, masked, of what is no
    delivery: by its name, because it is no file, or because it is larger than any delivery can be."""

    ready: list[InboxFile] = field(default_factory=list)
    unsettled: list[InboxFile] = field(default_factory=list)
    unrecognised: list[str] = field(default_factory=list)


def covers_of(feed: Feed, name: str) -> str | None:
    """The day or month a file name says it covers; None when the name is no delivery's, the day does not exist, or it
    has not begun (a mistyped year would overtake every delivery until then). A day is allowed for other clocks."""
    match = re.fullmatch(feed.file.pattern, name, re.ASCII)
    if match is None:
        return None
    covers = match["covers"]
    try:
        first = date.fromisoformat(covers if feed.file.covers == "day" else f"{covers}-01")
    except ValueError:
        return None
    return covers if first <= date.today() + timedelta(days=1) else None


def sidecar_of(path: Path) -> Path:
    """Where the checksum file of a delivery lies when it has one."""
    return path.with_name(path.name + SIDECAR)


def mark_of(path: Path) -> str:
    """Changes when the file does. Raises MentorDwError when it is gone."""
    try:
        facts = path.stat()
    except FileNotFoundError:
        raise MentorDwError(f"There is no file {path.name} any more.", "Have it sent again.") from None
    return f"{facts.st_ino} {facts.st_size} {facts.st_mtime_ns}"


def waiting(feed: Feed, folder: Path, settle_seconds: int, now: float | None = None) -> Waiting:
    """What lies in `folder`, in the order covered date, modification time, name.

    An upload in progress (`.part`) and hidden files are left alone; a checksum file belongs to its delivery. A file is
    settled when it and its checksum file have not changed for `settle_seconds`. Links and folders are never taken.
    """
    moment = time.time() if now is None else now
    found = Waiting()
    if not folder.is_dir():
        return found
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries)
    for name in names:
        if name.startswith(".") or name.endswith(UPLOADING):
            continue
        if name.endswith(SIDECAR) and covers_of(feed, name.removesuffix(SIDECAR)):
            continue
        path = folder / name
        covers = covers_of(feed, name)
        if covers is None or path.is_symlink() or path.is_dir():
            found.unrecognised.append(mask_value(name, personal=False) or "")
            continue
        times = _times(path, moment)
        if times is None:
            continue
        if is_too_large(path):
            found.unrecognised.append(name)
            continue
        changed, modified = times
        beside = _times(sidecar_of(path), moment)
        changed = max(changed, beside[0]) if beside else changed
        file = InboxFile(path=path, name=name, covers=covers, changed_at=changed, modified_at=modified)
        (found.ready if moment - changed >= settle_seconds else found.unsettled).append(file)
    for files in (found.ready, found.unsettled):
        files.sort(key=lambda file: (file.covers, file.modified_at, file.name))
    return found


def is_too_large(path: Path) -> bool:
    """Whether the file is larger than any delivery can be."""
    try:
        return path.lstat().st_size > MOST_BYTES
    except FileNotFoundError:
        return False


def _times(path: Path, moment: float) -> tuple[float, float] | None:
    """(last change, last modification) of a plain file; None when it is gone or something else.

    A modification time in the future (a copy that keeps the sender's wrong clock) says nothing about now.
    """
    try:
        facts = path.lstat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(facts.st_mode):
        return None
    changed = facts.st_ctime if facts.st_mtime > moment else max(facts.st_mtime, facts.st_ctime)
    return changed, facts.st_mtime
