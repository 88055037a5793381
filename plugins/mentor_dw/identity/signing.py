"""Signatures by the house (Ed25519): which key made one, and whether it fits.

A signature says that somebody had the key, not when. What a key signed before it was retired is known from the ledger
of signatures (ledger/signatures.py), so that a stolen old key proves nothing.

It is made over the content itself, so that whoever has the public key checks it without us:
`openssl pkeyutl -verify -pubin -inkey KEY.pem -rawin -in FILE -sigfile FILE.sig`. What is signed therefore says by its
first field what it is: a manifest begins with its format, the line of a checksum with 64 hexadecimal digits. Neither
can be read as the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from mentor_dw.errors import MentorDwError
from mentor_dw.identity.ring import Key, read_ring


@dataclass(frozen=True)
class Signature:
    """What stands beside the signed content. `value` is 64 bytes."""

    key_id: str
    value: bytes


def signing_keys(folder: Path) -> tuple[Key, ...]:
    """The current signing key, then the retired ones, of which only the public part is kept."""
    return read_ring("signing", folder)


def sign(key: Key, content: bytes) -> Signature:
    """Sign with a key that is not retired. Raises MentorDwError when only its public part is left."""
    made = Ed25519PrivateKey.from_private_bytes(key.bytes).sign(content)
    return Signature(key.key_id, made)


def fits(key: Key, content: bytes, signature: Signature) -> bool:
    """Whether `key` made the signature of this content; says nothing of when."""
    return (
        signature.key_id == key.key_id and key.public is not None and _verifies(_public(key), content, signature.value)
    )


def public_key_pem(key: Key) -> str:
    """The public part of a signing key, as `openssl` reads it. Raises MentorDwError when it is not known."""
    return _public(key).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def verifies(public_pem: str, content: bytes, signature: bytes) -> bool:
    """Whether the key of `public_key_pem` made the signature of this content, as a receiver asks."""
    key = load_pem_public_key(public_pem.encode("ascii"))
    return isinstance(key, Ed25519PublicKey) and _verifies(key, content, signature)


def _public(key: Key) -> Ed25519PublicKey:
    if key.public is None:
        raise MentorDwError(f"Of the key {key.key_id} no public part is kept.", "Rotate the signing key: docs/keys.md.")
    return Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.public))


def _verifies(key: Ed25519PublicKey, content: bytes, signature: bytes) -> bool:
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True
