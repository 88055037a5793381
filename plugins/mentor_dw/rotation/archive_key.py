"""The archive key: every kept file closed with the new one, while files are kept and read.

New files are closed with the new key from the first moment. A kept file is opened and closed again as a stream, so its
plain text is never on the disk, and takes its own place in one step. The old key goes when it has nothing left to open.
"""

from __future__ import annotations

import hashlib
import io
import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import IO

import pyrage

from mentor_dw.config import Settings
from mentor_dw.delivery.flow_places import KEPT, LOCK
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.ring import Key, read_ring, write_ring
from mentor_dw.ingest.keep import ENCRYPTED
from mentor_dw.ingest.lock import source_lock
from mentor_dw.rotation.record import Connection, Rotation, Say, note
from mentor_dw.secret_files import sync_folder

_DRAFT = ".rotating"


def carry_out(settings: Settings, ledger: Connection, rotation: Rotation, say: Say) -> None:
    """Go on from wherever the rotation is. Its new key is current, and the old one in the ring as leaving.

    Raises MentorDwError naming a kept file that opens with neither: the old key then stays until a person has decided.
    """
    new, *leaving = read_ring("archive", settings.secrets)
    identities = [_identity(key) for key in leaving]
    closed = checked = 0
    for source, path in _kept(settings):
        # One file at a time: deliveries of the source go on in between.
        with source_lock(source):
            if not path.is_file():
                continue
            if not opens(path, _identity(new)):
                _close_again(path, identities, _identity(new))
                closed += 1
                say(f"{path.name}: closed with the new key")
            if any(opens(path, identity) for identity in identities):
                raise MentorDwError(f"{path.name} still opens with the old key.", "Run the rotation again.")
            checked += 1
    note(ledger, rotation, checked, {"closed_in_the_last_run": closed, "open_with_the_new_key_only": checked})
    write_ring("archive", settings.secrets, [new])


def with_leaving(ring: tuple[Key, ...], new: Key) -> list[Key]:
    """The ring with a new current key; the others still open what they closed."""
    return [new, *(replace(key, state="leaving") for key in ring)]


def opens(path: Path, identity: pyrage.x25519.Identity) -> bool:
    """Whether the file can be opened with the key; its first bytes tell."""
    enough = _Enough()
    try:
        with path.open("rb") as closed:
            pyrage.decrypt_io(closed, enough, [identity])
    except (pyrage.DecryptError, OSError):
        return enough.opened
    return True


class _Damaged(Exception):
    """A file that does not open whole with any key."""


class _Enough(io.RawIOBase):
    """Stops the decryption at the first bytes that come out of it."""

    opened = False

    def writable(self) -> bool:
        return True

    def write(self, content: bytes) -> int:  # type: ignore[override]
        self.opened = True
        raise OSError("enough")


def _kept(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Source and place of each kept file. Whoever holds a source's lock later closes files with the new key."""
    for folder in sorted(path for path in settings.archive.iterdir() if path.is_dir()):
        with source_lock(folder.name):
            for left in folder.glob(".*.part"):
                left.unlink()  # of a killed run, and never read
            for left in folder.glob(f".*{_DRAFT}"):
                left.unlink()
            found = sorted(folder.glob(f"*{ENCRYPTED}"))
        for path in found:
            yield folder.name, path
    # Copies of what was delivered to receivers.
    with source_lock(LOCK):
        for left in settings.outbox.glob(f"*/*/.*{_DRAFT}"):
            left.unlink()
        found = sorted(settings.outbox.glob(f"*/*/*{KEPT}"))
    for path in found:
        yield LOCK, path


def _close_again(path: Path, leaving: list[pyrage.x25519.Identity], new: pyrage.x25519.Identity) -> None:
    """Put the file, closed with the new key, in its own place. Raises MentorDwError when it does not open whole."""
    draft = path.with_name(f".{path.name}{_DRAFT}")
    try:
        before = _Digest()
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
                _pipe(path, leaving, new, target, before)
                target.flush()
                os.fsync(target.fileno())
        except _Damaged:
            raise MentorDwError(
                f"The kept file {path.name} is damaged or was closed with a key that is not here any more.",
                "Restore it from a backup, or remove it when nobody needs it; then run the rotation again.",
            ) from None
        after = _Digest()
        with draft.open("rb") as closed:
            pyrage.decrypt_io(closed, after, [new])
        if after.value != before.value:
            raise MentorDwError(f"{path.name} is not the same after it was closed again.", "It was left as it was.")
        draft.replace(path)
        sync_folder(path.parent)
    finally:
        draft.unlink(missing_ok=True)


def _pipe(
    path: Path, leaving: list[pyrage.x25519.Identity], new: pyrage.x25519.Identity, target: IO[bytes], digest: _Digest
) -> None:
    """Open the file in a thread and close it again in this one. Raises _Damaged when it does not open whole."""
    reading_end, writing_end = os.pipe()
    failures: list[Exception] = []

    def decrypt() -> None:
        with os.fdopen(writing_end, "wb") as plain, path.open("rb") as closed, suppress(BrokenPipeError):
            try:
                pyrage.decrypt_io(closed, _Both(plain, digest), leaving)
            except pyrage.DecryptError:
                failures.append(_Damaged())
            except OSError as error:
                # Without a number it is not the system that failed: the content is not what was closed once.
                failures.append(_Damaged() if error.errno is None else error)

    thread = threading.Thread(target=decrypt, name="decrypting", daemon=True)
    thread.start()
    try:
        with os.fdopen(reading_end, "rb") as plain:
            pyrage.encrypt_io(plain, target, [new.to_public()])
    finally:
        thread.join()
    if failures:
        raise failures[0]


class _Digest:
    """Takes bytes and keeps their SHA-256."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()

    def write(self, content: bytes) -> int:
        self._hash.update(content)
        return len(content)

    def flush(self) -> None:
        """Nothing waits."""

    @property
    def value(self) -> str:
        return self._hash.hexdigest()


class _Both:
    """Writes to a file and into a digest."""

    def __init__(self, target: IO[bytes], digest: _Digest) -> None:
        self._target, self._digest = target, digest

    def write(self, content: bytes) -> int:
        self._digest.write(content)
        return self._target.write(content)

    def flush(self) -> None:
        self._target.flush()


def _identity(key: Key) -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.from_str(key.secret or "")
