"""The demo receiver: a process of its own, which takes what is right, refuses what is not, and can be left."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncssh
import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from waiting import wait_for

from mentor_dw.config import Settings
from mentor_dw.delivery.transport.check import check_connection
from mentor_dw.delivery.transport.connection import ReceiverConnection, read_connection, write_connection
from mentor_dw.delivery.transport.receipts import Receipt, fetch_receipts, parse_receipt
from mentor_dw.delivery.transport.send import send
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.keys import ensure_keys
from mentor_dw.identity.signing import signing_keys
from mentor_dw.local.demo_receiver import RECEIVERS, start_demo_receiver, stop_demo_receiver
from mentor_dw.local.folders import ensure_folders

REASON = "Perioden er leveret før."
SCHEMA = {
    "name": "star_forloeb",
    "resources": [
        {
            "name": "forloeb",
            "path": "forloeb.csv",
            "encoding": "utf-8",
            "dialect": {"delimiter": ";", "lineTerminator": "\r\n"},
            "schema": {"fields": [{"name": "kommune", "type": "string"}, {"name": "antal", "type": "integer"}]},
        }
    ],
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MENTOR_DW_")]:
            patch.delenv(name)
        ensure_folders(Settings(home=folder))
        ensure_keys(folder / "secrets")
        try:
            yield folder
        finally:
            stop_demo_receiver(folder)


@pytest.fixture(scope="module")
def demo(home: Path) -> dict:
    return start_demo_receiver(home, print, {"star_udfald_*": REASON})


def star(home: Path) -> ReceiverConnection:
    return read_connection("star", home / "secrets")


def pack(home: Path, stem: str, data: str = "kommune;antal\r\nHerlev;12\r\n", **wrong: bytes) -> list[Path]:
    """A package made with public libraries only; `wrong` replaces a file by another content before it is closed."""
    key = Ed25519PrivateKey.from_private_bytes(signing_keys(home / "secrets")[0].bytes)
    folder = home / "outbox" / stem
    folder.mkdir(parents=True)
    files = {"forloeb.csv": data.encode(), "datapackage.json": json.dumps(SCHEMA).encode()}
    listed = [{"name": name, "sha256": hashlib.sha256(content).hexdigest()} for name, content in files.items()]
    files["manifest.json"] = json.dumps({"files": listed}).encode()
    files["manifest.json.sig"] = key.sign(files["manifest.json"])
    files |= {name: content for name, content in wrong.items() if name in files}
    with zipfile.ZipFile(folder / "plain.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    recipient = pyrage.x25519.Recipient.from_str(wrong.get("recipient", star(home).age_recipient.encode()).decode())
    envelope = pyrage.encrypt((folder / "plain.zip").read_bytes(), [recipient])
    line = f"{hashlib.sha256(envelope).hexdigest()}  {stem}.zip.age\n".encode()
    line = wrong.get("line", line)
    outside = {
        f"{stem}.zip.age": envelope,
        f"{stem}.zip.age.sha256": line,
        f"{stem}.zip.age.sig": wrong.get("signature", key.sign(line)),
        f"{stem}.klar": line,
    }
    for name, content in outside.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in outside]


@pytest.fixture(scope="module")
def answer(home: Path, demo: dict) -> Callable[..., Receipt]:
    """Send packages and wait for the receipt of one."""

    def answered(stem: str, **wrong: bytes) -> Receipt:
        files = pack(home, stem, **wrong)
        send(star(home), files[:-1], files[-1], print)
        return receipt_of(home, stem)

    return answered


def receipt_of(home: Path, stem: str) -> Receipt:
    def came() -> list[bytes]:
        return [raw.content for raw in fetch_receipts(star(home)) if raw.file_name == f"{stem}.json"]

    return parse_receipt(wait_for(came, 30)[0])


def test_a_package_is_judged_and_answered(home: Path, demo: dict, answer: Callable[..., Receipt]) -> None:
    stem = "star_mentorforloeb_2016-03_001"
    told = answer(stem)
    assert (told.package, told.outcome, told.reason) == (stem, "accepted", "")
    lying = {path.name: path for path in Path(demo["star"]["folder"]).iterdir()}
    assert set(lying) == {f"{stem}.klar", *(f"{stem}.zip.age{end}" for end in ("", ".sha256", ".sig"))}
    assert told.sha256 == hashlib.sha256(lying[f"{stem}.zip.age"].read_bytes()).hexdigest()
    # What it opened does not stay open.
    assert {path.name for path in Path(demo["star"]["age_identity"]).parent.iterdir()} == {
        "age_identity.txt",
        "authorized_key",
        "files",
    }


@pytest.mark.parametrize(
    ("stem", "wrong", "reason"),
    [
        ("star_udfald_2016K1_001", {}, REASON),
        ("a_001", {"line": b"0" * 64 + b"  a_001.zip.age\n"}, "Checksummen passer ikke"),
        ("b_001", {"signature": bytes(64)}, "Signaturen på checksummen passer ikke"),
        ("c_001", {"recipient": str(pyrage.x25519.Identity.generate().to_public()).encode()}, "ikke dekrypteres"),
        ("d_001", {"manifest.json.sig": bytes(64)}, "Signaturen på manifestet passer ikke"),
        ("e_001", {"forloeb.csv": b"kommune;antal\r\nHerlev;13\r\n"}, "ikke dem, som manifestet nævner"),
        ("f_001", {"manifest.json": b"{"}, "Signaturen på manifestet"),
        ("g_001", {"data": "kommune;antal\r\nHerlev;tolv\r\n"}, "Data følger ikke skemaet (type-error)"),
    ],
)
def test_what_is_wrong_is_refused_with_a_reason_and_no_value(
    answer: Callable[..., Receipt], stem: str, wrong: dict, reason: str
) -> None:
    told = answer(stem, **wrong)
    assert told.outcome == "refused" and reason in told.reason
    assert "tolv" not in told.reason


def test_each_user_sees_its_own_folder_and_no_other(home: Path, demo: dict) -> None:
    assert {check_connection(read_connection(name, home / "secrets")).receiver for name in RECEIVERS} == set(RECEIVERS)

    async def escape() -> list[str]:
        place = star(home)
        found = []
        async with asyncssh.connect(
            place.host,
            place.port,
            username="star",
            client_keys=[place.own_key()],
            known_hosts=([asyncssh.import_public_key(place.host_key)], [], []),
            config=None,
            agent_path=None,
        ) as line:
            sftp = await line.start_sftp_client()
            assert sorted(await sftp.listdir("/")) == [".", "..", "ind", "kvitteringer"]
            for path in ("/../../ministeriet", "../../settings.json", str(demo["star"]["age_identity"]), "/etc/passwd"):
                if await sftp.exists(path):
                    found.append(path)
            for make in (sftp.symlink, sftp.link):
                with pytest.raises(asyncssh.SFTPPermissionDenied):
                    await make("../../age_identity.txt", "ind/link")
            with pytest.raises(asyncssh.Error):
                await line.run("id", check=True)
            with pytest.raises(asyncssh.Error):
                await line.open_connection("127.0.0.1", place.port)
        with pytest.raises(asyncssh.PermissionDenied):
            await asyncssh.connect(
                place.host,
                place.port,
                username="ministeriet",
                client_keys=[place.own_key()],
                known_hosts=None,
                config=None,
                agent_path=None,
            )
        return found

    assert asyncio.run(escape()) == []


def test_what_came_while_it_was_stopped_is_answered_later(home: Path, demo: dict) -> None:
    files = pack(home, "senere_001")
    assert stop_demo_receiver(home) and not stop_demo_receiver(home)
    for path in files:
        (Path(demo["star"]["folder"]) / path.name).write_bytes(path.read_bytes())
    left = Path(demo["star"]["age_identity"]).parent / ".opened_by_one_that_was_killed"
    left.mkdir()
    said: list[str] = []
    assert start_demo_receiver(home, said.append) == demo  # the same port, keys and folders as before
    assert len(said) == 1 and start_demo_receiver(home, said.append) == demo and len(said) == 1
    assert receipt_of(home, "senere_001").outcome == "accepted" and not left.exists()
    # And it still refuses what it was told to refuse.
    files = pack(home, "star_udfald_2016K2_001")
    send(star(home), files[:-1], files[-1], print)
    assert receipt_of(home, "star_udfald_2016K2_001").reason == REASON


def test_it_takes_the_place_of_no_real_receiver(home: Path, demo: dict) -> None:
    place = star(home)
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    facts = {name: getattr(place, name) for name in ReceiverConnection.__dataclass_fields__} | {"host_key": other}
    write_connection(ReceiverConnection(**facts), home / "secrets")
    with pytest.raises(MentorDwError, match="star is a receiver that is reached elsewhere"):
        start_demo_receiver(home, print)
    assert star(home).host_key == other
    write_connection(place, home / "secrets")
