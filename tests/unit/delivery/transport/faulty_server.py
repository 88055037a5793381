"""A real SFTP server in a thread that breaks at a chosen operation, and a line to it that is cut after so many bytes.

It remembers what a receiver would have seen: every file that got its name, in order.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import pyrage

from mentor_dw.delivery.transport.connection import ReceiverConnection

OPERATIONS = ("open", "close", "read", "write", "stat", "setstat", "remove", "rename", "fsync", "scandir")
FOLDER, RECEIPTS = "ind", "kvitteringer"


@dataclass
class Fault:
    """What happens at the `at`-th operation (from 0), or at the first one that `op` and `path` fit.

    `before`: what is raised or called before it is done; or the line is cut ("cut"), the server killed ("kill"), or no
    answer ever comes ("hang"). `after`: done, and the line cut, or the server killed; of a write "half" or "spoilt"
    reaches the disk.
    """

    at: int | None = None
    op: str | None = None
    path: str = ""
    before: Exception | Callable[[], object] | str | None = None
    after: str | None = None
    met: bool = False

    def fits(self, number: int, op: str, path: str) -> bool:
        if self.met:
            return False
        return number == self.at if self.at is not None else op == self.op and self.path in path


@dataclass
class Place:
    """The receiver's side of one delivery: its folders, what was done there, what goes wrong."""

    root: Path
    fault: Fault | None = None
    operations: list[str] = field(default_factory=list)
    named: list[str] = field(default_factory=list)
    at_marker: dict[str, str] | None = None

    def __post_init__(self) -> None:
        for name in (FOLDER, RECEIPTS):
            (self.root / name).mkdir(parents=True)

    @property
    def folder(self) -> Path:
        return self.root / FOLDER

    def holds(self) -> dict[str, str]:
        """Every file of the folder and its SHA-256."""
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in self.folder.iterdir()}


