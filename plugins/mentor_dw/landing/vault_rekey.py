"""Every row of the vault made anew with another look-up or seal key, in one transaction of the owner.

Read, computed and written by blocks: memory does not grow with the number of persons. The table is emptied and filled
again rather than updated, so that nothing the old key made is left in its files.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from mentor_dw.errors import MentorDwError
from mentor_dw.identity.keys import HMAC_BYTES, SEALED_BYTES, Keys
from mentor_dw.identity.ring import Kind
from mentor_dw.landing.vault import IN_USE, KEYS_IN_USE, NEW_PERSONS, VAULT, keys_in_use
from mentor_dw.reading.wide.binary import HEADER, TRAILER

#: Rows read and written at a time.
BLOCK = 20_000
#: So many numbers are tried with the old key afterwards.
TRIED = 1_000

_COLUMNS = {"key_id", "cpr_hmac", "person_key", "cpr_sealed", "is_replacement", "created_at"}
_TABLE = sql.Identifier("vault", "cpr")


def rekey(connection: psycopg.Connection[Any], keys: Keys, kind: Kind, new_id: str) -> dict[str, int]:
    """Give every row the look-up value (kind lookup) or the sealed number (seal) of the key `new_id`; the counts.

    `keys` must have that key and the one in use. Person keys stay. Waits for everybody who holds the keys
    (`hold_keys`), and holds them until the transaction ends. Before anything is written each sealed number is opened
    and compared with its look-up value; afterwards each row is read once more, and the pairs of person and number must
    be the same. Raises MentorDwError when a check fails: roll back then.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        for lock in (KEYS_IN_USE, IN_USE, NEW_PERSONS):
            cursor.execute("select pg_advisory_xact_lock(%s, %s)", (VAULT, lock))
        cursor.execute(sql.SQL("lock table {} in access exclusive mode").format(_TABLE))
        old = keys_in_use(cursor, keys)
        new = old.using(new_id, None) if kind == "lookup" else old.using(old.key_id, new_id)
        _must_be_known(cursor)
        cursor.execute("set local work_mem = '128MB'; set local maintenance_work_mem = '256MB'")
        secret = secrets.token_bytes(32)
        cursor.execute(
            "create temporary table rekeyed (old_hmac bytea, new_hmac bytea, new_sealed bytea) on commit drop"
        )
        rows, pairs = 0, 0
        for hmacs, people, sealed in _blocks(cursor, old):
            numbers = _opened(old, hmacs, sealed)
            rows, pairs = rows + len(numbers), _digest(pairs, secret, people, numbers)
            closed = sealed if new.seal_id == old.seal_id else _cut(new.seal_many(numbers), SEALED_BYTES)
            _copy(cursor, hmacs, _cut(new.lookup_many(numbers), HMAC_BYTES), closed)
        _refill(cursor, new)
        again, same = 0, 0
        for hmacs, people, sealed in _blocks(cursor, new):
            numbers = _opened(new, hmacs, sealed)
            again, same = again + len(numbers), _digest(same, secret, people, numbers)
            if again == len(numbers):
                _old_key_is_useless(cursor, old, new, numbers[:TRIED], sealed[:TRIED])
        if (again, same) != (rows, pairs):
            raise MentorDwError(f"{rows} rows were read and {again} written, or persons changed places.")
        return {"rows": rows, "opened_and_compared": again, "tried_with_the_old_key": min(TRIED, rows)}


