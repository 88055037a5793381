"""Persons of a wide delivery in the vault, thousands at a time: keys looked up and given by sets, in constant memory.

A wide register holds millions of persons, so look-up values travel as one block of bytes and keys come back as one.
New persons are committed batch by batch, because their rows are being copied in another session meanwhile; that
session holds IN_USE (`hold_vault`) until those rows are committed. What a killed run leaves, `forget_unreferenced`
(vault.py) removes.
"""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from mentor_dw.identity.keys import HMAC_BYTES, SEALED_BYTES, Keys
from mentor_dw.landing.vault import IN_USE, NEW_PERSONS, VAULT, check_key_id, check_nobody_is_erased
from mentor_dw.reading.wide.binary import HEADER, TRAILER

#: Stands for a person without a key; the vault gives no such key.
NOBODY = 0

#: Index look-ups, one for each number: with a vault of millions, planners prefer to read all of it for every batch.
_LOOK_UP_BY_INDEX = "set enable_hashjoin = off; set enable_mergejoin = off; set enable_seqscan = off"
#: The commit of the delivery's rows comes later and writes these out with it.
_COMMIT_LATER = "set synchronous_commit = off"


def hold_vault(connection: psycopg.Connection[Any]) -> None:
    """Keep every key from being taken back until the transaction of `connection` ends (vault.py, IN_USE)."""
    connection.execute("select pg_advisory_xact_lock_shared(%s, %s)", (VAULT, IN_USE))


