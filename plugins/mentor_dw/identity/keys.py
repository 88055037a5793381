"""The keys of an installation: look-up of CPR numbers, sealing of CPR numbers, encryption of kept files, pseudonyms.

They lie outside the database (ring.py; rules.md V1, V3): whoever has the database has no CPR, whoever has the keys
has no data. Losing the look-up key would give every person a new key, so it belongs in the backup of the keys.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pyrage
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from mentor_dw.errors import MentorDwError
from mentor_dw.identity.ring import FILES, Key, ensure_rings, read_ring

LOOKUP_FILE = FILES["lookup"]
SEAL_FILE = FILES["seal"]

#: Length of a look-up value, and of a sealed number: nonce, ten digits, tag.
HMAC_BYTES = 32
SEALED_BYTES = 38

_NONCE_BYTES = 12
_SEAL_PURPOSE = b"mentor-dw cpr"
_PSEUDONYM_PURPOSE = b"mentor-dw receiver "


@dataclass(frozen=True)
class Keys:
    """The keys, loaded. Their repr shows the id of the look-up key only.

    Whoever works with rows of the vault takes them through `landing.vault.hold_keys`, which says which look-up and
    seal keys the vault is filled with and keeps both from being rotated meanwhile.
    """

    key_id: str
    seal_id: str = field(repr=False)
    _lookup_key: bytes = field(repr=False)
    _seal_key: bytes = field(repr=False)
    _lookup_ring: tuple[Key, ...] = field(repr=False)
    _seal_ring: tuple[Key, ...] = field(repr=False)
    _folder: Path = field(repr=False)

    def lookup(self, cpr: str) -> tuple[str, bytes]:
        """(id of the key, HMAC-SHA256) of a cleaned ten-digit number: what `vault.cpr` is searched by."""
        return self.key_id, hmac.digest(self._lookup_key, cpr.encode("ascii"), hashlib.sha256)

    def tombstone_lookups(self, cpr: str) -> list[tuple[str, bytes]]:
        """(id of the key, look-up value) of a cleaned number under every look-up key: what tombstones are searched by.

        Nobody can give a tombstone a new look-up value, for its number is gone; so it keeps the key it was made with.
        """
        number = cpr.encode("ascii")
        return [(key_id, hmac.digest(key, number, hashlib.sha256)) for key_id, key in self._lookup_keys]

    @cached_property
    def _lookup_keys(self) -> list[tuple[str, bytes]]:
        return [(key.key_id, key.bytes) for key in self._lookup_ring]

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
        return self.unseal_many([sealed])[0].decode("ascii")

    def unseal_many(self, sealed: Iterable[bytes]) -> list[bytes]:
        """The numbers back, in order; raises as `unseal`."""
        open_, purpose, width = AESGCM(self._seal_key).decrypt, _SEAL_PURPOSE, _NONCE_BYTES
        try:
            return [open_(one[:width], one[width:], purpose) for one in map(bytes, sealed)]
        except InvalidTag:
            raise MentorDwError(
                "A sealed CPR number does not open with this key.", f"Put back the {SEAL_FILE} it was sealed with."
            ) from None

    def using(self, lookup_id: str, seal_id: str | None) -> Keys:
        """These keys with the look-up and the seal key of those ids; `seal_id` None leaves that as it is.

        A key that came into being after these were loaded is read from its file. Raises MentorDwError when there is no
        such key.
        """
        wanted = (lookup_id, seal_id or self.seal_id)
        if wanted == (self.key_id, self.seal_id):
            return self
        return self._with(*wanted) or load_keys(self._folder)._with(*wanted) or _unknown(*wanted)

    def _with(self, lookup_id: str, seal_id: str) -> Keys | None:
        lookup = next((key for key in self._lookup_ring if key.key_id == lookup_id and key.state != "retired"), None)
        seal = next((key for key in self._seal_ring if key.key_id == seal_id), None)
        if lookup is None or seal is None:
            return None
        return replace(self, key_id=lookup_id, seal_id=seal_id, _lookup_key=lookup.bytes, _seal_key=seal.bytes)

    @property
    def archive_identity(self) -> pyrage.x25519.Identity:
        """Opens files that were closed with `archive_recipient`."""
        return self.archive_identities[0]

    @property
    def archive_identities(self) -> list[pyrage.x25519.Identity]:
        """Open every kept file (`pyrage.decrypt_file`), also while the archive key is being rotated.

        Read at this moment: under the lock of a source, a file of it is closed with the key that will open it.
        """
        ring = read_ring("archive", self._folder)
        return [pyrage.x25519.Identity.from_str(key.secret or "") for key in ring]

    @property
    def archive_recipient(self) -> pyrage.x25519.Recipient:
        """Closes files that are kept (`pyrage.encrypt_file`)."""
        return self.archive_identity.to_public()

    def receiver_pseudonym(self, name: str, person_key: int) -> str:
        """The person as the receiver `name` knows her: the same in every extract for it, and for it only (V3).

        Made of the person key, not of the CPR number: an extract needs no CPR number, a changed one changes nothing,
        and whoever steals the key of a receiver cannot find numbers by trying all. 26 letters and digits. Raises
        MentorDwError when the receiver has no key.
        """
        return self.receiver_pseudonyms(name, person_key)[0][1]

    def receiver_pseudonyms(self, name: str, person_key: int) -> list[tuple[str, str]]:
        """(id of the key, pseudonym) under the current and every retired key of the receiver.

        What the receiver is told when somebody whom earlier extracts were about is erased. Raises as
        `receiver_pseudonym`.
        """
        keys = [key for key in read_ring("receiver", self._folder) if key.name == name]
        if not keys:
            raise MentorDwError(
                f"The receiver {name} has no key for pseudonyms.", f"Run: mentor-dw rotate-key receiver {name}"
            )
        return [(key.key_id, pseudonym(key, person_key)) for key in keys]


def pseudonym(key: Key, person_key: int) -> str:
    """What `key` makes of a person key (HMAC-SHA256, 128 bits of it)."""
    text = _PSEUDONYM_PURPOSE + person_key.to_bytes(8, "big", signed=True)
    return base64.b32encode(hmac.digest(key.bytes, text, hashlib.sha256)[:16]).decode("ascii").rstrip("=")


def ensure_keys(folder: Path) -> None:
    """Make the key files that are missing in `folder`, readable by the owner only; those that exist stay."""
    ensure_rings(folder)


def load_keys(folder: Path) -> Keys:
    """The keys of the environment, or else in `folder`. Raises MentorDwError naming what is missing or unreadable."""
    lookup, seal = read_ring("lookup", folder), read_ring("seal", folder)
    read_ring("archive", folder)  # missing or damaged, it is told before anything is taken
    return Keys(
        key_id=lookup[0].key_id,
        seal_id=seal[0].key_id,
        _lookup_key=lookup[0].bytes,
        _seal_key=seal[0].bytes,
        _lookup_ring=lookup,
        _seal_ring=seal,
        _folder=folder,
    )


def _unknown(lookup_id: str, seal_id: str) -> Keys:
    raise MentorDwError(
        f"The vault was filled with another look-up key ({lookup_id}) or seal key ({seal_id}) than there are here.",
        "Restore the key files from the backup of the keys; with these every person would get a second key.",
    )
