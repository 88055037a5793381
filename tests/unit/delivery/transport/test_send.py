"""However the line breaks, one more call leaves everything delivered once; nothing that was delivered is touched."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest
from faulty_server import Fault, FaultyServer, Place

from mentor_dw.delivery.transport import send as sending
from mentor_dw.delivery.transport.errors import TransportTrouble
from mentor_dw.delivery.transport.send import Sent, send

STEM = "star_mentorforloeb_2016-03_001"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Envelope, checksum, signature, marker, as they lie in the outbox."""
    folder = tmp_path_factory.mktemp("outbox")
    envelope = random.Random(1).randbytes(150_000)
    line = f"{hashlib.sha256(envelope).hexdigest()}  {STEM}.zip.age\n".encode()
    contents = {
        f"{STEM}.zip.age": envelope,
        f"{STEM}.zip.age.sha256": line,
        f"{STEM}.zip.age.sig": random.Random(2).randbytes(64),
        f"{STEM}.klar": line,
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def deliver(package: list[Path], connection: object) -> Sent:
    return send(connection, package[:-1], package[-1], lambda line: None)


def assert_delivered_once(place: Place, package: list[Path]) -> None:
    """All of it, nothing else, each name given once, and when the marker came everything else was right."""
    ours = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in package}
    assert place.holds() == ours
    assert place.named == list(ours)
    assert place.at_marker == ours


def test_a_package_lies_there_and_a_second_call_adds_nothing(server: FaultyServer, package: list[Path]) -> None:
    place, said = server.new_place(), []
    first = send(server.connection(), package[:-1], package[-1], said.append)
    assert_delivered_once(place, package)
    assert first.names == tuple(path.name for path in package) and not first.taken
    assert first.bytes_sent == sum(path.stat().st_size for path in package)
    assert "SHA-256" in first.verified and any("compared by SHA-256" in line for line in said)
    assert any(line.startswith("fsync") for line in place.operations)
    done = len(place.operations)
    again = deliver(package, server.connection())
    assert again.bytes_sent == 0 and again.names == first.names
    assert_delivered_once(place, package)
    assert not [line for line in place.operations[done:] if line.split()[0] in ("write", "rename", "remove", "setstat")]


@pytest.fixture(scope="module")
def steps(server: FaultyServer, package: list[Path]) -> list[str]:
    """The operations of a delivery that nothing disturbs, in order."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sending, "BLOCK_BYTES", 40_000)
        place = server.new_place()
        deliver(package, server.connection())
    return place.operations


@pytest.mark.parametrize("share", range(4))
@pytest.mark.usefixtures("one_attempt")
def test_cut_at_every_operation_one_more_call_delivers(
    server: FaultyServer, package: list[Path], steps: list[str], share: int
) -> None:
    """Before it is done, and after it was done and the answer is lost; in turn."""
    assert len(steps) > 50
    for at in range(share, len(steps), 4):
        how = {"before": "cut"} if (at // 4) % 2 else {"after": "cut"}
        place = server.new_place(Fault(at=at, **how))
        try:
            deliver(package, server.connection())
        except TransportTrouble:
            assert place.fault.met
            deliver(package, server.connection())
        assert_delivered_once(place, package)
