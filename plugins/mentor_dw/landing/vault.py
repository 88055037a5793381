"""Persons in the vault: the only place where a CPR number becomes a key.

The look-up value is computed here in Python, so no CPR number stands in a statement, a parameter or an error. Persons
are given keys in the transaction that lands their delivery: when it rolls back, they are gone with it. Locks,
always taken in this order, keep concurrent work apart:

- KEYS_IN_USE, shared by everybody who makes or finds rows with the look-up or seal key, so that none is rotated
  meanwhile (`hold_keys`);
- IN_USE, shared by everybody who lands, so that `forget_unused` never takes a key away that is on its way to a table;
- NEW_PERSONS, from the first new person to the end of the transaction, so that two sources that meet the same new
  person wait for each other instead of deadlocking on the index or giving two keys;
- one more, number 3 of the vault, which the database takes by itself when numbers are given or persons removed
  (schema/007_vault_by_sets.sql).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import tuple_row

from mentor_dw.errors import MentorDwError
from mentor_dw.feeds import Feed, table_name
from mentor_dw.identity.cpr import Cpr, parse_cpr
from mentor_dw.identity.keys import Keys

BATCH = 5_000

# Two-part advisory lock ids: the first part stands for the vault.
VAULT = 0x6D770001
IN_USE = 1
NEW_PERSONS = 2
KEYS_IN_USE = 4


def person_keys(connection: psycopg.Connection[Any], keys: Keys, cprs: Iterable[str], source: str) -> dict[str, int]:
    """The person_key of each cleaned ten-digit number; a number not met before gives a new person.

    Keys are random 8-byte integers, never 0. Works in batches with one round trip for known persons. Needs a read
    committed transaction. Raises MentorDwError when the vault was filled with a key that is not among `keys`.
    """
    found: dict[str, int] = {}
    keys = hold_keys(connection, keys)
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("select pg_advisory_xact_lock_shared(%s, %s)", (VAULT, IN_USE))
        for batch in _batches(dict.fromkeys(cprs)):
            found |= _find(cursor, keys, batch)
            unknown = [cpr for cpr in batch if cpr not in found]
            if not unknown:
                continue
            cursor.execute("select pg_advisory_xact_lock(%s, %s)", (VAULT, NEW_PERSONS))
            # Somebody may have given them keys while we waited.
            found |= _find(cursor, keys, unknown)
            found |= _create(cursor, keys, [cpr for cpr in unknown if cpr not in found], source)
    return found


def find_persons(connection: psycopg.Connection[Any], keys: Keys, cprs: Iterable[str]) -> dict[str, int]:
    """The person_key of those of the cleaned numbers that are in the vault; creates nobody.

    Raises MentorDwError when the vault was filled with a key that is not among `keys`.
    """
    found: dict[str, int] = {}
    keys = hold_keys(connection, keys)
    with connection.cursor(row_factory=tuple_row) as cursor:
        for batch in _batches(dict.fromkeys(cprs)):
            found |= _find(cursor, keys, batch)
    return found


def hold_keys(connection: psycopg.Connection[Any], keys: Keys) -> Keys:
    """`keys` with those that the vault is filled with; until the transaction ends, none of them is rotated.

    Call it before any other lock of the vault is taken. Keys that were loaded before a rotation are read again. Raises
    MentorDwError when the vault was filled with a key that is not there.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("select pg_advisory_xact_lock_shared(%s, %s)", (VAULT, KEYS_IN_USE))
        return keys_in_use(cursor, keys)


def hold_new_persons(connection: psycopg.Connection[Any]) -> None:
    """Until the transaction ends, nobody else gives keys to new persons, takes keys away, or decides on links."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock_shared(%s, %s)", (VAULT, KEYS_IN_USE))
        cursor.execute("select pg_advisory_xact_lock_shared(%s, %s)", (VAULT, IN_USE))
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", (VAULT, NEW_PERSONS))


def known_persons(connection: psycopg.Connection[Any], keys: Keys, cprs: Iterable[str]) -> set[str]:
    """Those of the cleaned numbers that are in the vault; creates nobody."""
    keys = hold_keys(connection, keys)
    with connection.cursor(row_factory=tuple_row) as cursor:
        return {cpr for batch in _batches(dict.fromkeys(cprs)) for cpr in _find(cursor, keys, batch)}


def forget_unused(connection: psycopg.Connection[Any], feed: Feed, delivery_id: int) -> int:
    """Remove the persons whom only this delivery's landed rows know; the number of persons removed.

    A refused delivery leaves nobody behind that way. Call it in the transaction of the verdict, while landing is
    still filled. It waits for deliveries that are being landed, and keeps every person that any other row in
    `landing` or `raw` refers to.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", (VAULT, IN_USE))
        _collect_landed(cursor, feed, delivery_id)
        return _forget(cursor, feed.source, delivery_id)


