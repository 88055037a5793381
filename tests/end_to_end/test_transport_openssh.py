"""A package goes to a real OpenSSH server, whose SFTP is the one most receivers run."""

from __future__ import annotations

import getpass
import hashlib
import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import pyrage
import pytest

from mentor_dw.delivery.transport import send as sending
from mentor_dw.delivery.transport.check import check_connection
from mentor_dw.delivery.transport.connection import ReceiverConnection, own_key_file
from mentor_dw.delivery.transport.errors import TransportRefused, TransportTrouble
from mentor_dw.delivery.transport.receipts import fetch_receipts, parse_receipt
from mentor_dw.delivery.transport.send import send
from mentor_dw.local.ports import LOOPBACK, free_port

pytestmark = pytest.mark.long

STEM = "star_mentorforloeb_2016-03_001"


def sshd() -> str:
    """The server's program, installed from the Debian package where that can be done."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
    # Where systemd runs, the package would start a server for everybody, which is not ours to decide.
    alone = not Path("/run/systemd/system").exists()
    if not shutil.which("sshd", path=path) and alone and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (
            ["apt-get", "update"],
            ["apt-get", "install", "-y", "--no-install-recommends", "openssh-server"],
        ):
            subprocess.run(command, env=quiet, capture_output=True, timeout=300)
    found = shutil.which("sshd", path=path)
    if found is None:
        pytest.fail("No sshd. Install the package openssh-server, then run this again.")
    return found


@dataclass
class OpenSsh:
    """A server for one user, this one, arriving in `root`."""

    root: Path
    port: int
    command: list[str]
    process: subprocess.Popen | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                with socket.create_connection((LOOPBACK, self.port), timeout=1) as line:
                    if line.recv(4) == b"SSH-":
                        return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("sshd does not answer")

    def kill(self) -> None:
        """The server and whoever it is serving."""
        if self.process is not None and self.process.poll() is None:
            serving = psutil.Process(self.process.pid).children(recursive=True)
            for process in serving:
                process.kill()
            self.process.kill()
            self.process.wait()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenSsh]:
    program, folder = sshd(), tmp_path_factory.mktemp("openssh")
    root = folder / "root"
    for name in ("ind", "kvitteringer"):
        (root / name).mkdir(parents=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "host_key")], check=True)
    own = own_key_file("star", folder / "secrets")
    port = free_port()
    public = subprocess.run(["ssh-keygen", "-y", "-f", str(own)], check=True, capture_output=True, text=True).stdout
    (folder / "authorized").write_text(public)
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress {LOOPBACK}\nHostKey {folder}/host_key\nPidFile {folder}/pid\n"
        f"AuthorizedKeysFile {folder}/authorized\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n"
        f"PermitRootLogin prohibit-password\nSubsystem sftp internal-sftp -d {root}\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    running = OpenSsh(root, port, [program, "-D", "-e", "-f", str(folder / "sshd_config")])
    running.start()
    try:
        yield running
    finally:
        running.kill()


@pytest.fixture(scope="module")
def connection(server: OpenSsh) -> ReceiverConnection:
    folder = server.root.parent
    kind, key = (folder / "host_key.pub").read_text().split()[:2]
    return ReceiverConnection(
        receiver="star",
        host=LOOPBACK,
        port=server.port,
        user=getpass.getuser(),
        host_key=f"{kind} {key}",
        private_key=own_key_file("star", folder / "secrets"),
        folder="ind",
        receipts_folder="kvitteringer",
        age_recipient=str(pyrage.x25519.Identity.generate().to_public()),
    )


@pytest.fixture
def package(server: OpenSsh, tmp_path: Path) -> list[Path]:
    """A package of 20 MB, and an empty folder for it."""
    for path in (server.root / "ind").iterdir():
        path.unlink()
    envelope = random.Random(3).randbytes(20_000_000)
    line = f"{hashlib.sha256(envelope).hexdigest()}  {STEM}.zip.age\n".encode()
    contents = {
        f"{STEM}.zip.age": envelope,
        f"{STEM}.zip.age.sha256": line,
        f"{STEM}.zip.age.sig": bytes(64),
        f"{STEM}.klar": line,
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return [tmp_path / name for name in contents]


def lies(server: OpenSsh) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (server.root / "ind").iterdir()}


def test_a_package_is_delivered_and_checked_by_sha256sum(
    server: OpenSsh, connection: ReceiverConnection, package: list[Path]
) -> None:
    assert check_connection(connection).receipts == 0 and lies(server) == {}
    said: list[str] = []
    assert send(connection, package[:-1], package[-1], said.append).bytes_sent > 20_000_000
    assert lies(server) == {path.name: path.read_bytes() for path in package}
    subprocess.run(["sha256sum", "--check", f"{STEM}.zip.age.sha256"], cwd=server.root / "ind", check=True)
    assert send(connection, package[:-1], package[-1], said.append).bytes_sent == 0
    (server.root / "kvitteringer" / f"{STEM}.json").write_text(
        '{"pakke": "%s", "sha256": "%s", "modtaget": "2016-04-14T06:12:00Z", "udfald": "godkendt"}'  # noqa: UP031
        % (STEM, hashlib.sha256(package[0].read_bytes()).hexdigest())
    )
    (raw,) = fetch_receipts(connection)
    assert parse_receipt(raw.content).package == STEM
    Path(server.root / "kvitteringer" / raw.file_name).unlink()


def test_a_delivered_name_is_left_as_it_is(
    server: OpenSsh, connection: ReceiverConnection, package: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "ATTEMPTS", 1)
    target = server.root / "ind" / package[1].name
    target.write_bytes(b"other")
    with pytest.raises(TransportRefused, match="with another content"):
        send(connection, package[:-1], package[-1], lambda line: None)
    assert lies(server) == {package[1].name: b"other"}


def test_its_rename_never_replaces_a_file(
    server: OpenSsh, connection: ReceiverConnection, package: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's file that appears between our look and our rename."""
    monkeypatch.setattr(sending, "ATTEMPTS", 1)
    look, target = sending._Folder._rename, server.root / "ind" / package[0].name

    async def after_a_stranger(self: object, part: str, path: str, file: object) -> None:
        target.write_bytes(b"other")
        await look(self, part, path, file)

    monkeypatch.setattr(sending._Folder, "_rename", after_a_stranger)
    with pytest.raises(TransportRefused, match="with another content"):
        send(connection, package[:-1], package[-1], lambda line: None)
    assert target.read_bytes() == b"other"


