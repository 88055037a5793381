"""An envelope is checked with the tools that the følgebrev names, and what was changed does not open."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyrage
import pytest
from small_extract import facts, specification, tables

from mentor_dw.delivery.package.envelope import Envelope, EnvelopeDamaged, close, open_envelope
from mentor_dw.delivery.package.files import write_files
from mentor_dw.delivery.package.gate import PackageRefused
from mentor_dw.identity.ring import new_key
from mentor_dw.identity.signing import Signature, public_key_pem, sign, verifies

KEY = new_key("signing")
PUBLIC = public_key_pem(KEY)
STEM = "star_forloeb_2016-03_001"


@pytest.fixture(scope="module")
def receiver() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package") / "plain"
    spec = specification()
    write_files(folder, spec, tables(), facts(spec))
    return folder


@pytest.fixture
def envelope(plain: Path, tmp_path: Path, receiver: pyrage.x25519.Identity) -> Envelope:
    signed: list[str] = []

    def signing(content: bytes, what: str) -> Signature:
        signed.append(what)
        return sign(KEY, content)

    closed = close(plain, STEM, str(receiver.to_public()), signing, tmp_path)
    assert signed == [f"{STEM} manifest.json", f"{STEM}.zip.age.sha256"]
    return closed


def test_public_tools_check_and_open_it(
    envelope: Envelope, plain: Path, receiver: pyrage.x25519.Identity, tmp_path: Path
) -> None:
    folder = envelope.path.parent
    assert sorted(path.name for path in folder.iterdir()) == [
        f"{STEM}.klar",
        f"{STEM}.zip.age",
        f"{STEM}.zip.age.sha256",
        f"{STEM}.zip.age.sig",
    ]
    done = subprocess.run(
        ["sha256sum", "--check", envelope.checksum.name], cwd=folder, capture_output=True, check=False
    )
    assert done.returncode == 0
    assert envelope.marker.read_bytes() == envelope.checksum.read_bytes()
    assert envelope.sha256 == hashlib.sha256(envelope.path.read_bytes()).hexdigest()
    assert (envelope.bytes, envelope.key_id) == (envelope.path.stat().st_size, KEY.key_id)
    must_verify(envelope.checksum, envelope.signature, tmp_path)
    # The same as `age --decrypt` does, by the library's simplest way.
    opened = tmp_path / "opened.zip"
    opened.write_bytes(pyrage.decrypt(envelope.path.read_bytes(), [receiver]))
    with zipfile.ZipFile(opened) as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "opened")
    must_verify(tmp_path / "opened" / "manifest.json", tmp_path / "opened" / "manifest.json.sig", tmp_path)
    listed = json.loads((tmp_path / "opened" / "manifest.json").read_bytes())["files"]
    assert {file["name"]: file["sha256"] for file in listed} == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (tmp_path / "opened").iterdir()
        if not path.name.startswith("manifest.json")
    }
    assert (tmp_path / "opened" / "forloeb.csv").read_bytes() == (plain / "forloeb.csv").read_bytes()


def test_it_opens_for_its_receiver_only(envelope: Envelope, receiver: pyrage.x25519.Identity, tmp_path: Path) -> None:
    manifest = open_envelope(envelope.path, receiver, tmp_path / "opened", [PUBLIC])
    assert (manifest["package"], manifest["sequence"]) == (STEM, 1)
    assert (tmp_path / "opened" / "foelgebrev.md").exists()
    with pytest.raises(EnvelopeDamaged, match="does not open"):
        open_envelope(envelope.path, pyrage.x25519.Identity.generate(), tmp_path / "other", [PUBLIC])
    with pytest.raises(EnvelopeDamaged, match="not the house's signature"):
        open_envelope(envelope.path, receiver, tmp_path / "third", [public_key_pem(new_key("signing"))])
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def _flip_and_count_again(envelope: Envelope) -> None:
    _flip(envelope.path)
    sha256 = hashlib.sha256(envelope.path.read_bytes()).hexdigest()
    envelope.checksum.write_text(f"{sha256}  {envelope.path.name}\n")


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda envelope: _flip(envelope.path), "checksum"),
        (lambda envelope: _flip(envelope.signature), "signature"),
        (lambda envelope: envelope.signature.unlink(), "signature"),
        (_flip_and_count_again, "signature"),
    ],
)
def test_what_was_changed_on_the_way_is_not_opened(
    envelope: Envelope,
    receiver: pyrage.x25519.Identity,
    tmp_path: Path,
    harm: Callable[[Envelope], None],
    told: str,
) -> None:
    harm(envelope)
    with pytest.raises(EnvelopeDamaged, match=told):
        open_envelope(envelope.path, receiver, tmp_path / "opened", [PUBLIC])
    assert not (tmp_path / "opened").exists()


def test_only_what_the_manifest_lists_is_closed(plain: Path, tmp_path: Path, receiver: pyrage.x25519.Identity) -> None:
    recipient = str(receiver.to_public())
    for name, harm in {
        "more": lambda folder: (folder / "note.txt").write_text("x"),
        "less": lambda folder: (folder / "forloeb.csv").unlink(),
        "other": lambda folder: _flip(folder / "forloeb.csv"),
    }.items():
        folder = tmp_path / name
        shutil.copytree(plain, folder)
        harm(folder)
        with pytest.raises(EnvelopeDamaged, match="not as the manifest"):
            close(folder, STEM, recipient, lambda content, _: sign(KEY, content))
    with pytest.raises(PackageRefused, match=f"is not {STEM[:-1]}2"):
        close(plain, f"{STEM[:-1]}2", recipient, lambda content, _: sign(KEY, content), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["less", "more", "other"]


def test_a_key_that_is_none_is_named_before_anything_is_written(plain: Path, tmp_path: Path) -> None:
    with pytest.raises(PackageRefused, match="no public age key"):
        close(plain, STEM, "age1xyz", lambda content, _: sign(KEY, content), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_path_out_of_the_folder_is_not_followed(
    envelope: Envelope, tmp_path: Path, receiver: pyrage.x25519.Identity
) -> None:
    """Signed by us and all: as if the key had been stolen."""
    with zipfile.ZipFile(tmp_path / "plain.zip", "w") as archive:
        archive.writestr("../outside.txt", "x")
    pyrage.encrypt_file(str(tmp_path / "plain.zip"), str(envelope.path), [receiver.to_public()])
    line = f"{hashlib.sha256(envelope.path.read_bytes()).hexdigest()}  {envelope.path.name}\n".encode()
    envelope.checksum.write_bytes(line)
    envelope.signature.write_bytes(sign(KEY, line).value)
    with pytest.raises(EnvelopeDamaged, match="no plain file"):
        open_envelope(envelope.path, receiver, tmp_path / "opened", [PUBLIC])
    assert not (tmp_path / "outside.txt").exists()


def must_verify(path: Path, signature: Path, aside: Path) -> None:
    """Check a signature as the følgebrev says (by the library where there is no openssl). A changed file must fail."""
    assert signature.stat().st_size == 64
    key, other = aside / "mentor-dw.pem", aside / "changed"
    key.write_text(PUBLIC)
    other.write_bytes(path.read_bytes() + b" ")
    if shutil.which("openssl") is None:
        assert verifies(PUBLIC, path.read_bytes(), signature.read_bytes())
        assert not verifies(PUBLIC, other.read_bytes(), signature.read_bytes())
        return
    for content, expected in ((path, 0), (other, 1)):
        command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", key, "-rawin", "-in", content, "-sigfile"]
        done = subprocess.run([*command, signature], capture_output=True, check=False)
        assert done.returncode == expected, done.stderr