def forget_unreferenced(connection: psycopg.Connection[Any], source: str) -> int:
    """Remove the persons whom `source` brought into the vault and whom no row in `landing` or `raw` knows; how many.

    What a wide delivery that may keep everybody leaves behind when it is not accepted. It waits for deliveries that are
    being landed.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", (VAULT, IN_USE))
        cursor.execute("create temporary table unused (person_key bigint primary key) on commit drop")
        cursor.execute("insert into unused select person_key from vault.person where first_source = %s", (source,))
        return _forget(cursor, source, None)


def forget_without_rows(connection: psycopg.Connection[Any]) -> int:
    """Remove everybody whom no row in `landing` or `raw` and no decision knows, whoever brought them; how many.

    What retention leaves behind. Whoever went into an extract stays: she may ask who got her data. It waits for
    deliveries that are being landed.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", (VAULT, IN_USE))
        cursor.execute("create temporary table unused (person_key bigint primary key) on commit drop")
        cursor.execute(
            "insert into unused select p.person_key from vault.person as p"
            " where not exists (select 1 from ops.extract_person as x where x.person_key = p.person_key)"
        )
        return _forget(cursor, "", None)


def _forget(cursor: psycopg.Cursor[tuple], source: str, delivery_id: int | None) -> int:
    """Remove those of the temporary table `unused` whom nothing refers to but landed rows of the delivery."""
    # Linked and restricted persons have been decided about, whether or not a delivery still has them.
    cursor.execute(
        "delete from unused u using ops.person_link l where u.person_key in (l.person_key, l.same_as_person_key)"
    )
    cursor.execute(
        "delete from unused u using ops.person_restriction r where u.person_key = r.person_key and r.lifted_at is null"
    )
    for schema, table in _tables_with_persons(cursor, source):
        # Each table is joined once with those who are left, whatever their number; mostly few or none are.
        cursor.execute("analyze unused")
        if cursor.execute("select 1 from unused limit 1").fetchone() is None:
            break
        elsewhere = sql.SQL("and o.delivery_id is distinct from %(delivery_id)s" if schema == "landing" else "")
        cursor.execute(
            sql.SQL("delete from unused u using {} o where o.person_key = u.person_key {}").format(
                sql.Identifier(schema, table), elsewhere
            ),
            {"delivery_id": delivery_id},
        )
    cursor.execute("delete from vault.cpr c using unused u where c.person_key = u.person_key")
    cursor.execute("delete from vault.person p using unused u where p.person_key = u.person_key")
    forgotten = cursor.rowcount
    cursor.execute("drop table unused")
    return forgotten


def _collect_landed(cursor: psycopg.Cursor[tuple], feed: Feed, delivery_id: int) -> None:
    """Fill the temporary table `unused` with the persons of the delivery's landed rows."""
    landed = sql.SQL(" union ").join(
        # Distinct by itself: of a source with one such member there is no union to see to it.
        sql.SQL(
            "select distinct person_key from {} where delivery_id = %(delivery_id)s and person_key is not null"
        ).format(sql.Identifier("landing", table_name(feed.source, name)))
        for name, member in feed.members.items()
        if member.cpr_field
    )
    cursor.execute("create temporary table unused (person_key bigint primary key) on commit drop")
    cursor.execute(sql.SQL("insert into unused {}").format(landed), {"delivery_id": delivery_id})


def _tables_with_persons(cursor: psycopg.Cursor[tuple], source: str) -> list[tuple[str, str]]:
    """(schema, table) of every table of landing and raw that refers to persons: those of `source` in raw first.

    Partitions are read through the table they belong to.
    """
    cursor.execute(
        """
        select n.nspname, c.relname
        from pg_catalog.pg_attribute a
        join pg_catalog.pg_class c on c.oid = a.attrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace
        where a.attname = 'person_key' and not a.attisdropped
            and c.relkind in ('r', 'p') and not c.relispartition and n.nspname in ('landing', 'raw')
        order by not (n.nspname = 'raw' and starts_with(c.relname, %s)), c.relname, n.nspname
        """,
        (f"{source}__",),
    )
    return cursor.fetchall()


