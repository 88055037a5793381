"""The file of a backup: a tar, closed with age, written and read as a stream; nothing of it lies anywhere in plain.

A part of the backup has no size before it has been read, and a tar wants sizes. So each part `NAME` is cut into pieces
`NAME/000000`, `NAME/000001`, ... Without this program: `age --decrypt -i KEY FILE | tar x`, then `cat NAME/*`.
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyrage

from mentor_dw.errors import MentorDwError
from mentor_dw.secret_files import sync_folder

PIECE_BYTES = 4 << 20
BLOCK_BYTES = 1 << 20
_AGE = b"age-encryption.org/v1"
_NOBODYS = "No matching keys found"


class NotABackup(MentorDwError):
    """A file that is no backup, is damaged, or does not open with the keys given."""


@dataclass(frozen=True)
class Part:
    """What went into the file under a name: its size and SHA-256."""

    bytes: int
    sha256: str


class _Digesting(io.RawIOBase):
    """Writes on, or reads, and takes the SHA-256 of what passes."""

    def __init__(self, raw: BinaryIO) -> None:
        self.raw, self.size, self.digest = raw, 0, hashlib.sha256()

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def write(self, block: Any) -> int:
        self.digest.update(block)
        self.size += len(block)
        return self.raw.write(block)

    def read(self, size: int = -1) -> bytes:
        block = self.raw.read(size)
        self.digest.update(block)
        self.size += len(block)
        return block


class Sealer:
    """Takes the parts, in order. `size` and `sha256` of the whole file are known after its block."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.size, self.sha256 = 0, ""

    def add(self, name: str, blocks: Iterable[bytes], mtime: float = 0) -> Part:
        """Add a part made of `blocks` of any size."""
        digest, size, number = hashlib.sha256(), 0, 0
        waiting = bytearray()
        for block in blocks:
            digest.update(block)
            size += len(block)
            waiting += block
            while len(waiting) >= PIECE_BYTES:
                self._piece(name, number, bytes(waiting[:PIECE_BYTES]), mtime)
                del waiting[:PIECE_BYTES]
                number += 1
        if waiting or not number:
            self._piece(name, number, bytes(waiting), mtime)
        return Part(size, digest.hexdigest())

    def _piece(self, name: str, number: int, content: bytes, mtime: float) -> None:
        info = tarfile.TarInfo(f"{name}/{number:06d}")
        info.size, info.mode, info.mtime = len(content), 0o600, mtime
        self._tar.addfile(info, io.BytesIO(content))
        # It would remember every piece.
        self._tar.members = []


@contextmanager
def sealing(target: Path, key: pyrage.x25519.Recipient) -> Iterator[Sealer]:
    """A file closed to `key` that has its name `target` when it is whole and would survive a power cut, or never.

    Raises MentorDwError when it cannot be written.
    """
    draft = target.with_name(f".{target.name}.part")
    draft.unlink(missing_ok=True)
    reading_end, writing_end = os.pipe()
    failures: list[str] = []
    written: list[_Digesting] = []

    def close_it() -> None:
        with os.fdopen(reading_end, "rb") as plain:
            try:
                with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as raw:
                    written.append(_Digesting(raw))
                    pyrage.encrypt_io(plain, written[0], [key])
                    raw.flush()
                    os.fsync(raw.fileno())
            except (pyrage.EncryptError, OSError) as error:
                failures.append(getattr(error, "strerror", None) or type(error).__name__)

    thread = threading.Thread(target=close_it, name="closing a backup", daemon=True)
    thread.start()
    try:
        # A reader that gave up makes a broken pipe; what it met is told below.
        with (
            suppress(BrokenPipeError),
            os.fdopen(writing_end, "wb") as pipe,
            tarfile.open(fileobj=pipe, mode="w|", format=tarfile.PAX_FORMAT, bufsize=BLOCK_BYTES) as tar,
        ):
            sealer = Sealer(tar)
            yield sealer
        thread.join()
        if failures:
            raise MentorDwError(
                f"{target} could not be written ({failures[0]}).", "See that there is room, and back up again."
            )
        sealer.size, sealer.sha256 = written[0].size, written[0].digest.hexdigest()
        draft.replace(target)
        sync_folder(target.parent)
    finally:
        thread.join()
        draft.unlink(missing_ok=True)


@dataclass
class OpenPart:
    """A part of an opened file: read `blocks` to their end before the next part, or not at all."""

    name: str
    mtime: float
    blocks: Iterator[bytes]