class PersonLookup:
    """The keys of persons, batch after batch, over one autocommit connection.

    With `among` (a table with a column person_key) only persons in it have a key and nobody is new; without it
    everybody gets one. Raises MentorDwError when the vault was filled with another look-up key.
    """

    def __init__(
        self, connection: psycopg.Connection[Any], keys: Keys, source: str, among: sql.Composable | None
    ) -> None:
        self._connection, self._keys, self._source, self._among = connection, keys, source, among
        #: a register that is met for the first time is new from beginning to end
        self._mostly_new = among is None
        self._beside = ThreadPoolExecutor(1)
        connection.execute(_LOOK_UP_BY_INDEX)
        connection.execute(_COMMIT_LATER)
        with connection.cursor(row_factory=tuple_row) as cursor:
            check_key_id(cursor, keys)

    def release(self) -> None:
        """Give the connection its planner back, and let nothing run any more."""
        self._beside.shutdown()
        self._connection.execute("reset enable_hashjoin; reset enable_mergejoin; reset enable_seqscan")

    def keys_of(self, cprs: np.ndarray, hmacs: bytes, is_replacement: np.ndarray) -> np.ndarray:
        """The person_key (int64, NOBODY for none) of each of `cprs` (S10, cleaned).

        Their look-up values stand one after the other in `hmacs` (Keys.lookup_many). New persons are committed when it
        returns.
        """
        if self._among is not None:
            return self._find(hmacs)
        if not self._mostly_new:
            found = self._find(hmacs)
            self._mostly_new = 2 * np.count_nonzero(found == NOBODY) > len(found)
            if found.all():
                return found
        # The numbers are sealed while the database looks for them.
        sealing = self._beside.submit(self._keys.seal_many, cprs.tolist()) if self._mostly_new else None
        with self._connection.transaction():
            self._connection.execute("select pg_advisory_xact_lock(%s, %s)", (VAULT, NEW_PERSONS))
            # Under the lock: keys may have been given a moment ago, or rotated when the session that held them broke.
            with self._connection.cursor(row_factory=tuple_row) as cursor:
                check_key_id(cursor, self._keys)
            found = self._find(hmacs)
            missing = np.flatnonzero(found == NOBODY)
            self._mostly_new = 2 * len(missing) > len(found)
            if len(missing):
                sealed = sealing.result() if sealing else None
                self._give(found, missing, cprs, hmacs, is_replacement, sealed)
        return found

    def _find(self, hmacs: bytes) -> np.ndarray:
        # Asked for in their order, for what stands side by side in the index is then read while it is at hand.
        looked_up = np.frombuffer(hmacs, f"S{HMAC_BYTES}")
        order = np.argsort(looked_up)
        only, key = sql.SQL(""), sql.SQL("c.person_key")
        if self._among is not None:
            only = sql.SQL("left join {} as a on a.person_key = c.person_key").format(self._among)
            key = sql.SQL("a.person_key")
        row = self._connection.execute(
            sql.SQL(
                """
                select string_agg(int8send(coalesce({key}, 0)), ''::bytea order by g.place) as keys
                from generate_series(0, %(last)s::integer) as g (place)
                left join vault.cpr as c
                    on c.key_id = %(key_id)s
                    and c.cpr_hmac = substring(%(hmacs)b::bytea from g.place * {width} + 1 for {width})
                {only}
                """
            ).format(key=key, only=only, width=sql.Literal(HMAC_BYTES)),
            {"last": len(order) - 1, "key_id": self._keys.key_id, "hmacs": looked_up[order].tobytes()},
            binary=True,
        ).fetchone()
        found = np.empty(len(order), np.int64)
        found[order] = np.frombuffer((row and row["keys"]) or b"", ">i8")
        return found

    def _give(
        self,
        found: np.ndarray,
        missing: np.ndarray,
        cprs: np.ndarray,
        hmacs: bytes,
        is_replacement: np.ndarray,
        sealed: bytes | None,
    ) -> None:
        """Make new persons of those at `missing`, and write their keys into `found`.

        `sealed` holds all of `cprs` sealed, when that was done already.
        """
        # A number that stands there twice is one person.
        _, first, place = np.unique(cprs[missing], return_index=True, return_inverse=True)
        new = _new_keys(len(first))
        found[missing] = new[place]
        # Ordered by key, so that neither the order of rows nor of creation says who stood next to whom in a file.
        order = np.argsort(new)
        chosen = missing[first][order]
        if sealed is None:
            closed = np.frombuffer(self._keys.seal_many(cprs[chosen].tolist()), np.uint8).reshape(-1, SEALED_BYTES)
        else:
            closed = np.frombuffer(sealed, np.uint8).reshape(-1, SEALED_BYTES)[chosen]
        looked_up = np.frombuffer(hmacs, np.uint8).reshape(-1, HMAC_BYTES)[chosen]
        with self._connection.cursor(row_factory=tuple_row) as cursor:
            check_nobody_is_erased(cursor, self._keys.key_id, [one.tobytes() for one in looked_up])
        source, key_id = np.void(self._source.encode()), np.void(self._keys.key_id.encode())
        self._copy("vault.person (person_key, first_source)", len(new), [(">i8", new[order]), (source.dtype, source)])
        self._copy(
            "vault.cpr (key_id, cpr_hmac, person_key, cpr_sealed, is_replacement)",
            len(new),
            [
                (key_id.dtype, key_id),
                (np.dtype((np.uint8, HMAC_BYTES)), looked_up),
                (">i8", new[order]),
                (np.dtype((np.uint8, SEALED_BYTES)), closed),
                ("?", is_replacement[chosen]),
            ],
        )

    def _copy(self, table: str, count: int, columns: list[tuple[Any, Any]]) -> None:
        """COPY `count` rows of one width, no field null; a column is the type of its bytes and its values."""
        form: list[tuple[str, Any]] = [("count", ">i2")]
        for place, (kind, _) in enumerate(columns):
            form += [(f"length{place}", ">i4"), (f"value{place}", kind)]
        rows = np.empty(count, form)
        rows["count"] = len(columns)
        for place, (kind, values) in enumerate(columns):
            rows[f"length{place}"] = np.dtype(kind).itemsize
            rows[f"value{place}"] = values
        with (
            self._connection.cursor() as cursor,
            cursor.copy(sql.SQL("copy {} from stdin (format binary)").format(sql.SQL(table))) as copy,
        ):
            copy.write(HEADER + rows.tobytes() + TRAILER)


def _new_keys(count: int) -> np.ndarray:
    """Random 8-byte integers, all different, none NOBODY."""
    while True:
        keys = np.frombuffer(secrets.token_bytes(8 * count), np.int64)
        if keys.all() and len(np.unique(keys)) == count:
            return keys
