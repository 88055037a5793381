"""A receiver to try with: an SFTP server on this machine that judges what it gets and answers with kvitteringer.

Everything of it lies in `demo_receiver/` of the home, apart from what the house knows: a real receiver is another
machine, which has our public keys and gives us its own. What the house knows stands in `secrets/receivers/`, as for
any receiver. The process is `local/demo_receiving.py`.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import asyncssh
import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from mentor_dw.delivery.transport.connection import (
    ReceiverConnection,
    connections,
    own_key_file,
    read_connection,
    write_connection,
)
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.signing import signing_keys
from mentor_dw.local.airflow_services import code_fingerprint, outer_environment
from mentor_dw.local.ports import LOOPBACK, free_port, is_free
from mentor_dw.local.processes import Service, stop
from mentor_dw.secret_files import read_secret, write_private

RECEIVERS = ("star", "ministeriet", "forskning")
#: What a user sees when it has logged in: where files are put, and where the answers lie.
FOLDER, RECEIPTS = "ind", "kvitteringer"
SETTINGS, HOST_KEY, HOUSE_KEY = "settings.json", "host_key", "house_signing_key.pem"
AUTHORIZED, IDENTITY, FILES = "authorized_key", "age_identity.txt", "files"
READY_SECONDS = 30

Say = Callable[[str], None]


def place(home: Path) -> Path:
    """The folder of the demo receiver in a home."""
    return home / "demo_receiver"


def is_set_up(home: Path) -> bool:
    """Whether this home has a demo receiver, running or not."""
    return (place(home) / SETTINGS).is_file()


def start_demo_receiver(home: Path, say: Say, refuse: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Set the demo receiver up where it is missing, start it unless it runs, and enter its three receivers.

    `refuse`: names of packages (a pattern such as star_udfald_*) that it refuses, each with the reason that it gives,
    in Danish; what it was told before, when not said. Returns `host`, `port`, and by receiver `user`, `folder`,
    `receipts` (as paths of this machine) and `age_identity` (the file of its key). Raises MentorDwError when one of the
    names is that of a real receiver, or the process does not answer.
    """
    folder = place(home)
    told = _settings(folder)
    host_key = _kept(folder / HOST_KEY, _new_ssh_key)
    public_key = asyncssh.import_private_key(host_key).export_public_key().decode().strip()
    _must_be_ours(home, public_key)
    if refuse is not None:
        told["refuse"] = dict(refuse)
    service = _service(home)
    if not service.is_running() and not is_free(told.get("port") or 0):
        told["port"] = free_port()
    told["port"] = told.get("port") or free_port()
    write_private(folder / HOUSE_KEY, _house_key(home))
    for name in RECEIVERS:
        _enter(home, name, told["port"], public_key)
    write_private(folder / SETTINGS, json.dumps(told, indent=1, ensure_ascii=False))
    if service.start():
        say(f"Demo receiver: starting on port {told['port']}")
    _wait_until_it_answers(service, told["port"])
    return {"host": LOOPBACK, "port": told["port"]} | {name: _facts(folder / name) for name in RECEIVERS}


def stop_demo_receiver(home: Path) -> bool:
    """Stop it, if it runs; whether it did. What it got and answered stays."""
    return is_set_up(home) and bool(stop([_service(home)]))


def _service(home: Path) -> Service:
    return Service(
        name="demo-receiver",
        command=(sys.executable, "-m", "mentor_dw.local.demo_receiving", str(place(home))),
        environment={"MENTOR_DW_HOME": str(home), "MENTOR_DW_CODE": code_fingerprint()},
        outer_environment=outer_environment(),
        log=home / "logs" / "demo-receiver.log",
        pid_file=place(home) / "demo-receiver.pid.json",
        grace_seconds=3.0,
    )


def _must_be_ours(home: Path, public_key: str) -> None:
    """Raises MentorDwError when one of the three receivers is reached elsewhere: then it is no demonstration."""
    for name in set(RECEIVERS) & set(connections(home / "secrets")):
        if read_connection(name, home / "secrets").host_key != public_key:
            raise MentorDwError(
                f"{name} is a receiver that is reached elsewhere (mentor-dw receivers).",
                "The demo receiver takes the place of none; use it in another home.",
            )


def _enter(home: Path, name: str, port: int, host_key: str) -> None:
    """What the receiver has of its own and knows of us, and what we know of it."""
    folder = place(home) / name
    for inside in (FOLDER, RECEIPTS):
        (folder / FILES / inside).mkdir(mode=0o700, parents=True, exist_ok=True)
    identity = pyrage.x25519.Identity.from_str(_kept(folder / IDENTITY, _new_age_identity))
    connection = ReceiverConnection(
        receiver=name,
        host=LOOPBACK,
        port=port,
        user=name,
        host_key=host_key,
        private_key=own_key_file(name, home / "secrets"),
        folder=FOLDER,
        receipts_folder=RECEIPTS,
        age_recipient=str(identity.to_public()),
    )
    write_connection(connection, home / "secrets")
    write_private(folder / AUTHORIZED, f"{connection.own_public_key}\n")


def _facts(folder: Path) -> dict[str, str]:
    return {
        "user": folder.name,
        "folder": str(folder / FILES / FOLDER),
        "receipts": str(folder / FILES / RECEIPTS),
        "age_identity": str(folder / IDENTITY),
    }


def _settings(folder: Path) -> dict[str, Any]:
    path = folder / SETTINGS
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"refuse": {}}


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The secret at `path`, made at the first call."""
    if not path.is_file():
        write_private(path, make())
    return read_secret(path)


def _new_ssh_key() -> str:
    return asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()


def _new_age_identity() -> str:
    return str(pyrage.x25519.Identity.generate())


def _house_key(home: Path) -> str:
    """The public part of the house's signing key, as it is handed to a receiver."""
    current = signing_keys(home / "secrets")[0]
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(current.public or ""))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def _wait_until_it_answers(service: Service, port: int) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            with socket.create_connection((LOOPBACK, port), timeout=1) as line:
                line.settimeout(5)
                if line.recv(4) == b"SSH-":
                    return
        except OSError:
            time.sleep(0.1)
        if not service.is_running() or time.monotonic() > deadline:
            raise MentorDwError("The demo receiver does not answer.", f"Its log is {service.log}.")
