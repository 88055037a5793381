"""Keys by the thousand: the same persons as one by one, nobody twice, whoever asks at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from psycopg import sql

from mentor_dw.config import Settings
from mentor_dw.database import connect
from mentor_dw.errors import MentorDwError
from mentor_dw.identity.keys import Keys, ensure_keys, load_keys
from mentor_dw.landing.vault import forget_unreferenced, person_keys
from mentor_dw.landing.vault_sets import NOBODY, PersonLookup

pytestmark = pytest.mark.postgres


def cprs(*numbers: int) -> np.ndarray:
    return np.array([f"61{1 + number % 12:02}{number % 100:02}{number:04}".encode() for number in numbers], "S10")


@pytest.fixture(scope="module")
def keys(warehouse: Settings) -> Keys:
    ensure_keys(warehouse.secrets)
    return load_keys(warehouse.secrets)


def looked_up(keys: Keys, numbers: np.ndarray, among: sql.Composable | None = None, times: int = 1) -> np.ndarray:
    with connect("loader", autocommit=True) as connection:
        lookup = PersonLookup(connection, keys, "dream", among)
        for _ in range(times):
            found = lookup.keys_of(numbers, keys.lookup_many(numbers.tolist()), np.ones(len(numbers), np.bool_))
    return found


def test_persons_known_one_by_one_have_the_same_key_by_sets(keys: Keys) -> None:
    numbers = cprs(1, 2, 3)
    with connect("loader") as connection:
        known = person_keys(connection, keys, [number.decode() for number in numbers[:2].tolist()], "webreg")
    found = looked_up(keys, numbers, times=2)
    assert found[:2].tolist() == list(known.values())
    with connect("loader") as connection:
        assert person_keys(connection, keys, [numbers[2].decode()], "webreg") == {numbers[2].decode(): int(found[2])}
        row = connection.execute("select * from vault.cpr where person_key = %s", (int(found[2]),)).fetchone()
        assert row is not None and keys.unseal(row["cpr_sealed"]) == numbers[2].decode() and row["is_replacement"]


def test_a_number_that_stands_there_twice_is_one_person(keys: Keys) -> None:
    found = looked_up(keys, cprs(10, 11, 10, 12, 11))
    assert found[0] == found[2] and found[1] == found[4] and len(set(found.tolist())) == 3


def test_two_at_the_same_time_give_each_person_one_key(keys: Keys) -> None:
    numbers = cprs(*range(100, 1100))
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda _: looked_up(keys, numbers).tolist(), range(4)))
    assert found[0] == found[1] == found[2] == found[3] and len(set(found[0])) == 1000


def test_among_some_everybody_else_is_nobody_and_nobody_is_new(keys: Keys) -> None:
    numbers = cprs(2000, 2001, 2002)
    known = looked_up(keys, numbers[:2])
    with connect("loader") as connection:
        connection.execute("create table landing.some (person_key bigint primary key)")
        connection.execute("insert into landing.some values (%s)", (int(known[1]),))
    try:
        found = looked_up(keys, numbers, sql.Identifier("landing", "some"))
        assert found.tolist() == [NOBODY, known[1], NOBODY]
        assert looked_up(keys, numbers[:2]).tolist() == known.tolist()
    finally:
        with connect("loader") as connection:
            connection.execute("drop table landing.some")


def test_persons_without_rows_are_forgotten_by_the_source_that_brought_them(keys: Keys) -> None:
    mine = looked_up(keys, cprs(3000, 3001))
    with connect("loader") as connection:
        (other,) = person_keys(connection, keys, ["6101010017"], "webreg").values()
        connection.execute("create table raw.some (delivery_id bigint, person_key bigint)")
        connection.execute("insert into raw.some values (1, %s)", (int(mine[0]),))
        assert forget_unreferenced(connection, "dream") >= 1
        left = {row["person_key"] for row in connection.execute("select person_key from vault.cpr")}
        assert int(mine[0]) in left and other in left and int(mine[1]) not in left
        connection.rollback()


def test_another_look_up_key_is_refused(keys: Keys, tmp_path) -> None:
    looked_up(keys, cprs(4000))
    ensure_keys(tmp_path)
    with pytest.raises(MentorDwError, match="another look-up key"):
        looked_up(load_keys(tmp_path), cprs(4000))
