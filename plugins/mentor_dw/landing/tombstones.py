"""Erased persons at the door: whose numbers get no key, and which rows of a delivery are withheld for them.

Tombstones are few, so a delivery reads them once; a house that has erased nobody pays for one query.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import psycopg
from psycopg.rows import tuple_row

from mentor_dw.identity.keys import Keys
from mentor_dw.identity.notations import numbers_in
from mentor_dw.landing.vault import hold_keys


class Tombstones:
    """The numbers of erased persons, as look-up values. False when there are none."""

    def __init__(self, keys: Keys, found: Iterable[tuple[str, bytes]] = ()) -> None:
        self._keys, self._found = keys, frozenset(found)

    def __bool__(self) -> bool:
        return bool(self._found)

    def holds(self, cpr: str) -> bool:
        """Whether the cleaned ten-digit number is an erased person's."""
        return bool(self._found) and not self._found.isdisjoint(self._keys.tombstone_lookups(cpr))

    def stand_in(self, text: str | bytes) -> list[tuple[int, int]]:
        """Where in `text` numbers of erased persons stand, however written: places of the first byte, and after it."""
        if not self._found:
            return []
        content = text.encode("utf-8", "replace") if isinstance(text, str) else text
        return [(start, end) for start, end, number in numbers_in(content) if self.holds(number)]

    def among(self, cprs: np.ndarray) -> np.ndarray:
        """Which of `cprs` (S10, cleaned) are erased persons'."""
        if not self._found:
            return np.zeros(len(cprs), np.bool_)
        return np.fromiter((self.holds(cpr.decode("ascii")) for cpr in cprs.tolist()), np.bool_, len(cprs))

    def with_numbers(self, cprs: Iterable[str]) -> Tombstones:
        """These and the numbers `cprs`, as if they were erased too."""
        return Tombstones(self._keys, self._found.union(self._keys.lookup(cpr) for cpr in cprs))


def read_tombstones(connection: psycopg.Connection[Any], keys: Keys) -> Tombstones:
    """The tombstones of the vault as they are now; until the transaction ends, no key is rotated.

    Call it before other locks of the vault are taken (vault.hold_keys).
    """
    keys = hold_keys(connection, keys)
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute("select key_id, cpr_hmac from vault.tombstone").fetchall()
    return Tombstones(keys, ((key_id, bytes(hmac)) for key_id, hmac in rows))
