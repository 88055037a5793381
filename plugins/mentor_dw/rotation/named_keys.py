"""The keys of receivers and the signing key: nothing lies in the house that has to be made anew with them."""

from __future__ import annotations

from mentor_dw.config import Settings
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.keys import load_keys, pseudonym
from mentor_dw.identity.ring import Key, read_ring
from mentor_dw.identity.signing import fits, sign, signing_keys
from mentor_dw.rotation.record import Connection, Rotation, note

_PROBE = b"rotation of the signing key"


def with_new_receiver_key(ring: tuple[Key, ...], new: Key) -> list[Key]:
    """The ring in which the receiver of `new` has that key; those of other receivers stay.

    A retired one is kept: with it a receiver can be told whom an earlier extract was about.
    """
    former = [key.retire(keep_secret=True) if key.name == new.name else key for key in ring]
    return [new, *former]


def with_new_signing_key(ring: tuple[Key, ...], new: Key) -> list[Key]:
    """The ring with a new signing key; of the others the public part is kept, with the dates it was valid."""
    return [new, *(key.retire(keep_secret=False) for key in ring)]


def prove_receiver(settings: Settings, ledger: Connection, rotation: Rotation) -> None:
    """Note that the receiver knows everybody by another name now. Raises MentorDwError when it does not."""
    name = rotation.name or ""
    ring = read_ring("receiver", settings.secrets)
    made = load_keys(settings.secrets).receiver_pseudonym(name, 1)
    earlier = [pseudonym(key, 1) for key in ring if key.key_id != rotation.new_key_id]
    if made in earlier:
        raise MentorDwError(f"The receiver {name} still gets the pseudonyms of another key.")
    note(ledger, rotation, 1, {"other_pseudonyms_than_under_keys": len(earlier)})


def prove_signing(settings: Settings, ledger: Connection, rotation: Rotation) -> None:
    """Note that only the new key signs. Raises MentorDwError when a retired one still could."""
    current, *retired = signing_keys(settings.secrets)
    signature = sign(current, _PROBE)
    if not fits(current, _PROBE, signature) or any(fits(key, _PROBE, signature) for key in retired):
        raise MentorDwError("A signature of the new key does not say whose it is.")
    if any(key.secret is not None for key in retired):
        raise MentorDwError("The secret part of a retired signing key is still there.")
    note(ledger, rotation, 1, {"signature_fits_the_new_key_only": True, "public_parts_kept": len(retired)})
