"""The envelope: all files of a package in one ZIP, closed to the receiver's key (age), with its checksum and signature.

What lies on the receiver's side is checked with tools that everybody has: `sha256sum --check`, `openssl pkeyutl
-verify -rawin`, `age --decrypt`. Everything is written under a passing name and renamed when it is whole.
"""

from __future__ import annotations

import os
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage

from mentor_dw.delivery.package.archive import add_file
from mentor_dw.delivery.package.gate import PackageRefused
from mentor_dw.delivery.package.manifest import MANIFEST, MANIFEST_SIGNATURE, read_manifest
from mentor_dw.identity.signing import Signature, verifies
from mentor_dw.reading.archive import sha256_of
from mentor_dw.secret_files import sync_folder

ENDING = ".zip.age"
#: Signs content; the text names what it is, such as a file. `ledger/signatures.py` enters it into the ledger.
Sign = Callable[[bytes, str], Signature]


@dataclass(frozen=True)
class Envelope:
    """What goes to the receiver. `files` in the order of sending, then `marker`, which says that the rest is there."""

    path: Path
    checksum: Path
    signature: Path
    marker: Path
    sha256: str
    bytes: int
    key_id: str

    @property
    def files(self) -> tuple[Path, Path, Path]:
        return self.path, self.checksum, self.signature


class EnvelopeDamaged(PackageRefused):
    """An envelope, or something in it, that is not what was closed."""


def close(folder: Path, stem: str, recipient: str, sign: Sign, out: Path | None = None) -> Envelope:
    """Close the plain files of `folder` into `stem`.zip.age in `out` (beside `folder`, when not said).

    `recipient` is the receiver's public key (age1...). Signs the manifest, then the line of the checksum; both stand in
    the ledger when `sign` puts them there. Raises PackageRefused when the folder holds other than its manifest says
    or another package, and when the key is none.
    """
    out = out or folder.parent
    try:
        key = pyrage.x25519.Recipient.from_str(recipient)
    except pyrage.RecipientError:
        raise PackageRefused(
            "The receiver's key is no public age key (age1...).", "Ask the receiver for it; see docs/receivers.md."
        ) from None
    if must_be_as_listed(folder)["package"] != stem:
        raise PackageRefused(f"The package in {folder.name} is not {stem}.", "Close it under its own name.")
    signature = sign((folder / MANIFEST).read_bytes(), f"{stem} {MANIFEST}")
    (folder / MANIFEST_SIGNATURE).write_bytes(signature.value)
    path = out / f"{stem}{ENDING}"
    _seal(folder, path, key)
    sha256 = sha256_of(path)
    line = f"{sha256}  {path.name}\n".encode()
    signature = sign(line, f"{path.name}.sha256")
    envelope = Envelope(
        path=path,
        checksum=out / f"{path.name}.sha256",
        signature=out / f"{path.name}.sig",
        marker=out / f"{stem}.klar",
        sha256=sha256,
        bytes=path.stat().st_size,
        key_id=signature.key_id,
    )
    for target, content in ((envelope.checksum, line), (envelope.signature, signature.value), (envelope.marker, line)):
        with _whole(target) as draft:
            draft.write_bytes(content)
    return envelope


def _seal(folder: Path, target: Path, key: Any) -> None:
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".closing") as aside, _whole(target) as draft:
        plain = Path(aside) / "plain.zip"
        with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in _in_order(folder):
                add_file(archive, path, path.name)
        pyrage.encrypt_file(str(plain), str(draft), [key])


def open_envelope(path: Path, identity: Any, folder: Path, public_keys: Sequence[str]) -> dict[str, Any]:
    """Check and open an envelope as its receiver would: the manifest, whose files now lie in `folder`.

    Looks for the checksum and the signature beside `path`. `identity` is the receiver's (`pyrage.x25519.Identity`),
    `public_keys` are PEM texts of which one must fit. Raises EnvelopeDamaged saying what does not hold.
    """
    line = path.with_name(f"{path.name}.sha256").read_bytes()
    if line != f"{sha256_of(path)}  {path.name}\n".encode():
        raise EnvelopeDamaged(f"The checksum of {path.name} does not fit.")
    _must_be_signed(line, path.with_name(f"{path.name}.sig"), public_keys)
    _unseal(path, identity, folder)
    manifest = must_be_as_listed(folder)
    _must_be_signed((folder / MANIFEST).read_bytes(), folder / MANIFEST_SIGNATURE, public_keys)
    return manifest


def _unseal(path: Path, identity: Any, folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".opening") as aside:
        plain = Path(aside) / "plain.zip"
        try:
            pyrage.decrypt_file(str(path), str(plain), [identity])
            with zipfile.ZipFile(plain) as archive:
                for entry in archive.infolist():
                    if not _is_plain(entry):
                        raise EnvelopeDamaged(f"{path.name} holds what is no plain file.")
                    archive.extract(entry, folder)
        except (pyrage.DecryptError, zipfile.BadZipFile, OSError) as error:
            raise EnvelopeDamaged(f"{path.name} does not open ({type(error).__name__}).") from None


def must_be_as_listed(folder: Path) -> dict[str, Any]:
    """The manifest of a folder. Raises EnvelopeDamaged when other files lie there, or a file is another."""
    try:
        manifest = read_manifest(folder / MANIFEST)
        listed = {file["name"]: file["sha256"] for file in manifest["files"]}
    except (OSError, ValueError, KeyError, TypeError):
        raise EnvelopeDamaged(f"{folder.name} has no manifest that can be read.") from None
    there = {path.name for path in folder.iterdir()} - {MANIFEST, MANIFEST_SIGNATURE}
    wrong = sorted(there ^ set(listed)) or sorted(name for name in there if sha256_of(folder / name) != listed[name])
    if wrong:
        raise EnvelopeDamaged(f"{wrong[0]} is not as the manifest of {folder.name} lists it.")
    return manifest


def _in_order(folder: Path) -> Iterator[Path]:
    """The files as the manifest lists them, then the manifest and its signature."""
    for file in read_manifest(folder / MANIFEST)["files"]:
        yield folder / file["name"]
    yield folder / MANIFEST
    yield folder / MANIFEST_SIGNATURE


def _must_be_signed(content: bytes, signature: Path, public_keys: Sequence[str]) -> None:
    if not signature.is_file() or not any(verifies(key, content, signature.read_bytes()) for key in public_keys):
        raise EnvelopeDamaged(f"{signature.name} is not the house's signature of the file.")


def _is_plain(entry: zipfile.ZipInfo) -> bool:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    return Path(entry.filename).name == entry.filename and kind in (0, stat.S_IFREG)


@contextmanager
def _whole(target: Path) -> Iterator[Path]:
    """A passing name to write to; the file has its own name when it is complete and would survive a power cut."""
    draft = target.with_name(f".{target.name}.part")
    draft.unlink(missing_ok=True)
    try:
        yield draft
        with draft.open("rb") as file:
            os.fsync(file.fileno())
        draft.replace(target)
        sync_folder(target.parent)
    finally:
        draft.unlink(missing_ok=True)
