"""Signatures by the house (Ed25519): which key made one, and whether it fits.

A signature says that somebody had the key, not when. What a key signed before it was retired is known from the ledger
of signatures (ledger/signatures.py), so that a stolen old key proves nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mentor_dw.identity.ring import Key, read_ring

_PURPOSE = b"mentor-dw signature 1\n"


@dataclass(frozen=True)
class Signature:
    """What stands beside the signed content. `value` is 64 bytes, over the content's SHA-256."""

    key_id: str
    value: bytes


def signing_keys(folder: Path) -> tuple[Key, ...]:
    """The current signing key, then the retired ones, of which only the public part is kept."""
    return read_ring("signing", folder)


def sign(key: Key, content: bytes) -> Signature:
    """Sign with a key that is not retired. Raises MentorDwError when only its public part is left."""
    made = Ed25519PrivateKey.from_private_bytes(key.bytes).sign(_signed(content))
    return Signature(key.key_id, made)


def fits(key: Key, content: bytes, signature: Signature) -> bool:
    """Whether `key` made the signature of this content; says nothing of when."""
    if signature.key_id != key.key_id or key.public is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public)).verify(signature.value, _signed(content))
    except InvalidSignature:
        return False
    return True


def _signed(content: bytes) -> bytes:
    return _PURPOSE + hashlib.sha256(content).digest()
