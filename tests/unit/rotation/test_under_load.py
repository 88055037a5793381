"""Every key is rotated while deliveries are landed, files kept and roles log in; nothing is lost."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event
from typing import Any

import numpy as np
import psycopg
import pyrage
import pytest
from rotation_work import Kept, cpr, quiet

from mentor_dw.config import Settings
from mentor_dw.database import address, connect
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.keys import load_keys
from mentor_dw.identity.ring import read_ring
from mentor_dw.landing.vault import hold_keys
from mentor_dw.landing.vault_sets import PersonLookup, hold_vault
from mentor_dw.rotation.archive_key import opens
from mentor_dw.rotation.flow import go_on, rotate

pytestmark = pytest.mark.postgres

PEOPLE = 3000


@contextmanager
def at_work(*jobs: Callable[[int], object]) -> Iterator[None]:
    """Each of `jobs` again and again, with a number that grows, while the block runs; what one raises comes out."""
    done = Event()

    def repeat(job: Callable[[int], object]) -> int:
        number = 0
        while not done.is_set() or number == 0:
            job(number)
            number += 1
        return number

    with ThreadPoolExecutor(len(jobs)) as pool:
        running = [pool.submit(repeat, job) for job in jobs]
        try:
            yield
        finally:
            done.set()
    assert all(one.result() > 0 for one in running)


def vault_row() -> dict[str, Any]:
    with connect("loader") as connection:
        row = connection.execute(
            "select count(*) as numbers, count(distinct person_key) as persons, min(key_id) as lowest,"
            " max(key_id) as highest, (select count(*) from vault.person) as known from vault.cpr"
        ).fetchone()
    assert row is not None
    return row


def shape_of_the_table() -> list[str]:
    """Keys, indexes, triggers and rights of vault.cpr."""
    with connect("owner") as connection:
        return [
            str(connection.execute(query).fetchall())
            for query in (
                "select conname, pg_get_constraintdef(oid) as said from pg_constraint"
                " where conrelid = 'vault.cpr'::regclass order by 1",
                "select indexdef from pg_indexes where schemaname = 'vault' order by 1",
                "select tgname, tgenabled from pg_trigger where tgrelid = 'vault.cpr'::regclass order by 1",
                "select relacl::text, relrowsecurity from pg_class where oid = 'vault.cpr'::regclass",
            )
        ]


def test_keys_of_the_vault_are_rotated_while_deliveries_are_landed(home: Settings, meet: Any) -> None:
    known = meet(range(PEOPLE))
    loaded_before, shape = load_keys(home.secrets), shape_of_the_table()
    seen: list[dict[str, int]] = []

    def land_rows(number: int) -> None:
        """A delivery of rows: its keys were loaded before the first rotation."""
        chosen = random.Random(number).sample(range(PEOPLE * 2), 50)
        seen.append(meet(chosen, loaded_before))

    def land_wide(number: int) -> None:
        """A part of a wide delivery: two sessions, one of which holds the keys."""
        first = PEOPLE + 40 * number % PEOPLE
        numbers = np.array([cpr(one).encode() for one in range(first, first + 60)], "S10")
        with connect("loader") as connection, connect("loader", autocommit=True) as vault:
            keys = hold_keys(connection, load_keys(home.secrets))
            hold_vault(connection)
            lookup = PersonLookup(vault, keys, "dream", None)
            for half in (numbers[:30], numbers[30:]):
                found = lookup.keys_of(half, keys.lookup_many(half.tolist()), np.ones(len(half), np.bool_))
                seen.append(dict(zip((one.decode() for one in half.tolist()), found.tolist(), strict=True)))

    with at_work(land_rows, land_rows, land_wide):
        done = [rotate(kind, None, "Sag 1", "somebody", quiet) for kind in ("lookup", "seal", "lookup")]
    assert all(one.finished_at and one.items and one.items >= PEOPLE for one in done)
    assert done[2].old_key_id == done[0].new_key_id
    for landed in seen:
        for number, key in landed.items():
            assert known.setdefault(number, key) == key
    row = vault_row()
    assert row["numbers"] == row["persons"] == row["known"] == len(known)
    keys = load_keys(home.secrets)
    assert row["lowest"] == row["highest"] == keys.key_id == done[2].new_key_id
    # The old keys are gone, and what they made is gone too.
    assert {key.key_id for key in read_ring("lookup", home.secrets)} == {done[2].new_key_id}
    assert {key.key_id for key in read_ring("seal", home.secrets)} == {done[1].new_key_id}
    with connect("loader") as connection:
        rows = connection.execute("select cpr_hmac, person_key, cpr_sealed from vault.cpr").fetchall()
    assert shape_of_the_table() == shape
    former = {loaded_before.lookup(number)[1] for number in known}
    for row in rows:
        number = keys.unseal(row["cpr_sealed"])
        assert known[number] == row["person_key"] and keys.lookup(number)[1] == bytes(row["cpr_hmac"])
        assert bytes(row["cpr_hmac"]) not in former
    with pytest.raises(MentorDwError, match="does not open"):
        loaded_before.unseal(rows[0]["cpr_sealed"])


def test_tombstones_keep_the_key_they_were_made_with(home: Settings, meet: Any) -> None:
    erased = cpr(100_000)
    with connect("loader") as connection:
        key_id, value = hold_keys(connection, load_keys(home.secrets)).lookup(erased)
    with connect("owner") as owner:
        owner.execute(
            "insert into vault.tombstone (key_id, cpr_hmac, decision) values (%s, %s, 'Sag 2')", (key_id, value)
        )
    first = rotate("lookup", None, None, "somebody", quiet)
    second = rotate("lookup", None, None, "somebody", quiet)
    keys = load_keys(home.secrets)
    assert (key_id, value) in keys.tombstone_lookups(erased)
    # The one in between made no tombstone.
    assert [one for one, _ in keys.tombstone_lookups(erased)] == [second.new_key_id, key_id]
    assert first.checks["tombstones_by_retired_key"] == second.checks["tombstones_by_retired_key"] == {key_id: 1}
    with pytest.raises(MentorDwError, match="another look-up key"):
        keys.using(key_id, None)
    with connect("owner") as owner:
        owner.execute("delete from vault.tombstone")
    rotate("lookup", None, None, "somebody", quiet)
    assert len(load_keys(home.secrets).tombstone_lookups(erased)) == 1


def test_the_archive_is_closed_anew_while_files_are_kept_and_read(home: Settings, kept: Kept) -> None:
    loaded_before = load_keys(home.secrets)
    former = loaded_before.archive_identity
    with at_work(
        lambda number: kept.keep(100 + number, b"new" * number),
        lambda number: kept.read(kept.rows[number % 3]),
    ):
        done = rotate("archive", None, None, "somebody", quiet)
    assert done.items and done.items >= 3
    identities = load_keys(home.secrets).archive_identities
    assert len(identities) == 1 and len(read_ring("archive", home.secrets)) == 1
    # Whoever loaded the keys before closes files with the new one all the same.
    assert str(loaded_before.archive_recipient) == str(identities[0].to_public()) != str(former.to_public())
    files = sorted(path for path in (home.archive / "webreg").iterdir() if path.is_file())
    assert len(files) == len(kept.rows)
    for path, row in zip(files, sorted(kept.rows, key=lambda row: row["kept_as"]), strict=True):
        assert opens(path, identities[0]) and not opens(path, former) and path.stat().st_mode & 0o077 == 0
        kept.read(row)
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(files[0].read_bytes(), [former])


def test_a_damaged_file_is_named_and_keeps_the_old_key(home: Settings, kept: Kept) -> None:
    kept.keep(50, b"content" * 50_000)
    path = home.home / kept.rows.pop()["kept_as"]
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2] + b"x" + content[len(content) // 2 + 1 :])
    with pytest.raises(MentorDwError, match=f"{path.name} is damaged"):
        rotate("archive", None, None, "somebody", quiet)
    assert [key.state for key in read_ring("archive", home.secrets)] == ["current", "leaving"]
    said: list[str] = []
    assert go_on(said.append) == [] and "not finished" in said[-1]
    for row in kept.rows:
        kept.read(row)
    path.unlink()
    done = rotate("archive", None, None, "somebody", quiet)
    assert done.items == len(kept.rows) and len(read_ring("archive", home.secrets)) == 1


@pytest.mark.parametrize("role", ["loader", "transformer", "bi_reader"])
def test_a_password_is_changed_while_the_role_logs_in(home: Settings, lent_passwords: None, role: str) -> None:
    former = address(role).url()

    def log_in(number: int) -> None:
        with connect(role) as connection:
            connection.execute("select 1")

    with at_work(log_in, log_in):
        done = rotate("password", role, None, "somebody", quiet)
    assert done.checks["new_logs_in"] and not done.checks["former_logs_in"]
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(former)
    assert address(role).password not in str(done) + repr(address(role))
