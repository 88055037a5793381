"""The file of a backup: what goes in comes out, and whatever is not that file is refused."""

from __future__ import annotations

import hashlib
import io
import os
import resource
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest

from mentor_dw.backup.sealed import PIECE_BYTES, NotABackup, opened, opened_blocks, sealed_blocks, sealing
from mentor_dw.errors import MentorDwError

#: An empty part, a small one, one that ends with a piece, one of several pieces.
PARTS = {
    "empty": b"",
    "files/a b/æ": b"small",
    "one piece": os.urandom(PIECE_BYTES),
    "dump": os.urandom(2 * PIECE_BYTES + 17),
}


@pytest.fixture(scope="module")
def identity() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


@pytest.fixture(scope="module")
def closed(identity: pyrage.x25519.Identity, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("to") / "house.data.age"
    with sealing(path, identity.to_public()) as sealer:
        for name, content in PARTS.items():
            part = sealer.add(name, _odd_blocks(content), mtime=1_000_000)
            assert (part.bytes, part.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert sealer.size == path.stat().st_size
    assert sealer.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.stat().st_mode & 0o777 == 0o600
    return path


def _odd_blocks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), 777_777):
        yield content[start : start + 777_777]


def read(path: Path, *identities: pyrage.x25519.Identity) -> dict[str, bytes]:
    with opened(path, list(identities)) as backup:
        return {part.name: b"".join(part.blocks) for part in backup.parts()}


def test_what_goes_in_comes_out(closed: Path, identity: pyrage.x25519.Identity) -> None:
    assert read(closed, pyrage.x25519.Identity.generate(), identity) == PARTS


def test_parts_that_nobody_reads_are_passed_over(closed: Path, identity: pyrage.x25519.Identity) -> None:
    with opened(closed, [identity]) as backup:
        assert [(part.name, part.mtime) for part in backup.parts()] == [(name, 1_000_000) for name in PARTS]
    assert backup.sha256 == hashlib.sha256(closed.read_bytes()).hexdigest()


def test_it_opens_without_this_program(closed: Path, identity: pyrage.x25519.Identity) -> None:
    with tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(closed.read_bytes(), [identity]))) as tar:
        pieces = sorted(name for name in tar.getnames() if name.startswith("dump/"))
        assert b"".join(tar.extractfile(name).read() for name in pieces) == PARTS["dump"]


def test_another_key_does_not_open_it(closed: Path) -> None:
    with pytest.raises(NotABackup, match="None of the keys opens house.data.age"):
        read(closed, pyrage.x25519.Identity.generate())


@pytest.mark.parametrize("kept", [0.0, 0.001, 0.5, 0.9999])
def test_a_truncated_file_is_refused(
    closed: Path, identity: pyrage.x25519.Identity, tmp_path: Path, kept: float
) -> None:
    short = tmp_path / "short.data.age"
    short.write_bytes(closed.read_bytes()[: int(kept * closed.stat().st_size)])
    with pytest.raises(NotABackup, match="short.data.age is (damaged|no backup)"):
        read(short, identity)


@pytest.mark.parametrize("place", [30, 300, 5_000_000, -1])
def test_one_flipped_bit_is_found(closed: Path, identity: pyrage.x25519.Identity, tmp_path: Path, place: int) -> None:
    content = bytearray(closed.read_bytes())
    content[place] ^= 1
    flipped = tmp_path / "flipped.data.age"
    flipped.write_bytes(content)
    with pytest.raises(NotABackup, match="flipped.data.age"):
        read(flipped, identity)


def test_other_files_are_refused(identity: pyrage.x25519.Identity, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_bytes(b"something else")
    with pytest.raises(NotABackup, match="it is not closed with age"):
        read(plain, identity)
    other = tmp_path / "other.age"
    other.write_bytes(pyrage.encrypt(b"something else" * 100, [identity.to_public()]))
    with pytest.raises(NotABackup, match="holds no backup"):
        read(other, identity)
    with pytest.raises(NotABackup, match="cannot be read"):
        read(tmp_path / "nowhere", identity)


def test_a_link_in_the_tar_is_refused(identity: pyrage.x25519.Identity, tmp_path: Path) -> None:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        link = tarfile.TarInfo("files/archive/x/000000")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    path = tmp_path / "link.age"
    path.write_bytes(pyrage.encrypt(content.getvalue(), [identity.to_public()]))
    with pytest.raises(NotABackup, match="holds no backup"):
        read(path, identity)


def test_what_fails_half_way_leaves_nothing(identity: pyrage.x25519.Identity, tmp_path: Path) -> None:
    def blocks() -> Iterator[bytes]:
        yield os.urandom(PIECE_BYTES)
        raise MentorDwError("pg_dump stopped")

    with pytest.raises(MentorDwError, match="pg_dump stopped"), sealing(tmp_path / "a.age", identity.to_public()) as to:
        to.add("dump", blocks())
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_and_leaves_nothing(identity: pyrage.x25519.Identity, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (PIECE_BYTES, before[1]))
    try:
        with (
            pytest.raises(MentorDwError, match=r"a\.age could not be written \(.+\)"),
            sealing(tmp_path / "a.age", identity.to_public()) as to,
        ):
            to.add("dump", iter([os.urandom(PIECE_BYTES)] * 4))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_closed_once_more_inside(identity: pyrage.x25519.Identity) -> None:
    content = os.urandom(3_000_000)
    inner = list(sealed_blocks(_odd_blocks(content), identity.to_public()))
    assert content[:1000] not in b"".join(inner)
    assert b"".join(opened_blocks(inner, [identity])) == content
    with pytest.raises(NotABackup, match="does not open"):
        list(opened_blocks(inner, [pyrage.x25519.Identity.generate()]))