class Opened:
    """An opened file. `size` and `sha256` are those of the closed one, known after its block."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.size, self.sha256 = 0, ""

    def parts(self) -> Iterator[OpenPart]:
        """The parts in their order."""
        member = self._next()
        while member is not None:
            name = _name_of(member)

            def blocks(name: str = name) -> Iterator[bytes]:
                nonlocal member
                while member is not None and _name_of(member) == name:
                    content = self._tar.extractfile(member)
                    while content is not None and (block := content.read(BLOCK_BYTES)):
                        yield block
                    member = self._next()

            part = OpenPart(name, member.mtime, blocks())
            yield part
            for _ in part.blocks:
                pass

    def _next(self) -> tarfile.TarInfo | None:
        member = self._tar.next()
        self._tar.members = []
        if member is not None and not member.isreg():
            raise tarfile.TarError
        return member


@contextmanager
def opened(path: Path, identities: list[pyrage.x25519.Identity]) -> Iterator[Opened]:
    """The file, decrypted as it is read. Raises NotABackup for another file, a damaged one, and a wrong key.

    Damage may show only at the end of the block: what was read before is then worth nothing.
    """
    _must_be_age(path)
    reading_end, writing_end = os.pipe()
    failures: list[BaseException] = []
    read: list[_Digesting] = []

    def open_it() -> None:
        with suppress(BrokenPipeError), os.fdopen(writing_end, "wb") as plain, path.open("rb") as closed:
            read.append(_Digesting(closed))
            try:
                pyrage.decrypt_io(read[0], plain, identities)
            except (pyrage.DecryptError, OSError) as error:
                failures.append(error)

    thread = threading.Thread(target=open_it, name="opening a backup", daemon=True)
    thread.start()
    broken = False
    try:
        with os.fdopen(reading_end, "rb") as plain:
            try:
                with tarfile.open(fileobj=plain, mode="r|", bufsize=BLOCK_BYTES) as tar:
                    found = Opened(tar)
                    yield found
                while plain.read(BLOCK_BYTES):
                    pass
            except (tarfile.TarError, EOFError):
                broken = True
    finally:
        thread.join()
    if failures:
        raise _why(path, failures[0])
    if broken:
        raise NotABackup(f"{path.name} opens, but holds no backup.", "Name a file that `mentor-dw backup` made.")
    found.size, found.sha256 = read[0].size, read[0].digest.hexdigest()


def sealed_blocks(blocks: Iterable[bytes], key: pyrage.x25519.Recipient) -> Iterator[bytes]:
    """`blocks`, closed to `key`, as a stream."""
    return _through(blocks, lambda plain, closed: pyrage.encrypt_io(plain, closed, [key]))


def opened_blocks(blocks: Iterable[bytes], identities: list[pyrage.x25519.Identity]) -> Iterator[bytes]:
    """`blocks` that `sealed_blocks` closed, opened. Raises NotABackup at the end when they do not open."""
    return _through(blocks, lambda closed, plain: pyrage.decrypt_io(closed, plain, identities))


def _through(blocks: Iterable[bytes], work: Callable[[BinaryIO, BinaryIO], object]) -> Iterator[bytes]:
    """What `work` makes of `blocks`, in a thread of its own; a second one brings it the blocks."""
    (from_us, to_work), (from_work, to_us) = os.pipe(), os.pipe()
    failures: list[BaseException] = []

    def bring() -> None:
        with suppress(BrokenPipeError), os.fdopen(to_work, "wb", buffering=0) as target:
            try:
                for block in blocks:
                    view = memoryview(block)
                    while view:
                        view = view[target.write(view) :]
            except (MentorDwError, OSError, tarfile.TarError) as error:
                if not isinstance(error, BrokenPipeError):
                    failures.append(error)

    def do() -> None:
        with suppress(BrokenPipeError), os.fdopen(from_us, "rb") as source, os.fdopen(to_us, "wb") as target:
            try:
                work(source, target)
            except (pyrage.EncryptError, pyrage.DecryptError, OSError) as error:
                failures.append(error)

    threads = [threading.Thread(target=one, daemon=True) for one in (bring, do)]
    for thread in threads:
        thread.start()
    try:
        with os.fdopen(from_work, "rb") as made:
            while block := made.read(BLOCK_BYTES):
                yield block
    finally:
        for thread in threads:
            thread.join()
    if failures:
        if isinstance(failures[0], MentorDwError):
            raise failures[0]
        raise NotABackup("A file in the backup does not open.", "The keys are not those of the data; name others.")


def _must_be_age(path: Path) -> None:
    try:
        with path.open("rb") as file:
            beginning = file.read(len(_AGE))
    except OSError as error:
        raise NotABackup(f"{path} cannot be read ({error.strerror}).") from None
    if beginning != _AGE:
        raise NotABackup(f"{path.name} is no backup: it is not closed with age.", "Name a file of `mentor-dw backup`.")


def _why(path: Path, error: BaseException) -> NotABackup:
    if _NOBODYS in str(error):
        return NotABackup(
            f"None of the keys opens {path.name}.",
            "Name the private key of the pair it was closed to (--key); the line of the backup in `mentor-dw backups` "
            "shows the public one.",
        )
    return NotABackup(
        f"{path.name} is damaged: it does not decrypt to its end.", "Take another copy of it, or an older backup."
    )


def _name_of(member: tarfile.TarInfo) -> str:
    return member.name.rpartition("/")[0]
