"""The keys of an installation: look-up of CPR numbers, sealing of CPR numbers, encryption of kept files.

They lie in files outside the database (rules.md V1, V3): whoever has the database has no CPR, whoever has the keys
has no data. Losing the look-up key would give every person a new key, so it belongs in the backup of the keys.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyrage
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from mentor_dw.errors import MentorDwError

LOOKUP_FILE = "cpr_lookup_key.json"
SEAL_FILE = "cpr_seal_key.json"
ARCHIVE_FILE = "archive_key.txt"

#: Length of a look-up value, and of a sealed number: nonce, ten digits, tag.
HMAC_BYTES = 32
SEALED_BYTES = 38

_NONCE_BYTES = 12
_SEAL_PURPOSE = b"mentor-dw cpr"


@dataclass(frozen=True)
class Keys:
    """The keys, loaded. Their repr shows the id of the look-up key only."""

    key_id: str
    _lookup_key: bytes = field(repr=False)
    _seal_key: bytes = field(repr=False)
    _archive_identity: str = field(repr=False)

    def lookup(self, cpr: str) -> tuple[str, bytes]:
        """(id of the key, HMAC-SHA256) of a cleaned ten-digit number: what `vault.cpr` is searched by."""
        return self.key_id, hmac.digest(self._lookup_key, cpr.encode("ascii"), hashlib.sha256)

    def lookup_many(self, cprs: Iterable[bytes]) -> bytes:
        """The look-up values of cleaned numbers, one after the other, HMAC_BYTES each."""
        # The key is taken in once; every number goes on from a copy.
        keyed = HMAC(self._lookup_key, SHA256()).copy
        values = []
        for cpr in cprs:
            one = keyed()
            one.update(cpr)
            values.append(one.finalize())
        return b"".join(values)

    def seal_many(self, cprs: Sequence[bytes]) -> bytes:
        """Cleaned ten-digit numbers sealed as by `seal`, one after the other, SEALED_BYTES each."""
        close = AESGCM(self._seal_key).encrypt
        nonces = secrets.token_bytes(_NONCE_BYTES * len(cprs))
        parts = []
        for place, cpr in enumerate(cprs):
            nonce = nonces[_NONCE_BYTES * place : _NONCE_BYTES * (place + 1)]
            parts += (nonce, close(nonce, cpr, _SEAL_PURPOSE))
        return b"".join(parts)

    def seal(self, cpr: str) -> bytes:
        """The number encrypted (AES-GCM): a random nonce of 12 bytes, then the text and its tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self._seal_key).encrypt(nonce, cpr.encode("ascii"), _SEAL_PURPOSE)

    def unseal(self, sealed: bytes) -> str:
        """The number back. Raises MentorDwError when `sealed` was made with another key or changed."""
        nonce, text = bytes(sealed[:_NONCE_BYTES]), bytes(sealed[_NONCE_BYTES:])
        try:
            return AESGCM(self._seal_key).decrypt(nonce, text, _SEAL_PURPOSE).decode("ascii")
        except InvalidTag:
            raise MentorDwError(
                "A sealed CPR number does not open with this key.", f"Put back the {SEAL_FILE} it was sealed with."
            ) from None

    @property
    def archive_identity(self) -> pyrage.x25519.Identity:
        """Opens kept files (`pyrage.decrypt_file`)."""
        return pyrage.x25519.Identity.from_str(self._archive_identity)

    @property
    def archive_recipient(self) -> pyrage.x25519.Recipient:
        """Closes files that are kept (`pyrage.encrypt_file`)."""
        return self.archive_identity.to_public()


def ensure_keys(folder: Path) -> None:
    """Make the key files that are missing in `folder`, readable by the owner only; those that exist stay."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in (LOOKUP_FILE, SEAL_FILE):
        key = {"key_id": secrets.token_hex(4), "key": secrets.token_hex(32)}
        _write_once(folder / name, json.dumps(key) + "\n")
    _write_once(folder / ARCHIVE_FILE, f"{pyrage.x25519.Identity.generate()}\n")


def load_keys(folder: Path) -> Keys:
    """The keys in `folder`. Raises MentorDwError naming the file that is missing or unreadable."""
    lookup = _read_key(folder / LOOKUP_FILE)
    return Keys(
        key_id=lookup[0],
        _lookup_key=lookup[1],
        _seal_key=_read_key(folder / SEAL_FILE)[1],
        _archive_identity=_read(folder / ARCHIVE_FILE).strip(),
    )


def _write_once(path: Path, text: str) -> None:
    """Write a file whole or not at all, and never over one that is there."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        # A link fails where a rename would replace a key that another process made meanwhile.
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        raise MentorDwError(f"The key file {path.name} is missing or cannot be read.", _NEXT_STEP) from None


_NEXT_STEP = "Restore it from the backup of the keys; a new key would not know the persons in the vault."


def _read_key(path: Path) -> tuple[str, bytes]:
    try:
        content = json.loads(_read(path))
        key = bytes.fromhex(content["key"])
        if len(key) != 32:
            raise ValueError
        return content["key_id"], key
    except (ValueError, KeyError, TypeError):
        raise MentorDwError(f"The key file {path.name} is damaged.", _NEXT_STEP) from None
