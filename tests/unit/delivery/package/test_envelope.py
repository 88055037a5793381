"""An envelope is checked with the tools that the følgebrev names, and what was changed does not open."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
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
TOOLS = ["sha256sum", "openssl", "age", "unzip", "cd", "openssl", "frictionless"]


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


def test_what_a_receiver_gets(envelope: Envelope, plain: Path) -> None:
    folder = envelope.path.parent
    assert sorted(path.name for path in folder.iterdir()) == [
        f"{STEM}.klar",
        f"{STEM}.zip.age",
        f"{STEM}.zip.age.sha256",
        f"{STEM}.zip.age.sig",
    ]
    assert envelope.marker.read_bytes() == envelope.checksum.read_bytes()
    assert envelope.sha256 == hashlib.sha256(envelope.path.read_bytes()).hexdigest()
    assert (envelope.bytes, envelope.key_id) == (envelope.path.stat().st_size, KEY.key_id)
    assert envelope.signature.stat().st_size == (plain / "manifest.json.sig").stat().st_size == 64


def test_the_commands_of_the_letter_check_and_open_it(
    envelope: Envelope, plain: Path, receiver: pyrage.x25519.Identity
) -> None:
    folder = envelope.path.parent
    (folder / "mentor-dw.pem").write_text(PUBLIC)
    (folder / "noegle.txt").write_text(f"{receiver}\n")
    commands = (plain / "foelgebrev.md").read_text(encoding="utf-8").split("```sh\n")[1].split("\n```")[0].splitlines()
    assert [line.split()[0] for line in commands] == TOOLS
    for line in commands:
        if line.startswith("cd "):
            folder /= line.removeprefix("cd ")
        else:
            run(line, folder)
    listed = json.loads((folder / "manifest.json").read_bytes())["files"]
    there = {path.name: path for path in folder.iterdir() if not path.name.startswith("manifest.json")}
    assert {file["name"]: file["sha256"] for file in listed} == {
        name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in there.items()
    }
    assert there["forloeb.csv"].read_bytes() == (plain / "forloeb.csv").read_bytes()
    # And they can fail: another byte in the manifest, another in the checksum.
    (folder / "manifest.json").write_bytes((folder / "manifest.json").read_bytes() + b" ")
    checksum = envelope.checksum.read_bytes()
    envelope.checksum.write_bytes((b"1" if checksum.startswith(b"0") else b"0") + checksum[1:])
    for line, at in ((commands[5], folder), (commands[0], folder.parent), (commands[1], folder.parent)):
        with pytest.raises(Failed):
            run(line, at)


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


class Failed(Exception):
    """A tool found that something does not hold."""


def run(line: str, folder: Path) -> None:
    """Run a command of the letter. `age` and `unzip` are not on every machine, nor is openssl: then by the library."""
    tool, *words = shlex.split(line)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    if shutil.which(tool, path=path):
        done = subprocess.run(["bash", "-c", line], cwd=folder, env=os.environ | {"PATH": path}, capture_output=True)
        if done.returncode:
            raise Failed(done.stderr.decode())
        return
    after = {one: words[at + 1] for at, one in enumerate(words[:-1]) if one.startswith("-")}
    match tool:
        case "age":
            identity = pyrage.x25519.Identity.from_str((folder / after["--identity"]).read_text().strip())
            (folder / after["--output"]).write_bytes(pyrage.decrypt((folder / words[-1]).read_bytes(), [identity]))
        case "unzip":
            with zipfile.ZipFile(folder / words[0]) as archive:
                archive.extractall(folder / after["-d"])
        case "openssl":
            key, content, signature = ((folder / after[one]) for one in ("-inkey", "-in", "-sigfile"))
            if not verifies(key.read_text(), content.read_bytes(), signature.read_bytes()):
                raise Failed(line)
        case _:
            raise AssertionError(f"{tool} is on every machine")