def test_a_killed_server_and_a_line_cut_while_sending(
    server: OpenSsh, connection: ReceiverConnection, package: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "ATTEMPTS", 1)
    chance = random.Random()
    for _ in range(6):
        for path in (server.root / "ind").iterdir():
            path.unlink()
        written, after = 0, chance.randrange(1, 20)
        print(f"killed after {after} blocks")

        def kill(line: str, after: int = after) -> None:
            nonlocal written
            written += " of 20,000,000 bytes" in line
            if written == after:
                server.kill()

        monkeypatch.setattr(sending, "PROGRESS_BYTES", 1 << 20)
        with pytest.raises(TransportTrouble):
            send(connection, package[:-1], package[-1], kill)
        assert not (server.root / "ind" / f"{STEM}.klar").exists()
        server.start()
        said: list[str] = []
        send(connection, package[:-1], package[-1], said.append)
        assert lies(server) == {path.name: path.read_bytes() for path in package}


def test_another_host_key_and_no_permission(
    server: OpenSsh, connection: ReceiverConnection, package: list[Path], tmp_path: Path
) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "other")], check=True)
    kind, key = (tmp_path / "other.pub").read_text().split()[:2]
    with pytest.raises(TransportRefused, match="does not show the host key"):
        send(replace(connection, host_key=f"{kind} {key}"), package[:-1], package[-1], lambda line: None)
    with pytest.raises(TransportRefused, match="does not let us in"):
        send(replace(connection, private_key=tmp_path / "other"), package[:-1], package[-1], lambda line: None)
    with pytest.raises(TransportRefused, match="has no folder"):
        send(replace(connection, folder="andet"), package[:-1], package[-1], lambda line: None)
    assert lies(server) == {}
