"""The rings of keys: for each kind every key that still has something to open, look up or prove, with its dates.

A ring is a JSON file, by default in `secrets/`; MENTOR_DW_<KIND>_KEY_FILE names another place (a secret mounted into a
container), MENTOR_DW_<KIND>_KEY holds its text. Rotation changes a ring in small steps, each of them written whole, so
that a run killed between two of them leaves a ring that says how far it came.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mentor_dw.errors import MentorDwError
from mentor_dw.secret_files import read_secret, sync_folder, write_private

Kind = Literal["lookup", "seal", "archive", "signing", "receiver"]
#: coming: made, and nothing uses it yet; current; leaving: opens what is not closed with the current one yet; retired:
#: makes nothing any more, and still finds tombstones (lookup), names (receiver) or proves signatures (signing).
State = Literal["coming", "current", "leaving", "retired"]

FILES: dict[Kind, str] = {
    "lookup": "cpr_lookup_key.json",
    "seal": "cpr_seal_key.json",
    "archive": "archive_key.json",
    "signing": "signing_key.json",
    "receiver": "receiver_keys.json",
}
#: Kinds that every installation has from the beginning; a receiver gets its key when somebody wants one.
MADE_AT_ONCE: tuple[Kind, ...] = ("lookup", "seal", "archive", "signing")
#: The archive key as it was kept before it had an id.
FORMER_ARCHIVE_FILE = "archive_key.txt"

_NEXT_STEP = "Restore it from the backup of the keys; a new key would not know what the old one made."


@dataclass(frozen=True)
class Key:
    """One key. `secret` is hex, of an archive key an age identity; None when only `public` is left to prove with.

    `name` is the receiver it is for. Its repr shows no secret.
    """

    key_id: str
    state: State
    created: str
    retired: str | None = None
    name: str | None = None
    public: str | None = None
    secret: str | None = field(default=None, repr=False)

    @property
    def bytes(self) -> bytes:
        """The secret as bytes. Raises MentorDwError when it is gone."""
        if self.secret is None:
            raise MentorDwError(f"Of the key {self.key_id} only the public part is kept.")
        return bytes.fromhex(self.secret)

    def retire(self, *, keep_secret: bool) -> Key:
        """The key, retired now."""
        secret = self.secret if keep_secret else None
        return replace(self, state="retired", retired=self.retired or _now(), secret=secret)


@dataclass(frozen=True)
class Origin:
    """Where a ring comes from: `path` is None when it is the text of the environment variable `variable`."""

    path: Path | None
    variable: str | None

    @property
    def shown(self) -> str:
        """Where to look for it; holds no secret."""
        return str(self.path) if self.variable is None else f"{self.variable}{f' ({self.path})' if self.path else ''}"


def new_key(kind: Kind, name: str | None = None, state: State = "current") -> Key:
    """A fresh random key."""
    public = None
    if kind == "archive":
        identity = pyrage.x25519.Identity.generate()
        secret, public = str(identity), str(identity.to_public())
    else:
        secret = secrets.token_hex(32)
    if kind == "signing":
        public = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret)).public_key().public_bytes_raw().hex()
    return Key(secrets.token_hex(4), state, _now(), None, name, public, secret)


def origin(kind: Kind, folder: Path) -> Origin:
    """Where the ring of `kind` is: the environment first, then `folder`."""
    variable = f"MENTOR_DW_{kind.upper()}_KEY"
    if os.environ.get(variable):
        return Origin(None, variable)
    if file := os.environ.get(f"{variable}_FILE"):
        return Origin(Path(file), f"{variable}_FILE")
    return Origin(folder / FILES[kind], None)


def read_ring(kind: Kind, folder: Path) -> tuple[Key, ...]:
    """The keys of `kind`, the current ones first; empty when no receiver has a key yet.

    Raises MentorDwError naming the file that is missing, damaged or open to others.
    """
    place = origin(kind, folder)
    if place.path is None:
        return _parsed(kind, place, os.environ[place.variable or ""], None)
    try:
        return _parsed(kind, place, read_secret(place.path), place.path)
    except FileNotFoundError:
        if kind == "receiver":
            return ()
    former = folder / FORMER_ARCHIVE_FILE
    if kind == "archive" and place.variable is None and former.is_file():
        return (_former_archive_key(former),)
    raise MentorDwError(f"The key file {place.path.name} is missing.", _NEXT_STEP)


def write_ring(kind: Kind, folder: Path, keys: Iterable[Key]) -> None:
    """Write the ring anew, whole or not at all. Raises MentorDwError when it cannot be written."""
    place = must_be_writable(kind, folder)
    write_private(place, _text(keys))
    if kind == "archive":
        (folder / FORMER_ARCHIVE_FILE).unlink(missing_ok=True)


def must_be_writable(kind: Kind, folder: Path) -> Path:
    """The file of the ring. Raises MentorDwError when the ring comes from somewhere that this process cannot write."""
    place = origin(kind, folder)
    if place.path is None or not os.access(place.path.parent, os.W_OK):
        raise MentorDwError(
            f"The {kind} key comes from {place.shown}, which cannot be written from here.",
            f"Put it into a file of its own and name that in MENTOR_DW_{kind.upper()}_KEY_FILE, or leave the variable "
            "out and put it into the folder secrets/; rotation changes that file (docs/keys.md).",
        )
    return place.path


def ensure_rings(folder: Path) -> None:
    """Make the rings that are missing in `folder`, readable by the owner only; those that exist stay."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for kind in MADE_AT_ONCE:
        place = origin(kind, folder)
        former = kind == "archive" and (folder / FORMER_ARCHIVE_FILE).exists()
        if place.path == folder / FILES[kind] and not former:
            _write_once(place.path, _text([new_key(kind)]))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _text(keys: Iterable[Key]) -> str:
    told = [{name: value for name, value in asdict(key).items() if value is not None} for key in keys]
    return json.dumps({"keys": told}, indent=1) + "\n"