def key_in_use(connection: psycopg.Connection[Any], kind: str) -> str | None:
    """The id of the key that the vault was last made anew with; None when it never was."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("select key_id from vault.key_in_use where kind = %s", (kind,)).fetchone()
    return row[0] if row else None


def note_key_in_use(connection: psycopg.Connection[Any], kind: str, key_id: str) -> None:
    """Write down, in the transaction of `rekey`, which key the vault is filled with from now on."""
    connection.execute(
        """
        insert into vault.key_in_use (kind, key_id) values (%s, %s)
        on conflict (kind) do update set key_id = excluded.key_id, since = excluded.since
        """,
        (kind, key_id),
    )


def _must_be_known(cursor: psycopg.Cursor[tuple]) -> None:
    """A column that is not known here would be lost."""
    cursor.execute(
        "select attname::text from pg_attribute where attrelid = 'vault.cpr'::regclass and attnum > 0"
        " and not attisdropped"
    )
    if {name for (name,) in cursor.fetchall()} != _COLUMNS:
        raise MentorDwError("vault.cpr has other columns than the rotation of its keys knows.", "Nothing was changed.")


def _blocks(cursor: psycopg.Cursor[tuple], keys: Keys) -> Iterator[tuple[list[bytes], list[int], list[bytes]]]:
    """Look-up values, persons and sealed numbers of all rows, block by block."""
    name = sql.Identifier(f"rows_{keys.key_id}_{keys.seal_id}")
    cursor.execute(
        sql.SQL(
            "declare {} no scroll cursor for select cpr_hmac, person_key, cpr_sealed from {} where key_id = {}"
        ).format(name, _TABLE, sql.Literal(keys.key_id))
    )
    fetch = sql.SQL("fetch {} from {}").format(sql.Literal(BLOCK), name)
    while rows := cursor.execute(fetch, binary=True).fetchall():
        hmacs, people, sealed = zip(*rows, strict=True)
        yield list(hmacs), list(people), list(sealed)
    cursor.execute(sql.SQL("close {}").format(name))


def _opened(keys: Keys, hmacs: list[bytes], sealed: list[bytes]) -> list[bytes]:
    """The numbers, each compared with its look-up value."""
    numbers = keys.unseal_many(sealed)
    if keys.lookup_many(numbers) != b"".join(hmacs):
        raise MentorDwError("A sealed CPR number is not the one of its look-up value.", "Nothing was changed.")
    return numbers


def _digest(before: int, secret: bytes, people: list[int], numbers: list[bytes]) -> int:
    """Adds up who has which number, in whatever order, without keeping either."""
    blake, pack = hashlib.blake2b, int.from_bytes
    for person, number in zip(people, numbers, strict=True):
        before += pack(blake(person.to_bytes(8, "big", signed=True) + number, digest_size=16, key=secret).digest())
    return before % (1 << 128)


def _cut(joined: bytes, width: int) -> list[bytes]:
    return [joined[start : start + width] for start in range(0, len(joined), width)]


def _copy(cursor: psycopg.Cursor[tuple], old: list[bytes], new: list[bytes], sealed: list[bytes]) -> None:
    count = (3).to_bytes(2, "big")
    short, long = HMAC_BYTES.to_bytes(4, "big"), SEALED_BYTES.to_bytes(4, "big")
    rows = [
        b"".join((count, short, one, short, other, long, closed))
        for one, other, closed in zip(old, new, sealed, strict=True)
    ]
    with cursor.copy("copy rekeyed from stdin (format binary)") as copy:
        copy.write(HEADER + b"".join(rows) + TRAILER)


def _refill(cursor: psycopg.Cursor[tuple], new: Keys) -> None:
    """Empty the table and fill it with the new values; keys and indexes are made afterwards, which is much quicker."""
    cursor.execute(
        sql.SQL(
            "create temporary table kept on commit drop as"
            " select cpr_hmac, person_key, is_replacement, created_at from {}"
        ).format(_TABLE)
    )
    constraints = cursor.execute(
        "select conname, pg_get_constraintdef(oid) from pg_constraint"
        " where conrelid = 'vault.cpr'::regclass and contype in ('p', 'u', 'f') order by contype desc"
    ).fetchall()
    for name, _ in constraints:
        cursor.execute(sql.SQL("alter table {} drop constraint {}").format(_TABLE, sql.Identifier(name)))
    indexes = cursor.execute(
        "select indexname::text, indexdef from pg_indexes where schemaname = 'vault' and tablename = 'cpr'"
    ).fetchall()
    for name, _ in indexes:
        cursor.execute(sql.SQL("drop index {}").format(sql.Identifier("vault", name)))
    cursor.execute(sql.SQL("truncate {}").format(_TABLE))
    cursor.execute("analyze rekeyed, kept")
    cursor.execute(
        sql.SQL(
            """
            insert into {} (key_id, cpr_hmac, person_key, cpr_sealed, is_replacement, created_at)
            select %s, r.new_hmac, k.person_key, r.new_sealed, k.is_replacement, k.created_at
            from kept as k
            inner join rekeyed as r on k.cpr_hmac = r.old_hmac
            """
        ).format(_TABLE),
        (new.key_id,),
    )
    for name, definition in constraints:
        cursor.execute(
            sql.SQL("alter table {} add constraint {} {}").format(_TABLE, sql.Identifier(name), sql.SQL(definition))
        )
    for _, definition in indexes:
        cursor.execute(sql.SQL(definition))
    cursor.execute(sql.SQL("analyze {}").format(_TABLE))


def _old_key_is_useless(
    cursor: psycopg.Cursor[tuple], old: Keys, new: Keys, numbers: list[bytes], sealed: list[bytes]
) -> None:
    """Raise MentorDwError when the old look-up key finds one of the numbers, or the old seal key opens one."""
    if old.key_id != new.key_id:
        values = _cut(old.lookup_many(numbers), HMAC_BYTES)
        cursor.execute(sql.SQL("select count(*) from {} where cpr_hmac = any(%s::bytea[])").format(_TABLE), (values,))
        (found,) = cursor.fetchone() or (0,)
    else:
        found = sum(_opens(old, one) for one in sealed)
    if found:
        raise MentorDwError(f"The old key still serves {found} of {len(numbers)} rows.", "Nothing was changed.")


def _opens(keys: Keys, sealed: bytes) -> bool:
    try:
        keys.unseal(sealed)
    except MentorDwError:
        return False
    return True