class _Sftp(asyncssh.SFTPServer):
    """The session of one login: every operation is counted, and may meet the fault of its place."""

    def __init__(self, channel: asyncssh.SSHServerChannel, place: Place, house: FaultyServer) -> None:
        self._place, self._house, self._handles = place, house, {}
        super().__init__(channel, chroot=str(place.root).encode())

    def _at(self, op: str, path: str, do: Callable[[], Any]) -> Any:
        place, number = self._place, len(self._place.operations)
        place.operations.append(f"{op} {path}")
        fault = place.fault if place.fault and place.fault.fits(number, op, path) else None
        if fault is None:
            return do()
        fault.met = True
        if isinstance(fault.before, Exception):
            raise fault.before
        if callable(fault.before):
            fault.before()
        elif fault.before == "hang":
            return asyncio.sleep(600)
        elif fault.before:
            self._break(fault.before)
        done = do()
        if fault.after and fault.after != "spoilt":
            self._break(fault.after)
        return done

    def _break(self, how: str) -> None:
        if how == "kill":
            self._house.abort_everything()
        else:
            self.channel.get_connection().abort()
        raise asyncssh.SFTPConnectionLost("cut")

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
        name = Path(path.decode()).name
        file = self._at("open", name, lambda: asyncssh.SFTPServer.open(self, path, pflags, attrs))
        self._handles[file] = name
        return file

    def close(self, file_obj: Any) -> Any:
        name = self._handles.pop(file_obj, "")
        return self._at("close", name, lambda: asyncssh.SFTPServer.close(self, file_obj))

    def read(self, file_obj: Any, offset: int, size: int) -> Any:
        name = self._handles[file_obj]
        return self._at("read", name, lambda: asyncssh.SFTPServer.read(self, file_obj, offset, size))

    def write(self, file_obj: Any, offset: int, data: bytes) -> Any:
        fault, name = self._place.fault, self._handles[file_obj]
        if fault and fault.fits(len(self._place.operations), "write", name):
            data = {"half": data[: len(data) // 2], "spoilt": bytes(len(data))}.get(fault.after, data)
        return self._at("write", name, lambda: asyncssh.SFTPServer.write(self, file_obj, offset, data))

    def stat(self, path: bytes) -> Any:
        return self._at("stat", Path(path.decode()).name, lambda: asyncssh.SFTPServer.stat(self, path))

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> Any:
        return self._at("setstat", Path(path.decode()).name, lambda: asyncssh.SFTPServer.setstat(self, path, attrs))

    def remove(self, path: bytes) -> Any:
        return self._at("remove", Path(path.decode()).name, lambda: asyncssh.SFTPServer.remove(self, path))

    def fsync(self, file_obj: Any) -> Any:
        return self._at("fsync", self._handles[file_obj], lambda: asyncssh.SFTPServer.fsync(self, file_obj))

    def scandir(self, path: bytes) -> Any:
        return self._at("scandir", Path(path.decode()).name, lambda: asyncssh.SFTPServer.scandir(self, path))

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        def do() -> None:
            asyncssh.SFTPServer.rename(self, oldpath, newpath)
            name = Path(newpath.decode()).name
            self._place.named.append(name)
            if name.endswith(".klar"):
                self._place.at_marker = self._place.holds()

        return self._at("rename", Path(newpath.decode()).name, do)

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
        raise AssertionError("a rename that overwrites was asked for")


class FaultyServer:
    """The server, listening on 127.0.0.1 while the block runs. `place` is where the next login arrives."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._number = folder, 0
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self._client_key = asyncssh.generate_private_key("ssh-ed25519")
        self._key_file = folder / "client_key"
        self._key_file.write_bytes(self._client_key.export_private_key())
        self._key_file.chmod(0o600)
        self._age = str(pyrage.x25519.Identity.generate().to_public())
        self.place = Place(folder / "0")
        self.port = 0
        self.carried = 0  # bytes that went over the last proxied line
        self._acceptor: asyncssh.SSHAcceptor | None = None
        self._proxy: asyncio.Server | None = None
        self._lines: set[asyncssh.SSHServerConnection] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def __enter__(self) -> FaultyServer:
        self._thread.start()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def new_place(self, fault: Fault | None = None) -> Place:
        """Fresh, empty folders for the next login."""
        self._number += 1
        self.place = Place(self._folder / str(self._number), fault)
        return self.place

    def start(self, *host_keys: asyncssh.SSHKey) -> None:
        """Listen, on the port it had before; with other host keys than the agreed one where they are given."""
        self._acceptor = self._run(self._listen(host_keys or (self.host_key,)))
        self.port = self._acceptor.get_port()

    def kill(self) -> None:
        """Stop listening and break every line."""
        self._run(self._stop())

    def abort_everything(self) -> None:
        """As `kill`, from inside of an operation."""
        if self._acceptor is not None:
            self._acceptor.close()
        for line in list(self._lines):
            line.abort()

    def connection(self, **changes: Any) -> ReceiverConnection:
        """How to reach it."""
        facts = {
            "receiver": "star",
            "host": "127.0.0.1",
            "port": self.port,
            "user": "kommune",
            "host_key": self.host_key.export_public_key().decode().strip(),
            "private_key": self._key_file,
            "folder": FOLDER,
            "receipts_folder": RECEIPTS,
            "age_recipient": self._age,
        }
        return ReceiverConnection(**(facts | changes))

    def proxied(self, cut_after: int | None, reset: bool = True) -> ReceiverConnection:
        """How to reach it over a line that breaks, once, when so many bytes went over it in both directions."""
        self._run(self._close_proxy())
        left = [cut_after]
        self.carried = 0

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            there, back = await asyncio.open_connection("127.0.0.1", self.port)
            await asyncio.gather(pump(reader, back, writer), pump(there, writer, back))

        async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter, other: asyncio.StreamWriter) -> None:
            try:
                while data := await source.read(4096):
                    self.carried += len(data)
                    if left[0] is not None and len(data) >= left[0]:
                        sink.write(data[: left[0]])
                        await sink.drain()
                        left[0] = None
                        for one in (sink, other):
                            if reset:
                                linger = struct.pack("ii", 1, 0)
                                one.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                            one.transport.abort()
                        return
                    if left[0] is not None:
                        left[0] -= len(data)
                    sink.write(data)
                    await sink.drain()
            except OSError:
                return
            finally:
                sink.close()

        async def listen() -> asyncio.Server:
            return await asyncio.start_server(serve, "127.0.0.1", 0)

        self._proxy = self._run(listen())
        return self.connection(port=self._proxy.sockets[0].getsockname()[1])

    async def _listen(self, host_keys: tuple[asyncssh.SSHKey, ...]) -> asyncssh.SSHAcceptor:
        lines = self._lines

        class Login(asyncssh.SSHServer):
            def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
                self._line = conn
                lines.add(conn)

            def connection_lost(self, exc: Exception | None) -> None:
                lines.discard(self._line)

        return await asyncssh.listen(
            "127.0.0.1",
            self.port,
            reuse_address=True,
            server_factory=Login,
            server_host_keys=list(host_keys),
            authorized_client_keys=asyncssh.import_authorized_keys(self._client_key.export_public_key().decode()),
            sftp_factory=lambda channel: _Sftp(channel, self.place, self),
        )

    async def _stop(self) -> None:
        await self._close_proxy()
        if self._acceptor is not None:
            self.abort_everything()
            await self._acceptor.wait_closed()
            self._acceptor = None

    async def _close_proxy(self) -> None:
        if self._proxy is not None:
            self._proxy.close()
            self._proxy = None

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)
