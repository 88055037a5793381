"""Whom backups are closed to: two public keys (age). Their other halves are not kept in the house.

One closes the data, the other the keys of the house. Whoever opens one of the two has no CPR number: the data hold the
sealed numbers of the vault, the keys open them. Only both together are the house.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, get_args

import pyrage

from mentor_dw.config import Settings
from mentor_dw.errors import MentorDwError
from mentor_dw.secret_files import read_secret, write_private

Kind = Literal["data", "keys"]
KINDS: tuple[Kind, ...] = get_args(Kind)
RECIPIENTS_FILE = "backup_recipients.json"

_PREFIX = "AGE-SECRET-KEY-"


def recipients(settings: Settings) -> dict[str, dict[str, str]]:
    """By kind the public key and since when: {"data": {"public": "age1...", "since": "2026-..."}}; none is missing."""
    path = settings.secrets / RECIPIENTS_FILE
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def recipient(settings: Settings, kind: Kind) -> pyrage.x25519.Recipient:
    """The key that backups of `kind` are closed to. Raises MentorDwError when none was chosen."""
    chosen = recipients(settings).get(kind)
    if chosen is None:
        raise MentorDwError(
            f"No key is chosen to close the backup of the {kind} to.",
            f"Run: mentor-dw backup-key {kind} --private-to FILE, with FILE on a medium that leaves this machine.",
        )
    return pyrage.x25519.Recipient.from_str(chosen["public"])


def make_key(settings: Settings, kind: str, private_to: Path) -> str:
    """Make a pair of keys, write the private half to `private_to` and keep the public one; the public one.

    Raises MentorDwError for another kind, a file that exists, and one within the home.
    """
    _must_be_a_kind(kind)
    path = private_to.expanduser().resolve()
    if path.is_relative_to(settings.home):
        raise MentorDwError(
            "The private half of a backup's key does not stay in the house.", "Name a file outside of the home."
        )
    if path.exists():
        raise MentorDwError(f"{path} exists.", "A key is never written over a file; name another one.")
    identity = pyrage.x25519.Identity.generate()
    public = str(identity.to_public())
    try:
        write_private(path, f"# {kind} of backups of mentor-dw\n# public key: {public}\n{identity}\n")
    except OSError as error:
        raise MentorDwError(f"{path} cannot be written ({error.strerror}).") from None
    _choose(settings, kind, public)
    return public


def choose_key(settings: Settings, kind: str, public: str) -> str:
    """Close backups of `kind` to a public key that was made elsewhere. Raises MentorDwError when it is none."""
    _must_be_a_kind(kind)
    try:
        public = str(pyrage.x25519.Recipient.from_str(public.strip()))
    except pyrage.RecipientError:
        raise MentorDwError("That is no public age key.", "It begins with age1 and has 62 characters.") from None
    _choose(settings, kind, public)
    return public


def read_identities(paths: Sequence[Path]) -> list[pyrage.x25519.Identity]:
    """The private keys in files as `make_key` and `age-keygen` write them.

    Raises MentorDwError when a file is missing, open to others, or holds none.
    """
    found = []
    for path in paths:
        try:
            lines = read_secret(path).splitlines()
            found += [pyrage.x25519.Identity.from_str(line.strip()) for line in lines if line.startswith(_PREFIX)]
        except FileNotFoundError:
            raise MentorDwError(f"There is no file {path}.") from None
        except pyrage.IdentityError:
            raise MentorDwError(f"The key in {path} is damaged.") from None
        if not found:
            raise MentorDwError(f"{path} holds no private key of a backup.", f"Its line begins with {_PREFIX}.")
    return found


def _choose(settings: Settings, kind: str, public: str) -> None:
    chosen: dict[str, Any] = recipients(settings)
    other = next((chosen[one]["public"] for one in KINDS if one != kind and one in chosen), None)
    if other == public:
        raise MentorDwError(
            "Data and keys may not be closed to the same key: whoever has it would have every CPR number.",
            "Make another one, and give it to another person.",
        )
    os.makedirs(settings.secrets, mode=0o700, exist_ok=True)
    chosen[kind] = {"public": public, "since": datetime.now(UTC).isoformat(timespec="seconds")}
    write_private(settings.secrets / RECIPIENTS_FILE, json.dumps(chosen, indent=1) + "\n")


def _must_be_a_kind(kind: str) -> None:
    if kind not in KINDS:
        raise MentorDwError(f"There is no backup of the kind {kind}.", f"Kinds are: {', '.join(KINDS)}.")
