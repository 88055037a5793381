"""The process of the demo receiver: `python -m mentor_dw.local.demo_receiving FOLDER` (see local/demo_receiver.py).

It has nothing of the house but its public keys, and judges with public libraries only, as a real receiver would: what
is wrong with our packages shows here. A marker is what makes it look; it looks again after it was stopped.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import sys
import tempfile
import zipfile
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path

import asyncssh
import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from mentor_dw.config import COPENHAGEN
from mentor_dw.local.demo_receiver import (
    AUTHORIZED,
    FILES,
    FOLDER,
    HOST_KEY,
    HOUSE_KEY,
    IDENTITY,
    RECEIPTS,
    RECEIVERS,
    SETTINGS,
)
from mentor_dw.local.ports import LOOPBACK

LOOK_SECONDS = 0.3
MARKER = ".klar"
#: How a folder begins whose content is no longer closed.
_OPENED = ".opened_"


class Refused(Exception):
    """A package that is refused; the text is the reason as the receipt gives it, in Danish and without any value."""


class _Visitor(asyncssh.SFTPServer):
    """One login: sees the files of its user, as its root, and can make no links out of there."""

    def __init__(self, channel: asyncssh.SSHServerChannel, folder: Path) -> None:
        user = channel.get_connection().get_extra_info("username")
        super().__init__(channel, chroot=str(folder / user / FILES).encode())

    def symlink(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPPermissionDenied("no links here")

    def link(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPPermissionDenied("no links here")


class _Login(asyncssh.SSHServer):
    """Lets each of the receivers' users in by its own key, and nobody else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._line = conn

    def begin_auth(self, username: str) -> bool:
        if username in RECEIVERS:
            keys = (self._folder / username / AUTHORIZED).read_text(encoding="utf-8")
            self._line.set_authorized_keys(asyncssh.import_authorized_keys(keys))
        return True


async def serve(folder: Path) -> None:
    """Take files and answer, until the process is ended."""
    for opened in folder.glob(f"*/{_OPENED}*"):  # by one that was killed
        shutil.rmtree(opened)
    port = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))["port"]
    async with await asyncssh.listen(
        LOOPBACK,
        port,
        reuse_address=True,
        server_factory=lambda: _Login(folder),
        server_host_keys=[str(folder / HOST_KEY)],
        sftp_factory=lambda channel: _Visitor(channel, folder),
    ):
        while True:
            for name in RECEIVERS:
                for stem in unanswered(folder / name):
                    said = await asyncio.to_thread(answer, folder, name, stem)
                    print(f"{datetime.now(COPENHAGEN).isoformat(timespec='seconds')} {name} {stem}: {said}", flush=True)
            await asyncio.sleep(LOOK_SECONDS)


def unanswered(receiver: Path) -> list[str]:
    """Packages whose marker lies there and that have no receipt."""
    answered = {path.stem for path in (receiver / FILES / RECEIPTS).glob("*.json")}
    lying = {path.name.removesuffix(MARKER) for path in (receiver / FILES / FOLDER).glob(f"*{MARKER}")}
    return sorted(lying - answered)


def answer(folder: Path, name: str, stem: str) -> str:
    """Judge a package and write its receipt; the outcome."""
    files = folder / name / FILES
    sha256 = _sha256(files / FOLDER / f"{stem}.zip.age")
    receipt = {
        "pakke": stem,
        "sha256": sha256,
        "modtaget": datetime.now(COPENHAGEN).isoformat(timespec="seconds"),
        "udfald": "godkendt",
        "begrundelse": "",
    }
    try:
        judge(folder, name, stem, sha256)
    except Refused as reason:
        receipt |= {"udfald": "afvist", "begrundelse": str(reason)}
    except Exception as error:  # whatever lies there, it is answered, and the next one is looked at
        receipt |= {"udfald": "afvist", "begrundelse": f"Pakken kunne ikke behandles ({type(error).__name__})."}
    path = files / RECEIPTS / f"{stem}.json"
    part = path.with_suffix(".part")
    part.write_text(json.dumps(receipt, ensure_ascii=False, indent=1), encoding="utf-8")
    part.rename(path)
    return receipt["udfald"]