def _batches(cprs: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(cprs)
    while batch := list(islice(rest, BATCH)):
        yield batch


def check_key_id(cursor: psycopg.Cursor[tuple], keys: Keys) -> None:
    """Raise MentorDwError when the vault is filled with other keys than these (`hold_keys` gives the right ones)."""
    if keys_in_use(cursor, keys) is not keys:
        raise MentorDwError("The keys of the vault were rotated meanwhile.", "Begin again; the new ones are used then.")


def keys_in_use(cursor: psycopg.Cursor[tuple], keys: Keys) -> Keys:
    """`keys` with those that the vault is filled with at this moment; raises as `hold_keys`."""
    # Smallest and greatest come from the index; with more than one key in the vault they differ.
    row = cursor.execute(
        """
        select
            (select min(key_id) from vault.cpr),
            (select max(key_id) from vault.cpr),
            (select key_id from vault.key_in_use where kind = 'lookup'),
            (select key_id from vault.key_in_use where kind = 'seal')
        """
    ).fetchone()
    lowest, highest, lookup_id, seal_id = row or (None,) * 4
    lookup_id = lookup_id or lowest or keys.key_id
    if not {lowest, highest} <= {None, lookup_id}:
        raise MentorDwError(
            "The vault holds rows of more than one look-up key.", "Restore it from a backup; nothing was changed."
        )
    return keys.using(lookup_id, seal_id)


def check_nobody_is_erased(cursor: psycopg.Cursor[tuple], key_id: str, hmacs: Sequence[bytes]) -> None:
    """Raise MentorDwError when one of the look-up values is that of an erased person, who gets no key.

    Rows of erased persons are withheld before anybody asks for keys, so she was erased a moment ago. The caller holds
    NEW_PERSONS, as erasure does.
    """
    # Read here rather than asked for there: they are few, and those who get a key come in tens of thousands.
    cursor.execute("select cpr_hmac from vault.tombstone where key_id = %s", (key_id,))
    if not {bytes(erased) for (erased,) in cursor.fetchall()}.isdisjoint(hmacs):
        raise MentorDwError(
            "A person of this delivery was erased while it was read.", "It is taken again by the next run, without her."
        )


def _find(cursor: psycopg.Cursor[tuple], keys: Keys, cprs: Sequence[str]) -> dict[str, int]:
    by_hmac = {keys.lookup(cpr)[1]: cpr for cpr in cprs}
    cursor.execute(
        "select cpr_hmac, person_key from vault.cpr where key_id = %s and cpr_hmac = any(%s::bytea[])",
        (keys.key_id, list(by_hmac)),
    )
    return {by_hmac[bytes(hmac)]: person_key for hmac, person_key in cursor.fetchall()}


def _create(cursor: psycopg.Cursor[tuple], keys: Keys, cprs: Sequence[str], source: str) -> dict[str, int]:
    given = {cpr: _new_key() for cpr in cprs}
    check_nobody_is_erased(cursor, keys.key_id, [keys.lookup(cpr)[1] for cpr in cprs])
    # Ordered by key, so that neither the order of rows nor of creation says who stood next to whom in a file.
    rows = sorted((key, cpr) for cpr, key in given.items())
    cursor.execute(
        "insert into vault.person (person_key, first_source) select k, %s from unnest(%s::bigint[]) as k",
        (source, [key for key, _ in rows]),
    )
    cursor.execute(
        """
        insert into vault.cpr (key_id, cpr_hmac, person_key, cpr_sealed, is_replacement)
        select %s, g.cpr_hmac, g.person_key, g.cpr_sealed, g.is_replacement
        from unnest(%s::bytea[], %s::bigint[], %s::bytea[], %s::boolean[])
            as g (cpr_hmac, person_key, cpr_sealed, is_replacement)
        """,
        (
            keys.key_id,
            [keys.lookup(cpr)[1] for _, cpr in rows],
            [key for key, _ in rows],
            [keys.seal(cpr) for _, cpr in rows],
            [_is_replacement(cpr) for _, cpr in rows],
        ),
    )
    return given


def _new_key() -> int:
    while (key := secrets.randbits(64) - 2**63) == 0:
        continue
    return key


def _is_replacement(cpr: str) -> bool:
    parsed = parse_cpr(cpr)
    return isinstance(parsed, Cpr) and parsed.is_replacement
