"""However the line breaks, one more call leaves everything delivered once; nothing that was delivered is touched."""

from __future__ import annotations

import errno
import hashlib
import json
import random
from pathlib import Path

import asyncssh
import pytest
from faulty_server import Fault, FaultyServer, Place

from mentor_dw.delivery.transport import send as sending
from mentor_dw.delivery.transport import session
from mentor_dw.delivery.transport.errors import TransportRefused, TransportTrouble
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


def cut_at(server: FaultyServer, package: list[Path], **fault: object) -> None:
    """Deliver with a fault, once more when it failed, and see that it lies there once."""
    place = server.new_place(Fault(**fault))
    try:
        deliver(package, server.connection())
    except TransportTrouble:
        assert place.fault.met
        deliver(package, server.connection())
    assert_delivered_once(place, package)


@pytest.mark.parametrize("share", range(4))
@pytest.mark.usefixtures("one_attempt")
def test_cut_at_every_operation_one_more_call_delivers(
    server: FaultyServer, package: list[Path], steps: list[str], share: int
) -> None:
    """Before it is done, or after it was done and the answer is lost; in turn."""
    assert len(steps) > 50
    for at in range(share, len(steps), 4):
        cut_at(server, package, at=at, **({"before": "cut"} if at // 4 % 2 else {"after": "cut"}))


@pytest.mark.long
@pytest.mark.usefixtures("one_attempt")
def test_cut_at_every_operation_in_every_way(server: FaultyServer, package: list[Path], steps: list[str]) -> None:
    for at in range(len(steps)):
        for how in ({"before": "cut"}, {"after": "cut"}, {"after": "half"}):
            cut_at(server, package, at=at, **how)


def cut_line(server: FaultyServer, package: list[Path], bytes_before: int, reset: bool) -> None:
    """A proxy breaks the line after so many bytes; the next call has a whole line."""
    place = server.new_place()
    try:
        deliver(package, server.proxied(bytes_before, reset))
    except TransportTrouble:
        deliver(package, server.connection())
    assert_delivered_once(place, package)


@pytest.fixture(scope="module")
def bytes_of_a_delivery(server: FaultyServer, package: list[Path]) -> int:
    server.new_place()
    deliver(package, server.proxied(None))
    assert server.carried > 300_000
    return server.carried


@pytest.mark.usefixtures("one_attempt")
def test_a_proxy_cuts_the_line_anywhere(server: FaultyServer, package: list[Path], bytes_of_a_delivery: int) -> None:
    chance = random.Random()
    for number in range(16):
        after = chance.randrange(bytes_of_a_delivery)
        print(f"cut after {after} bytes")
        cut_line(server, package, after, reset=bool(number % 2))


@pytest.mark.long
@pytest.mark.usefixtures("one_attempt")
def test_a_proxy_cuts_the_line_at_many_places(
    server: FaultyServer, package: list[Path], bytes_of_a_delivery: int
) -> None:
    chance = random.Random()
    for number in range(400):
        after = chance.randrange(bytes_of_a_delivery)
        print(f"cut after {after} bytes")
        cut_line(server, package, after, reset=bool(number % 2))


@pytest.mark.parametrize(
    ("error", "op", "raised", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "write", TransportTrouble, "disk or our quota"),
        (asyncssh.SFTPQuotaExceeded("quota"), "write", TransportTrouble, "disk or our quota"),
        (asyncssh.SFTPFailure("Failure"), "rename", TransportTrouble, "could not do"),
        (asyncssh.SFTPNoSuchFile("gone"), "fsync", TransportTrouble, "went away"),
        (PermissionError(errno.EACCES, "denied"), "open", TransportRefused, "forbids"),
        (asyncssh.SFTPPermissionDenied("denied"), "rename", TransportRefused, "forbids"),
    ],
)
@pytest.mark.usefixtures("one_attempt")
def test_what_the_server_cannot_do_is_told_and_made_good_later(
    server: FaultyServer, package: list[Path], error: Exception, op: str, raised: type[Exception], said: str
) -> None:
    place = server.new_place(Fault(op=op, path=package[0].name, before=error))
    with pytest.raises(raised, match=said) as told:
        deliver(package, server.connection())
    # The server's own words are not passed on.
    assert not any(word in str(told.value) for word in ("No space left", "Failure", "gone", "denied"))
    assert package[-1].name not in place.holds()
    deliver(package, server.connection())
    assert_delivered_once(place, package)


@pytest.mark.usefixtures("one_attempt")
def test_without_a_folder_a_person_must_act(server: FaultyServer, package: list[Path]) -> None:
    place = server.new_place()
    place.folder.rmdir()
    with pytest.raises(TransportRefused, match="has no folder ind"):
        deliver(package, server.connection())
    place.folder.mkdir()
    deliver(package, server.connection())
    assert_delivered_once(place, package)


@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp521", "ssh-rsa"])
@pytest.mark.usefixtures("one_attempt")
def test_another_host_key_is_never_trusted(server: FaultyServer, package: list[Path], kind: str) -> None:
    place = server.new_place()
    server.kill()
    server.start(asyncssh.generate_private_key(kind))
    try:
        with pytest.raises(TransportRefused, match="does not show the host key that was agreed with star"):
            deliver(package, server.connection())
        assert not place.operations
    finally:
        server.kill()
        server.start()
    deliver(package, server.connection())
    assert_delivered_once(place, package)


@pytest.mark.usefixtures("one_attempt")
@pytest.mark.parametrize("kind", ["ssh-ed25519", "ecdsa-sha2-nistp384", "ssh-rsa"])
def test_of_several_host_keys_the_agreed_one_is_shown(server: FaultyServer, package: list[Path], kind: str) -> None:
    place, agreed = server.new_place(), asyncssh.generate_private_key(kind)
    server.kill()
    server.start(*(asyncssh.generate_private_key(other) for other in ("ecdsa-sha2-nistp256", "ssh-dss")), agreed)
    try:
        deliver(package, server.connection(host_key=agreed.export_public_key().decode().strip()))
    finally:
        server.kill()
        server.start()
    assert_delivered_once(place, package)


@pytest.mark.usefixtures("one_attempt")
def test_a_key_that_is_not_let_in_is_told(server: FaultyServer, package: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "key"
    other.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
    other.chmod(0o600)
    with pytest.raises(TransportRefused, match="does not let us in"):
        deliver(package, server.connection(private_key=other))


@pytest.mark.usefixtures("one_attempt")
def test_a_server_that_is_down_or_killed_is_waited_for(server: FaultyServer, package: list[Path]) -> None:
    place = server.new_place()
    server.kill()
    with pytest.raises(TransportTrouble, match="does not answer"):
        deliver(package, server.connection())
    for op in ("write", "rename"):
        server.start()
        place.fault = Fault(op=op, path=package[0].name, after="kill")
        with pytest.raises(TransportTrouble):
            deliver(package, server.connection())
        server.kill()
    server.start()
    deliver(package, server.connection())
    assert_delivered_once(place, package)


@pytest.mark.usefixtures("one_attempt")
def test_a_server_that_never_answers_is_given_up(
    server: FaultyServer, package: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "STEP_SECONDS", 0.4)
    for op in ("write", "read", "rename", "close"):
        place = server.new_place(Fault(op=op, path=package[0].name, before="hang"))
        with pytest.raises(TransportTrouble, match="broke"):
            deliver(package, server.connection())
    monkeypatch.undo()
    deliver(package, server.connection())
    assert_delivered_once(place, package)


def test_what_passes_is_tried_again_within_one_call(
    server: FaultyServer, package: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "LONGEST_PAUSE_SECONDS", 0.01)
    place, said = server.new_place(Fault(op="write", path=package[0].name, after="cut")), []
    send(server.connection(), package[:-1], package[-1], said.append)
    assert_delivered_once(place, package)
    assert any("Trying again" in line for line in said)


@pytest.mark.usefixtures("one_attempt")
def test_an_upload_goes_on_after_what_is_right_of_it(server: FaultyServer, package: list[Path]) -> None:
    place, said, content = server.new_place(), [], package[0].read_bytes()
    (place.folder / f"{package[0].name}.part").write_bytes(content[:100_000])
    sent = send(server.connection(), package[:-1], package[-1], said.append)
    assert_delivered_once(place, package)
    assert sent.bytes_sent == sum(path.stat().st_size for path in package) - 100_000
    assert any("goes on after 100,000 of 150,000 bytes" in line for line in said)


@pytest.mark.parametrize("cut_off", [True, False])
@pytest.mark.parametrize("kind", ["hole", "longer", "foreign"])
@pytest.mark.usefixtures("one_attempt")
def test_what_is_wrong_of_an_upload_is_sent_anew(
    server: FaultyServer, package: list[Path], kind: str, cut_off: bool
) -> None:
    """A hole: the server took the pieces in another order, and stopped. Not every server can cut a file off."""
    content = package[0].read_bytes()
    lies = {
        "hole": content[:50_000] + bytes(20_000) + content[70_000:120_000],
        "longer": content + b"more",
        "foreign": b"x" * 10,
    }[kind]
    fault = None if cut_off else Fault(op="setstat", before=asyncssh.SFTPOpUnsupported("no"))
    place = server.new_place(fault)
    (place.folder / f"{package[0].name}.part").write_bytes(lies)
    deliver(package, server.connection())
    assert_delivered_once(place, package)
    assert fault is None or fault.met


@pytest.mark.usefixtures("one_attempt")
def test_what_arrives_as_something_else_gets_no_name(server: FaultyServer, package: list[Path]) -> None:
    place = server.new_place(Fault(op="write", path=package[0].name, after="spoilt"))
    with pytest.raises(TransportTrouble, match="another content"):
        deliver(package, server.connection())
    assert place.holds() == {}
    deliver(package, server.connection())
    assert_delivered_once(place, package)


@pytest.mark.usefixtures("one_attempt")
def test_a_server_without_fsync_will_do(server: FaultyServer, package: list[Path]) -> None:
    place = server.new_place(Fault(op="fsync", before=asyncssh.SFTPOpUnsupported("no")))
    deliver(package, server.connection())
    assert_delivered_once(place, package)


@pytest.mark.parametrize("which", range(4))
@pytest.mark.usefixtures("one_attempt")
def test_a_delivered_name_is_never_written_over(server: FaultyServer, package: list[Path], which: int) -> None:
    place, other = server.new_place(), b"z" * package[which].stat().st_size
    (place.folder / package[which].name).write_bytes(other)
    with pytest.raises(TransportRefused, match="with another content than ours"):
        deliver(package, server.connection())
    assert place.holds() == {package[which].name: hashlib.sha256(other).hexdigest()}


@pytest.mark.parametrize("theirs", [True, False])
@pytest.mark.usefixtures("one_attempt")
def test_a_name_that_is_taken_at_the_last_moment(server: FaultyServer, package: list[Path], theirs: bool) -> None:
    """Between our look and our rename: the same content is as good as ours, another is left."""
    place = server.new_place()
    content = b"theirs" if theirs else package[0].read_bytes()
    target = place.folder / package[0].name
    place.fault = Fault(op="rename", path=package[0].name, before=lambda: target.write_bytes(content))
    if theirs:
        with pytest.raises(TransportRefused, match="with another content"):
            deliver(package, server.connection())
        assert target.read_bytes() == b"theirs"
    else:
        deliver(package, server.connection())
        assert set(place.holds()) == {path.name for path in package}


@pytest.mark.usefixtures("one_attempt")
def test_what_the_receiver_took_away_is_not_sent_again(server: FaultyServer, package: list[Path]) -> None:
    place = server.new_place()
    deliver(package, server.connection())
    # Its marker still lies there.
    (place.folder / package[0].name).unlink()
    again = deliver(package, server.connection())
    assert again.taken == (package[0].name,) and again.bytes_sent == 0
    # All of it is gone, and only a receipt tells.
    for path in list(place.folder.iterdir()):
        path.unlink()
    sha256 = hashlib.sha256(package[0].read_bytes()).hexdigest()
    receipt = {"pakke": STEM, "sha256": sha256, "modtaget": "2016-04-14T06:12:00+02:00", "udfald": "afvist"}
    answer = place.root / "kvitteringer" / f"{STEM}.json"
    answer.write_text(json.dumps(receipt), encoding="utf-8")
    assert deliver(package, server.connection()).taken == tuple(path.name for path in package)
    assert place.holds() == {}
    # A receipt for another content, or none that can be read, proves nothing.
    for text in (json.dumps(receipt | {"sha256": "0" * 64}), "{"):
        answer.write_text(text, encoding="utf-8")
        place.named.clear()
        deliver(package, server.connection())
        assert_delivered_once(place, package)
        for path in list(place.folder.iterdir()):
            path.unlink()


@pytest.mark.usefixtures("one_attempt")
def test_an_old_name_that_stayed_beside_the_new_one_goes(server: FaultyServer, package: list[Path]) -> None:
    place = server.new_place()
    deliver(package, server.connection())
    (place.folder / f"{package[0].name}.part").write_bytes(package[0].read_bytes())
    deliver(package, server.connection())
    assert_delivered_once(place, package)


def test_a_large_file_tells_how_far_it_is(
    server: FaultyServer, package: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "BLOCK_BYTES", 20_000)
    monkeypatch.setattr(sending, "PROGRESS_BYTES", 50_000)
    said: list[str] = []
    server.new_place()
    send(server.connection(), package[:-1], package[-1], said.append)
    assert [line for line in said if " of 150,000 bytes" in line] == [
        f"{package[0].name}: {done} of 150,000 bytes" for done in ("60,000", "100,000", "150,000")
    ]


def test_a_file_that_is_not_there_is_ours_to_mend(server: FaultyServer, package: list[Path], tmp_path: Path) -> None:
    place = server.new_place()
    with pytest.raises(FileNotFoundError):
        deliver([*package[:-1], tmp_path / "gone.klar"], server.connection())
    assert not place.operations