def judge(folder: Path, name: str, stem: str, sha256: str) -> None:
    """Raises Refused with what is wrong with the package."""
    lying = folder / name / FILES / FOLDER
    envelope, checksum = lying / f"{stem}.zip.age", lying / f"{stem}.zip.age.sha256"
    signature = lying / f"{stem}.zip.age.sig"
    for path in (envelope, checksum, signature):
        if not path.is_file():
            raise Refused(f"Filen {path.suffix} mangler, selv om markøren ligger der.")
    line = checksum.read_bytes()
    if line.decode("utf-8", "replace").split() != [sha256, envelope.name]:
        raise Refused("Checksummen passer ikke til kuverten.")
    if (lying / f"{stem}{MARKER}").read_bytes() != line:
        raise Refused("Markøren passer ikke til checksummen.")
    house = load_pem_public_key((folder / HOUSE_KEY).read_bytes())
    _must_be_signed(house, line, signature, "checksummen")
    with tempfile.TemporaryDirectory(dir=folder / name, prefix=_OPENED) as opened:
        plain = Path(opened)
        _open(envelope, folder / name / IDENTITY, plain)
        if not (plain / "manifest.json").is_file():
            raise Refused("Pakken har intet manifest.")
        _must_be_signed(house, (plain / "manifest.json").read_bytes(), plain / "manifest.json.sig", "manifestet")
        _must_be_as_listed(plain)
        _must_follow_its_schema(plain / "datapackage.json")
    told = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))
    for pattern, reason in told["refuse"].items():
        if fnmatchcase(stem, pattern):
            raise Refused(reason)


def _open(envelope: Path, identity: Path, into: Path) -> None:
    key = pyrage.x25519.Identity.from_str(identity.read_text(encoding="utf-8").strip())
    archive = into / ".zip"
    try:
        pyrage.decrypt_file(str(envelope), str(archive), [key])
    except pyrage.DecryptError:
        raise Refused("Kuverten kan ikke dekrypteres med vores nøgle.") from None
    try:
        with zipfile.ZipFile(archive) as opened:
            opened.extractall(into)
    except zipfile.BadZipFile:
        raise Refused("Kuverten indeholder ikke en ZIP-fil.") from None
    archive.unlink()


def _must_be_signed(key: object, content: bytes, signature: Path, what: str) -> None:
    try:
        if not isinstance(key, Ed25519PublicKey) or not signature.is_file():
            raise InvalidSignature
        key.verify(signature.read_bytes(), content)
    except InvalidSignature:
        raise Refused(f"Signaturen på {what} passer ikke.") from None


def _must_be_as_listed(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_bytes())
    listed = {file["name"]: file["sha256"] for file in manifest["files"]}
    there = {path.name: _sha256(path) for path in folder.iterdir() if not path.name.startswith("manifest.json")}
    if there != listed:
        raise Refused("Filerne i pakken er ikke dem, som manifestet nævner.")


def _must_follow_its_schema(descriptor: Path) -> None:
    from frictionless import Package  # takes a second to import

    if not descriptor.is_file():
        raise Refused("Pakken har intet skema (datapackage.json).")
    report = Package(str(descriptor)).validate()
    if not report.valid:
        # Kinds of errors only: their notes hold values.
        kinds = {error.type for error in report.errors} | {e.type for task in report.tasks for e in task.errors}
        raise Refused(f"Data følger ikke skemaet ({', '.join(sorted(kinds))}).")


def _sha256(path: Path) -> str:
    if not path.is_file():
        return "0" * 64
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    os.umask(0o077)
    asyncio.run(serve(Path(sys.argv[1])))
