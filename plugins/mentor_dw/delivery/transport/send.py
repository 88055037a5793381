"""Sending a package: every file under a temporary name, compared on the other side, renamed; the marker last.

However often it is called, and wherever the line broke before, the same files lie there in the end, each once. What
lies there decides what is left to do; nothing is remembered here. No name that was delivered is ever written over.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import asyncssh
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from mentor_dw.delivery.transport.connection import ReceiverConnection
from mentor_dw.delivery.transport.errors import TransportRefused, TransportTrouble
from mentor_dw.delivery.transport.receipts import ReceiptUnreadable, parse_receipt, read_receipt, receipt_names
from mentor_dw.delivery.transport.session import open_session, soon

Say = Callable[[str], None]

#: A package is tried so often in one call, with pauses that grow from a second; the DAG tries again later.
ATTEMPTS = 4
LONGEST_PAUSE_SECONDS = 20
#: What is written or read in one step. Within it the server may take the pieces in any order.
BLOCK_BYTES = 1 << 20
#: A line of progress is said whenever so much of a file went over.
PROGRESS_BYTES = 16 << 20
PART = ".part"
MARKER_SUFFIX = ".klar"


@dataclass(frozen=True)
class Sent:
    """A package that lies complete in the receiver's folder, its marker beside it.

    `names`: the files, the marker last. `bytes_sent`: how much went over the line in this call, 0 when all of it lay
    there. `taken`: names that the receiver has taken away already, which its marker or receipt proves. `verified` says
    how the content was compared: servers seldom offer a checksum, so every byte is read back and its SHA-256 taken.
    """

    names: tuple[str, ...]
    bytes_sent: int
    taken: tuple[str, ...] = ()
    verified: str = "SHA-256 of what was read back"


def send(connection: ReceiverConnection, files: Sequence[Path], marker: Path, say: Say) -> Sent:
    """Bring `files`, and then `marker`, into the receiver's folder, each under its own name.

    What lies there complete is compared and left; an upload that broke off goes on after what is right of it. Raises
    TransportTrouble when it did not work in several attempts: called again, it goes on. Raises TransportRefused when
    a person must act: other content under one of the names, host key, permission, no folder.
    """
    package = [_Local.of(path) for path in (*files, marker)]

    def pause(state: RetryCallState) -> None:
        say(f"{state.outcome.exception().message} Trying again." if state.outcome else "Trying again.")

    attempts = Retrying(
        retry=retry_if_exception_type(TransportTrouble),
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential_jitter(initial=1, max=LONGEST_PAUSE_SECONDS),
        before_sleep=pause,
        reraise=True,
    )
    return attempts(lambda: asyncio.run(_deliver(connection, package, say)))


@dataclass(frozen=True)
class _Local:
    """A file of ours."""

    path: Path
    size: int
    sha256: str

    @classmethod
    def of(cls, path: Path) -> _Local:
        with path.open("rb") as file:
            return cls(path, path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest())

    @property
    def name(self) -> str:
        return self.path.name


async def _deliver(connection: ReceiverConnection, package: Sequence[_Local], say: Say) -> Sent:
    """One attempt."""
    names = tuple(file.name for file in package)
    async with open_session(connection) as sftp:
        folder = _Folder(sftp, connection, say)
        await folder.must_be_there()
        lying = {file.name for file in package if await folder.holds(file)}
        missing = tuple(name for name in names if name not in lying)
        # The marker was put there when all of it lay there; what is missing beside it was taken by the receiver.
        if package[-1].name in lying or (missing and await folder.is_receipted(package[-1])):
            return Sent(names, 0, missing)
        for file in package:
            if file.name in missing:
                try:
                    await folder.put(file)
                except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
                    raise TransportTrouble(f"{file.name} went away at {connection.where} while it was sent.") from None
        return Sent(names, folder.bytes_sent)


class _Folder:
    """The receiver's folder during one session."""

    def __init__(self, sftp: asyncssh.SFTPClient, connection: ReceiverConnection, say: Say) -> None:
        self._sftp, self._connection, self._say = sftp, connection, say
        self.bytes_sent = 0

    async def must_be_there(self) -> None:
        """Raises TransportRefused when there is no such folder."""
        if not await soon(self._sftp.isdir(self._connection.folder)):
            raise TransportRefused(
                f"{self._connection.where} has no folder {self._connection.folder}.",
                f"Ask {self._connection.receiver} for it, or name another one (mentor-dw receiver-add --replace).",
            )

    async def holds(self, file: _Local) -> bool:
        """Whether `file` lies there complete. Raises TransportRefused when its name has another content."""
        path = self._path(file.name)
        size = await self._size(path)
        if size is None:
            return False
        if size != file.size or await self._sha256(path) != file.sha256:
            raise TransportRefused(
                f"{self._connection.where} holds {file.name} with another content than ours. It was left as it is.",
                "A delivered name is never used again: find out who put it there; a new delivery gets the next number.",
            )
        # A server that renames by linking may have been stopped between the new name and the end of the old one.
        await self._remove(f"{path}{PART}")
        return True

    async def is_receipted(self, marker: _Local) -> bool:
        """Whether a receipt of the receiver, named by the stem, says that it got what `marker` announces."""
        stem, announced = marker.name.removesuffix(MARKER_SUFFIX), marker.path.read_text(encoding="utf-8").split()
        folder = self._connection.receipts_folder
        if not await soon(self._sftp.isdir(folder)):
            return False
        for name in await receipt_names(self._sftp, folder):
            if stem in name:
                try:
                    receipt = parse_receipt((await read_receipt(self._sftp, folder, name)).content)
                except ReceiptUnreadable:
                    continue
                if receipt.package == stem and receipt.sha256 in announced:
                    return True
        return False

    async def put(self, file: _Local) -> None:
        """Bring a file whose name is free: upload, compare, rename, look."""
        path = self._path(file.name)
        part = f"{path}{PART}"
        with file.path.open("rb") as local:
            done = await self._right_so_far(part, local)
            if done:
                self._say(f"{file.name}: goes on after {done:,} of {file.size:,} bytes, which are right")
            await self._upload(part, local, done, file)
        if await self._size(part) != file.size or await self._sha256(part) != file.sha256:
            await self._remove(part)
            raise TransportTrouble(f"{file.name} arrived at {self._connection.where} with another content.")
        await self._rename(part, path, file)
        if await self._size(path) != file.size:
            raise TransportTrouble(f"{file.name} is not at {self._connection.where} after its last step.")
        self._say(f"{file.name}: {file.size:,} bytes lie there, compared by SHA-256 of what was read back")

    async def _right_so_far(self, part: str, local: BinaryIO) -> int:
        """How many bytes of an upload that broke off are as they should be; the rest of it is cut off."""
        size = await self._size(part)
        if size is None:
            return 0
        right = 0
        theirs = await soon(self._sftp.open(part, "rb"))
        while (block := await soon(theirs.read(BLOCK_BYTES))) and local.read(len(block)) == block:
            right += len(block)
        await soon(theirs.close())
        if right == size:
            return right
        try:
            await soon(self._sftp.truncate(part, right))
        except (asyncssh.SFTPOpUnsupported, asyncssh.SFTPFailure, asyncssh.SFTPPermissionDenied):
            await self._remove(part)
            return 0
        return right

    async def _upload(self, part: str, local: BinaryIO, done: int, file: _Local) -> None:
        local.seek(done)
        theirs = await soon(self._sftp.open(part, "r+b" if done else "wb"))
        while block := local.read(BLOCK_BYTES):
            await soon(theirs.write(block, done))
            self.bytes_sent += len(block)
            if (done + len(block)) // PROGRESS_BYTES > done // PROGRESS_BYTES:
                self._say(f"{file.name}: {done + len(block):,} of {file.size:,} bytes")
            done += len(block)
        # An extension of OpenSSH; without it the server writes to its disk when it likes.
        with suppress(asyncssh.SFTPOpUnsupported):
            await soon(theirs.fsync())
        await soon(theirs.close())

    async def _rename(self, part: str, path: str, file: _Local) -> None:
        """Give the file its name. The plain rename of SFTP 3 fails where the name exists."""
        try:
            await soon(self._sftp.rename(part, path))
        except (asyncssh.SFTPFailure, asyncssh.SFTPFileAlreadyExists, asyncssh.SFTPNoSuchFile):
            if not await self.holds(file):  # or somebody sends the same at the same time, and was first
                raise

    async def _size(self, path: str) -> int | None:
        """Bytes of a file; None when it is not there."""
        try:
            return (await soon(self._sftp.stat(path))).size
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPNoSuchPath):
            return None

    async def _sha256(self, path: str) -> str:
        digest = hashlib.sha256()
        file = await soon(self._sftp.open(path, "rb"))
        while block := await soon(file.read(BLOCK_BYTES)):
            digest.update(block)
        await soon(file.close())
        return digest.hexdigest()

    async def _remove(self, path: str) -> None:
        """Remove what is ours and unfinished, if it is there."""
        if await self._size(path) is not None:
            await soon(self._sftp.remove(path))

    def _path(self, name: str) -> str:
        return f"{self._connection.folder.rstrip('/')}/{name}"
