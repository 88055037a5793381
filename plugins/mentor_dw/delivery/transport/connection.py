"""How a receiver is reached: the file `secrets/receivers/<receiver>.json`, or the one that the environment names.

MENTOR_DW_RECEIVER_<NAME>_FILE names a file of the same form, such as a secret mounted into a container.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import asyncssh
import pyrage

from mentor_dw.config import get_settings
from mentor_dw.errors import MentorDwError
from mentor_dw.secret_files import read_secret, write_private

FOLDER = "receivers"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_VARIABLE = re.compile(r"MENTOR_DW_RECEIVER_(\w+)_FILE")
#: MENTOR_DW_RECEIVER_KEY_FILE names the ring of receivers' pseudonym keys (identity/ring.py).
_TAKEN = "key"
_FIELDS = ("host", "port", "user", "host_key", "private_key", "folder", "receipts_folder", "age_recipient")
#: How a server may prove its host key; SHA-1 and kinds that OpenSSH has given up are not among them.
HOST_KEY_ALGORITHMS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
_NEXT_STEP = "`mentor-dw receiver-add --help` shows what is needed; docs/receivers.md says from whom."


@dataclass(frozen=True)
class ReceiverConnection:
    """Where a receiver takes deliveries.

    `host_key` is the server's public key as OpenSSH writes it ("ssh-ed25519 AAAA..."), agreed with the receiver and
    never learned from the server. `private_key` is the file of our own SSH key. `folder` and `receipts_folder` are
    paths on the server, relative to where the user arrives or from its root.
    """

    receiver: str
    host: str
    port: int
    user: str
    host_key: str
    private_key: Path
    folder: str
    receipts_folder: str
    age_recipient: str

    def __post_init__(self) -> None:
        checked_name(self.receiver)
        for name, is_right in (
            ("host", bool(re.fullmatch(r"[\w.:-]+", self.host))),
            ("port", isinstance(self.port, int) and 0 < self.port < 65536),
            ("user", bool(self.user.strip())),
            ("host_key", _is_host_key(self.host_key)),
            ("folder", _is_folder(self.folder)),
            ("receipts_folder", _is_folder(self.receipts_folder)),
            ("age_recipient", _is_age_recipient(self.age_recipient)),
        ):
            if not is_right:
                raise MentorDwError(f"The connection to {self.receiver} has a {name} that cannot be right.", _NEXT_STEP)

    @property
    def where(self) -> str:
        """Host and port, for people."""
        return f"{self.host}:{self.port}"

    @property
    def host_key_fingerprint(self) -> str:
        """SHA256:..., as ssh-keygen shows it."""
        return asyncssh.import_public_key(self.host_key).get_fingerprint()

    def own_key(self) -> asyncssh.SSHKey:
        """Our SSH key. Raises MentorDwError when its file is missing, open to others, no key, or has a passphrase."""
        try:
            return asyncssh.import_private_key(read_secret(self.private_key))
        except FileNotFoundError:
            raise MentorDwError(f"The SSH key {self.private_key} is missing.", _NEXT_STEP) from None
        except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
            raise MentorDwError(
                f"{self.private_key} is no SSH key that can be used without a passphrase.", _NEXT_STEP
            ) from None

    @property
    def own_public_key(self) -> str:
        """The line that the receiver enters for our user (authorized_keys). Raises MentorDwError as `own_key`."""
        return self.own_key().export_public_key().decode().strip()


def connections(folder: Path | None = None) -> list[str]:
    """Names of the receivers that this installation can reach; `folder` is another folder of secrets than ours."""
    found = {path.stem for path in _folder(folder).glob("*.json")}
    found |= {match[1].lower() for name in os.environ if (match := _VARIABLE.fullmatch(name))}
    return sorted(found - {_TAKEN})


def connection_file(receiver: str, folder: Path | None = None) -> Path:
    """The file that says how `receiver` is reached: the environment's first, then that in the folder of secrets."""
    given = os.environ.get(_variable(receiver))
    return Path(given) if given else _folder(folder) / f"{checked_name(receiver)}.json"


def read_connection(receiver: str, folder: Path | None = None) -> ReceiverConnection:
    """How `receiver` is reached; `folder` is another folder of secrets than this installation's.

    Raises MentorDwError naming the file that is missing, damaged or open to others.
    """
    path = connection_file(receiver, folder)
    try:
        facts = json.loads(read_secret(path))
        values = {name: facts[name] for name in _FIELDS}
        if set(facts) - set(_FIELDS):
            raise ValueError
        values["private_key"] = path.parent / values["private_key"]  # an absolute path stays what it is
        return ReceiverConnection(receiver, **values)
    except FileNotFoundError:
        raise MentorDwError(f"There is no connection to a receiver {receiver} ({path}).", _NEXT_STEP) from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise MentorDwError(
            f"The connection file {path} is damaged.", f"It holds exactly: {', '.join(_FIELDS)}. {_NEXT_STEP}"
        ) from None


def write_connection(connection: ReceiverConnection, folder: Path | None = None) -> Path:
    """Write how a receiver is reached into the folder of secrets; the file. One that is there is replaced.

    Raises MentorDwError when the environment names another file, which would be read instead.
    """
    path = connection_file(connection.receiver, folder)
    if path.parent != _folder(folder):
        raise MentorDwError(
            f"The connection to {connection.receiver} comes from {_variable(connection.receiver)} ({path}).",
            "Change that file, or leave the variable out.",
        )
    key = connection.private_key
    values = {name: getattr(connection, name) for name in _FIELDS}
    # A key in the same folder is named without it, so that a home can be moved.
    values["private_key"] = key.name if key.parent == path.parent else str(key.absolute())
    write_private(path, json.dumps(values, indent=1) + "\n")
    return path


def own_key_file(receiver: str, folder: Path | None = None) -> Path:
    """The file of an SSH key of our own for `receiver`, made (Ed25519) when it is not there."""
    path = _folder(folder) / f"{checked_name(receiver)}_ssh_key"
    if not path.exists():
        key = asyncssh.generate_private_key("ssh-ed25519", comment="mentor-dw")
        write_private(path, key.export_private_key().decode())
    return path


def checked_name(receiver: str) -> str:
    """`receiver`, which can be part of a file's name. Raises MentorDwError when it cannot."""
    if not _NAME.fullmatch(receiver) or receiver == _TAKEN:
        raise MentorDwError(
            f"A receiver cannot be called {receiver!r}.",
            f'Small letters a-z, digits and underscore, a letter first; not "{_TAKEN}".',
        )
    return receiver


def _folder(secrets: Path | None) -> Path:
    return (secrets or get_settings().secrets) / FOLDER


def _variable(receiver: str) -> str:
    return f"MENTOR_DW_RECEIVER_{checked_name(receiver).upper()}_FILE"


def _is_host_key(text: str) -> bool:
    try:
        key = asyncssh.import_public_key(text)
    except (asyncssh.KeyImportError, AttributeError):
        return False
    return "\n" not in text.strip() and any(name.decode() in HOST_KEY_ALGORITHMS for name in key.sig_algorithms)


def _is_age_recipient(text: str) -> bool:
    try:
        pyrage.x25519.Recipient.from_str(text)
    except pyrage.RecipientError:
        return False
    return True


def _is_folder(text: str) -> bool:
    return bool(text.strip()) and ".." not in PurePosixPath(text).parts and "\0" not in text