def _parsed(kind: Kind, place: Origin, text: str, path: Path | None) -> tuple[Key, ...]:
    try:
        content = json.loads(text)
        if "keys" not in content:
            content = {"keys": [_former_key(content, path)]}
        keys = [Key(**one) for one in content["keys"]]
        for key in keys:
            if kind == "archive":
                pyrage.x25519.Identity.from_str(key.secret or "")
            elif key.secret is not None and len(key.bytes) != 32:
                raise ValueError
        if kind != "receiver" and sum(key.state == "current" for key in keys) != 1:
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError, pyrage.IdentityError):
        raise MentorDwError(f"The key file {place.shown} is damaged.", _NEXT_STEP) from None
    return tuple(sorted(keys, key=lambda key: key.state != "current"))


def _former_key(content: dict[str, str], path: Path | None) -> dict[str, str | None]:
    """A file that holds one key, as it was written before keys had dates."""
    return {"key_id": content["key_id"], "state": "current", "created": _made(path), "secret": content["key"]}


def _former_archive_key(path: Path) -> Key:
    secret = read_secret(path).strip()
    try:
        public = str(pyrage.x25519.Identity.from_str(secret).to_public())
    except pyrage.IdentityError:
        raise MentorDwError(f"The key file {path.name} is damaged.", _NEXT_STEP) from None
    key_id = hashlib.sha256(public.encode()).hexdigest()[:8]
    return Key(key_id, "current", _made(path), None, None, public, secret)


def _made(path: Path | None) -> str:
    if path is None:
        return _now()
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="milliseconds")


def _write_once(path: Path, text: str) -> None:
    """Write a file whole or not at all, and never over one that is there."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    write_private(draft, text)
    try:
        # A link fails where a rename would replace a key that another process made meanwhile.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    sync_folder(path.parent)
